//! What reports say: tab-separated rows under a line of names.

use std::borrow::Cow;

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::ids;
use crate::amazon::model::instants::unix_micros;
use crate::amazon::model::orders::{Status, View, write_postal_code};
use crate::core::{ListingIndex, Micros};

use super::State;

const ORDER_COLUMNS: &str = "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\torder-channel\tship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\tship-postal-code\tship-country\tis-business-order\n";
const LISTING_COLUMNS: &str = "item-name\titem-description\tlisting-id\tseller-sku\tprice\tquantity\topen-date\titem-is-marketplace\tproduct-id-type\titem-condition\tasin1\tproduct-id\tpending-quantity\tfulfillment-channel\tstatus\n";
const OPEN_LISTING_COLUMNS: &str = "sku\tasin\tprice\tquantity\n";
const FBA_COLUMNS: &str = "sku\tfnsku\tasin\tproduct-name\tcondition\tyour-price\tmfn-listing-exists\tmfn-fulfillable-quantity\tafn-listing-exists\tafn-warehouse-quantity\tafn-fulfillable-quantity\tafn-unsellable-quantity\tafn-reserved-quantity\tafn-total-quantity\n";

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

fn push_row(out: &mut Vec<u8>, values: &[&str]) {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b'\t');
        }
        out.extend_from_slice(plain(value).as_bytes());
    }
    out.push(b'\n');
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

    /// One row for each line of each order that lists show. Pending orders are in no report.
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
            if (start..=end).contains(&time) && change.status != Status::Pending {
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
        let channel = if view.order.fulfilled_by_amazon {
            "Amazon"
        } else {
            "Merchant"
        };
        let price = self
            .catalogue
            .price_cents(line.sku)
            .saturating_mul(u64::from(view.ordered(position)));
        push_row(
            out,
            &[
                &id,
                &id,
                &self.settings.epoch.seconds_utc(view.order.placed_at),
                &self.settings.epoch.seconds_utc(view.change.at),
                status,
                channel,
                &self.settings.profile.marketplace.name,
                "",
                "Standard",
                &self.catalogue.title(line.sku),
                &self.catalogue.sku_text(line.sku),
                &text_of(|out| self.catalogue.write_asin(line.sku, out)),
                status,
                &view.ordered(position).to_string(),
                &self.settings.currency,
                &money(price),
                &text_of(|out| write_postal_code(out, view.order.postal_code)),
                &String::from_utf8_lossy(&view.order.country),
                "false",
            ],
        );
    }

    /// The merchant's live quantities; an offer fulfilled by Amazon has none.
    fn listing_rows(&self, out: &mut Vec<u8>, all: bool) {
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
                    push_row(out, &[&name, &asin, &price, &quantity]);
                }
                continue;
            }
            let status = if self.offers().is_buyable(sku) {
                "Active"
            } else {
                "Inactive"
            };
            let listing = format!("LST{:08}", sku.0);
            push_row(
                out,
                &[
                    &self.catalogue.title(sku),
                    "",
                    &listing,
                    &name,
                    &price,
                    &quantity,
                    &self.settings.epoch.seconds_utc(Micros::ZERO),
                    "y",
                    "1",
                    "11",
                    &asin,
                    &asin,
                    "0",
                    if by_amazon { "AMAZON_NA" } else { "DEFAULT" },
                    status,
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
            push_row(
                out,
                &[
                    &self.catalogue.sku_text(sku),
                    &text_of(|out| ids::write_fnsku(out, listing.0)),
                    &text_of(|out| self.catalogue.write_asin(sku, out)),
                    &self.catalogue.title(sku),
                    "New",
                    &money(self.catalogue.price_cents(sku)),
                    if pool.stranded { "Yes" } else { "No" },
                    &self.inventory.live(sku).to_string(),
                    if pool.stranded { "No" } else { "Yes" },
                    &total,
                    &pool.fulfillable.to_string(),
                    "0",
                    &pool.reserved.to_string(),
                    &total,
                ],
            );
        }
    }
}
