//! The engine's clock: platform time as microseconds since the database's epoch. It follows the platforms' calendar and
//! never goes back, across restarts either.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::Micros;
use crate::realtime::clock::{Calendar, calendar_unix_micros};

/// Longest single sleep; the timer is set again after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(3_600);

/// A running clock.
#[derive(Debug)]
pub struct EngineClock {
    speed: f64,
    /// Platform time in Unix microseconds at `started`.
    platform_at_start: i64,
    started: Instant,
    epoch_unix_micros: i64,
    last: Micros,
}

#[expect(
    clippy::disallowed_methods,
    reason = "real time is the subject: this engine works against the wall clock"
)]
pub fn real_now() -> Instant {
    Instant::now()
}

/// What the platforms' calendars show at a real instant, both in Unix microseconds.
pub fn platform_unix_micros(calendar: Calendar, real: i64) -> i64 {
    let passed = real.saturating_sub(calendar.real);
    // At the real pace nothing may be lost to rounding: years of microseconds exceed the precision of a float's product.
    let gained = if (calendar.speed - 1.0).abs() < f64::EPSILON {
        passed
    } else {
        (passed as f64 * calendar.speed) as i64
    };
    calendar.platform.saturating_add(gained)
}

impl EngineClock {
    /// A clock whose zero is `epoch_unix_micros`, or so long `before` now when there is none yet.
    pub fn start(
        calendar: Calendar,
        epoch_unix_micros: Option<i64>,
        before: Micros,
    ) -> EngineClock {
        let platform_at_start = platform_unix_micros(calendar, calendar_unix_micros());
        EngineClock {
            speed: calendar.speed,
            platform_at_start,
            started: real_now(),
            // Whole milliseconds can be written out.
            epoch_unix_micros: epoch_unix_micros.unwrap_or_else(|| {
                let before = i64::try_from(before.0).unwrap_or(i64::MAX);
                platform_at_start.saturating_sub(before) / 1_000 * 1_000
            }),
            last: Micros::ZERO,
        }
    }

    /// From now on runs as the platforms' calendars do, which somebody has set. It stands still while they are behind it.
    pub fn follow(&mut self, calendar: Calendar) {
        self.speed = calendar.speed;
        self.platform_at_start = platform_unix_micros(calendar, calendar_unix_micros());
        self.started = real_now();
    }

    /// From now on shows `floor` or later.
    pub fn not_before(&mut self, floor: Micros) {
        self.last = self.last.max(floor);
    }

    /// Unix time of the engine's zero.
    pub fn epoch_unix_micros(&self) -> i64 {
        self.epoch_unix_micros
    }

    /// Platform time now; never earlier than before.
    pub fn now(&mut self) -> Micros {
        let real = real_now().saturating_duration_since(self.started);
        let gained = (real.as_secs_f64() * self.speed * 1e6) as i64;
        let platform = self.platform_at_start.saturating_add(gained);
        let shown = platform.saturating_sub(self.epoch_unix_micros);
        self.last = self.last.max(Micros(u64::try_from(shown).unwrap_or(0)));
        self.last
    }

    /// How long to wait, in real time, until platform time is `at`; rounded up so that it has come by then.
    pub fn until(&mut self, at: Micros) -> Duration {
        let micros = at.since(self.now()).0 as f64 / self.speed;
        Duration::from_micros((micros.ceil() as u64).min(LONGEST_SLEEP.as_micros() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_764_000_000_000_000;

    #[test]
    fn a_faster_calendar_is_a_straight_line_through_its_anchor() {
        let calendar = Calendar {
            speed: 60.0,
            real: NOON,
            platform: NOON + 5_000_000,
        };
        assert_eq!(platform_unix_micros(calendar, NOON), NOON + 5_000_000);
        assert_eq!(
            platform_unix_micros(calendar, NOON + 1_000_000),
            NOON + 65_000_000
        );
        let own = Calendar {
            speed: 1.0,
            real: 0,
            platform: 0,
        };
        assert_eq!(platform_unix_micros(own, NOON + 1), NOON + 1);
    }

    #[test]
    fn the_clock_follows_a_jump_and_never_goes_back() {
        let own = |platform| Calendar {
            speed: 1.0,
            real: 0,
            platform,
        };
        let mut clock = EngineClock::start(own(0), None, Micros::ZERO);
        clock.follow(own(7_200_000_000));
        let jumped = clock.now();
        assert!(jumped >= Micros::from_secs(7_200), "{jumped}");
        clock.follow(own(0));
        assert!(clock.now() >= jumped);
        let wait = clock.until(Micros::from_secs(7_300));
        assert!(wait <= Duration::from_secs(7_300), "{wait:?}");
    }

    #[test]
    fn the_clock_never_goes_back_not_even_over_a_restart() {
        let own = Calendar {
            speed: 1.0,
            real: 0,
            platform: 0,
        };
        let far_ahead = Micros::from_secs(1_000);
        let mut clock = EngineClock::start(own, Some(calendar_unix_micros()), Micros::ZERO);
        clock.not_before(far_ahead);
        assert_eq!(clock.now(), far_ahead);
        assert!(clock.until(Micros::from_secs(1_010)) >= Duration::from_secs(9));
        let mut fresh = EngineClock::start(own, None, Micros::ZERO);
        assert!(
            fresh.now() < Micros::from_secs(60),
            "zero is the first start"
        );
        let mut earlier = EngineClock::start(own, None, far_ahead);
        assert!(earlier.now() >= far_ahead, "or so long before it");
    }
}
