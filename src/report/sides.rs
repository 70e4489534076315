//! What comparisons read: run directories, directories of them, replications and baselines.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::baseline::{Baseline, StrategyBaseline};
use super::json::{Document, StrategyDocument, TimeKind};
use super::replications::{SeedsFiles, SeedsFilesError};
use super::run_directory::CLAIM;
use super::run_files::{RunFiles, RunFilesError};
use super::seeds_baseline::{SeedBaseline, SeedsBaseline};
use crate::experiment::compare::{Setting, Side, SideRun};
use crate::experiment::replications::{ContenderFrame, SeedSet};
use crate::measure::{Causes, Figures, Guarantee, Verdict};
use crate::scenario::Scenario;

/// Bytes of the largest file that is read.
const MOST_BYTES: u64 = 1 << 30;

/// Most run directories in one directory.
const MOST_RUNS: usize = 10_000;

/// Something that cannot be compared because it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// A run directory that cannot be shown either.
    #[error(transparent)]
    Run(#[from] RunFilesError),
    /// Anything else.
    #[error("{}: {why}", path.display())]
    Other {
        /// What was read.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl From<SeedsFilesError> for SideError {
    fn from(error: SeedsFilesError) -> SideError {
        match error {
            SeedsFilesError::Unreadable { path, why } => wrong(&path, why),
            SeedsFilesError::Incomplete(path) => wrong(&path, "its run was broken off, or goes on"),
            SeedsFilesError::Shard { path, shard } => wrong(
                &path,
                format!(
                    "it is shard {shard}, and nothing is compared before `merge` has put all of them together"
                ),
            ),
        }
    }
}

fn wrong(path: &Path, why: impl std::fmt::Display) -> SideError {
    SideError::Other {
        path: path.to_path_buf(),
        why: why.to_string(),
    }
}

/// Reads a run directory, a directory that holds run directories of several seeds, a directory of replications
/// (`seeds.jsonl`), or a file of a baseline.
///
/// # Errors
/// When it is none of these, or a file in it is not what it should be.
pub fn read_side(path: &Path) -> Result<Side, SideError> {
    let mut side = if !path.is_dir() {
        of_baseline(path)?
    } else if path.join("figures.json").is_file() {
        of_run(path)?
    } else if path.join("seeds.jsonl").is_file() {
        of_replications(path)?
    } else if path.join(CLAIM).is_file() {
        return Err(RunFilesError::Unfinished(path.to_path_buf()).into());
    } else {
        of_runs(path)?
    };
    side.name = path.display().to_string();
    Ok(side)
}

impl Side {
    /// A run that has just been made.
    pub fn of_document(document: &Document, setting: Option<Setting>) -> Side {
        let runs = document.strategies.iter();
        Side {
            name: "this run".to_string(),
            scenario: document.scenario.clone(),
            setting,
            currency: document.currency.clone(),
            real_time: document.time == TimeKind::Real,
            thresholds: document.thresholds.clone(),
            runs: runs
                .map(|run| ((document.seed, run.strategy.clone()), run.into()))
                .collect(),
        }
    }
}

fn verdicts(guarantees: &[Guarantee]) -> BTreeMap<String, Verdict> {
    let pairs = guarantees.iter().map(|it| (it.name.clone(), it.verdict));
    pairs.collect()
}

impl From<&StrategyDocument> for SideRun {
    fn from(run: &StrategyDocument) -> SideRun {
        SideRun {
            figures: run.figures.clone(),
            channels: run.channels.clone(),
            guarantees: verdicts(&run.guarantees),
            causes: run.causes.clone(),
            trace_hash: run.trace_hash.clone(),
            buyers_hash: run.buyers_hash.clone(),
        }
    }
}

impl From<StrategyBaseline> for SideRun {
    fn from(run: StrategyBaseline) -> SideRun {
        SideRun {
            figures: run.figures,
            channels: run.channels,
            guarantees: run.guarantees,
            causes: run.causes,
            trace_hash: run.trace_hash,
            buyers_hash: run.buyers_hash,
        }
    }
}

fn text(path: &Path) -> Result<String, SideError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| wrong(path, error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong(
            path,
            format!("it has more than {} MB", MOST_BYTES >> 20),
        ));
    }
    String::from_utf8(bytes).map_err(|_| wrong(path, "it is not UTF-8 text"))
}

