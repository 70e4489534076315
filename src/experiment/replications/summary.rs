//! What many seeds come to, computed from their rows alone, in the order of seeds: the same rows give the same bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::budget::{BudgetOverSeeds, BudgetSums};
use super::causes::{CausesOver, CausesSummary};
use super::limits::{Limits, ThresholdFrame};
use super::row::SeedRow;
use crate::experiment::compare::Comparison;
use crate::experiment::thresholds::{Judgement, Outcome, Threshold};
use crate::measure::leaves::leaves;
use crate::measure::statistics::{Estimate, Sample, probability_interval};
use crate::measure::{BUDGET_KEPT, DisplayedCounts, Figures, Verdict};

/// The version of [`ReplicationsDocument`].
pub const SCHEMA_VERSION: u32 = 1;

/// Who is compared, and the command that repeats one of its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContenderFrame {
    /// Its name.
    pub name: String,
    /// The command that repeats its run on a seed, which stands in the place of `{seed}`.
    pub rerun: String,
}

impl ContenderFrame {
    fn rerun_on(&self, seed: u64) -> String {
        self.rerun.replace("{seed}", &seed.to_string())
    }
}

/// When enough seeds had been played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UntilHalfWidth {
    /// Half the width of the 95 % interval, of its mean.
    pub share: f64,
    /// Of these figures of every contender.
    pub figures: Vec<String>,
    /// Whether it was reached, or the most seeds were played before.
    pub reached: bool,
}

/// How far a figure's interval is from the width that was asked for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum HalfWidth {
    /// It is as narrow for every contender that has a value.
    Reached,
    /// It is wider for one.
    Wide,
    /// No seed has a sample of it.
    Unknown,
}

impl HalfWidth {
    /// Of the contenders' estimates of one figure, and half the width as a share of the mean.
    fn of(estimates: impl Iterator<Item = Estimate>, share: f64) -> HalfWidth {
        let mut found = HalfWidth::Unknown;
        for estimate in estimates.filter(|it| it.runs > 0) {
            let mean = estimate.mean.unwrap_or_default().abs();
            if estimate.half_width.is_none_or(|half| half > share * mean) {
                return HalfWidth::Wide;
            }
            found = HalfWidth::Reached;
        }
        found
    }
}

/// What an experiment of many seeds is about, whatever comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// The seeds: `1..20`, or `3,7,9`.
    pub seeds: String,
    /// The command that repeats it all.
    pub rerun: String,
    /// When enough seeds had been played; absent where their number was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UntilHalfWidth>,
    /// What figures have to keep to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<ThresholdFrame>,
    /// Who is compared, in the order in which reports show them.
    pub contenders: Vec<ContenderFrame>,
}

/// Means of figures, by path: `oversold_units`, `staleness_s.p99` and so on, as in `figures.json`. A figure that no run has a
/// value of is absent.
pub type Estimates = BTreeMap<String, Estimate>;

/// How often a guarantee held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuaranteeCounts {
    /// Its name.
    pub name: String,
    /// Whether the contender promises it.
    pub promised: bool,
    /// Runs in which it was put to the test and held.
    pub held: u64,
    /// Runs in which it was broken.
    pub broken: u64,
    /// Those of them in which all that broke it lies outside its assumptions, so that no promise was broken.
    #[serde(default, skip_serializing_if = "is_none_of_them")]
    pub outside: u64,
    /// Runs in which nothing could have broken it.
    pub unknown: u64,
    /// Runs in which the contender took no part in what it is about.
    pub not_judged: u64,
    /// The exact 95 % interval of the probability that a run breaks it, 0..=1: one-sided where none or all did.
    pub broken_share_low: f64,
    /// Its upper end.
    pub broken_share_high: f64,
    /// The first seed that broke it, and a promise where one did; null without any.
    pub first_broken_seed: Option<u64>,
    /// The command that shows it; null without any.
    pub rerun: Option<String>,
    /// What all seeds together say of a budget's share; absent with any other guarantee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_seeds: Option<BudgetOverSeeds>,
}

fn is_none_of_them(runs: &u64) -> bool {
    *runs == 0
}

impl GuaranteeCounts {
    /// Whether a promise was broken on some seed, or by all of them together.
    pub fn breaks_a_promise(&self) -> bool {
        self.promised && self.is_broken()
    }

