//! From the ledger's judged entries to figures and verdicts. Nothing here is read from the engine under test (law 4), and
//! raw samples are never kept: memory stays flat in orders.

pub mod assumptions;
mod by_sku;
pub mod causes;
pub mod figures;
pub mod guarantees;
pub mod histogram;
pub mod judge;
pub mod leaves;
mod limit_row;
pub mod measured;
pub mod meter;
pub mod money;
mod one_order;
pub mod prediction;
pub mod real_time;
pub mod references;
pub mod sales;
pub mod series;
mod signals;
pub mod staleness;
pub mod statistics;
pub mod stock_outs;
pub mod subject;
pub mod throughput;
pub mod transfers;
pub mod verdict;
pub mod words;

#[cfg(test)]
mod tests;

pub use crate::engine::config::{Platform, Promise, Strategy as BuiltInStrategy};
pub use assumptions::{Assumption, AssumptionState};
pub use causes::{Causes, Chain};
pub use figures::{DisplayedCounts, FaultFigures, Figures, RunFacts};
pub use guarantees::TookPart;
pub use histogram::{Durations, Spread};
pub use judge::Judge;
pub use limit_row::{LimitRow, LimitSeries};
pub use measured::Measured;
pub use meter::{HISTOGRAMS, Meter};
pub use one_order::{OneOrder, ToldOrder};
pub use prediction::{ChannelPrediction, Gap, Prediction};
pub use real_time::{RealTime, RealTimeFigures};
pub use references::{ReferenceFigures, References};
pub use series::Series;
pub use signals::{SignalFigures, SignalRecorder};
pub use statistics::Estimate;
pub use subject::{Books, Subject};
pub use verdict::{BUDGET_KEPT, BadCountSeen, CounterExample, Extent, Guarantee, Moment, Verdict};

/// `part / whole`, or nothing when there is no whole: what has no sample is no number.
pub fn share_of(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// `part / whole`, or zero when there is no whole.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
