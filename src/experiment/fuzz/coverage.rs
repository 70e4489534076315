//! What a search has put to the test.

use crate::engine::{Coverage, CoveragePoint};
use crate::scenario::model::{Fault, FaultKind};

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
    pub(super) fn add(&mut self, faults: &[Fault], engine: Option<&Coverage>) {
        for (kind, counted) in FaultKind::ALL.iter().zip(&mut self.faults) {
            counted.drawn += u64::from(faults.iter().any(|fault| fault.kind == *kind));
        }
        let Some(engine) = engine else { return };
        self.counting_runs += 1;
        for (&point, runs) in CoveragePoint::ALL.iter().zip(&mut self.points) {
            *runs += u64::from(engine.of(point) > 0);
        }
    }
}
