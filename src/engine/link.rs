//! A channel's link: everything that is asked of one channel, in which order, under which budget.
//!
//! Work waits in lanes (sign-in, set-up, order feed, fetches, writes, read-backs, shipments, queue messages). `pump` sends
//! what may be sent now and remembers when the next thing may be.

use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

use super::budget::RateBudget;
use super::calls::{CallTable, Pending};
use super::canonical::{ChannelIndex, OrderKey, OrderState, Shipment, SkuIndex};
use super::clock::Micros;
use super::config::{EngineConfig, Strategy};
use super::connectors::{
    Capabilities, Change, Connector, Event, Operation, QuantityWrite, connector,
};
use super::feed::OrderFeed;
use super::machine::{CallError, CallId, Output, Response, Target};
use super::queue::PublishQueue;

/// Calls of one channel under way at the same time, at most.
const MAX_CALLS_UNDER_WAY: usize = 64;
/// Attempts at confirming a shipment before a person must look at it.
const MAX_SHIPMENT_ATTEMPTS: u32 = 200;
/// Wait before a failed call of a lane is repeated; doubles up to [`LONGEST_RETRY`].
const FIRST_RETRY: Micros = Micros::from_secs(1);
/// See [`FIRST_RETRY`].
const LONGEST_RETRY: Micros = Micros::from_secs(120);
/// Wait before asking again for a shipment that the platform cannot take yet.
const NOT_READY_WAIT: Micros = Micros::from_secs(300);
/// Shipments to prepare gather for so long, since one call serves many.
const PREPARE_GATHER: Micros = Micros::from_secs(20);
/// Handles of received messages gather for so long, or until a call is full; well within the visibility timeout.
const ACKNOWLEDGE_GATHER: Micros = Micros::from_secs(5);
/// Handles that one call acknowledges (the queue's limit).
const ACKNOWLEDGE_BATCH: usize = 10;
/// Pause between an answer of the queue and the next receive, in which further messages gather.
const RECEIVE_PAUSE: Micros = Micros::from_millis(500);
/// Tokens are refreshed so long before they expire.
const REFRESH_AHEAD: Micros = Micros::from_secs(120);

/// Shortest time from one token to the next.
const MIN_TOKEN_PAUSE: Micros = Micros::from_secs(10);

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    SigningIn,
    SettingUp(u8),
    ReadingCatalogue,
    Ready,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Lane {
    SignIn,
    SetUp,
    Feed,
    Fetch,
    UrgentWrite,
    Write,
    Read,
    Prepare,
    Confirm,
    Cancel,
    Receive,
    Acknowledge,
}
const LANES: usize = 12;

#[derive(Clone, Debug)]
struct WaitingShipment {
    shipment: Shipment,
    attempts: u32,
    /// To be told by itself: a call that told it with others was refused, and one of them is the reason.
    alone: bool,
}

/// What a finished call means for the engine's core; the link has already dealt with everything that concerns only itself.
#[derive(Debug)]
pub enum News {
    /// The catalogue has been read: the channel can be written to.
    Ready,
    /// An order was seen.
    Order(super::canonical::Order),
    /// A thin signal named an order and the time of its change, and perhaps told its state.
    OrderSignalled(OrderKey, Micros, Option<OrderState>),
    /// The feed is known up to this instant.
    FeedComplete(Micros),
    /// A write was decided on by the platform.
    Written {
        /// What was written.
        write: QuantityWrite,
        /// When the call left.
        sent_at: Micros,
        /// How it went.
        outcome: WriteNews,
    },
    /// A quantity was read back.
    Read {
        /// What.
        sku: SkuIndex,
        /// Units displayed.
        displayed: i64,
        /// When the call left.
        sent_at: Micros,
    },
    /// The platform told a quantity by itself.
    Signalled {
        /// What.
        sku: SkuIndex,
        /// Units displayed when it was sent.
        displayed: i64,
    },
    /// The platform has an order's shipment on record.
    ShipmentConfirmed(OrderKey),
    /// An order's shipment is not told any more.
    ShipmentGivenUp(OrderKey),
    /// Something could not be read or was refused for good.
    Quarantined(String),
}

