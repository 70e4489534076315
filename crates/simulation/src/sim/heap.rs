//! The event heap: what happens next, in the fixed order (time, class, tie, sequence).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use channel_mocks::core::{Micros, Seed, Stream};
use slab::Slab;

use crate::scenario::Scenario;
use crate::scenario::model::SameInstant;
use crate::stage::Reason;

/// What comes first among events of one instant.
///
/// The order is chosen so that an instant reads naturally: what was due on a system by then has happened; then what
/// arrives at systems takes effect; then the engine learns; then buyers, merchants and staff act on what they see; then
/// the engine, knowing all of this, does what it had planned for this instant; last, observers look.
/// An event that schedules another of an earlier class at the same instant has it happen next.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// A system's own timer: a write goes live, an order becomes visible, a parcel leaves.
    MachineWake = 0,
    /// A request arrives at a system and takes effect.
    Request = 1,
    /// A system learns what became of a webhook delivery.
    DeliveryEnd = 2,
    /// A response arrives at the engine.
    Response = 3,
    /// A call or delivery has waited as long as it may; a response of the same instant was in time.
    Timeout = 4,
    /// A webhook arrives at the engine.
    Delivery = 5,
    /// A buyer, the merchant or the staff act.
    Act = 6,
    /// The engine's own timer.
    EngineWake = 7,
    /// A support agent looks something up.
    SupportRead = 8,
    /// The run looks whether it is over.
    Check = 9,
}

impl Class {
    /// The class of what the stage has scheduled for this reason.
    pub fn of(reason: Reason) -> Class {
        match reason {
            Reason::ExternalEvent | Reason::BuyerAct | Reason::StaffCancel | Reason::Hours => {
                Class::Act
            }
            Reason::SupportRead => Class::SupportRead,
            Reason::DemandEnd => Class::Check,
        }
    }
}

/// How many low bits of a rank count the sequence: enough for 10^13 events.
const SEQUENCE_BITS: u32 = 44;
/// How many bits above them hold the tie.
const TIE_BITS: u32 = 16;

/// What decides between events of one class at one instant.
#[derive(Clone, Debug, Default)]
pub enum Ties {
    /// The order in which they were scheduled.
    #[default]
    Scheduled,
    /// A draw per event, to explore other orders of things that happen at once; the order of scheduling decides only
    /// between equal draws.
    Drawn(Stream),
}

impl Ties {
    /// Those of a scenario under a root seed.
    pub fn of(scenario: &Scenario, seed: Seed) -> Ties {
        match scenario.ties {
            SameInstant::Scheduled => Ties::Scheduled,
            SameInstant::Drawn => Ties::Drawn(seed.stream("sim", "ties", 0)),
        }
    }
}

#[derive(Copy, Clone, Debug)]
struct Key {
    at: u64,
    /// Class, tie and sequence, from the highest bits down.
    rank: u64,
    slot: u32,
}

impl Key {
    fn place(&self) -> u128 {
        (u128::from(self.at) << 64) | u128::from(self.rank)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.place() == other.place()
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        self.place().cmp(&other.place())
    }
}

/// A binary heap of small keys over a slab of payloads, so that sifting moves 24 bytes and never a request.
#[derive(Debug)]
pub struct EventHeap<E> {
    keys: BinaryHeap<Reverse<Key>>,
    payloads: Slab<E>,
    ties: Ties,
    sequence: u64,
}

impl<E> Default for EventHeap<E> {
    fn default() -> EventHeap<E> {
        EventHeap::new(Ties::Scheduled)
    }
}

impl<E> EventHeap<E> {
    /// An empty heap.
    pub fn new(ties: Ties) -> EventHeap<E> {
        EventHeap {
            keys: BinaryHeap::new(),
            payloads: Slab::default(),
            ties,
            sequence: 0,
        }
    }

    /// Adds an event.
    pub fn push(&mut self, at: Micros, class: Class, event: E) {
        let tie = match &mut self.ties {
            Ties::Scheduled => 0,
            Ties::Drawn(stream) => stream.next_u64() >> (64 - TIE_BITS),
        };
        debug_assert!(self.sequence < 1 << SEQUENCE_BITS);
        let rank =
            (class as u64) << (SEQUENCE_BITS + TIE_BITS) | tie << SEQUENCE_BITS | self.sequence;
        self.sequence += 1;
        let slot = self.payloads.insert(event);
        let slot = u32::try_from(slot).expect("far fewer events are pending: the run's limit");
        self.keys.push(Reverse(Key {
            at: at.0,
            rank,
            slot,
        }));
    }

    /// Takes the next event: when, and what.
    pub fn pop(&mut self) -> Option<(Micros, E)> {
        let Reverse(key) = self.keys.pop()?;
        let event = self.payloads.try_remove(key.slot as usize)?;
        Some((Micros(key.at), event))
    }

    /// When the next event happens.
    pub fn next_at(&self) -> Option<Micros> {
        self.keys.peek().map(|Reverse(key)| Micros(key.at))
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether none is pending.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::Seed;
    use proptest::prelude::*;

    use super::*;

    const CLASSES: [Class; 10] = [
        Class::MachineWake,
        Class::Request,
        Class::DeliveryEnd,
        Class::Response,
        Class::Timeout,
        Class::Delivery,
        Class::Act,
        Class::EngineWake,
        Class::SupportRead,
        Class::Check,
    ];

    proptest! {
        /// Pushes and pops in any mixture give what a sorted list gives.
        #[test]
        fn order_equals_a_sorted_reference(
            steps in proptest::collection::vec(proptest::option::weighted(0.6, (0u64..20, 0usize..10)), 1..300)
        ) {
            let mut heap = EventHeap::default();
            let mut reference: Vec<(u64, Class, usize)> = Vec::new();
            for (sequence, step) in steps.into_iter().enumerate() {
                match step {
                    Some((at, class)) => {
                        heap.push(Micros(at), CLASSES[class], sequence);
                        reference.push((at, CLASSES[class], sequence));
                    }
                    None => {
                        reference.sort_unstable();
                        let expected = (!reference.is_empty()).then(|| reference.remove(0));
                        prop_assert_eq!(heap.pop(), expected.map(|(at, _, sequence)| (Micros(at), sequence)));
                    }
                }
                prop_assert_eq!(heap.len(), reference.len());
            }
            reference.sort_unstable();
            for (at, _, sequence) in reference {
                prop_assert_eq!(heap.next_at(), Some(Micros(at)));
                prop_assert_eq!(heap.pop(), Some((Micros(at), sequence)));
            }
            prop_assert_eq!(heap.pop(), None);
        }
    }

    #[test]
    fn drawn_ties_change_the_order_within_a_class_only() {
        let order = |ties: Ties| {
            let mut heap = EventHeap::new(ties);
            for n in 0..50 {
                heap.push(Micros(5), CLASSES[9 - n / 5], n);
            }
            std::iter::from_fn(|| heap.pop().map(|(_, n)| n)).collect::<Vec<_>>()
        };
        let drawn = |seed| order(Ties::Drawn(Seed(seed).stream("sim", "tie", 0)));
        let fixed = order(Ties::Scheduled);
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), fixed);
        assert_ne!(drawn(1), drawn(2));
        let classes = |order: &[usize]| order.iter().map(|n| n / 5).collect::<Vec<_>>();
        assert_eq!(classes(&drawn(1)), classes(&fixed));
    }
}
