//! Orders and counts as JSON, the same in answers and in webhooks (docs/custom.md 2 to 4).

use crate::core::json::{array, boolean, cents, integer, quoted_integer, raw, string};
use crate::core::{OrderRef, Party, Telling};
use crate::custom::model::ids;
use crate::custom::model::orders::{Line, Parcel, Status};
use crate::custom::model::stock::Count;

use super::ShopState;

impl ShopState {
    fn instant(&self, out: &mut Vec<u8>, at: crate::core::Micros) {
        out.push(b'"');
        self.seed.epoch.write_millis_utc(at, out);
        out.push(b'"');
    }

    /// Writes an order, and notes in `telling` what that tells.
    pub(crate) fn write_order(&self, out: &mut Vec<u8>, order: u32, telling: &Telling) {
        let (record, lines) = (self.orders.order(order), self.orders.lines(order));
        let is_cancelled = record.status == Status::Cancelled;
        telling.note_order(OrderRef(order), true, record.removed_units, is_cancelled);
        raw(out, "{\"id\":");
        quoted_integer(out, ids::order_id(order));
        raw(out, ",\"status\":");
        string(out, record.status.name());
        raw(out, ",\"created_at\":");
        self.instant(out, record.created_at);
        raw(out, ",\"updated_at\":");
        self.instant(out, record.updated_at);
        raw(out, ",\"currency\":");
        string(out, &self.seed.currency);
        raw(out, ",\"ship_to\":{\"country\":");
        string(out, std::str::from_utf8(&record.country).unwrap_or("  "));
        raw(out, ",\"postal_code\":");
        string(out, &format!("{:05}", record.postal_code));
        raw(out, "},\"cancelled_by\":");
        match record.cancelled_by {
            None => raw(out, "null"),
            Some(Party::Buyer) => raw(out, "\"buyer\""),
            Some(Party::Seller) => raw(out, "\"seller\""),
            Some(Party::Platform) => raw(out, "\"platform\""),
        }
        raw(out, ",\"lines\":");
        array(out, (0u32..).zip(lines), |out, (place, line)| {
            self.write_line(out, place, line);
        });
        raw(out, ",\"fulfillments\":");
        array(out, &record.parcels, |out, parcel| {
            self.write_parcel(out, parcel);
        });
        out.push(b'}');
    }

    fn write_line(&self, out: &mut Vec<u8>, place: u32, line: &Line) {
        let listing = &self.seed.listings[line.listing as usize];
        raw(out, "{\"id\":");
        quoted_integer(out, place + 1);
        raw(out, ",\"sku\":");
        string(out, &listing.sku);
        raw(out, ",\"price\":");
        cents(out, listing.price_cents);
        for (name, units) in [
            (",\"quantity\":", line.units),
            (",\"cancelled_quantity\":", line.cancelled),
            (",\"restocked_quantity\":", line.restocked),
            (",\"fulfilled_quantity\":", line.fulfilled),
            (",\"returned_quantity\":", line.returned),
        ] {
            raw(out, name);
            integer(out, units);
        }
        out.push(b'}');
    }

    /// Writes a parcel of an order.
    pub(crate) fn write_parcel(&self, out: &mut Vec<u8>, parcel: &Parcel) {
        raw(out, "{\"carrier\":");
        string(out, &parcel.carrier);
        raw(out, ",\"tracking_number\":");
        string(out, &parcel.tracking_number);
        raw(out, ",\"created_at\":");
        self.instant(out, parcel.at);
        raw(out, ",\"lines\":");
        array(out, &parcel.lines, |out, (place, units)| {
            raw(out, "{\"id\":");
            quoted_integer(out, place + 1);
            raw(out, ",\"quantity\":");
            integer(out, *units);
            out.push(b'}');
        });
        out.push(b'}');
    }

    /// Writes a product with its count.
    pub(crate) fn write_product(&self, out: &mut Vec<u8>, listing: u32) {
        let of = &self.seed.listings[listing as usize];
        raw(out, "{\"sku\":");
        string(out, &of.sku);
        raw(out, ",\"title\":");
        string(out, &of.title);
        raw(out, ",\"price\":");
        cents(out, of.price_cents);
        raw(out, ",\"currency\":");
        string(out, &self.seed.currency);
        write_count(out, self.stock.shown(listing));
        out.push(b'}');
    }

    /// Writes a count under its SKU, to be closed by the caller.
    pub(crate) fn begin_count(&self, out: &mut Vec<u8>, listing: u32, count: Count) {
        raw(out, "{\"sku\":");
        string(out, &self.seed.listings[listing as usize].sku);
        write_count(out, count);
    }

    /// Writes the shop.
    pub(crate) fn write_shop(&self, out: &mut Vec<u8>) {
        raw(out, "{\"host\":");
        string(out, &self.access.credentials.host);
        raw(out, ",\"currency\":");
        string(out, &self.seed.currency);
        raw(out, ",\"products\":");
        integer(out, self.seed.listings.len());
        raw(out, ",\"compare_and_set\":");
        boolean(out, self.profile.inventory.compare_and_set);
        out.push(b'}');
    }
}

fn write_count(out: &mut Vec<u8>, count: Count) {
    raw(out, ",\"quantity\":");
    integer(out, count.units);
    raw(out, ",\"version\":");
    quoted_integer(out, count.version);
}
