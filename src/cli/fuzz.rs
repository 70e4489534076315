//! `simulate fuzz`: looks for failures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use channel_mocks::core::Micros;
use clap::{Args, ValueEnum};

use super::engine_arguments::EngineArguments;
use super::many_seeds::ShardArguments;
use super::progress::FuzzBar;
use super::{Exit, Failure, Streams, interruption, old_names, put, seed, variants};
use crate::engine::config::Strategy;
use crate::experiment::fuzz::assumption;
use crate::experiment::fuzz::{Budget, Ended, FailureKind, FoundFailure, Fuzz, Fuzzed};
use crate::experiment::shrink::file::Header;
use crate::experiment::{Cancellation, Contender, Experiment};
use crate::measure::Judge;
use crate::measure::assumptions::Hypothesis;
use crate::report::fuzz::{FailureFiles, FuzzDocument, failure_name};
use crate::report::run_directory;
use crate::scenario::error::suggestion;
use crate::scenario::{Diagnostic, Scenario};

/// Seeds that are played when nothing is said.
const SEEDS: u64 = 1_000;

/// Failures of one name and seed that are kept beside each other.
const MOST_NAMES: u32 = 1_000;

/// What to look for, where, and for how long.
#[derive(Debug, Args)]
pub struct FuzzArguments {
    /// A scenario over which every seed lays its faults and networks; a shop of each seed's own when left out.
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// How many seeds to play, in all shards together; 1,000 when neither this nor --for is given.
    #[arg(long, value_name = "N", conflicts_with = "time")]
    seeds: Option<u64>,
    /// Play seeds for so long instead.
    #[arg(long = "for", id = "time", value_name = "TIME", value_parser = Micros::parse)]
    time: Option<Micros>,
    /// The first seed; the others follow it.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed)]
    first_seed: u64,
    #[command(flatten)]
    shard: ShardArguments,
    /// The strategy whose failures are looked for, perhaps with settings of its own (`escrow:budget=0.1%`); `escrow` when
    /// neither this nor --engine-command is given.
    #[arg(long, value_name = "NAME")]
    contender: Option<String>,
    /// Go on after a failure.
    #[arg(long)]
    keep_going: bool,
    /// Break this assumption of docs/theory.md A5, H1 to H8; all others are kept.
    #[arg(long = "break", value_name = "H", value_parser = hypothesis)]
    broken: Option<Hypothesis>,
    /// Guarantees whose violation counts, separated by commas; what the contender promises when left out, or no_oversell if
    /// it promises nothing (docs/fuzzing.md).
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    fails_on: Vec<String>,
    /// Most runs for making a failure small; 0 leaves it as it was drawn.
    #[arg(long, value_name = "N")]
    shrink_runs: Option<u32>,
    /// Where the scenarios of failures are written.
    #[arg(long, value_name = "DIR", default_value = "reports/out/fuzz")]
    out: PathBuf,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    engines: EngineArguments,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For machines (docs/fuzzing.md).
    Json,
}

fn hypothesis(text: &str) -> Result<Hypothesis, String> {
    assumption::parse(text).ok_or_else(|| "it is one of H1 to H8".to_string())
}

/// Looks for failures, makes them small, writes them down and prints what was found.
pub fn fuzz(arguments: &FuzzArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    old_names::notice(&arguments.contender, None, streams);
    let fuzz = arguments.search()?;
    let place = Place::tried(&arguments.out)?;
    let cancellation = Cancellation::default();
    interruption::cancels(&cancellation).map_err(|error| Failure::unexpected(&error))?;
    let bar = FuzzBar::new(streams.watched, arguments.most_seeds());
    let found = fuzz.run_watched(&|progress| bar.show(&progress), &cancellation);
    bar.clear();
    let found = found?;
    let files = found
        .failures
        .iter()
        .map(|failure| arguments.write(&fuzz, failure))
        .collect::<Result<Vec<_>, _>>()?;
    place.release();
    let document = FuzzDocument::new(&fuzz, &found, &files);
    let text = match arguments.format {
        Format::Table => document.table(streams.layout),
        Format::Json => document.to_json(),
    };
    put(streams, &text)?;
    let is_cut_short = arguments.most_seeds().is_none_or(|most| found.seeds < most);
    // In a pipe there is nothing but the result.
    if found.ended == Ended::Failed && is_cut_short && streams.watched {
        streams.tell(
            "the search stopped at its first failure; --keep-going plays the other seeds too",
        );
    }
    Ok(exit_of(&found))
}

