//! What was found about one guarantee, and the rule by which that becomes a verdict.

use super::participation::TookPart;
use crate::engine::config::Promise;
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::share;
use crate::measure::statistics::is_beyond_poisson;
use crate::measure::subject::Subject;
use crate::measure::verdict::{CounterExample, Extent, Guarantee, Verdict};

/// Largest share with which a guarantee that tolerates anything holds, for every contender alike. An engine's view of limits
/// and shelves is a moment old, so that a rare miss is no disregard; one in a thousand is. It is the share of whoever goes on
/// like that, not of the few that one run has: see `Finding::is_broken`.
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
    /// Nobody of this contender's kind.
    Nobody,
}

/// What a guarantee owes to assumptions (docs/theory.md A5).
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Rests {
    /// Those without which nobody can keep it.
    pub on: &'static [Hypothesis],
    /// What excuses those of the broken that are excused.
    pub excuse: Option<Breach>,
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
    /// What it owes to assumptions.
    pub rests: Rests,
}

impl Finding {
    fn broken_share(&self) -> f64 {
        // Something can break of which there was nothing: an order that nobody placed.
        share(self.broken, self.of.max(self.broken))
    }

    /// Whether more broke it than is tolerated, and than chance brings where the tolerated share is kept to: of a thousand
    /// lines one is tolerated in the mean, so that two are no news. Where nothing is tolerated a single one breaks it.
    fn is_broken(&self) -> bool {
        let tolerated = self.tolerated_share * self.of as f64;
        self.broken_share() > self.tolerated_share && is_beyond_poisson(self.broken, tolerated)
    }

    fn verdict(&self, took_part: TookPart) -> Verdict {
        let judged = match self.about {
            About::Calls => took_part.calls,
            About::Counts => took_part.counts,
            About::Orders => took_part.orders,
            About::Nobody => false,
        };
        if !judged {
            return Verdict::NotJudged;
        }
        Verdict::of(self.exercised, self.is_broken())
    }

    /// What the verdict owes to assumptions that were broken. A guarantee that breaks outside of its assumptions blames
    /// nobody, and one that holds outside of them praises nobody.
    fn caveat(
        &self,
        verdict: Verdict,
        assumptions: &Assumptions,
        names: &[String],
    ) -> Option<String> {
        match verdict {
            Verdict::Violated => {
                let breach = self.rests.excuse.filter(|_| self.excused > 0)?;
                let part = if self.excused < self.broken {
                    "in part "
                } else {
                    ""
                };
                Some(format!(
                    "{part}outside its assumptions: {}",
                    breach.words(names)
                ))
            }
            Verdict::Holds => {
                let breach = assumptions.first_of(self.rests.on)?;
                Some(format!(
                    "it held although an assumption was broken, of which nothing follows: {}",
                    breach.words(names)
                ))
            }
            Verdict::Unknown | Verdict::NotJudged => None,
        }
    }

    pub fn guarantee(
        self,
        subject: &Subject,
        took_part: TookPart,
        assumptions: &Assumptions,
        names: &[String],
        rerun: &str,
    ) -> Guarantee {
        let verdict = self.verdict(took_part);
        let violated = verdict == Verdict::Violated;
        let wholly_excused = self.broken > 0 && self.excused >= self.broken;
        let caveat = self.caveat(verdict, assumptions, names);
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
                informed_escrow_share: None,
            }),
            counter_example: self.first.filter(|_| violated),
            rerun: violated.then(|| rerun.to_string()),
            caveat,
        }
    }
}
