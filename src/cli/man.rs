//! `simulate man`: manual pages.

use clap::Args;
use clap_mangen::Man;

use super::{Exit, Failure, Streams, program, put};

/// Of what.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// A subcommand; the page of the whole command when left out.
    command: Option<String>,
}

/// Prints a manual page.
pub fn man(arguments: &ManArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let mut whole = program::command(streams.program);
    whole.build();
    let page = match &arguments.command {
        None => whole,
        Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
            let names: Vec<&str> = whole
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            Failure::usage(
                format!("there is no subcommand `{name}`"),
                format!("it can be {}", names.join(", ")),
            )
        })?,
    };
    let mut text = Vec::new();
    Man::new(page)
        .render(&mut text)
        .map_err(|error| Failure::unexpected(&error))?;
    put(streams, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Pass)
}
