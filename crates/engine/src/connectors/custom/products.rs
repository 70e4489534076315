//! The catalogue and its quantities (docs/custom.md 2, 3): written one by one, read by the hundred.

use http::Method;
use oversell_kernel::json;
use serde::Deserialize;

use super::CustomConnector;
use super::answers::{Answer, answer, data};
use crate::canonical::SkuIndex;
use crate::connectors::encoding::{Text, Whole, push_escaped};
use crate::connectors::{Change, Event, QuantityWrite, WriteOutcome, exchange};
use crate::machine::{Request, Response};

#[derive(Deserialize)]
struct ProductPage<'a> {
    #[serde(borrow)]
    products: Vec<Product<'a>>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow)]
    sku: Option<Text<'a>>,
    quantity: Option<Whole>,
}

/// Of what is read of answers whose members do not matter.
#[derive(Deserialize)]
struct Nothing {}

impl CustomConnector {
    pub(super) fn catalogue_request(&self, cursor: Option<&str>) -> Request {
        let mut target = b"/v1/products?limit=100".to_vec();
        if let Some(cursor) = cursor {
            target.extend_from_slice(b"&cursor=");
            push_escaped(&mut target, cursor);
        }
        self.get(target)
    }

    pub(super) fn catalogue_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        let Some(page) = data::<ProductPage<'_>>(response, events) else {
            return;
        };
        let mut listings = 0;
        for product in page.products {
            let sku = product.sku.as_deref().and_then(|it| self.skus.index(it));
            let listed = sku.and_then(|sku| self.is_listed.get_mut(sku.0 as usize));
            if let Some(listed @ false) = listed {
                *listed = true;
                listings += 1;
            }
        }
        events.push(Event::CatalogueRead {
            listings,
            next: page.next_cursor.filter(|next| !next.is_empty()),
        });
    }

    /// The row that can be sent: one, absolute, of a product that is listed.
    fn sendable(&self, writes: &[QuantityWrite]) -> Option<(SkuIndex, i64)> {
        match writes {
            [
                QuantityWrite {
                    sku,
                    change: Change::Set(units),
                },
            ] if self.knows_listed(*sku) => Some((*sku, (*units).max(0))),
            _ => None,
        }
    }

    fn knows_listed(&self, sku: SkuIndex) -> bool {
        self.is_listed.get(sku.0 as usize) == Some(&true)
    }

    /// Writes one quantity. What cannot be sent is refused, and the shop asked for in its place.
    pub(super) fn write_request(&self, writes: &[QuantityWrite]) -> Request {
        let Some((sku, units)) = self.sendable(writes) else {
            return self.get(b"/v1/shop".to_vec());
        };
        let mut target = b"/v1/products/".to_vec();
        push_escaped(&mut target, self.skus.text(sku));
        target.extend_from_slice(b"/quantity");
        let mut body = b"{\"quantity\":".to_vec();
        json::integer(&mut body, units);
        body.push(b'}');
        self.send(Method::PUT, target, body)
    }

    pub(super) fn write_read(
        &self,
        writes: &[QuantityWrite],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let outcome = if self.sendable(writes).is_none() {
            WriteOutcome::Refused("not listed, or not one absolute quantity".to_owned())
        } else {
            match answer::<Nothing>(response, events) {
                // That it is live now does not say that no earlier write is still to come, in its order or not.
                Answer::Data(Nothing {}) => WriteOutcome::Accepted,
                Answer::Refused(refusal) => WriteOutcome::Refused(refusal.reason()),
                Answer::Settled => return,
                Answer::Unreadable(error) => {
                    events.push(exchange::unreadable(&error, response.body()));
                    return;
                }
            }
        };
        events.extend(writes.iter().map(|write| Event::Written {
            sku: write.sku,
            outcome: outcome.clone(),
        }));
    }

    pub(super) fn read_request(&self, skus: &[SkuIndex]) -> Request {
        let mut target = Vec::with_capacity(16 + skus.len() * 24);
        target.extend_from_slice(b"/v1/products");
        for (place, &sku) in skus.iter().enumerate() {
            target.extend_from_slice(if place == 0 { b"?skus=" } else { b"&skus=" });
            push_escaped(&mut target, self.skus.text(sku));
        }
        self.get(target)
    }

    pub(super) fn read_read(
        &self,
        skus: &[SkuIndex],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let Some(page) = data::<ProductPage<'_>>(response, events) else {
            return;
        };
        let mut seen = Vec::with_capacity(skus.len());
        for product in page.products {
            let sku = product.sku.as_deref().and_then(|it| self.skus.index(it));
            if let (Some(sku), Some(Whole(displayed))) = (sku, product.quantity) {
                seen.push(sku);
                events.push(Event::QuantityRead { sku, displayed });
            }
        }
        for sku in skus {
            if !seen.contains(sku) {
                events.push(Event::Quarantined {
                    order: None,
                    reason: format!("no quantity of SKU {}", self.skus.text(*sku)),
                });
            }
        }
    }
}
