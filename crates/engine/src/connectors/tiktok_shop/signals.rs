//! Webhooks (docs/platforms/tiktok_shop.md 6): thin, so that an order must be fetched.

use http::StatusCode;
use http::header::AUTHORIZATION;
use oversell_kernel::hexadecimal;
use serde::Deserialize;

use super::TiktokShopConnector;
use super::orders::known_state;
use crate::canonical::OrderKey;
use crate::connectors::encoding::{DecimalId, Text, Whole};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// The data of all types of interest, of which each has some.
#[derive(Deserialize)]
struct Hook<'a> {
    #[serde(rename = "type")]
    kind: Whole,
    timestamp: Option<Whole>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    order_id: Option<DecimalId>,
    #[serde(borrow)]
    order_status: Option<Text<'a>>,
    update_time: Option<Whole>,
    create_time: Option<Whole>,
    sku_id: Option<DecimalId>,
    #[serde(rename = "quantity_snapshot_after_change")]
    snapshot: Option<Snapshot>,
}

#[derive(Deserialize)]
struct Snapshot {
    total_available_quantity: Whole,
}

#[derive(Deserialize)]
struct OnlyOrder {
    data: OnlyOrderData,
}

#[derive(Deserialize)]
struct OnlyOrderData {
    order_id: DecimalId,
}

impl TiktokShopConnector {
    pub(super) fn webhook_read(&self, request: &Request, events: &mut Vec<Event>) -> Response {
        let body = request.body();
        if !self.webhook_signed(request) {
            return exchange::wrongly_signed(events);
        }
        events.push(match exchange::read_json::<Hook<'_>>(body) {
            Ok(hook) => self.hook_read(hook),
            Err(error) => Event::Quarantined {
                order: serde_json::from_slice::<OnlyOrder>(body)
                    .ok()
                    .map(|it| OrderKey(it.data.order_id.0)),
                reason: format!("unreadable webhook: {error}"),
            },
        });
        exchange::answer(StatusCode::OK)
    }

    pub(super) fn webhook_signed(&self, request: &Request) -> bool {
        let signature = request.headers().get(AUTHORIZATION).map(|it| it.as_bytes());
        signature
            .and_then(hexadecimal::read::<32>)
            .is_some_and(|signature| {
                self.signer
                    .verify(&[self.app_key.as_bytes(), request.body()], &signature)
            })
    }

    fn hook_read(&self, hook: Hook<'_>) -> Event {
        let kind = hook.kind.0;
        let incomplete = |order| Event::Quarantined {
            order,
            reason: format!("webhook of type {kind} without its data"),
        };
        let Some(data) = hook.data else {
            return incomplete(None);
        };
        match kind {
            // Status, address, cancellation, return.
            1 | 3 | 11 | 12 => {
                let time = data.update_time.or(data.create_time).or(hook.timestamp);
                match (data.order_id, time) {
                    (Some(order), Some(time)) => Event::OrderSignalled {
                        order: OrderKey(order.0),
                        updated_at: self.epoch.at_unix_secs(time.0),
                        state: data.order_status.as_deref().and_then(known_state),
                    },
                    (order, _) => incomplete(order.map(|order| OrderKey(order.0))),
                }
            }
            // The real-time stock event; the alert of type 27 counts otherwise and is no quantity.
            71 => match (data.sku_id, data.snapshot) {
                (Some(id), Some(snapshot)) => match self.sku_of_id.get(&id.0) {
                    Some(&sku) => Event::QuantitySignalled {
                        sku,
                        displayed: snapshot.total_available_quantity.0,
                    },
                    None => Event::Done,
                },
                _ => incomplete(None),
            },
            // Documented types that are not about orders or quantities (docs/platforms/tiktok_shop.md 6.3).
            4..=7 | 13..=16 | 18 | 24 | 27 | 33 | 36 | 37 | 50 | 64 | 65 | 67 => Event::Done,
            _ => Event::Quarantined {
                order: data.order_id.map(|order| OrderKey(order.0)),
                reason: format!("webhook of unknown type {kind}"),
            },
        }
    }
}
