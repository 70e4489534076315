//! The publish queue of one channel: one slot per listing, latest value wins, ordered by the two-class rule of
//! docs/theory.md C, filled up to what one call of the platform takes.

use std::collections::{BTreeSet, VecDeque};

use super::canonical::SkuIndex;
use super::connectors::{Change, QuantityWrite};
use oversell_kernel::Micros;

/// A waiting listing is sent no later than this after others of its class, however unimportant (docs/theory.md C: age cap
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

/// What goes first has the lower rank (two-class rule of docs/theory.md C). From the highest bit down: the class, the score, the
/// instant since when it waits; one number, because it is compared a dozen times for every row that is put or taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), derive(PartialOrd, Ord))]
struct Rank(u128);

impl Rank {
    const CLASS_BIT: u32 = 127;
    const SCORE_BIT: u32 = 63;
    /// No rank is before it.
    const FIRST: Rank = Rank(0);

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

/// The rows that one call may hold together: those of one batch group and one kind of change.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Batch {
    group: u64,
    is_adjustment: bool,
}

/// What waits for a listing.
#[derive(Copy, Clone, Debug)]
struct Slot {
    change: Change,
    group: u64,
    priority: Priority,
    waiting_since: Micros,
    /// Has waited so long that it goes ahead of its class.
    is_overdue: bool,
}

impl Slot {
    fn rank(&self) -> Rank {
        if self.is_overdue {
            Rank::overdue(self.waiting_since)
        } else {
            Rank::new(self.priority, self.waiting_since)
        }
    }

    /// Whether time alone will move it ahead.
    fn is_ageing(&self) -> bool {
        !self.priority.is_costing() && !self.is_overdue
    }

    /// With what it may share a call. A compare-and-set travels alone, because one failed row voids its call.
    fn batch(&self) -> Option<Batch> {
        let is_adjustment = match self.change {
            Change::Set(_) => false,
            Change::Adjust(_) => true,
            Change::CompareAndSet { .. } => return None,
        };
        Some(Batch {
            group: self.group,
            is_adjustment,
        })
    }
}

/// Rows taken for one call, with what is needed to put them back.
#[derive(Debug, Default)]
pub struct Taken {
    /// The rows.
    pub rows: Vec<QuantityWrite>,
    /// Their slots; empty when they were queued by `append`, and all of `group`.
    slots: Vec<Slot>,
    group: u64,
}

/// What waits to be written on one channel.
///
/// A whole catalogue may wait, at the first synchronisation and at every sweep, and its rows leave one call at a time: what
/// goes next is found in sets that are kept sorted, never by looking through all that waits.
#[derive(Debug)]
pub struct PublishQueue {
    rows_per_call: usize,
    slots: Vec<Option<Slot>>,
    in_flight: Vec<bool>,
    /// Listings with a slot that have no write in flight, what goes first at the front.
    ready: BTreeSet<(Rank, SkuIndex)>,
    /// The same by what may share a call; empty where a call takes one row.
    companions: BTreeSet<(Batch, Rank, SkuIndex)>,
    /// Listings with a slot that will be overdue one day, the longest waiting at the front.
    ageing: BTreeSet<(Micros, SkuIndex)>,
    /// Writes that must each be sent, in this order: not coalesced. Each with its batch group.
    in_order: VecDeque<(QuantityWrite, u64)>,
    waiting: usize,
    costing: usize,
}

impl PublishQueue {
    /// An empty queue for so many SKUs, on a platform whose calls take at most so many rows.
    pub fn new(skus: usize, rows_per_call: usize) -> PublishQueue {
        PublishQueue {
            rows_per_call: rows_per_call.max(1),
            slots: vec![None; skus],
            in_flight: vec![false; skus],
            ready: BTreeSet::new(),
            companions: BTreeSet::new(),
            ageing: BTreeSet::new(),
            in_order: VecDeque::new(),
            waiting: 0,
            costing: 0,
        }
    }