    /// Runs that put it to the test.
    pub fn tries(&self) -> u64 {
        self.held + self.broken
    }

    /// Whether there is anything to be said of it: by a seed, or by all of them together.
    pub fn is_judged(&self) -> bool {
        self.tries() > 0 || self.over_seeds.is_some()
    }

    fn verdict_over_seeds(&self) -> Option<Verdict> {
        self.over_seeds.as_ref().map(|it| it.verdict)
    }

    /// Whether it was promised, and put to the test on some seed or by all of them: what nothing tried was not kept either.
    pub fn was_promised_and_tried(&self) -> bool {
        let is_kept = self.tries() > 0 || self.verdict_over_seeds() == Some(Verdict::Holds);
        self.promised && (is_kept || self.is_broken())
    }

    /// Whether it was broken within its assumptions on a seed, or by all of them together.
    fn is_broken(&self) -> bool {
        self.broken > self.outside || self.verdict_over_seeds() == Some(Verdict::Violated)
    }
}

/// One contender over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContenderSummary {
    /// Its name.
    pub contender: String,
    /// Over all channels.
    pub figures: Estimates,
    /// By channel.
    pub channels: BTreeMap<String, Estimates>,
    /// Verdicts, counted.
    pub guarantees: Vec<GuaranteeCounts>,
    /// Runs in which it made no call at all.
    pub runs_without_calls: u64,
    /// What the counts stand for that it displays.
    #[serde(default)]
    pub displayed_counts: DisplayedCounts,
    /// Why units were oversold; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causes: Option<CausesSummary>,
}

/// What a contender has more than another on the same seeds, figure by figure: each seed gives one difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Who ...
    pub contender: String,
    /// ... less whom.
    pub against: String,
    /// By path, over all channels.
    pub figures: Estimates,
}

/// Many seeds of one scenario under one or more contenders, `replications.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicationsDocument {
    /// Version of this format: 1.
    pub schema_version: u32,
    /// How many seeds there are.
    pub runs: u64,
    /// What it is about.
    #[serde(flatten)]
    pub frame: Frame,
    /// Where it was written; in what is printed alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_directory: Option<String>,
    /// One entry per contender.
    pub summaries: Vec<ContenderSummary>,
    /// Every other contender against the first.
    pub differences: Vec<Difference>,
    /// What became of thresholds over all seeds (docs/thresholds.md), in their order, then by contender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judgements: Vec<Judgement>,
    /// What it says beside earlier runs on the same seeds (docs/ci.md), where somebody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

impl ReplicationsDocument {
    /// The document as indented JSON with a final line break.
    pub fn to_json(&self) -> String {
        // Only a map with keys that are no text can fail to be written; there is none.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// How far the figures are from the width that was asked for; nothing where nobody asked.
    pub fn half_widths(&self) -> Vec<(&str, HalfWidth)> {
        let Some(until) = &self.frame.until else {
            return Vec::new();
        };
        let of = |path: &str| {
            let summaries = self.summaries.iter();
            let estimates = summaries.filter_map(|it| it.figures.get(path).cloned());
            HalfWidth::of(estimates, until.share)
        };
        let figures = until.figures.iter();
        figures.map(|path| (path.as_str(), of(path))).collect()
    }

    /// Whether a threshold was broken that fails the command.
    pub fn fails_a_threshold(&self) -> bool {
        let mut all = self.judgements.iter();
        all.any(|it| it.outcome == Outcome::Fails)
    }

    /// Promises that were broken on at least one seed, or over all of them: (contender, guarantee).
    pub fn broken_promises(&self) -> impl Iterator<Item = (&str, &GuaranteeCounts)> {
        self.summaries.iter().flat_map(|it| {
            let broken = it.guarantees.iter();
            broken
                .filter(|guarantee| guarantee.breaks_a_promise())
                .map(|guarantee| (it.contender.as_str(), guarantee))
        })
    }
}

/// The figures that are numbers, by path.
pub fn numbers(figures: &Figures) -> impl Iterator<Item = (String, Option<f64>)> {
    let values = leaves("", figures).into_iter();
    values.filter_map(|(path, value)| match value {
        Value::Number(number) => Some((path, number.as_f64())),
        Value::Null => Some((path, None)),
        _ => None,
    })
}

/// The paths of all figures that are numbers.
pub fn paths() -> Vec<String> {
    numbers(&Figures::default()).map(|(path, _)| path).collect()
}

#[derive(Clone, Debug, Default)]
struct Samples(BTreeMap<String, Sample>);

impl Samples {
    fn add(&mut self, path: String, value: f64) {
        self.0.entry(path).or_default().add(value);
    }

