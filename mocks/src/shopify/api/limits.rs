//! The bucket of points (docs/platforms/shopify.md 2.1, 2.3 and 2.4).

use crate::core::{LimitSize, LimitUse, Micros, TokenBucket, WriteRoom};
use crate::shopify::json::write_int;
use crate::shopify::model::state::State;
use crate::shopify::profile::Profile;

/// The least that a mutation costs (docs/platforms/shopify.md 2.2).
const MUTATION_POINTS: f64 = 10.0;

/// The one bucket of the app in the shop.
pub(crate) struct Limiter {
    bucket: TokenBucket,
    maximum: f64,
    restore_rate: f64,
}

impl Limiter {
    /// A full bucket.
    pub(crate) fn new(points: f64, restore_per_second: f64) -> Limiter {
        Limiter {
            bucket: TokenBucket::new(points, restore_per_second),
            maximum: points,
            restore_rate: restore_per_second,
        }
    }

    /// Another size and rate from `now` on; the level stays, up to the new size.
    pub(crate) fn set(&mut self, now: Micros, points: f64, restore_per_second: f64) {
        self.bucket.set(now, points, restore_per_second);
        self.maximum = points;
        self.restore_rate = restore_per_second;
    }

    /// Takes the requested cost; refuses when it is not there.
    pub(crate) fn take(&mut self, now: Micros, requested: u64) -> bool {
        self.bucket.take(now, requested as f64)
    }

    /// Gives back what the execution did not use.
    pub(crate) fn refund(&mut self, now: Micros, points: u64) {
        self.bucket.refund(now, points as f64);
    }

    /// Appends the `"cost":{..}` member.
    pub(crate) fn write_cost(
        &mut self,
        now: Micros,
        requested: u64,
        actual: Option<u64>,
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(b"\"cost\":{\"requestedQueryCost\":");
        write_int(requested, out);
        out.extend_from_slice(b",\"actualQueryCost\":");
        match actual {
            Some(actual) => write_int(actual, out),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"throttleStatus\":{\"maximumAvailable\":");
        write_points(self.maximum, out);
        out.extend_from_slice(b",\"currentlyAvailable\":");
        write_int(self.bucket.available(now).min(1e15) as u64, out);
        out.extend_from_slice(b",\"restoreRate\":");
        write_points(self.restore_rate, out);
        out.extend_from_slice(b"}}");
    }

    /// The body of a throttled answer.
    pub(crate) fn throttled(&mut self, now: Micros, requested: u64) -> Vec<u8> {
        let mut out = br#"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED","documentation":"https://shopify.dev/api/usage/rate-limits"}}],"extensions":{"#.to_vec();
        self.write_cost(now, requested, None, &mut out);
        out.extend_from_slice(b"}}");
        out
    }

    /// What is left for one more mutation.
    pub(crate) fn room(&self, now: Micros) -> WriteRoom {
        self.bucket.room(now, MUTATION_POINTS)
    }

    /// How far the limit was used.
    pub(crate) fn usage(&self) -> LimitUse {
        LimitUse {
            name: "graphql points",
            capacity: self.maximum,
            rate_per_second: self.restore_rate,
            flow: self.bucket.flow(),
            used: self.bucket.used(),
            left: self.bucket.left(),
        }
    }
}

/// The leaky bucket of the REST calls (docs/platforms/shopify.md 2.5), apart from the bucket of points.
pub(crate) struct CallLimiter {
    bucket: TokenBucket,
    calls: f64,
    leak: f64,
}

impl CallLimiter {
    /// An empty bucket that takes `calls` and leaks `leak_per_second` of them.
    pub(crate) fn new(calls: f64, leak_per_second: f64) -> CallLimiter {
        CallLimiter {
            bucket: TokenBucket::new(calls, leak_per_second),
            calls,
            leak: leak_per_second,
        }
    }

    /// Another size and leak from `now` on; the level stays, up to the new size.
    pub(crate) fn set(&mut self, now: Micros, calls: f64, leak_per_second: f64) {
        self.bucket.set(now, calls, leak_per_second);
        self.calls = calls;
        self.leak = leak_per_second;
    }

    /// What is left for one more call.
    pub(crate) fn room(&self, now: Micros) -> WriteRoom {
        self.bucket.room(now, 1.0)
    }

    /// Lets one call in; refuses when the bucket is full.
    pub(crate) fn take(&mut self, now: Micros) -> bool {
        self.bucket.take(now, 1.0)
    }

    /// `used/size` of the bucket, as the call-limit header shows it; the call just let in counts.
    pub(crate) fn header(&mut self, now: Micros) -> String {
        let size = self.calls.min(1e15);
        let used = libm::ceil(size - self.bucket.available(now).min(size)).max(1.0);
        format!("{}/{}", used as u64, size as u64)
    }

    /// Calls that leak in a second, as the refusal's text tells it.
    pub(crate) fn leak_per_second(&self) -> f64 {
        self.leak
    }

    /// How far the limit was used.
    pub(crate) fn usage(&self) -> LimitUse {
        LimitUse {
            name: "rest calls",
            capacity: self.calls,
            rate_per_second: self.leak,
            flow: self.bucket.flow(),
            used: self.bucket.used(),
            left: self.bucket.left(),
        }
    }
}

/// The size of the bucket of points.
pub(crate) fn graphql_limit(profile: &Profile) -> LimitSize {
    LimitSize {
        per_second: profile.graphql.restore_points_per_second,
        burst: profile.graphql.bucket_points,
    }
}

/// The size of the bucket of REST calls.
pub(crate) fn rest_limit(profile: &Profile) -> LimitSize {
    LimitSize {
        per_second: profile.rest.leak_calls_per_second,
        burst: profile.rest.bucket_calls,
    }
}

/// Counts a call that a bucket has weighed.
pub(crate) fn weighed(state: &mut State, limit: fn(&Profile) -> LimitSize, is_throttled: bool) {
    if let Some(base) = &state.laid_over {
        let in_force = limit(&state.profile);
        state.faults.weigh(in_force, limit(base), is_throttled);
    }
}

/// Appends a whole number of points with the decimal the platform shows; an unlimited plan shows a large number.
fn write_points(points: f64, out: &mut Vec<u8>) {
    write_int(points.min(1e15) as u64, out);
    out.extend_from_slice(b".0");
}
