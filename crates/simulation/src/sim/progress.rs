//! How far a run is, for whoever watches it.

use channel_mocks::core::Micros;

/// What a run is doing. The words for people are those of docs/output.md: opening, disturb, settle.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum RunPhase {
    /// Engines sign in and publish their first counts.
    Opening,
    /// *Disturb*: buyers buy, and what is planned goes wrong, until the last buyer.
    Demand,
    /// *Settle*: no buyers any more, faults have healed, and everything has to agree by the deadline.
    Settling,
    /// The run is over.
    Over,
}

/// How far a run is. Reported at every change of phase and after every [`EVERY`] events.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: RunPhase,
    /// Simulated time.
    pub at: Micros,
    /// When demand ends, as known by now.
    pub demand_until: Micros,
    /// When the run ends at the latest, as known by now.
    pub ends_at: Micros,
    /// Events so far.
    pub events: u64,
    /// Checkouts so far.
    pub checkouts: u64,
}

/// Events between two reports.
pub const EVERY: u64 = 1 << 16;
