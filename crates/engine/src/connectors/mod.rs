//! Connectors: one per platform, translating operations into complete HTTP requests and responses, webhooks and queue
//! messages into events of the canonical model. They hold tokens and id maps, but decide nothing: what to ask and when,
//! retries and budgets belong to the engine's core.

mod encoding;
mod exchange;
mod feed;
#[cfg(test)]
pub(crate) mod fixtures;
mod order_ids;
mod order_lines;
mod salvage;
mod signature;
mod skus;
#[cfg(test)]
mod tests;

pub mod amazon;
pub mod custom;
pub mod shopify;
pub mod tiktok_shop;
pub mod warehouse;

pub use amazon::AmazonConnector;
pub use custom::CustomConnector;
pub use shopify::ShopifyConnector;
pub use tiktok_shop::TiktokShopConnector;
pub use warehouse::WarehouseClient;

use std::collections::BTreeMap;

use super::canonical::{ChannelIndex, LineKey, Order, OrderKey, OrderState, Shipment, SkuIndex};
use super::config::{EngineConfig, KnownLimit, Platform};
use super::machine::{Request, Response};
use oversell_kernel::Micros;

/// The connector of a channel of the configuration; one for Shopify that every request refuses if there is no such
/// channel.
pub fn connector(config: &EngineConfig, channel: ChannelIndex) -> Box<dyn Connector> {
    let own = config.channels.get(usize::from(channel.0));
    let platform = own.map_or(Platform::Shopify, |it| it.platform);
    (platform.describe().connector)(config, channel)
}

/// One thing to ask of a channel: exactly one HTTP request.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Operation {
    /// Get or refresh an access token.
    Authenticate,
    /// Read one page of the catalogue, to learn native ids.
    ReadCatalogue {
        /// Continue after the cursor of the last page.
        cursor: Option<String>,
    },
    /// The n-th platform-specific set-up step (locations, webhook subscriptions, queue, destinations).
    SetUp {
        /// Position in the connector's own list of steps.
        step: u8,
    },
    /// Read one page of the order feed: orders changed at or after `since`, oldest change first where the platform can.
    PollOrders {
        /// Platform time.
        since: Micros,
        /// Continue after the cursor of the last page.
        cursor: Option<String>,
    },
    /// Read these orders in full (at most `Capabilities::fetch_batch`).
    FetchOrders {
        /// Which.
        orders: Vec<OrderKey>,
    },
    /// Read displayed quantities (at most `Capabilities::read_batch`, all of one batch group).
    ReadQuantities {
        /// Which.
        skus: Vec<SkuIndex>,
    },
    /// Write quantities (at most `Capabilities::write_batch`, all of one batch group).
    WriteQuantities {
        /// What.
        writes: Vec<QuantityWrite>,
        /// Distinguishes this intent from every other; a retry of the same intent carries the same key.
        idempotency_key: u64,
    },
    /// Learn what is needed to confirm shipments of these orders (Shopify: fulfillment orders; TikTok: packages), where
    /// `Capabilities::fulfillment_needs_preparation`.
    PrepareFulfillment {
        /// Which.
        orders: Vec<OrderKey>,
    },
    /// Tell the channel that parcels have left (at most `Capabilities::confirm_batch`, of as many orders).
    ConfirmFulfillment {
        /// The parcels.
        shipments: Vec<Shipment>,
    },
    /// Cancel an order for lack of stock, without restocking.
    CancelOrder {
        /// Which.
        order: OrderKey,
    },
    /// Receive notifications from the channel's queue (Amazon), waiting for one if there is none.
    ReceiveMessages,
    /// Delete received notifications from the queue.
    AcknowledgeMessages {
        /// Receipt handles.
        handles: Vec<String>,
    },
}

impl Operation {
    /// Whether it sets a count above zero.
    pub fn is_raise(&self) -> bool {
        match self {
            Operation::WriteQuantities { writes, .. } => {
                let mut changes = writes.iter().map(|write| write.change);
                changes.any(|change| matches!(change, Change::Set(1..)))
            }
            _ => false,
        }
    }
}

/// A quantity to write.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QuantityWrite {
    /// What.
    pub sku: SkuIndex,
    /// How.
    pub change: Change,
}

/// How a quantity is to change.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Change {
    /// Overwrite, whatever is there.
    Set(i64),
    /// Add (Shopify only).
    Adjust(i64),
    /// Set to `to` if the quantity is `from` (Shopify only).
    CompareAndSet {
        /// Expected.
        from: i64,
        /// Wanted.
        to: i64,
    },
}

