//! What a search has put to the test.

use crate::engine::{Coverage, CoveragePoint};
use crate::scenario::model::{Fault, FaultKind};
use crate::stage::faults::Counts;

/// In how many runs something came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwarmCoverage {
    /// By kind of fault, in the order of [`FaultKind::ALL`].
    pub faults: Vec<FaultCoverage>,
    /// Runs by what the engine came through, in the order of [`CoveragePoint::ALL`].
    pub points: Vec<u64>,
    /// Runs whose engine counts what it comes through.
    pub counting_runs: u64,
}

/// In how many runs a kind of fault came about.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultCoverage {
    /// Runs that had one.
    pub drawn: u64,
    /// Runs in which it could have struck.
    pub eligible: u64,
    /// Runs in which it struck.
    pub injected: u64,
    /// Runs in which it showed.
    pub noticed: u64,
}

impl Default for SwarmCoverage {
    fn default() -> SwarmCoverage {
        SwarmCoverage {
            faults: vec![FaultCoverage::default(); FaultKind::ALL.len()],
            points: vec![0; CoveragePoint::ALL.len()],
            counting_runs: 0,
        }
    }
}

impl SwarmCoverage {
    /// What engines come through, with the runs in which they did.
    pub fn points(&self) -> impl Iterator<Item = (CoveragePoint, u64)> {
        let points = CoveragePoint::ALL.iter().copied();
        points.zip(self.points.iter().copied())
    }

    /// Counts a run.
    pub(super) fn add(
        &mut self,
        faults: &[Fault],
        counts: &[(FaultKind, Counts)],
        engine: Option<&Coverage>,
    ) {
        for (kind, runs) in FaultKind::ALL.iter().zip(&mut self.faults) {
            runs.drawn += u64::from(faults.iter().any(|fault| fault.kind == *kind));
            let mut all = Counts::default();
            for (_, counted) in counts.iter().filter(|(of, _)| of == kind) {
                all.add(*counted);
            }
            runs.eligible += u64::from(all.eligible > 0);
            runs.injected += u64::from(all.injected > 0);
            runs.noticed += u64::from(all.noticed > 0);
        }
        let Some(engine) = engine else { return };
        self.counting_runs += 1;
        for (&point, runs) in CoveragePoint::ALL.iter().zip(&mut self.points) {
            *runs += u64::from(engine.of(point) > 0);
        }
    }
}
