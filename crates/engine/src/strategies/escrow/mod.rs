//! `escrow`: every channel holds a grant, and the sum of what all channels could still sell never exceeds what there is.
//! A platform never sells beyond what it displays and decrements by itself, so a sale needs no write at all; calls are
//! only for moving grants.
//!
//! The proof is docs/theory.md A5. It needs, and this code relies on:
//! - **H1** no platform accepts beyond its displayed count;
//! - **H2** the order feed tells everything up to its visibility lag ([`PlatformBounds::order_visibility_lag`]); webhooks
//!   are hints, and orders are counted once by id ([`OrderBook`]);
//! - **H3** a write not live within its lifetime never will be ([`PlatformBounds::write_lifetime`]);
//! - **H4** a positive set is sent once (the link repeats unknown outcomes only on compare-and-set platforms, by key);
//! - **H5** "accepted" is not an acknowledgement: drains are confirmed by reading the count back;
//! - **H6** only cancellations raise a count by themselves ([`PlatformBounds::restocks_on_cancel`]), and nobody else writes;
//!   who does is noticed by reading back and corrected, but what was sold before that is sold ([`foreign`]);
//! - **H7** what an exposure came of is written down before a call leaves ([`recovery`]);
//! - **H8** the warehouse's counts are right; a correction downwards makes a deficit that is taken back, but units sold
//!   meanwhile cannot be.
//!
//! Units that the accounts hold on a channel and that it does not display are found by reading the count back
//! ([`verify`]): after a cancellation whose units do not sell, after a write whose answer was lost, and wherever an exposure
//! stays unsold longer than its sales let expect.
//!
//! Invariant, asserted whenever units move: sum of known sales and exposures over the channels + pool = stock.
//!
//! With a budget the pool may stand below zero by what is lent ([`loans`], docs/theory.md A9).
//!
//! The same code with [`Knowledge::Truth`] is `informed-escrow`: it learns sales and live writes from the ledger as they happen.
//!
//! [`PlatformBounds::order_visibility_lag`]: crate::config::PlatformBounds
//! [`PlatformBounds::write_lifetime`]: crate::config::PlatformBounds
//! [`PlatformBounds::restocks_on_cancel`]: crate::config::PlatformBounds
//! [`OrderBook`]: crate::orders::OrderBook
//! [`recovery`]: crate::recovery

mod cas;
mod counting;
mod first_readings;
mod foreign;
mod holding;
mod hours;
mod loans;
mod news;
mod rebalance;
mod set;
mod takeover;
mod verify;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::config::{CLOCK_SKEW, EngineConfig, EscrowSettings};
use super::super::coverage::Coverage;
use super::super::journal::Record;
use super::StrategyContext;
use super::description::{Counts, Description, Learns, Promise, never, no_buffer, one_at_a_time};
use crate::clock::ClockJumps;
use crate::snapshot::state;
use first_readings::FirstReadings;
use foreign::{ReadBacks, RecentSales};
use holding::Holding;
use hours::Hours;
use loans::Loans;
use oversell_kernel::Micros;
use verify::Verifications;

/// What the strategy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "escrow",
    summary: "a grant per channel; never sells a unit twice",
    learns: Learns::FromSignals { of_displays: true },
    counts: Counts::Quotas,
    buffer_units: no_buffer,
    buffer_is_worked_out: never,
    guards_jumps: |settings| settings.escrow.jump_guard,
    budget: Some(|settings| &settings.escrow),
    one_write_in_flight: one_at_a_time,
    promises: &Promise::ALL,
    is_predicted: false,
    relative_cost: 2,
    build: |config| {
        Box::new(Escrow::new(
            config,
            &config.settings.escrow,
            Knowledge::Feeds,
        ))
    },
};

/// The same rules, told the truth by the ledger.
pub const INFORMED: Description = Description {
    name: "informed-escrow",
    summary: "the rules of escrow with perfect knowledge, under the same limits and delays",
    learns: Learns::FromTheLedger,
    relative_cost: 3,
    guards_jumps: |settings| settings.informed_escrow.jump_guard,
    budget: Some(|settings| &settings.informed_escrow),
    build: |config| {
        Box::new(Escrow::new(
            config,
            &config.settings.informed_escrow,
            Knowledge::Truth,
        ))
    },
    ..DESCRIPTION
};

