//! An engine that only wakes itself, and never does a thing, keeps time from passing or lets it pass by the microsecond: a run
//! would go on for ever without a word.

use channel_mocks::core::Micros;

/// Most wakes of which nothing comes within [`WITHIN`]. An engine that looks at something every millisecond stays below a tenth of it.
pub const MOST_IDLE_WAKES: u32 = 10_000;
/// The span of simulated time that they are counted in.
const WITHIN: Micros = Micros::from_secs(1);

/// How often an engine has been woken without anything coming of it.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct IdleWakes {
    since: Micros,
    wakes: u32,
}

impl IdleWakes {
    pub const PROBLEM: &str = "it has been woken more than 10000 times within one second, and nothing came of it, so that time hardly passes";
    pub const EXPECTED: &str = "a wake_at that lies further ahead, or an output";

    /// It is woken; tells whether that is once too often.
    pub fn woken(&mut self, now: Micros) -> bool {
        if now.since(self.since) >= WITHIN {
            (self.since, self.wakes) = (now, 0);
        }
        self.wakes += 1;
        self.wakes > MOST_IDLE_WAKES
    }

    /// Something has come out.
    pub fn said(&mut self) {
        self.wakes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_on_wakes_within_a_second_of_which_nothing_comes() {
        assert!(IdleWakes::PROBLEM.contains(&MOST_IDLE_WAKES.to_string()));
        let spins = |apart: u64, says_every: u32| {
            let mut idle = IdleWakes::default();
            (1..=60_000_u32).find(|number| {
                if number % says_every == 0 {
                    idle.said();
                }
                idle.woken(Micros(7_000_000 + u64::from(*number) * apart))
            })
        };
        assert_eq!(spins(0, u32::MAX), Some(MOST_IDLE_WAKES + 1));
        assert_eq!(spins(1, u32::MAX), Some(MOST_IDLE_WAKES + 1));
        assert_eq!(spins(101, u32::MAX), None, "9,901 a second");
        assert_eq!(spins(1, MOST_IDLE_WAKES), None);
    }
}