/// How a write ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum WriteNews {
    /// Live.
    Live,
    /// Taken for processing.
    Accepted,
    /// Compare-and-set failed.
    Stale,
    /// Not executed, for certain (a limit or an expired token refused the call): to be decided anew.
    Refused,
    /// Not executed and not worth repeating.
    Rejected,
    /// Unknown: the call may or may not have taken effect.
    Unknown,
}

/// Counters that a report can show.
#[derive(Clone, Debug, Default)]
pub struct LinkCounts {
    /// Things that could not be read, kept for a person.
    pub quarantined: u64,
    /// Shipments given up on.
    pub shipments_given_up: u64,
}

/// One channel's link.
pub struct ChannelLink {
    /// Which channel.
    pub channel: ChannelIndex,
    /// Its translator.
    pub connector: Box<dyn Connector>,
    capabilities: Capabilities,
    budgets: Vec<RateBudget>,
    calls: CallTable<Operation>,
    stage: Stage,
    token_until: Micros,
    signing_in: bool,
    set_up_under_way: bool,
    catalogue_cursor: Option<String>,
    lane_blocked: [Micros; LANES],
    lane_failures: [u32; LANES],
    /// The order feed.
    pub feed: OrderFeed,
    polls: bool,
    receives: bool,
    fetch: IndexSet<OrderKey, FxBuildHasher>,
    fetching: usize,
    /// Quantity writes.
    pub queue: PublishQueue,
    one_write_in_flight: bool,
    /// Writes whose outcome is unknown, on a platform that recognises a repetition by its key: sent again as they were
    /// (domain.md A5, E-CAS: retry only with the same key).
    in_doubt: VecDeque<Operation>,
    reads: IndexSet<SkuIndex, FxBuildHasher>,
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
    /// For reports.
    pub counts: LinkCounts,
}

impl ChannelLink {
    /// A link that will sign in at its first pump.
    pub fn new(config: &EngineConfig, channel: ChannelIndex) -> ChannelLink {
        let own = &config.channels[channel.0 as usize];
        let connector = connector(config, channel);
        let capabilities = connector.capabilities();
        let signals = config.strategy.listens();
        let poll_every = match config.strategy {
            Strategy::Spreadsheet => config.settings.spreadsheet.every,
            Strategy::Trigger => config.settings.trigger.poll_every,
            _ => own.poll_orders_every,
        };
        ChannelLink {
            channel,
            capabilities,
            budgets: connector
                .buckets()
                .into_iter()
                .map(|published| RateBudget::new(published.or_known(&own.known_limits)))
                .collect(),
            calls: CallTable::new(channel.0 + 1),
            stage: Stage::SigningIn,
            token_until: Micros::ZERO,
            signing_in: false,
            set_up_under_way: false,
            catalogue_cursor: None,
            lane_blocked: [Micros::ZERO; LANES],
            lane_failures: [0; LANES],
            feed: OrderFeed::new(poll_every, own.bounds.order_visibility_lag),
            polls: poll_every > Micros::ZERO,
            receives: capabilities.has_queue && signals,
            fetch: IndexSet::default(),
            fetching: 0,
            queue: PublishQueue::new(config.skus.len()),
            one_write_in_flight: config.strategy != Strategy::Mirror
                || config.settings.mirror.coalesce,
            in_doubt: VecDeque::new(),
            reads: IndexSet::default(),
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
            counts: LinkCounts::default(),
            connector,
        }
    }

    /// Whether the catalogue has been read.
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
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

    /// Wants a shipment confirmed.
    pub fn want_confirmed(&mut self, now: Micros, shipment: Shipment) {
        let order = shipment.order;
        self.waiting_shipments.insert(
            order,
            WaitingShipment {
                shipment,
                attempts: 0,
                alone: false,
            },
        );
        if self.capabilities.fulfillment_needs_preparation {
            self.to_prepare.push_back((now + PREPARE_GATHER, order));
        } else {
            self.to_confirm.push_back((now, order));
        }
    }

