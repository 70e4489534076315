//! `simulate capacity`: how much an engine carries before thresholds are broken.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::study::StudyArguments;
use super::{Exit, Failure, Streams, interruption, put};
use crate::experiment::Cancellation;
use crate::experiment::capacity::Capacity;
use crate::experiment::vary::{Setting, Vary, applied};
use crate::report::RunDirectory;
use crate::report::capacity::CapacityDocument;
use crate::report::run_directory::{self, write_whole};
use crate::scenario::model::ThresholdLevel;
use crate::scenario::text::printable;

/// What grows, and until when.
#[derive(Debug, Args)]
pub struct CapacityArguments {
    /// The key that grows, a number: `demand.scale` (a factor on all rates of demand), `catalogue.skus`.
    #[arg(long, value_name = "KEY", default_value = "demand.scale", value_parser = Vary::key)]
    vary: String,
    /// What ends the growth: a threshold of the scenario or of --threshold that is not surely kept.
    #[arg(long, value_enum, default_value_t = Until::ThresholdsFail)]
    until: Until,
    /// The first value; it is doubled from there, or halved where it is too much already.
    #[arg(long, value_name = "VALUE", default_value = "1", value_parser = above_zero)]
    from: f64,
    /// The largest value that is tried.
    #[arg(long, value_name = "VALUE", default_value = "1024", value_parser = above_zero)]
    most: f64,
    /// How narrow the bracket has to become, as a part of its lower end.
    #[arg(long, value_name = "SHARE", default_value = "10%", value_parser = super::many_seeds::share)]
    precision: f64,
    #[command(flatten)]
    study: StudyArguments,
    /// Where the result is written; `reports/out/SCENARIO-capacity` when left out.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Until {
    /// A threshold that fails a job is broken, or open.
    ThresholdsFail,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For machines (docs/capacity.md).
    Json,
}

fn above_zero(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok();
    let value = value.filter(|it| it.is_finite() && *it > 0.0);
    value.ok_or_else(|| "it is a number above 0".to_string())
}

/// Searches, writes the directory and prints what was found.
pub fn capacity(arguments: &CapacityArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let study = arguments.study.read(streams)?;
    if !study
        .thresholds
        .iter()
        .any(|it| it.level == ThresholdLevel::Fail)
    {
        return Err(Failure::usage(
            "nothing ends the growth: there is no threshold",
            "say what has to hold, like --threshold 'staleness_s.p99 < 1min'",
        ));
    }
    if arguments.most < arguments.from {
        return Err(Failure::usage(
            format!(
                "--most {} lies below --from {}",
                arguments.most, arguments.from
            ),
            "the search grows from the first value to the largest",
        ));
    }
    let first = Setting {
        key: arguments.vary.clone(),
        value: arguments.from.to_string(),
    };
    applied(&study.experiment.scenario, &[first])?;
    let capacity = Capacity {
        experiment: &study.experiment,
        key: arguments.vary.clone(),
        from: arguments.from,
        most: arguments.most,
        precision: arguments.precision,
        seeds: study.seeds.clone(),
        thresholds: study.thresholds.clone(),
        threads: study.threads,
    };
    let name = &study.experiment.scenario.name;
    let default = || run_directory::default_path(name, "capacity");
    let wanted = arguments.out.clone().unwrap_or_else(default);
    let unexpected = |error: &dyn std::fmt::Display| Failure::unexpected(error);
    let directory = RunDirectory::claim(&wanted).map_err(|error| unexpected(&error))?;
    let cancellation = Cancellation::default();
    interruption::cancels(&cancellation).map_err(|error| unexpected(&error))?;
    let bar = streams.watched.then(indicatif::ProgressBar::new_spinner);
    let show = |who: &str, value: f64| {
        if let Some(bar) = &bar {
            bar.set_message(format!("{who}: {}={value}", arguments.vary));
            bar.tick();
        }
    };
    let found = capacity.run(&show, &cancellation);
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            directory.release();
            return Err(error.into());
        }
    };
    let document = CapacityDocument::new(&capacity, found);
    super::many_seeds::tell_place(&directory, &wanted, streams);
    let put_file = |name: &str, text: &str| {
        let path = directory.path().join(Path::new(name));
        write_whole(&path, text.as_bytes())
            .map_err(|error| Failure::unexpected(&format!("{}: {error}", path.display())))
    };
    put_file("scenario.toml", &study.experiment.scenario.expanded())?;
    put_file("capacity.json", &document.to_json())?;
    directory.complete();
    let text = match arguments.format {
        Format::Json => document.to_json(),
        Format::Table => format!(
            "{}written to {}\n",
            document.table(streams.layout),
            printable(&directory.path().display().to_string())
        ),
    };
    put(streams, &text)?;
    Ok(Exit::Pass)
}