    /// Puts a change into the listing's slot, replacing what waited there; it keeps the age of the older one. Only rows of
    /// one `group` share a call.
    pub fn put(&mut self, now: Micros, write: QuantityWrite, group: u64, priority: Priority) {
        let replaced = self.remove(write.sku);
        self.insert(
            write.sku,
            Slot {
                change: write.change,
                group,
                priority,
                waiting_since: replaced.map_or(now, |slot| slot.waiting_since),
                is_overdue: false,
            },
        );
    }

    /// Queues a write that must be sent as it is, after all others queued this way.
    pub fn append(&mut self, write: QuantityWrite, group: u64) {
        self.in_order.push_back((write, group));
    }

    /// Puts writes back that were queued by `append` and refused before they took effect, ahead of all others.
    pub fn append_again(&mut self, writes: &[QuantityWrite], group: u64) {
        for write in writes.iter().rev() {
            self.in_order.push_front((*write, group));
        }
    }

    /// Undoes a `take` whose call could not be sent.
    pub fn restore(&mut self, taken: Taken) {
        if taken.slots.is_empty() {
            self.append_again(&taken.rows, taken.group);
        }
        for (row, slot) in taken.rows.iter().zip(taken.slots) {
            self.insert(row.sku, slot);
        }
    }

    /// Forgets what waits for a listing.
    pub fn forget(&mut self, sku: SkuIndex) {
        self.remove(sku);
    }

    /// The change that waits for a listing.
    pub fn waiting(&self, sku: SkuIndex) -> Option<Change> {
        self.slots[sku.0 as usize].map(|slot| slot.change)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting == 0 && self.in_order.is_empty()
    }

    /// Whether something waits that costs money now.
    pub fn has_costing(&self) -> bool {
        self.costing > 0
    }

    /// Takes the next call's rows: the first by rank, then the best others that may share its call. Listings with a write in
    /// flight are passed over.
    pub fn take(&mut self, now: Micros) -> Taken {
        if let Some((first, group)) = self.in_order.pop_front() {
            return self.take_in_order(first, group);
        }
        self.grow_old(now);
        let Some(&(_, leader)) = self.ready.first() else {
            return Taken::default();
        };
        let mut skus = vec![leader];
        if let Some(batch) = self.slot(leader).batch() {
            let others = self
                .companions
                .range((batch, Rank::FIRST, SkuIndex(0))..)
                .take_while(|(of, ..)| *of == batch)
                .map(|&(.., sku)| sku)
                .filter(|sku| *sku != leader);
            skus.extend(others.take(self.rows_per_call - 1));
        }
        let slots: Vec<Slot> = skus.iter().filter_map(|sku| self.remove(*sku)).collect();
        let rows = skus.iter().zip(&slots).map(|(&sku, slot)| QuantityWrite {
            sku,
            change: slot.change,
        });
        Taken {
            rows: rows.collect(),
            slots,
            group: 0,
        }
    }

    fn take_in_order(&mut self, first: QuantityWrite, group: u64) -> Taken {
        let mut taken = Taken {
            rows: vec![first],
            slots: Vec::new(),
            group,
        };
        while taken.rows.len() < self.rows_per_call
            && let Some(&(next, its_group)) = self.in_order.front()
            && its_group == group
            && share_a_call(first.change, next.change)
            && taken.rows.iter().all(|row| row.sku != next.sku)
        {
            taken.rows.push(next);
            self.in_order.pop_front();
        }
        taken
    }

    /// Moves ahead what has waited too long.
    fn grow_old(&mut self, now: Micros) {
        while let Some(&(since, sku)) = self.ageing.first()
            && now.since(since) >= AGE_CAP
            && let Some(slot) = self.remove(sku)
        {
            let is_overdue = true;
            self.insert(sku, Slot { is_overdue, ..slot });
        }
    }

    fn slot(&self, sku: SkuIndex) -> &Slot {
        self.slots[sku.0 as usize]
            .as_ref()
            .expect("what is ready has a slot")
    }

    fn insert(&mut self, sku: SkuIndex, slot: Slot) {
        self.waiting += 1;
        self.costing += usize::from(slot.priority.is_costing());
        if slot.is_ageing() {
            self.ageing.insert((slot.waiting_since, sku));
        }
        if !self.in_flight[sku.0 as usize] {
            self.line_up(sku, &slot);
        }
        self.slots[sku.0 as usize] = Some(slot);
    }