    fn send(&mut self, now: Micros, operation: Operation, outputs: &mut VecDeque<Output>) {
        let request = self.connector.build(now, &operation);
        let call = self.calls.insert(operation, now);
        outputs.push_back(Output::Call {
            call,
            target: Target::Channel(self.channel),
            request,
        });
    }

    /// Takes the operation's price from its budget, or blocks the lane until it may be asked again.
    fn afford(&mut self, now: Micros, lane: Lane, operation: &Operation, urgent: bool) -> bool {
        let charge = self.connector.charge(operation);
        let Some(bucket) = charge.bucket else {
            return true;
        };
        match self.budgets[bucket as usize].take(now, charge.tokens, urgent) {
            Ok(()) => true,
            Err(later) => {
                self.lane_blocked[lane as usize] = later;
                false
            }
        }
    }

    fn is_open(&self, now: Micros, lane: Lane) -> bool {
        self.lane_blocked[lane as usize] <= now && self.calls.len() < MAX_CALLS_UNDER_WAY
    }

    /// Sends everything that may be sent now.
    pub fn pump(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        if self.stage == Stage::SigningIn || now + REFRESH_AHEAD >= self.token_until {
            if !self.signing_in && self.is_open(now, Lane::SignIn) {
                let operation = Operation::Authenticate;
                if self.afford(now, Lane::SignIn, &operation, true) {
                    self.signing_in = true;
                    self.send(now, operation, outputs);
                }
            }
            // An expired token would only be refused.
            if now >= self.token_until {
                self.rearm(now);
                return;
            }
        }
        match self.stage {
            Stage::SigningIn => {}
            Stage::SettingUp(step) => {
                if !self.set_up_under_way && self.is_open(now, Lane::SetUp) {
                    let operation = Operation::SetUp { step };
                    if self.afford(now, Lane::SetUp, &operation, true) {
                        self.set_up_under_way = true;
                        self.send(now, operation, outputs);
                    }
                }
            }
            Stage::ReadingCatalogue => {
                if !self.set_up_under_way && self.is_open(now, Lane::SetUp) {
                    let operation = Operation::ReadCatalogue {
                        cursor: self.catalogue_cursor.clone(),
                    };
                    if self.afford(now, Lane::SetUp, &operation, true) {
                        self.set_up_under_way = true;
                        self.send(now, operation, outputs);
                    }
                }
            }
            Stage::Ready => self.pump_ready(now, outputs),
        }
        self.rearm(now);
    }

    fn pump_ready(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        self.pump_writes(now, outputs);
        self.pump_messages(now, outputs);
        self.pump_fetches(now, outputs);
        self.pump_feed(now, outputs);
        self.pump_reads(now, outputs);
        self.pump_cancels(now, outputs);
        self.pump_shipments(now, outputs);
    }

    fn pump_writes(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while !self.in_doubt.is_empty() && self.is_open(now, Lane::Write) {
            let operation = self.in_doubt[0].clone();
            if !self.afford(now, Lane::Write, &operation, true) {
                break;
            }
            self.in_doubt.pop_front();
            self.send(now, operation, outputs);
        }
        while !self.queue.is_empty() {
            let urgent = self.queue.has_costing();
            let lane = if urgent {
                Lane::UrgentWrite
            } else {
                Lane::Write
            };
            if !self.is_open(now, lane) {
                return;
            }
            let connector = &self.connector;
            let mut taken = self.queue.take(now, self.capabilities.write_batch, &|sku| {
                connector.batch_group(sku)
            });
            if taken.rows.is_empty() {
                return;
            }
            let operation = Operation::WriteQuantities {
                writes: std::mem::take(&mut taken.rows),
                idempotency_key: self.idempotency_keys + 1,
            };
            if !self.afford(now, lane, &operation, urgent) {
                if let Operation::WriteQuantities { writes, .. } = operation {
                    taken.rows = writes;
                    self.queue.restore(taken);
                }
                return;
            }
            self.idempotency_keys += 1;
            if self.one_write_in_flight
                && let Operation::WriteQuantities { writes, .. } = &operation
            {
                for write in writes {
                    self.queue.set_in_flight(write.sku, true);
                }
            }
            self.send(now, operation, outputs);
        }
    }

