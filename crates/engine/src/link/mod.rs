//! A channel's link: everything that is asked of one channel, in which order, under which budget.
//!
//! Work waits in lanes (sign-in, set-up, order feed, fetches, writes, read-backs, shipments, queue messages). `pump` sends
//! what may be sent now and remembers when the next thing may be.

mod answers;
mod backlog;
mod lanes;
mod links;
mod news;
mod quarantine;
mod refused_reads;
mod sending;
mod shipments;

use std::collections::VecDeque;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

pub use links::Links;
pub use news::{News, WriteNews};

use super::budget::RateBudget;
use super::calls::CallTable;
use super::canonical::{ChannelIndex, OrderKey, SkuIndex};
use super::config::EngineConfig;
use super::connectors::{
    Capabilities, Change, Connector, Event, Operation, QuantityWrite, connector,
};
use super::coverage::Coverage;
use super::feed::OrderFeed;
use super::queue::{Priority, PublishQueue};
use crate::planted::planted;
use crate::snapshot::state;
use backlog::Backlog;
use lanes::{LANES, Lane};
use oversell_kernel::Micros;
use oversell_kernel::random::mix;
use quarantine::Quarantine;
use refused_reads::RefusedReads;
use shipments::WaitingShipment;

/// A channel is blind after so many sign-ins in a row that failed, or tokens that were refused.
const BLIND_AFTER: u32 = 2;

#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Stage {
    SigningIn,
    SettingUp(u8),
    ReadingCatalogue,
    Ready,
}

/// Counters that a report can show.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct LinkCounts {
    /// Things that could not be read, kept for a person.
    pub quarantined: u64,
    /// Orders among them that waited to be read again ...
    pub quarantined_orders: u64,
    /// ... and of these, orders that have been read since.
    pub settled_orders: u64,
    /// Shipments given up on.
    pub shipments_given_up: u64,
}

/// One channel's link.
pub struct ChannelLink {
    /// Which channel.
    pub channel: ChannelIndex,
    /// When the shop opens: nothing is asked of it before.
    opens_at: Micros,
    /// Its translator.
    pub connector: Box<dyn Connector>,
    capabilities: Capabilities,
    budgets: Vec<RateBudget>,
    calls: CallTable<Operation>,
    stage: Stage,
    token_until: Micros,
    /// When the next token is asked for.
    refresh_at: Micros,
    /// Tokens in a row that the platform gave and then refused.
    refused_tokens: u32,
    jitter_key: u64,
    signing_in: bool,
    set_up_under_way: bool,
    catalogue_cursor: Option<String>,
    lane_blocked: [Micros; LANES],
    lane_failures: [u32; LANES],
    /// The order feed.
    pub feed: OrderFeed,
    polls: bool,
    receives: bool,
    fetch: Backlog<OrderKey>,
    fetching: usize,
    quarantine: Quarantine,
    /// Quantity writes.
    pub queue: PublishQueue,
    one_write_in_flight: bool,
    /// Writes whose outcome is unknown, on a platform that recognises a repetition by its key: sent again as they were
    /// (docs/theory.md A5, E-CAS: retry only with the same key).
    in_doubt: VecDeque<Operation>,
    reads: Backlog<SkuIndex>,
    refused_reads: RefusedReads,
    waiting_shipments: IndexMap<OrderKey, WaitingShipment, FxBuildHasher>,
    to_prepare: VecDeque<(Micros, OrderKey)>,
    to_confirm: VecDeque<(Micros, OrderKey)>,
    cancels: VecDeque<OrderKey>,
    receiving: bool,
    receive_at: Micros,
    handles: Vec<String>,
    acknowledge_at: Micros,
    idempotency_keys: u64,
    next_wake: Micros,
    events: Vec<Event>,
    /// How calls and writes ended.
    pub coverage: Coverage,
    /// For reports.
    pub counts: LinkCounts,
}

state!(ChannelLink {
    kept: [
        budgets,
        calls,
        stage,
        token_until,
        refresh_at,
        refused_tokens,
        signing_in,
        set_up_under_way,
        catalogue_cursor,
        lane_blocked,
        lane_failures,
        feed,
        fetch,
        fetching,
        quarantine,
        queue,
        in_doubt,
        reads,
        refused_reads,
        waiting_shipments,
        to_prepare,
        to_confirm,
        cancels,
        receiving,
        receive_at,
        handles,
        acknowledge_at,
        idempotency_keys,
        next_wake,
        counts,
    ],
    parts: [connector],
    headers: [],
    made: [
        channel,
        opens_at,
        capabilities,
        jitter_key,
        polls,
        receives,
        one_write_in_flight,
        events,
        coverage,
    ],
});

