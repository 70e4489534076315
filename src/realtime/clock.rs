//! Platform time in real time: simulated microseconds that run with the wall clock, faster or slower by a factor.

use std::time::Duration;

use channel_mocks::core::Micros;
use tokio::sync::watch;
use tokio::time::Instant;

/// Slowest and fastest pace: a day in ten days, a day in under ten milliseconds.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=10_000_000.0;

/// The farthest instant that a jump leads to, a thousand years of 365.25 days after platform time's zero: far beyond whatever
/// anybody plays, and far before instants that no calendar writes and that nothing can come after.
pub const FARTHEST: Micros = Micros::from_secs(1_000 * 31_557_600);

/// Longest single sleep; the timer is set again after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(3_600);

/// Platform time. Cheap to share behind an `Arc`; every sleeper wakes when its pace changes.
#[derive(Debug)]
pub struct PlatformClock {
    made: Instant,
    pace: watch::Sender<Pace>,
}

/// How a calendar in platform time runs: at the real instant `real` it showed `platform`.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Calendar {
    /// Platform seconds in a real second.
    pub speed: f64,
    /// Unix time in microseconds.
    pub real: i64,
    /// Unix time in microseconds.
    pub platform: i64,
}

/// A jump that would lead beyond [`FARTHEST`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "jumps lead to {}d after the beginning of platform time at the farthest, which are {}d from now; jump by no more, or begin \
     anew with a reset",
    days(FARTHEST),
    days(*left)
)]
pub struct BeyondTime {
    /// How far a jump may lead.
    pub left: Micros,
}

fn days(span: Micros) -> u64 {
    span.whole_secs() / 86_400
}

/// A straight line from real to platform time.
#[derive(Copy, Clone, Debug)]
struct Pace {
    from: Instant,
    at: Micros,
    speed: f64,
    /// Rises with every change.
    version: u64,
}

impl Pace {
    fn at(&self, now: Instant) -> Micros {
        let real = now.saturating_duration_since(self.from);
        let gained = real.as_secs_f64() * self.speed * 1e6;
        // A float that is too large becomes the largest integer.
        Micros(self.at.0.saturating_add(gained as u64))
    }

    /// How long to wait, in real time, until platform time is `at`; rounded up so that it has come by then.
    fn until(&self, at: Micros, now: Instant) -> Duration {
        let micros = at.0.saturating_sub(self.at(now).0) as f64 / self.speed;
        Duration::from_micros((micros.ceil() as u64).min(LONGEST_SLEEP.as_micros() as u64))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "real time is the subject: servers of the emulators run by the wall clock"
)]
pub(crate) fn real_now() -> Instant {
    Instant::now()
}

/// The wall clock's calendar instant, in microseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "clients sign requests with their own wall clock, so that served platforms must live on the same calendar"
)]
pub fn calendar_unix_micros() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        })
}

impl PlatformClock {
    /// A clock that shows `start` now and runs `speed` times as fast as real time (kept within [`SPEEDS`]).
    pub fn new(start: Micros, speed: f64) -> PlatformClock {
        let made = real_now();
        let pace = Pace {
            from: made,
            at: start,
            speed: speed.clamp(*SPEEDS.start(), *SPEEDS.end()),
            version: 0,
        };
        PlatformClock {
            made,
            pace: watch::Sender::new(pace),
        }
    }

    /// Platform time now.
    pub fn now(&self) -> Micros {
        self.pace.borrow().at(real_now())
    }

    /// Real time since the clock was made.
    pub fn age(&self) -> Duration {
        real_now().saturating_duration_since(self.made)
    }

    /// Platform seconds in a real second.
    pub fn speed(&self) -> f64 {
        self.pace.borrow().speed
    }

    /// The real time that a span of platform time takes at the present pace.
    pub fn real(&self, span: Micros) -> Duration {
        let micros = span.0 as f64 / self.speed();
        Duration::from_micros(micros.ceil() as u64)
    }

    /// How long to wait, in real time, until platform time is `at`, if nobody sets the clock meanwhile.
    pub fn until(&self, at: Micros) -> Duration {
        self.pace.borrow().until(at, real_now())
    }

    /// Jumps ahead, from one instant to the next; everything that was due in between is done late, in order.
    ///
    /// # Errors
    /// [`BeyondTime`]; then nothing has changed.
    pub fn advance(&self, by: Micros) -> Result<(), BeyondTime> {
        let mut outcome = Ok(());
        self.pace.send_if_modified(|pace| {
            let now = real_now();
            let at = pace.at(now);
            let left = FARTHEST.since(at);
            if by > left {
                outcome = Err(BeyondTime { left });
                return false;
            }
            *pace = Pace {
                from: now,
                at: at + by,
                speed: pace.speed,
                version: pace.version + 1,
            };
            true
        });
        outcome
    }

    /// Runs at another pace from now on.
    pub fn set_speed(&self, speed: f64) {
        self.pace.send_modify(|pace| {
            let now = real_now();
            *pace = Pace {
                from: now,
                at: pace.at(now),
                speed: speed.clamp(*SPEEDS.start(), *SPEEDS.end()),
                version: pace.version + 1,
            };
        });
    }

    /// How often the clock has been set.
    pub fn version(&self) -> u64 {
        self.pace.borrow().version
    }

    /// Waits until the clock has been set another number of times than `version`.
    pub async fn changed_since(&self, version: u64) {
        let mut changes = self.pace.subscribe();
        // The sender lives as long as this clock does.
        let _ = changes.wait_for(|pace| pace.version != version).await;
    }

    /// Waits until platform time is `at`.
    pub async fn sleep_until(&self, at: Micros) {
        let mut changes = self.pace.subscribe();
        loop {
            let wait = {
                let pace = changes.borrow_and_update();
                let now = real_now();
                if pace.at(now) >= at {
                    return;
                }
                pace.until(at, now)
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = changes.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_a_straight_line() {
        let from = real_now();
        let pace = Pace {
            from,
            at: Micros::from_secs(100),
            speed: 60.0,
            version: 0,
        };
        let later = from + Duration::from_secs(2);
        assert_eq!(pace.at(later), Micros::from_secs(220));
        assert_eq!(
            pace.until(Micros::from_secs(280), later),
            Duration::from_secs(1)
        );
        assert_eq!(pace.until(Micros::from_secs(10), later), Duration::ZERO);
    }

    #[test]
    fn no_jump_leads_farther_than_there_are_dates() {
        let clock = PlatformClock::new(Micros::from_secs(7), 0.1);
        let most = FARTHEST.since(Micros::from_secs(60));
        assert_eq!(clock.advance(most), Ok(()));
        let before = clock.now();
        for by in [Micros::from_secs(61), FARTHEST, Micros::MAX] {
            let refused = clock.advance(by).unwrap_err();
            assert!(refused.left < Micros::from_secs(54), "{refused}");
        }
        assert!(clock.now().since(before) < Micros::from_secs(2));
        assert_eq!(clock.version(), 1, "what is refused changes nothing");
    }

    #[tokio::test]
    async fn a_jump_wakes_a_sleeper() {
        let clock = std::sync::Arc::new(PlatformClock::new(Micros::ZERO, 1.0));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Micros::from_secs(3_600)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Micros::from_secs(3_601)).unwrap();
        sleeper.await.unwrap();
        assert!(clock.now() >= Micros::from_secs(3_601));
    }
}