/// Platforms tell times in whole seconds, rounded down, so a change told as of an instant may have happened up to a second
/// after it; and by clocks of their own ([`CLOCK_SKEW`]). A cancellation in doubt counts as later than the zero: its unit may be
/// on sale.
const CLOCK_STEP: Micros = Micros(1_000_000 + CLOCK_SKEW.0);

/// Where the strategy learns what happened.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// From the platforms, late, as anyone does.
    Feeds,
    /// From the ledger, at once.
    Truth,
}

/// A look at a listing due later.
#[derive(
    Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
enum Check {
    /// Has the raise shown?
    Raise,
    /// Is the drain through?
    Zero,
    /// Does the exposure sell?
    Unsold,
    /// Is more on display than is explained, still?
    Foreign,
    /// What does it show since it was lowered?
    Lowered,
    /// What was left undecided for a moment?
    Decide,
}

/// Checks ahead for each listing, at most: a raise every two seconds over a write lifetime of 80 minutes, the longest of a
/// built-in profile, has 2,400.
const MOST_CHECKS: usize = 4_096;

/// The escrow strategy's state.
pub struct Escrow {
    settings: EscrowSettings,
    knowledge: Knowledge,
    channels: usize,
    cas: Vec<bool>,
    has_cas_channel: bool,
    first_cas: ChannelIndex,
    write_lifetime: Vec<Micros>,
    request_lifetime: Vec<Micros>,
    /// By SKU then channel.
    holdings: Vec<Holding>,
    /// Units no channel holds, by SKU. Below zero: more was granted than there is, and must come back.
    pool: Vec<i64>,
    /// Stock less known sales, by SKU: what the invariant is checked against.
    owned: Vec<i64>,
    stock_known: bool,
    unread: Vec<u16>,
    first_readings: FirstReadings,
    /// The first quotas of a SKU have been handed out.
    opened: Vec<bool>,
    /// SKUs that are decided about anew in a moment: once, whatever was taken back meanwhile.
    undecided: Vec<bool>,
    /// By channel, in the order in which the listings were known to be at zero.
    fencing: Vec<VecDeque<SkuIndex>>,
    checks: BinaryHeap<Reverse<(Micros, ChannelIndex, SkuIndex, Check)>>,
    verifications: Verifications,
    coverage: Coverage,
    read_backs: ReadBacks,
    recent_sales: RecentSales,
    hours: Hours,
    /// No SKU is known to be missing on a channel.
    lists_all: bool,
    jumps: ClockJumps,
    /// By channel: it was blind when units could have been handed out to it.
    passed_over: Vec<bool>,
    loans: Loans,
}

state!(Escrow {
    kept: [
        holdings,
        pool,
        owned,
        stock_known,
        unread,
        first_readings,
        opened,
        undecided,
        fencing,
        checks,
        verifications,
        read_backs,
        recent_sales,
        lists_all,
        jumps,
        passed_over,
        loans,
    ],
    parts: [hours],
    headers: [],
    made: [
        settings,
        knowledge,
        channels,
        cas,
        has_cas_channel,
        first_cas,
        write_lifetime,
        request_lifetime,
        coverage,
    ],
});

