//! `--baseline` and `--save-baseline` of the main job.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, Streams};
use crate::experiment::Contender;
use crate::experiment::compare::{Comparison, Refusal, Setting, Side, SideRun, compare};
use crate::report::baseline::{self, Baseline};
use crate::report::sides::{baselines_in, read_side};
use crate::report::{Document, run_directory};
use crate::scenario::error::suggestion;
use crate::scenario::{Diagnostic, Scenario};

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

/// What is to be done after the run.
pub struct Baselines {
    before: Option<Side>,
    force: bool,
    save: Option<PathBuf>,
    setting: Setting,
    scenario: Scenario,
}

impl BaselineOptions {
    /// Reads the baseline, and tries whether the run to come can be compared with it and saved.
    ///
    /// # Errors
    /// When it cannot: nothing may run before.
    pub fn prepare(
        &self,
        scenario: &Scenario,
        contenders: &[Contender],
        seed: u64,
        real_time: bool,
    ) -> Result<Option<Baselines>, Failure> {
        if self.baseline.is_none() && self.save_baseline.is_none() {
            return Ok(None);
        }
        if real_time {
            return Err(Failure::usage(
                "no run in real time repeats another, so that none can be compared",
                "leave --wire out, or --baseline and --save-baseline; thresholds can be asked of both kinds of time",
            ));
        }
        let save = match &self.save_baseline {
            Some(name) => Some(self.file_of("--save-baseline", name)?),
            None => None,
        };
        let setting = Setting::of(scenario);
        let before = match &self.baseline {
            None => None,
            Some(named) => {
                let before = read_side(&self.place_of(named)?).map_err(|error| {
                    Failure::usage(error, "name a saved baseline, its file, or a run directory")
                })?;
                let runs = contenders
                    .iter()
                    .map(|it| ((seed, it.name().to_string()), SideRun::default()));
                let planned = Side {
                    name: "this run".to_string(),
                    scenario: scenario.name.clone(),
                    setting: Some(setting.clone()),
                    runs: runs.collect(),
                    ..Side::default()
                };
                compare(&before, &planned, self.force)
                    .map_err(|error| refused(&before, &planned, error))?;
                Some(before)
            }
        };
        Ok(Some(Baselines {
            before,
            force: self.force,
            save,
            setting,
            scenario: scenario.clone(),
        }))
    }

    /// Many seeds are compared afterwards.
    ///
    /// # Errors
    /// When a baseline is named beside them.
    pub fn refuse_many_seeds(&self) -> Result<(), Failure> {
        if self.baseline.is_none() && self.save_baseline.is_none() {
            return Ok(());
        }
        Err(Failure::usage(
            "--baseline and --save-baseline are about one seed",
            "keep the run directory of many seeds, and hand both to `simulate compare`",
        ))
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
        let Some(before) = &self.before else {
            return Ok(None);
        };
        let after = Side::of_document(document, Some(self.setting.clone()));
        let compared = compare(before, &after, self.force);
        compared
            .map(Some)
            .map_err(|error| refused(before, &after, error))
    }

    /// Keeps the run, if that was asked for.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, document: &Document, streams: &mut Streams) -> Result<(), Failure> {
        let Some(path) = &self.save else {
            return Ok(());
        };
        let kept = Baseline::of_document(document, &self.scenario.expanded());
        let replaced = path.exists();
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| run_directory::write_whole(path, kept.to_json().as_bytes()))
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
