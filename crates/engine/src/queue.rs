//! The publish queue of one channel: one slot per listing, latest value wins, ordered by the two-class rule of
//! domain.md C, filled up to what one call of the platform takes.

use std::collections::VecDeque;

use super::canonical::SkuIndex;
use super::connectors::{Change, QuantityWrite};
use oversell_kernel::Micros;

/// A waiting listing is sent no later than this after others of its class, however unimportant (domain.md C: age cap
/// against starvation).
const AGE_CAP: Micros = Micros::from_secs(900);

/// Why a listing should be written now or later.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Priority {
    /// What is displayed costs money right now: sold out but still displayed, or in stock but not on sale. Cents a
    /// second; the dearest goes first.
    Costing(f64),
    /// Nothing is lost yet: seconds until the stock behind the listing, or what it displays, runs out. The soonest goes
    /// first.
    Cover(f64),
}

impl Priority {
    fn is_costing(self) -> bool {
        matches!(self, Priority::Costing(_))
    }

    /// Sorts ahead of another; equal priorities leave the order to age.
    fn urgency(self) -> (bool, f64) {
        match self {
            Priority::Costing(cents) => (false, -cents),
            Priority::Cover(seconds) => (true, seconds),
        }
    }
}

#[derive(Copy, Clone, Debug)]
struct Slot {
    change: Change,
    priority: Priority,
    waiting_since: Micros,
}

/// What goes first has the lower rank (two-class rule of domain.md C). From the highest bit down: the class, the score, the
/// instant since when it waits; one number, because hundreds wait under a rate limit and are looked through for every row
/// that is sent.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(u128);

impl Rank {
    const CLASS_BIT: u32 = 127;
    const SCORE_BIT: u32 = 63;
    /// After all others: cannot go now.
    const LAST: Rank = Rank(u128::MAX);

    fn new(priority: Priority, since: Micros) -> Rank {
        let (later_class, score) = priority.urgency();
        debug_assert!(since.0 >> Rank::SCORE_BIT == 0);
        Rank(
            u128::from(later_class) << Rank::CLASS_BIT
                | u128::from(sortable(score)) << Rank::SCORE_BIT
                | u128::from(since.0),
        )
    }

    /// The rank of something that has waited too long: the first of its class, the oldest first.
    fn overdue(since: Micros) -> Rank {
        Rank(1 << Rank::CLASS_BIT | u128::from(since.0))
    }

    fn is_later_class(self) -> bool {
        self.0 >> Rank::CLASS_BIT == 1
    }

    fn since(self) -> Micros {
        Micros((self.0 & ((1 << Rank::SCORE_BIT) - 1)) as u64)
    }
}

/// A waiting listing with all that decides when it goes; these lie side by side, apart from the slots.
#[derive(Copy, Clone, Debug)]
struct Waiting {
    rank: Rank,
    sku: SkuIndex,
    in_flight: bool,
}

impl Waiting {
    fn rank_now(&self) -> Rank {
        if self.in_flight {
            Rank::LAST
        } else {
            self.rank
        }
    }

    fn grow_old(&mut self, now: Micros) {
        let since = self.rank.since();
        if self.rank.is_later_class() && now.since(since) >= AGE_CAP {
            self.rank = Rank::overdue(since);
        }
    }
}

