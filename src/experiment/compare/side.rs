//! What is compared: runs of several contenders on one or more seeds.

use std::collections::BTreeMap;

use super::setting::Setting;
use crate::experiment::thresholds::Judgement;
use crate::measure::{Causes, Figures, Verdict};

/// One contender's run, as far as it is compared. Wall times are no part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SideRun {
    /// Over all channels.
    pub figures: Figures,
    /// By channel.
    pub channels: BTreeMap<String, Figures>,
    /// Verdicts by the names of guarantees.
    pub guarantees: BTreeMap<String, Verdict>,
    /// Why units were oversold, if somebody asked.
    pub causes: Option<Causes>,
    /// Of the whole trace; empty where it is not known.
    pub trace_hash: String,
    /// Of the buyers alone; empty where it is not known.
    pub buyers_hash: String,
}

/// Runs of one scenario, from one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// What it is called in reports: a path, or `this run`.
    pub name: String,
    /// The scenario's name.
    pub scenario: String,
    /// Its values; `None` where they were not kept, as in the baselines of built-in scenarios.
    pub setting: Option<Setting>,
    /// ISO 4217 code of all money; empty where it is not known.
    pub currency: String,
    /// Whether the runs took place in real time.
    pub real_time: bool,
    /// What became of thresholds, if there were any.
    pub thresholds: Vec<Judgement>,
    /// The runs, by seed and contender.
    pub runs: BTreeMap<(u64, String), SideRun>,
}

impl Side {
    /// The seeds, each once.
    pub fn seeds(&self) -> Vec<u64> {
        let mut seeds: Vec<u64> = self.runs.keys().map(|(seed, _)| *seed).collect();
        seeds.dedup();
        seeds
    }

    /// The contenders, each once, by name.
    pub fn contenders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.runs.keys().map(|(_, name)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