impl ChannelLink {
    /// A link that will sign in at its first pump.
    pub fn new(config: &EngineConfig, channel: ChannelIndex) -> ChannelLink {
        let own = &config.channels[channel.0 as usize];
        let connector = connector(config, channel);
        let capabilities = connector.capabilities();
        let signals = config.strategy.listens();
        let poll_every = config
            .strategy
            .polls_every(&config.settings)
            .unwrap_or(own.poll_orders_every);
        ChannelLink {
            channel,
            opens_at: own.opens_at,
            capabilities,
            budgets: connector
                .buckets()
                .into_iter()
                .map(|published| RateBudget::new(published.or_known(&own.known_limits)))
                .collect(),
            calls: CallTable::new(channel.0 + 1),
            stage: Stage::SigningIn,
            token_until: Micros::ZERO,
            refresh_at: Micros::ZERO,
            refused_tokens: 0,
            jitter_key: mix(config.seed, u64::from(channel.0)),
            signing_in: false,
            set_up_under_way: false,
            catalogue_cursor: None,
            lane_blocked: [Micros::ZERO; LANES],
            lane_failures: [0; LANES],
            feed: OrderFeed::new(poll_every, own.bounds.order_visibility_lag),
            polls: poll_every > Micros::ZERO && !planted!(PollingLeftOut),
            receives: capabilities.has_queue && signals,
            fetch: Backlog::new(),
            fetching: 0,
            quarantine: Quarantine::new(),
            queue: PublishQueue::new(config.skus.len(), capabilities.write_batch),
            one_write_in_flight: (config.strategy.describe().one_write_in_flight)(&config.settings),
            in_doubt: VecDeque::new(),
            reads: Backlog::new(),
            refused_reads: RefusedReads::default(),
            waiting_shipments: IndexMap::default(),
            to_prepare: VecDeque::new(),
            to_confirm: VecDeque::new(),
            cancels: VecDeque::new(),
            receiving: false,
            receive_at: Micros::ZERO,
            handles: Vec::new(),
            acknowledge_at: Micros::ZERO,
            idempotency_keys: config.seed << 20,
            next_wake: Micros::ZERO,
            events: Vec::new(),
            coverage: Coverage::default(),
            counts: LinkCounts::default(),
            connector,
        }
    }

    /// Whether the catalogue has been read.
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    /// Whether the channel can be neither read nor written: no token is good, and not for want of a moment. What it displays
    /// stays as it is; the link asks again with growing waits.
    pub fn is_blind(&self, now: Micros) -> bool {
        now >= self.token_until
            && (self.refused_tokens >= BLIND_AFTER
                || self.lane_failures[Lane::SignIn as usize] >= BLIND_AFTER)
    }

    /// Listings that can be set to zero in a second while many wait for it, by the believed limits; `sku` stands for all.
    pub fn zeros_per_second(&self, sku: SkuIndex) -> f64 {
        let operation = Operation::WriteQuantities {
            writes: vec![QuantityWrite {
                sku,
                change: Change::Set(0),
            }],
            idempotency_key: 0,
        };
        let charge = self.connector.charge(&operation);
        let Some(bucket) = charge.bucket else {
            return f64::INFINITY;
        };
        let calls = self.budgets[bucket as usize].rate_per_second() / charge.tokens.max(1e-9);
        // Only rows of one group share a call.
        let other = SkuIndex(if sku.0 == 0 { 1 } else { 0 });
        let is_shared = self.connector.batch_group(sku) == self.connector.batch_group(other);
        match is_shared {
            true => calls * self.capabilities.write_batch as f64,
            false => calls,
        }
    }

    /// What the platform can do.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// When `pump` has something to do by itself.
    pub fn next_wake(&self) -> Micros {
        self.next_wake
    }

    /// Wants an order in full.
    pub fn want_order(&mut self, order: OrderKey) {
        self.fetch.insert(order);
    }

    /// Wants a quantity read back.
    pub fn want_quantity(&mut self, sku: SkuIndex) {
        self.reads.insert(sku);
    }

    /// Wants an order cancelled for lack of stock, where the API can.
    pub fn want_cancelled(&mut self, order: OrderKey) {
        if self.capabilities.can_cancel {
            self.cancels.push_back(order);
        }
    }

    /// Puts a change into the listing's publish slot.
    pub fn publish(&mut self, now: Micros, write: QuantityWrite, priority: Priority) {
        let group = self.connector.batch_group(write.sku);
        self.queue.put(now, write, group, priority);
    }

    /// Queues a write that must be sent as it is, after all others queued this way.
    pub fn append(&mut self, write: QuantityWrite) {
        let group = self.connector.batch_group(write.sku);
        self.queue.append(write, group);
    }

    /// The change waiting for a listing.
    pub fn waiting_change(&self, sku: SkuIndex) -> Option<Change> {
        self.queue.waiting(sku)
    }
}
