//! What a strategy says of itself. It stands at the head of the strategy's own file, and whatever differs between strategies
//! beside their decisions reads it: links, reports, promises, `list`.

use super::StrategyMachine;
use crate::config::{EngineConfig, EscrowSettings, StrategySettings};
use oversell_kernel::Micros;

/// A strategy in its own words.
#[derive(Debug)]
pub struct Description {
    /// The name on the command line and in files.
    pub name: &'static str,
    /// What it stands for, in half a line.
    pub summary: &'static str,
    /// How it learns what happened.
    pub learns: Learns,
    /// What the counts stand for that it displays.
    pub counts: Counts,
    /// Units that it holds back on a channel, by the channel's name, whatever sells.
    pub buffer_units: fn(&StrategySettings, &str) -> u32,
    /// Whether it holds back units beside those, which it works out as it goes.
    pub buffer_is_worked_out: fn(&StrategySettings) -> bool,
    /// Whether it believes in a warehouse's count that jumps only when it lasts ([`crate::jump_guard`]).
    pub guards_jumps: fn(&StrategySettings) -> bool,
    /// Where its budget stands, if it can have one (docs/theory.md A9).
    pub budget: Option<fn(&StrategySettings) -> &EscrowSettings>,
    /// Whether a listing with a write in flight waits for its answer before the next write.
    pub one_write_in_flight: fn(&StrategySettings) -> bool,
    /// What it promises; a promise that is broken fails the run.
    pub promises: &'static [Promise],
    /// Whether `docs/theory.md` A4 predicts what it oversells.
    pub is_predicted: bool,
    /// How long a run takes beside those of others, roughly, by the calls made for each order.
    pub relative_cost: u8,
    /// Makes the machine that decides.
    pub build: fn(&EngineConfig) -> Box<dyn StrategyMachine>,
}

/// How a strategy learns of orders, stock and parcels.
#[derive(Copy, Clone, Debug)]
pub enum Learns {
    /// From lists alone, channels' and warehouse's, read whenever the time given by its settings has passed.
    ByPolling(fn(&StrategySettings) -> Micros),
    /// From webhooks and queues, beside the polls of each channel's configuration.
    FromSignals {
        /// Whether it also wants to be told that a listing shows another count.
        of_displays: bool,
    },
    /// As from signals, and from the ledger as things happen: for a baseline that no real engine can be.
    FromTheLedger,
}

/// The two meanings of a displayed count (docs/theory.md B, "intended").
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Counts {
    /// The whole stock: every sale anywhere makes it stale.
    WholeStock,
    /// A quota of the channel's own: only the channel's own writes are late.
    Quotas,
}

/// A guarantee that an engine can promise.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Promise {
    /// No unit is sold that is not there.
    NoOversell,
    /// Every order of every channel reaches the merchant's own system once.
    EveryOrderIngested,
    /// Counts and orders agree everywhere some time after the last buyer.
    Converged,
    /// With a budget: of no SKU more is oversold than stood on the books, and not surely more than the budget in all.
    OversoldWithinBudget,
}

impl Promise {
    /// Those that any engine can give; the budget is a matter of the strategy that has one.
    pub const ALL: [Promise; 3] = [
        Promise::NoOversell,
        Promise::EveryOrderIngested,
        Promise::Converged,
    ];

    /// The name of the guarantee.
    pub const fn name(self) -> &'static str {
        match self {
            Promise::NoOversell => "no_oversell",
            Promise::EveryOrderIngested => "every_order_ingested",
            Promise::Converged => "converged",
            Promise::OversoldWithinBudget => "oversold_within_budget",
        }
    }
}

/// Of a strategy that holds no unit back.
pub(super) const fn no_buffer(_: &StrategySettings, _: &str) -> u32 {
    0
}

/// Of a strategy that does not do such a thing, whatever its settings.
pub(super) const fn never(_: &StrategySettings) -> bool {
    false
}

/// Of a strategy whose writes to one listing wait for each other.
pub(super) const fn one_at_a_time(_: &StrategySettings) -> bool {
    true
}
