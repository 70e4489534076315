//! The command line: arguments in, exit code out. One file per subcommand; no logic of its own.

mod baseline;
mod baseline_options;
mod capacity;
mod cells;
mod compare;
mod completions;
mod engine;
mod engine_arguments;
pub mod exit;
mod explain;
pub mod failure;
mod fuzz;
mod history;
mod import;
mod interruption;
mod list;
mod man;
mod many_seeds;
mod merge;
mod old_names;
mod orders;
mod program;
mod progress;
mod record_arguments;
mod report;
mod scenario_argument;
mod schema;
mod serve;
mod serve_arguments;
mod simulate;
mod study;
mod sweep;
mod thresholds;
mod variants;
mod wire;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{FromArgMatches, Parser, Subcommand};
use console::Term;

pub use exit::Exit;
pub use failure::Failure;

use crate::experiment::panics;
use crate::report::{Layout, Style};
use crate::scenario::{Page, text};

/// Who oversells, how stale it gets, how much it carries: plays a scenario against emulated Shopify, Amazon and TikTok
/// shops under several sync strategies, side by side.
#[derive(Debug, Parser)]
#[command(
    name = "simulate",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = Exit::sentence()
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: simulate::RunArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the built-in scenarios and strategies.
    List,
    /// Look for failures: seed by seed another small shop in which things go wrong, until a promise is broken; then the
    /// failing scenario is made small.
    Fuzz(fuzz::FuzzArguments),
    /// Open the shops and the warehouse behind real sockets, for engines of your own.
    Serve(serve_arguments::ServeArguments),
    /// Run the built-in engine as a process of its own, against served or real systems.
    Engine(engine::EngineArguments),
    /// Show what is understood of order and stock exports, and write the orders as a log of our own.
    Import(import::ImportArguments),
    /// Print the JSON Schema of scenario files, or of the output.
    Schema(schema::SchemaArguments),
    /// Play every combination of values of some keys, and show what they trade.
    Sweep(sweep::SweepArguments),
    /// Let one key grow until thresholds are broken, and tell how far it can and what runs out.
    Capacity(capacity::CapacityArguments),
    /// Put the shards of an experiment together that was shared out with --shard, and judge it.
    Merge(merge::MergeArguments),
    /// Compare runs with earlier ones: what is better, what is worse, and why.
    Compare(compare::CompareArguments),
    /// Tell why units of a run were oversold: what happened, moment by moment.
    Explain(explain::ExplainArguments),
    /// Print or write the figures of built-in scenarios on seed 1, as they are kept in reports/baselines.
    Baseline(baseline::BaselineArguments),
    /// Show run directories: as a page, a summary for CI, JUnit XML, CSV or the document itself.
    Report(report::ReportArguments),
    /// Print the completions of a shell.
    Completions(completions::CompletionsArguments),
    /// Print the manual page, in the form that `man` reads.
    Man(man::ManArguments),
}

/// Where a command writes.
pub struct Streams<'a> {
    /// What the command was called.
    pub program: &'static str,
    /// Results.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
    /// How results are laid out for people.
    pub layout: Layout,
    /// How everything else is.
    pub page: Page,
    /// Whether a person watches, so that long work should show how far it is.
    pub watched: bool,
}

impl Streams<'_> {
    /// Tells something beside the results. Nobody may be able to read it, which must not be a failure of its own.
    fn tell(&mut self, text: &str) {
        let text = text::printable(text);
        let lines = match self.page.width {
            Some(width) => text::wrapped(&text, width, 2).join("\n"),
            None => text.into_owned(),
        };
        let _ = writeln!(self.err, "{lines}");
    }
}

/// Says something on standard error. Nobody may be able to read it, which must not be a failure of its own.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", text::printable(text));
}

/// The columns of a terminal; none where there is none.
fn columns(terminal: &Term) -> Option<usize> {
    let (_, columns) = terminal.size_checked()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

/// Reads a root seed.
fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("a seed is a whole number from 0 to {}, like 7", u64::MAX))
}

