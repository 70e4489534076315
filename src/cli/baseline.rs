//! `simulate baseline`: the figures that are kept in `reports/baselines`.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, Streams, put};
use crate::experiment::Experiment;
use crate::report::baseline::{self, Baseline};
use crate::report::run_directory;
use crate::scenario::Scenario;
use crate::scenario::text::printable;

/// Which, and where to.
#[derive(Debug, Args)]
pub struct BaselineArguments {
    /// A built-in scenario that replays no order log; all of them when left out. May be given more than once.
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Write each to DIR/NAME.json, over what is there, instead of printing them.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// Prints or writes baselines.
pub fn baseline(arguments: &BaselineArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let known: Vec<&str> = baseline::scenarios().collect();
    let wanted: Vec<&str> = match arguments.scenario.as_slice() {
        [] => known.clone(),
        named => named.iter().map(String::as_str).collect(),
    };
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        return Err(Failure::usage(
            format!("there is no baseline of `{unknown}`"),
            crate::scenario::error::suggestion(unknown, &known),
        ));
    }
    for name in wanted {
        let loaded = Scenario::load(name).map_err(|error| Failure::new(Exit::Usage, error))?;
        let results = Experiment::new(loaded.scenario).run()?;
        let text = Baseline::from(&results).to_json();
        let Some(directory) = &arguments.write else {
            put(streams, &text)?;
            continue;
        };
        let path = baseline::path(directory, name);
        let parent = path.parent().unwrap_or(directory);
        std::fs::create_dir_all(parent)
            .and_then(|()| run_directory::write_whole(&path, text.as_bytes()))
            .map_err(|error| {
                let message = format!("cannot write {}: {error}", path.display());
                Failure::said(Exit::Unexpected, message)
            })?;
        put(streams, &printable(&format!("{}\n", path.display())))?;
    }
    Ok(Exit::Pass)
}
