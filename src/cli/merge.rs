//! `simulate merge`: shards put together, and judged once.

use std::path::PathBuf;

use clap::Args;

use super::baseline_options::{BaselineOptions, Planned};
use super::many_seeds::{compare, default_place, keep, show, tell_place};
use super::simulate::Format;
use super::{Exit, Failure, Streams, capacity, cells, sweep};
use crate::experiment::replications::SeedSet;
use crate::experiment::replications::merge::{self, MergeError};
use crate::report::RunDirectory;
use crate::report::replications::{self as report, Manifest, RowsFile, Timing};

/// Shards that are named one by one.
#[derive(Debug, Args)]
pub struct MergeArguments {
    /// The run directories of all shards, in any order.
    #[arg(required = true, value_name = "DIR")]
    shards: Vec<PathBuf>,
    /// Where the whole is written; `reports/out/SCENARIO-N-seeds` when left out.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Print all columns of the table side by side, however wide that is.
    #[arg(long)]
    wide: bool,
    #[command(flatten)]
    baselines: BaselineOptions,
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Failure {
        match &error {
            MergeError::Incomplete(_) => {
                let told = crate::scenario::Diagnostic::new(&error);
                Failure::new(
                    Exit::ShardsMissing,
                    told.help("run the missing shards, and name each directory once"),
                )
            }
            MergeError::Different(_) => Failure::usage(
                &error,
                "name the shards of one experiment, as they were written",
            ),
            MergeError::Unreadable(_) => Failure::usage(&error, "run that shard again"),
        }
    }
}

/// Puts the shards together, writes the whole as if it had never been apart, and prints what it comes to.
pub fn merge(arguments: &MergeArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let out = arguments.out.as_deref();
    if let Some(kind) = arguments.shards.iter().find_map(|it| cells::kind_of(it)) {
        arguments.baselines.refuse(
            "baselines are of seeds, and these are shards of a study",
            "leave --baseline and --save-baseline out",
        )?;
        return match kind.as_str() {
            "capacity" => capacity::merge(&arguments.shards, out, arguments.format, streams),
            _ => sweep::merge(&arguments.shards, out, arguments.format, streams),
        };
    }
    let Whole {
        manifest,
        scenario,
        places,
        has_page,
    } = arguments.complete()?;
    let frame = &manifest.frame;
    let seeds = SeedSet::parse(&frame.seeds).map_err(MergeError::Unreadable)?;
    let baselines = arguments.baselines.prepare(&Planned {
        scenario: &frame.scenario,
        currency: &frame.currency,
        expanded: &scenario,
        contenders: frame.contenders.iter().map(|it| it.name.as_str()).collect(),
        seeds: Some(seeds.clone()),
    })?;
    let unexpected = |error: &dyn std::fmt::Display| Failure::unexpected(error);
    let wanted = arguments
        .out
        .clone()
        .unwrap_or_else(|| default_place(&frame.scenario, seeds.len(), None));
    let shards = places.iter().map(|place| report::read_shard(place, frame));
    let shards: Vec<_> = shards.collect::<Result<_, MergeError>>()?;
    let directory = RunDirectory::claim(&wanted).map_err(|error| unexpected(&error))?;
    let mut rows = RowsFile::create(&directory).map_err(|error| unexpected(&error))?;
    let merged = merge::merge(frame, shards, &mut |line| rows.keep(line));
    let (mut document, histograms) = match merged {
        Ok(merged) => merged,
        Err(error) => {
            rows.discard();
            directory.release();
            return Err(error.into());
        }
    };
    rows.complete().map_err(|error| unexpected(&error))?;
    let side = compare(&mut document, baselines.as_ref(), &directory)?;
    let timings = places.iter().filter_map(|place| report::read_timing(place));
    let timing = timings.fold(Timing::default(), |sum, it| Timing {
        wall_s: sum.wall_s + it.wall_s,
        threads: sum.threads.max(it.threads),
        seeds: sum.seeds + it.seeds,
    });
    report::write(
        &directory,
        &document,
        &histograms,
        &scenario,
        manifest.orders.as_deref(),
        None,
        timing,
    )
    .map_err(|error| unexpected(&error))?;
    tell_place(directory.path(), &wanted, streams);
    let page = has_page.then(|| report::write_page(&directory).map_err(|error| unexpected(&error)));
    let page = page.transpose()?;
    let exit = show(
        &mut document,
        &directory,
        page,
        (arguments.format, arguments.wide),
        streams,
    )?;
    keep(&document, side, baselines.as_ref(), streams)?;
    Ok(exit)
}

/// Shards that make a whole.
struct Whole {
    /// The first one's.
    manifest: Manifest,
    /// The scenario of all.
    scenario: String,
    /// Where they are, in their order.
    places: Vec<PathBuf>,
    /// Whether the whole has a page: not where every shard was told to make none.
    has_page: bool,
}

impl MergeArguments {
    /// What the shards are of, when every one is there once.
    fn complete(&self) -> Result<Whole, Failure> {
        let mut first: Option<(Manifest, String)> = None;
        let mut found = Vec::new();
        let mut has_page = false;
        for place in &self.shards {
            let (manifest, scenario) = report::read_manifest(place)?;
            let shown = place.display().to_string();
            let shard = manifest.shard.ok_or_else(|| {
                MergeError::Different(format!("{shown} is no shard: all seeds are in it"))
            })?;
            has_page |= !manifest.no_report;
            match &first {
                None => first = Some((manifest, scenario)),
                Some((known, text)) => {
                    if let Some(what) = manifest.differs_from(known, scenario != *text) {
                        let message = format!(
                            "{shown} has another {what} than {}",
                            self.shards[0].display()
                        );
                        return Err(MergeError::Different(message).into());
                    }
                }
            }
            found.push((shard, shown, place.clone()));
        }
        let named = found
            .iter()
            .map(|(shard, shown, _)| (*shard, shown.clone()));
        merge::check_complete(&named.collect::<Vec<_>>())?;
        found.sort_by_key(|(shard, _, _)| *shard);
        let places = found.into_iter().map(|(_, _, place)| place).collect();
        let (manifest, scenario) = first.ok_or_else(|| {
            Failure::said(
                Exit::NothingSelected,
                "there is no shard to be put together",
            )
        })?;
        Ok(Whole {
            manifest,
            scenario,
            places,
            has_page,
        })
    }
}