/// From now on a panic on any thread ends the process with [`Exit::HarnessWrong`]: an invariant of the harness is broken, so
/// that nothing it measured or serves can be trusted, and no other thread may go on as if nothing had happened.
pub fn end_on_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panics::note(&panic.to_string()) {
            return;
        }
        tell(panic);
        say(
            "the harness itself is wrong, and nothing it found out can be trusted: please report the lines above, with the \
             command that led to them",
        );
        std::process::exit(i32::from(Exit::HarnessWrong.code()));
    }));
}

/// Runs the command of the process.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    end_on_panic();
    interruption::ends_the_process();
    let arguments: Vec<OsString> = arguments.collect();
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let style = if std::io::stdout().is_terminal() && !no_colour {
        Style::Colour
    } else {
        Style::Plain
    };
    let watched = std::io::stderr().is_terminal();
    // A terminal that does not know its size is an ordinary one.
    let width = watched.then(|| columns(&Term::stderr()).unwrap_or(Layout::PIPE.columns));
    let mut streams = Streams {
        program: program::name(arguments.first()),
        out: &mut std::io::stdout(),
        err: &mut std::io::stderr(),
        layout: Layout {
            style,
            columns: columns(&Term::stdout()).unwrap_or(Layout::PIPE.columns),
        },
        page: Page {
            width,
            colour: watched && !no_colour,
        },
        watched,
    };
    run(arguments.into_iter(), &mut streams).into()
}

/// Runs a command with given streams.
pub fn run(arguments: impl Iterator<Item = OsString>, streams: &mut Streams) -> Exit {
    let mut command = program::command(streams.program);
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            let rendered = error.render();
            // Help and version are answers, not mistakes.
            let (stream, exit): (&mut dyn Write, Exit) = if error.use_stderr() {
                (streams.err, Exit::Usage)
            } else {
                (streams.out, Exit::Pass)
            };
            // What was typed stands in it.
            let _ = write!(stream, "{}", text::printable(&rendered.to_string()));
            return exit;
        }
    };
    let result = match &arguments.command {
        Some(Command::List) => list::list(streams),
        Some(Command::Schema(arguments)) => schema::schema(arguments, streams),
        Some(Command::Engine(arguments)) => engine::engine(arguments, streams),
        Some(Command::Serve(arguments)) => serve::serve(arguments, streams),
        Some(Command::Import(arguments)) => import::import(arguments, streams),
        Some(Command::Fuzz(arguments)) => fuzz::fuzz(arguments, streams),
        Some(Command::Sweep(arguments)) => sweep::sweep(arguments, streams),
        Some(Command::Capacity(arguments)) => capacity::capacity(arguments, streams),
        Some(Command::Merge(arguments)) => merge::merge(arguments, streams),
        Some(Command::Compare(arguments)) => compare::compare(arguments, streams),
        Some(Command::Explain(arguments)) => explain::explain(arguments, streams),
        Some(Command::Baseline(arguments)) => baseline::baseline(arguments, streams),
        Some(Command::Report(arguments)) => report::report(arguments, streams),
        Some(Command::Completions(arguments)) => completions::completions(arguments, streams),
        Some(Command::Man(arguments)) => man::man(arguments, streams),
        None => simulate::simulate(&arguments.run, streams),
    };
    result.unwrap_or_else(|failure| {
        // There is nobody left to tell if this cannot be written.
        let _ = write!(streams.err, "{}", failure.rendered(streams.page));
        failure.exit
    })
}

/// Writes a result. Whoever reads it may stop reading (`| head`), which is no failure.
fn put(streams: &mut Streams, text: &str) -> Result<(), Failure> {
    let written = streams
        .out
        .write_all(text.as_bytes())
        .and_then(|()| streams.out.flush());
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::said(
            Exit::Unexpected,
            format!("cannot write the result: {error}"),
        )),
        _ => Ok(()),
    }
}
