//! The figures of a run, of one channel or of all. Definitions are those of docs/theory.md B.

use channel_mocks::core::{LimitUse, Micros};
use serde::{Deserialize, Serialize};

use super::histogram::Spread;
use super::money::{Bill, Cost};
use super::sales::Sales;
use super::share_of;
use super::staleness::Staleness;
use super::throughput::Calls;
use crate::scenario::model::Money;
use crate::scenario::model::{FaultKind, FaultPlace};
use crate::world::LimitWatch;
use crate::world::ledger::counters;

/// What the driver knows of a run and no entry says.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Hash over everything that happened; `None` in real time.
    pub trace_hash: Option<u64>,
    /// Hash over the buyers alone: the same for every strategy on one seed.
    pub buyers_hash: u64,
    /// Events handled.
    pub events: u64,
    /// Simulated time from start to end.
    pub simulated: Micros,
    /// When the first buyer could come.
    pub demand_from: Micros,
    /// When the last one could.
    pub demand_until: Micros,
    /// When everything had to have come to rest; `None` where nobody waits for that.
    pub settle_deadline: Option<Micros>,
    /// Whether everything had come to rest by the deadline.
    pub converged: bool,
    /// From the last change from outside to the moment from which every count was right; `None` when it never came.
    pub convergence: Option<Micros>,
    /// Rate limits by system.
    pub limits_used: Vec<(String, LimitUse)>,
    /// How far they were used while buyers came.
    pub limits_busy: LimitWatch,
    /// Real time of the run, seconds.
    pub wall_s: f64,
    /// The part of it in which buyers came, seconds.
    pub demand_wall_s: f64,
    /// The command that repeats it.
    pub rerun: String,
    /// How often the engine crashed.
    pub engine_crashes: u64,
    /// What was counted of each planned fault, in the scenario's order.
    pub faults: Vec<FaultFigures>,
    /// When a crash first took what had been forced to the engine's journal.
    pub journal_lost_at: Option<Micros>,
    /// The most units of each SKU that the engine had on its books beyond the stock, by its own word; `None` when it lends none,
    /// or nobody can ask it.
    pub lent: Option<Vec<i64>>,
}

/// What was counted of a planned fault (docs/faults.md): `noticed <= injected <= eligible`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct FaultFigures {
    /// Its kind.
    pub kind: String,
    /// The channel, or `warehouse`; absent where it strikes everywhere, or the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Calls, signals, writes, inputs, ... in its window that it could have struck.
    pub eligible: u64,
    /// Those that it struck.
    pub injected: u64,
    /// Those of them that showed to the engine.
    pub noticed: u64,
}

impl FaultFigures {
    /// Whether it strikes the engine rather than what is around it.
    pub fn is_of_the_engine(&self) -> bool {
        let mut kinds = FaultKind::ALL.iter().map(|kind| kind.describe());
        kinds.any(|it| it.name == self.kind && it.place == FaultPlace::Engine)
    }

    /// Its kind, and where it strikes if at one place only.
    pub fn name(&self) -> String {
        match &self.channel {
            Some(channel) => format!("{} at {channel}", self.kind),
            None => self.kind.clone(),
        }
    }
}

/// Calls per accepted order, by what they were for.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct CallsPerOrder {
    /// Reads.
    pub read: Option<f64>,
    /// Writes.
    pub write: Option<f64>,
    /// Tokens.
    pub token: Option<f64>,
}

/// Support reads that showed facts older than a limit, 0..=1.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct SupportShares {
    /// Older than a minute.
    pub over_60s: Option<f64>,
    /// Older than a quarter of an hour.
    pub over_15min: Option<f64>,
    /// Older than an hour.
    pub over_1h: Option<f64>,
}

/// What the counts that an engine displays stand for.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DisplayedCounts {
    /// Everything that can be sold, on every channel.
    #[default]
    WholeStock,
    /// A part of it for each channel.
    Quotas,
}

/// What figures say of displayed counts beside their samples.
#[derive(Copy, Clone, Debug)]
pub(super) struct Shown {
    pub counts: DisplayedCounts,
    /// From the last change from outside to the last write that changed a count.
    pub last_transfer: Option<Micros>,
}

