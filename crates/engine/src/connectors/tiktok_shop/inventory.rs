//! Available quantities per warehouse (docs/platforms/tiktok_shop.md 5): absolute writes of one product's SKUs, and reads.

use http::Method;
use oversell_kernel::json;
use serde::Deserialize;

use super::TiktokShopConnector;
use super::requests::Call;
use super::wire::{Answer, answer, refused};
use crate::canonical::SkuIndex;
use crate::connectors::encoding::{DecimalId, Text};
use crate::connectors::{Change, Event, QuantityWrite, WriteOutcome, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

/// The largest quantity that the platform takes.
const MAX_QUANTITY: i64 = 99_999;

#[derive(Deserialize)]
struct WriteData<'a> {
    #[serde(borrow)]
    errors: Option<Vec<RowError<'a>>>,
}

#[derive(Deserialize)]
struct RowError<'a> {
    code: i64,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    detail: Option<Detail<'a>>,
}

#[derive(Deserialize)]
struct Detail<'a> {
    sku_id: Option<DecimalId>,
    #[serde(borrow)]
    extra_errors: Option<Vec<ExtraError<'a>>>,
}

#[derive(Deserialize)]
struct ExtraError<'a> {
    code: i64,
    #[serde(borrow)]
    message: Option<Text<'a>>,
}

impl RowError<'_> {
    /// Whether the error is about this listing; one that names none is about all.
    fn concerns(&self, id: u64) -> bool {
        let named = self.detail.as_ref().and_then(|detail| detail.sku_id);
        named.is_none_or(|named| named.0 == id)
    }

    /// The outer code is a wrapper where inner ones stand.
    fn reason(&self) -> String {
        let detail = self
            .detail
            .as_ref()
            .and_then(|detail| detail.extra_errors.as_ref());
        match detail.and_then(|errors| errors.first()) {
            Some(inner) => {
                format!("{}: {}", inner.code, inner.message.as_deref().unwrap_or(""))
            }
            None => format!("{}: {}", self.code, self.message.as_deref().unwrap_or("")),
        }
    }
}

#[derive(Deserialize)]
struct ReadData {
    inventory: Option<Vec<ProductInventory>>,
}

#[derive(Deserialize)]
struct ProductInventory {
    skus: Option<Vec<SkuInventory>>,
}

#[derive(Deserialize)]
struct SkuInventory {
    id: DecimalId,
    total_available_quantity: i64,
}

impl TiktokShopConnector {
    /// Writes the SKUs of one product, that of the first row that the catalogue has named. Rows of other products or
    /// without a listing, and changes that are not absolute, are left out and refused. If nothing is left to be
    /// written, a read goes out in its place.
    pub(super) fn write_request(&self, now: Micros, writes: &[QuantityWrite]) -> Request {
        let Some(product) = self.product_of(writes) else {
            let skus: Vec<SkuIndex> = writes.iter().map(|write| write.sku).collect();
            return self.read_request(now, &skus);
        };
        let mut body = Vec::with_capacity(16 + writes.len() * 140);
        body.extend_from_slice(b"{\"skus\":[");
        let mut first = true;
        for write in writes {
            let Some((id, warehouses, quantity)) = self.sendable(write, product) else {
                continue;
            };
            if !first {
                body.push(b',');
            }
            first = false;
            body.extend_from_slice(b"{\"id\":");
            json::quoted_integer(&mut body, id);
            body.extend_from_slice(b",\"inventory\":[");
            for (position, &warehouse) in warehouses.iter().enumerate() {
                if position > 0 {
                    body.push(b',');
                }
                body.extend_from_slice(b"{\"warehouse_id\":");
                json::quoted_integer(&mut body, warehouse);
                body.extend_from_slice(b",\"quantity\":");
                json::integer(&mut body, if position == 0 { quantity } else { 0 });
                body.push(b'}');
            }
            body.extend_from_slice(b"]}");
        }
        body.extend_from_slice(b"]}");
        let call = Call::about("/product/202309/products/", product, "/inventory/update");
        self.send(now, Method::POST, call, body)
    }

