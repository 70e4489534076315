//! What counts as a failure.

use std::fmt;

use crate::measure::assumptions::Hypothesis;
use crate::measure::{CounterExample, Guarantee, Subject, Verdict};

/// What a search looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailsOn {
    /// Guarantees whose violation counts, promised or not; those that the contender promises when there is none.
    guarantees: Vec<String>,
    /// Whether units count that nobody can be blamed for: what a broken assumption costs.
    excused: bool,
}

impl FailsOn {
    /// `named` are guarantees by name. Without any, a contender is held to what it promises, and one that promises nothing to
    /// not overselling; where an assumption is to be broken, everybody is held to that, and nothing is excused.
    pub fn new(subject: &Subject, named: &[String], broken: Option<Hypothesis>) -> FailsOn {
        let oversell = || vec!["no_oversell".to_string()];
        FailsOn {
            guarantees: match named {
                [] if broken.is_some() || subject.promised().is_empty() => oversell(),
                named => named.to_vec(),
            },
            excused: broken.is_some(),
        }
    }

    /// The guarantees by name; none where promises decide.
    pub fn guarantees(&self) -> &[String] {
        &self.guarantees
    }

    /// The first guarantee whose violation counts.
    pub(super) fn broken(&self, guarantees: &[Guarantee]) -> Option<Failure> {
        let found = guarantees.iter().find(|it| self.counts(it))?;
        let example = found.counter_example.clone().unwrap_or_default();
        Some(Failure {
            kind: FailureKind::Guarantee(found.name.clone()),
            what: example.what.clone(),
            example: Some(example),
        })
    }

    fn counts(&self, guarantee: &Guarantee) -> bool {
        if guarantee.verdict != Verdict::Violated {
            return false;
        }
        if self.guarantees.is_empty() {
            return guarantee.promised;
        }
        let extent = guarantee.extent.as_ref();
        let blamed = extent.is_none_or(|extent| extent.broken > extent.excused);
        self.guarantees.contains(&guarantee.name) && (self.excused || blamed)
    }
}

/// Of which kind a failure is. Two failures are the same when their kind is, under one contender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// A guarantee was violated.
    Guarantee(String),
    /// The engine under test died, broke its protocol, or never rested.
    EngineFailed,
    /// Units appeared or vanished, or an assertion failed.
    HarnessWrong,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureKind::Guarantee(name) => f.write_str(name),
            FailureKind::EngineFailed => f.write_str("engine_failed"),
            FailureKind::HarnessWrong => f.write_str("harness_wrong"),
        }
    }
}

/// What went wrong in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Of which kind it is.
    pub kind: FailureKind,
    /// In words.
    pub what: String,
    /// The first counter-example of a guarantee.
    pub example: Option<CounterExample>,
}