    fn pump_messages(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while (self.handles.len() >= ACKNOWLEDGE_BATCH
            || (!self.handles.is_empty() && now >= self.acknowledge_at))
            && self.is_open(now, Lane::Acknowledge)
        {
            let batch = self.handles.len().min(ACKNOWLEDGE_BATCH);
            let operation = Operation::AcknowledgeMessages {
                handles: self.handles.drain(..batch).collect(),
            };
            self.send(now, operation, outputs);
        }
        if self.receives
            && !self.receiving
            && now >= self.receive_at
            && self.is_open(now, Lane::Receive)
        {
            self.receiving = true;
            self.send(now, Operation::ReceiveMessages, outputs);
        }
    }

    fn pump_fetches(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        // A few calls at a time: what arrives meanwhile fills the next call.
        while !self.fetch.is_empty() && self.fetching < 2 && self.is_open(now, Lane::Fetch) {
            let batch = self.fetch.len().min(self.capabilities.fetch_batch);
            let operation = Operation::FetchOrders {
                orders: self.fetch.iter().take(batch).copied().collect(),
            };
            if !self.afford(now, Lane::Fetch, &operation, true) {
                return;
            }
            self.fetch.drain(..batch);
            self.fetching += 1;
            self.send(now, operation, outputs);
        }
    }

    fn pump_feed(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        if self.polls
            && self.feed.due().is_some_and(|due| due <= now)
            && self.is_open(now, Lane::Feed)
        {
            let (since, cursor) = self.feed.next_page(now);
            let operation = Operation::PollOrders { since, cursor };
            if self.afford(now, Lane::Feed, &operation, false) {
                self.send(now, operation, outputs);
            } else {
                self.feed.page_failed();
            }
        }
    }

    fn pump_reads(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while !self.reads.is_empty() && self.is_open(now, Lane::Read) {
            let batch = self.reads.len().min(self.capabilities.read_batch);
            let operation = Operation::ReadQuantities {
                skus: self.reads.iter().take(batch).copied().collect(),
            };
            if !self.afford(now, Lane::Read, &operation, false) {
                return;
            }
            self.reads.drain(..batch);
            self.send(now, operation, outputs);
        }
    }

    fn pump_cancels(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while let Some(&order) = self.cancels.front() {
            if !self.is_open(now, Lane::Cancel) {
                return;
            }
            let operation = Operation::CancelOrder { order };
            if !self.afford(now, Lane::Cancel, &operation, false) {
                return;
            }
            self.cancels.pop_front();
            self.send(now, operation, outputs);
        }
    }

    fn pump_shipments(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while self.to_prepare.front().is_some_and(|(at, _)| *at <= now)
            && self.is_open(now, Lane::Prepare)
        {
            let orders: Vec<OrderKey> = self
                .to_prepare
                .iter()
                // Whoever gathers in the same spell goes along; longer waits are for orders that were not ready.
                .take_while(|(at, _)| *at <= now + PREPARE_GATHER)
                .take(self.capabilities.prepare_batch)
                .map(|(_, order)| *order)
                .collect();
            let batch = orders.len();
            let operation = Operation::PrepareFulfillment { orders };
            if !self.afford(now, Lane::Prepare, &operation, false) {
                break;
            }
            self.to_prepare.drain(..batch);
            self.send(now, operation, outputs);
        }
        while self.to_confirm.front().is_some_and(|(at, _)| *at <= now)
            && self.is_open(now, Lane::Confirm)
        {
            let taken = self.next_confirmations(now);
            let shipments: Vec<Shipment> = self
                .to_confirm
                .range(..taken)
                .filter_map(|(_, order)| self.waiting_shipments.get(order))
                .map(|waiting| waiting.shipment.clone())
                .collect();
            if !shipments.is_empty() {
                let operation = Operation::ConfirmFulfillment { shipments };
                if !self.afford(now, Lane::Confirm, &operation, false) {
                    return;
                }
                self.send(now, operation, outputs);
            }
            self.to_confirm.drain(..taken);
        }
    }

