//! With a budget: of no SKU more is oversold than stood on the engine's books, and not surely more than the budget in all
//! (docs/theory.md A9.2).

use super::finding::{About, Finding};
use super::{Place, Rests};
use crate::engine::config::Promise;
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::by_sku;
use crate::measure::figures::RunFacts;
use crate::measure::verdict::CounterExample;
use crate::world::SkuIndex;
use crate::world::ledger::Entry;

/// The budget is surely broken when chance alone oversells so much less often than this.
const SURE: f64 = 1e-3;

/// What a SKU was sold beyond its stock at the worst moment, without what is outside of the assumptions.
#[derive(Clone, Debug, Default)]
struct Beyond {
    units: u64,
    first: Option<CounterExample>,
}

/// The worst case is judged SKU by SKU; the budget by the units of the whole run.
#[derive(Clone, Debug, Default)]
pub(super) struct WithinBudget {
    beyond: Vec<Beyond>,
    accepted_units: u64,
    oversold_units: u64,
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
        let row = by_sku::row(&mut self.beyond, sku);
        let beyond = beyond.saturating_sub(excused);
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

    /// `budget`: units that may be oversold for each unit sold, zero when only the books are to be judged.
    pub fn finding(self, budget: f64, facts: &RunFacts, journal: Option<Breach>) -> Finding {
        let on_books = |sku: SkuIndex| {
            let lent = facts.lent.as_ref()?.get(sku.0 as usize)?;
            Some((*lent).max(0).unsigned_abs())
        };
        let mut broken = 0;
        let mut first = None;
        for (sku, beyond) in (0u32..).map(SkuIndex).zip(self.beyond) {
            let lent = on_books(sku).unwrap_or(0);
            if beyond.units > lent {
                broken += beyond.units - lent;
                first = first.or_else(|| {
                    let mut first = beyond.first?;
                    first.what = format!("{}, of which {lent} on the books", first.what);
                    Some(first)
                });
            }
        }
        let allowed = budget * self.accepted_units as f64;
        if broken == 0 && budget > 0.0 && is_surely_above(self.oversold_units, allowed) {
            broken = self.oversold_units;
            first = Some(CounterExample {
                at_s: facts.simulated.as_secs_f64(),
                channel: "all channels".to_string(),
                what: format!(
                    "{broken} units are oversold where the budget allows {allowed:.1}, which chance alone does not explain"
                ),
                ..CounterExample::default()
            });
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
            excused: if journal.is_some() { broken } else { 0 },
            tolerated_share: 0.0,
            first,
            rests: Rests {
                on: &Hypothesis::ALL,
                excuse: journal,
            },
        }
    }
}

/// Whether so many are more than a Poisson number of this mean comes to, but once in a thousand times.
fn is_surely_above(units: u64, mean: f64) -> bool {
    if units as f64 <= mean {
        return false;
    }
    // Pr[N >= units] = 1 - sum below; far above the mean the sum is 1 and the run surely broke it.
    let mut probability = (-mean).exp();
    let mut below = 0.0;
    for unit in 0..units {
        below += probability;
        probability *= mean / (unit + 1) as f64;
        if probability == 0.0 && unit as f64 > mean {
            break;
        }
    }
    // A mean too large for the sum is judged by its deviations.
    if mean > 700.0 {
        return units as f64 > mean + 4.0 * mean.sqrt();
    }
    1.0 - below < SURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_units_above_a_small_budget_are_chance() {
        // Pr[Poisson(3) >= 9] = .0038, >= 10 is .0011, >= 11 is .0003.
        assert!(!is_surely_above(3, 3.0));
        assert!(!is_surely_above(10, 3.0));
        assert!(is_surely_above(11, 3.0));
        // With next to no units sold even one is too many.
        assert!(is_surely_above(1, 1e-5) && !is_surely_above(0, 0.0));
        assert!(is_surely_above(1_200, 1_000.0) && !is_surely_above(1_100, 1_000.0));
    }
}
