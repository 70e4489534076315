//! Verdicts without figures, for searches that play a great many small runs: no histogram, no series.

use channel_mocks::core::Micros;

use super::figures::RunFacts;
use super::guarantees::Evidence;
use super::subject::Subject;
use super::verdict::Guarantee;
use crate::scenario::Scenario;
use crate::world::ledger::{Entry, Recorder};

/// Takes entries and judges by them as [`super::Meter`] does.
#[derive(Clone, Debug)]
pub struct Judge {
    subject: Subject,
    names: Vec<String>,
    evidence: Evidence,
}

impl Judge {
    /// For one run of a scenario under a strategy or an engine of someone else's.
    pub fn new(scenario: &Scenario, subject: Subject) -> Judge {
        let channels = scenario.channels.iter();
        Judge {
            subject: subject.under(&scenario.strategy),
            names: channels.map(|channel| channel.name.clone()).collect(),
            evidence: Evidence::new(Micros::ZERO),
        }
    }

    /// The names of all guarantees, in the order of reports.
    pub fn guarantee_names() -> Vec<String> {
        let nobody = Subject::foreign(String::new(), false, Vec::new());
        let nothing = Evidence::new(Micros::ZERO).judge(&nobody, &RunFacts::default(), &[]);
        let guarantees = nothing.guarantees.into_iter();
        guarantees.map(|guarantee| guarantee.name).collect()
    }

    /// The verdicts; to be called after the ledger has been closed.
    pub fn finish(self, facts: &RunFacts) -> Vec<Guarantee> {
        let judged = self.evidence.judge(&self.subject, facts, &self.names);
        judged.guarantees
    }
}

impl Recorder for Judge {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.evidence.record(at, entry, &self.names);
    }
}
