//! What a run came to, beside what its recorder took.

use channel_mocks::core::{LimitUse, Micros};

use crate::engine::Coverage;
use crate::stage::faults::Counts;
use crate::world::LimitWatch;
use crate::world::ledger::{Conservation, OpenItems};

/// How a run went. Figures are the recorder's; this is the frame around them.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Hash over everything that happened, see [`super::trace`]: equal for equal scenario, seed and strategy, on any machine.
    pub trace_hash: u64,
    /// Hash over what happened from outside alone: equal for all strategies on one scenario and seed.
    pub buyers_hash: u64,
    /// Events that happened.
    pub events: u64,
    /// Checkouts, accepted or not.
    pub checkouts: u64,
    /// Simulated time at the end.
    pub simulated: Micros,
    /// When the opening ended.
    pub demand_from: Micros,
    /// When the last buyer could come.
    pub demand_until: Micros,
    /// When the run was to have come to rest.
    pub settle_deadline: Micros,
    /// Whether, at the end, every order was in the merchant's own system and no count was wrong. A run ends
    /// as soon as nothing at all is open, and at the settle deadline whatever is.
    pub converged: bool,
    /// What was open at the end; orders may still wait for their shipment in a run that has converged.
    pub open: OpenItems,
    /// Time from the last change from outside until no count was wrong any more; `None` while one is.
    pub convergence: Option<Micros>,
    /// Use of every rate limit, by the name of the channel or `warehouse`.
    pub limits_used: Vec<(String, LimitUse)>,
    /// The same while buyers came, minute by minute.
    pub limits_busy: LimitWatch,
    /// The sums of units, which add up.
    pub conservation: Conservation,
    /// What was counted of each fault, in the scenario's order.
    pub faults: Vec<Counts>,
    /// What the engine has come through, by its own count; `None` for one that counts nothing. No figure comes of it.
    pub engine_coverage: Option<Coverage>,
    /// The most units of each SKU that the engine had on its books beyond the stock, by its own word; `None` for one that lends
    /// none.
    pub lent: Option<Vec<i64>>,
    /// How the engine's own process ended after its last answer, in words, if it says that it ended badly.
    pub engine_ended_badly: Option<String>,
    /// Real time, by the caller's clock.
    pub wall: WallTimes,
}

/// Real time that a run took, in seconds. No decision depends on it.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct WallTimes {
    /// From the first event to the last.
    pub total_s: f64,
    /// While buyers came.
    pub demand_s: f64,
}
