//! Resources as REST and webhooks show them (docs/platforms/shopify.md 3.2): ids as numbers, money as decimal text, times in the
//! shop's own offset. Members are written one by one from tables, so that `includeFields` skips what is not wanted
//! unwritten.

mod bulk;
mod customer;
mod edit;
pub(crate) mod filter;
mod fulfillment;
mod members;
mod order;
pub(crate) mod product;
mod refund;
mod stock;

use super::state::State;
use crate::core::Micros;
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

    fn money_set(&self, cents: i64, out: &mut Vec<u8>) {
        for (opening, closing) in [
            (&b"{\"shop_money\":"[..], &b","[..]),
            (b"\"presentment_money\":", b"}"),
        ] {
            out.extend_from_slice(opening);
            out.extend_from_slice(b"{\"amount\":");
            cents_text(cents, out);
            out.extend_from_slice(b",\"currency_code\":");
            write_text(&self.state.shop.currency, out);
            out.push(b'}');
            out.extend_from_slice(closing);
        }
    }
}