impl Escrow {
    /// An escrow that has granted nothing.
    pub fn new(config: &EngineConfig, settings: &EscrowSettings, knowledge: Knowledge) -> Escrow {
        let (channels, skus) = (config.channels.len(), config.skus.len());
        let hours = Hours::new(config);
        let cas: Vec<bool> = config
            .channels
            .iter()
            .map(|channel| channel.platform.describe().capabilities.compare_and_set)
            .collect();
        // The flexible channel with most demand keeps what rounding leaves.
        let first_cas = (0..channels)
            .filter(|channel| cas[*channel])
            .max_by(|a, b| {
                config.channels[*a]
                    .demand_share
                    .total_cmp(&config.channels[*b].demand_share)
                    .then(b.cmp(a))
            })
            .unwrap_or(0);
        Escrow {
            settings: settings.clone(),
            knowledge,
            channels,
            has_cas_channel: cas.iter().any(|is_cas| *is_cas),
            first_cas: ChannelIndex(first_cas as u16),
            cas,
            write_lifetime: config
                .channels
                .iter()
                .map(|channel| channel.bounds.write_lifetime)
                .collect(),
            request_lifetime: config
                .channels
                .iter()
                .map(|channel| channel.bounds.request_lifetime)
                .collect(),
            holdings: vec![Holding::unread(); skus * channels],
            pool: vec![0; skus],
            owned: vec![0; skus],
            stock_known: false,
            // A shop that comes later displays nothing until then.
            unread: vec![hours.channels_from_the_start(); skus],
            first_readings: FirstReadings::new(channels, skus),
            opened: vec![false; skus],
            undecided: vec![false; skus],
            fencing: vec![VecDeque::new(); channels],
            checks: BinaryHeap::new(),
            verifications: Verifications::new(channels),
            coverage: Coverage::default(),
            read_backs: ReadBacks::new(channels),
            recent_sales: RecentSales::new(channels),
            hours,
            lists_all: true,
            jumps: ClockJumps::default(),
            passed_over: vec![false; channels],
            loans: Loans::new(config, settings),
        }
    }

    fn holding(&self, channel: ChannelIndex, sku: SkuIndex) -> &Holding {
        &self.holdings[sku.0 as usize * self.channels + channel.0 as usize]
    }

    fn holding_mut(&mut self, channel: ChannelIndex, sku: SkuIndex) -> &mut Holding {
        let holding = &mut self.holdings[sku.0 as usize * self.channels + channel.0 as usize];
        // Every phase is left by way of here.
        self.coverage.mark(holding.phase.point());
        holding
    }

    fn is_cas(&self, channel: ChannelIndex) -> bool {
        self.cas[channel.0 as usize]
    }

    /// Whether stock and every display of the SKU are known, so that units may move.
    fn is_known(&self, sku: SkuIndex) -> bool {
        self.stock_known && self.unread[sku.0 as usize] == 0
    }

    fn schedule(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex, check: Check) {
        self.checks.push(Reverse((at, channel, sku, check)));
        debug_assert!(
            self.checks.len() <= MOST_CHECKS * self.channels * self.undecided.len(),
            "checks that beget more of their kind have no end"
        );
    }

    /// When a positive set that left then is live or never will be (docs/theory.md A5, H3).
    fn dead_at(&self, channel: ChannelIndex, sent_at: Micros) -> Micros {
        self.jumps
            .later(sent_at, self.write_lifetime[channel.0 as usize])
    }

    /// When a request that left then has reached the platform or never will.
    fn arrived_at(&self, channel: ChannelIndex, sent_at: Micros) -> Micros {
        self.jumps
            .later(sent_at, self.request_lifetime[channel.0 as usize])
    }

    /// Whether the order feed, known up to `complete_to`, tells all that happened up to an instant by the engine's clock
    /// (docs/theory.md A5, H2). If not, and somebody `waits` for it, the feed is read
    /// as soon as it will.
    fn is_told(
        &self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        instant: Micros,
        complete_to: Micros,
        waits: bool,
    ) -> bool {
        let feed = &mut context.link(channel).feed;
        let lag = feed.visibility_lag();
        let ripe = self.jumps.later(instant, lag);
        let is_told = ripe <= complete_to + lag;
        if !is_told && waits {
            feed.hasten(ripe);
        }
        is_told
    }

    /// Units have certainly come back from a channel.
    fn give_back(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
    ) {
        self.pool[sku.0 as usize] += units;
        self.holding_mut(channel, sku).returned_at = context.now;
        context.journal.append(
            context.now,
            Record::Returned {
                channel,
                sku,
                units,
            },
        );
        self.check(sku);
    }

    /// Invariant I of docs/theory.md A5: exposures and pool add up to what is owned and not known to be sold.
    fn check(&self, sku: SkuIndex) {
        if self.is_known(sku) {
            let exposed: i64 = (0..self.channels as u16)
                .map(|channel| self.holding(ChannelIndex(channel), sku).exposure)
                .sum();
            assert_eq!(
                exposed + self.pool[sku.0 as usize],
                self.owned[sku.0 as usize],
                "escrow must account for every unit of {sku:?}"
            );
        }
    }
}