/// What tells a baseline of many seeds from one of a single seed.
#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    seeds: Option<String>,
}

fn of_baseline(path: &Path) -> Result<Side, SideError> {
    let text = text(path)?;
    let parsed = |error: serde_json::Error| wrong(path, error);
    let kind: Kept = serde_json::from_str(&text).map_err(parsed)?;
    let (scenario, hash, values, seeds) = match kind.seeds {
        Some(_) => {
            let kept: SeedsBaseline = serde_json::from_str(&text).map_err(parsed)?;
            let hash = Some(kept.scenario_hash);
            (kept.scenario, hash, Some(kept.values), kept.runs)
        }
        None => {
            let kept: Baseline = serde_json::from_str(&text).map_err(parsed)?;
            let seed = SeedBaseline {
                seed: kept.seed,
                strategies: kept.strategies,
            };
            (kept.scenario, kept.scenario_hash, kept.values, vec![seed])
        }
    };
    let setting = values.as_ref().map(Setting::of_value);
    if let (Some(setting), Some(hash)) = (&setting, &hash)
        && setting.hash() != *hash
    {
        return Err(wrong(
            path,
            "its `values` are not those that its `scenario_hash` is of: save it anew",
        ));
    }
    let currency = values.as_ref().and_then(|it| it["currency"].as_str());
    let mut runs = Runs::new();
    for SeedBaseline { seed, strategies } in seeds {
        for run in strategies {
            let key = (seed, run.strategy.clone());
            if let Some(twice) = runs.insert(key, run.into()).map(|_| seed) {
                return Err(wrong(path, format!("seed {twice} has a contender twice")));
            }
        }
    }
    Ok(Side {
        name: String::new(),
        scenario,
        setting,
        currency: currency.unwrap_or_default().to_string(),
        real_time: false,
        thresholds: Vec::new(),
        runs,
    })
}

