//! Quantities at the shop's first location: absolute, compare-and-set and relative writes, and reads
//! (docs/platforms/shopify.md 4).

use oversell_kernel::{hexadecimal, json};
use serde::Deserialize;

use super::ShopifyConnector;
use super::requests::{
    ADJUST_QUANTITIES, READ_QUANTITIES, SET_QUANTITIES, begin, is_adjustment, push_gid, push_ids,
};
use super::wire::{Answer, Nodes, UserError, answer};
use crate::canonical::SkuIndex;
use crate::connectors::encoding::DecimalId;
use crate::connectors::{Change, Event, QuantityWrite, WriteOutcome, exchange};
use crate::machine::{Request, Response};

#[derive(Deserialize)]
struct WriteData<'a> {
    #[serde(
        borrow,
        alias = "inventorySetQuantities",
        alias = "inventoryAdjustQuantities"
    )]
    payload: Option<WritePayload<'a>>,
}

#[derive(Deserialize)]
struct WritePayload<'a> {
    #[serde(borrow, rename = "userErrors")]
    user_errors: Vec<UserError<'a>>,
}

#[derive(Deserialize)]
struct ItemNode {
    id: Option<DecimalId>,
    #[serde(rename = "inventoryLevel")]
    level: Option<Level>,
}

#[derive(Deserialize)]
struct Level {
    quantities: Vec<Quantity>,
}

#[derive(Deserialize)]
struct Quantity {
    quantity: i64,
}

impl ShopifyConnector {
    /// Writes `available`. A call is either one of deltas or one of absolute quantities, as its first row says; rows
    /// of the other kind and rows of SKUs that the catalogue has not named are left out and refused.
    pub(super) fn write_request(&self, writes: &[QuantityWrite], key: u64) -> Request {
        let adjustment = is_adjustment(writes);
        let (document, rows) = if adjustment {
            (ADJUST_QUANTITIES, &b"changes\":["[..])
        } else {
            (SET_QUANTITIES, &b"quantities\":["[..])
        };
        let mut body = begin(document, 160 + writes.len() * 170);
        body.extend_from_slice(b"\"input\":{\"name\":\"available\",\"reason\":\"correction\",\"");
        body.extend_from_slice(rows);
        let mut first = true;
        for write in writes {
            let Some(item) = self.sendable(write, adjustment) else {
                continue;
            };
            body.extend_from_slice(if first {
                b"{\"inventoryItemId\":".as_slice()
            } else {
                b",{\"inventoryItemId\":".as_slice()
            });
            first = false;
            push_gid(&mut body, "InventoryItem", item);
            body.extend_from_slice(b",\"locationId\":");
            push_gid(&mut body, "Location", self.location.unwrap_or(0));
            match write.change {
                Change::Set(quantity) => {
                    body.extend_from_slice(b",\"quantity\":");
                    json::integer(&mut body, quantity);
                    body.extend_from_slice(b",\"changeFromQuantity\":null}");
                }
                Change::CompareAndSet { from, to } => {
                    body.extend_from_slice(b",\"quantity\":");
                    json::integer(&mut body, to);
                    body.extend_from_slice(b",\"changeFromQuantity\":");
                    json::integer(&mut body, from);
                    body.push(b'}');
                }
                Change::Adjust(delta) => {
                    body.extend_from_slice(b",\"delta\":");
                    json::integer(&mut body, delta);
                    body.extend_from_slice(b",\"changeFromQuantity\":null}");
                }
            }
        }
        body.extend_from_slice(b"]},\"key\":\"");
        push_key(&mut body, key, self.seed);
        body.push(b'"');
        self.graphql(body)
    }

    fn sendable(&self, write: &QuantityWrite, adjustment: bool) -> Option<u64> {
        let fits = matches!(write.change, Change::Adjust(_)) == adjustment;
        self.item(write.sku).filter(|_| fits)
    }

