//! `--seeds`, `--until-half-width` and `--shard`: the main job on many seeds.

use std::path::{Path, PathBuf};

use clap::Args;

use super::baseline_options::{Baselines, Planned};
use super::progress::SeedsBar;
use super::simulate::{Format, RunArguments};
use super::{Exit, Failure, Streams, interruption, put};
use crate::engine::config::Strategy;
use crate::experiment::compare::Side;
use crate::experiment::replications::{
    self, DEFAULT_FIGURES, Replications, ReplicationsDocument, SeedRow, SeedSet,
};
use crate::experiment::shard::Shard;
use crate::experiment::thresholds::{FigurePath, Threshold, ThresholdError, of_percent};
use crate::experiment::{Cancellation, Contender, Experiment, shell_word};
use crate::report::replications::{self as report, Part, RowsFile, Timing};
use crate::report::{Layout, RunDirectory, comparison_table, run_directory};
use crate::scenario::error::suggestion;
use crate::scenario::text::{printable, shown};
use crate::world::OrderSource;

/// Most seeds of `--until-half-width` when nothing is said.
const MOST_SEEDS: u64 = 1_000;

/// The first seed when nothing is said.
pub(super) const FIRST_SEED: u64 = 1;

/// Most runs at once that can be asked for.
const MOST_THREADS: usize = 1_024;

/// Many seeds (docs/replications.md).
#[derive(Debug, Args)]
#[command(next_help_heading = "Many seeds (docs/replications.md)")]
pub struct ManySeedsArguments {
    /// Play many seeds on all cores and print means with 95 % intervals: how many, from --seed on, or which ones, like
    /// 100..200 or 3,7,9.
    #[arg(long, value_name = "N|LIST")]
    seeds: Option<String>,
    /// Play seeds until half the width of the 95 % interval is at most this part of the mean; --seeds is then the most
    /// (1,000 when left out).
    #[arg(long, value_name = "SHARE", value_parser = share)]
    until_half_width: Option<f64>,
    /// The figures for which that has to be reached, of every contender; oversold_units and net_undersell_units when left out.
    #[arg(
        long,
        value_name = "FIGURE,FIGURE",
        value_delimiter = ',',
        requires = "until_half_width"
    )]
    half_width_of: Vec<String>,
    #[command(flatten)]
    shard: ShardArguments,
    /// Runs at once; as many as there are cores when left out. It changes no result.
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<usize>,
    /// Keep for every seed why units were oversold.
    #[arg(long)]
    causes: bool,
}

/// A part of what is to be done.
#[derive(Debug, Args)]
pub struct ShardArguments {
    /// Do only this part, like 3/20 for the third of twenty; `env` reads it from Slurm, Kubernetes or a CI server, `env/20`
    /// where that does not say how many there are. `simulate merge` puts the parts together.
    #[arg(long, value_name = "K/N|env")]
    shard: Option<String>,
}

impl ShardArguments {
    /// The part that is meant.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(&self) -> Result<Option<Shard>, Failure> {
        let variable = |name: &str| std::env::var(name).ok();
        let read = self
            .shard
            .as_deref()
            .map(|text| Shard::parse(text, variable));
        read.transpose().map_err(|error| {
            Failure::usage(
                format!("--shard: {error}"),
                "docs/replications.md names the variables that are read",
            )
        })
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = part(text);
    share.ok_or_else(|| "it is a part of the mean between 0 and 1, like 5% or 0.05".to_string())
}

/// Reads a part of a whole, in percent or not; nothing where it is none, or all of it.
pub(super) fn part(text: &str) -> Option<f64> {
    let text = text.trim();
    let share = match text.strip_suffix('%') {
        Some(number) => number.trim().parse().ok().map(of_percent),
        None => text.parse().ok(),
    };
    share.filter(|it: &f64| *it > 0.0 && *it < 1.0)
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    let number = text.trim().parse().ok();
    let number = number.filter(|it| (1..=MOST_THREADS).contains(it));
    number.ok_or_else(|| format!("it is a whole number from 1 to {MOST_THREADS}"))
}

