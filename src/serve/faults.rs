//! Faults between clients and systems, set by hand: answers that come late, calls that fail, webhooks that get lost.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use channel_mocks::core::{Micros, Seed};
use serde::{Deserialize, Serialize};

/// What goes wrong on the way to one system; nothing by default.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Part of calls that are answered with 503 and have no effect, 0 to 1.
    pub refuse: f64,
    /// Part of calls that take effect and whose answer is lost (503 instead), 0 to 1.
    pub lose_answer: f64,
    /// Platform time that every answer takes longer.
    pub latency: Micros,
}

impl Faults {
    /// Whether the shares are shares.
    ///
    /// # Errors
    /// Names the key and the value.
    pub fn check(&self) -> Result<(), String> {
        for (name, share) in [("refuse", self.refuse), ("lose_answer", self.lose_answer)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("`{name}` is {share}; a share lies between 0 and 1"));
            }
        }
        Ok(())
    }
}

/// What happens to one call.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct CallFault {
    /// It never arrives.
    pub refused: bool,
    /// Its answer never arrives.
    pub answer_lost: bool,
    /// Its answer is late by so much platform time.
    pub latency: Micros,
}

/// The faults of one system, and the draws for its calls.
#[derive(Debug)]
pub struct FaultInjector {
    faults: Mutex<Faults>,
    calls: AtomicU64,
    seed: Seed,
}

impl FaultInjector {
    /// No faults yet.
    pub fn new(seed: Seed) -> FaultInjector {
        FaultInjector {
            faults: Mutex::new(Faults::default()),
            calls: AtomicU64::new(0),
            seed,
        }
    }

    /// Sets the faults from now on.
    pub fn set(&self, faults: Faults) {
        *self.lock() = faults;
    }

    /// The faults that are set.
    pub fn faults(&self) -> Faults {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Faults> {
        // Nothing that holds the lock can panic.
        self.faults
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Draws what happens to the next call.
    pub fn next(&self) -> CallFault {
        let faults = self.faults();
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if faults == Faults::default() {
            return CallFault {
                refused: false,
                answer_lost: false,
                latency: Micros::ZERO,
            };
        }
        let mut draws = self.seed.stream("wire", "faults", call);
        CallFault {
            refused: draws.chance(faults.refuse),
            answer_lost: draws.chance(faults.lose_answer),
            latency: faults.latency,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_at_their_share() {
        let injector = FaultInjector::new(Seed(7));
        assert!((0..100).all(|_| !injector.next().refused));
        injector.set(Faults {
            refuse: 0.25,
            ..Faults::default()
        });
        let refused = (0..4_000).filter(|_| injector.next().refused).count();
        assert!((900..1_100).contains(&refused), "{refused}");
        assert!(
            Faults {
                refuse: 1.5,
                ..Faults::default()
            }
            .check()
            .is_err()
        );
    }
}
