//! Orders v2026-01-01 as it is printed (docs/platforms/amazon.md 4.3): camelCase, milliseconds, items inline, and sections only
//! where the caller asked for them.

use super::personal::write_sections;
use super::v0::Printer;
use crate::amazon::api::query::Query;
use crate::amazon::model::orders::{BUYER_CANCEL_REASON, Status, View};
use crate::amazon::model::{ids, json};
use crate::core::{Micros, Party};

/// Sections a caller asked for (`includedData`).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Included {
    /// BUYER.
    pub(crate) buyer: bool,
    /// RECIPIENT.
    pub(crate) recipient: bool,
    /// PROCEEDS.
    pub(crate) proceeds: bool,
    /// CANCELLATION.
    pub(crate) cancellation: bool,
    /// FULFILLMENT.
    pub(crate) fulfillment: bool,
    /// PACKAGES.
    pub(crate) packages: bool,
}

impl Included {
    /// Reads the list; sections that would be empty here are accepted, names that do not exist are not.
    ///
    /// # Errors
    /// The first unknown name.
    pub(crate) fn read<'q>(query: &'q Query<'_>) -> Result<Included, &'q str> {
        let mut included = Included::default();
        for name in query.list("includedData") {
            match name {
                "BUYER" => included.buyer = true,
                "RECIPIENT" => included.recipient = true,
                "PROCEEDS" => included.proceeds = true,
                "CANCELLATION" => included.cancellation = true,
                "FULFILLMENT" => included.fulfillment = true,
                "PACKAGES" => included.packages = true,
                "EXPENSE" | "PROMOTION" | "TAX" | "PAYMENT" | "FULFILLMENT_ORDERS" => {}
                unknown => return Err(unknown),
            }
        }
        Ok(included)
    }
}