/// Reads how many seeds, from `first` on, or which.
///
/// # Errors
/// When there are none, or too many, or it is no such text, or says which though the first one is given too.
pub(super) fn seed_set(option: &str, text: &str, first: Option<u64>) -> Result<SeedSet, Failure> {
    let read = match text.trim().parse::<u64>() {
        Ok(0) => {
            return Err(Failure::said(
                Exit::NothingSelected,
                "no seed is to be played",
            ));
        }
        Ok(count) => SeedSet::starting_at(first.unwrap_or(FIRST_SEED), count),
        Err(_) => match (SeedSet::parse(text), first) {
            (Ok(_), Some(first)) => {
                return Err(Failure::usage(
                    format!(
                        "--seed {first} is the first of so many seeds, and {option} {text} says which ones"
                    ),
                    "leave one of the two out",
                ));
            }
            (read, _) => read,
        },
    };
    read.map_err(|error| {
        Failure::usage(
            format!("{option}: {error}"),
            "write how many, like 20, or which ones, like 100..200 or 3,7,9",
        )
    })
}

impl ManySeedsArguments {
    /// Whether many seeds are to be played.
    pub fn is_wanted(&self) -> bool {
        self.seeds.is_some() || self.until_half_width.is_some()
    }

    /// Whether options are given that mean something with many seeds alone.
    ///
    /// # Errors
    /// The option.
    pub fn refuse_alone(&self) -> Result<(), Failure> {
        if self.causes {
            return Err(Failure::usage(
                "--causes is for many seeds; one seed has its causes in its report",
                "say how many with --seeds, or leave --causes out",
            ));
        }
        match (self.shard.shard.is_some(), self.threads.is_some()) {
            (true, _) => Err(Failure::usage(
                "--shard is a part of many seeds, and one is to be played",
                "say how many all shards have together with --seeds",
            )),
            // One seed uses as many threads as it has contenders.
            (_, true) => Err(Failure::usage(
                "--threads is for many seeds, and one is to be played",
                "say how many with --seeds, or leave --threads out",
            )),
            _ => Ok(()),
        }
    }

    /// What is to be played.
    fn replications<'a>(
        &self,
        experiment: &'a Experiment,
        first: Option<u64>,
        thresholds: Vec<Threshold>,
    ) -> Result<Replications<'a>, Failure> {
        let seeds = match &self.seeds {
            Some(text) => seed_set("--seeds", text, first)?,
            None => seed_set("--seeds", &MOST_SEEDS.to_string(), first)?,
        };
        let shard = self.shard.read()?;
        if shard.is_some() && self.until_half_width.is_some() {
            return Err(Failure::usage(
                "a shard does not see the others' seeds, so that it cannot tell when there are enough",
                "give --seeds without --until-half-width",
            ));
        }
        let figures: Vec<String> = match self.half_width_of.is_empty() {
            true => DEFAULT_FIGURES.map(str::to_string).to_vec(),
            false => figures(&self.half_width_of)?,
        };
        Ok(Replications {
            shard,
            until: self.until_half_width.map(|share| (share, figures)),
            thresholds,
            threads: self.threads.unwrap_or_else(replications::all_cores),
            ..Replications::new(experiment, seeds)
        })
    }
}

/// The paths of figures by the names that thresholds know too, each once.
fn figures(named: &[String]) -> Result<Vec<String>, Failure> {
    let known = replications::paths();
    let mut figures = Vec::new();
    for name in named {
        let name = name.trim();
        let parsed = match FigurePath::parse(name) {
            Ok(parsed) => parsed,
            Err(ThresholdError { message, help, .. }) => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let help = help.unwrap_or_else(|| suggestion(name, &known));
                return Err(Failure::usage(format!("--half-width-of: {message}"), help));
            }
        };
        if parsed.channel.is_some() || parsed.contender.is_some() {
            return Err(Failure::usage(
                format!("--half-width-of: `{}` has labels", shown(name)),
                "leave them out: the width is asked of every contender, over all channels",
            ));
        }
        let path = parsed.name();
        if !known.contains(&path) {
            return Err(Failure::usage(
                format!(
                    "--half-width-of: seeds have no interval of `{}`",
                    shown(name)
                ),
                "ask for a figure that stands in the runs themselves, like oversold_rate, not for a part that thresholds work out",
            ));
        }
        if !figures.contains(&path) {
            figures.push(path);
        }
    }
    Ok(figures)
}

