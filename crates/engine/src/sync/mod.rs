//! The built-in engine: links, order books, warehouse and strategy put together as one machine.

mod notes;
mod warehouse;

use std::collections::VecDeque;

use super::calls::CallTable;
use super::cancellation::{Cancellation, Restock, restocks};
use super::canonical::{ChannelIndex, Line, Order, OrderKey, OrderState};
use super::config::EngineConfig;
use super::connectors::Operation;
use super::coverage::Coverage;
use super::demand::DemandRates;
use super::journal::{Forgetful, Journal, Record};
use super::jump_guard::{JumpCounts, JumpGuard};
use super::link::{ChannelLink, Links, News};
use super::machine::{Engine, Input, Output};
use super::orders::{OrderBook, Reduction, Sighting};
use super::planted::Planted;
use super::snapshot::{Reader, SnapshotError, State, Writer, state};
use super::strategies::{Promise, Sale, StrategyContext, StrategyMachine, strategy};
use super::warehouse_link::{AllocationWanted, WarehouseLink, WarehouseNews};
use oversell_kernel::Micros;

/// The unit of an order may be that of a cancellation before it, of which nothing is known yet: an order whose units are not
/// there waits for the feed to tell, but not longer than this. The feed's bound is of the slowest cases; by then a signal has
/// told of all others.
const LONGEST_LAG_AWAITED: Micros = Micros::from_secs(900);
/// Time from a cancellation's being told to its units' being free in the warehouse: a poll, a call, a reading of its changes.
const SIGNALS_GRACE: Micros = Micros::from_secs(60);

/// Orders that could not be read when they were told.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct UnreadableOrders {
    /// Put into quarantine under their ids so far.
    pub quarantined: u64,
    /// Read since.
    pub settled: u64,
}

/// The built-in sync engine.
pub struct SyncEngine {
    config: EngineConfig,
    links: Links,
    books: Vec<OrderBook>,
    warehouse: WarehouseLink,
    jump_guard: JumpGuard,
    demand: DemandRates,
    journal: Box<dyn Journal>,
    strategy: Box<dyn StrategyMachine>,
    news: Vec<News>,
    warehouse_news: Vec<WarehouseNews>,
    outputs: VecDeque<Output>,
    started_at: Option<Micros>,
    planted: Planted,
}

state!(SyncEngine {
    kept: [books, demand, started_at],
    parts: [links, warehouse, jump_guard, strategy],
    headers: [],
    // Between two inputs there is no news and no output.
    made: [config, journal, news, warehouse_news, outputs, planted],
});

/// Makes the built-in engine; nobody reads its journal.
pub fn build(config: EngineConfig) -> Box<dyn Engine> {
    Box::new(SyncEngine::new(config, Box::new(Forgetful)))
}

impl SyncEngine {
    /// An engine that has not started.
    pub fn new(config: EngineConfig, journal: Box<dyn Journal>) -> SyncEngine {
        SyncEngine::with(config, journal, Planted::default())
    }

    pub(crate) fn with(
        config: EngineConfig,
        journal: Box<dyn Journal>,
        planted: Planted,
    ) -> SyncEngine {
        planted.begin();
        let shares = config
            .channels
            .iter()
            .map(|channel| channel.demand_share)
            .collect();
        let mut warehouse = WarehouseLink::new(&config);
        if journal.keeps() {
            warehouse.watch_stock();
        }
        SyncEngine {
            links: Links::new(&config),
            books: config
                .channels
                .iter()
                .map(|_| OrderBook::default())
                .collect(),
            warehouse,
            jump_guard: JumpGuard::new(config.settings.guards_jumps(config.strategy)),
            demand: DemandRates::new(shares, config.skus.len()),
            journal,
            strategy: strategy(&config),
            news: Vec::new(),
            warehouse_news: Vec::new(),
            outputs: VecDeque::new(),
            started_at: None,
            planted,
            config,
        }
    }

