//! The one timer of a machine or an engine.

use channel_mocks::core::{Micros, Timer};

use super::event::Generation;

/// Keeps one wake pending however often a machine changes its mind: an earlier one replaces the pending one, which then
/// is moot; for a later one the pending one stays, and sets itself again when it comes.
#[derive(Debug)]
pub(super) struct Wake {
    /// When the machine has something to do by itself.
    due: Micros,
    reason: &'static str,
    /// When the pending wake comes; `MAX` when none is pending.
    pending: Micros,
    generation: Generation,
}

/// What a wake that came means.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// The machine has something to do now.
    Due,
    /// Nothing to do; another wake is pending or none is needed.
    Moot,
    /// Nothing to do yet: to be pending again at this time.
    Again(Micros),
}

impl Default for Wake {
    fn default() -> Wake {
        Wake {
            due: Micros::MAX,
            reason: "no timer",
            pending: Micros::MAX,
            generation: 0,
        }
    }
}

impl Wake {
    /// Takes what the machine says after an input. Gives the wake to make pending, if there is one. A time that has passed
    /// means now.
    pub fn set(&mut self, now: Micros, timer: Option<Timer>) -> Option<(Micros, Generation)> {
        let Some(timer) = timer.filter(|timer| timer.at < Micros::MAX) else {
            self.due = Micros::MAX;
            return None;
        };
        self.due = timer.at.max(now);
        self.reason = timer.reason;
        if self.pending <= self.due {
            return None;
        }
        self.pending = self.due;
        self.generation = self.generation.wrapping_add(1);
        Some((self.pending, self.generation))
    }

    /// A wake has come.
    pub fn came(&mut self, now: Micros, generation: Generation) -> Came {
        if generation != self.generation || self.pending == Micros::MAX {
            return Came::Moot;
        }
        self.pending = Micros::MAX;
        if self.due <= now {
            Came::Due
        } else if self.due == Micros::MAX {
            Came::Moot
        } else {
            self.pending = self.due;
            Came::Again(self.due)
        }
    }

    /// The count to make a wake pending with, after [`Came::Again`].
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Why the machine wanted to be woken.
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(at: u64) -> Option<Timer> {
        Some(Timer {
            at: Micros(at),
            reason: "test",
        })
    }

    #[test]
    fn an_earlier_time_replaces_and_a_later_one_waits_for_the_pending_one() {
        let mut wake = Wake::default();
        assert_eq!(wake.set(Micros(0), timer(50)), Some((Micros(50), 1)));
        assert_eq!(wake.set(Micros(0), timer(50)), None);
        assert_eq!(wake.set(Micros(0), timer(30)), Some((Micros(30), 2)));
        assert_eq!(wake.set(Micros(10), timer(70)), None, "30 is still pending");
        assert_eq!(wake.came(Micros(30), 2), Came::Again(Micros(70)));
        assert_eq!(wake.came(Micros(50), 1), Came::Moot, "it was replaced");
        assert_eq!(wake.came(Micros(70), wake.generation()), Came::Due);
        assert_eq!(wake.came(Micros(70), wake.generation()), Came::Moot);
    }

    #[test]
    fn a_passed_time_means_now_and_no_time_means_never() {
        let mut wake = Wake::default();
        assert_eq!(wake.set(Micros(9), timer(5)), Some((Micros(9), 1)));
        assert_eq!(wake.set(Micros(9), None), None);
        assert_eq!(wake.came(Micros(9), 1), Came::Moot);
        assert_eq!(wake.set(Micros(9), timer(u64::MAX)), None);
    }
}
