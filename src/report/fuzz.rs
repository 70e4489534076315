//! What a search for failures came to, as a document for machines and as text for people.

use std::path::Path;

use serde::Serialize;

use super::columns::{Column, Columns, cell, judged};
use super::number::{count, counted, decimal};
use super::paragraph::push_wrapped;
use super::style::{Layout, Tone};
use crate::experiment::file_name;
use crate::experiment::fuzz::{Ended, FoundFailure, Fuzz, Fuzzed, ShopTrait};
use crate::experiment::shard::Shard;
use crate::measure::CounterExample;
use crate::scenario::Scenario;
use crate::scenario::model::FaultKind;

/// A search and what it found. But for `wall` it is the same for the same seeds, on any machine and any number of threads.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FuzzDocument {
    /// Whose failures were looked for.
    pub contender: String,
    /// Guarantees whose violation counted; none where the contender's promises did.
    pub fails_on: Vec<String>,
    /// The assumption that could be broken, if one could.
    pub broken_assumption: Option<String>,
    /// The first seed.
    pub first_seed: u64,
    /// The part of the seeds that was played; absent where all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Seeds played, up to the one at which it ended.
    pub seeds: u64,
    /// Seeds that failed.
    pub failed: u64,
    /// Why it ended: `budget_spent`, `failed` or `interrupted`.
    pub ended: String,
    /// The failures, in the order of seeds, as far as they are kept.
    pub failures: Vec<FuzzFailure>,
    /// By kind of fault, in how many runs it came about.
    pub faults: Vec<FuzzFault>,
    /// By what shops have beside one SKU, one channel and one location, in how many runs they had it.
    pub shops: Vec<FuzzShop>,
    /// By what engines come through, in how many runs they did.
    pub engine: Vec<FuzzPoint>,
    /// Real time, which differs from run to run.
    pub wall: FuzzWall,
}

/// A seed that failed.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FuzzFailure {
    /// The seed.
    pub seed: u64,
    /// The guarantee that was violated, `engine_failed` or `harness_wrong`.
    pub kind: String,
    /// In words.
    pub what: String,
    /// The first counter-example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counter_example: Option<CounterExample>,
    /// The file of the scenario as it was drawn.
    pub file: String,
    /// The file of the scenario made small.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub small_file: Option<String>,
    /// How large the scenario was, and is made small.
    pub size: FuzzSize,
    /// How large it is made small.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub small_size: Option<FuzzSize>,
    /// Runs that making it small took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub small_after_runs: Option<u32>,
    /// The command that shows it again.
    pub again: String,
}

/// How large a scenario is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FuzzSize {
    /// SKUs.
    pub skus: u32,
    /// Channels.
    pub channels: usize,
    /// Faults.
    pub faults: usize,
    /// Scripted events, buyers that are written down included.
    pub happenings: usize,
    /// For how long buyers come, seconds.
    pub duration_s: f64,
}

impl FuzzSize {
    fn of(scenario: &Scenario) -> FuzzSize {
        FuzzSize {
            skus: scenario.catalogue.skus,
            channels: scenario.channels.len(),
            faults: scenario.faults.len(),
            happenings: scenario.happenings.len(),
            duration_s: scenario.duration.as_secs_f64(),
        }
    }

    fn words(&self) -> String {
        format!(
            "{}, {}, {}, {}, buyers for {} s",
            counted(u64::from(self.skus), "SKU"),
            counted(self.channels as u64, "channel"),
            counted(self.faults as u64, "fault"),
            counted(self.happenings as u64, "scripted event"),
            decimal(self.duration_s)
        )
    }
}

/// A kind of fault.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FuzzFault {
    /// Its name.
    pub kind: String,
    /// Its family.
    pub family: String,
    /// Runs that had one.
    pub drawn: u64,
    /// Runs in which it could have struck.
    pub eligible: u64,
    /// Runs in which it struck.
    pub injected: u64,
    /// Runs in which it showed.
    pub noticed: u64,
}

/// Something that a shop can have.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FuzzShop {
    /// Its name.
    pub name: String,
    /// Runs of such shops.
    pub runs: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// Something that an engine can come through.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FuzzPoint {
    /// Its name.
    pub name: String,
    /// Runs whose engine came through it.
    pub runs: u64,
}