    fn product_of(&self, writes: &[QuantityWrite]) -> Option<u64> {
        let mut absolute = writes
            .iter()
            .filter(|write| matches!(write.change, Change::Set(_)));
        absolute
            .find_map(|write| self.listing(write.sku))
            .map(|listing| listing.product)
    }

    /// Listing, warehouses and quantity of a row that can be part of a write of this product.
    fn sendable(&self, write: &QuantityWrite, product: u64) -> Option<(u64, &[u64], i64)> {
        let Change::Set(quantity) = write.change else {
            return None;
        };
        let listing = self
            .listing(write.sku)
            .filter(|listing| listing.product == product)?;
        Some((
            listing.id,
            &listing.warehouses,
            quantity.clamp(0, MAX_QUANTITY),
        ))
    }

    pub(super) fn write_read(
        &self,
        writes: &[QuantityWrite],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let product = self.product_of(writes);
        let not_sent = || {
            WriteOutcome::Refused("no listing of this product, or not an absolute quantity".into())
        };
        if product.is_none() {
            for write in writes {
                events.push(Event::Written {
                    sku: write.sku,
                    outcome: not_sent(),
                });
            }
            return;
        }
        let (errors, refusal) = match answer::<WriteData<'_>>(response, events) {
            Answer::Data(data) => (data.errors.unwrap_or_default(), None),
            Answer::Refused(refusal) => (Vec::new(), Some(refusal)),
            Answer::Settled => return,
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
                return;
            }
        };
        for write in writes {
            let sent = product.and_then(|product| self.sendable(write, product));
            let outcome = match (sent, &refusal) {
                (None, _) => not_sent(),
                (Some(_), Some(refusal)) => WriteOutcome::Refused(refusal.reason()),
                (Some((id, ..)), None) => match errors.iter().find(|error| error.concerns(id)) {
                    Some(error) => WriteOutcome::Refused(error.reason()),
                    None => WriteOutcome::Accepted,
                },
            };
            events.push(Event::Written {
                sku: write.sku,
                outcome,
            });
        }
    }

    pub(super) fn read_request(&self, now: Micros, skus: &[SkuIndex]) -> Request {
        let mut body = Vec::with_capacity(16 + skus.len() * 24);
        body.extend_from_slice(b"{\"sku_ids\":[");
        let known = skus.iter().filter_map(|&sku| self.listing(sku));
        for (position, listing) in known.enumerate() {
            if position > 0 {
                body.push(b',');
            }
            json::quoted_integer(&mut body, listing.id);
        }
        body.extend_from_slice(b"]}");
        self.send(
            now,
            Method::POST,
            Call::to("/product/202309/inventory/search"),
            body,
        )
    }

    pub(super) fn read_read(
        &self,
        skus: &[SkuIndex],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let data = match answer::<ReadData>(response, events) {
            Answer::Data(data) => data,
            Answer::Refused(refusal) => {
                events.push(refused(&refusal));
                return;
            }
            Answer::Settled => return,
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
                return;
            }
        };
        let mut seen = Vec::with_capacity(skus.len());
        for product in data.inventory.unwrap_or_default() {
            for wire in product.skus.unwrap_or_default() {
                // The answer may tell of a product's other SKUs as well; they are as true.
                if let Some(&sku) = self.sku_of_id.get(&wire.id.0) {
                    seen.push(sku);
                    let displayed = wire.total_available_quantity;
                    events.push(Event::QuantityRead { sku, displayed });
                }
            }
        }
        seen.sort_unstable();
        for sku in skus {
            if seen.binary_search(sku).is_err() {
                events.push(Event::Quarantined {
                    order: None,
                    reason: format!("no quantity of SKU {}", self.skus.text(*sku)),
                });
            }
        }
    }
}