    fn remove(&mut self, sku: SkuIndex) -> Option<Slot> {
        let slot = self.slots[sku.0 as usize].take()?;
        self.waiting -= 1;
        self.costing -= usize::from(slot.priority.is_costing());
        if slot.is_ageing() {
            self.ageing.remove(&(slot.waiting_since, sku));
        }
        if !self.in_flight[sku.0 as usize] {
            self.stand_back(sku, &slot);
        }
        Some(slot)
    }

    fn line_up(&mut self, sku: SkuIndex, slot: &Slot) {
        let rank = slot.rank();
        self.ready.insert((rank, sku));
        if let Some(batch) = slot.batch().filter(|_| self.rows_per_call > 1) {
            self.companions.insert((batch, rank, sku));
        }
    }

    fn stand_back(&mut self, sku: SkuIndex, slot: &Slot) {
        let rank = slot.rank();
        self.ready.remove(&(rank, sku));
        if let Some(batch) = slot.batch().filter(|_| self.rows_per_call > 1) {
            self.companions.remove(&(batch, rank, sku));
        }
    }

    /// Marks a listing's write as sent or ended.
    pub fn set_in_flight(&mut self, sku: SkuIndex, in_flight: bool) {
        let before = std::mem::replace(&mut self.in_flight[sku.0 as usize], in_flight);
        if let Some(slot) = self.slots[sku.0 as usize].filter(|_| before != in_flight) {
            if in_flight {
                self.stand_back(sku, &slot);
            } else {
                self.line_up(sku, &slot);
            }
        }
    }

    /// Whether a listing's write is under way.
    pub fn is_in_flight(&self, sku: SkuIndex) -> bool {
        self.in_flight[sku.0 as usize]
    }
}