/// What became of one quantity write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is what buyers see.
    Live,
    /// The platform took it for processing; when it goes live is unknown.
    Accepted,
    /// Compare-and-set failed; nothing changed (by this row or any other row of the call).
    Stale,
    /// Refused for good, with the platform's reason.
    Refused(String),
}

/// What a connector read out of bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A token was received; refresh it some time before this.
    Authenticated {
        /// Expiry.
        valid_until: Micros,
    },
    /// A set-up step or acknowledgement is done.
    Done,
    /// A page of the catalogue was read.
    CatalogueRead {
        /// Native ids learned for so many SKUs of ours.
        listings: u32,
        /// Where the next page starts, if there is one.
        next: Option<String>,
    },
    /// An order, from a page, a fetch, a webhook or a notification.
    OrderSeen(Order),
    /// A thin signal: this order has changed. To be fetched, unless its lines are known and the signal tells its state.
    OrderSignalled {
        /// Which.
        order: OrderKey,
        /// Platform time of the change.
        updated_at: Micros,
        /// Its state, when the signal tells it.
        state: Option<OrderState>,
    },
    /// A page of the order feed was read to its end.
    FeedRead {
        /// Orders on the page, quarantined ones included.
        orders: u32,
        /// Where the next page starts, if there is one.
        next: Option<String>,
        /// The latest change time on the page, for the next watermark.
        latest_change: Option<Micros>,
    },
    /// A displayed quantity, read back from the platform.
    QuantityRead {
        /// What.
        sku: SkuIndex,
        /// Units buyers can still buy.
        displayed: i64,
    },
    /// The platform has no listing of the SKU.
    NotListed {
        /// What.
        sku: SkuIndex,
    },
    /// The quantity that the seller submitted last, live or not, read back from a platform that keeps it apart.
    SubmissionRead {
        /// What.
        sku: SkuIndex,
        /// Units; `None` when nothing was ever submitted.
        submitted: Option<i64>,
    },
    /// The platform tells of a changed quantity by itself (also an echo of our own write).
    QuantitySignalled {
        /// What.
        sku: SkuIndex,
        /// Units buyers could still buy when it was sent.
        displayed: i64,
    },
    /// What became of a write; one event per row of the operation.
    Written {
        /// What.
        sku: SkuIndex,
        /// How it went.
        outcome: WriteOutcome,
    },
    /// The order's shipment can be confirmed now.
    FulfillmentReady {
        /// Which.
        order: OrderKey,
    },
    /// The platform cannot take a shipment for this order yet (routing pending, on hold): ask again later.
    FulfillmentNotReady {
        /// Which.
        order: OrderKey,
    },
    /// The shipment is on record.
    FulfillmentConfirmed {
        /// Which.
        order: OrderKey,
        /// Lines and units that are on record with it: fewer than were shipped where units had been taken out of the order.
        lines: Vec<(LineKey, u32)>,
    },
    /// The shipment was refused for good (cancelled meanwhile, already shipped).
    FulfillmentRefused {
        /// Which.
        order: OrderKey,
        /// The platform's reason.
        reason: String,
    },
    /// The order was cancelled by our call, or was cancelled already.
    OrderCancelled {
        /// Which.
        order: OrderKey,
    },
    /// A message was received from the queue; acknowledge it when it is durable.
    MessageReceived {
        /// Receipt handle.
        handle: String,
    },
    /// The call was refused by a rate limit; nothing happened.
    Throttled {
        /// How long to wait, when the platform says or its numbers tell.
        wait: Option<Micros>,
    },
    /// The platform told the state of a bucket.
    BudgetTold {
        /// Which bucket of `Connector::buckets`.
        bucket: u8,
        /// Tokens there are now, when told.
        available: Option<f64>,
        /// Tokens it holds, when told.
        capacity: Option<f64>,
        /// Tokens that flow in a second, when told.
        rate_per_second: Option<f64>,
    },
    /// The token was refused: authenticate again, then repeat the call.
    Unauthorized,
    /// The call failed. `retry`: the same call may succeed later.
    Failed {
        /// Worth repeating?
        retry: bool,
        /// For logs and quarantine.
        reason: String,
    },
    /// Something could not be read; it is kept and counted, never dropped silently. When at least the order's id was
    /// readable, it is given, so that the order can be fetched again.
    Quarantined {
        /// The order, if its id was readable.
        order: Option<OrderKey>,
        /// What was wrong.
        reason: String,
    },
}