/// A number that sorts as `f64::total_cmp` does: the bits of negative numbers run the other way.
fn sortable(score: f64) -> u64 {
    let bits = score.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// Rows taken for one call, with what is needed to put them back.
#[derive(Debug, Default)]
pub struct Taken {
    /// The rows.
    pub rows: Vec<QuantityWrite>,
    /// Their slots; empty when they were queued by `append`.
    slots: Vec<Slot>,
}

/// What waits to be written on one channel.
#[derive(Debug)]
pub struct PublishQueue {
    slots: Vec<Option<Slot>>,
    /// SKUs with a slot, unordered; positions in `slot_at`.
    dirty: Vec<Waiting>,
    slot_at: Vec<u32>,
    in_flight: Vec<bool>,
    /// Writes that must each be sent, in this order: not coalesced.
    in_order: VecDeque<QuantityWrite>,
    costing: usize,
    /// Nothing in `dirty` that is not yet ranked as overdue waits longer than since then.
    oldest: Micros,
}

impl PublishQueue {
    /// An empty queue for so many SKUs.
    pub fn new(skus: usize) -> PublishQueue {
        PublishQueue {
            slots: vec![None; skus],
            dirty: Vec::new(),
            slot_at: vec![0; skus],
            in_flight: vec![false; skus],
            in_order: VecDeque::new(),
            costing: 0,
            oldest: Micros::MAX,
        }
    }

    /// Puts a change into the listing's slot, replacing what waited there; it keeps the age of the older one.
    pub fn put(&mut self, now: Micros, sku: SkuIndex, change: Change, priority: Priority) {
        let index = sku.0 as usize;
        let waiting_since = match &self.slots[index] {
            Some(slot) => {
                self.costing -= usize::from(slot.priority.is_costing());
                slot.waiting_since
            }
            None => now,
        };
        let waiting = Waiting {
            rank: Rank::new(priority, waiting_since),
            sku,
            in_flight: self.in_flight[index],
        };
        self.oldest = self.oldest.min(waiting_since);
        match &self.slots[index] {
            Some(_) => self.dirty[self.slot_at[index] as usize] = waiting,
            None => {
                self.slot_at[index] = self.dirty.len() as u32;
                self.dirty.push(waiting);
            }
        }
        self.costing += usize::from(priority.is_costing());
        self.slots[index] = Some(Slot {
            change,
            priority,
            waiting_since,
        });
    }

    /// Queues a write that must be sent as it is, after all others queued this way.
    pub fn append(&mut self, write: QuantityWrite) {
        self.in_order.push_back(write);
    }

    /// Puts writes back that were queued by `append` and refused before they took effect, ahead of all others.
    pub fn append_again(&mut self, writes: &[QuantityWrite]) {
        for write in writes.iter().rev() {
            self.in_order.push_front(*write);
        }
    }

    /// Undoes a `take` whose call could not be sent.
    pub fn restore(&mut self, taken: Taken) {
        if taken.slots.is_empty() {
            self.append_again(&taken.rows);
        }
        for (row, slot) in taken.rows.iter().zip(taken.slots) {
            self.put(slot.waiting_since, row.sku, slot.change, slot.priority);
        }
    }

    /// Forgets what waits for a listing.
    pub fn forget(&mut self, sku: SkuIndex) {
        let index = sku.0 as usize;
        if let Some(slot) = self.slots[index].take() {
            self.costing -= usize::from(slot.priority.is_costing());
            let position = self.slot_at[index] as usize;
            self.dirty.swap_remove(position);
            if let Some(moved) = self.dirty.get(position) {
                self.slot_at[moved.sku.0 as usize] = position as u32;
            }
        }
    }

    /// The change that waits for a listing.
    pub fn waiting(&self, sku: SkuIndex) -> Option<Change> {
        self.slots[sku.0 as usize].map(|slot| slot.change)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.dirty.is_empty() && self.in_order.is_empty()
    }

    /// Whether something waits that costs money now.
    pub fn has_costing(&self) -> bool {
        self.costing > 0
    }

    /// Takes the next call's rows: the first by rank, then the best others that may share its call.
    ///
    /// `limit` rows at most, all of one batch group; a compare-and-set travels alone, because one failed row voids its
    /// call. Listings with a write in flight are passed over.
    pub fn take(&mut self, now: Micros, limit: usize, group: &dyn Fn(SkuIndex) -> u64) -> Taken {
        if let Some(first) = self.in_order.pop_front() {
            return Taken {
                rows: self.take_in_order(first, limit, group),
                slots: Vec::new(),
            };
        }
        if now.since(self.oldest) >= AGE_CAP {
            self.grow_old(now);
        }
        // Nothing is gathered to find the first: under a rate limit one row is taken at a time.
        let ranked = || self.dirty.iter().map(|it| (it.rank_now(), it.sku));
        let first = ranked().min();
        let Some((_, leader)) = first.filter(|(rank, _)| *rank != Rank::LAST) else {
            return Taken::default();
        };
        let leader_change = self.slot(leader).change;
        let mut rows = vec![QuantityWrite {
            sku: leader,
            change: leader_change,
        }];
        if limit > 1 && !matches!(leader_change, Change::CompareAndSet { .. }) {
            let leader_group = group(leader);
            let mut others: Vec<(Rank, SkuIndex)> = ranked()
                .filter(|&(rank, sku)| {
                    rank != Rank::LAST
                        && sku != leader
                        && group(sku) == leader_group
                        && same_kind(leader_change, self.slot(sku).change)
                })
                .collect();
            if others.len() > limit - 1 {
                others.select_nth_unstable(limit - 2);
                others.truncate(limit - 1);
            }
            others.sort_unstable();
            rows.extend(others.iter().map(|&(_, sku)| QuantityWrite {
                sku,
                change: self.slot(sku).change,
            }));
        }
        let slots = rows.iter().map(|row| *self.slot(row.sku)).collect();
        for row in &rows {
            self.forget(row.sku);
        }
        Taken { rows, slots }
    }

    /// Ranks anew what has waited too long.
    fn grow_old(&mut self, now: Micros) {
        let mut oldest = Micros::MAX;
        for waiting in &mut self.dirty {
            waiting.grow_old(now);
            let since = waiting.rank.since();
            if now.since(since) < AGE_CAP {
                oldest = oldest.min(since);
            }
        }
        self.oldest = oldest;
    }

    fn slot(&self, sku: SkuIndex) -> &Slot {
        self.slots[sku.0 as usize]
            .as_ref()
            .expect("a dirty SKU has a slot")
    }

    fn take_in_order(
        &mut self,
        first: QuantityWrite,
        limit: usize,
        group: &dyn Fn(SkuIndex) -> u64,
    ) -> Vec<QuantityWrite> {
        let mut rows = vec![first];
        while rows.len() < limit
            && let Some(next) = self.in_order.front()
            && !matches!(first.change, Change::CompareAndSet { .. })
            && same_kind(first.change, next.change)
            && group(next.sku) == group(first.sku)
            && rows.iter().all(|row| row.sku != next.sku)
        {
            rows.extend(self.in_order.pop_front());
        }
        rows
    }

    /// Marks a listing's write as sent or ended.
    pub fn set_in_flight(&mut self, sku: SkuIndex, in_flight: bool) {
        let index = sku.0 as usize;
        self.in_flight[index] = in_flight;
        if self.slots[index].is_some() {
            self.dirty[self.slot_at[index] as usize].in_flight = in_flight;
        }
    }

    /// Whether a listing's write is under way.
    pub fn is_in_flight(&self, sku: SkuIndex) -> bool {
        self.in_flight[sku.0 as usize]
    }
}

/// Whether two changes can be rows of one call.
fn same_kind(a: Change, b: Change) -> bool {
    matches!(
        (a, b),
        (Change::Set(_), Change::Set(_)) | (Change::Adjust(_), Change::Adjust(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one_group(_: SkuIndex) -> u64 {
        0
    }

    fn skus(rows: &[QuantityWrite]) -> Vec<u32> {
        rows.iter().map(|row| row.sku.0).collect()
    }

    #[test]
    fn costing_goes_first_then_the_soonest_to_run_out() {
        let mut queue = PublishQueue::new(5);
        let now = Micros::from_secs(1);
        queue.put(now, SkuIndex(0), Change::Set(9), Priority::Cover(50.0));
        queue.put(now, SkuIndex(1), Change::Set(0), Priority::Costing(3.0));
        queue.put(now, SkuIndex(2), Change::Set(4), Priority::Cover(5.0));
        queue.put(now, SkuIndex(3), Change::Set(0), Priority::Costing(30.0));
        queue.put(now, SkuIndex(0), Change::Set(8), Priority::Cover(60.0));
        assert!(queue.has_costing());
        assert_eq!(skus(&queue.take(now, 1, &one_group).rows), [3]);
        assert_eq!(skus(&queue.take(now, 2, &one_group).rows), [1, 2]);
        let last = queue.take(now, 9, &one_group).rows;
        assert_eq!(
            last,
            [QuantityWrite {
                sku: SkuIndex(0),
                change: Change::Set(8)
            }],
            "the latest value won"
        );
        assert!(queue.is_empty() && !queue.has_costing());
    }

    #[test]
    fn sortable_scores_sort_as_the_scores_do() {
        let scores = [
            f64::NEG_INFINITY,
            -3.5,
            -1e-9,
            -0.0,
            0.0,
            1e-9,
            2.0,
            f64::MAX,
            f64::INFINITY,
        ];
        assert!(scores.map(sortable).is_sorted());
    }

    #[test]
    fn an_old_entry_is_not_starved() {
        let mut queue = PublishQueue::new(2);
        queue.put(
            Micros::ZERO,
            SkuIndex(0),
            Change::Set(9),
            Priority::Cover(1e9),
        );
        queue.put(AGE_CAP, SkuIndex(1), Change::Set(9), Priority::Cover(1.0));
        assert_eq!(skus(&queue.take(AGE_CAP, 1, &one_group).rows), [0]);
    }

    #[test]
    fn calls_hold_one_kind_one_group_and_skip_what_is_in_flight() {
        let mut queue = PublishQueue::new(6);
        let now = Micros::ZERO;
        for sku in 0..4 {
            queue.put(
                now,
                SkuIndex(sku),
                Change::Set(1),
                Priority::Cover(f64::from(sku)),
            );
        }
        queue.put(now, SkuIndex(4), Change::Adjust(1), Priority::Cover(9.0));
        queue.put(
            now,
            SkuIndex(5),
            Change::CompareAndSet { from: 3, to: 2 },
            Priority::Cover(10.0),
        );
        queue.set_in_flight(SkuIndex(2), true);
        let odd_and_even = |sku: SkuIndex| u64::from(sku.0 % 2);
        assert_eq!(skus(&queue.take(now, 10, &odd_and_even).rows), [0]);
        assert_eq!(skus(&queue.take(now, 10, &odd_and_even).rows), [1, 3]);
        assert_eq!(skus(&queue.take(now, 10, &one_group).rows), [4]);
        assert_eq!(skus(&queue.take(now, 10, &one_group).rows), [5]);
        assert!(queue.take(now, 10, &one_group).rows.is_empty());
        queue.set_in_flight(SkuIndex(2), false);
        assert_eq!(skus(&queue.take(now, 10, &one_group).rows), [2]);
    }

    proptest! {
        /// What is taken first is what the rule says when it is applied to everything that waits, as time passes.
        #[test]
        fn the_first_is_the_first_by_the_two_class_rule(
            steps in prop::collection::vec((0u64..700, 0u32..6, -0.0f64..5.0, any::<bool>(), 0u32..4), 1..80),
        ) {
            let mut queue = PublishQueue::new(6);
            let mut waiting: Vec<(u32, Priority, Micros)> = Vec::new();
            let mut in_flight = [false; 6];
            let mut now = Micros::ZERO;
            for (wait_s, sku, score, costing, action) in steps {
                now += Micros::from_secs(wait_s);
                match action {
                    0 => {
                        in_flight[sku as usize] ^= true;
                        queue.set_in_flight(SkuIndex(sku), in_flight[sku as usize]);
                    }
                    1 => {
                        let free = waiting.iter().filter(|(sku, ..)| !in_flight[*sku as usize]);
                        let first = free.min_by(|a, b| {
                            let place = |&(sku, priority, since): &(u32, Priority, Micros)| {
                                let (later, score) = priority.urgency();
                                let overdue = later && now.since(since) >= AGE_CAP;
                                (later, !overdue, if overdue { 0.0 } else { score }, since, sku)
                            };
                            let (a, b) = (place(a), place(b));
                            (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then((a.3, a.4).cmp(&(b.3, b.4)))
                        });
                        let expected: Vec<u32> = first.map(|(sku, ..)| *sku).into_iter().collect();
                        prop_assert_eq!(skus(&queue.take(now, 1, &one_group).rows), &expected[..]);
                        waiting.retain(|(sku, ..)| !expected.contains(sku));
                    }
                    _ => {
                        let priority = if costing { Priority::Costing(score) } else { Priority::Cover(score) };
                        queue.put(now, SkuIndex(sku), Change::Set(1), priority);
                        match waiting.iter_mut().find(|(known, ..)| *known == sku) {
                            Some(known) => known.1 = priority,
                            None => waiting.push((sku, priority, now)),
                        }
                    }
                }
            }
        }

        #[test]
        fn every_put_listing_comes_out_once_with_its_latest_value(puts in prop::collection::vec((0u32..8, 0i64..100, 0.0f64..10.0, any::<bool>()), 0..60), limit in 1usize..5) {
            let mut queue = PublishQueue::new(8);
            let mut expected = [None; 8];
            for (sku, value, score, costing) in puts {
                let priority = if costing { Priority::Costing(score) } else { Priority::Cover(score) };
                queue.put(Micros::ZERO, SkuIndex(sku), Change::Set(value), priority);
                expected[sku as usize] = Some(value);
            }
            let mut got = [None; 8];
            loop {
                let rows = queue.take(Micros::ZERO, limit, &one_group).rows;
                if rows.is_empty() { break; }
                prop_assert!(rows.len() <= limit);
                for row in rows {
                    let Change::Set(value) = row.change else { unreachable!() };
                    prop_assert!(got[row.sku.0 as usize].replace(value).is_none());
                }
            }
            prop_assert_eq!(got, expected);
            prop_assert!(queue.is_empty() && !queue.has_costing());
        }
    }
}
