//! Durations over many seeds.

use std::collections::BTreeMap;

use channel_mocks::core::Micros;

use crate::experiment::{RunResult, file_name};
use crate::measure::Durations;

/// Durations by contender and kind, added up without loss, and how long their runs took together in simulated time.
#[derive(Clone, Debug, Default)]
pub struct Histograms {
    durations: BTreeMap<(String, String), Durations>,
    simulated: BTreeMap<String, Micros>,
}

impl Histograms {
    /// Takes those of a run.
    pub(super) fn add(&mut self, run: &RunResult) {
        let name = run.name();
        self.lasted(name, run.measured.facts.simulated);
        for (kind, durations) in &run.measured.histograms {
            self.add_durations(name, kind, durations);
        }
    }

    /// Takes durations of one kind.
    pub(super) fn add_durations(&mut self, contender: &str, kind: &str, durations: &Durations) {
        let key = (contender.to_string(), kind.to_string());
        *self.durations.entry(key).or_default() += durations;
    }

    /// Says that a run took so long.
    pub(super) fn lasted(&mut self, contender: &str, simulated: Micros) {
        let all = self.simulated.entry(contender.to_string()).or_default();
        all.0 = all.0.saturating_add(simulated.0);
    }

    /// Names of files like `mirror.staleness_s` and the text of each histogram as an HDR log, whose interval is as long as all runs of
    /// the contender were together.
    pub fn logs(&self) -> impl Iterator<Item = (String, String)> {
        self.durations.iter().map(|((contender, kind), durations)| {
            let lasted = self.simulated.get(contender).copied().unwrap_or_default();
            (
                format!("{}.{kind}", file_name(contender)),
                durations.log(&format!("{contender}: {kind}"), lasted),
            )
        })
    }
}
