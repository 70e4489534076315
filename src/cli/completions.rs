//! `simulate completions`: what a shell needs to complete arguments.

use clap::Args;
use clap_complete::Shell;

use super::{Exit, Failure, Streams, program, put};

/// For whom.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints completions.
pub fn completions(
    arguments: &CompletionsArguments,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    let mut command = program::command(streams.program);
    clap_complete::generate(arguments.shell, &mut command, streams.program, &mut text);
    put(streams, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Pass)
}
