//! Calls: how many, what for, how many were refused by a limit; and how far limits were used.

use channel_mocks::core::{CallKind, CallOutcome, LimitUse, Micros};
use serde::{Deserialize, Serialize};

use crate::world::BusyLimit;
use crate::world::ledger::counters;

counters! {
    /// Calls to one system, or to several when merged.
    #[derive(Clone, Debug, Default)]
    pub struct Calls {
        /// Reads, queue receives included.
        pub read: u64,
        /// Writes.
        pub write: u64,
        /// Getting or refreshing tokens.
        pub token: u64,
        /// Refused by a rate limit.
        pub throttled: u64,
        /// Refused for another reason.
        pub refused: u64,
        /// Quantity writes that have become live.
        pub live_writes: u64,
        /// Those of them that changed the count.
        pub useful_writes: u64,
    }
}

impl Calls {
    /// Counts a call.
    pub fn count(&mut self, kind: CallKind, outcome: CallOutcome) {
        match kind {
            CallKind::Read => self.read += 1,
            CallKind::Write => self.write += 1,
            CallKind::Token => self.token += 1,
        }
        match outcome {
            CallOutcome::Served => {}
            CallOutcome::Throttled => self.throttled += 1,
            CallOutcome::Refused => self.refused += 1,
        }
    }

    /// All calls.
    pub fn all(&self) -> u64 {
        self.read + self.write + self.token
    }
}

/// How far one rate limit was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct LimitUtilisation {
    /// The channel's name, or `warehouse`.
    pub system: String,
    /// The platform's name of the limit.
    pub limit: String,
    /// Tokens used of those granted over the whole run, settling included (the full bucket and what flowed in since), 0..=1.
    pub utilisation: f64,
    /// Tokens used of those that flowed in while buyers came: above 1 where a full bucket was drawn down; null in real
    /// time.
    pub busy_utilisation: Option<f64>,
    /// The same in the busiest minute.
    pub peak_utilisation: Option<f64>,
    /// Minutes in which at least 95 % of what flows in during a minute was used; a burst may have been left, so that no call
    /// need have waited; null in real time.
    pub saturated_minutes: Option<u64>,
}

impl LimitUtilisation {
    /// Of a limit after `simulated` time, and while buyers came. A limit that never runs out is used by 0.
    pub fn new(
        system: &str,
        limit: &LimitUse,
        simulated: Micros,
        busy: Option<BusyLimit>,
    ) -> LimitUtilisation {
        let granted = limit.capacity + limit.flowed_in(simulated);
        LimitUtilisation {
            system: system.to_string(),
            limit: limit.name.to_string(),
            utilisation: if granted.is_finite() && granted > 0.0 {
                limit.used / granted
            } else {
                0.0
            },
            busy_utilisation: busy.map(|busy| busy.mean()),
            peak_utilisation: busy.map(|busy| busy.peak),
            saturated_minutes: busy.map(|busy| busy.saturated_minutes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utilisation_counts_the_full_bucket_and_what_flowed_in() {
        let limit = LimitUse {
            name: "writes",
            capacity: 10.0,
            rate_per_second: 5.0,
            flow: channel_mocks::core::Flow::steady(5.0),
            used: 30.0,
            left: 0.0,
        };
        let used = LimitUtilisation::new("shop", &limit, Micros::from_secs(10), None);
        assert!((used.utilisation - 0.5).abs() < 1e-12);
        assert_eq!(
            (used.peak_utilisation, used.saturated_minutes),
            (None, None)
        );
    }
}
