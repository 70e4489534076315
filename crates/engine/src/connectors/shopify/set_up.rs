//! Set-up steps: 0 reads the locations, each further one subscribes to a webhook topic (docs/platforms/shopify.md 5.4).

use oversell_kernel::json;
use serde::Deserialize;

use super::ShopifyConnector;
use super::requests::{LOCATIONS, SUBSCRIBE, begin};
use super::wire::{Answer, Connection, UserError, answer};
use crate::connectors::encoding::DecimalId;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// A webhook topic of interest.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    OrdersCreate,
    OrdersCancelled,
    OrdersUpdated,
    InventoryLevelsUpdate,
}

impl Topic {
    fn name(self) -> &'static str {
        match self {
            Topic::OrdersCreate => "ORDERS_CREATE",
            Topic::OrdersCancelled => "ORDERS_CANCELLED",
            Topic::OrdersUpdated => "ORDERS_UPDATED",
            Topic::InventoryLevelsUpdate => "INVENTORY_LEVELS_UPDATE",
        }
    }

    /// What the connector reads of the payload. `updated_at` is among it so that no delivery passes for a repetition
    /// of the one before (docs/platforms/shopify.md 5.3).
    fn include_fields(self) -> &'static [&'static str] {
        match self {
            Topic::InventoryLevelsUpdate => &[
                "inventory_item_id",
                "location_id",
                "available",
                "updated_at",
            ],
            _ => &[
                "id",
                "created_at",
                "updated_at",
                "cancelled_at",
                "cancel_reason",
                "fulfillment_status",
                "line_items.id",
                "line_items.sku",
                "line_items.quantity",
                "line_items.current_quantity",
                "shipping_address.country_code",
                "shipping_address.zip",
                "refunds",
            ],
        }
    }
}

#[derive(Deserialize)]
struct LocationsData {
    locations: Connection<Location>,
}

#[derive(Deserialize)]
struct Location {
    id: DecimalId,
}

#[derive(Deserialize)]
struct SubscribeData<'a> {
    #[serde(borrow, rename = "webhookSubscriptionCreate")]
    payload: Option<SubscribePayload<'a>>,
}

#[derive(Deserialize)]
struct SubscribePayload<'a> {
    #[serde(borrow, rename = "userErrors")]
    user_errors: Vec<UserError<'a>>,
}

impl ShopifyConnector {
    pub(super) fn set_up_request(&self, step: u8) -> Request {
        if step == 0 {
            return self.graphql(begin(LOCATIONS, 0));
        }
        let Some(topic) = self.topics.get(usize::from(step) - 1) else {
            return exchange::no_request();
        };
        let mut body = begin(SUBSCRIBE, 400);
        body.extend_from_slice(b"\"topic\":");
        json::string(&mut body, topic.name());
        body.extend_from_slice(b",\"subscription\":{\"uri\":");
        json::string(&mut body, &self.callback_url);
        body.extend_from_slice(b",\"format\":\"JSON\",\"includeFields\":[");
        for (position, field) in topic.include_fields().iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            json::string(&mut body, field);
        }
        body.extend_from_slice(b"]}");
        self.graphql(body)
    }

    pub(super) fn set_up_read(&mut self, step: u8, response: &Response, events: &mut Vec<Event>) {
        if step == 0 {
            return self.locations_read(response, events);
        }
        if usize::from(step) > self.topics.len() {
            events.push(exchange::unsupported());
            return;
        }
        match answer::<SubscribeData<'_>>(response, events) {
            Answer::Data(SubscribeData {
                payload: Some(payload),
            }) => {
                // A subscription left by an earlier start of the engine serves as well.
                let refused = payload
                    .user_errors
                    .iter()
                    .find(|error| !error.message().contains("already been taken"));
                events.push(match refused {
                    None => Event::Done,
                    Some(error) => Event::Failed {
                        retry: false,
                        reason: error.reason(),
                    },
                });
            }
            Answer::Data(_) => events.push(exchange::failed(false, response)),
            Answer::Settled => {}
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
            }
        }
    }

    fn locations_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        match answer::<LocationsData>(response, events) {
            Answer::Data(data) => match data.locations.nodes.first() {
                Some(location) => {
                    self.location = Some(location.id.0);
                    events.push(Event::Done);
                }
                None => events.push(Event::Failed {
                    retry: false,
                    reason: "the shop has no location".to_owned(),
                }),
            },
            Answer::Settled => {}
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
            }
        }
    }
}
