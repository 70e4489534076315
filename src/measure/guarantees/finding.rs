//! What was found about one guarantee, and the rule by which that becomes a verdict.

use super::participation::TookPart;
use crate::engine::config::Promise;
use crate::measure::share;
use crate::measure::subject::Subject;
use crate::measure::verdict::{CounterExample, Extent, Guarantee, Verdict};

/// Largest share with which a guarantee that tolerates anything holds, for every contender alike. An engine's view of limits
/// and shelves is a moment old, so that a rare miss is no disregard; one in a thousand is.
pub const TOLERATED_SHARE: f64 = 0.001;

/// Whom a guarantee is about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Whoever makes calls.
    Calls,
    /// Whoever keeps counts.
    Counts,
    /// Whoever hands orders to the warehouse.
    Orders,
}

/// What the ledger says about one guarantee.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub name: &'static str,
    pub about: About,
    /// The promise of it, if an engine can give one.
    pub promise: Option<Promise>,
    /// Whether anything in the run could have broken it.
    pub exercised: bool,
    /// How many broke it ...
    pub broken: u64,
    /// ... of how many ...
    pub of: u64,
    /// ... of what.
    pub what: &'static str,
    /// Those of the broken that the assumptions of the promise do not cover.
    pub excused: u64,
    /// The share up to which it holds all the same.
    pub tolerated_share: f64,
    /// The first that broke it.
    pub first: Option<CounterExample>,
}

impl Finding {
    fn broken_share(&self) -> f64 {
        // Something can break of which there was nothing: an order that nobody placed.
        share(self.broken, self.of.max(self.broken))
    }

    fn verdict(&self, took_part: TookPart) -> Verdict {
        let judged = match self.about {
            About::Calls => took_part.calls,
            About::Counts => took_part.counts,
            About::Orders => took_part.orders,
        };
        if !judged {
            return Verdict::NotJudged;
        }
        let broken = self.broken > 0 && self.broken_share() > self.tolerated_share;
        Verdict::of(self.exercised, broken)
    }

    pub fn guarantee(self, subject: &Subject, took_part: TookPart, rerun: &str) -> Guarantee {
        let verdict = self.verdict(took_part);
        let violated = verdict == Verdict::Violated;
        let wholly_excused = self.broken > 0 && self.excused >= self.broken;
        Guarantee {
            name: self.name.to_string(),
            verdict,
            promised: self.promise.is_some_and(|it| subject.promises(it)) && !wholly_excused,
            extent: (verdict != Verdict::NotJudged).then(|| Extent {
                broken: self.broken,
                of: self.of,
                what: self.what.to_string(),
                share: self.broken_share(),
                tolerated_share: self.tolerated_share,
                excused: self.excused,
                oracle_share: None,
            }),
            counter_example: self.first.filter(|_| violated),
            rerun: violated.then(|| rerun.to_string()),
        }
    }
}
