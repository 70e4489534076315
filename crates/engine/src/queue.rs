//! The publish queue of one channel: one slot per listing, latest value wins, ordered by the two-class rule of
//! docs/theory.md C, filled up to what one call of the platform takes.

mod rank;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

use super::canonical::SkuIndex;
use super::connectors::{Change, QuantityWrite};
use oversell_kernel::Micros;
pub use rank::Priority;
use rank::Rank;

/// A waiting listing is sent no later than this after others of its class, however unimportant (docs/theory.md C: age cap
/// against starvation).
const AGE_CAP: Micros = Micros::from_secs(900);

/// The rows that one call may hold together: those of one batch group and one kind of change.
#[derive(
    Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
struct Batch {
    group: u64,
    is_adjustment: bool,
}

/// What waits for a listing.
#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
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
        matches!(self.priority, Priority::Cover(_)) && !self.is_overdue
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
#[derive(Debug, serde::Serialize, serde::Deserialize)]
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
        let replaced = &self.slots[write.sku.0 as usize];
        let slot = Slot {
            change: write.change,
            group,
            priority,
            waiting_since: replaced.map_or(now, |slot| slot.waiting_since),
            is_overdue: false,
        };
        self.set(write.sku, Some(slot));
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
            self.set(row.sku, Some(slot));
        }
    }

    /// Forgets what waits for a listing.
    pub fn forget(&mut self, sku: SkuIndex) {
        self.set(sku, None);
    }

    /// The change that waits for a listing.
    pub fn waiting(&self, sku: SkuIndex) -> Option<Change> {
        self.slots[sku.0 as usize].map(|slot| slot.change)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting == 0 && self.in_order.is_empty()
    }

    /// Whether what goes next is in the background, and so may wait for others.
    pub fn next_is_background(&self) -> bool {
        let next = self.ready.first().map(|(_, sku)| self.slot(*sku));
        self.in_order.is_empty() && next.is_some_and(|slot| slot.priority.is_background())
    }

    /// The change that waits for a listing in the background.
    pub fn in_background(&self, sku: SkuIndex) -> Option<Change> {
        let slot = self.slots[sku.0 as usize]?;
        slot.priority.is_background().then_some(slot.change)
    }

    /// How many listings have a change that waits.
    pub fn listings(&self) -> usize {
        self.waiting
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
        let slots: Vec<Slot> = skus.iter().filter_map(|sku| self.set(*sku, None)).collect();
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
            && let Some(slot) = self.set(sku, None)
        {
            let is_overdue = true;
            self.set(sku, Some(Slot { is_overdue, ..slot }));
        }
    }

    fn slot(&self, sku: SkuIndex) -> &Slot {
        self.slots[sku.0 as usize]
            .as_ref()
            .expect("what is ready has a slot")
    }

    /// Fills or empties a listing's slot. Gives what was in it.
    fn set(&mut self, sku: SkuIndex, new: Option<Slot>) -> Option<Slot> {
        let old = std::mem::replace(&mut self.slots[sku.0 as usize], new);
        let is_costing = |slot: Option<Slot>| slot.is_some_and(|it| it.priority.is_costing());
        self.waiting = self.waiting + usize::from(new.is_some()) - usize::from(old.is_some());
        self.costing = self.costing + usize::from(is_costing(new)) - usize::from(is_costing(old));
        let ageing = |slot: Option<Slot>| {
            slot.filter(Slot::is_ageing)
                .map(|slot| (slot.waiting_since, sku))
        };
        if ageing(new) != ageing(old) {
            if let Some(key) = ageing(old) {
                self.ageing.remove(&key);
            }
            self.ageing.extend(ageing(new));
        }
        if !self.in_flight[sku.0 as usize] {
            if let Some(old) = &old {
                self.stand_back(sku, old);
            }
            if let Some(new) = &new {
                self.line_up(sku, new);
            }
        }
        old
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