    /// How many confirmations at the head of the queue go into the next call.
    fn next_confirmations(&self, now: Micros) -> usize {
        let is_alone = |order| {
            let waiting = self.waiting_shipments.get(order);
            waiting.is_some_and(|waiting| waiting.alone)
        };
        let together = self
            .to_confirm
            .iter()
            .take(self.capabilities.confirm_batch)
            .take_while(|(at, order)| *at <= now && !is_alone(order))
            .count();
        together.max(1)
    }

    fn rearm(&mut self, now: Micros) {
        let mut wake = Micros::MAX;
        let mut consider = |lane: Lane, waiting: bool, due: Micros| {
            if waiting {
                wake = wake.min(due.max(self.lane_blocked[lane as usize]));
            }
        };
        consider(
            Lane::SignIn,
            !self.signing_in,
            if self.stage == Stage::SigningIn {
                now
            } else {
                Micros(self.token_until.0.saturating_sub(REFRESH_AHEAD.0))
            },
        );
        match self.stage {
            Stage::SigningIn => {}
            Stage::SettingUp(_) | Stage::ReadingCatalogue => {
                consider(Lane::SetUp, !self.set_up_under_way, now)
            }
            Stage::Ready if now >= self.token_until => {}
            Stage::Ready => {
                let urgent = self.queue.has_costing();
                let write_lane = if urgent {
                    Lane::UrgentWrite
                } else {
                    Lane::Write
                };
                // Listings with a write in flight are woken by its answer, not by a timer.
                let blocked = self.lane_blocked[write_lane as usize] > now;
                consider(write_lane, !self.queue.is_empty() && blocked, now);
                consider(Lane::Write, !self.in_doubt.is_empty(), now);
                consider(
                    Lane::Receive,
                    self.receives && !self.receiving,
                    self.receive_at,
                );
                consider(
                    Lane::Acknowledge,
                    !self.handles.is_empty(),
                    self.acknowledge_at,
                );
                consider(
                    Lane::Fetch,
                    !self.fetch.is_empty() && self.fetching < 2,
                    now,
                );
                if let Some(due) = self.feed.due().filter(|_| self.polls) {
                    consider(Lane::Feed, true, due);
                }
                consider(Lane::Read, !self.reads.is_empty(), now);
                consider(Lane::Cancel, !self.cancels.is_empty(), now);
                if let Some((at, _)) = self.to_prepare.front() {
                    consider(Lane::Prepare, true, *at);
                }
                if let Some((at, _)) = self.to_confirm.front() {
                    consider(Lane::Confirm, true, *at);
                }
            }
        }
        // With every place for calls taken, the next answer pumps again.
        self.next_wake = if self.calls.len() >= MAX_CALLS_UNDER_WAY {
            Micros::MAX
        } else {
            wake.max(now)
        };
    }

    fn fail(&mut self, now: Micros, lane: Lane) {
        let failures = &mut self.lane_failures[lane as usize];
        let wait = Micros(FIRST_RETRY.0 << (*failures).min(7)).min(LONGEST_RETRY);
        *failures += 1;
        self.lane_blocked[lane as usize] = now + wait;
    }

    fn quarantine(&mut self, reason: String, news: &mut Vec<News>) {
        self.counts.quarantined += 1;
        news.push(News::Quarantined(reason));
    }

    /// Reads a webhook; the answer goes out through `outputs` by the caller.
    pub fn receive(
        &mut self,
        now: Micros,
        request: &super::machine::Request,
        news: &mut Vec<News>,
    ) -> Response {
        let mut events = std::mem::take(&mut self.events);
        let response = self.connector.receive(now, request, &mut events);
        for event in events.drain(..) {
            self.take_signal(event, news);
        }
        self.events = events;
        response
    }

