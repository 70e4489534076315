//! Quantities as they were, for reads that lag behind.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::faults::FaultCount;
use oversell_kernel::Micros;

/// Most values that are remembered of one slot; what is older than the oldest is taken for the oldest.
const MOST_OF_A_SLOT: usize = 256;

/// What slots held before they changed. Nothing is kept while no read looks back, and a read looks back only between
/// [`PastValues::begin_read`] and [`PastValues::end_read`].
#[derive(Debug)]
pub struct PastValues<V> {
    /// By slot, each value with the instant at which it ended, oldest first.
    ended: IndexMap<u64, VecDeque<(Micros, V)>, FxBuildHasher>,
    /// How far back reads may look; zero keeps nothing.
    reach: Micros,
    now: Micros,
    /// What the present read shows things as of; `None` outside of lagging reads.
    as_of: Option<Micros>,
    has_looked: Cell<bool>,
    /// Slots of which the present read has shown another value than they hold.
    differed: RefCell<Vec<u64>>,
    /// Reads that showed quantities while reads lagged, and those that showed an older one.
    pub lagged_reads: FaultCount,
}

impl<V> Default for PastValues<V> {
    fn default() -> PastValues<V> {
        PastValues {
            ended: IndexMap::default(),
            reach: Micros::ZERO,
            now: Micros::ZERO,
            as_of: None,
            has_looked: Cell::new(false),
            differed: RefCell::default(),
            lagged_reads: FaultCount::default(),
        }
    }
}

impl<V: PartialEq> PastValues<V> {
    /// Says how far back reads may look from now on; zero forgets everything.
    pub fn set_reach(&mut self, reach: Micros) {
        self.reach = reach;
        if reach == Micros::ZERO {
            self.ended.clear();
        }
    }

    /// Says what time it is, before values change.
    pub fn tick(&mut self, now: Micros) {
        self.now = self.now.max(now);
    }

    /// Whether values that end are to be noted.
    pub fn is_kept(&self) -> bool {
        self.reach > Micros::ZERO
    }

    /// Notes the value that a slot holds until now.
    pub fn ends(&mut self, slot: impl Into<u64>, value: V) {
        if !self.is_kept() {
            return;
        }
        let (now, reach) = (self.now, self.reach);
        let values = self.ended.entry(slot.into()).or_default();
        while values
            .front()
            .is_some_and(|(end, _)| *end + reach <= now || values.len() >= MOST_OF_A_SLOT)
        {
            values.pop_front();
        }
        // Of several changes at one instant only the first ends a value that anybody could have seen.
        if values.back().is_none_or(|(end, _)| *end < now) {
            values.push_back((now, value));
        }
    }

    /// Begins a read that shows things as they were `lag` ago.
    pub fn begin_read(&mut self, lag: Micros) {
        self.as_of = Some(Micros(self.now.0.saturating_sub(lag.0)));
        self.has_looked.set(false);
        self.differed.get_mut().clear();
    }

    /// Ends the read and counts it. Gives the slots of which it has shown another value than they hold, each once.
    #[must_use]
    pub fn end_read(&mut self) -> Vec<u64> {
        let mut differed = self.differed.take();
        if self.as_of.take().is_some() && self.has_looked.get() {
            self.lagged_reads.offer(!differed.is_empty());
        }
        differed.sort_unstable();
        differed.dedup();
        differed
    }

    /// Whether a lagging read is under way.
    pub fn is_reading(&self) -> bool {
        self.as_of.is_some()
    }

    /// What the present read shows of a slot that holds `present`.
    pub fn shown<'a>(&'a self, slot: impl Into<u64>, present: &'a V) -> &'a V {
        let Some(as_of) = self.as_of else {
            return present;
        };
        self.has_looked.set(true);
        let slot = slot.into();
        let past = self.ended.get(&slot).and_then(|values| {
            let place = values.partition_point(|(end, _)| *end <= as_of);
            values.get(place)
        });
        match past {
            Some((_, value)) if value != present => {
                self.differed.borrow_mut().push(slot);
                value
            }
            _ => present,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(past: &mut PastValues<i64>, at: u64, lag: u64, present: i64) -> i64 {
        past.tick(Micros(at));
        past.begin_read(Micros(lag));
        let shown = *past.shown(7u32, &present);
        assert_eq!(shown, *past.shown(7u32, &present), "asked twice");
        let differed = past.end_read();
        assert_eq!(differed, if shown == present { vec![] } else { vec![7] });
        shown
    }

    #[test]
    fn a_read_shows_the_value_of_its_time_and_only_lagging_ones_cost_memory() {
        let mut past = PastValues::default();
        past.ends(7u32, 1);
        assert!(
            past.ended.is_empty(),
            "nothing is kept while nobody looks back"
        );
        past.set_reach(Micros(100));
        for (at, before) in [(10, 1), (20, 2), (20, 99), (30, 3)] {
            past.tick(Micros(at));
            past.ends(7u32, before);
        }
        // 1 until 10, 2 until 20, 3 until 30, then 4.
        for (lag, shown) in [(0, 4), (1, 3), (10, 3), (11, 2), (20, 2), (21, 1), (30, 1)] {
            assert_eq!(read(&mut past, 30, lag, 4), shown, "lag {lag}");
        }
        let counted = past.lagged_reads;
        assert_eq!((counted.eligible, counted.injected), (7, 6));
        past.set_reach(Micros::ZERO);
        assert_eq!(read(&mut past, 30, 30, 4), 4);
    }

    #[test]
    fn what_is_too_old_or_too_much_is_forgotten() {
        let mut past = PastValues::default();
        past.set_reach(Micros(1_000));
        for at in 1..=10_000 {
            past.tick(Micros(at));
            past.ends(7u32, at as i64);
            assert!(past.ended[&7].len() <= MOST_OF_A_SLOT);
        }
        past.tick(Micros(50_000));
        past.ends(7u32, 0);
        assert_eq!(past.ended[&7].len(), 1);
    }
}
