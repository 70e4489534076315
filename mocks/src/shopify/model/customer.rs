//! Buyers' names and addresses, made from their numbers.

use crate::shopify::json::write_int;

/// Every buyer's first name.
pub(crate) const FIRST_NAME: &str = "Buyer";

/// Appends the e-mail address.
pub(crate) fn write_email(buyer: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"buyer-");
    write_int(buyer, out);
    out.extend_from_slice(b"@example.com\"");
}

/// Appends the last name.
pub(crate) fn write_last_name(buyer: u64, out: &mut Vec<u8>) {
    out.push(b'"');
    write_int(buyer, out);
    out.push(b'"');
}

/// Appends the whole name.
pub(crate) fn write_name(buyer: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"Buyer ");
    write_int(buyer, out);
    out.push(b'"');
}
