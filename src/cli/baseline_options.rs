//! `--baseline` and `--save-baseline` of the main job.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, Streams};
use crate::experiment::compare::{Comparison, Refusal, Setting, Side, SideRun, compare};
use crate::experiment::replications::SeedSet;
use crate::report::baseline::{self, Baseline};
use crate::report::seeds_baseline::{MOST_SEEDS, SeedsBaseline};
use crate::report::sides::{baselines_in, played_side, read_side};
use crate::report::{Document, run_directory};
use crate::scenario::Diagnostic;
use crate::scenario::error::suggestion;

/// Characters of the longest name.
const LONGEST_NAME: usize = 100;

/// Most differences that are told.
const MOST_DIFFERENCES: usize = 20;

/// Comparisons with earlier runs (docs/ci.md).
#[derive(Debug, Args)]
#[command(next_help_heading = "Baselines (docs/ci.md)")]
pub struct BaselineOptions {
    /// Compare with a baseline that was saved under this name, or with a file or run directory. What is worse ends the command
    /// with 98, and so does what is better in one thing and worse in another.
    #[arg(long, value_name = "NAME|PATH")]
    baseline: Option<String>,
    /// Keep the figures under this name, over what is there, for later comparisons.
    #[arg(long, value_name = "NAME")]
    save_baseline: Option<String>,
    /// Where baselines are kept.
    #[arg(long, value_name = "DIR", default_value = "reports/baselines/own")]
    baseline_dir: PathBuf,
    /// Compare although scenario or seed are not those of the baseline.
    #[arg(long, requires = "baseline")]
    force: bool,
}

/// The runs that are to be compared or kept.
pub struct Planned<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// ISO 4217 code of all money.
    pub currency: &'a str,
    /// The scenario with every value written out.
    pub expanded: &'a str,
    /// Who runs.
    pub contenders: Vec<&'a str>,
    /// The seeds; `None` where only the runs say how many are enough.
    pub seeds: Option<SeedSet>,
}

/// What is to be done after the run.
pub struct Baselines {
    before: Option<Side>,
    force: bool,
    save: Option<PathBuf>,
    setting: Setting,
    scenario: String,
    currency: String,
    expanded: String,
}

impl BaselineOptions {
    fn is_wanted(&self) -> bool {
        self.baseline.is_some() || self.save_baseline.is_some()
    }

    /// Refuses both options where there is nothing to be compared, for a reason and with a way out.
    ///
    /// # Errors
    /// When one of them is given.
    pub fn refuse(&self, reason: &str, way_out: &str) -> Result<(), Failure> {
        match self.is_wanted() {
            true => Err(Failure::usage(reason, way_out)),
            false => Ok(()),
        }
    }

    /// Reads the baseline, and tries whether the runs to come can be compared with it and saved.
    ///
    /// # Errors
    /// When they cannot: nothing may run before.
    pub fn prepare(&self, planned: &Planned<'_>) -> Result<Option<Baselines>, Failure> {
        if !self.is_wanted() {
            return Ok(None);
        }
        let seeds = planned.seeds.as_ref().map_or(0, SeedSet::len);
        if seeds > MOST_SEEDS {
            return Err(Failure::usage(
                format!(
                    "a baseline is of {MOST_SEEDS} seeds at most, and {seeds} are to be played"
                ),
                "keep the run directories, and compare what both say of a part of the seeds",
            ));
        }
        let save = match &self.save_baseline {
            Some(name) => Some(self.file_of("--save-baseline", name)?),
            None => None,
        };
        let setting = Setting::parse(planned.expanded).unwrap_or_default();
        let before = match &self.baseline {
            None => None,
            Some(named) => {
                let before = read_side(&self.place_of(named)?).map_err(|error| {
                    Failure::usage(error, "name a saved baseline, its file, or a run directory")
                })?;
                self.try_comparison(planned, &setting, &before)?;
                Some(before)
            }
        };
        if let Some(place) = save.as_deref().and_then(Path::parent) {
            std::fs::create_dir_all(place).map_err(|error| {
                let place = place.display();
                Failure::unwritable(
                    format!("baselines cannot be kept in {place}: {error}"),
                    "name another place with --baseline-dir",
                )
            })?;
        }
        Ok(Some(Baselines {
            before,
            force: self.force,
            save,
            setting,
            scenario: planned.scenario.to_string(),
            currency: planned.currency.to_string(),
            expanded: planned.expanded.to_string(),
        }))
    }

