//! Orders v0 as it is printed (sheet section 4.2): PascalCase, whole seconds, amounts as strings.

use crate::core::Micros;

use super::super::catalogue::Catalogue;
use super::super::ids;
use super::super::json;
use super::super::profile::Marketplace;
use super::super::restricted::Access;
use super::super::stamps::Stamps;
use super::personal::{write_address, write_buyer};
use super::{Status, View};

/// What printing an order needs beside the order.
#[derive(Clone, Debug)]
pub struct Printer<'a> {
    /// The seller's SKUs.
    pub catalogue: &'a Catalogue,
    /// The marketplace.
    pub marketplace: &'a Marketplace,
    /// Writes instants.
    pub stamps: Stamps,
    /// Currency code.
    pub currency: &'a str,
    /// From placement to the latest ship date.
    pub ship_by: Micros,
    /// Whether v2026-01-01 hides prices while Pending.
    pub hide_pending_prices_2026: bool,
    /// What personal data Orders v0 shows.
    pub access: Access,
}

impl Printer<'_> {
    fn seconds(&self, out: &mut Vec<u8>, at: Micros) {
        self.stamps.write_quoted(out, at, false);
    }

    fn money_v0(&self, out: &mut Vec<u8>, cents: u64) {
        json::raw(out, r#"{"CurrencyCode":""#);
        json::raw(out, self.currency);
        json::raw(out, r#"","Amount":"#);
        json::amount(out, cents);
        out.push(b'}');
    }

    /// Price of all lines together.
    pub fn total_cents(&self, view: &View<'_>) -> u64 {
        view.lines
            .iter()
            .map(|line| {
                self.catalogue
                    .price_cents(line.sku)
                    .saturating_mul(u64::from(line.units))
            })
            .fold(0, u64::saturating_add)
    }

    /// Appends one order.
    pub fn order_v0(&self, out: &mut Vec<u8>, view: &View<'_>) {
        let order = view.order;
        let pending = view.change.status == Status::Pending;
        let (shipped, unshipped) = view.units();
        json::raw(out, r#"{"AmazonOrderId":""#);
        ids::write_order(out, view.number.0);
        json::raw(out, r#"","PurchaseDate":"#);
        self.seconds(out, order.placed_at);
        json::raw(out, r#","LastUpdateDate":"#);
        self.seconds(out, view.change.at);
        json::raw(out, r#","OrderStatus":""#);
        json::raw(out, view.change.status.name_v0());
        json::raw(out, r#"","FulfillmentChannel":""#);
        json::raw(
            out,
            if order.fulfilled_by_amazon {
                "AFN"
            } else {
                "MFN"
            },
        );
        json::raw(out, r#"","MarketplaceId":"#);
        json::string(out, &self.marketplace.id);
        json::raw(out, r#","SalesChannel":"#);
        json::string(out, &self.marketplace.name);
        json::raw(
            out,
            r#","OrderType":"StandardOrder","ShipServiceLevel":"Std Cont US Street Addr","ShipmentServiceLevelCategory":"Standard""#,
        );
        if !pending {
            json::raw(out, r#","OrderTotal":"#);
            self.money_v0(out, self.total_cents(view));
            json::raw(out, r#","ShippingAddress":"#);
            write_address(out, view.number, order, self.access.address);
            if self.access.buyer {
                json::raw(out, r#","BuyerInfo":{"#);
                write_buyer(out, view.number);
                out.push(b'}');
            }
        }
        json::raw(out, r#","NumberOfItemsShipped":"#);
        json::number(out, shipped);
        json::raw(out, r#","NumberOfItemsUnshipped":"#);
        json::number(out, unshipped);
        json::raw(out, r#","EarliestShipDate":"#);
        self.seconds(out, order.placed_at);
        json::raw(out, r#","LatestShipDate":"#);
        self.seconds(out, order.placed_at + self.ship_by);
        json::raw(
            out,
            r#","IsPrime":false,"IsPremiumOrder":false,"IsBusinessOrder":false,"IsReplacementOrder":false}"#,
        );
    }

    /// Appends one item of an order.
    pub fn item_v0(&self, out: &mut Vec<u8>, view: &View<'_>, position: usize) {
        let line = &view.lines[position];
        json::raw(out, r#"{"ASIN":""#);
        self.catalogue.write_asin(line.sku, out);
        json::raw(out, r#"","SellerSKU":"#);
        out.extend_from_slice(self.catalogue.sku_json(line.sku));
        json::raw(out, r#","OrderItemId":""#);
        ids::write_item(out, view.line_number(position));
        json::raw(out, r#"","Title":"#);
        out.extend_from_slice(self.catalogue.title_json(line.sku));
        json::raw(out, r#","QuantityOrdered":"#);
        json::number(out, line.units);
        json::raw(out, r#","QuantityShipped":"#);
        json::number(out, view.shipped(position));
        json::raw(out, r#","ProductInfo":{"NumberOfItems":"1"}"#);
        if view.change.status != Status::Pending {
            json::raw(out, r#","ItemPrice":"#);
            let price = self.catalogue.price_cents(line.sku);
            self.money_v0(out, price.saturating_mul(u64::from(line.units)));
            json::raw(out, r#","IsGift":"false""#);
        }
        json::raw(
            out,
            r#","BuyerRequestedCancel":{"IsBuyerRequestedCancel":""#,
        );
        json::boolean(out, view.change.cancel_requested);
        json::raw(out, r#"","BuyerCancelReason":""#);
        if view.change.cancel_requested {
            json::raw(out, super::life::BUYER_CANCEL_REASON);
        }
        json::raw(out, r#""},"ConditionId":"New","ConditionSubtypeId":"New"}"#);
    }
}

/// Appends a postal code of at least five digits.
pub fn write_postal_code(out: &mut Vec<u8>, code: u32) {
    let mut limit = 10_000;
    while limit > code.max(1) && limit > 1 {
        out.push(b'0');
        limit /= 10;
    }
    json::number(out, code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postal_codes_have_five_digits() {
        let text = |code| {
            let mut out = Vec::new();
            write_postal_code(&mut out, code);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(48_110), "48110");
        assert_eq!(text(2_138), "02138");
        assert_eq!(text(7), "00007");
        assert_eq!(text(0), "00000");
        assert_eq!(text(123_456), "123456");
    }
}
