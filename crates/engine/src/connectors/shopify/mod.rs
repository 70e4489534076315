//! The Shopify connector: Admin GraphQL API 2026-10, client credentials, signed webhooks.

mod auth;
mod catalogue;
mod fulfillment;
mod inventory;
mod orders;
mod requests;
mod set_up;
mod signals;
#[cfg(test)]
mod tests;
mod wire;

use super::order_ids;
use crate::platform::{CredentialKey, Hosts, PlatformDescription};
use http::{HeaderValue, Uri};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

use super::exchange;
use super::signature::Signer;
use super::skus::SkuTable;
use super::{BucketBelief, Capabilities, Charge, Connector, Event, Operation};
use crate::cancellation::GivenUpUnits;
use crate::canonical::{ChannelIndex, OrderKey, SkuIndex};
use crate::config::EngineConfig;
use crate::machine::{Request, Response};
use crate::snapshot::state;
use fulfillment::PreparedLine;
use oversell_kernel::Epoch;
use oversell_kernel::Micros;
use requests::{CONFIRM_BATCH, create_fulfillments};
use set_up::Topic;

/// The version of the platform's API that everything is asked in.
pub const API_VERSION: &str = "2026-10";

/// What an engine knows of the platform.
pub const DESCRIPTION: PlatformDescription = PlatformDescription {
    name: "shopify",
    title: "Shopify",
    credentials: &[
        CredentialKey::account("shop"),
        CredentialKey::required("api_key"),
        CredentialKey::required("api_secret"),
    ],
    limit_names: &["graphql"],
    given_up_units: GivenUpUnits::OffSaleByReason,
    capabilities: Capabilities {
        compare_and_set: true,
        write_batch: 250,
        read_batch: 100,
        fetch_batch: 50,
        prepare_batch: 25,
        confirm_batch: CONFIRM_BATCH,
        fulfillment_needs_preparation: true,
        can_cancel: true,
        has_queue: false,
    },
    hosts: |credentials| Hosts {
        api: credentials.get("shop").to_string(),
        token: credentials.get("shop").to_string(),
        queue: None,
        consent: None,
    },
    served_names: &["*.myshopify.com"],
    connector: |config, channel| Box::new(ShopifyConnector::new(config, channel)),
    write_order_id: order_ids::push_decimal,
    read_order_id: order_ids::parse_decimal,
};

/// Translates for one Shopify shop. Quantities are those of the shop's first location.
pub struct ShopifyConnector {
    client_id: String,
    client_secret: String,
    shop_domain: HeaderValue,
    callback_url: String,
    /// Distinguishes the idempotency keys of engines that serve the same shop.
    seed: u64,
    signer: Signer,
    epoch: Epoch,
    graphql: Uri,
    token: Option<HeaderValue>,
    topics: Vec<Topic>,
    skus: SkuTable,
    /// Inventory items by SKU, as far as the catalogue has named them.
    items: Vec<Option<u64>>,
    sku_of_item: IndexMap<u64, SkuIndex, FxBuildHasher>,
    location: Option<u64>,
    /// Orders that could not be read: they are fetched with all that may tell their lines.
    in_doubt: IndexSet<OrderKey, FxBuildHasher>,
    prepared: IndexMap<OrderKey, Vec<PreparedLine>, FxBuildHasher>,
    /// Documents that confirm one shipment, two, and so on.
    confirm_documents: Vec<String>,
}

state!(ShopifyConnector {
    kept: [items, sku_of_item, location, in_doubt, prepared],
    parts: [],
    headers: [token],
    made: [
        client_id,
        client_secret,
        shop_domain,
        callback_url,
        seed,
        signer,
        epoch,
        graphql,
        topics,
        skus,
        confirm_documents,
    ],
});

impl ShopifyConnector {
    /// A connector for `channel`. If the channel does not exist or has another platform's credentials, the connector
    /// has none, and the platform refuses it.
    pub fn new(config: &EngineConfig, channel: ChannelIndex) -> ShopifyConnector {
        let channel = config.channels.get(usize::from(channel.0));
        let text = |key| channel.map_or("", |it| it.credentials.get(key)).to_string();
        let client_secret = text("api_secret");
        ShopifyConnector {
            signer: Signer::new(&client_secret),
            client_id: text("api_key"),
            client_secret,
            shop_domain: exchange::header_value(&text("shop")),
            callback_url: channel.map_or_else(String::new, |it| it.callback_url.clone()),
            seed: config.seed,
            epoch: Epoch {
                unix_micros: config.epoch_unix_micros,
            },
            graphql: Uri::from_static(requests::GRAPHQL_PATH),
            token: None,
            topics: if config.strategy.listens() {
                vec![Topic::OrdersCreate, Topic::OrdersCancelled]
            } else {
                Vec::new()
            },
            skus: SkuTable::new(&config.skus),
            items: vec![None; config.skus.len()],
            sku_of_item: IndexMap::default(),
            location: None,
            in_doubt: IndexSet::default(),
            prepared: IndexMap::default(),
            confirm_documents: (1..=CONFIRM_BATCH).map(create_fulfillments).collect(),
        }
    }

