//! What reports say: tab-separated rows under a line of names.

use std::borrow::Cow;

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::ids;
use crate::amazon::model::instants::unix_micros;
use crate::amazon::model::orders::{CITY, Status, View, write_postal_code};
use crate::core::{Epoch, ListingIndex, Micros};
use oversell_kernel::Zone;

use super::State;

/// Columns of order tracking reports, in the order of `order-tracking-reports-attributes` (docs/platforms/amazon.md 5.7).
const ORDER_COLUMNS: &str = "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\torder-channel\tship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\tshipping-tax\tgift-wrap-price\tgift-wrap-tax\titem-promotion-discount\tship-promotion-discount\tship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids\tis-business-order\tpurchase-order-number\tprice-designation\n";
/// Columns of all listings.
const LISTING_COLUMNS: &str = "item-name\titem-description\tlisting-id\tseller-sku\tprice\tquantity\topen-date\timage-url\titem-is-marketplace\tproduct-id-type\tzshop-shipping-fee\titem-note\titem-condition\tzshop-category1\tzshop-browse-path\tzshop-storefront-feature\tasin1\tasin2\tasin3\twill-ship-internationally\texpedited-shipping\tzshop-boldface\tproduct-id\tbid-for-featured-placement\tadd-delete\tpending-quantity\tfulfillment-channel\tmerchant-shipping-group\tstatus\n";
/// Columns of open listings.
const OPEN_LISTING_COLUMNS: &str = "sku\tasin\tprice\tquantity\tBusiness Price\tQuantity Price Type\tQuantity Lower Bound 1\tQuantity Price 1\tQuantity Lower Bound 2\tQuantity Price 2\tQuantity Lower Bound 3\tQuantity Price 3\tQuantity Lower Bound 4\tQuantity Price 4\tQuantity Lower Bound 5\tQuantity Price 5\tProgressive Price Type\tProgressive Lower Bound 1\tProgressive Price 1\tProgressive Lower Bound 2\tProgressive Price 2\tProgressive Lower Bound 3\tProgressive Price 3\n";
/// Columns of Amazon's own stock.
const FBA_COLUMNS: &str = "sku\tfnsku\tasin\tproduct-name\tcondition\tyour-price\tmfn-listing-exists\tmfn-fulfillable-quantity\tafn-listing-exists\tafn-warehouse-quantity\tafn-fulfillable-quantity\tafn-unsellable-quantity\tafn-reserved-quantity\tafn-total-quantity\tper-unit-volume\tafn-inbound-working-quantity\tafn-inbound-shipped-quantity\tafn-inbound-receiving-quantity\tafn-researching-quantity\tafn-reserved-future-supply\tafn-future-supply-buyable\n";
/// A value as it stands in a row: tabs and line ends would break it.
fn plain(text: &str) -> Cow<'_, str> {
    if text.contains(['\t', '\n', '\r']) {
        Cow::Owned(text.replace(['\t', '\n', '\r'], " "))
    } else {
        Cow::Borrowed(text)
    }
}

