//! One value by the wall clock: the runs of its seeds over sockets, one after the other, since two at once would take each
//! other's time.

use super::Capacity;
use crate::experiment::error::ExperimentError;
use crate::experiment::progress::Cancellation;
use crate::experiment::replications::{
    Histograms, Replicated, Replications, SeedRow, SeedSet, Summary,
};
use crate::experiment::{Experiment, Time};

/// What was played of a value, and why its figures mean nothing, where the harness was not punctual.
pub(super) struct Played {
    pub replicated: Replicated,
    pub refused: Option<String>,
}

impl Capacity<'_> {
    /// Plays the seeds of a value. Seeds after one that is no measurement are not played.
    pub(super) fn by_the_clock(
        &self,
        replications: &Replications<'_>,
        value: f64,
        keep: &mut dyn FnMut(&[SeedRow]) -> Result<(), String>,
        cancellation: &Cancellation,
    ) -> Result<Played, ExperimentError> {
        let experiment = replications.experiment;
        let mut summary =
            Summary::new(experiment.contenders.len(), replications.thresholds.clone());
        let (mut wall_s, mut refused) = (0.0, None);
        for place in 0..self.seeds.len() {
            let Some(seed) = self.seeds.at(place) else {
                break;
            };
            let mut time = experiment.time.clone();
            if let Time::Real { directory, .. } = &mut time {
                *directory = directory.join(format!("{}={value}", self.key));
                *directory = directory.join(format!("seed-{seed}"));
            }
            let one = Experiment {
                seeds: vec![seed],
                time,
                ..experiment.clone()
            };
            let results = one.run_watched(&|_| {}, cancellation)?;
            let rows: Vec<SeedRow> = results.runs.iter().map(SeedRow::from).collect();
            summary.add(&rows);
            keep(&rows).map_err(ExperimentError::Unexpected)?;
            wall_s += results.wall_s;
            let real = results
                .runs
                .iter()
                .filter_map(|it| it.measured.real_time.as_ref());
            refused = real.filter_map(|it| it.refused_because.clone()).next();
            if refused.is_some() {
                break;
            }
        }
        let seeds: SeedSet = self.seeds.cut(summary.seeds());
        Ok(Played {
            replicated: Replicated {
                summary,
                seeds,
                reached: None,
                histograms: Histograms::default(),
                wall_s,
            },
            refused,
        })
    }
}
