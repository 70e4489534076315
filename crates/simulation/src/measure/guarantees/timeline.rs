//! What happened to a SKU before something broke a guarantee: the last few entries that concern it, kept as the run goes.

use channel_mocks::core::{Cause, Micros};

use super::Place;
use crate::measure::by_sku;
use crate::measure::verdict::Moment;
use crate::measure::words::{counted, seconds};
use crate::world::ledger::Entry;
use crate::world::{ChannelIndex, SkuIndex};

/// Entries that are kept of each SKU.
const KEPT: usize = 6;

/// The last entries of every SKU, as far as they say why a count was what it was. A buyer who was refused, and a count that
/// fell by its own sale, are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Timelines(Vec<Kept>);

#[derive(Clone, Debug, Default)]
struct Kept {
    recent: [Option<Note>; KEPT],
    next: u8,
}

/// An entry, as small as it can be told.
#[derive(Copy, Clone, Debug)]
struct Note {
    at: Micros,
    channel: Option<ChannelIndex>,
    what: What,
}

#[derive(Copy, Clone, Debug)]
enum What {
    Sold { units: u32, sellable: i64 },
    Written { from: i64, to: i64, sent_at: Micros },
    Changed { from: i64, to: i64, why: Why },
    Removed { units: u32 },
    Learned { orders: u32, oldest: Micros },
    Stock { units: i64 },
    Gone { units: u32 },
    BadCount { units: i64 },
}

#[derive(Copy, Clone, Debug)]
enum Why {
    Cancelled,
    Removed,
    Returned,
    Edited,
}

impl Timelines {
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        let (sku, channel, what) = match *entry {
            Entry::Accepted {
                channel,
                sku,
                units,
                sellable,
                ..
            } => (sku, Some(channel), What::Sold { units, sellable }),
            Entry::Displayed {
                channel,
                sku,
                from,
                to,
                cause,
                ..
            } => {
                let why = match cause {
                    Cause::Write { sent_at, .. } => {
                        let what = What::Written { from, to, sent_at };
                        return self.keep(at, sku, Some(channel), what);
                    }
                    Cause::Checkout(_) => return,
                    Cause::Cancelled(_) => Why::Cancelled,
                    Cause::Removed(_) => Why::Removed,
                    Cause::Returned(_) => Why::Returned,
                    Cause::Edit => Why::Edited,
                };
                (sku, Some(channel), What::Changed { from, to, why })
            }
            Entry::UnitsRemoved {
                channel,
                sku,
                units,
                ..
            } => (sku, Some(channel), What::Removed { units }),
            Entry::Learned {
                channel,
                sku,
                accepted_at,
                ..
            } => {
                let what = What::Learned {
                    orders: 1,
                    oldest: at.since(accepted_at),
                };
                (sku, Some(channel), what)
            }
            Entry::Stock { sku, delta } => (sku, None, What::Stock { units: delta }),
            Entry::RestockedGone {
                channel,
                sku,
                units,
            } => (sku, Some(channel), What::Gone { units }),
            Entry::BadCount {
                channel,
                sku,
                units,
            } => (sku, channel, What::BadCount { units }),
            _ => return,
        };
        self.keep(at, sku, channel, what);
    }

    fn keep(&mut self, at: Micros, sku: SkuIndex, channel: Option<ChannelIndex>, what: What) {
        let kept = by_sku::row(&mut self.0, sku);
        let last = (usize::from(kept.next) + KEPT - 1) % KEPT;
        if let Some(last) = &mut kept.recent[last]
            && last.channel == channel
            && let What::Learned { orders, oldest } = &mut last.what
            && let What::Learned { oldest: age, .. } = what
        {
            // One after the other they are one piece of news.
            last.at = at;
            *orders = orders.saturating_add(1);
            *oldest = age.max(*oldest);
            return;
        }
        kept.recent[usize::from(kept.next)] = Some(Note { at, channel, what });
        kept.next = (kept.next + 1) % KEPT as u8;
    }

    /// What was kept of a SKU up to when it happened, the oldest first.
    pub fn of(&self, place: Place<'_>, sku: SkuIndex) -> Vec<Moment> {
        let Some(kept) = self.0.get(sku.0 as usize) else {
            return Vec::new();
        };
        let (newer, older) = kept.recent.split_at(usize::from(kept.next));
        let notes = older.iter().chain(newer).flatten();
        notes
            .filter(|note| note.at <= place.at)
            .map(|note| Moment {
                at_s: note.at.as_secs_f64(),
                place: match note.channel {
                    Some(channel) => place.name(channel),
                    None => "warehouse".to_string(),
                },
                what: note.words(),
            })
            .collect()
    }
}

impl Note {
    fn words(&self) -> String {
        match self.what {
            What::Sold { units, sellable } => {
                format!("sold {units} with {} left", sellable.max(0))
            }
            What::Written { from, to, sent_at } => format!(
                "a write sent {} before went live: {to} shown, {from} before",
                seconds(self.at.since(sent_at))
            ),
            What::Changed { from, to, why } => {
                let why = match why {
                    Why::Cancelled => "a cancelled order put units back on sale",
                    Why::Removed => "units taken out of an order were put back on sale",
                    Why::Returned => "a returned unit was put back on sale",
                    Why::Edited => "somebody set the count by hand",
                };
                format!("{why}: {to} shown, {from} before")
            }
            What::Removed { units } => {
                format!("{} taken out of an order", counted(units.into(), "unit"))
            }
            What::Learned { orders: 1, oldest } => format!(
                "the engine was told of an order accepted {} before",
                seconds(oldest)
            ),
            What::Learned { orders, oldest } => format!(
                "the engine was told of {orders} orders, accepted up to {} before",
                seconds(oldest)
            ),
            What::Stock { units } if units < 0 => {
                format!("{} lost", counted(units.unsigned_abs(), "unit"))
            }
            What::Stock { units } => format!("{} came", counted(units.unsigned_abs(), "unit")),
            What::Gone { units } => format!(
                "{} back on sale that had left",
                counted(units.into(), "unit")
            ),
            What::BadCount { units } => {
                let wrong = counted(units.unsigned_abs(), "unit");
                match units > 0 {
                    true => format!("somebody counted {wrong} too many"),
                    false => format!("a count was lowered by {wrong} that were not there"),
                }
            }
        }
    }
}