    /// The engine's whole state, between two inputs whose outputs have been taken. A new engine of the same configuration
    /// goes on from it ([`SyncEngine::restored`]).
    ///
    /// # Errors
    /// [`SnapshotError::Unwritable`].
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        debug_assert!(self.outputs.is_empty() && self.news.is_empty());
        let mut out = Writer::default();
        self.save(&mut out)?;
        Ok(out.into_bytes())
    }

    /// The engine of a snapshot, which this build must have made ([`crate::snapshot::BUILD`]) under the same configuration.
    /// Credentials and addresses may be others.
    ///
    /// # Errors
    /// [`SnapshotError::Unreadable`].
    pub fn restored(
        config: EngineConfig,
        journal: Box<dyn Journal>,
        snapshot: &[u8],
    ) -> Result<SyncEngine, SnapshotError> {
        let mut engine = SyncEngine::new(config, journal);
        engine.take_over(snapshot)?;
        Ok(engine)
    }

    fn take_over(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let mut from = Reader::new(snapshot);
        self.load(&mut from)?;
        from.end()
    }

    /// Runs a closure on the strategy with its context.
    fn decide(
        &mut self,
        now: Micros,
        act: impl FnOnce(&mut dyn StrategyMachine, &mut StrategyContext<'_>),
    ) {
        let mut context = StrategyContext {
            now,
            links: &mut self.links,
            demand: &self.demand,
            journal: self.journal.as_mut(),
            config: &self.config,
        };
        act(self.strategy.as_mut(), &mut context);
    }

    fn take_news(&mut self, now: Micros, channel: ChannelIndex) {
        let mut news = std::mem::take(&mut self.news);
        for item in news.drain(..) {
            if self.journal.keeps() {
                self.note_news(now, channel, &item);
            }
            match item {
                News::Ready => self.decide(now, |strategy, context| {
                    strategy.channel_ready(context, channel)
                }),
                News::Order(order) => self.see(now, channel, order),
                News::OrderSignalled(order, updated_at, state) => {
                    self.signalled(now, channel, order, updated_at, state);
                }
                News::FeedComplete(to) => self.decide(now, |strategy, context| {
                    strategy.feed_complete(context, channel, to)
                }),
                News::Written {
                    write,
                    sent_at,
                    outcome,
                } => {
                    self.decide(now, |strategy, context| {
                        strategy.written(context, channel, write, sent_at, outcome)
                    });
                }
                News::Read {
                    sku,
                    displayed,
                    sent_at,
                } => {
                    self.decide(now, |strategy, context| {
                        strategy.read(context, channel, sku, displayed, sent_at)
                    });
                }
                News::NotListed(sku) => self.decide(now, |strategy, context| {
                    strategy.not_listed(context, channel, sku)
                }),
                News::SubmissionRead {
                    sku,
                    submitted,
                    sent_at,
                } => {
                    self.decide(now, |strategy, context| {
                        strategy.submission_read(context, channel, sku, submitted, sent_at)
                    });
                }
                News::Signalled { sku, displayed } => {
                    self.decide(now, |strategy, context| {
                        strategy.signalled(context, channel, sku, displayed)
                    });
                }
                News::ParcelConfirmed { order, lines } => {
                    if let Some(booked) = self.books[channel.0 as usize].get_mut(order) {
                        booked.note_on_record(&lines);
                    }
                }
                // Only to be written down.
                News::ShipmentConfirmed(_) | News::ShipmentGivenUp(_) | News::Quarantined(_) => {}
            }
        }
        self.news = news;
    }

    /// A thin signal: enough for an order whose lines are known, if it tells the state; else the order is fetched.
    fn signalled(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        key: OrderKey,
        updated_at: Micros,
        state: Option<OrderState>,
    ) {
        let book = &self.books[channel.0 as usize];
        match state {
            Some(state) if book.get(key).is_some() => {
                let order = Order {
                    key,
                    state,
                    created_at: updated_at,
                    updated_at,
                    lines: Vec::new(),
                    ship_to: None,
                    restocked: None,
                    lacked_stock: false,
                };
                self.see(now, channel, order);
            }
            _ if book.is_news(key, updated_at) => {
                self.links[channel].want_order(key);
            }
            _ => {}
        }
    }

    fn see(&mut self, now: Micros, channel: ChannelIndex, order: Order) {
        let index = channel.0 as usize;
        let (key, state, created_at, updated_at) =
            (order.key, order.state, order.created_at, order.updated_at);
        let own = &self.config.channels[index];
        let restock = restocks(
            &Cancellation::of(&order, self.books[index].get(key)),
            own.platform.describe(),
            &own.bounds,
        );
        let kept = self.journal.keeps().then(|| order.clone());
        let reduction = self.books[index].reduce(&order);
        match self.books[index].see(order) {
            Sighting::Known => {}
            Sighting::New => {
                if let Some((order, native_id)) = kept.zip(self.noted(channel, key)) {
                    let line_ids = order
                        .lines
                        .iter()
                        .map(|line| self.links[channel].connector.line_text(line.id))
                        .collect::<Vec<_>>();
                    self.journal.append(
                        now,
                        Record::OrderKnown {
                            channel,
                            native_id: &native_id,
                            order: &order,
                            line_ids: &line_ids,
                        },
                    );
                }
                // Settled before the engine began: what it counts since then has never had these units in it.
                if matches!(state, OrderState::Shipped | OrderState::Cancelled)
                    && self.started_at.is_some_and(|start| updated_at < start)
                {
                    return;
                }
                let lines =
                    std::mem::take(&mut self.books[index].get_mut(key).expect("just booked").lines);
                for line in &lines {
                    self.demand.sold(now, channel, line.sku, line.units);
                }
                let sale = Sale {
                    sold_at: created_at,
                    lines: &lines,
                };
                self.decide(now, |strategy, context| {
                    strategy.sold(context, channel, &sale)
                });
                let removed: Vec<Line> = match state {
                    OrderState::Cancelled => lines.to_vec(),
                    // Units that were sent back have been shipped before: they lie in the warehouse's count.
                    OrderState::Shipped => Vec::new(),
                    OrderState::Held | OrderState::Open => removed_units(&lines),
                };
                if !removed.is_empty() {
                    self.decide(now, |strategy, context| {
                        strategy.cancelled(context, channel, key, &removed, restock, updated_at);
                    });
                }
                let booked = self.books[index].get_mut(key).expect("just booked");
                booked.lines = lines;
                if matches!(state, OrderState::Held | OrderState::Open) {
                    booked.allocation_asked = true;
                    booked.released = state == OrderState::Open;
                    let lag = self.config.channels[index].bounds.order_visibility_lag;
                    // Whoever shows more than there is has no such unit coming: its short orders are oversold.
                    let may_be_resold = self
                        .config
                        .strategy
                        .describe()
                        .promises
                        .contains(&Promise::NoOversell);
                    self.warehouse.want_allocation(AllocationWanted {
                        channel,
                        order: key,
                        hold: state == OrderState::Held,
                        patient_until: if may_be_resold {
                            created_at + lag.min(LONGEST_LAG_AWAITED) + SIGNALS_GRACE
                        } else {
                            created_at
                        },
                    });
                }
            }
            Sighting::Changed(before) => {
                if let Some(native_id) = self.noted(channel, key) {
                    self.journal.append(
                        now,
                        Record::OrderChanged {
                            channel,
                            native_id: &native_id,
                            state,
                            at: updated_at,
                        },
                    );
                }
                match state {
                    OrderState::Cancelled => self.end(now, channel, key, restock, updated_at),
                    OrderState::Open if before == OrderState::Held => {
                        let booked = self.books[index]
                            .get_mut(key)
                            .expect("a changed order is booked");
                        if !std::mem::replace(&mut booked.released, true)
                            && let Some(allocation) = booked.allocation
                        {
                            self.warehouse.want_release(now, allocation);
                        }
                    }
                    _ => {}
                }
            }
        }
        if !reduction.removed.is_empty() {
            self.reduce(now, channel, key, &reduction, restock, updated_at);
        }
    }

    /// Units of an order that was counted have been taken out of it; the rest goes on. Those that have left all the same are
    /// on sale again where they were sold, and no more in the warehouse.
    fn reduce(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        key: OrderKey,
        reduction: &Reduction,
        restock: Restock,
        at: Micros,
    ) {
        let Reduction { removed, gone } = reduction;
        self.note_reduced(now, channel, key, removed);
        let booked = self.books[channel.0 as usize].get(key);
        let booked = booked.filter(|booked| booked.is_reduced);
        if let Some(allocation) = booked.and_then(|booked| booked.allocation) {
            self.warehouse.want_reduced(channel, key, allocation);
        }
        self.decide(now, |strategy, context| {
            strategy.cancelled(context, channel, key, removed, restock, at);
            for (sku, units) in gone {
                strategy.gone(context, *sku, i64::from(*units));
            }
        });
        self.confirm(now, channel, key);
    }

    /// An order that was counted has been cancelled.
    fn end(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        key: OrderKey,
        restock: Restock,
        at: Micros,
    ) {
        let booked = self.books[channel.0 as usize]
            .get_mut(key)
            .expect("a cancelled order is booked");
        let left = booked.left();
        let lines = std::mem::take(&mut booked.lines);
        let current = lines.iter().map(|line| Line {
            units: line.current_units,
            ..*line
        });
        let current: Vec<Line> = current.filter(|line| line.units > 0).collect();
        if let Some(allocation) = booked.allocation {
            self.warehouse.want_cancelled(allocation);
        }
        self.decide(now, |strategy, context| {
            strategy.cancelled(context, channel, key, &current, restock, at);
            for (sku, units) in left {
                strategy.gone(context, sku, i64::from(units));
            }
        });
        self.books[channel.0 as usize]
            .get_mut(key)
            .expect("a cancelled order is booked")
            .lines = lines;
    }

    fn pump(&mut self, now: Micros) {
        while let Some((sku, units)) = self.jump_guard.take_due(now) {
            self.stock_changed(now, sku, units);
        }
        if self.strategy.next_wake() <= now {
            self.decide(now, |strategy, context| strategy.wake(context));
        }
        self.links.pump(now, &mut self.outputs);
        self.warehouse.pump(now, &self.books, &mut self.outputs);
    }

    /// Whether there is something to do by itself by then.
    fn wants_wake_by(&self, now: Micros) -> bool {
        self.poll_timeout().is_some_and(|wake| wake <= now)
    }

    /// Orders that could not be read when they were told, over all channels.
    pub fn unreadable_orders(&self) -> UnreadableOrders {
        let counts = self.links.iter().map(|link| &link.counts);
        counts.fold(UnreadableOrders::default(), |sum, counts| {
            UnreadableOrders {
                quarantined: sum.quarantined + counts.quarantined_orders,
                settled: sum.settled + counts.settled_orders,
            }
        })
    }

    /// What has become of counts that jumped.
    pub fn jumps(&self) -> JumpCounts {
        self.jump_guard.counts()
    }

    /// Things that could not be read so far, over all channels.
    pub fn quarantined(&self) -> u64 {
        self.links.iter().map(|link| link.counts.quarantined).sum()
    }
}

