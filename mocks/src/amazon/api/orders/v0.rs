//! Orders v0 as it is printed (docs/platforms/amazon.md 4.2): PascalCase, whole seconds, amounts as strings.

use super::personal::{write_address, write_buyer};
use crate::amazon::api::restricted::Access;
use crate::amazon::model::catalogue::Catalogue;
use crate::amazon::model::instants::Stamps;
use crate::amazon::model::orders::{BUYER_CANCEL_REASON, Status, View};
use crate::amazon::model::{ids, json};
use crate::amazon::profile::Marketplace;
use crate::amazon::shop::State;
use crate::core::Micros;

/// What printing an order needs beside the order.
#[derive(Clone, Debug)]
pub(crate) struct Printer<'a> {
    /// The seller's SKUs.
    pub(crate) catalogue: &'a Catalogue,
    /// The marketplace.
    pub(crate) marketplace: &'a Marketplace,
    /// Writes instants.
    pub(crate) stamps: Stamps,
    /// Currency code.
    pub(crate) currency: &'a str,
    /// From placement to the latest ship date.
    pub(crate) ship_by: Micros,
    /// Whether v2026-01-01 hides prices while Pending.
    pub(crate) hide_pending_prices_2026: bool,
    /// What personal data Orders v0 shows.
    pub(crate) access: Access,
}

/// Prints the orders of a shop, without personal data.
pub(crate) fn printer(shop: &State) -> Printer<'_> {
    let settings = &shop.settings;
    Printer {
        catalogue: &shop.catalogue,
        marketplace: &settings.profile.marketplace,
        stamps: Stamps::new(settings.epoch),
        currency: &settings.currency,
        ship_by: settings.profile.orders.ship_by,
        hide_pending_prices_2026: settings.profile.orders.hide_pending_prices_2026,
        access: Access::default(),
    }
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
    pub(crate) fn total_cents(&self, view: &View<'_>) -> u64 {
        view.lines
            .iter()
            .enumerate()
            .map(|(position, line)| {
                self.catalogue
                    .price_cents(line.sku)
                    .saturating_mul(u64::from(view.ordered(position)))
            })
            .fold(0, u64::saturating_add)
    }

    /// Appends one order.
    pub(crate) fn order_v0(&self, out: &mut Vec<u8>, view: &View<'_>) {
        view.is_shown(false);
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
            if view.change.status.has_address() {
                json::raw(out, r#","ShippingAddress":"#);
                write_address(out, view.number, order, self.access.address);
            }
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
        // Whose shipping is not the seller's has promised nothing.
        if !order.fulfilled_by_amazon {
            json::raw(out, r#","EarliestShipDate":"#);
            self.seconds(out, order.placed_at);
            json::raw(out, r#","LatestShipDate":"#);
            self.seconds(out, order.placed_at + self.ship_by);
        }
        json::raw(
            out,
            r#","IsPrime":false,"IsPremiumOrder":false,"IsBusinessOrder":false,"IsReplacementOrder":false}"#,
        );
    }

    /// Appends one item of an order.
    pub(crate) fn item_v0(&self, out: &mut Vec<u8>, view: &View<'_>, position: usize) {
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
        json::number(out, view.ordered(position));
        json::raw(out, r#","QuantityShipped":"#);
        json::number(out, view.shipped(position));
        json::raw(out, r#","ProductInfo":{"NumberOfItems":"1"}"#);
        if view.change.status != Status::Pending {
            json::raw(out, r#","ItemPrice":"#);
            let price = self.catalogue.price_cents(line.sku);
            self.money_v0(out, price.saturating_mul(u64::from(view.ordered(position))));
            json::raw(out, r#","IsGift":"false""#);
        }
        json::raw(
            out,
            r#","BuyerRequestedCancel":{"IsBuyerRequestedCancel":""#,
        );
        json::boolean(out, view.change.cancel_requested);
        json::raw(out, r#"","BuyerCancelReason":""#);
        if view.change.cancel_requested {
            json::raw(out, BUYER_CANCEL_REASON);
        }
        json::raw(out, r#""},"ConditionId":"New","ConditionSubtypeId":"New"}"#);
    }
}