/// Figures of one channel, or of all. Units are whole pieces, times are seconds of simulated time, shares are 0..=1, money
/// is in units of the scenario's currency. Shares and means of nothing are null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Figures {
    /// Units that buyers asked for.
    pub offered_units: u64,
    /// Checkout attempts.
    pub offered_orders: u64,
    /// Units in accepted orders.
    pub accepted_units: u64,
    /// Accepted orders.
    pub accepted_orders: u64,
    /// Units accepted when no unit was left for them; a later cancellation does not undo it.
    pub oversold_units: u64,
    /// Accepted orders with such a unit.
    pub oversold_orders: u64,
    /// Oversold orders of accepted orders.
    pub oversold_rate: Option<f64>,
    /// Accepted units less those that one shared counter sells to the same buyers (docs/theory.md A9.6); null where nobody
    /// replayed them.
    pub accepted_above_pool_units: Option<i64>,
    /// Units that one shared counter sells to the same buyers less the accepted ones that existed; below zero where more of them
    /// were sold than by the counter.
    pub lost_against_pool_units: Option<i64>,
    /// Units sold for which there is nothing at the end: must be cancelled or ordered again.
    pub unfillable_units: u64,
    /// Units refused while there were enough.
    pub rejected_in_stock_units: u64,
    /// Sales really lost to caution: per SKU the smaller of units refused in stock and units that could still be sold when a
    /// buyer was last refused.
    pub net_undersell_units: u64,
    /// Orders that the warehouse could not fill, of accepted orders; Amazon's line is 0.025.
    pub seller_cancel_rate: Option<f64>,
    /// Orders cancelled by buyers.
    pub cancelled_by_buyer: u64,
    /// Orders cancelled by the seller.
    pub cancelled_by_seller: u64,
    /// Orders cancelled by the platform.
    pub cancelled_by_platform: u64,
    /// What displayed counts stand for: ages, errors and convergence mean different things for the two.
    pub displayed_counts: DisplayedCounts,
    /// Age of the counts that buyers saw; 0 while they were not wrong. For quotas the time for which those of a SKU had
    /// together exceeded what could be sold.
    pub staleness_s: Spread,
    /// From a change elsewhere to the first count that contains it; without samples for quotas.
    pub propagation_s: Spread,
    /// From the engine's knowing of a change to its letting go of the write.
    pub publish_wait_s: Spread,
    /// Mean units by which a count was too high, at the lines that buyers asked for.
    pub count_too_high_units: Option<f64>,
    /// Mean units by which a count was too low.
    pub count_too_low_units: Option<f64>,
    /// Part of the lines asked for whose count was wrong.
    pub inconsistency_share: Option<f64>,
    /// From the last change from outside to the moment from which no count was wrong; null = never.
    pub convergence_s: Option<f64>,
    /// For quotas, from the last change from outside to the last write that changed one; null without such a write, and
    /// where counts stand for the whole stock.
    pub last_transfer_s: Option<f64>,
    /// From acceptance to the merchant's own system.
    pub ingestion_s: Spread,
    /// Orders that never got there.
    pub lost_orders: u64,
    /// Orders handed over again; harmless where the warehouse knows them by their id.
    pub duplicate_submissions: u64,
    /// Age of the oldest order that a support agent could not see.
    pub support_read_age_s: Spread,
    /// How often that was too old.
    pub support_read_shares: SupportShares,
    /// Lines reserved in the wrong place, of lines reserved.
    pub wrong_warehouse_rate: Option<f64>,
    /// Parcels of orders beyond their first: units that lay in several warehouses.
    pub split_shipments: u64,
    /// Units taken out of orders, which went on without them, before they left.
    pub removed_units: u64,
    /// Shipments confirmed to the channel after its ship-by time.
    pub late_fulfillments: u64,
    /// Shipped orders that the channel does not know as shipped.
    pub unconfirmed_fulfillments: u64,
    /// Orders that still wait to be shipped.
    pub unshipped_orders: u64,
    /// Units shipped beyond what their order wanted: it was cancelled or shipped already, or they had been taken out.
    pub shipped_beyond_order_units: u64,
    /// Calls to channels per accepted order.
    pub calls_per_order: Option<f64>,
    /// The same by what they were for.
    pub calls_per_order_split: CallsPerOrder,
    /// All calls to channels.
    pub calls: u64,
    /// Calls refused by a limit, of all calls.
    pub throttled_share: Option<f64>,
    /// Calls refused for another reason than a limit, of all calls: a token that had ended, an outage, a request that was wrong.
    pub refused_share: Option<f64>,
    /// Quantity writes that changed a count, of those that became live.
    pub useful_write_share: Option<f64>,
    /// Accepted orders per second of simulated selling time.
    pub orders_per_simulated_s: f64,
    /// What it costs.
    pub cost: f64,
    /// The same by cause.
    pub cost_split: Cost,
}

