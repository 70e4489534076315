//! What the platform does by itself, and when.
//!
//! Delays that are the same for every order come due in the order in which they were set, so they wait in plain queues;
//! only drawn delays need a heap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::core::Micros;

/// Something that comes due.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The hold of an order ends (docs/platforms/tiktok_shop.md 4.3).
    HoldEnds(u32),
    /// An order was not paid in time.
    UnpaidExpires(u32),
    /// An order was not shipped in time.
    ShipDeadline(u32),
    /// A buyer's request to cancel is approved by the platform; names the cancellation.
    ApproveCancellation(u32),
    /// What was paid is refunded; names the cancellation.
    CancellationRefunded(u32),
    /// The carrier collects an order.
    Collected(u32),
    /// The carrier delivers an order.
    Delivered(u32),
    /// A delivered order is completed.
    Completed(u32),
    /// An inventory write becomes live; names the pending write.
    WriteLive(u32),
    /// A webhook leaves; names the delivery.
    Send(u32),
}

impl Due {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Due::HoldEnds(_) => "hold ends",
            Due::UnpaidExpires(_) => "unpaid order expires",
            Due::ShipDeadline(_) => "ship deadline",
            Due::ApproveCancellation(_) => "cancel request is approved",
            Due::CancellationRefunded(_) => "cancellation is refunded",
            Due::Collected(_) => "carrier collects",
            Due::Delivered(_) => "carrier delivers",
            Due::Completed(_) => "order completes",
            Due::WriteLive(_) => "inventory write becomes live",
            Due::Send(_) => "webhook leaves",
        }
    }

    /// The queue of a delay that is the same for all.
    fn queue(self) -> Option<usize> {
        match self {
            Due::HoldEnds(_) => Some(0),
            Due::UnpaidExpires(_) => Some(1),
            Due::ShipDeadline(_) => Some(2),
            Due::ApproveCancellation(_) => Some(3),
            Due::CancellationRefunded(_) => Some(4),
            _ => None,
        }
    }
}

/// A due time; equal times come in the order in which they were set.
type Entry = (Micros, u64, Due);

#[derive(Debug, Default)]
pub(crate) struct Timers {
    queues: [VecDeque<Entry>; 5],
    heap: BinaryHeap<Reverse<Entry>>,
    sequence: u64,
    /// What comes due first, and its queue, if it is in one: looked at far more often than it changes.
    first: Option<(Entry, Option<usize>)>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Micros, due: Due) {
        self.sequence += 1;
        let entry = (at, self.sequence, due);
        let queue = due
            .queue()
            .filter(|queue| self.queues[*queue].back().is_none_or(|last| last.0 <= at));
        match queue {
            Some(queue) => self.queues[queue].push_back(entry),
            None => self.heap.push(Reverse(entry)),
        }
        // What was set before goes first at the same instant.
        if self.first.is_none_or(|(first, _)| at < first.0) {
            self.first = Some((entry, queue));
        }
    }

    fn earliest(&self) -> Option<(Entry, Option<usize>)> {
        let heap = self.heap.peek().map(|Reverse(entry)| (*entry, None));
        self.queues
            .iter()
            .enumerate()
            .filter_map(|(index, queue)| queue.front().map(|entry| (*entry, Some(index))))
            .chain(heap)
            .min_by_key(|(entry, _)| (entry.0, entry.1))
    }

    /// What comes due next.
    pub(crate) fn peek(&self) -> Option<(Micros, Due)> {
        self.first.map(|((at, _, due), _)| (at, due))
    }

    /// Takes what comes due next.
    pub(crate) fn pop(&mut self) -> Option<(Micros, Due)> {
        let ((at, _, due), queue) = self.first?;
        match queue {
            Some(index) => drop(self.queues[index].pop_front()),
            None => drop(self.heap.pop()),
        }
        self.first = self.earliest();
        Some((at, due))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Sets and pops in any mixture give what a sorted list gives.
        #[test]
        fn order_equals_a_sorted_reference(
            steps in prop::collection::vec(prop::option::weighted(0.6, (0u64..20, 0u32..9)), 1..200),
        ) {
            let mut timers = Timers::default();
            let mut reference: Vec<(Micros, usize, Due)> = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Some((at, kind)) => {
                        let due = match kind {
                            0..=1 => Due::HoldEnds(number as u32),
                            2..=3 => Due::UnpaidExpires(number as u32),
                            4 => Due::ShipDeadline(number as u32),
                            5 => Due::ApproveCancellation(number as u32),
                            _ => Due::Send(number as u32),
                        };
                        timers.set(Micros(at), due);
                        reference.push((Micros(at), number, due));
                    }
                    None => {
                        let first = reference.iter().min().copied();
                        reference.retain(|entry| Some(*entry) != first);
                        prop_assert_eq!(timers.pop(), first.map(|(at, _, due)| (at, due)));
                    }
                }
                let first = reference.iter().min();
                prop_assert_eq!(timers.peek(), first.map(|(at, _, due)| (*at, *due)));
            }
        }
    }

    #[test]
    fn comes_due_by_time_then_by_setting() {
        let mut timers = Timers::default();
        let at = Micros::from_secs;
        timers.set(at(5), Due::Send(1));
        timers.set(at(3), Due::HoldEnds(2));
        timers.set(at(5), Due::HoldEnds(3));
        timers.set(at(4), Due::HoldEnds(4));
        let mut order = Vec::new();
        while let Some((at, due)) = timers.pop() {
            order.push((at.whole_secs(), due));
        }
        assert_eq!(
            order,
            [
                (3, Due::HoldEnds(2)),
                (4, Due::HoldEnds(4)),
                (5, Due::Send(1)),
                (5, Due::HoldEnds(3)),
            ]
        );
    }
}