    /// Also subscribes to `orders/updated`, which tells of edits and shipments made elsewhere, at the price of one to
    /// three more webhooks an order.
    pub fn with_order_updates(mut self) -> ShopifyConnector {
        self.topics.push(Topic::OrdersUpdated);
        self
    }

    /// Also subscribes to `inventory_levels/update`, which echoes every change of `available`, the engine's own
    /// writes included.
    pub fn with_inventory_updates(mut self) -> ShopifyConnector {
        self.topics.push(Topic::InventoryLevelsUpdate);
        self
    }
}

impl Connector for ShopifyConnector {
    fn capabilities(&self) -> Capabilities {
        DESCRIPTION.capabilities
    }

    /// One bucket of cost points (docs/platforms/shopify.md 2.1, Standard plan); answers tell the true one.
    fn buckets(&self) -> Vec<BucketBelief> {
        vec![BucketBelief {
            name: "graphql",
            capacity: 2_000.0,
            rate_per_second: 100.0,
        }]
    }

    fn charge(&self, operation: &Operation) -> Charge {
        let closely = match operation {
            Operation::FetchOrders { orders } => self.fetches_closely(orders),
            _ => false,
        };
        match requests::requested_points(operation, closely) {
            0 => Charge {
                bucket: None,
                tokens: 0.0,
            },
            points => Charge {
                bucket: Some(0),
                tokens: f64::from(points),
            },
        }
    }

    fn set_up_steps(&self) -> u8 {
        1 + self.topics.len() as u8
    }

    /// Every row may share a call with every other.
    fn batch_group(&self, _sku: SkuIndex) -> u64 {
        0
    }

    fn knows(&self, sku: SkuIndex) -> bool {
        self.item(sku).is_some()
    }

    /// The inventory item's id.
    fn listing_text(&self, sku: SkuIndex) -> String {
        self.item(sku)
            .map_or_else(String::new, |item| item.to_string())
    }

    fn build(&mut self, _now: Micros, operation: &Operation) -> Request {
        match operation {
            Operation::Authenticate => self.token_request(),
            Operation::ReadCatalogue { cursor } => self.catalogue_request(cursor.as_deref()),
            Operation::SetUp { step } => self.set_up_request(*step),
            Operation::PollOrders { since, cursor } => self.poll_request(*since, cursor.as_deref()),
            Operation::FetchOrders { orders } => self.fetch_request(orders),
            Operation::ReadQuantities { skus } => self.read_request(skus),
            Operation::WriteQuantities {
                writes,
                idempotency_key,
            } => self.write_request(writes, *idempotency_key),
            Operation::PrepareFulfillment { orders } => self.prepare_request(orders),
            Operation::ConfirmFulfillment { shipments } => self.confirm_request(shipments),
            Operation::CancelOrder { order } => self.cancel_request(*order),
            Operation::ReceiveMessages | Operation::AcknowledgeMessages { .. } => {
                exchange::no_request()
            }
        }
    }

    fn parse(
        &mut self,
        now: Micros,
        operation: &Operation,
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let before = events.len();
        match operation {
            Operation::Authenticate => self.token_read(now, response, events),
            Operation::ReadCatalogue { .. } => self.catalogue_read(response, events),
            Operation::SetUp { step } => self.set_up_read(*step, response, events),
            Operation::PollOrders { .. } => self.poll_read(response, events),
            Operation::FetchOrders { orders } => self.fetch_read(orders, response, events),
            Operation::ReadQuantities { skus } => self.read_read(skus, response, events),
            Operation::WriteQuantities { writes, .. } => self.write_read(writes, response, events),
            Operation::PrepareFulfillment { orders } => self.prepare_read(orders, response, events),
            Operation::ConfirmFulfillment { shipments } => {
                self.confirm_read(shipments, response, events)
            }
            Operation::CancelOrder { order } => self.cancel_read(*order, response, events),
            Operation::ReceiveMessages | Operation::AcknowledgeMessages { .. } => {
                events.push(exchange::unsupported())
            }
        }
        self.note_doubt(&events[before..]);
        if events.len() == before {
            events.push(Event::Done);
        }
    }

    fn is_signed(&self, request: &Request) -> bool {
        self.webhook_signed(request)
    }

    fn receive(&mut self, _now: Micros, request: &Request, events: &mut Vec<Event>) -> Response {
        let before = events.len();
        let answer = self.webhook_read(request, events);
        self.note_doubt(&events[before..]);
        answer
    }
}