    pub(super) fn write_read(
        &self,
        writes: &[QuantityWrite],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let errors = match answer::<WriteData<'_>>(response, events) {
            Answer::Data(WriteData {
                payload: Some(payload),
            }) => payload.user_errors,
            Answer::Data(_) => {
                events.push(exchange::failed(false, response));
                return;
            }
            Answer::Settled => return,
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
                return;
            }
        };
        if let Some(event) = call_refused(&errors) {
            events.push(event);
            return;
        }
        let adjustment = is_adjustment(writes);
        let mut sent = 0;
        for write in writes {
            let outcome = if self.sendable(write, adjustment).is_none() {
                WriteOutcome::Refused(
                    "not in the shop's catalogue, or a delta among absolute quantities".to_owned(),
                )
            } else {
                let row = sent;
                sent += 1;
                outcome(&errors, row)
            };
            events.push(Event::Written {
                sku: write.sku,
                outcome,
            });
        }
    }

    pub(super) fn read_request(&self, skus: &[SkuIndex]) -> Request {
        let mut body = begin(READ_QUANTITIES, 120 + skus.len() * 48);
        push_ids(
            &mut body,
            "InventoryItem",
            skus.iter().filter_map(|&sku| self.item(sku)),
        );
        body.extend_from_slice(b",\"location\":");
        push_gid(&mut body, "Location", self.location.unwrap_or(0));
        body.extend_from_slice(b",\"names\":[\"available\"]");
        self.graphql(body)
    }

    pub(super) fn read_read(
        &self,
        skus: &[SkuIndex],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let nodes = match answer::<Nodes<Option<ItemNode>>>(response, events) {
            Answer::Data(data) => data.nodes,
            Answer::Settled => return,
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
                return;
            }
        };
        // Nodes come in the order of the ids, of which each SKU that the catalogue has named has one.
        let mut nodes = nodes.into_iter();
        for &sku in skus {
            let item = self.item(sku);
            let node = item.and_then(|_| nodes.next()).flatten();
            let displayed = node
                .filter(|node| node.id.is_some_and(|id| Some(id.0) == item))
                .and_then(|node| node.level)
                .and_then(|level| level.quantities.first().map(|it| it.quantity));
            events.push(match displayed {
                Some(displayed) => Event::QuantityRead { sku, displayed },
                None => Event::Quarantined {
                    order: None,
                    reason: format!("no quantity of SKU {} at the location", self.skus.text(sku)),
                },
            });
        }
    }
}

/// Errors that concern the call and not its rows (docs/platforms/shopify.md 4.3 and 4.4).
fn call_refused(errors: &[UserError<'_>]) -> Option<Event> {
    errors.iter().find_map(|error| {
        let retry = match error.code() {
            "ADJUST_QUANTITIES_FAILED"
            | "SERVICE_UNAVAILABLE"
            | "IDEMPOTENCY_CONCURRENT_REQUEST" => true,
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH" => false,
            _ => return None,
        };
        Some(Event::Failed {
            retry,
            reason: error.reason(),
        })
    })
}

/// What became of a row. A call takes effect wholly or not at all, so a row without an error of its own has not
/// changed anything either if another row has one; the engine decides anew, as after a failed comparison.
fn outcome(errors: &[UserError<'_>], row: usize) -> WriteOutcome {
    if errors.is_empty() {
        return WriteOutcome::Live;
    }
    let stale = |error: &UserError<'_>| {
        matches!(
            error.code(),
            "CHANGE_FROM_QUANTITY_STALE"
                | "COMPARE_QUANTITY_STALE"
                | "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
        )
    };
    if errors.iter().any(stale) {
        return WriteOutcome::Stale;
    }
    let own = errors
        .iter()
        .find(|error| error.row().is_none_or(|named| named == row));
    own.map_or(WriteOutcome::Stale, |error| {
        WriteOutcome::Refused(error.reason())
    })
}

/// Writes an idempotency key in the form of a UUID (version 4, variant 1): the key's 64 bits, then the seed's.
fn push_key(body: &mut Vec<u8>, key: u64, seed: u64) {
    let [a, b, c, d, e, f, g, h] = key.to_be_bytes();
    let [.., s, t, u, v, w] = seed.to_be_bytes();
    hexadecimal::push(body, &[a, b, c, d]);
    body.push(b'-');
    hexadecimal::push(body, &[e, f]);
    body.push(b'-');
    hexadecimal::push(body, &[0x40 | g >> 4]);
    hexadecimal::push(body, &[g << 4 | h >> 4]);
    body.push(b'-');
    hexadecimal::push(body, &[0x80 | h & 15, 0]);
    body.push(b'-');
    hexadecimal::push(body, &[0, s, t, u, v, w]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_look_like_uuids_and_differ() {
        let text = |key, seed| {
            let mut out = Vec::new();
            push_key(&mut out, key, seed);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            text(0x0123_4567_89ab_cdef, 7),
            "01234567-89ab-4cde-8f00-000000000007"
        );
        assert_ne!(text(1, 7), text(2, 7));
        assert_ne!(text(1, 7), text(1, 8));
    }
}