    /// Compares what is known of the runs to come.
    fn try_comparison(
        &self,
        planned: &Planned<'_>,
        setting: &Setting,
        before: &Side,
    ) -> Result<(), Failure> {
        let seeds = match &planned.seeds {
            Some(seeds) => (0..seeds.len())
                .filter_map(|place| seeds.at(place))
                .collect(),
            None if self.force => before.seeds(),
            None => {
                return Err(Failure::usage(
                    "how many seeds are enough is not known before, and those of the baseline are to be the same",
                    "say which with --seeds alone, or --force to compare the seeds that both have",
                ));
            }
        };
        let runs = seeds.iter().flat_map(|seed| {
            let named = planned.contenders.iter();
            named.map(|name| ((*seed, name.to_string()), SideRun::default()))
        });
        let side = Side {
            name: "this run".to_string(),
            scenario: planned.scenario.to_string(),
            setting: Some(setting.clone()),
            runs: runs.collect(),
            ..Side::default()
        };
        let tried = compare(before, &side, self.force);
        tried.map_err(|error| refused(before, &side, error))?;
        Ok(())
    }

    fn file_of(&self, option: &str, name: &str) -> Result<PathBuf, Failure> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if name.is_empty()
            || name.len() > LONGEST_NAME
            || name.starts_with('.')
            || !name.chars().all(plain)
        {
            return Err(Failure::usage(
                format!("{option}: `{name}` is no name of a baseline"),
                format!("up to {LONGEST_NAME} letters, digits, `-`, `_` and `.`, the first no dot"),
            ));
        }
        Ok(baseline::path(&self.baseline_dir, name))
    }

    /// Where a baseline is that was named, or given as a path.
    fn place_of(&self, named: &str) -> Result<PathBuf, Failure> {
        let path = Path::new(named);
        if named.contains(['/', '\\']) || path.extension().is_some_and(|it| it == "json") {
            return Ok(path.to_path_buf());
        }
        let file = self.file_of("--baseline", named)?;
        if file.is_file() {
            return Ok(file);
        }
        if path.is_dir() {
            return Ok(path.to_path_buf());
        }
        let known = baselines_in(&self.baseline_dir);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let help = match known.is_empty() {
            true => format!(
                "none is kept in {}; --save-baseline {named} keeps one",
                self.baseline_dir.display()
            ),
            false => suggestion(named, &known),
        };
        Err(Failure::usage(
            format!("there is no baseline `{named}`"),
            help,
        ))
    }
}

impl Baselines {
    /// What the run says beside its baseline.
    ///
    /// # Errors
    /// When they turn out not to be about the same after all.
    pub fn compared(&self, document: &Document) -> Result<Option<Comparison>, Failure> {
        let after = Side::of_document(document, Some(self.setting.clone()));
        self.compared_side(&after)
    }

    /// The same of many seeds, which [`Baselines::played`] reads.
    ///
    /// # Errors
    /// When they turn out not to be about the same after all.
    pub fn compared_side(&self, after: &Side) -> Result<Option<Comparison>, Failure> {
        let Some(before) = &self.before else {
            return Ok(None);
        };
        let compared = compare(before, after, self.force);
        compared
            .map(Some)
            .map_err(|error| refused(before, after, error))
    }

    /// The seeds that were played into a directory.
    ///
    /// # Errors
    /// When their rows cannot be read.
    pub fn played(&self, directory: &Path) -> Result<Side, Failure> {
        let setting = self.setting.clone();
        played_side(directory, &self.scenario, &self.currency, setting)
            .map_err(|error| Failure::unexpected(&error))
    }

    /// Keeps the run, if that was asked for.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, document: &Document, streams: &mut Streams) -> Result<(), Failure> {
        self.write(streams, || {
            Baseline::of_document(document, &self.expanded).to_json()
        })
    }

    /// Keeps many seeds, if that was asked for.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_side(
        &self,
        side: &Side,
        seeds: &str,
        streams: &mut Streams,
    ) -> Result<(), Failure> {
        self.write(streams, || {
            SeedsBaseline::of_side(side, seeds, &self.expanded).to_json()
        })
    }

    fn write(&self, streams: &mut Streams, text: impl Fn() -> String) -> Result<(), Failure> {
        let Some(path) = &self.save else {
            return Ok(());
        };
        let replaced = path.exists();
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| run_directory::write_whole(path, text().as_bytes()))
            .map_err(|error| {
                let message = format!("cannot write {}: {error}", path.display());
                Failure::said(Exit::Unexpected, message)
            })?;
        let what = if replaced {
            "written over"
        } else {
            "written to"
        };
        streams.tell(&format!("baseline {what} {}", path.display()));
        Ok(())
    }
}

/// What is told of two sides that are not compared.
pub fn refused(before: &Side, after: &Side, error: Refusal) -> Failure {
    let Refusal::Different(lines) = &error else {
        return Failure::said(Exit::Usage, &error);
    };
    let mut details: Vec<String> = lines
        .iter()
        .take(MOST_DIFFERENCES)
        .map(|line| format!("  {line}"))
        .collect();
    if lines.len() > MOST_DIFFERENCES {
        details.push(format!("  and {} more", lines.len() - MOST_DIFFERENCES));
    }
    let told = Diagnostic::new(format!(
        "{} and {} are not about the same",
        before.name, after.name
    ));
    Failure {
        details: details.join("\n"),
        ..Failure::new(
            Exit::Usage,
            told.help("--force compares them all the same; below is in what they differ"),
        )
    }
}
