//! No unit is sold that is not there.

use channel_mocks::core::Cause;

use super::Place;
use super::finding::{About, Finding};
use crate::engine::config::Promise;
use crate::measure::by_sku;
use crate::measure::verdict::CounterExample;
use crate::world::SkuIndex;
use crate::world::ledger::Entry;

/// Judged SKU by SKU and unit by unit: sales may exceed what there is by as many units of the same SKU as had been lost, put
/// back on sale by a platform after they had left, or added to a count by hand before (H6 and H8 of docs/theory.md A5), and
/// by no more. While sales exceed stock, a cancelled unit that a platform sells again is sold twice again.
#[derive(Clone, Debug, Default)]
pub(super) struct NoOversell {
    skus: Vec<SkuEvidence>,
    /// Some SKU was asked for more often than there were units by then.
    scarce: bool,
    accepted_units: u64,
    oversold_units: u64,
    excused_units: u64,
    first: Option<CounterExample>,
    /// The first that nothing excuses; it is what a promise is held against.
    first_unexcused: Option<CounterExample>,
}

#[derive(Copy, Clone, Debug, Default)]
struct SkuEvidence {
    /// Units refused so far.
    refused: u64,
    /// Units by which sales may exceed what there is.
    excuses: u64,
}

impl NoOversell {
    fn sku(&mut self, sku: SkuIndex) -> &mut SkuEvidence {
        by_sku::row(&mut self.skus, sku)
    }

    pub fn record(&mut self, place: Place<'_>, entry: &Entry) {
        match *entry {
            Entry::Offered {
                sku,
                units,
                sellable,
                ..
            } => {
                // Had nobody been refused, fewer units than were asked for would be left: with what is received later the
                // moment has passed, and it could have gone wrong.
                let wanted = self.sku(sku).refused + u64::from(units);
                self.scarce |= wanted > sellable.max(0).unsigned_abs();
            }
            Entry::Refused { sku, units, .. } => self.sku(sku).refused += u64::from(units),
            Entry::Stock { sku, delta } if delta < 0 => {
                self.sku(sku).excuses += delta.unsigned_abs();
            }
            Entry::RestockedGone { sku, units, .. } => self.sku(sku).excuses += u64::from(units),
            Entry::Displayed {
                sku,
                from,
                to,
                cause: Cause::Edit,
                ..
            } => self.sku(sku).excuses += u64::try_from(to.saturating_sub(from)).unwrap_or(0),
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
                let excused = oversold - oversold.min(beyond.saturating_sub(self.sku(sku).excuses));
                self.oversold_units += oversold;
                self.excused_units += excused;
                let number = sku.0 + 1;
                let example = || CounterExample {
                    sku: Some(number),
                    displayed: Some(displayed),
                    sellable: Some(sellable),
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
                    self.first_unexcused.get_or_insert_with(example);
                }
            }
            _ => {}
        }
    }

    pub fn finding(self) -> Finding {
        Finding {
            name: Promise::NoOversell.name(),
            about: About::Counts,
            promise: Some(Promise::NoOversell),
            exercised: self.scarce && self.accepted_units > 0,
            broken: self.oversold_units,
            of: self.accepted_units,
            what: "units sold",
            excused: self.excused_units,
            tolerated_share: 0.0,
            first: self.first_unexcused.or(self.first),
        }
    }
}
