//! What filtered and sorted lists see of the orders: a copy that lags (docs/platforms/shopify.md 0 fact 12 and 6).

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::made::Financial;
use super::orders::Order;
use crate::core::Micros;

/// What the index holds of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Last change known, in whole seconds since the start.
    pub(crate) updated_secs: u64,
    /// Whether it was cancelled.
    pub(crate) is_cancelled: bool,
    /// Whether it was closed.
    pub(crate) is_closed: bool,
    /// 0 unfulfilled, 1 partial, 2 fulfilled.
    pub(crate) fulfillment: u8,
    /// The financial state; none where there is none.
    pub(crate) financial: Option<Financial>,
}

impl Entry {
    /// The order as it is now.
    pub(crate) fn of(
        order: &Order,
        financial: Option<Financial>,
        epoch_micros_of_second: u64,
    ) -> Entry {
        Entry {
            updated_secs: (order.updated_at.0 + epoch_micros_of_second) / 1_000_000,
            is_cancelled: order.is_cancelled(),
            is_closed: order.closed_at != Micros::MAX,
            fulfillment: match order.fulfillment_status().0 {
                "UNFULFILLED" => 0,
                "FULFILLED" => 2,
                _ => 1,
            },
            financial,
        }
    }
}

/// The index.
#[derive(Debug, Default)]
pub(crate) struct SearchIndex {
    entries: Vec<Option<Entry>>,
    by_update: BTreeSet<(u64, u32)>,
    pending: BinaryHeap<Reverse<(Micros, u32, Entry)>>,
}

impl SearchIndex {
    /// A change of an order that becomes visible at `at`.
    pub(crate) fn schedule(&mut self, now: Micros, at: Micros, order: u32, entry: Entry) {
        if at <= now {
            self.apply(order, entry);
        } else {
            self.pending.push(Reverse((at, order, entry)));
        }
    }

    /// Makes everything due visible.
    pub(crate) fn advance(&mut self, now: Micros) {
        while let Some(Reverse((at, order, entry))) = self.pending.peek().copied() {
            if at > now {
                break;
            }
            self.pending.pop();
            self.apply(order, entry);
        }
    }

    fn apply(&mut self, order: u32, entry: Entry) {
        if self.entries.len() <= order as usize {
            self.entries.resize(order as usize + 1, None);
        }
        let slot = &mut self.entries[order as usize];
        match slot {
            // A change that overtook an older one stays.
            Some(known) if known.updated_secs > entry.updated_secs => return,
            Some(known) => {
                self.by_update.remove(&(known.updated_secs, order));
            }
            None => {}
        }
        *slot = Some(entry);
        self.by_update.insert((entry.updated_secs, order));
    }

    /// What is known of an order.
    pub(crate) fn entry(&self, order: u32) -> Option<&Entry> {
        self.entries.get(order as usize)?.as_ref()
    }

    /// One more than the highest order known.
    pub(crate) fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// Orders by their last change, from `from` on, ascending.
    pub(crate) fn ascending_from(&self, from: (u64, u32)) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.by_update.range(from..).copied()
    }

    /// Orders by their last change, up to and including `to`, descending.
    pub(crate) fn descending_from(&self, to: (u64, u32)) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.by_update.range(..=to).rev().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(updated_secs: u64) -> Entry {
        Entry {
            updated_secs,
            is_cancelled: false,
            is_closed: false,
            fulfillment: 0,
            financial: Some(Financial::Paid),
        }
    }

    #[test]
    fn changes_show_after_their_lag_and_never_go_back() {
        let mut index = SearchIndex::default();
        index.schedule(Micros(0), Micros(50), 0, entry(1));
        index.schedule(Micros(0), Micros(10), 0, entry(2));
        index.advance(Micros(9));
        assert_eq!(index.entry(0), None);
        index.advance(Micros(10));
        assert_eq!(index.entry(0), Some(&entry(2)));
        index.advance(Micros(60));
        assert_eq!(
            index.entry(0),
            Some(&entry(2)),
            "the older change arrived later"
        );
        assert_eq!(index.ascending_from((0, 0)).collect::<Vec<_>>(), [(2, 0)]);
    }
}
