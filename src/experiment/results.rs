//! What an experiment comes to.

use super::{ExperimentError, Kept, Time};
use crate::engine::config::Strategy;
use crate::measure::{Figures, Measured, OneOrder, References};
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
    /// What the seed's buyers could have been sold; `None` where nobody replayed them.
    pub references: Option<References>,
    /// What was open when the run ended.
    pub open: OpenItems,
    /// The sums of units, which add up.
    pub conservation: Conservation,
    /// An order as each platform told it; `None` where nobody asked for causes, or no platform told of any.
    pub one_order: Option<OneOrder>,
    /// What was kept beside its figures.
    pub kept: Kept,
    /// How the engine's own process ended after its last answer, in words, if it says that it ended badly.
    pub engine_ended_badly: Option<String>,
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

/// Sets the runs of each seed beside what its buyers could have been sold, and beside escrow with perfect knowledge.
///
/// # Errors
/// [`ExperimentError::References`].
pub(super) fn compare(runs: &mut [RunResult]) -> Result<(), ExperimentError> {
    for of_seed in runs.chunk_by_mut(|one, other| one.seed == other.seed) {
        let references = of_seed.iter().find_map(|run| run.references.clone());
        if let Some(references) = references {
            for run in of_seed.iter_mut() {
                check(run, &references)?;
                run.measured.compare_with_pool(&references);
                run.references = Some(references.clone());
            }
        }
        let informed = of_seed
            .iter()
            .find(|run| run.measured.subject.is(Strategy::InformedEscrow));
        let Some(informed) = informed.map(|run| run.measured.clone()) else {
            continue;
        };
        for run in of_seed {
            run.measured.compare_with_informed(&informed);
        }
    }
    Ok(())
}

/// What holds of every run, and of the references themselves.
fn check(run: &RunResult, references: &References) -> Result<(), ExperimentError> {
    let wrong = |what: String| {
        Err(ExperimentError::References {
            contender: run.name().to_string(),
            seed: run.seed,
            what,
        })
    };
    let (bound, pool) = (references.bound_units, references.pool());
    if bound < pool.max(references.partition_floor_units) {
        return wrong(format!(
            "one shared counter sells {pool} units, its last ones standing still {}, and at most {bound} can be sold",
            references.partition_floor_units
        ));
    }
    // In real time the driver may be late, and buyers meet other stock than their replay.
    if run.trace_hash().is_none() {
        return Ok(());
    }
    if run.measured.facts.buyers_hash != references.buyers_hash {
        return wrong("the buyers that were replayed are not those of the run".to_string());
    }
    match run.measured.above_bound(references) {
        Some(most) => wrong(format!(
            "{} units were sold and none twice, where at most {most} can be",
            run.figures().accepted_units
        )),
        None => Ok(()),
    }
}