fn text_of(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(24);
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Appends a row: values by the names of their columns, in the columns' order. A column of which nothing is said is empty.
fn push_row(out: &mut Vec<u8>, columns: &str, values: &[(&str, &str)]) {
    let mut values = values.iter().peekable();
    for (index, column) in columns.trim_end().split('\t').enumerate() {
        if index > 0 {
            out.push(b'\t');
        }
        if let Some((_, value)) = values.next_if(|(name, _)| *name == column) {
            out.extend_from_slice(plain(value).as_bytes());
        }
    }
    debug_assert_eq!(values.next(), None, "a column that the file does not have");
    out.push(b'\n');
}

/// An instant of an order: whole seconds with the offset in digits, even where it is none.
fn instant(epoch: Epoch, at: Micros) -> String {
    epoch.seconds_utc(at).replace('Z', "+00:00")
}

/// An instant of a listing, by the clocks of a zone and with what they call their time.
fn local_instant(epoch: Epoch, at: Micros, zone: &Zone) -> String {
    let text = text_of(|out| epoch.write_seconds_in(at, zone, out)).replace('T', " ");
    let name = zone.abbreviation(epoch.unix_secs(at));
    format!("{} {name}", text.get(..19).unwrap_or(&text))
}

impl State {
    /// The file of a report of the n-th type; `None` when it would have no row.
    pub(super) fn report_rows(
        &mut self,
        at: Micros,
        kind: usize,
        window: (i64, i64),
    ) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(1_024);
        let columns = match kind {
            0 | 1 => ORDER_COLUMNS,
            2 => LISTING_COLUMNS,
            3 => OPEN_LISTING_COLUMNS,
            _ => FBA_COLUMNS,
        };
        out.extend_from_slice(columns.as_bytes());
        match kind {
            0 | 1 => {
                self.orders.refresh_index(at);
                self.order_rows(&mut out, kind == 0, window);
            }
            4 => {
                self.fba.refresh(at);
                self.fba_rows(&mut out);
            }
            _ => self.listing_rows(&mut out, kind == 2),
        }
        (out.len() > columns.len()).then_some(out)
    }

    /// One row for each line of each order that lists show, pending ones among them.
    fn order_rows(&self, out: &mut Vec<u8>, by_update: bool, (start, end): (i64, i64)) {
        let first = if by_update {
            self.orders
                .first_change_from(self.settings.epoch.at_unix_micros(start))
        } else {
            0
        };
        for number in first.. {
            let Some(change) = self.orders.change(number) else {
                break;
            };
            let Some(view) = self.orders.view(number).filter(|_| change.listed) else {
                continue;
            };
            let time = if by_update {
                change.at
            } else {
                view.order.placed_at
            };
            let time = unix_micros(self.settings.epoch, time);
            if (start..=end).contains(&time) {
                view.is_shown(true);
                for position in 0..view.lines.len() {
                    self.order_row(out, &view, position);
                }
            }
        }
    }

    fn order_row(&self, out: &mut Vec<u8>, view: &View<'_>, position: usize) {
        let line = &view.lines[position];
        let id = ids::order(view.number.0);
        let status = match view.change.status {
            // The files spell it with two Ls.
            Status::Canceled => "Cancelled",
            status => status.name_v0(),
        };
        let item_status = match view.change.status {
            Status::Pending => "Unshipped",
            _ => status,
        };
        // What the Orders API hides while an order is pending is empty here too, which is assumed.
        let known = |value: String| match view.change.status {
            Status::Pending => String::new(),
            _ => value,
        };
        let channel = if view.order.fulfilled_by_amazon {
            "Amazon"
        } else {
            "Merchant"
        };
        let price = self
            .catalogue
            .price_cents(line.sku)
            .saturating_mul(u64::from(view.ordered(position)));
        let epoch = self.settings.epoch;
        push_row(
            out,
            ORDER_COLUMNS,
            &[
                ("amazon-order-id", &id),
                ("merchant-order-id", &id),
                ("purchase-date", &instant(epoch, view.order.placed_at)),
                ("last-updated-date", &instant(epoch, view.change.at)),
                ("order-status", status),
                ("fulfillment-channel", channel),
                ("sales-channel", &self.settings.profile.marketplace.name),
                ("ship-service-level", "Standard"),
                ("product-name", &self.catalogue.title(line.sku)),
                ("sku", &self.catalogue.sku_text(line.sku)),
                (
                    "asin",
                    &text_of(|out| self.catalogue.write_asin(line.sku, out)),
                ),
                ("item-status", item_status),
                ("quantity", &view.ordered(position).to_string()),
                ("currency", &known(self.settings.currency.clone())),
                ("item-price", &known(money(price))),
                ("ship-city", &known(CITY.to_owned())),
                (
                    "ship-postal-code",
                    &known(text_of(|out| {
                        write_postal_code(out, view.order.postal_code)
                    })),
                ),
                (
                    "ship-country",
                    &known(String::from_utf8_lossy(&view.order.country).into_owned()),
                ),
                ("is-business-order", "false"),
            ],
        );
    }

    /// The merchant's live quantities; an offer fulfilled by Amazon has none.
    fn listing_rows(&self, out: &mut Vec<u8>, all: bool) {
        let zone = &self.settings.profile.reports.time_zone;
        let open_since = local_instant(self.settings.epoch, Micros::ZERO, zone);
        for sku in self.catalogue.skus() {
            let by_amazon = self.offers().is_amazon_offer(sku);
            let quantity = if by_amazon {
                String::new()
            } else {
                self.inventory.live(sku).to_string()
            };
            let name = self.catalogue.sku_text(sku);
            let price = money(self.catalogue.price_cents(sku));
            let asin = text_of(|out| self.catalogue.write_asin(sku, out));
            if !all {
                if self.offers().is_buyable(sku) || by_amazon {
                    let values = [
                        ("sku", &*name),
                        ("asin", &*asin),
                        ("price", &*price),
                        ("quantity", &*quantity),
                    ];
                    push_row(out, OPEN_LISTING_COLUMNS, &values);
                }
                continue;
            }
            let status = if self.offers().is_buyable(sku) {
                "Active"
            } else {
                "Inactive"
            };
            let channel = if by_amazon { "AMAZON_NA" } else { "DEFAULT" };
            push_row(
                out,
                LISTING_COLUMNS,
                &[
                    ("item-name", &self.catalogue.title(sku)),
                    ("listing-id", &format!("LST{:08}", sku.0)),
                    ("seller-sku", &name),
                    ("price", &price),
                    ("quantity", &quantity),
                    ("open-date", &open_since),
                    ("item-is-marketplace", "y"),
                    // Identified by its ASIN, and new.
                    ("product-id-type", "1"),
                    ("item-condition", "11"),
                    ("asin1", &asin),
                    ("product-id", &asin),
                    ("pending-quantity", if by_amazon { "" } else { "0" }),
                    ("fulfillment-channel", channel),
                    ("status", status),
                ],
            );
        }
    }

    fn fba_rows(&self, out: &mut Vec<u8>) {
        for listing in (0..self.catalogue.len()).map(ListingIndex) {
            let Some(pool) = self.fba.shown(listing).map(|shown| shown.pool) else {
                continue;
            };
            let sku: SkuIndex = self.catalogue.fba_sku(listing);
            let total = (u64::from(pool.fulfillable) + u64::from(pool.reserved)).to_string();
            let stranded = |yes, no| if pool.stranded { yes } else { no };
            push_row(
                out,
                FBA_COLUMNS,
                &[
                    ("sku", &self.catalogue.sku_text(sku)),
                    ("fnsku", &text_of(|out| ids::write_fnsku(out, listing.0))),
                    ("asin", &text_of(|out| self.catalogue.write_asin(sku, out))),
                    ("product-name", &self.catalogue.title(sku)),
                    ("condition", "New"),
                    ("your-price", &money(self.catalogue.price_cents(sku))),
                    ("mfn-listing-exists", stranded("Yes", "No")),
                    (
                        "mfn-fulfillable-quantity",
                        &self.inventory.live(sku).to_string(),
                    ),
                    ("afn-listing-exists", stranded("No", "Yes")),
                    ("afn-warehouse-quantity", &total),
                    ("afn-fulfillable-quantity", &pool.fulfillable.to_string()),
                    ("afn-unsellable-quantity", "0"),
                    ("afn-reserved-quantity", &pool.reserved.to_string()),
                    ("afn-total-quantity", &total),
                    ("afn-inbound-working-quantity", "0"),
                    ("afn-inbound-shipped-quantity", "0"),
                    ("afn-inbound-receiving-quantity", "0"),
                    ("afn-researching-quantity", "0"),
                    ("afn-reserved-future-supply", "0"),
                    ("afn-future-supply-buyable", "0"),
                ],
            );
        }
    }
}
