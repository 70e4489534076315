//! Calls stay within the limits of whoever is called.

use channel_mocks::core::CallOutcome;

use super::finding::{About, Finding, TOLERATED_SHARE};
use super::{Place, Rests};
use crate::measure::verdict::CounterExample;
use crate::world::ledger::{CallTarget, Entry};

#[derive(Clone, Debug, Default)]
pub(super) struct RateLimitsRespected {
    /// Calls, to the warehouse too.
    calls: u64,
    throttled: u64,
    first: Option<CounterExample>,
}

impl RateLimitsRespected {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry) {
        let Entry::Call {
            target, outcome, ..
        } = *entry
        else {
            return;
        };
        self.calls += 1;
        if outcome != CallOutcome::Throttled {
            return;
        }
        self.throttled += 1;
        self.first.get_or_insert_with(|| CounterExample {
            at_s: place.at.as_secs_f64(),
            channel: match target {
                CallTarget::Channel(channel) => place.name(channel),
                CallTarget::Warehouse => "warehouse".to_string(),
            },
            what: "a call was refused by a rate limit".to_string(),
            ..CounterExample::default()
        });
    }

    pub fn finding(self) -> Finding {
        Finding {
            name: "rate_limits_respected",
            about: About::Calls,
            promise: None,
            exercised: self.calls > 0,
            broken: self.throttled,
            of: self.calls,
            what: "calls",
            excused: 0,
            tolerated_share: TOLERATED_SHARE,
            first: self.first,
            rests: Rests::default(),
        }
    }
}