    /// Events that may come with any call or signal.
    fn take_signal(&mut self, event: Event, news: &mut Vec<News>) {
        match event {
            Event::OrderSeen(order) => news.push(News::Order(order)),
            Event::OrderSignalled {
                order,
                updated_at,
                state,
            } => news.push(News::OrderSignalled(order, updated_at, state)),
            Event::QuantitySignalled { sku, displayed } => {
                news.push(News::Signalled { sku, displayed })
            }
            Event::Quarantined { order, reason } => {
                self.quarantine(reason, news);
                if let Some(order) = order {
                    self.fetch.insert(order);
                }
            }
            _ => {}
        }
    }

    /// Takes a call's end. News for the core go to `news`.
    pub fn answered(
        &mut self,
        now: Micros,
        call: CallId,
        result: Result<Response, CallError>,
        news: &mut Vec<News>,
    ) {
        let Some(Pending { operation, sent_at }) = self.calls.remove(call) else {
            return;
        };
        let lane = lane_of(&operation);
        let mut events = std::mem::take(&mut self.events);
        let lost = match result {
            Ok(response) => {
                self.connector
                    .parse(now, &operation, &response, &mut events);
                assert!(!events.is_empty(), "a response yields at least one event");
                false
            }
            Err(_) => true,
        };
        let bucket = self.connector.charge(&operation).bucket.map(usize::from);
        let (mut refused, mut failed, mut retry) = (false, lost, true);
        for event in &events {
            match event {
                Event::Throttled { wait } => {
                    refused = true;
                    if let Some(bucket) = bucket {
                        self.budgets[bucket].refused(now, *wait);
                    }
                }
                Event::BudgetTold {
                    bucket,
                    available,
                    capacity,
                    rate_per_second,
                } => {
                    self.budgets[*bucket as usize].told(
                        now,
                        *available,
                        *capacity,
                        *rate_per_second,
                    );
                }
                Event::Unauthorized => {
                    refused = true;
                    self.token_until = self.token_until.min(now);
                }
                Event::Failed {
                    retry: worth,
                    reason,
                } => {
                    failed = true;
                    retry = *worth;
                    if !worth {
                        self.quarantine(reason.clone(), news);
                    }
                }
                _ => {}
            }
        }
        if !refused && !failed {
            self.lane_failures[lane as usize] = 0;
            if let Some(bucket) = bucket {
                self.budgets[bucket].served();
            }
        }
        if failed {
            self.fail(now, lane);
        }
        self.settle(
            now,
            operation,
            sent_at,
            &mut events,
            End {
                refused,
                failed,
                lost,
                retry,
            },
            news,
        );
        events.clear();
        self.events = events;
    }

