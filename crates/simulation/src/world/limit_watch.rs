//! How far rate limits are used minute by minute while buyers come. Over a whole run, most of which may be settling, a limit
//! that everything waited for looks idle.

use channel_mocks::core::{LimitUse, Micros};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// How long is looked at together.
const WINDOW: Micros = Micros::from_secs(60);
/// From this part of what flows in on, a limit cannot be used so for long: only what a burst has left is drawn on.
const SATURATED: f64 = 0.95;

/// How far a limit was used while buyers came.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct BusyLimit {
    /// Tokens used in the busiest window, of those that flowed in meanwhile.
    pub peak: f64,
    /// Windows in which nearly all that flowed in, or more, was used. Whether calls waited hangs on what was left of the burst.
    pub saturated_minutes: u64,
    used: f64,
    flowed_in: f64,
    used_before: f64,
    flowed_before: f64,
}

impl BusyLimit {
    /// Tokens used in all windows, of those that flowed in meanwhile; 0 for a limit that never runs out.
    pub fn mean(&self) -> f64 {
        if self.flowed_in > 0.0 {
            self.used / self.flowed_in
        } else {
            0.0
        }
    }

    fn take(&mut self, limit: &LimitUse, now: Micros) {
        let used = limit.used - self.used_before;
        self.used_before = limit.used;
        let flowed_by_now = limit.flowed_in(now);
        let flowed_in = flowed_by_now - self.flowed_before;
        self.flowed_before = flowed_by_now;
        if !(flowed_in.is_finite() && flowed_in > 0.0) {
            return;
        }
        self.used += used;
        self.flowed_in += flowed_in;
        self.peak = self.peak.max(used / flowed_in);
        self.saturated_minutes += u64::from(used >= SATURATED * flowed_in);
    }
}

/// Looks at all limits once a minute.
#[derive(Clone, Debug, Default)]
pub struct LimitWatch {
    looked_at: Option<Micros>,
    limits: IndexMap<(String, &'static str), BusyLimit, FxBuildHasher>,
}

impl LimitWatch {
    /// Whether it is time to look again.
    pub fn is_due(&self, now: Micros) -> bool {
        self.looked_at.is_none_or(|at| now.since(at) >= WINDOW)
    }

    /// Looks at the limits of all systems, by name. The first look says where they stand.
    pub fn look<'a>(&mut self, now: Micros, limits: impl Iterator<Item = (&'a str, LimitUse)>) {
        let before = self.looked_at;
        if before == Some(now) {
            return;
        }
        self.looked_at = Some(now);
        for (system, limit) in limits {
            let key = (system.to_string(), limit.name);
            let watched = self.limits.entry(key).or_insert_with(|| BusyLimit {
                used_before: if before.is_none() { limit.used } else { 0.0 },
                flowed_before: limit.flowed_in(before.unwrap_or(now)),
                ..BusyLimit::default()
            });
            if before.is_some() {
                watched.take(&limit, now);
            }
        }
    }

    /// What it has seen of a limit; nothing before it has looked twice.
    pub fn of(&self, system: &str, limit: &'static str) -> Option<BusyLimit> {
        let found = self.limits.get(&(system.to_string(), limit)).copied();
        found.filter(|busy| busy.flowed_in > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::Flow;

    use super::*;

    fn used(used: f64) -> impl Iterator<Item = (&'static str, LimitUse)> {
        let limit = LimitUse {
            name: "writes",
            capacity: 10.0,
            rate_per_second: 2.0,
            flow: channel_mocks::core::Flow::steady(2.0),
            used,
            left: 0.0,
        };
        std::iter::once(("shop", limit))
    }

    /// Three minutes with 30, 120 and 6 of 120 tokens, after 500 that were used before buyers came.
    #[test]
    fn a_busy_minute_is_seen_beside_idle_ones() {
        let mut watch = LimitWatch::default();
        for (minute, tokens) in [(10, 500.0), (11, 530.0), (12, 650.0), (13, 656.0)] {
            let now = Micros::from_secs(60 * minute);
            assert!(watch.is_due(now) && !watch.is_due(now.since(Micros(1))) || minute == 10);
            watch.look(now, used(tokens));
            assert!(!watch.is_due(now));
        }
        let busy = watch.of("shop", "writes").unwrap();
        assert_eq!((busy.peak, busy.saturated_minutes), (1.0, 1));
        assert!((busy.mean() - 156.0 / 360.0).abs() < 1e-12);
        assert_eq!(watch.of("shop", "reads"), None);
    }

    #[test]
    fn a_minute_in_which_a_limit_was_cut_had_what_flowed_in_at_both_rates() {
        let mut watch = LimitWatch::default();
        let cut = Flow {
            per_second: 0.25,
            apart: 4.75 * 3_659.0,
        };
        let steady = Flow::steady(5.0);
        for (second, rate, flow, used) in [(3_600, 5.0, steady, 0.0), (3_660, 0.25, cut, 247.0)] {
            let limit = LimitUse {
                name: "writes",
                capacity: 10.0,
                rate_per_second: rate,
                flow,
                used,
                left: 0.0,
            };
            watch.look(Micros::from_secs(second), [("shop", limit)].into_iter());
        }
        let busy = watch.of("shop", "writes").unwrap();
        assert!((busy.peak - 247.0 / (59.0 * 5.0 + 0.25)).abs() < 1e-9);
        assert_eq!(busy.saturated_minutes, 0);
    }
}
