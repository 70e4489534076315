//! Orders that could not be read: kept under their ids, counted, and read again by id, with growing waits, until they settle.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::canonical::OrderKey;
use crate::connectors::Event;
use crate::planted::planted;
use oversell_kernel::Micros;

/// From a reading that failed to the next; doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Micros = Micros::from_secs(60);
/// See [`FIRST_WAIT`].
const LONGEST_WAIT: Micros = Micros::from_secs(3_600);
/// An order that could not be read so often, over four days, is left to a person.
const MAX_READS: u32 = 100;

#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Entry {
    reads: u32,
    /// When it is read again; [`Micros::MAX`] while a reading waits or is under way.
    due: Micros,
    /// The order feed told of it, and its units are counted nowhere.
    is_missing: bool,
}

/// The orders of one channel that wait for a reader that fits.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Quarantine {
    entries: IndexMap<OrderKey, Entry, FxBuildHasher>,
    /// No order is to be read again sooner.
    next_due: Micros,
    /// Orders put into quarantine so far.
    pub(super) put: u64,
    /// Orders that have been read since.
    pub(super) settled: u64,
}

/// Where events come from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A page of the order feed.
    Feed,
    /// Orders read by id.
    Fetch,
    /// A webhook or a queue.
    Signal,
}

impl Quarantine {
    /// Nothing in it.
    pub(super) fn new() -> Quarantine {
        Quarantine {
            entries: IndexMap::default(),
            next_due: Micros::MAX,
            put: 0,
            settled: 0,
        }
    }

    /// Takes what one answer or signal says of orders. `true`: it told of an order of which not even the id is known.
    pub(super) fn take(&mut self, now: Micros, events: &[Event], source: Source) -> bool {
        let unreadable = |event: &Event| matches!(event, Event::Quarantined { .. });
        if self.entries.is_empty() && !events.iter().any(unreadable) {
            return false;
        }
        let mut is_one_unknown = false;
        let is_seen = |key| {
            let seen = |event: &Event| matches!(event, Event::OrderSeen(order) if order.key == key);
            events.iter().any(seen)
        };
        for event in events {
            match event {
                Event::Quarantined { order: None, .. } => is_one_unknown = true,
                Event::Quarantined {
                    order: Some(key), ..
                } => {
                    let is_missing = source == Source::Feed && !is_seen(*key);
                    self.put(now, *key, source, is_missing, is_seen(*key));
                }
                Event::OrderSeen(order) => {
                    let is_in_doubt = |event: &Event| matches!(event, Event::Quarantined { order: Some(key), .. } if *key == order.key);
                    if !events.iter().any(is_in_doubt)
                        && self.entries.swap_remove(&order.key).is_some()
                    {
                        self.settled += 1;
                    }
                }
                _ => {}
            }
        }
        is_one_unknown
    }

    fn put(
        &mut self,
        now: Micros,
        key: OrderKey,
        source: Source,
        is_missing: bool,
        is_counted: bool,
    ) {
        if planted!(QuarantineGivesUp) && source == Source::Fetch {
            self.entries.swap_remove(&key);
            return;
        }
        let put = &mut self.put;
        let entry = self.entries.entry(key).or_insert_with(|| {
            *put += 1;
            Entry {
                reads: 0,
                due: Micros::MAX,
                is_missing,
            }
        });
        entry.is_missing = (entry.is_missing || is_missing) && !is_counted;
        if source == Source::Fetch && entry.due == Micros::MAX {
            entry.due = if entry.reads < MAX_READS {
                now + FIRST_WAIT.doubled(entry.reads, LONGEST_WAIT)
            } else {
                Micros::MAX
            };
            entry.reads += 1;
            self.next_due = self.next_due.min(entry.due);
        }
    }

    /// The orders were asked for by id and will not be again: those in quarantine wait for their next turn.
    pub(super) fn not_read(&mut self, now: Micros, orders: &[OrderKey]) {
        for order in orders {
            if self.entries.contains_key(order) {
                self.put(now, *order, Source::Fetch, false, false);
            }
        }
    }

    /// Whether an order that the feed told of is counted nowhere: then nobody may take the feed for complete.
    pub(super) fn is_one_missing(&self) -> bool {
        self.entries.values().any(|entry| entry.is_missing)
    }

    /// Takes the orders that are to be read again.
    pub(super) fn take_due(&mut self, now: Micros) -> Vec<OrderKey> {
        let due = self.entries.iter_mut().filter(|(_, it)| it.due <= now);
        let due = due.map(|(key, entry)| {
            entry.due = Micros::MAX;
            *key
        });
        let due = due.collect();
        let left = self.entries.values().map(|entry| entry.due);
        self.next_due = left.min().unwrap_or(Micros::MAX);
        due
    }

    /// When the next order is to be read again, or an order that has been read since was to be.
    pub(super) fn next_due(&self) -> Micros {
        self.next_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{Order, OrderState};

    const KEY: OrderKey = OrderKey(7);

    fn unreadable(order: Option<OrderKey>) -> Event {
        Event::Quarantined {
            order,
            reason: "renamed".to_owned(),
        }
    }

    fn seen() -> Event {
        Event::OrderSeen(Order {
            key: KEY,
            state: OrderState::Held,
            created_at: Micros(1),
            updated_at: Micros(1),
            lines: Vec::new(),
            ship_to: None,
            restocked: None,
            lacked_stock: false,
        })
    }

    #[test]
    fn an_order_is_read_again_with_growing_waits_until_it_can_be_read() {
        let mut quarantine = Quarantine::new();
        assert!(!quarantine.take(Micros::ZERO, &[unreadable(Some(KEY))], Source::Feed));
        assert!(quarantine.is_one_missing());
        let mut now = Micros::ZERO;
        for seconds in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
            quarantine.take(now, &[unreadable(Some(KEY))], Source::Fetch);
            assert_eq!(quarantine.next_due(), now + Micros::from_secs(seconds));
            now = quarantine.next_due();
            assert_eq!(quarantine.take_due(now), [KEY]);
            assert_eq!(quarantine.next_due(), Micros::MAX, "on its way");
        }
        quarantine.take(now, &[seen()], Source::Fetch);
        assert!(!quarantine.is_one_missing());
        assert_eq!((quarantine.put, quarantine.settled), (1, 1));
    }

    #[test]
    fn an_order_whose_units_could_be_told_is_counted_but_does_not_settle() {
        let mut quarantine = Quarantine::new();
        let salvaged = [unreadable(Some(KEY)), seen()];
        quarantine.take(Micros::ZERO, &salvaged, Source::Feed);
        assert!(!quarantine.is_one_missing());
        assert_eq!((quarantine.put, quarantine.settled), (1, 0));
        assert!(quarantine.take(Micros::ZERO, &[unreadable(None)], Source::Feed));
    }
}
