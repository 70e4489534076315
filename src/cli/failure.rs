//! Why a command did not do its work, and what to say about it.

use std::fmt::Display;

use super::Exit;
use crate::experiment::ExperimentError;
use crate::experiment::real_time::NoFigures;
use crate::scenario::{Diagnostic, Page, text};
use crate::sim::RunError;

/// Why a command did not do its work, and what to say about it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// For the user: what is wrong, where, and the way out.
    pub told: Diagnostic,
    /// Lines below it that are never broken: what a process wrote, a command to be copied.
    pub details: String,
    /// What else went wrong, and would have been told alone.
    pub others: Box<[Failure]>,
}

/// Characters of the lines below a diagnostic.
const MOST_DETAILS: usize = 20_000;

impl Failure {
    /// A failure with what is told about it.
    pub fn new(exit: Exit, told: impl Into<Diagnostic>) -> Failure {
        Failure {
            exit,
            told: told.into(),
            details: String::new(),
            others: Box::default(),
        }
    }

    /// A failure with a sentence.
    pub fn said(exit: Exit, message: impl Display) -> Failure {
        Failure::new(exit, Diagnostic::new(message))
    }

    /// The command line or a file asks for something impossible; `help` is the way out.
    pub fn usage(message: impl Display, help: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, Diagnostic::new(message).help(help))
    }

    /// A place that cannot be written to, which ends every command alike; `help` is the way out.
    pub fn unwritable(message: impl Display, help: impl Into<String>) -> Failure {
        Failure::new(Exit::Unexpected, Diagnostic::new(message).help(help))
    }

    /// What is asked for was left out of this build, since it is long to build and the main job does not need it; `command`
    /// is what is run then.
    pub fn not_built(what: &str, feature: &str, command: &str) -> Failure {
        Failure::usage(
            format!("this command was built without {what}"),
            format!(
                "build it with its feature: cargo run --release --features {feature} -- {command}"
            ),
        )
    }

    /// Something that neither the user nor the engine under test did.
    pub fn unexpected(error: &dyn Display) -> Failure {
        Failure::said(Exit::Unexpected, error)
    }

    /// All of it as text.
    pub fn rendered(&self, page: Page) -> String {
        let mut text = self.told.rendered(page);
        if !self.details.is_empty() {
            let details = text::shortened(&self.details, MOST_DETAILS);
            text.push_str(&text::printable(&details));
            text.push('\n');
        }
        for other in &self.others {
            text.push_str(&other.rendered(page));
        }
        text
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Failure {
        let error = match error {
            ExperimentError::Run { contender, error } => return of_run(&contender, *error),
            ExperimentError::Several(errors) => {
                let mut failures = errors.into_iter().map(Failure::from);
                let Some(mut first) = failures.next() else {
                    return Failure::said(Exit::Unexpected, "nothing failed");
                };
                first.others = failures.collect();
                return first;
            }
            error => error,
        };
        match &error {
            ExperimentError::Empty => Failure::new(
                Exit::NothingSelected,
                Diagnostic::new("no strategy was selected to run")
                    .help("name some with --strategies, or leave it out for those of the scenario"),
            ),
            ExperimentError::Contender(_)
            | ExperimentError::Misplaced { .. }
            | ExperimentError::Serve(_) => Failure::said(Exit::Usage, &error),
            ExperimentError::ReplayInRealTime => {
                Failure::usage(&error, "leave --wire out to replay it in virtual time")
            }
            ExperimentError::FaultsInRealTime(_) => Failure::usage(
                &error,
                "leave that fault out, or leave --wire out to play it in virtual time",
            ),
            ExperimentError::Start { .. } => Failure::usage(
                &error,
                "the command runs in the current directory; try it there by itself",
            ),
            ExperimentError::NotConnected { answered: true, .. } => Failure::new(
                Exit::EngineFailed,
                Diagnostic::new(&error).help("docs/wire.md has the document and how it is taken"),
            ),
            ExperimentError::NotConnected { .. } => Failure::usage(
                &error,
                "start it first; it must take a POST of the connection document there (docs/wire.md)",
            ),
            ExperimentError::EngineGone { why, directory, .. } => {
                let help = format!(
                    "there are no figures; the ledger until then is in {}",
                    directory.display()
                );
                Failure {
                    details: why.clone(),
                    ..Failure::new(Exit::EngineFailed, Diagnostic::new(&error).help(help))
                }
            }
            ExperimentError::NoFigures { error: reason, .. } => match reason {
                NoFigures::HarnessWrong(_) | NoFigures::Failed => {
                    Failure::said(Exit::HarnessWrong, &error)
                }
                NoFigures::Ledger(_) => Failure::unexpected(reason),
            },
            ExperimentError::References { .. } => Failure::said(Exit::HarnessWrong, &error),
            // A run's own errors have been told above.
            ExperimentError::Unexpected(_)
            | ExperimentError::Run { .. }
            | ExperimentError::Several(_) => Failure::unexpected(&error),
            ExperimentError::Cancelled => Failure::said(Exit::Interrupted, "interrupted"),
        }
    }
}

fn of_run(name: &str, error: RunError) -> Failure {
    let exit = match &error {
        RunError::Setup(_) | RunError::World(_) | RunError::Host(_) => Exit::Usage,
        RunError::EngineFailed { .. } => Exit::EngineFailed,
        error if error.is_defect_of_harness() => Exit::HarnessWrong,
        _ => Exit::Unexpected,
    };
    let told = match error {
        RunError::World(error) => Diagnostic::from(error),
        error @ RunError::EngineFailed { .. } => {
            let text = error.to_string();
            let (what, details) = text.split_once('\n').unwrap_or((&text, ""));
            return Failure {
                details: details.to_string(),
                ..Failure::said(exit, format!("{name}: {what}"))
            };
        }
        error => Diagnostic::new(error),
    };
    let message = format!("{name} did not run: {}", told.message);
    Failure::new(exit, Diagnostic { message, ..told })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_built_says_how_to_build_it() {
        let failure = Failure::not_built("TLS", "tls", "serve --tls");
        assert_eq!(failure.exit, Exit::Usage);
        let text = failure.rendered(Page::default());
        assert!(text.contains("built without TLS"), "{text}");
        let way_out = "cargo run --release --features tls -- serve --tls";
        assert!(text.contains(way_out), "{text}");
    }
}