/// What a platform's API can do; fixed for a connector.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Capabilities {
    /// Compare-and-set and delta writes exist, and the answer to a write says that it is live.
    pub compare_and_set: bool,
    /// Rows in one quantity write.
    pub write_batch: usize,
    /// SKUs in one quantity read.
    pub read_batch: usize,
    /// Orders in one fetch.
    pub fetch_batch: usize,
    /// Orders in one preparation.
    pub prepare_batch: usize,
    /// Shipments in one confirmation.
    pub confirm_batch: usize,
    /// Shipments need a preparation first.
    pub fulfillment_needs_preparation: bool,
    /// The API can cancel an order.
    pub can_cancel: bool,
    /// Notifications arrive through a queue that must be polled.
    pub has_queue: bool,
}

/// The engine's first belief about one of the platform's rate limits.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct BucketBelief {
    /// Name, one of the platform's limit names.
    pub name: &'static str,
    /// Tokens it holds.
    pub capacity: f64,
    /// Tokens that flow in a second.
    pub rate_per_second: f64,
}

impl BucketBelief {
    /// What the merchant knows of this limit, if he knows anything, instead of the published default.
    pub fn or_known(self, known: &BTreeMap<String, KnownLimit>) -> BucketBelief {
        match known.get(self.name) {
            Some(limit) => BucketBelief {
                name: self.name,
                capacity: limit.burst,
                rate_per_second: limit.rate,
            },
            None => self,
        }
    }
}

/// What one call costs.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Charge {
    /// Which of `Connector::buckets`; `None` for calls without limit.
    pub bucket: Option<u8>,
    /// Tokens.
    pub tokens: f64,
}

impl Charge {
    /// One token of a bucket, or nothing.
    pub fn one_token(bucket: Option<u8>) -> Charge {
        Charge {
            bucket,
            tokens: if bucket.is_some() { 1.0 } else { 0.0 },
        }
    }
}

/// A platform's translator.
pub trait Connector: crate::snapshot::State + Send + Sync {
    /// What the platform can do.
    fn capabilities(&self) -> Capabilities;

    /// The rate limits that the engine should respect, as first believed.
    fn buckets(&self) -> Vec<BucketBelief>;

    /// What an operation will cost.
    fn charge(&self, operation: &Operation) -> Charge;

    /// Number of set-up steps (`Operation::SetUp { step: 0.. }`), to be run in order after `Authenticate` and before
    /// anything else.
    fn set_up_steps(&self) -> u8;

    /// The step to go on from when access was refused at one: the one that gets its token, if it has a token of its own.
    fn set_up_again(&self, step: u8) -> u8 {
        step
    }

    /// Rows may share a call only if they share a group (TikTok: the product). Known after the catalogue was read.
    fn batch_group(&self, sku: SkuIndex) -> u64;

    /// Whether the SKU has been found in the channel's catalogue; where nobody reads a catalogue, whether the merchant lists it, as
    /// far as is known.
    fn knows(&self, sku: SkuIndex) -> bool;

    /// The text of an order's native id: the key in decimal digits, unless the platform writes its ids otherwise.
    fn order_text(&self, order: OrderKey) -> String {
        order.0.to_string()
    }

    /// The text of a listing's native id; empty when [`Connector::knows`] does not know it.
    fn listing_text(&self, sku: SkuIndex) -> String;

    /// Makes the request for an operation. URIs are in origin form (`/path?query`).
    fn build(&mut self, now: Micros, operation: &Operation) -> Request;

    /// Reads the response to an operation. Every response yields at least one event.
    fn parse(
        &mut self,
        now: Micros,
        operation: &Operation,
        response: &Response,
        events: &mut Vec<Event>,
    );

    /// Whether a webhook was signed by the platform. Whoever keeps what arrives asks this first: anybody can send.
    fn is_signed(&self, request: &Request) -> bool;

    /// Reads a webhook: verifies its signature, yields events, and gives the answer to send (401 on a bad signature).
    fn receive(&mut self, now: Micros, request: &Request, events: &mut Vec<Event>) -> Response;

    /// The native line ids of an order as known to the connector's preparation, if it had to learn them.
    fn line_text(&self, line: LineKey) -> String {
        line.0.to_string()
    }
}