/// Of several failures the one that leaves least to be believed.
fn exit_of(found: &Fuzzed) -> Exit {
    let any = |kind: fn(&FailureKind) -> bool| {
        let mut kinds = found.failures.iter().map(|it| &it.failure.kind);
        kinds.any(kind)
    };
    if any(|kind| *kind == FailureKind::HarnessWrong) {
        Exit::HarnessWrong
    } else if any(|kind| *kind == FailureKind::EngineFailed) {
        Exit::EngineFailed
    } else if found.failed > 0 {
        Exit::GuaranteeFailed
    } else if found.ended == Ended::Interrupted {
        Exit::Interrupted
    } else {
        Exit::Pass
    }
}

impl FuzzArguments {
    fn most_seeds(&self) -> Option<u64> {
        match self.time {
            Some(_) => None,
            None => Some(self.seeds.unwrap_or(SEEDS)),
        }
    }

    fn search(&self) -> Result<Fuzz, Failure> {
        let budget = match (self.most_seeds(), self.time) {
            (_, Some(time)) => Budget::Time(Duration::from_micros(time.0)),
            (seeds, None) => Budget::Seeds(seeds.unwrap_or(SEEDS)),
        };
        if let Budget::Seeds(count) = budget
            && self
                .first_seed
                .checked_add(count.saturating_sub(1))
                .is_none()
        {
            return Err(Failure::usage(
                format!("there are no {count} seeds from {} on", self.first_seed),
                format!("seeds go up to {}", u64::MAX),
            ));
        }
        if budget == Budget::Seeds(0) || budget == Budget::Time(Duration::ZERO) {
            return Err(Failure::said(
                Exit::NothingSelected,
                "no seed is to be played",
            ));
        }
        let base = match &self.scenario {
            Some(name) => {
                let loaded = Scenario::load(name);
                Some(
                    loaded
                        .map_err(|error| Failure::new(Exit::Usage, error))?
                        .scenario,
                )
            }
            None => None,
        };
        let mut fuzz = Fuzz {
            budget,
            first_seed: self.first_seed,
            shard: self.shard.read()?,
            keep_going: self.keep_going,
            fails_on: self.guarantees()?,
            ..Fuzz::new(self.chosen()?)
        };
        if let Some(runs) = self.shrink_runs {
            fuzz.shrink_runs = runs;
        }
        fuzz.swarm.base = base;
        fuzz.swarm.broken = self.broken;
        fuzz.check()
            .map_err(|error| Failure::said(Exit::Usage, error))?;
        Ok(fuzz)
    }

    fn chosen(&self) -> Result<Contender, Failure> {
        let mut own = self.engines.commands()?;
        match (&self.contender, own.pop()) {
            (None, None) => Ok(Strategy::Escrow.into()),
            (None, Some(engine)) if own.is_empty() => Ok(engine),
            (_, Some(_)) => Err(Failure::usage(
                "a search has one contender",
                "give one --contender or one --engine-command",
            )),
            (Some(name), None) => {
                // Settings are checked on top of the scenario that is played, or of one that leaves all of them out.
                let base = self.scenario.as_deref().unwrap_or("evening");
                let loaded = Scenario::load(base)
                    .map_err(|error| Failure::new(Exit::Usage, Diagnostic::from(error)))?;
                let named = [name.trim().to_string()];
                let found = variants::contenders(Some(&named), &loaded.scenario, base)?.pop();
                found.ok_or_else(|| {
                    let names = Strategy::ALL.map(Strategy::name);
                    Failure::usage("no strategy is named", suggestion(name, &names))
                })
            }
        }
    }

    fn guarantees(&self) -> Result<Vec<String>, Failure> {
        let known = Judge::guarantee_names();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let wanted = self
            .fails_on
            .iter()
            .map(|name| name.trim().replace('-', "_"));
        let wanted: Vec<String> = wanted.filter(|name| !name.is_empty()).collect();
        match wanted.iter().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(Failure::usage(
                format!("there is no guarantee `{unknown}`"),
                suggestion(unknown, &known),
            )),
            None => Ok(wanted),
        }
    }

    /// Writes a failure's scenarios down, under a name that takes no other failure's place.
    fn write(&self, fuzz: &Fuzz, found: &FoundFailure) -> Result<FailureFiles, Failure> {
        let contender = fuzz.contender.name();
        let header = Header {
            contender: contender.to_string(),
            seed: found.seed,
            failure: found.failure.kind.to_string(),
            is_mended: false,
        };
        let file = |path: String, scenario: &Scenario, failure| {
            let again = again(fuzz, found.seed, &path, scenario);
            let text = header.file(scenario, failure, &again);
            FailureFile { path, again, text }
        };
        let numbered = |number| {
            let name = failure_name(&self.out, contender, found.seed, number);
            let drawn = file(format!("{name}.toml"), &found.scenario, &found.failure);
            let small = found.shrunk.as_ref().map(|shrunk| {
                let path = format!("{name}-small.toml");
                file(path, &shrunk.scenario, &shrunk.failure)
            });
            (drawn, small)
        };
        let cannot = |path: &str, error: &dyn std::fmt::Display| {
            let (seed, kind) = (found.seed, &found.failure.kind);
            let message =
                format!("cannot write {path}: {error}; what it was about: seed {seed}, {kind}");
            Failure::said(Exit::Unexpected, message)
        };
        let (first, _) = numbered(1);
        std::fs::create_dir_all(&self.out).map_err(|error| cannot(&first.path, &error))?;
        let (drawn, small) = first_free(numbered)
            .ok_or_else(|| cannot(&first.path, &"too many failures of this name already"))?;
        for file in std::iter::once(&drawn).chain(&small) {
            run_directory::write_whole(Path::new(&file.path), file.text.as_bytes())
                .map_err(|error| cannot(&file.path, &error))?;
        }
        Ok(FailureFiles {
            again: small.as_ref().unwrap_or(&drawn).again.clone(),
            drawn: drawn.path,
            small: small.map(|it| it.path),
        })
    }
}

