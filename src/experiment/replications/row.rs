//! What is kept of one run of many: a line of `seeds.jsonl`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::experiment::RunResult;
use crate::measure::throughput::LimitUtilisation;
use crate::measure::{Causes, Extent, Figures, Guarantee, Verdict};

/// A verdict without its counter-example, which the seed's own run shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuaranteeRow {
    /// Its name.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the contender promises it.
    pub promised: bool,
    /// How much broke it; absent where nothing is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
}

impl GuaranteeRow {
    /// Whether all that broke it lies outside its assumptions.
    pub fn is_outside(&self) -> bool {
        self.extent.as_ref().is_some_and(Extent::is_outside)
    }
}

impl From<&Guarantee> for GuaranteeRow {
    fn from(guarantee: &Guarantee) -> GuaranteeRow {
        GuaranteeRow {
            name: guarantee.name.clone(),
            verdict: guarantee.verdict,
            promised: guarantee.promised,
            extent: guarantee.extent.clone(),
        }
    }
}

/// One contender on one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRow {
    /// The root seed.
    pub seed: u64,
    /// Who ran.
    pub contender: String,
    /// Hash over everything that happened, 16 hexadecimal digits.
    pub trace_hash: String,
    /// Hash over the buyers alone: the same for all contenders of a seed.
    pub buyers_hash: String,
    /// Simulated time, seconds.
    pub simulated_s: f64,
    /// Over all channels.
    pub figures: Figures,
    /// By channel.
    pub channels: BTreeMap<String, Figures>,
    /// Verdicts.
    pub guarantees: Vec<GuaranteeRow>,
    /// Use of rate limits.
    pub limits: Vec<LimitUtilisation>,
    /// Calls to the warehouse.
    pub warehouse_calls: u64,
    /// Why units were oversold, without the worst SKUs; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causes: Option<Causes>,
}

impl From<&RunResult> for SeedRow {
    fn from(run: &RunResult) -> SeedRow {
        let measured = &run.measured;
        let hash = |hash: u64| format!("{hash:016x}");
        SeedRow {
            seed: run.seed,
            contender: run.name().to_string(),
            trace_hash: run.trace_hash().map(hash).unwrap_or_default(),
            buyers_hash: hash(measured.facts.buyers_hash),
            simulated_s: measured.facts.simulated.as_secs_f64(),
            figures: measured.total.clone(),
            channels: measured.channels.iter().cloned().collect(),
            guarantees: measured.guarantees.iter().map(GuaranteeRow::from).collect(),
            limits: measured.limits.clone(),
            warehouse_calls: measured.warehouse_calls,
            causes: measured.causes.clone().map(|causes| Causes {
                worst_skus: Vec::new(),
                ..causes
            }),
        }
    }
}

impl SeedRow {
    /// The row as a line, with its break.
    pub fn line(&self) -> String {
        // Only a map with keys that are no text can fail to be written; there is none.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}