/// Real time of a search.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FuzzWall {
    /// For the seeds, seconds.
    pub seeds_s: f64,
    /// Seeds a second.
    pub seeds_per_s: Option<f64>,
    /// For making failures small, seconds.
    pub small_s: f64,
}

/// Where a failure's files are, and the commands that show it.
#[derive(Clone, Debug, Default)]
pub struct FailureFiles {
    /// The scenario as it was drawn.
    pub drawn: String,
    /// The scenario made small.
    pub small: Option<String>,
    /// The command for the smaller of the two.
    pub again: String,
}

impl FuzzDocument {
    /// Of a search; `files` are those of its failures, in their order.
    pub fn new(fuzz: &Fuzz, found: &Fuzzed, files: &[FailureFiles]) -> FuzzDocument {
        let kinds = FaultKind::ALL.iter().zip(&found.coverage.faults);
        let faults = kinds.map(|(kind, counted)| {
            let described = kind.describe();
            FuzzFault {
                kind: described.name.to_string(),
                family: described.family.name().to_string(),
                drawn: counted.drawn,
                eligible: counted.eligible,
                injected: counted.injected,
                noticed: counted.noticed,
            }
        });
        let shops = ShopTrait::ALL.iter().zip(&found.coverage.shops);
        let shops = shops.map(|(it, counted)| FuzzShop {
            name: it.name().to_string(),
            runs: counted.runs,
            failed: counted.failed,
        });
        let engine = found.coverage.points().map(|(point, runs)| FuzzPoint {
            name: point.name().to_string(),
            runs,
        });
        FuzzDocument {
            contender: fuzz.contender.name().to_string(),
            fails_on: found.fails_on.guarantees().to_vec(),
            broken_assumption: fuzz.swarm.broken.map(|it| it.name().to_string()),
            first_seed: fuzz.first_seed,
            shard: fuzz.shard,
            seeds: found.seeds,
            failed: found.failed,
            ended: match found.ended {
                Ended::BudgetSpent => "budget_spent",
                Ended::Failed => "failed",
                Ended::Interrupted => "interrupted",
            }
            .to_string(),
            failures: found
                .failures
                .iter()
                .zip(files)
                .map(|(failure, files)| FuzzFailure::new(failure, files))
                .collect(),
            faults: faults.collect(),
            shops: shops.collect(),
            engine: match found.coverage.counting_runs {
                0 => Vec::new(),
                _ => engine.collect(),
            },
            wall: FuzzWall {
                seeds_s: found.wall_s,
                seeds_per_s: (found.wall_s > 0.0).then(|| found.seeds as f64 / found.wall_s),
                small_s: found.shrink_wall_s,
            },
        }
    }

    /// As indented JSON with a final line break.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// As text for people.
    pub fn table(&self, layout: Layout) -> String {
        let mut out = String::new();
        let looked_for = match self.fails_on.as_slice() {
            [] => "what it promises".to_string(),
            named => named.join(", "),
        };
        let broken = match &self.broken_assumption {
            Some(assumption) => format!(", {assumption} may be broken"),
            None => String::new(),
        };
        let heading = format!("fuzz: {} ({looked_for}{broken})", self.contender);
        push_wrapped(&mut out, &heading, 0, layout, Tone::Strong);
        let last = self.seeds.max(1) - 1;
        let (first, last, every) = match self.shard {
            None => (self.first_seed, self.first_seed + last, String::new()),
            Some(shard) => (
                self.first_seed + shard.index - 1,
                self.first_seed + shard.index - 1 + last * shard.count,
                format!(" in steps of {} (shard {shard})", shard.count),
            ),
        };
        let speed = self.wall.seeds_per_s.map_or("-".to_string(), decimal);
        let verdict = format!(
            "{} from {first} to {last}{every}, {} failed{}; {speed} seeds a second",
            counted(self.seeds, "seed"),
            count(self.failed),
            match self.ended.as_str() {
                "interrupted" => ", interrupted",
                _ => "",
            },
        );
        let tone = match self.failed {
            0 => Tone::Good,
            _ => Tone::Bad,
        };
        push_wrapped(&mut out, &verdict, 0, layout, tone);
        for failure in &self.failures {
            failure.push(&mut out, layout);
        }
        out.push('\n');
        self.push_shops(&mut out, layout);
        out.push('\n');
        self.push_faults(&mut out, layout);
        if !self.engine.is_empty() {
            out.push('\n');
            self.push_engine(&mut out, layout);
        }
        out
    }

