//! Exit codes: public, and stable (docs/output.md).

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
    /// The engine under test failed: it died, broke its protocol, or did nothing at all.
    EngineFailed,
    /// The harness itself is wrong: units appeared or vanished.
    HarnessWrong,
    /// A run in real time measured nothing, because the driver was late.
    NotAMeasurement,
    /// Something is worse than in the baseline.
    Regressed,
    /// A promise was broken, or a threshold that fails.
    GuaranteeFailed,
    /// Interrupted by the user.
    Interrupted,
    /// Parts of an experiment that was shared out are missing, or there more than once.
    ShardsMissing,
}

impl Exit {
    /// Every way to end, by its number.
    pub const ALL: [Exit; 11] = [
        Exit::Pass,
        Exit::Unexpected,
        Exit::Usage,
        Exit::NothingSelected,
        Exit::EngineFailed,
        Exit::HarnessWrong,
        Exit::NotAMeasurement,
        Exit::Regressed,
        Exit::GuaranteeFailed,
        Exit::Interrupted,
        Exit::ShardsMissing,
    ];

    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Unexpected => 1,
            Exit::Usage => 2,
            Exit::NothingSelected => 4,
            Exit::EngineFailed => 65,
            Exit::HarnessWrong => 70,
            Exit::NotAMeasurement => 75,
            Exit::Regressed => 98,
            Exit::GuaranteeFailed => 99,
            Exit::Interrupted => 105,
            Exit::ShardsMissing => 106,
        }
    }

    /// What it means, in the words of the help.
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Pass => "pass",
            Exit::Unexpected => "unexpected",
            Exit::Usage => "usage or invalid scenario",
            Exit::NothingSelected => "nothing selected",
            Exit::EngineFailed => "the engine under test failed",
            Exit::HarnessWrong => "the harness itself is wrong",
            Exit::NotAMeasurement => "not a measurement",
            Exit::Regressed => "regression against a baseline",
            Exit::GuaranteeFailed => "a promise was broken, or a threshold",
            Exit::Interrupted => "interrupted",
            Exit::ShardsMissing => "shards are missing or there twice",
        }
    }

    /// All of them in one sentence.
    pub fn sentence() -> String {
        let all = Exit::ALL.map(|exit| format!("{} {}", exit.code(), exit.meaning()));
        format!("Exit codes: {}.", all.join("; "))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
