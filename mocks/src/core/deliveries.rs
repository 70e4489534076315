//! Deliveries of webhooks from the first attempt to the last: which are under way, and which are tried again.

use super::machine::{DeliveryId, DeliveryOutcome};
use oversell_kernel::Micros;

/// Deliveries that wait for a retry, of one shop; what fails beyond them is not tried again. No platform names a figure.
pub(crate) const MOST_RETRYING: usize = 100_000;

#[derive(Debug)]
struct Slot<D> {
    delivery: Option<D>,
    attempts: u32,
    /// Distinguishes the attempts that have used this slot.
    generation: u32,
    in_flight: bool,
}

/// Deliveries, each in a slot that keeps its number until the delivery is released.
#[derive(Debug)]
pub(crate) struct Deliveries<D> {
    slots: Vec<Slot<D>>,
    free: Vec<u32>,
    /// How many wait for a retry.
    retrying: usize,
}

/// What became of a delivery at the end of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended<D> {
    /// Nothing more is to be done about it.
    Over,
    /// The one in this slot is tried again; it keeps the slot.
    Retry {
        /// Its slot.
        slot: u32,
        /// The time to its next attempt, from the list of retries.
        delay: Micros,
    },
    /// It has failed, and no retry is left.
    Lost(D),
}

impl<D> Deliveries<D> {
    /// None yet.
    pub(crate) fn new() -> Deliveries<D> {
        Deliveries {
            slots: Vec::new(),
            free: Vec::new(),
            retrying: 0,
        }
    }

    /// Gives a delivery a slot.
    pub(crate) fn hold(&mut self, delivery: D) -> u32 {
        match self.free.pop() {
            Some(index) => {
                let slot = &mut self.slots[index as usize];
                slot.delivery = Some(delivery);
                slot.attempts = 0;
                index
            }
            None => {
                self.slots.push(Slot {
                    delivery: Some(delivery),
                    attempts: 0,
                    generation: 0,
                    in_flight: false,
                });
                self.slots.len() as u32 - 1
            }
        }
    }

    /// A delivery in its slot.
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut D> {
        self.slots.get_mut(slot as usize)?.delivery.as_mut()
    }

    /// The delivery of a slot that is due for an attempt, which no longer waits for a retry if it did.
    pub(crate) fn take_up(&mut self, slot: u32) -> Option<&mut D> {
        let slot = self.slots.get_mut(slot as usize)?;
        let delivery = slot.delivery.as_mut()?;
        if slot.attempts > 0 {
            self.retrying -= 1;
        }
        Some(delivery)
    }

    /// Notes that an attempt at a delivery that was taken up leaves, and gives the attempt's id.
    pub(crate) fn attempt(&mut self, index: u32) -> DeliveryId {
        let slot = &mut self.slots[index as usize];
        slot.attempts += 1;
        slot.generation = slot.generation.wrapping_add(1);
        slot.in_flight = true;
        DeliveryId(u64::from(slot.generation) << 32 | u64::from(index))
    }

    /// Frees a slot and gives what was in it.
    pub(crate) fn release(&mut self, slot: u32) -> Option<D> {
        let delivery = self.slots.get_mut(slot as usize)?.delivery.take();
        if delivery.is_some() {
            self.free.push(slot);
        }
        delivery
    }

    /// Takes the end of an attempt. One that is answered with a status that `is_taken` holds for is over; another is tried
    /// again as often as there are `retries`. An attempt that is not under way changes nothing.
    pub(crate) fn ended(
        &mut self,
        id: DeliveryId,
        outcome: DeliveryOutcome,
        is_taken: impl FnOnce(u16) -> bool,
        retries: &[Micros],
    ) -> Ended<D> {
        let index = id.0 as u32;
        let Some(slot) = self.slots.get_mut(index as usize) else {
            return Ended::Over;
        };
        if !slot.in_flight || u64::from(slot.generation) != id.0 >> 32 {
            return Ended::Over;
        }
        slot.in_flight = false;
        let retry = retries.get(slot.attempts as usize - 1);
        match (outcome, retry) {
            (DeliveryOutcome::Answered(status), _) if is_taken(status) => {
                self.release(index);
                Ended::Over
            }
            (_, None) => self.release(index).map_or(Ended::Over, Ended::Lost),
            (_, Some(_)) if self.retrying == MOST_RETRYING => {
                self.release(index);
                Ended::Over
            }
            (_, Some(&delay)) => {
                self.retrying += 1;
                Ended::Retry { slot: index, delay }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: [Micros; 2] = [Micros(30), Micros(70)];

    fn fail(deliveries: &mut Deliveries<char>, id: DeliveryId) -> Ended<char> {
        let answered = DeliveryOutcome::Answered(500);
        deliveries.ended(id, answered, |status| status == 200, &RETRIES)
    }

    #[test]
    fn a_delivery_is_tried_as_often_as_there_are_retries_and_only_its_own_attempts_end_it() {
        let mut deliveries = Deliveries::new();
        let slot = deliveries.hold('a');
        let mut before = DeliveryId(u64::MAX);
        for delay in RETRIES {
            assert_eq!(deliveries.take_up(slot), Some(&mut 'a'));
            let id = deliveries.attempt(slot);
            assert_eq!(fail(&mut deliveries, before), Ended::Over, "an old attempt");
            assert_eq!(fail(&mut deliveries, id), Ended::Retry { slot, delay });
            assert_eq!(fail(&mut deliveries, id), Ended::Over, "the same end again");
            before = id;
        }
        assert_eq!(deliveries.take_up(slot), Some(&mut 'a'));
        let last = deliveries.attempt(slot);
        assert_eq!(fail(&mut deliveries, last), Ended::Lost('a'));
        assert_eq!(deliveries.hold('b'), slot, "the slot is used again");
        assert_eq!(deliveries.take_up(slot), Some(&mut 'b'));
        let next = deliveries.attempt(slot);
        assert_eq!(fail(&mut deliveries, last), Ended::Over);
        let taken = DeliveryOutcome::Answered(200);
        let ended = deliveries.ended(next, taken, |status| status == 200, &RETRIES);
        assert_eq!((ended, deliveries.get_mut(slot)), (Ended::Over, None));
    }

    #[test]
    fn what_fails_while_as_many_wait_as_may_is_not_tried_again() {
        let mut deliveries = Deliveries::new();
        let slots: Vec<u32> = (0..=MOST_RETRYING).map(|_| deliveries.hold('a')).collect();
        let ids: Vec<DeliveryId> = slots.iter().map(|slot| deliveries.attempt(*slot)).collect();
        let is_retried = |ended| matches!(ended, Ended::Retry { .. });
        let retried: Vec<bool> = ids
            .iter()
            .map(|id| is_retried(fail(&mut deliveries, *id)))
            .collect();
        let (last, others) = retried.split_last().unwrap();
        assert!(!last && others.iter().all(|is_retried| *is_retried));
        assert_eq!(deliveries.get_mut(slots[MOST_RETRYING]), None);
        deliveries.take_up(slots[0]);
        let first = deliveries.attempt(slots[0]);
        assert!(
            is_retried(fail(&mut deliveries, first)),
            "one place is free"
        );
    }
}
