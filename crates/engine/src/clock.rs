//! Time that has passed, on a host whose clock may be set.
//!
//! Write lifetimes and the lag of order feeds are times that must have passed (docs/theory.md A5, clocks). The engine reads a
//! clock that a person or a time server may set ahead, and then more has passed by it than has in truth. Its host tells that
//! ([`Input::ClockSet`]), since a machine has a second clock that nobody can set; whatever was waited for is waited for so much
//! longer. A clock that stands still until it is right again makes waits longer by itself.
//!
//! [`Input::ClockSet`]: crate::machine::Input

use std::collections::VecDeque;

use oversell_kernel::Micros;

/// So many jumps are told apart; of more, the oldest count together, which makes waits longer.
const MOST_JUMPS: usize = 32;

/// One time that the clock was set ahead.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Jump {
    /// What the clock showed when it had been set.
    at: Micros,
    /// By how much.
    ahead: Micros,
}

/// When the host's clock was set ahead, and by how much.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct ClockJumps(VecDeque<Jump>);

impl ClockJumps {
    /// The clock has been set ahead and shows `now`.
    pub fn note(&mut self, now: Micros, ahead: Micros) {
        self.0.push_back(Jump { at: now, ahead });
        if self.0.len() > MOST_JUMPS
            && let Some(oldest) = self.0.pop_front()
            && let Some(next) = self.0.front_mut()
        {
            next.ahead += oldest.ahead;
        }
    }

    /// What the clock shows, at the soonest, when `wait` has passed since it showed `from`.
    pub fn later(&self, from: Micros, wait: Micros) -> Micros {
        let mut due = from + wait;
        for jump in &self.0 {
            // What was over before the clock was set is over.
            if jump.at > from && due > jump.at.since(jump.ahead) {
                due += jump.ahead;
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn seconds(seconds: u64) -> Micros {
        Micros::from_secs(seconds)
    }

    #[test]
    fn a_wait_is_longer_by_what_the_clock_was_set_ahead_meanwhile() {
        let mut jumps = ClockJumps::default();
        assert_eq!(jumps.later(seconds(4), seconds(9)), seconds(13));
        // Shortly after it showed 10, it shows 31.
        jumps.note(seconds(31), seconds(21));
        assert_eq!(jumps.later(seconds(4), seconds(9)), seconds(34));
        assert_eq!(
            jumps.later(seconds(4), seconds(6)),
            seconds(10),
            "over before"
        );
        assert_eq!(
            jumps.later(seconds(31), seconds(9)),
            seconds(40),
            "begun after"
        );
        jumps.note(seconds(50), seconds(8));
        assert_eq!(
            jumps.later(seconds(4), seconds(9)),
            seconds(34),
            "over before the second"
        );
        assert_eq!(jumps.later(seconds(4), seconds(20)), seconds(53), "both");
    }

    proptest! {
        /// By a clock that is set ahead again and again, no wait is over sooner than in truth.
        #[test]
        fn no_wait_is_over_before_its_time(
            steps in prop::collection::vec((1..40u64, 0..3u64, 1..60u64), 1..80),
            begun in 0..40usize,
            wait in 0..300u64,
        ) {
            let (mut truth, mut shown) = (0, 0);
            let mut jumps = ClockJumps::default();
            let mut from = None;
            for (position, (passed, is_set, ahead)) in steps.into_iter().enumerate() {
                if position == begun {
                    from = Some((truth, shown));
                }
                truth += passed;
                shown += passed;
                if is_set == 0 {
                    shown += ahead;
                    jumps.note(seconds(shown), seconds(ahead));
                }
                if let Some((true_from, shown_from)) = from {
                    let due = jumps.later(seconds(shown_from), seconds(wait));
                    prop_assert!(seconds(shown) < due || truth >= true_from + wait);
                }
            }
        }
    }
}