counters! {
    /// What figures are made of.
    #[derive(Clone, Debug, Default)]
    pub(super) struct Raw {
        pub sales: Sales,
        pub staleness: Staleness,
        pub calls: Calls,
        pub unfillable_units: u64,
        pub net_undersell_units: u64,
        pub lost_cents: u64,
        pub lost_orders: u64,
        pub unshipped_orders: u64,
        pub unconfirmed_fulfillments: u64,
    }
}

impl Raw {
    pub fn figures(&self, facts: &RunFacts, money: &Money, shown: Shown) -> Figures {
        let Raw {
            sales,
            staleness,
            calls,
            ..
        } = self;
        let orders = sales.accepted_orders;
        let selling_s = facts.demand_until.since(facts.demand_from).as_secs_f64();
        let (count_too_high_units, count_too_low_units) = staleness.count_error();
        let cost = Cost::of(
            Bill {
                oversold_units: sales.oversold_units,
                oversold_cents: sales.oversold_cents,
                lost_cents: self.lost_cents,
                wrong_warehouse: sales.wrong_warehouse,
                splits: sales.splits,
                oversold_orders: sales.oversold_orders,
            },
            money,
        );
        let support = &staleness.support;
        Figures {
            offered_units: sales.offered_units,
            offered_orders: sales.attempts,
            accepted_units: sales.accepted_units,
            accepted_orders: orders,
            oversold_units: sales.oversold_units,
            oversold_orders: sales.oversold_orders,
            oversold_rate: share_of(sales.oversold_orders, orders),
            accepted_above_pool_units: None,
            lost_against_pool_units: None,
            unfillable_units: self.unfillable_units,
            rejected_in_stock_units: sales.rejected_in_stock_units,
            net_undersell_units: self.net_undersell_units,
            seller_cancel_rate: share_of(sales.short_orders, orders),
            cancelled_by_buyer: sales.cancelled_by_buyer,
            cancelled_by_seller: sales.cancelled_by_seller,
            cancelled_by_platform: sales.cancelled_by_platform,
            displayed_counts: shown.counts,
            staleness_s: staleness.displayed.spread(),
            propagation_s: staleness.propagation.spread(),
            publish_wait_s: staleness.publish_wait.spread(),
            count_too_high_units,
            count_too_low_units,
            inconsistency_share: share_of(staleness.inconsistent_lines, staleness.lines),
            convergence_s: facts.convergence.map(Micros::as_secs_f64),
            last_transfer_s: shown
                .last_transfer
                .filter(|_| shown.counts == DisplayedCounts::Quotas)
                .map(Micros::as_secs_f64),
            ingestion_s: staleness.ingestion.spread(),
            lost_orders: self.lost_orders,
            duplicate_submissions: staleness.duplicates,
            support_read_age_s: support.spread(),
            support_read_shares: SupportShares {
                over_60s: support.share_over(Micros::from_secs(60)),
                over_15min: support.share_over(Micros::from_secs(900)),
                over_1h: support.share_over(Micros::from_secs(3_600)),
            },
            wrong_warehouse_rate: share_of(sales.wrong_warehouse, sales.allocations),
            split_shipments: sales.splits,
            removed_units: sales.removed_units,
            late_fulfillments: sales.late_fulfillments,
            unconfirmed_fulfillments: self.unconfirmed_fulfillments,
            unshipped_orders: self.unshipped_orders,
            shipped_beyond_order_units: sales.shipped_beyond_units,
            calls_per_order: share_of(calls.all(), orders),
            calls_per_order_split: CallsPerOrder {
                read: share_of(calls.read, orders),
                write: share_of(calls.write, orders),
                token: share_of(calls.token, orders),
            },
            calls: calls.all(),
            throttled_share: share_of(calls.throttled, calls.all()),
            refused_share: share_of(calls.refused, calls.all()),
            useful_write_share: share_of(calls.useful_writes, calls.live_writes),
            orders_per_simulated_s: if selling_s > 0.0 {
                orders as f64 / selling_s
            } else {
                0.0
            },
            cost: cost.total(),
            cost_split: cost,
        }
    }
}