impl Printer<'_> {
    fn millis(&self, out: &mut Vec<u8>, at: Micros) {
        self.stamps.write_quoted(out, at, true);
    }

    fn money_2026(&self, out: &mut Vec<u8>, cents: u64) {
        json::raw(out, r#"{"amount":"#);
        json::amount(out, cents);
        json::raw(out, r#","currencyCode":""#);
        json::raw(out, self.currency);
        json::raw(out, r#""}"#);
    }

    /// Appends one order.
    pub(crate) fn order_2026(&self, out: &mut Vec<u8>, view: &View<'_>, included: Included) {
        view.is_shown(true);
        let order = view.order;
        let hidden = view.change.status == Status::Pending;
        let prices = !(hidden && self.hide_pending_prices_2026);
        json::raw(out, r#"{"orderId":""#);
        ids::write_order(out, view.number.0);
        json::raw(out, r#"","createdTime":"#);
        self.millis(out, order.placed_at);
        json::raw(out, r#","lastUpdatedTime":"#);
        self.millis(out, view.change.at);
        json::raw(
            out,
            r#","salesChannel":{"channelName":"AMAZON","marketplaceId":"#,
        );
        json::string(out, &self.marketplace.id);
        json::raw(out, r#","marketplaceName":"#);
        json::string(out, &self.marketplace.name);
        out.push(b'}');
        write_sections(out, view, included.buyer, included.recipient);
        if included.proceeds && prices {
            json::raw(out, r#","proceeds":{"grandTotal":"#);
            self.money_2026(out, self.total_cents(view));
            out.push(b'}');
        }
        if included.fulfillment {
            json::raw(out, r#","fulfillment":{"fulfillmentStatus":""#);
            json::raw(out, view.change.status.name_2026());
            json::raw(out, r#"","fulfilledBy":""#);
            json::raw(
                out,
                if order.fulfilled_by_amazon {
                    "AMAZON"
                } else {
                    "MERCHANT"
                },
            );
            json::raw(
                out,
                r#"","fulfillmentServiceLevel":"STANDARD","shipByWindow":{"earliestDateTime":"#,
            );
            self.millis(out, order.placed_at);
            json::raw(out, r#","latestDateTime":"#);
            self.millis(out, order.placed_at + self.ship_by);
            json::raw(out, "}}");
        }
        json::raw(out, r#","orderItems":["#);
        for position in 0..view.lines.len() {
            if position > 0 {
                out.push(b',');
            }
            self.item_2026(out, view, position, included, prices);
        }
        out.push(b']');
        if included.packages && !order.fulfilled_by_amazon {
            self.packages_2026(out, view);
        }
        out.push(b'}');
    }

    fn item_2026(
        &self,
        out: &mut Vec<u8>,
        view: &View<'_>,
        position: usize,
        included: Included,
        prices: bool,
    ) {
        let line = &view.lines[position];
        json::raw(out, r#"{"orderItemId":""#);
        ids::write_item(out, view.line_number(position));
        json::raw(out, r#"","quantityOrdered":"#);
        json::number(out, view.ordered(position));
        json::raw(out, r#","product":{"asin":""#);
        self.catalogue.write_asin(line.sku, out);
        json::raw(out, r#"","title":"#);
        out.extend_from_slice(self.catalogue.title_json(line.sku));
        json::raw(out, r#","sellerSku":"#);
        out.extend_from_slice(self.catalogue.sku_json(line.sku));
        json::raw(out, r#","condition":{"conditionType":"NEW"}"#);
        let price = self.catalogue.price_cents(line.sku);
        if prices {
            json::raw(out, r#","price":{"unitPrice":"#);
            self.money_2026(out, price);
            out.push(b'}');
        }
        out.push(b'}');
        if included.proceeds && prices {
            json::raw(out, r#","proceeds":{"proceedsTotal":"#);
            self.money_2026(out, price.saturating_mul(u64::from(view.ordered(position))));
            out.push(b'}');
        }
        let change = view.change;
        if included.cancellation && (change.cancel_requested || change.cancelled_by.is_some()) {
            json::raw(out, r#","cancellation":{"#);
            if change.cancel_requested {
                json::raw(
                    out,
                    r#""cancellationRequest":{"requester":"BUYER","cancelReason":""#,
                );
                json::raw(out, BUYER_CANCEL_REASON);
                json::raw(out, r#""}"#);
            }
            if let Some(party) = change.cancelled_by {
                if change.cancel_requested {
                    out.push(b',');
                }
                let (by, reason) = match party {
                    Party::Buyer => ("BUYER", BUYER_CANCEL_REASON),
                    Party::Seller => ("MERCHANT", "NoInventory"),
                    Party::Platform => ("AMAZON", "Cancelled by Amazon"),
                };
                json::raw(out, r#""cancellationExecution":{"cancelledBy":""#);
                json::raw(out, by);
                json::raw(out, r#"","cancelReason":""#);
                json::raw(out, reason);
                json::raw(out, r#""}"#);
            }
            out.push(b'}');
        }
        if included.fulfillment {
            let shipped = view.shipped(position);
            let open = if change.status == Status::Canceled {
                0
            } else {
                view.ordered(position).saturating_sub(shipped)
            };
            json::raw(out, r#","fulfillment":{"quantityFulfilled":"#);
            json::number(out, shipped);
            json::raw(out, r#","quantityUnfulfilled":"#);
            json::number(out, open);
            out.push(b'}');
        }
        out.push(b'}');
    }

    fn packages_2026(&self, out: &mut Vec<u8>, view: &View<'_>) {
        json::raw(out, r#","packages":["#);
        let mut first = true;
        for package in view.packages() {
            json::comma(out, &mut first);
            let texts = view.package_texts(package);
            json::raw(out, r#"{"packageReferenceId":""#);
            json::number(out, package.reference);
            json::raw(out, r#"","createdTime":"#);
            self.millis(out, package.created_at);
            json::raw(out, r#","packageStatus":{"status":"SHIPPED"},"carrier":"#);
            json::string(out, texts.carrier);
            json::raw(out, r#","shipTime":"#);
            json::string(out, texts.ship_date);
            if !texts.method.is_empty() {
                json::raw(out, r#","shippingService":"#);
                json::string(out, texts.method);
            }
            json::raw(out, r#","trackingNumber":"#);
            json::string(out, texts.tracking);
            json::raw(out, r#","packageItems":["#);
            for (index, item) in view.package_items(package).iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                json::raw(out, r#"{"orderItemId":""#);
                ids::write_item(out, view.line_number(usize::from(item.line)));
                json::raw(out, r#"","quantity":"#);
                json::number(out, item.units);
                out.push(b'}');
            }
            json::raw(out, "]}");
        }
        out.push(b']');
    }
}
