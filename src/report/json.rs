//! The output for machines (docs/output.md). `schema_version` rises when a field changes its meaning or goes.

use std::collections::BTreeMap;

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

use crate::experiment::compare::Comparison;
use crate::experiment::thresholds::{self, Judgement, Outcome, RunFigures, Threshold};
use crate::experiment::{Results, RunResult, Time};
use crate::measure::throughput::LimitUtilisation;
use crate::measure::{
    Assumption, BadCountSeen, Causes, FaultFigures, Figures, Guarantee, Prediction,
    RealTimeFigures, ReferenceFigures, TookPart,
};
use crate::scenario::Scenario;

/// The version of [`Document`].
pub const SCHEMA_VERSION: u32 = 3;

/// The time a run takes place in.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, schemars(rename = "Time"))]
pub enum TimeKind {
    /// Simulated: from event to event, the same on every machine.
    #[default]
    Virtual,
    /// The wall clock's, maybe faster; over real sockets, and never twice the same.
    Real,
}

/// One scenario on one seed under one or more strategies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document {
    /// Version of this format: 3.
    pub schema_version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// The root seed.
    pub seed: u64,
    /// Which time the runs took place in. Results of the two are never in one document.
    #[serde(default)]
    pub time: TimeKind,
    /// Platform seconds in a real second; absent in virtual time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// Simulated time of the longest run, seconds.
    pub simulated_s: f64,
    /// Real time from the first run's start to the last one's end, seconds.
    pub wall_s: f64,
    /// The command that repeats it all.
    pub rerun: String,
    /// Where the run was written; in what is printed alone, since a directory need not say where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_directory: Option<String>,
    /// When planned faults could strike, in the scenario's order; absent without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fault_windows: Vec<FaultWindow>,
    /// What the buyers could have been sold (docs/theory.md A9.6); absent where nobody replayed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<ReferenceFigures>,
    /// One entry per strategy, in the order in which reports show them.
    pub strategies: Vec<StrategyDocument>,
    /// What became of thresholds (docs/thresholds.md), in their order, then by contender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Judgement>,
    /// The runs beside those of a baseline (docs/ci.md); absent where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// When a planned fault can strike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FaultWindow {
    /// The fault's kind.
    pub kind: String,
    /// The channel, or `warehouse`; absent where it strikes everywhere, or the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Its beginning, seconds since the scenario's start.
    pub from_s: f64,
    /// Its end: no fault outlasts the last buyer.
    pub until_s: f64,
}

impl FaultWindow {
    /// The windows of a scenario's faults, in its order.
    fn of(scenario: &Scenario) -> Vec<FaultWindow> {
        let last = scenario.opening + scenario.duration;
        let windows = scenario.faults.iter().map(|fault| {
            let from = (scenario.opening + fault.from).min(last);
            let until = from + fault.lasts.unwrap_or(scenario.duration);
            FaultWindow {
                kind: fault.kind.describe().name.to_string(),
                channel: fault.channel.clone(),
                from_s: from.as_secs_f64(),
                until_s: until.min(last).as_secs_f64(),
            }
        });
        windows.collect()
    }
}

/// The phases of a run, by their ends. Until the first engines sign in and publish; until the second buyers buy and whatever is
/// planned goes wrong; then nothing more happens from outside, and everything has to agree by the deadline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Phases {
    /// End of *opening*: when the first buyer could come, seconds since the scenario's start.
    pub opening_until_s: f64,
    /// End of *disturb*: when the last buyer could come, and every fault heals.
    pub disturb_until_s: f64,
    /// End of *settle* at the latest; null where nobody waits for it.
    pub settle_deadline_s: Option<f64>,
}

/// One strategy's run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StrategyDocument {
    /// Its name, or that of an engine of the user's own.
    pub strategy: String,
    /// Hash over everything that happened, 16 hexadecimal digits; empty in real time, where nothing repeats exactly.
    pub trace_hash: String,
    /// Hash over the buyers alone: the same for all strategies.
    pub buyers_hash: String,
    /// Events handled; 0 in real time, where nobody counts them.
    pub events: u64,
    /// Simulated time, seconds.
    pub simulated_s: f64,
    /// Real time, seconds.
    pub wall_s: f64,
    /// Accepted orders per second of real time, while buyers came.
    pub orders_per_wall_s: f64,
    /// Over all channels.
    pub figures: Figures,
    /// By channel name.
    pub channels: BTreeMap<String, Figures>,
    /// Verdicts.
    pub guarantees: Vec<Guarantee>,
    /// What became of the assumptions H1 to H8 on which verdicts rest.
    #[serde(default)]
    pub assumptions: Vec<Assumption>,
    /// Counts that somebody got wrong, the first twenty, and what became of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad_counts: Vec<BadCountSeen>,
    /// Why units were oversold; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causes: Option<Causes>,
    /// When the run's phases ended.
    #[serde(default)]
    pub phases: Phases,
    /// What the contender took part in; guarantees about anything else are `not_judged`.
    #[serde(default)]
    pub took_part: TookPart,
    /// What theory says was to be oversold (`mirror` alone).
    pub prediction: Option<Prediction>,
    /// Use of rate limits.
    pub limits: Vec<LimitUtilisation>,
    /// What was counted of each planned fault, in the scenario's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultFigures>,
    /// Calls to the warehouse.
    pub warehouse_calls: u64,
    /// How punctual and how quick the driver was; absent in virtual time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_time: Option<RealTimeFigures>,
}