    fn add_all(&mut self, figures: &Figures) {
        for (path, value) in numbers(figures) {
            if let Some(value) = value {
                self.add(path, value);
            }
        }
    }

    fn estimates(&self) -> Estimates {
        let samples = self.0.iter();
        samples
            .map(|(path, sample)| (path.clone(), sample.estimate()))
            .collect()
    }
}

#[derive(Clone, Debug, Default)]
struct OfContender {
    figures: Samples,
    channels: BTreeMap<String, Samples>,
    /// In the order of the verdicts; shares and commands come last.
    guarantees: Vec<GuaranteeCounts>,
    budget: BudgetSums,
    runs_without_calls: u64,
    displayed_counts: DisplayedCounts,
    causes: CausesOver,
    /// Less the first contender on the same seed.
    differences: Samples,
}

impl OfContender {
    fn add(&mut self, row: &SeedRow) {
        self.figures.add_all(&row.figures);
        self.displayed_counts = row.figures.displayed_counts;
        for (channel, figures) in &row.channels {
            let samples = self.channels.entry(channel.clone()).or_default();
            samples.add_all(figures);
        }
        if row.figures.calls + row.warehouse_calls == 0 {
            self.runs_without_calls += 1;
        }
        if let Some(causes) = &row.causes {
            self.causes.add(causes);
        }
        self.budget.add(row);
        for guarantee in &row.guarantees {
            let known = self
                .guarantees
                .iter()
                .position(|it| it.name == guarantee.name);
            let place = known.unwrap_or(self.guarantees.len());
            if known.is_none() {
                self.guarantees.push(GuaranteeCounts {
                    name: guarantee.name.clone(),
                    promised: false,
                    held: 0,
                    broken: 0,
                    outside: 0,
                    unknown: 0,
                    not_judged: 0,
                    broken_share_low: 0.0,
                    broken_share_high: 1.0,
                    first_broken_seed: None,
                    rerun: None,
                    over_seeds: None,
                });
            }
            let counts = &mut self.guarantees[place];
            counts.promised |= guarantee.promised;
            match guarantee.verdict {
                Verdict::Holds => counts.held += 1,
                Verdict::Unknown => counts.unknown += 1,
                Verdict::NotJudged => counts.not_judged += 1,
                Verdict::Violated => {
                    let is_outside = guarantee.is_outside();
                    if counts.broken == counts.outside && !is_outside {
                        counts.first_broken_seed = Some(row.seed);
                    }
                    counts.broken += 1;
                    counts.outside += u64::from(is_outside);
                    counts.first_broken_seed.get_or_insert(row.seed);
                }
            }
        }
    }
}

/// Takes rows, seed by seed.
#[derive(Clone, Debug)]
pub struct Summary {
    seeds: u64,
    contenders: Vec<OfContender>,
    limits: Limits,
}

impl Summary {
    /// For so many contenders, with the thresholds that are judged at the end.
    pub fn new(contenders: usize, thresholds: Vec<Threshold>) -> Summary {
        Summary {
            seeds: 0,
            contenders: vec![OfContender::default(); contenders],
            limits: Limits::new(thresholds),
        }
    }

    /// Takes the rows of one seed, in the order of contenders.
    pub fn add(&mut self, rows: &[SeedRow]) {
        assert_eq!(
            rows.len(),
            self.contenders.len(),
            "a row for each contender"
        );
        self.seeds += 1;
        self.limits.add(rows);
        for (contender, row) in self.contenders.iter_mut().zip(rows) {
            contender.add(row);
        }
        let Some((first, others)) = rows.split_first() else {
            return;
        };
        if others.is_empty() {
            return;
        }
        let first: BTreeMap<String, Option<f64>> = numbers(&first.figures).collect();
        for (contender, row) in self.contenders.iter_mut().skip(1).zip(others) {
            for (path, value) in numbers(&row.figures) {
                if let (Some(value), Some(Some(less))) = (value, first.get(&path)) {
                    contender.differences.add(path, value - less);
                }
            }
        }
    }