/// Whether two changes can be rows of one call.
fn share_a_call(a: Change, b: Change) -> bool {
    matches!(
        (a, b),
        (Change::Set(_), Change::Set(_)) | (Change::Adjust(_), Change::Adjust(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    thread_local! {
        static COMPARED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    /// As it is derived elsewhere, and counted.
    impl Ord for Rank {
        fn cmp(&self, other: &Rank) -> std::cmp::Ordering {
            COMPARED.set(COMPARED.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Rank {
        fn partial_cmp(&self, other: &Rank) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    fn put(queue: &mut PublishQueue, now: Micros, sku: u32, change: Change, priority: Priority) {
        let sku = SkuIndex(sku);
        queue.put(now, QuantityWrite { sku, change }, 0, priority);
    }

    fn skus(rows: &[QuantityWrite]) -> Vec<u32> {
        rows.iter().map(|row| row.sku.0).collect()
    }

    #[test]
    fn costing_goes_first_then_the_soonest_to_run_out() {
        let mut queue = PublishQueue::new(5, 2);
        let now = Micros::from_secs(1);
        put(&mut queue, now, 0, Change::Set(9), Priority::Cover(50.0));
        put(&mut queue, now, 1, Change::Set(0), Priority::Costing(3.0));
        put(&mut queue, now, 2, Change::Set(4), Priority::Cover(5.0));
        put(&mut queue, now, 3, Change::Set(0), Priority::Costing(30.0));
        put(&mut queue, now, 4, Change::Set(7), Priority::Cover(90.0));
        put(&mut queue, now, 0, Change::Set(8), Priority::Cover(60.0));
        assert!(queue.has_costing());
        assert_eq!(skus(&queue.take(now).rows), [3, 1]);
        assert!(!queue.has_costing());
        let last = queue.take(now).rows;
        assert_eq!(skus(&last), [2, 0]);
        assert_eq!(last[1].change, Change::Set(8), "the latest value won");
        assert_eq!(skus(&queue.take(now).rows), [4]);
        assert!(queue.is_empty());
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
        let mut queue = PublishQueue::new(2, 1);
        put(
            &mut queue,
            Micros::ZERO,
            0,
            Change::Set(9),
            Priority::Cover(1e9),
        );
        put(&mut queue, AGE_CAP, 1, Change::Set(9), Priority::Cover(1.0));
        assert_eq!(skus(&queue.take(AGE_CAP).rows), [0]);
    }

    #[test]
    fn calls_hold_one_kind_one_group_and_skip_what_is_in_flight() {
        let mut queue = PublishQueue::new(6, 10);
        let now = Micros::ZERO;
        let changes = [
            (0, Change::Set(1), 0),
            (1, Change::Set(1), 1),
            (2, Change::Set(1), 0),
            (3, Change::Set(1), 1),
            (4, Change::Adjust(1), 0),
            (5, Change::CompareAndSet { from: 3, to: 2 }, 0),
        ];
        for (sku, change, group) in changes {
            let priority = Priority::Cover(f64::from(sku));
            let sku = SkuIndex(sku);
            queue.put(now, QuantityWrite { sku, change }, group, priority);
        }
        queue.set_in_flight(SkuIndex(2), true);
        assert_eq!(skus(&queue.take(now).rows), [0]);
        assert_eq!(skus(&queue.take(now).rows), [1, 3]);
        assert_eq!(skus(&queue.take(now).rows), [4]);
        assert_eq!(skus(&queue.take(now).rows), [5]);
        assert!(queue.take(now).rows.is_empty() && !queue.is_empty());
        queue.set_in_flight(SkuIndex(2), false);
        assert_eq!(skus(&queue.take(now).rows), [2]);
    }

    #[test]
    fn what_must_be_sent_as_it_is_goes_first_and_in_its_order() {
        let mut queue = PublishQueue::new(4, 3);
        put(
            &mut queue,
            Micros::ZERO,
            3,
            Change::Set(1),
            Priority::Costing(9.0),
        );
        for (sku, change, group) in [
            (0, Change::Set(5), 7),
            (1, Change::Set(5), 7),
            (0, Change::Set(4), 7),
            (2, Change::Set(5), 8),
        ] {
            let sku = SkuIndex(sku);
            queue.append(QuantityWrite { sku, change }, group);
        }
        let first = queue.take(Micros::ZERO);
        assert_eq!(skus(&first.rows), [0, 1], "no SKU twice in a call");
        queue.restore(first);
        for expected in [&[0, 1][..], &[0], &[2], &[3], &[]] {
            assert_eq!(skus(&queue.take(Micros::ZERO).rows), expected);
        }
    }

    /// Ranks compared for each row, when a whole catalogue is put, one row is taken at a time, and each is put once more.
    fn compared_per_row(skus: u32, rows_per_call: usize, in_flight: bool) -> u64 {
        let mut queue = PublishQueue::new(skus as usize, rows_per_call);
        for sku in 0..skus {
            let score = f64::from(sku.wrapping_mul(0x9e37_79b9) >> 8);
            put(
                &mut queue,
                Micros::ZERO,
                sku,
                Change::Set(1),
                Priority::Cover(score),
            );
            queue.set_in_flight(SkuIndex(sku), in_flight);
        }
        COMPARED.set(0);
        for step in 0..u64::from(skus) {
            // Half of it becomes overdue on the way.
            let now = Micros(2 * AGE_CAP.0 * step / u64::from(skus));
            for row in queue.take(now).rows {
                queue.put(now, row, 0, Priority::Cover(1e9));
            }
        }
        COMPARED.get() / u64::from(skus)
    }

    #[test]
    fn no_take_looks_through_all_that_waits() {
        for rows_per_call in [1, 3] {
            let few = compared_per_row(500, rows_per_call, false);
            let many = compared_per_row(32_000, rows_per_call, false);
            assert!(
                few > 0 && many < 3 * few,
                "{few} and {many} with {rows_per_call} rows"
            );
        }
        assert_eq!(
            compared_per_row(500, 3, true),
            0,
            "what is in flight is not looked at"
        );
    }

    /// What waits, and the rule of the module's head applied to all of it.
    #[derive(Clone, Copy)]
    struct Plain {
        sku: u32,
        change: Change,
        group: u64,
        priority: Priority,
        since: Micros,
    }

    impl Plain {
        fn order(&self, other: &Plain, now: Micros) -> std::cmp::Ordering {
            let place = |it: &Plain| {
                let (later, score) = it.priority.urgency();
                let overdue = later && now.since(it.since) >= AGE_CAP;
                let score = if overdue { 0.0 } else { score };
                (later, !overdue, score, it.since, it.sku)
            };
            let (a, b) = (place(self), place(other));
            (a.0, a.1)
                .cmp(&(b.0, b.1))
                .then(a.2.total_cmp(&b.2))
                .then((a.3, a.4).cmp(&(b.3, b.4)))
        }

        fn call(waiting: &[Plain], in_flight: &[bool], now: Micros, limit: usize) -> Vec<u32> {
            let mut free: Vec<Plain> = waiting
                .iter()
                .filter(|it| !in_flight[it.sku as usize])
                .copied()
                .collect();
            free.sort_by(|a, b| a.order(b, now));
            let Some(first) = free.first().copied() else {
                return Vec::new();
            };
            free.retain(|it| {
                it.sku == first.sku
                    || it.group == first.group && share_a_call(it.change, first.change)
            });
            free.truncate(limit);
            free.iter().map(|it| it.sku).collect()
        }
    }

    proptest! {
        /// What is taken is what the rule says when it is applied to everything that waits, as time passes.
        #[test]
        fn a_call_is_filled_by_the_two_class_rule(
            limit in 1usize..5,
            steps in prop::collection::vec(
                (0u64..700, 0u32..8, -0.0f64..5.0, any::<bool>(), 0u32..6, 0u32..6),
                1..80,
            ),
        ) {
            let mut queue = PublishQueue::new(8, limit);
            let mut waiting: Vec<Plain> = Vec::new();
            let mut in_flight = [false; 8];
            let mut now = Micros::ZERO;
            for (wait_s, sku, score, costing, change, action) in steps {
                now += Micros::from_secs(wait_s);
                match action {
                    0 => {
                        in_flight[sku as usize] ^= true;
                        queue.set_in_flight(SkuIndex(sku), in_flight[sku as usize]);
                    }
                    1 | 2 => {
                        let expected = Plain::call(&waiting, &in_flight, now, limit);
                        let taken = queue.take(now);
                        prop_assert_eq!(skus(&taken.rows), &expected[..]);
                        if action == 1 {
                            waiting.retain(|it| !expected.contains(&it.sku));
                        } else {
                            queue.restore(taken);
                        }
                    }
                    _ => {
                        let priority = if costing { Priority::Costing(score) } else { Priority::Cover(score) };
                        let change = match change {
                            0..3 => Change::Set(1),
                            3..5 => Change::Adjust(1),
                            _ => Change::CompareAndSet { from: 1, to: 0 },
                        };
                        let group = u64::from(sku % 2);
                        queue.put(now, QuantityWrite { sku: SkuIndex(sku), change }, group, priority);
                        match waiting.iter_mut().find(|it| it.sku == sku) {
                            Some(known) => (known.priority, known.change) = (priority, change),
                            None => waiting.push(Plain { sku, change, group, priority, since: now }),
                        }
                    }
                }
                let costing = waiting.iter().any(|it| it.priority.is_costing());
                prop_assert_eq!((queue.is_empty(), queue.has_costing()), (waiting.is_empty(), costing));
            }
        }

        #[test]
        fn every_put_listing_comes_out_once_with_its_latest_value(puts in prop::collection::vec((0u32..8, 0i64..100, 0.0f64..10.0, any::<bool>()), 0..60), limit in 1usize..5) {
            let mut queue = PublishQueue::new(8, limit);
            let mut expected = [None; 8];
            for (sku, value, score, costing) in puts {
                let priority = if costing { Priority::Costing(score) } else { Priority::Cover(score) };
                put(&mut queue, Micros::ZERO, sku, Change::Set(value), priority);
                expected[sku as usize] = Some(value);
            }
            let mut got = [None; 8];
            loop {
                let rows = queue.take(Micros::ZERO).rows;
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