/// What was taken out of an order before it was first seen: a line for each that has fewer units, with how many fewer.
fn removed_units(lines: &[Line]) -> Vec<Line> {
    let removed = lines.iter().map(|line| Line {
        units: line.units.saturating_sub(line.current_units),
        ..*line
    });
    removed.filter(|line| line.units > 0).collect()
}

impl Engine for SyncEngine {
    fn handle(&mut self, now: Micros, input: Input) {
        self.planted.begin();
        let (is_wake, waiting_outputs) = (matches!(input, Input::Wake), self.outputs.len());
        match input {
            Input::Start => self.started_at = Some(now),
            Input::Response { call, result } => match CallTable::<Operation>::tag_of(call) {
                0 => {
                    self.warehouse
                        .answered(now, call, result, &mut self.warehouse_news);
                    self.take_warehouse_news(now);
                }
                tag => {
                    let channel = ChannelIndex(tag - 1);
                    self.links[channel].answered(now, call, result, &mut self.news);
                    self.take_news(now, channel);
                }
            },
            Input::Delivery {
                delivery,
                channel,
                request,
            } => {
                let response = self.links[channel].receive(now, &request, &mut self.news);
                self.take_news(now, channel);
                self.outputs
                    .push_back(Output::DeliveryAnswer { delivery, response });
            }
            Input::Truth(truth) => {
                self.decide(now, |strategy, context| strategy.truth(context, &truth))
            }
            Input::ClockSet { ahead } => {
                self.decide(now, |strategy, context| strategy.clock_set(context, ahead))
            }
            Input::Restarted => self.decide(now, |strategy, context| strategy.restarted(context)),
            Input::Wake => {}
        }
        if self.started_at.is_some() {
            self.pump(now);
        }
        if self.journal.keeps() {
            self.note_stock(now);
        }
        // A machine that has nothing to do when it is woken must not ask for the same again: that would never end.
        debug_assert!(
            !is_wake || self.outputs.len() > waiting_outputs || !self.wants_wake_by(now),
            "woken at {now} for nothing, and wants to be woken again at once: channels {:?}, warehouse {}, strategy {}",
            self.links
                .iter()
                .map(ChannelLink::next_wake)
                .collect::<Vec<_>>(),
            self.warehouse.next_wake(),
            self.strategy.next_wake(),
        );
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn coverage(&self) -> Option<Coverage> {
        let mut coverage = self.strategy.coverage();
        coverage.add(&self.warehouse.coverage);
        for link in self.links.iter() {
            coverage.add(&link.coverage);
        }
        Some(coverage)
    }

    fn lent(&self) -> Option<Vec<i64>> {
        self.strategy.lent()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.started_at?;
        let wake = self
            .links
            .next_wake()
            .min(self.warehouse.next_wake())
            .min(self.strategy.next_wake())
            .min(self.jump_guard.next_wake());
        (wake != Micros::MAX).then_some(wake)
    }

    fn saved(&self) -> Option<Vec<u8>> {
        self.snapshot().ok()
    }

    /// Nobody reads the new one's journal.
    fn renewed(&self, saved: Option<&[u8]>) -> Option<Box<dyn Engine>> {
        let mut engine = SyncEngine::with(self.config.clone(), Box::new(Forgetful), self.planted);
        if let Some(saved) = saved {
            engine.take_over(saved).ok()?;
        }
        Some(Box::new(engine))
    }
}
