//! Resources as REST and webhooks show them (docs/platforms/shopify.md 3.2): ids as numbers, money as decimal text, times in the
//! shop's own offset. Members are written one by one from tables, so that `includeFields` skips what is not wanted
//! unwritten.

mod bulk;
mod customer;
mod edit;
pub(crate) mod filter;
mod fulfillment;
mod made;
mod members;
mod order;
pub(crate) mod product;
mod refund;
mod returns;
mod stock;
mod transaction;

use super::state::State;
use crate::core::{Epoch, Micros};
use crate::shopify::json::write_text;
use members::cents_text;

/// Writes payloads of one shop.
pub(crate) struct Payloads<'a> {
    /// The shop's state, as it is when the payload is sent.
    pub(crate) state: &'a State,
}

impl Payloads<'_> {
    pub(crate) fn time(&self, at: Micros, out: &mut Vec<u8>) {
        if at == Micros::MAX {
            out.extend_from_slice(b"null");
            return;
        }
        out.push(b'"');
        let zone = &self.state.profile.shop.time_zone;
        self.state.shop.epoch.write_seconds_in(at, zone, out);
        out.push(b'"');
    }

    /// Appends an instant since 1970.
    fn unix_time(&self, unix_micros: i64, out: &mut Vec<u8>) {
        out.push(b'"');
        let zone = &self.state.profile.shop.time_zone;
        let at = Micros(u64::try_from(unix_micros).unwrap_or(0));
        Epoch { unix_micros: 0 }.write_seconds_in(at, zone, out);
        out.push(b'"');
    }

    /// Appends money of an order, in the shop's currency and in the buyer's.
    fn order_money_set(&self, order: u32, cents: i64, out: &mut Vec<u8>) {
        let (shop, presentment) = self.state.currencies(order);
        let presented = self.state.presented_cents(order, cents);
        self.two_sided((cents, shop), (presented, presentment), out);
    }

    fn money_set(&self, cents: i64, out: &mut Vec<u8>) {
        let side = (cents, self.state.shop.currency.as_str());
        self.two_sided(side, side, out);
    }

    fn two_sided(&self, shop: (i64, &str), presentment: (i64, &str), out: &mut Vec<u8>) {
        for (opening, closing, (cents, currency)) in [
            (&b"{\"shop_money\":"[..], &b","[..], shop),
            (b"\"presentment_money\":", b"}", presentment),
        ] {
            out.extend_from_slice(opening);
            out.extend_from_slice(b"{\"amount\":");
            cents_text(cents, out);
            out.extend_from_slice(b",\"currency_code\":");
            write_text(currency, out);
            out.push(b'}');
            out.extend_from_slice(closing);
        }
    }
}