impl From<&RunResult> for StrategyDocument {
    fn from(run: &RunResult) -> StrategyDocument {
        let measured = &run.measured;
        let facts = &measured.facts;
        StrategyDocument {
            strategy: run.name().to_string(),
            trace_hash: match facts.trace_hash {
                Some(hash) => format!("{hash:016x}"),
                None => String::new(),
            },
            buyers_hash: format!("{:016x}", facts.buyers_hash),
            events: facts.events,
            simulated_s: facts.simulated.as_secs_f64(),
            wall_s: facts.wall_s,
            orders_per_wall_s: if facts.demand_wall_s > 0.0 {
                measured.total.accepted_orders as f64 / facts.demand_wall_s
            } else {
                0.0
            },
            figures: measured.total.clone(),
            channels: measured.channels.iter().cloned().collect(),
            guarantees: measured.guarantees.clone(),
            assumptions: measured.assumptions.clone(),
            bad_counts: measured.bad_counts.clone(),
            causes: measured.causes.clone(),
            phases: Phases {
                opening_until_s: facts.demand_from.as_secs_f64(),
                disturb_until_s: facts.demand_until.as_secs_f64(),
                settle_deadline_s: facts.settle_deadline.map(Micros::as_secs_f64),
            },
            took_part: measured.took_part,
            prediction: measured.prediction.clone(),
            limits: measured.limits.clone(),
            faults: facts.faults.clone(),
            warehouse_calls: measured.warehouse_calls,
            real_time: measured.real_time.clone(),
        }
    }
}

impl Document {
    /// All runs on one seed.
    pub fn new(results: &Results, seed: u64) -> Document {
        let runs = results.of_seed(seed).iter();
        let strategies: Vec<StrategyDocument> = runs.map(StrategyDocument::from).collect();
        let (time, speed) = match results.time {
            Time::Virtual => (TimeKind::Virtual, None),
            Time::Real { speed, .. } => (TimeKind::Real, Some(speed)),
        };
        Document {
            schema_version: SCHEMA_VERSION,
            scenario: results.scenario.name.clone(),
            title: results.scenario.title.clone(),
            currency: results.scenario.currency.clone(),
            seed,
            time,
            speed,
            simulated_s: strategies
                .iter()
                .map(|run| run.simulated_s)
                .fold(0.0, f64::max),
            wall_s: results.wall_s,
            rerun: results.rerun(seed).to_string(),
            run_directory: None,
            fault_windows: FaultWindow::of(&results.scenario),
            references: results
                .of_seed(seed)
                .iter()
                .find_map(|run| run.references.as_ref().map(ReferenceFigures::from)),
            strategies,
            thresholds: Vec::new(),
            comparison: None,
        }
    }

    /// Judges thresholds by the runs.
    pub fn judge(&mut self, thresholds: &[Threshold]) {
        let runs = self.strategies.iter().map(|run| RunFigures {
            contender: &run.strategy,
            total: &run.figures,
            channels: &run.channels,
        });
        self.thresholds = thresholds::judge(thresholds, &runs.collect::<Vec<_>>());
    }

    /// Whether a threshold was broken that fails the command.
    pub fn fails_a_threshold(&self) -> bool {
        let mut all = self.thresholds.iter();
        all.any(|it| it.outcome == Outcome::Fails)
    }

    /// Whether units were oversold, and why is known.
    pub fn explains_units(&self) -> bool {
        let mut causes = self.strategies.iter().filter_map(|run| run.causes.as_ref());
        causes.any(|causes| causes.units > 0)
    }

    /// The document as indented JSON with a final line break.
    pub fn to_json(&self) -> String {
        // Only a map with keys that are no text can fail to be written; there is none.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Runs in real time that are no measurement: (name, why).
    pub fn refused_measurements(&self) -> impl Iterator<Item = (&str, &str)> {
        self.strategies.iter().filter_map(|run| {
            let reason = run.real_time.as_ref()?.refused_because.as_deref()?;
            Some((run.strategy.as_str(), reason))
        })
    }

    /// Verdicts that break a promise of their strategy: (strategy, guarantee).
    pub fn broken_promises(&self) -> impl Iterator<Item = (&str, &Guarantee)> {
        self.strategies.iter().flat_map(|run| {
            run.guarantees
                .iter()
                .filter(|guarantee| {
                    guarantee.promised && guarantee.verdict == crate::measure::Verdict::Violated
                })
                .map(|guarantee| (run.strategy.as_str(), guarantee))
        })
    }
}

/// The JSON Schema of the output, as indented JSON.
pub fn output_schema() -> String {
    include_str!("../../schemas/output.json").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_file_of_the_output_is_that_of_the_types() {
        let of_types = schemars::schema_for!(Document);
        crate::scenario::assert_committed("output.json", &of_types);
    }
}