    fn push_shops(&self, out: &mut String, layout: Layout) {
        let runs = Column::right(10);
        let mut columns = Columns::new([Column::left(36), runs, runs]);
        columns.row(["shops with", "runs", "failed"].map(cell));
        for shop in &self.shops {
            columns.row([
                cell(&*shop.name),
                cell(count(shop.runs)),
                cell(count(shop.failed)),
            ]);
        }
        out.push_str(&columns.text(layout.style));
    }

    fn push_faults(&self, out: &mut String, layout: Layout) {
        let runs = Column::right(10);
        let mut columns =
            Columns::new([Column::left(22), Column::left(13), runs, runs, runs, runs]);
        let heads = [
            "fault, in runs",
            "",
            "drawn",
            "eligible",
            "injected",
            "noticed",
        ];
        columns.row(heads.map(cell));
        for fault in &self.faults {
            let silent = fault.drawn > 0 && fault.injected == 0;
            columns.row([
                cell(&*fault.kind),
                cell(&*fault.family),
                cell(count(fault.drawn)),
                cell(count(fault.eligible)),
                judged(count(fault.injected), silent, false),
                cell(count(fault.noticed)),
            ]);
        }
        out.push_str(&columns.text(layout.style));
    }

    fn push_engine(&self, out: &mut String, layout: Layout) {
        let mut columns = Columns::new([Column::left(36), Column::right(10)]);
        columns.row([cell("engine"), cell("runs")]);
        for point in &self.engine {
            let never = point.runs == 0;
            columns.row([cell(&*point.name), judged(count(point.runs), never, false)]);
        }
        out.push_str(&columns.text(layout.style));
    }
}

impl FuzzFailure {
    fn new(found: &FoundFailure, files: &FailureFiles) -> FuzzFailure {
        let shrunk = found.shrunk.as_ref();
        let failure = shrunk.map_or(&found.failure, |shrunk| &shrunk.failure);
        FuzzFailure {
            seed: found.seed,
            kind: failure.kind.to_string(),
            what: failure.what.clone(),
            counter_example: failure.example.clone(),
            file: files.drawn.clone(),
            small_file: files.small.clone(),
            size: FuzzSize::of(&found.scenario),
            small_size: shrunk.map(|shrunk| FuzzSize::of(&shrunk.scenario)),
            small_after_runs: shrunk.map(|shrunk| shrunk.runs),
            again: files.again.clone(),
        }
    }

    fn push(&self, out: &mut String, layout: Layout) {
        let first = self.what.lines().next().unwrap_or_default();
        let place = self
            .counter_example
            .as_ref()
            .map(|example| format!(" at {:.3} s on {}", example.at_s, example.channel));
        let line = format!(
            "seed {}: {}{}: {first}",
            self.seed,
            self.kind,
            place.unwrap_or_default()
        );
        push_wrapped(out, &line, 2, layout, Tone::Bad);
        push_wrapped(
            out,
            &format!("  {}", self.size.words()),
            4,
            layout,
            Tone::Neutral,
        );
        if let (Some(size), Some(runs)) = (&self.small_size, self.small_after_runs) {
            let line = format!("  small after {runs} runs: {}", size.words());
            push_wrapped(out, &line, 4, layout, Tone::Neutral);
        }
        // A command stays whole, to be copied.
        let again = crate::scenario::text::printable(&self.again);
        out.push_str(&format!("  again: {again}\n"));
    }
}

/// The n-th name of a failure's file in a directory, counted from 1, without its ending.
pub fn failure_name(directory: &Path, contender: &str, seed: u64, number: u32) -> String {
    let contender = file_name(contender);
    let name = match number {
        1 => format!("{contender}-seed-{seed}"),
        number => format!("{contender}-seed-{seed}-{number}"),
    };
    directory.join(name).display().to_string()
}