    fn settle(
        &mut self,
        now: Micros,
        operation: Operation,
        sent_at: Micros,
        events: &mut Vec<Event>,
        end: End,
        news: &mut Vec<News>,
    ) {
        let again = end.refused || end.failed;
        match operation {
            Operation::Authenticate => {
                self.signing_in = false;
                for event in events.drain(..) {
                    if let Event::Authenticated { valid_until } = event {
                        self.token_until = valid_until;
                        // A token that lives shorter than the refresh margin must not be renewed without pause.
                        self.lane_blocked[Lane::SignIn as usize] = now + MIN_TOKEN_PAUSE;
                        if self.stage == Stage::SigningIn {
                            self.stage = if self.connector.set_up_steps() > 0 {
                                Stage::SettingUp(0)
                            } else {
                                Stage::ReadingCatalogue
                            };
                        }
                    }
                }
            }
            Operation::SetUp { step } => {
                self.set_up_under_way = false;
                if !again {
                    self.stage = if step + 1 < self.connector.set_up_steps() {
                        Stage::SettingUp(step + 1)
                    } else {
                        Stage::ReadingCatalogue
                    };
                }
            }
            Operation::ReadCatalogue { .. } => {
                self.set_up_under_way = false;
                for event in events.drain(..) {
                    if let Event::CatalogueRead { next, .. } = event {
                        self.catalogue_cursor = next;
                        if self.catalogue_cursor.is_none() {
                            self.stage = Stage::Ready;
                            self.feed.hasten(now);
                            news.push(News::Ready);
                        }
                    }
                }
            }
            Operation::PollOrders { .. } => {
                let mut read = None;
                for event in events.drain(..) {
                    match event {
                        Event::FeedRead { next, .. } => read = Some(next),
                        other => self.take_signal(other, news),
                    }
                }
                match read {
                    Some(next) if !again => {
                        news.extend(self.feed.page_read(now, next).map(News::FeedComplete))
                    }
                    _ => self.feed.page_failed(),
                }
            }
            Operation::FetchOrders { orders } => {
                self.fetching -= 1;
                if again && end.retry {
                    self.fetch.extend(orders);
                }
                for event in events.drain(..) {
                    match event {
                        // Fetching again what cannot be read would go on for ever.
                        Event::Quarantined { reason, .. } => self.quarantine(reason, news),
                        other => self.take_signal(other, news),
                    }
                }
            }
            Operation::ReadQuantities { skus } => {
                if again && end.retry {
                    self.reads.extend(skus);
                }
                for event in events.drain(..) {
                    match event {
                        Event::QuantityRead { sku, displayed } => news.push(News::Read {
                            sku,
                            displayed,
                            sent_at,
                        }),
                        other => self.take_signal(other, news),
                    }
                }
            }
            Operation::WriteQuantities { ref writes, .. } => {
                let in_doubt = end.lost || (end.failed && end.retry);
                if in_doubt && !end.refused && self.capabilities.compare_and_set {
                    self.in_doubt.push_back(operation);
                } else {
                    self.settle_writes(sent_at, writes, events, end, news);
                }
            }
            Operation::PrepareFulfillment { orders } => {
                if again {
                    self.to_prepare
                        .extend(orders.into_iter().map(|order| (now, order)));
                }
                self.take_shipment_events(now, events, news);
            }
            Operation::ConfirmFulfillment { shipments } => {
                if again {
                    let is_one_of_several = shipments.len() > 1 && !end.retry && !end.refused;
                    let worth = end.retry || end.refused || is_one_of_several;
                    for Shipment { order, .. } in shipments {
                        if let Some(waiting) = self.waiting_shipments.get_mut(&order) {
                            waiting.alone |= is_one_of_several;
                        }
                        self.repeat_shipment(now, order, Micros::ZERO, worth, news);
                    }
                }
                self.take_shipment_events(now, events, news);
            }
            Operation::CancelOrder { order } => {
                if again && (end.retry || end.refused) {
                    self.cancels.push_back(order);
                }
                // The answer only says that the platform will: Shopify cancels in a job of its own. The order counts as
                // cancelled, and its units as free, when the platform says so in a signal or in the feed.
                for event in events.drain(..) {
                    self.take_signal(event, news);
                }
            }
            Operation::ReceiveMessages => {
                self.receiving = false;
                self.receive_at = now + RECEIVE_PAUSE;
                if self.handles.is_empty() {
                    self.acknowledge_at = now + ACKNOWLEDGE_GATHER;
                }
                for event in events.drain(..) {
                    match event {
                        Event::MessageReceived { handle } => self.handles.push(handle),
                        other => self.take_signal(other, news),
                    }
                }
            }
            Operation::AcknowledgeMessages { .. } => {
                // A message that was not deleted comes again and is recognised; nothing to repeat.
            }
        }
    }