/// The values of the scenario that stands in a directory, if one does.
fn setting_of(directory: &Path) -> Result<Option<Setting>, SideError> {
    let path = directory.join("scenario.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let setting = Setting::parse(&text(&path)?).map_err(|error| wrong(&path, error))?;
    Ok(Some(setting))
}

fn of_run(directory: &Path) -> Result<Side, SideError> {
    let document = RunFiles::read_document(directory)?;
    Ok(Side::of_document(&document, setting_of(directory)?))
}

fn of_runs(directory: &Path) -> Result<Side, SideError> {
    let entries = fs::read_dir(directory).map_err(|error| wrong(directory, error))?;
    let places = entries.flatten().map(|entry| entry.path());
    let mut places: Vec<PathBuf> = places
        .filter(|it| it.join("figures.json").is_file())
        .collect();
    places.sort();
    if places.len() > MOST_RUNS {
        return Err(wrong(
            directory,
            format!("it holds {} runs, more than {MOST_RUNS}", places.len()),
        ));
    }
    let mut whole: Option<Side> = None;
    for place in places {
        let side = of_run(&place)?;
        let Some(whole) = &mut whole else {
            whole = Some(side);
            continue;
        };
        let same = (&whole.scenario, &whole.setting, whole.real_time)
            == (&side.scenario, &side.setting, side.real_time);
        if !same {
            return Err(wrong(
                &place,
                "it is a run of another scenario than those beside it",
            ));
        }
        for (key, run) in side.runs {
            let (seed, name) = key.clone();
            if whole.runs.insert(key, run).is_some() {
                return Err(wrong(
                    &place,
                    format!("{name} on seed {seed} is beside it once more"),
                ));
            }
        }
        whole.thresholds.extend(side.thresholds);
    }
    whole.ok_or_else(|| {
        wrong(
            directory,
            "there is no run in it, whose figures would be in figures.json",
        )
    })
}

/// A line of `seeds.jsonl`, as far as it is compared.
#[derive(Deserialize)]
struct SeedLine {
    seed: u64,
    contender: String,
    #[serde(default)]
    trace_hash: Value,
    #[serde(default)]
    buyers_hash: Value,
    figures: Figures,
    #[serde(default)]
    channels: BTreeMap<String, Figures>,
    #[serde(default)]
    guarantees: Vec<SeedGuarantee>,
    #[serde(default)]
    causes: Option<Causes>,
}

#[derive(Deserialize)]
struct SeedGuarantee {
    name: String,
    verdict: Verdict,
}

/// Runs by seed and contender, as a side has them.
type Runs = BTreeMap<(u64, String), SideRun>;

/// The runs that `seeds.jsonl` holds.
fn rows(path: &Path) -> Result<Runs, SideError> {
    let mut runs = Runs::new();
    for (number, line) in text(path)?.lines().enumerate() {
        let place = |why: String| wrong(path, format!("line {}: {why}", number + 1));
        let line: SeedLine =
            serde_json::from_str(line).map_err(|error| place(error.to_string()))?;
        let hash = |value: Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        let key = (line.seed, line.contender);
        let verdicts = line.guarantees.into_iter().map(|it| (it.name, it.verdict));
        let run = SideRun {
            figures: line.figures,
            channels: line.channels,
            guarantees: verdicts.collect(),
            causes: line.causes,
            trace_hash: hash(line.trace_hash),
            buyers_hash: hash(line.buyers_hash),
        };
        if runs.insert(key.clone(), run).is_some() {
            return Err(place(format!("{} on seed {} is there twice", key.1, key.0)));
        }
    }
    match runs.is_empty() {
        true => Err(wrong(path, "there is no run in it")),
        false => Ok(runs),
    }
}

/// Whether every contender has its run on each of these seeds, and no other has one. What is missing here may be what has become
/// worse.
fn are_whole(runs: &Runs, seeds: &SeedSet, contenders: &[ContenderFrame]) -> Result<(), String> {
    for place in 0..seeds.len() {
        let seed = seeds.at(place).unwrap_or_default();
        for ContenderFrame { name, .. } in contenders {
            if !runs.contains_key(&(seed, name.clone())) {
                return Err(format!(
                    "the row of {name} on seed {seed} is missing: replications.json beside it has seeds {seeds}"
                ));
            }
        }
    }
    let expected = usize::try_from(seeds.len()).ok();
    match expected.and_then(|it| it.checked_mul(contenders.len())) == Some(runs.len()) {
        true => Ok(()),
        false => Err(format!(
            "it has rows of other contenders or seeds than replications.json beside it, which has seeds {seeds}"
        )),
    }
}

/// Many seeds that have just been played into `directory`, whose other files need not be there yet.
///
/// # Errors
/// When their rows cannot be read.
pub fn played_side(
    directory: &Path,
    scenario: &str,
    currency: &str,
    setting: Setting,
) -> Result<Side, SideError> {
    Ok(Side {
        name: "this run".to_string(),
        scenario: scenario.to_string(),
        setting: Some(setting),
        currency: currency.to_string(),
        real_time: false,
        thresholds: Vec::new(),
        runs: rows(&directory.join("seeds.jsonl"))?,
    })
}

fn of_replications(directory: &Path) -> Result<Side, SideError> {
    let document = SeedsFiles::read(directory)?.document;
    let path = directory.join("seeds.jsonl");
    let runs = rows(&path)?;
    let seeds = SeedSet::parse(&document.frame.seeds)
        .map_err(|why| wrong(&directory.join("replications.json"), why))?;
    are_whole(&runs, &seeds, &document.frame.contenders).map_err(|why| wrong(&path, why))?;
    let scenario = directory.join("scenario.toml");
    let named = Scenario::load(&scenario.display().to_string()).ok();
    let (name, currency) = named.map_or_else(Default::default, |it| {
        (it.scenario.name, it.scenario.currency)
    });
    Ok(Side {
        name: String::new(),
        scenario: name,
        setting: setting_of(directory)?,
        currency,
        real_time: false,
        thresholds: Vec::new(),
        runs,
    })
}

/// The baselines that a directory holds, by name.
pub fn baselines_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let files = entries
        .map(|it| it.path())
        .filter(|it| it.extension().is_some_and(|it| it == "json"));
    let mut names: Vec<String> = files
        .filter_map(|it| Some(it.file_stem()?.to_str()?.to_string()))
        .collect();
    names.sort();
    names
}
