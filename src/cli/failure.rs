//! Why a command did not do its work, and what to say about it.

use super::Exit;
use crate::experiment::ExperimentError;
use crate::experiment::real_time::NoFigures;
use crate::sim::RunError;

/// Why a command did not do its work, and what to say about it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// For the user: what is wrong, where, and the way out.
    pub report: miette::Report,
    /// Lines below the report that are shown as they are, not fitted to the terminal: what a process wrote, a command
    /// to be copied.
    pub details: String,
}

impl Failure {
    /// A failure with a report.
    pub fn new(exit: Exit, report: impl Into<miette::Report>) -> Failure {
        Failure {
            exit,
            report: report.into(),
            details: String::new(),
        }
    }

    /// Something that neither the user nor the engine under test did.
    pub fn unexpected(error: &dyn std::fmt::Display) -> Failure {
        Failure::new(Exit::Unexpected, miette::miette!("{error}"))
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Failure {
        let with_help = |exit, help: &str, error: &ExperimentError| {
            Failure::new(exit, miette::miette!(help = help, "{error}"))
        };
        if let ExperimentError::Run { contender, error } = error {
            return of_run(&contender, *error);
        }
        match &error {
            ExperimentError::Empty => Failure::new(
                Exit::NothingSelected,
                miette::miette!(
                    help = "name some with --strategies, or leave it out for those of the scenario",
                    "no strategy was selected to run"
                ),
            ),
            ExperimentError::Contender(_) | ExperimentError::Misplaced { .. } => {
                Failure::new(Exit::Usage, miette::miette!("{error}"))
            }
            ExperimentError::ReplayInRealTime => {
                let help = "leave --wire out to replay it in virtual time";
                with_help(Exit::Usage, help, &error)
            }
            ExperimentError::Start { .. } => {
                let help = "the command runs in the current directory; try it there by itself";
                with_help(Exit::Usage, help, &error)
            }
            ExperimentError::NotConnected { .. } => {
                let help = "start it first; it must take a POST of the connection document there (docs/wire.md)";
                with_help(Exit::Usage, help, &error)
            }
            ExperimentError::Serve(_) => Failure::new(Exit::Usage, miette::miette!("{error}")),
            ExperimentError::EngineGone { why, directory, .. } => {
                let directory = directory.display();
                let help = format!("there are no figures; the ledger until then is in {directory}");
                Failure {
                    details: why.clone(),
                    ..with_help(Exit::Unexpected, &help, &error)
                }
            }
            ExperimentError::NoFigures { error: reason, .. } => match reason {
                NoFigures::HarnessWrong(_) => {
                    Failure::new(Exit::HarnessWrong, miette::miette!("{error}"))
                }
                NoFigures::Ledger(_) => Failure::unexpected(reason),
            },
            // A run's own errors have been told above.
            ExperimentError::Unexpected(_) | ExperimentError::Run { .. } => {
                Failure::unexpected(&error)
            }
            ExperimentError::Cancelled => {
                Failure::new(Exit::Interrupted, miette::miette!("interrupted"))
            }
        }
    }
}

fn of_run(name: &str, error: RunError) -> Failure {
    let exit = match &error {
        RunError::Setup(_) | RunError::World(_) => Exit::Usage,
        error if error.is_defect_of_harness() => Exit::HarnessWrong,
        _ => Exit::Unexpected,
    };
    let report = match error {
        RunError::World(error) => miette::Report::new(error),
        error @ RunError::EngineFailed { .. } => {
            let text = error.to_string();
            let (what, details) = text.split_once('\n').unwrap_or((&text, ""));
            return Failure {
                details: details.to_string(),
                ..Failure::new(exit, miette::miette!("{name}: {what}"))
            };
        }
        error => miette::Report::from_err(error),
    };
    Failure::new(
        exit,
        report.wrap_err(format!("strategy {name} did not run")),
    )
}
