//! The engine at work, until it is interrupted.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::sync::watch;

use super::{EngineArguments, Format};
use crate::cli::interruption::{self, Signals};
use crate::cli::{Exit, Failure, Streams, put};
use crate::process::config::EngineFile;
use crate::process::run::{EngineProcess, Status};
use crate::process::start::{StartError, Step, start};
use crate::process::store::StoreError;
use crate::report::counted;
use crate::scenario::{Diagnostic, text};

/// Runs the engine until it is interrupted.
pub fn engine(arguments: &EngineArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let file =
        EngineFile::load(&arguments.config).map_err(|error| Failure::new(Exit::Usage, error))?;
    interruption::ends_by_itself();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unexpected(&error))?;
    let ended = runtime.block_on(run(arguments, &file, streams));
    // Calls under way are nobody's any more: the next start takes them for unknown.
    runtime.shutdown_timeout(Duration::from_millis(100));
    ended
}

fn failed(error: StartError, file: &EngineFile) -> Failure {
    if let StartError::Store(error) = &error
        && error.is_corruption()
    {
        let why = match error {
            StoreError::Damaged(what) => what.clone(),
            StoreError::Sqlite(inner) => inner.to_string(),
            error => error.to_string(),
        };
        let database = file.database.display();
        let message = format!("the database {database} is corrupted: {why}");
        return Failure::usage(message, error.help());
    }
    if let StartError::Store(error @ StoreError::Sqlite(inner)) = &error {
        let message = format!("the database {}: {inner}", file.database.display());
        let told = Diagnostic::new(message).help(error.help());
        return Failure::new(Exit::Unexpected, told);
    }
    let exit = match &error {
        StartError::Store(StoreError::File { .. }) => Exit::Unexpected,
        _ => Exit::Usage,
    };
    Failure::new(exit, error)
}

async fn run(
    arguments: &EngineArguments,
    file: &EngineFile,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let line = Line::new(streams.watched);
    let mut told = String::new();
    // A journal is replayed in one go. Nothing is written meanwhile, so that the process may end at any moment.
    let mut interruption = Signals::new().map_err(|error| Failure::unexpected(&error))?;
    let input = input_end(arguments.end_with_input);
    let mut watched_input = input.clone();
    let watch = tokio::spawn(async move {
        tokio::select! {
            () = interruption.next() => {}
            () = ended(&mut watched_input) => {}
        }
        std::process::exit(Exit::Interrupted.code().into());
    });
    let started = start(file, |step| match step {
        Step::WarehouseInTrouble(why) => {
            // Once for each new reason, and never more: nobody listening is no failure.
            if why != told {
                line.above(|| {
                    let url = &file.warehouse.url;
                    let why = text::shown(&why);
                    streams.tell(&format!("waiting for the warehouse at {url}: {why}"));
                });
                told = why;
            }
        }
        Step::Replayed { entries, of } => line.replayed(entries, of),
    })
    .await;
    let mut signals = Signals::new().map_err(|error| Failure::unexpected(&error))?;
    watch.abort();
    let mut started = started.map_err(|error| failed(error, file))?;
    if let Some(commits) = arguments.die_before_sending {
        started.die_before_sending(commits);
    }
    let told = told_of(arguments.format, file, &started);
    line.above(|| put(streams, &text::printable(&told)))?;
    let mut input = input;
    let stop = async {
        tokio::select! {
            () = signals.next() => {}
            () = ended(&mut input) => {}
        }
    };
    let ended = started
        .run(
            stop,
            |status| line.works(status),
            |told| {
                line.above(|| streams.tell(&text::shown(told)));
            },
        )
        .await;
    line.clear();
    let status = ended.map_err(|error| failed(error.into(), file))?;
    if status.refused_webhooks > 0 {
        streams.tell(&format!(
            "{} refused: not signed by their platform, or more than is taken",
            counted(status.refused_webhooks, "webhook")
        ));
    }
    streams.tell(&format!(
        "ended after {}, {} and {}; everything is in {}",
        counted(status.inputs, "input"),
        counted(status.calls, "call"),
        counted(status.commits, "commit"),
        file.database.display()
    ));
    Ok(Exit::Pass)
}

/// How long an engine whose owner is gone may take to end in order.
const END_WITHIN: Duration = Duration::from_secs(10);

/// Turns true when standard input ends, if that is to be watched.
fn input_end(watched: bool) -> watch::Receiver<bool> {
    let (end, ended) = watch::channel(false);
    if watched {
        // A thread that reads cannot be ended; the process does not wait for it.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            end.send_replace(true);
            std::thread::sleep(END_WITHIN);
            std::process::exit(Exit::Interrupted.code().into());
        });
    }
    ended
}

/// Waits until standard input has ended; for ever when it is not watched.
async fn ended(input: &mut watch::Receiver<bool>) {
    if input.wait_for(|ended| *ended).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What is printed once the engine runs.
fn told_of(format: Format, file: &EngineFile, started: &EngineProcess) -> String {
    let (address, database) = (started.address(), file.database.display().to_string());
    let strategy = file.strategy.name();
    match format {
        Format::Json => {
            let told = json!({
                "strategy": strategy,
                "database": database,
                "webhooks": format!("http://{address}"),
                "replayed_inputs": started.replayed(),
                "compacted_inputs": started.compacted(),
                "unknown_calls": started.unknown_calls(),
            });
            format!("{told}\n")
        }
        Format::Table => format!(
            "{strategy} runs; webhooks are received on http://{address}\n\
             its tables are in {database} ({} replayed, {} of unknown outcome)\n",
            counted(started.replayed(), "input"),
            counted(started.unknown_calls(), "call")
        ),
    }
}

/// The line that a person sees while the engine works.
struct Line {
    bar: Option<ProgressBar>,
}

impl Line {
    fn new(watched: bool) -> Line {
        Line {
            bar: watched.then(|| {
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                    bar.set_style(style);
                }
                bar
            }),
        }
    }

    fn replayed(&self, entries: i64, of: i64) {
        if let Some(bar) = &self.bar
            && entries > 0
            && entries % 1_000 == 0
        {
            bar.set_message(format!("replaying the journal: {entries} of {of} entries"));
            bar.tick();
        }
    }

    fn works(&self, status: &Status) {
        let Some(bar) = &self.bar else { return };
        bar.set_message(format!(
            "{}, {} ({} refused), {} ({} under way), {}",
            counted(status.inputs, "input"),
            counted(status.webhooks, "webhook"),
            status.refused_webhooks,
            counted(status.calls, "call"),
            status.under_way,
            counted(status.commits, "commit")
        ));
        bar.tick();
    }

    /// Lets something else be printed above the line.
    fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