/// Where many seeds are written when nothing else is said.
pub(super) fn default_place(scenario: &str, seeds: u64, shard: Option<Shard>) -> PathBuf {
    let part = match shard {
        Some(shard) => format!("-shard-{}-of-{}", shard.index, shard.count),
        None => String::new(),
    };
    run_directory::default_path(scenario, format!("{seeds}-seeds{part}"))
}

/// Plays the seeds, writes their directory, prints means.
pub fn run(
    arguments: &RunArguments,
    experiment: Experiment,
    thresholds: Vec<Threshold>,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let many = &arguments.many_seeds;
    let experiment = Experiment {
        causes: many.causes,
        ..experiment
    };
    let replications = many.replications(&experiment, arguments.seed, thresholds)?;
    let shard = replications.shard;
    if shard.is_some() {
        arguments.baselines.refuse(
            "a shard is compared with nothing before all are there",
            "give --baseline and --save-baseline to `merge`",
        )?;
        if arguments.format == Format::Csv {
            return Err(Failure::usage(
                "--format csv: a shard has no figures before all are there",
                "give it to `merge`",
            ));
        }
    }
    let expanded = experiment.scenario.expanded();
    let fixed = replications.until.is_none();
    let baselines = arguments.baselines.prepare(&Planned {
        scenario: &experiment.scenario.name,
        currency: &experiment.scenario.currency,
        expanded: &expanded,
        contenders: experiment.contenders.iter().map(Contender::name).collect(),
        seeds: fixed.then(|| replications.seeds.clone()),
    })?;
    let name = &experiment.scenario.name;
    let wanted = arguments
        .out
        .clone()
        .unwrap_or_else(|| default_place(name, replications.seeds.len(), shard));
    let unexpected = |error: &dyn std::fmt::Display| Failure::unexpected(error);
    let directory = RunDirectory::claim(&wanted).map_err(|error| unexpected(&error))?;
    let mut file = RowsFile::create(&directory).map_err(|error| unexpected(&error))?;
    let cancellation = Cancellation::default();
    interruption::cancels(&cancellation).map_err(|error| unexpected(&error))?;
    let bar = SeedsBar::new(streams.watched);
    let mut keep_rows = |rows: &[SeedRow]| rows.iter().try_for_each(|row| file.keep(&row.line()));
    let played = replications.run(
        &mut keep_rows,
        &|progress| bar.show(progress),
        &cancellation,
    );
    bar.clear();
    let played = match played {
        Ok(played) => played,
        Err(error) => {
            file.discard();
            directory.release();
            return Err(Failure::from(error));
        }
    };
    let mut document = replications.document(&played);
    let orders = experiment.orders.as_ref().map(OrderSource::arguments);
    let timing = Timing {
        wall_s: played.wall_s,
        threads: replications.threads,
        seeds: played.summary.seeds(),
    };
    file.complete().map_err(|error| unexpected(&error))?;
    let side = compare(&mut document, baselines.as_ref(), &directory)?;
    report::write(
        &directory,
        &document,
        &played.histograms,
        &expanded,
        orders,
        shard.map(|shard| Part {
            shard,
            no_report: arguments.no_report,
        }),
        timing,
    )
    .map_err(|error| unexpected(&error))?;
    tell_place(directory.path(), &wanted, streams);
    let Some(shard) = shard else {
        let page = match arguments.no_report {
            true => None,
            false => Some(report::write_page(&directory).map_err(|error| unexpected(&error))?),
        };
        let exit = show(
            &mut document,
            &directory,
            page,
            (arguments.format, arguments.wide),
            streams,
        )?;
        keep(&document, side, baselines.as_ref(), streams)?;
        return Ok(exit);
    };
    let place = directory.path().display().to_string();
    let text = match arguments.format {
        Format::Json => {
            let echoed = serde_json::json!({
                "shard": shard,
                "seeds": document.runs,
                "of_seeds": replications.seeds.len(),
                "run_directory": place,
            });
            format!("{echoed:#}\n")
        }
        Format::Table | Format::Csv => format!(
            "shard {shard}: {} of {} seeds played; nothing is judged before `{} merge` has all of them\nwritten to {}\n",
            document.runs,
            replications.seeds.len(),
            streams.program,
            printable(&place)
        ),
    };
    put(streams, &text)?;
    Ok(Exit::Pass)
}

