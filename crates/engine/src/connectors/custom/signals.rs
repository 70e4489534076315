//! Webhooks (docs/custom.md 5): with the whole order, or with its id alone, and of quantities.

use http::StatusCode;
use http::header::HeaderName;
use oversell_kernel::hexadecimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::CustomConnector;
use super::orders::{Instant, OrderWire, known_state};
use crate::canonical::{OrderKey, OrderState};
use crate::connectors::encoding::{DecimalId, Text, UnreadableOrder, Whole};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

#[derive(Deserialize)]
struct Hook<'a> {
    #[serde(borrow)]
    topic: Text<'a>,
    #[serde(borrow)]
    order: Option<&'a RawValue>,
    #[serde(borrow)]
    product: Option<Product<'a>>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow)]
    sku: Text<'a>,
    quantity: Whole,
}

/// An order that is named and not told.
#[derive(Deserialize)]
struct Reference<'a> {
    id: DecimalId,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    updated_at: Instant,
    lines: Option<serde::de::IgnoredAny>,
}

impl CustomConnector {
    pub(super) fn webhook_read(&self, request: &Request, events: &mut Vec<Event>) -> Response {
        if !self.webhook_signed(request) {
            return exchange::wrongly_signed(events);
        }
        match exchange::read_json::<Hook<'_>>(request.body()) {
            Ok(hook) => self.hook_read(&hook, events),
            Err(error) => events.push(Event::Quarantined {
                order: None,
                reason: format!("unreadable webhook: {error}"),
            }),
        }
        exchange::answer(StatusCode::OK)
    }

    pub(super) fn webhook_signed(&self, request: &Request) -> bool {
        let header = request.headers().get(SIGNATURE).map(|it| it.as_bytes());
        header
            .and_then(|it| it.strip_prefix(b"sha256="))
            .and_then(hexadecimal::read::<32>)
            .is_some_and(|signature| self.signer.verify(&[request.body()], &signature))
    }

    fn hook_read(&self, hook: &Hook<'_>, events: &mut Vec<Event>) {
        let topic = &*hook.topic;
        match (topic, hook.order, &hook.product) {
            ("order.created" | "order.updated", Some(order), _) => {
                self.order_hook_read(order.get(), events);
            }
            ("quantity.changed", _, Some(product)) => {
                events.push(match self.skus.index(&product.sku) {
                    Some(sku) => Event::QuantitySignalled {
                        sku,
                        displayed: product.quantity.0,
                    },
                    None => Event::Done,
                });
            }
            ("order.created" | "order.updated" | "quantity.changed", ..) => {
                events.push(Event::Quarantined {
                    order: None,
                    reason: format!("webhook {topic} without its data"),
                });
            }
            _ => events.push(Event::Quarantined {
                order: None,
                reason: format!("webhook of an unknown topic: {topic}"),
            }),
        }
    }

    fn order_hook_read(&self, json: &str, events: &mut Vec<Event>) {
        let named = serde_json::from_str::<Reference<'_>>(json);
        if let Ok(Reference {
            id,
            status,
            updated_at,
            lines: None,
        }) = named
        {
            let state = status.as_deref().and_then(known_state);
            events.push(Event::OrderSignalled {
                order: OrderKey(id.0),
                updated_at: self.epoch.at_unix_micros(updated_at.0),
                // Where the units of a cancelled order went is told by the order alone, which is to be asked for.
                state: state.filter(|state| *state != OrderState::Cancelled),
            });
            return;
        }
        match serde_json::from_str::<OrderWire<'_>>(json) {
            Ok(order) => drop(self.order_read(&order, events)),
            Err(error) => UnreadableOrder::new(json, &error, None, &self.salvage()).push(events),
        }
    }
}
