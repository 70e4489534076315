//! What an experiment comes to.

use super::{Kept, Time};
use crate::engine::config::Strategy;
use crate::measure::{Figures, Measured, OneOrder};
use crate::scenario::Scenario;
use crate::world::ledger::{Conservation, OpenItems};

/// All runs of an experiment.
#[derive(Clone, Debug)]
pub struct Results {
    /// What was played.
    pub scenario: Scenario,
    /// The time that it took place in.
    pub time: Time,
    /// Real time of it all, seconds: from the first run's start to the last one's end in virtual time, where runs go side
    /// by side; the runs' sum in real time.
    pub wall_s: f64,
    /// By seed, the command that repeats all runs on it.
    pub reruns: Vec<(u64, String)>,
    /// In the order of seeds, then contenders.
    pub runs: Vec<RunResult>,
}

impl Results {
    /// The runs on one seed, in the order of contenders.
    pub fn of_seed(&self, seed: u64) -> &[RunResult] {
        let from = self.runs.iter().position(|run| run.seed == seed);
        let runs = &self.runs[from.unwrap_or(self.runs.len())..];
        let until = runs.iter().position(|run| run.seed != seed);
        &runs[..until.unwrap_or(runs.len())]
    }

    /// The command that repeats all runs on a seed; empty for a seed that was not played.
    pub fn rerun(&self, seed: u64) -> &str {
        let found = self.reruns.iter().find(|(own, _)| *own == seed);
        found.map_or("", |(_, command)| command)
    }
}

/// One run: one contender on one seed.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// The seed.
    pub seed: u64,
    /// Figures, verdicts, hashes, series and histograms.
    pub measured: Measured,
    /// What was open when the run ended.
    pub open: OpenItems,
    /// The sums of units, which add up.
    pub conservation: Conservation,
    /// An order as each platform told it; `None` where nobody asked for causes, or no platform told of any.
    pub one_order: Option<OneOrder>,
    /// What was kept beside its figures.
    pub kept: Kept,
}

impl RunResult {
    /// The contender's name.
    pub fn name(&self) -> &str {
        self.measured.subject.name()
    }

    /// Figures over all channels.
    pub fn figures(&self) -> &Figures {
        &self.measured.total
    }

    /// Hash over everything that happened; `None` in real time, where nothing repeats exactly.
    pub fn trace_hash(&self) -> Option<u64> {
        self.measured.facts.trace_hash
    }
}

/// Fills in, seed by seed, how much more was oversold than by the oracle.
pub(super) fn compare_with_oracle(runs: &mut [RunResult]) {
    for of_seed in runs.chunk_by_mut(|one, other| one.seed == other.seed) {
        let oracle = of_seed
            .iter()
            .find(|run| run.measured.subject.is(Strategy::Oracle));
        let Some(oracle) = oracle.map(|run| run.measured.clone()) else {
            continue;
        };
        for run in of_seed {
            run.measured.compare_with_oracle(&oracle);
        }
    }
}
