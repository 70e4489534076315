//! No unit is sold that is not there.

use channel_mocks::core::Micros;

use super::finding::{About, Finding};
use super::timeline::Timelines;
use super::{Place, Rests};
use crate::engine::config::Promise;
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::by_sku;
use crate::measure::verdict::CounterExample;
use crate::world::ledger::Entry;

/// Judged SKU by SKU and unit by unit. What the assumptions of the promise do not cover is decided by
/// [`Assumptions::excused`]. While sales exceed stock, a cancelled unit that a platform sells again is sold twice again.
#[derive(Clone, Debug, Default)]
pub(super) struct NoOversell {
    /// Units refused so far, per SKU.
    refused: Vec<u64>,
    /// Some SKU was asked for more often than there were units by then.
    scarce: bool,
    accepted_units: u64,
    oversold_units: u64,
    excused_units: u64,
    first: Option<CounterExample>,
    /// The first that nothing excuses; it is what a promise is held against.
    first_unexcused: Option<CounterExample>,
    first_unexcused_at: Option<Micros>,
    excuse: Option<Breach>,
}

impl NoOversell {
    pub fn record(
        &mut self,
        place: Place<'_>,
        entry: &Entry,
        assumptions: &Assumptions,
        timelines: &Timelines,
    ) {
        match *entry {
            Entry::Offered {
                sku,
                units,
                sellable,
                ..
            } => {
                // Had nobody been refused, fewer units than were asked for would be left: with what is received later the
                // moment has passed, and it could have gone wrong.
                let wanted = *by_sku::row(&mut self.refused, sku) + u64::from(units);
                self.scarce |= wanted > sellable.max(0).unsigned_abs();
            }
            Entry::Refused { sku, units, .. } => {
                *by_sku::row(&mut self.refused, sku) += u64::from(units);
            }
            Entry::Accepted {
                channel,
                sku,
                units,
                oversold_units,
                displayed,
                sellable,
                ..
            } => {
                self.accepted_units += u64::from(units);
                if oversold_units == 0 {
                    return;
                }
                let oversold = u64::from(oversold_units);
                let beyond = (i64::from(units) - sellable).max(0).unsigned_abs();
                let excused = assumptions.excused(sku, oversold, beyond);
                if excused > 0 {
                    self.excuse = self.excuse.or_else(|| assumptions.excuse(sku));
                }
                self.oversold_units += oversold;
                self.excused_units += excused;
                let number = sku.0 + 1;
                let example = || CounterExample {
                    sku: Some(number),
                    displayed: Some(displayed),
                    sellable: Some(sellable),
                    timeline: timelines.of(place, sku),
                    ..place.example(
                        channel,
                        format!(
                            "sold {units} of SKU {number} with {} left, while showing {displayed}",
                            sellable.max(0)
                        ),
                    )
                };
                self.first.get_or_insert_with(example);
                if excused < oversold {
                    self.first_unexcused_at.get_or_insert(place.at);
                    self.first_unexcused.get_or_insert_with(example);
                }
            }
            _ => {}
        }
    }

    /// `journal`: how the engine's journal lost something, if it did. No unit sold since is anybody's fault.
    pub fn finding(self, journal: Option<Breach>) -> Finding {
        let since_lost = journal.filter(|lost| {
            let first = self.first_unexcused_at;
            first.is_some_and(|first| first >= lost.at)
        });
        let excused = match since_lost {
            Some(_) => self.oversold_units,
            None => self.excused_units,
        };
        Finding {
            name: Promise::NoOversell.name(),
            about: About::Counts,
            promise: Some(Promise::NoOversell),
            exercised: self.scarce && self.accepted_units > 0,
            broken: self.oversold_units,
            of: self.accepted_units,
            what: "units sold",
            excused,
            tolerated_share: 0.0,
            first: self.first_unexcused.or(self.first),
            rests: Rests {
                on: &Hypothesis::ALL,
                excuse: since_lost.or(self.excuse),
            },
        }
    }
}