    /// Seeds so far.
    pub fn seeds(&self) -> u64 {
        self.seeds
    }

    /// A figure of a contender by its place; nothing before it has a value.
    pub fn estimate(&self, contender: usize, path: &str) -> Option<Estimate> {
        let samples = &self.contenders.get(contender)?.figures;
        samples.0.get(path).map(Sample::estimate)
    }

    /// Whether half the width of the interval of a figure is at most so much of its mean for every contender that has a value, and
    /// one has: nothing is known of what no seed has a sample of.
    pub fn is_within(&self, path: &str, share: f64) -> bool {
        let contenders = 0..self.contenders.len();
        let estimates = contenders.filter_map(|place| self.estimate(place, path));
        HalfWidth::of(estimates, share) == HalfWidth::Reached
    }

    /// All of it.
    pub fn document(&self, frame: Frame) -> ReplicationsDocument {
        let named = || frame.contenders.iter().zip(&self.contenders);
        let summaries = named().map(|(who, it)| ContenderSummary {
            contender: who.name.clone(),
            figures: it.figures.estimates(),
            channels: it
                .channels
                .iter()
                .map(|(name, samples)| (name.clone(), samples.estimates()))
                .collect(),
            guarantees: it
                .guarantees
                .iter()
                .map(|counts| {
                    let (low, high) = probability_interval(counts.broken, counts.tries());
                    GuaranteeCounts {
                        broken_share_low: low,
                        broken_share_high: high,
                        rerun: counts.first_broken_seed.map(|seed| who.rerun_on(seed)),
                        over_seeds: match counts.name == BUDGET_KEPT {
                            true => it.budget.judged(),
                            false => None,
                        },
                        ..counts.clone()
                    }
                })
                .collect(),
            runs_without_calls: it.runs_without_calls,
            displayed_counts: it.displayed_counts,
            causes: it.causes.summary(),
        });
        let first = frame.contenders.first().map(|it| it.name.clone());
        let differences = named().skip(1).map(|(who, it)| Difference {
            contender: who.name.clone(),
            against: first.clone().unwrap_or_default(),
            figures: it.differences.estimates(),
        });
        ReplicationsDocument {
            schema_version: SCHEMA_VERSION,
            runs: self.seeds,
            run_directory: None,
            summaries: summaries.collect(),
            differences: differences.collect(),
            judgements: self.limits.judged(self.seeds),
            comparison: None,
            frame,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;
    use crate::scenario::Scenario;
    use crate::scenario::samples::SCARCE;

    /// What nobody is blamed for breaks no promise on one seed, and so on none of many.
    #[test]
    fn a_promise_is_broken_by_a_seed_that_is_blamed() {
        let mut experiment = Experiment::new(Scenario::parse("scarce", SCARCE).unwrap().scenario);
        experiment.contenders.retain(|it| it.name() == "escrow");
        let run = experiment.run().unwrap();
        let mut row = SeedRow::from(&run.runs[0]);
        row.guarantees.retain(|it| it.name == "no_oversell");
        let mut of_contender = OfContender::default();
        let mut seen = |seed, excused: Option<u64>| {
            row.seed = seed;
            let guarantee = &mut row.guarantees[0];
            let extent = guarantee.extent.as_mut().unwrap();
            extent.broken = if excused.is_some() { 5 } else { 0 };
            extent.excused = excused.unwrap_or(0);
            guarantee.promised = excused != Some(5);
            guarantee.verdict = match excused {
                Some(_) => Verdict::Violated,
                None => Verdict::Holds,
            };
            of_contender.add(&row);
            let counts = &of_contender.guarantees[0];
            let runs = (counts.held, counts.broken, counts.outside);
            (runs, counts.first_broken_seed, counts.breaks_a_promise())
        };
        assert_eq!(seen(1, None), ((1, 0, 0), None, false));
        assert_eq!(seen(2, Some(5)), ((1, 1, 1), Some(2), false));
        assert_eq!(seen(3, Some(4)), ((1, 2, 1), Some(3), true));
        assert_eq!(seen(4, Some(5)), ((1, 3, 2), Some(3), true));
    }
}
