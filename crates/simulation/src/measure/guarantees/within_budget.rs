//! With a budget: of no SKU more is oversold than stood on the engine's books (docs/theory.md A9.2). The budget's share is a mean
//! over many days: one run says what it saw of it, and many seeds judge it (`experiment/replications`).

use super::finding::{About, Finding};
use super::{Place, Rests};
use crate::engine::config::Promise;
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::by_sku;
use crate::measure::figures::RunFacts;
use crate::measure::share;
use crate::measure::statistics::is_beyond_poisson;
use crate::measure::verdict::{BUDGET_KEPT, CounterExample, Extent, Guarantee, Verdict};
use crate::world::SkuIndex;
use crate::world::ledger::Entry;

/// What a SKU was sold beyond its stock at the worst moment.
#[derive(Clone, Debug, Default)]
struct Beyond {
    units: u64,
    /// The same without what is outside of the assumptions.
    blamed: u64,
    /// What excuses the rest.
    excuse: Option<Breach>,
    first: Option<CounterExample>,
}

/// The worst case is judged SKU by SKU; the units of the whole run are what it tells of the budget.
#[derive(Clone, Debug, Default)]
pub(super) struct WithinBudget {
    beyond: Vec<Beyond>,
    accepted_units: u64,
    oversold_units: u64,
    excused_units: u64,
}

impl WithinBudget {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry, assumptions: &Assumptions) {
        let Entry::Accepted {
            channel,
            sku,
            units,
            oversold_units,
            sellable,
            ..
        } = *entry
        else {
            return;
        };
        self.accepted_units += u64::from(units);
        let oversold = u64::from(oversold_units);
        if oversold == 0 {
            return;
        }
        let beyond = (i64::from(units) - sellable).max(0).unsigned_abs();
        let excused = assumptions.excused(sku, oversold, beyond);
        self.oversold_units += oversold - excused;
        self.excused_units += excused;
        let row = by_sku::row(&mut self.beyond, sku);
        // Of all that is beyond: this sale may be none of what was lost or added by others.
        let excused = assumptions.excused(sku, beyond, beyond);
        row.blamed = row.blamed.max(beyond - excused);
        if excused > 0 {
            row.excuse = row.excuse.or_else(|| assumptions.excuse(sku));
        }
        if beyond > row.units {
            row.units = beyond;
            let what = format!("SKU {} is sold {beyond} beyond what there is", sku.0 + 1);
            row.first = Some(CounterExample {
                sku: Some(sku.0 + 1),
                sellable: Some(sellable),
                ..place.example(channel, what)
            });
        }
    }

    /// What the run tells of the budget, `budget` units for each unit sold. Oversold units come in pairs and heaps, so that no
    /// number of them in one run breaks a promise about the mean; beyond what chance explains it is said.
    pub fn share(&self, budget: f64, facts: &RunFacts) -> Guarantee {
        let allowed = budget * self.accepted_units as f64;
        let caveat = is_beyond_poisson(self.oversold_units, allowed).then(|| {
            let allowed = match allowed {
                few if few < 0.05 => "next to none".to_string(),
                some => format!("{some:.1}"),
            };
            format!(
                "{} oversold where the budget allows {allowed} in the mean: more than chance explains, if each came by itself",
                self.oversold_units
            )
        });
        let is_judged = facts.lent.is_some();
        Guarantee {
            name: BUDGET_KEPT.to_string(),
            verdict: match is_judged {
                true => Verdict::Unknown,
                false => Verdict::NotJudged,
            },
            promised: true,
            extent: is_judged.then(|| Extent {
                broken: self.oversold_units,
                of: self.accepted_units,
                what: "units sold".to_string(),
                share: share(self.oversold_units, self.accepted_units),
                tolerated_share: budget,
                excused: self.excused_units,
                informed_escrow_share: None,
            }),
            counter_example: None,
            rerun: None,
            caveat,
        }
    }

    /// Whether more of a SKU was oversold than its books allow.
    pub fn finding(self, facts: &RunFacts, journal: Option<Breach>) -> Finding {
        let on_books = |sku: SkuIndex| {
            let lent = facts.lent.as_ref()?.get(sku.0 as usize)?;
            Some((*lent).max(0).unsigned_abs())
        };
        let (mut broken, mut blamed) = (0, 0);
        let (mut first, mut excuse) = (None, None);
        for (sku, beyond) in (0u32..).map(SkuIndex).zip(self.beyond) {
            let lent = on_books(sku).unwrap_or(0);
            if beyond.units > lent {
                broken += beyond.units - lent;
                blamed += beyond.blamed.saturating_sub(lent);
                excuse = excuse.or(beyond.excuse);
                first = first.or_else(|| {
                    let mut first = beyond.first?;
                    first.what = format!("{}, of which {lent} on the books", first.what);
                    Some(first)
                });
            }
        }
        Finding {
            name: Promise::OversoldWithinBudget.name(),
            about: if facts.lent.is_some() {
                About::Counts
            } else {
                About::Nobody
            },
            promise: Some(Promise::OversoldWithinBudget),
            exercised: self.oversold_units > 0,
            broken,
            of: self.accepted_units,
            what: "units sold",
            excused: match journal {
                Some(_) => broken,
                None => broken - blamed,
            },
            tolerated_share: 0.0,
            first,
            rests: Rests {
                on: &Hypothesis::ALL,
                excuse: journal.or(excuse),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many units one run oversells, what they say of the budget is left open; beyond chance it is told.
    #[test]
    fn one_run_does_not_judge_the_share() {
        let facts = RunFacts {
            lent: Some(vec![9]),
            ..RunFacts::default()
        };
        let seen = |oversold_units| {
            let units = WithinBudget {
                accepted_units: 3_000,
                oversold_units,
                ..WithinBudget::default()
            };
            units.share(1e-3, &facts)
        };
        let (few, many) = (seen(9), seen(30));
        assert_eq!(
            (few.verdict, many.verdict),
            (Verdict::Unknown, Verdict::Unknown)
        );
        assert_eq!(few.caveat, None);
        let caveat = many.caveat.unwrap();
        assert!(
            caveat.starts_with("30 oversold where the budget allows 3.0"),
            "{caveat}"
        );
        let extent = many.extent.unwrap();
        assert_eq!((extent.share, extent.tolerated_share), (0.01, 1e-3));
        let unknown_books = WithinBudget::default().share(1e-3, &RunFacts::default());
        assert_eq!(unknown_books.verdict, Verdict::NotJudged);
    }
}
