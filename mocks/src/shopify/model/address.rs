//! Where orders ship to.

use crate::shopify::json::write_int;

/// Every address's street.
pub(crate) const STREET: &str = "1 Test Rd";
/// Every address's city.
pub(crate) const CITY: &str = "Testville";

/// Appends the postal code, five digits at least.
pub(crate) fn write_zip(postal_code: u32, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut padding = 10_000;
    while padding > 1 && postal_code < padding {
        out.push(b'0');
        padding /= 10;
    }
    write_int(postal_code, out);
    out.push(b'"');
}

/// The English name of a country, or its code where the name is not known.
pub(crate) fn country_name(code: &str) -> &str {
    match code {
        "AT" => "Austria",
        "AU" => "Australia",
        "BE" => "Belgium",
        "CA" => "Canada",
        "CH" => "Switzerland",
        "DE" => "Germany",
        "DK" => "Denmark",
        "ES" => "Spain",
        "FR" => "France",
        "GB" => "United Kingdom",
        "IE" => "Ireland",
        "IT" => "Italy",
        "JP" => "Japan",
        "NL" => "Netherlands",
        "PL" => "Poland",
        "SE" => "Sweden",
        "US" => "United States",
        other => other,
    }
}

/// The country as a value of the schema's enum.
pub(crate) fn country_code(code: &str) -> &str {
    const LISTED: &[u8] =
        b"AEARATAUBEBGBRCACHCLCNCOCYCZDEDKEEESFIFRGBGRHKHRHUIDIEILINISITJPKRLBLTLULVMTMXMYNLNO\
          NZPEPHPLPTRORSRUSASESGSISKTHTRTWUAUSVNZA";
    let (known, _) = LISTED.as_chunks::<2>();
    let listed =
        <[u8; 2]>::try_from(code.as_bytes()).is_ok_and(|code| known.binary_search(&code).is_ok());
    if listed { code } else { "ZZ" }
}

/// Of a country whose addresses are checked: what its postal codes and its parts are called.
pub(crate) fn parts_of(code: &str) -> Option<(&'static str, &'static str)> {
    match code {
        "US" => Some(("ZIP code", "state")),
        "CA" => Some(("postal code", "province")),
        _ => None,
    }
}