/// Where failures are to be written.
struct Place<'a> {
    path: &'a Path,
    is_new: bool,
}

impl Place<'_> {
    /// Tries before the search whether something can be written there: what is found is not to be lost.
    fn tried(path: &Path) -> Result<Place<'_>, Failure> {
        let is_new = !path.exists();
        std::fs::create_dir_all(path)
            .and_then(|()| {
                let probe = path.join(format!(".{}.part", std::process::id()));
                std::fs::write(&probe, "seed").and_then(|()| std::fs::remove_file(&probe))
            })
            .map_err(|error| {
                let message = format!("--out {} cannot be written to: {error}", path.display());
                Failure::unwritable(message, "name a directory for the scenarios of failures")
            })?;
        Ok(Place { path, is_new })
    }

    /// Leaves nothing there where nothing was written.
    fn release(self) {
        if self.is_new {
            // It goes only where it is empty.
            let _ = std::fs::remove_dir(self.path);
        }
    }
}

/// A scenario of a failure, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FailureFile {
    path: String,
    /// The command that plays it.
    again: String,
    text: String,
}

impl FailureFile {
    /// Whether nothing else stands in its place. The same search finds its own files and writes them again.
    fn is_free(&self) -> bool {
        match std::fs::read(&self.path) {
            Ok(there) => there == self.text.as_bytes(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }
}

/// The scenarios of a failure under the first number under which both are free.
fn first_free(
    numbered: impl Fn(u32) -> (FailureFile, Option<FailureFile>),
) -> Option<(FailureFile, Option<FailureFile>)> {
    let mut all = (1..=MOST_NAMES).map(numbered);
    all.find(|(drawn, small)| drawn.is_free() && small.as_ref().is_none_or(FailureFile::is_free))
}

/// The command that plays a failure's file.
fn again(fuzz: &Fuzz, seed: u64, path: &str, scenario: &Scenario) -> String {
    let experiment = Experiment {
        scenario_name: path.to_string(),
        ..Experiment::new(scenario.clone())
    };
    experiment.rerun_of(&fuzz.contender, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_takes_no_others_place() {
        let place = tempfile::tempdir().unwrap();
        let found = |drawn: &str, small: Option<&str>| {
            let free = first_free(|number| {
                let name = failure_name(place.path(), "mine", 7, number);
                let file = |path: String, text: &str| FailureFile {
                    again: String::new(),
                    text: text.to_string(),
                    path,
                };
                let small = small.map(|text| file(format!("{name}-small.toml"), text));
                (file(format!("{name}.toml"), drawn), small)
            });
            let (drawn, small) = free.unwrap();
            for file in std::iter::once(&drawn).chain(&small) {
                std::fs::write(&file.path, &file.text).unwrap();
            }
            let name = Path::new(&drawn.path).file_stem().unwrap();
            name.to_string_lossy().into_owned()
        };
        assert_eq!(found("units = 5", Some("units = 1")), "mine-seed-7");
        // The same search again, and one that makes nothing small.
        assert_eq!(found("units = 5", Some("units = 1")), "mine-seed-7");
        assert_eq!(found("units = 5", None), "mine-seed-7");
        // Another engine of this name, and one of which the small scenario alone is another.
        assert_eq!(found("units = 9", Some("units = 1")), "mine-seed-7-2");
        assert_eq!(found("units = 5", Some("units = 2")), "mine-seed-7-3");
        let first = std::fs::read_to_string(place.path().join("mine-seed-7-small.toml"));
        assert_eq!(first.unwrap(), "units = 1");
    }
}
