//! What an order is called, whom it is for and in which currency, whether a buyer placed it or an app made it.

use super::customers::named;
use super::made::{MadeOrder, PostalAddress};
use super::state::State;
use super::{address, customer, provinces};
use crate::core::{Epoch, Micros};
use crate::shopify::json::{write_int, write_optional_text, write_text};

/// What stands between an order's name and the number of its shipment: "two parts separated by a ." (SD/docs/api/admin-rest,
/// Fulfillment).
const FULFILLMENT_MARK: &str = ".";

impl State {
    /// Appends an order's name.
    pub(crate) fn write_order_name(&self, order: u32, out: &mut Vec<u8>) {
        if let Some(name) = self.made(order).and_then(|made| made.name.as_deref()) {
            return write_text(name, out);
        }
        out.extend_from_slice(b"\"#");
        write_int(1_001 + u64::from(order), out);
        out.push(b'"');
    }

    /// Appends an order's name with a mark and a number behind it, as its returns and shipments are called.
    fn write_name_of_part(&self, order: u32, mark: &str, number: u32, out: &mut Vec<u8>) {
        self.write_order_name(order, out);
        // The number stands inside the quotes of the order's name.
        out.pop();
        out.extend_from_slice(mark.as_bytes());
        write_int(number, out);
        out.push(b'"');
    }

    /// Appends a return's name.
    pub(crate) fn write_return_name(&self, at: u32, out: &mut Vec<u8>) {
        let record = &self.returns[at as usize];
        self.write_name_of_part(record.order, "-R", record.number, out);
    }

    /// Appends a shipment's name.
    pub(crate) fn write_fulfillment_name(&self, at: u32, out: &mut Vec<u8>) {
        let record = &self.fulfillments[at as usize];
        self.write_name_of_part(record.order, FULFILLMENT_MARK, record.number, out);
    }

    /// Appends the e-mail address of an order, or `null`.
    pub(crate) fn write_order_email(&self, order: u32, out: &mut Vec<u8>) {
        match self.made(order) {
            Some(made) => write_optional_text(made.email.as_deref(), out),
            None => match self.changes_of(order).and_then(|it| it.email.as_ref()) {
                Some(email) => write_optional_text(email.as_deref(), out),
                None => customer::write_email(self.orders[order as usize].buyer, out),
            },
        }
    }

    /// When an order was processed, in microseconds since 1970: when an app says, or when it was placed.
    pub(crate) fn processed_unix_micros(&self, order: u32) -> i64 {
        let made = self.made(order);
        made.map_or_else(
            || {
                self.shop
                    .epoch
                    .unix_secs(self.orders[order as usize].created_at)
                    * 1_000_000
            },
            |made| made.processed_unix_micros,
        )
    }

    /// The currencies of an order: the shop's and the buyer's.
    pub(crate) fn currencies(&self, order: u32) -> (&str, &str) {
        match self.made(order) {
            Some(made) => (&made.currency, &made.presentment_currency),
            None => (&self.shop.currency, &self.shop.currency),
        }
    }

    /// Cents of an order in the buyer's currency.
    pub(crate) fn presented_cents(&self, order: u32, cents: i64) -> i64 {
        let made = self.made(order);
        made.map_or(cents, |made| made.rate.presented(cents))
    }
}

impl MadeOrder {
    /// First name, last name and whole name of the customer. Where there is no name, the whole one is the e-mail address
    /// or the telephone number.
    pub(crate) fn names(&self) -> (Option<&str>, Option<&str>, Option<String>) {
        let (first, last) = &self.customer_names;
        let contacts = [&self.customer_contacts.0, &self.customer_contacts.1];
        named(first.as_deref(), last.as_deref(), contacts)
    }
}

impl PostalAddress {
    /// The country's English name.
    pub(crate) fn country(&self) -> Option<&str> {
        self.country_code.as_deref().map(address::country_name)
    }

    /// The province's name, or its code where the name is not known.
    pub(crate) fn province(&self) -> Option<&str> {
        let code = self.province_code.as_deref()?;
        let country = self.country_code.as_deref().unwrap_or("");
        Some(provinces::name(country, code).unwrap_or(code))
    }
}

/// Appends an instant since 1970 in UTC.
pub(crate) fn write_unix_micros(at: i64, out: &mut Vec<u8>) {
    out.push(b'"');
    let at = Micros(u64::try_from(at).unwrap_or(0));
    Epoch { unix_micros: 0 }.write_seconds_utc(at, out);
    out.push(b'"');
}
