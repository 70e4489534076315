//! `simulate schema`: JSON Schemas.

use clap::Args;

use super::{Exit, Failure, Streams, put};

/// Which schema.
#[derive(Debug, Args)]
pub struct SchemaArguments {
    /// The schema of `--format json` and `figures.json`, instead of that of scenario files.
    #[arg(long)]
    output: bool,
}

/// Prints a schema.
pub fn schema(arguments: &SchemaArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let mut text = if arguments.output {
        crate::report::output_schema()
    } else {
        crate::scenario::schema()
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    put(streams, &text)?;
    Ok(Exit::Pass)
}