    fn settle_writes(
        &mut self,
        sent_at: Micros,
        writes: &[QuantityWrite],
        events: &mut Vec<Event>,
        end: End,
        news: &mut Vec<News>,
    ) {
        use super::connectors::WriteOutcome;
        for write in writes {
            self.queue.set_in_flight(write.sku, false);
        }
        let default = match end {
            End { refused: true, .. } => WriteNews::Refused,
            End { lost: true, .. } => WriteNews::Unknown,
            End {
                failed: true,
                retry: true,
                ..
            } => WriteNews::Unknown,
            _ => WriteNews::Rejected,
        };
        if default == WriteNews::Refused && !self.one_write_in_flight {
            self.queue.append_again(writes);
            return;
        }
        let mut outcomes = vec![default; writes.len()];
        for event in events.drain(..) {
            if let Event::Written { sku, outcome } = event {
                if let Some(row) = writes.iter().position(|write| write.sku == sku) {
                    outcomes[row] = match outcome {
                        WriteOutcome::Live => WriteNews::Live,
                        WriteOutcome::Accepted => WriteNews::Accepted,
                        WriteOutcome::Stale => WriteNews::Stale,
                        WriteOutcome::Refused(reason) => {
                            self.quarantine(reason, news);
                            WriteNews::Rejected
                        }
                    };
                }
            } else {
                self.take_signal(event, news);
            }
        }
        for (write, outcome) in writes.iter().zip(outcomes) {
            news.push(News::Written {
                write: *write,
                sent_at,
                outcome,
            });
        }
    }

    fn take_shipment_events(&mut self, now: Micros, events: &mut Vec<Event>, news: &mut Vec<News>) {
        for event in events.drain(..) {
            match event {
                Event::FulfillmentReady { order } => self.to_confirm.push_back((now, order)),
                Event::FulfillmentNotReady { order } => {
                    self.repeat_shipment(now, order, NOT_READY_WAIT, true, news)
                }
                Event::FulfillmentConfirmed { order } => {
                    if self.waiting_shipments.swap_remove(&order).is_some() {
                        news.push(News::ShipmentConfirmed(order));
                    }
                }
                Event::FulfillmentRefused { order, reason } => {
                    if self.waiting_shipments.swap_remove(&order).is_some() {
                        self.quarantine(reason, news);
                        news.push(News::ShipmentGivenUp(order));
                    }
                }
                other => self.take_signal(other, news),
            }
        }
    }

    fn repeat_shipment(
        &mut self,
        now: Micros,
        order: OrderKey,
        wait: Micros,
        worth: bool,
        news: &mut Vec<News>,
    ) {
        let Some(waiting) = self.waiting_shipments.get_mut(&order) else {
            return;
        };
        waiting.attempts += 1;
        if !worth || waiting.attempts > MAX_SHIPMENT_ATTEMPTS {
            self.waiting_shipments.swap_remove(&order);
            self.counts.shipments_given_up += 1;
            news.push(News::ShipmentGivenUp(order));
            return;
        }
        if self.capabilities.fulfillment_needs_preparation {
            self.to_prepare.push_back((now + wait, order));
        } else {
            self.to_confirm.push_back((now + wait, order));
        }
    }

    /// The change waiting for a listing.
    pub fn waiting_change(&self, sku: SkuIndex) -> Option<Change> {
        self.queue.waiting(sku)
    }
}

/// How a call ended, summed over its events.
#[derive(Copy, Clone, Debug)]
struct End {
    /// Certainly not executed, by a limit or for want of a token.
    refused: bool,
    /// Did not do what it should.
    failed: bool,
    /// No answer at all.
    lost: bool,
    /// Worth repeating.
    retry: bool,
}

fn lane_of(operation: &Operation) -> Lane {
    match operation {
        Operation::Authenticate => Lane::SignIn,
        Operation::ReadCatalogue { .. } | Operation::SetUp { .. } => Lane::SetUp,
        Operation::PollOrders { .. } => Lane::Feed,
        Operation::FetchOrders { .. } => Lane::Fetch,
        Operation::ReadQuantities { .. } => Lane::Read,
        Operation::WriteQuantities { .. } => Lane::Write,
        Operation::PrepareFulfillment { .. } => Lane::Prepare,
        Operation::ConfirmFulfillment { .. } => Lane::Confirm,
        Operation::CancelOrder { .. } => Lane::Cancel,
        Operation::ReceiveMessages => Lane::Receive,
        Operation::AcknowledgeMessages { .. } => Lane::Acknowledge,
    }
}
