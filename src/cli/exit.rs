//! Exit codes: public, and stable.

use std::process::ExitCode;

/// How the command ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything ran, and every promise was kept.
    Pass,
    /// Something unexpected: a file that cannot be written, a run that never rests.
    Unexpected,
    /// The command line or the scenario is wrong.
    Usage,
    /// There was nothing to run.
    NothingSelected,
    /// The harness itself is wrong: units appeared or vanished.
    HarnessWrong,
    /// A strategy broke what it promises.
    GuaranteeFailed,
    /// Interrupted by the user.
    Interrupted,
}

impl Exit {
    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Unexpected => 1,
            Exit::Usage => 2,
            Exit::NothingSelected => 4,
            Exit::HarnessWrong => 70,
            Exit::GuaranteeFailed => 99,
            Exit::Interrupted => 105,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