/// Compares the seeds that were played with their baseline, if there is one; the rows are read again only where somebody
/// wants them.
pub(super) fn compare(
    document: &mut ReplicationsDocument,
    baselines: Option<&Baselines>,
    directory: &RunDirectory,
) -> Result<Option<Side>, Failure> {
    let Some(baselines) = baselines else {
        return Ok(None);
    };
    let side = baselines.played(directory.path())?;
    document.comparison = baselines.compared_side(&side)?;
    Ok(Some(side))
}

/// Keeps the seeds as a baseline, if that was asked for.
pub(super) fn keep(
    document: &ReplicationsDocument,
    side: Option<Side>,
    baselines: Option<&Baselines>,
    streams: &mut Streams,
) -> Result<(), Failure> {
    match baselines.zip(side) {
        Some((baselines, side)) => baselines.keep_side(&side, &document.frame.seeds, streams),
        None => Ok(()),
    }
}

/// Says so when another place was taken than the one that was meant.
pub(super) fn tell_place(place: &Path, wanted: &Path, streams: &mut Streams) {
    if place != wanted {
        streams.tell(&format!(
            "note: {} holds something already, so this run is in {}",
            wanted.display(),
            place.display()
        ));
    }
}

/// Prints what many seeds come to, and judges them.
pub(super) fn show(
    document: &mut ReplicationsDocument,
    directory: &RunDirectory,
    page: Option<PathBuf>,
    (format, wide): (Format, bool),
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let place = directory.path().display().to_string();
    let text = match format {
        Format::Json => {
            document.run_directory = Some(place);
            document.to_json()
        }
        Format::Csv => report::csv(document),
        Format::Table => {
            let layout: Layout = match wide {
                true => streams.layout.unbounded(),
                false => streams.layout,
            };
            let mut text = report::table(document, layout);
            if let Some(comparison) = &document.comparison {
                text.push('\n');
                text.push_str(&comparison_table(std::slice::from_ref(comparison), layout));
                text.push('\n');
            }
            text.push_str(&format!("written to {}\n", printable(&place)));
            if let Some(page) = page {
                let page = page.display().to_string();
                text.push_str(&format!("open {}\n", printable(&shell_word(&page))));
            }
            text
        }
    };
    put(streams, &text)?;
    Ok(judged(document, streams))
}

/// The exit code: of several reasons the one that leaves least to be believed.
fn judged(document: &ReplicationsDocument, streams: &mut Streams) -> Exit {
    let mut exit = Exit::Pass;
    let compared = document.comparison.as_ref();
    if compared.is_some_and(|it| it.change.fails()) {
        exit = Exit::Regressed;
    }
    if document.broken_promises().next().is_some() || document.fails_a_threshold() {
        exit = Exit::GuaranteeFailed;
    }
    let built_in = Strategy::ALL.map(Strategy::name);
    for summary in &document.summaries {
        let name = summary.contender.as_str();
        if summary.runs_without_calls > 0 && !built_in.contains(&name) {
            streams.tell(&format!(
                "{name}: the engine failed: in {} of {} runs it made no call at all, so that figures are those of shops left \
                 alone",
                summary.runs_without_calls, document.runs
            ));
            exit = Exit::EngineFailed;
        }
    }
    exit
}

#[cfg(test)]
mod tests;
