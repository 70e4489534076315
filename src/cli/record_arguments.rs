//! What of a run is kept beside its figures.

use std::path::Path;

use clap::Args;

use super::{Failure, Streams};
use crate::experiment::{KeepRecords, MOST_CALLS, Results};

/// What to keep of the runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Records (docs/records.md)")]
pub struct RecordArguments {
    /// Keep the ledger: everything that really happened, a line each, in `ledger/NAME.jsonl` of the run directory. Runs in
    /// real time always do, in `engines/NAME/ledger.jsonl`.
    #[arg(long)]
    ledger: bool,
    /// Keep the calls between the engine and the systems, in `calls/NAME.jsonl` and, for browsers' developer tools, Charles
    /// and the like, in `calls/NAME.har`; in `engines/NAME` in real time. Tokens and signatures are left out.
    #[arg(long)]
    calls: bool,
    /// How many calls of each contender to keep; how many were left out is the last line.
    #[arg(long, value_name = "N", default_value_t = MOST_CALLS, value_parser = clap::value_parser!(u64).range(1..=10_000_000), requires = "calls")]
    calls_limit: u64,
}

impl RecordArguments {
    /// What to keep; nothing where nobody asked.
    pub fn plan(&self, directory: &Path) -> Option<KeepRecords> {
        (self.ledger || self.calls).then(|| KeepRecords {
            directory: directory.to_path_buf(),
            ledger: self.ledger,
            calls: self.calls.then_some(self.calls_limit),
        })
    }

    /// Many seeds keep no records.
    ///
    /// # Errors
    /// When some were asked for.
    pub fn refuse_many_seeds(&self) -> Result<(), Failure> {
        let flag = match (self.ledger, self.calls) {
            (true, _) => "--ledger",
            (false, true) => "--calls",
            (false, false) => return Ok(()),
        };
        Err(Failure::usage(
            format!("{flag} keeps what happened in one run, and many seeds are to be played"),
            "play the seed you want to look at alone, with --seed N",
        ))
    }

    /// Says which calls were left out.
    pub fn tell(&self, results: &Results, streams: &mut Streams) {
        for run in &results.runs {
            let calls = run.kept.calls;
            if calls.left_out > 0 {
                streams.tell(&format!(
                    "note: {} made {} calls, and the first {} to end are kept; --calls-limit N keeps more",
                    run.name(),
                    calls.kept + calls.left_out,
                    calls.kept
                ));
            }
            if calls.not_in_archive > 0 {
                streams.tell(&format!(
                    "note: {} of these calls of {} are in the lines alone: the HAR file holds 256 MiB of messages",
                    calls.not_in_archive,
                    run.name()
                ));
            }
        }
    }
}
