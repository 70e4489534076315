//! Rate limits over time, as they are written to `series/STRATEGY.limits.csv`.

use std::ops::AddAssign;

use channel_mocks::core::{CallOutcome, LimitUse, Micros};
use serde::{Deserialize, Serialize};

use super::series::Buckets;
use crate::world::ledger::CallTarget;

/// One limit in one bucket of a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitRow {
    /// Start of the bucket, seconds since the series' own.
    pub from_s: f64,
    /// Its length in seconds.
    pub width_s: f64,
    /// The channel's name, or `warehouse`.
    pub system: String,
    /// The platform's name of the limit.
    pub limit: String,
    /// The lowest level seen, of the limit's capacity, 0..=1; empty where nobody looked.
    pub least_left_share: Option<f64>,
    /// Calls that arrived at the system in the bucket, whichever of its limits they fell under.
    pub calls: u64,
    /// Calls of these that a limit refused.
    pub throttled: u64,
}

/// Calls of a system in one bucket, and the least that its limits had left.
#[derive(Clone, Debug, Default)]
struct SystemBucket {
    calls: u64,
    throttled: u64,
    /// By the limit's place among those seen of the system.
    least_left_share: Vec<Option<f64>>,
}

impl SystemBucket {
    fn saw(&mut self, limit: usize, share: f64) {
        if self.least_left_share.len() <= limit {
            self.least_left_share.resize(limit + 1, None);
        }
        let least = &mut self.least_left_share[limit];
        *least = Some(least.map_or(share, |least| least.min(share)));
    }
}

/// All systems in one bucket.
#[derive(Clone, Debug, Default)]
struct Bucket(Vec<SystemBucket>);

impl Bucket {
    fn system(&mut self, system: usize) -> &mut SystemBucket {
        if self.0.len() <= system {
            self.0.resize_with(system + 1, SystemBucket::default);
        }
        &mut self.0[system]
    }
}

impl AddAssign<&Bucket> for Bucket {
    fn add_assign(&mut self, other: &Bucket) {
        for (place, own) in other.0.iter().enumerate() {
            let into = self.system(place);
            into.calls += own.calls;
            into.throttled += own.throttled;
            let seen = own.least_left_share.iter().enumerate();
            for (limit, share) in seen.filter_map(|(limit, share)| Some((limit, (*share)?))) {
                into.saw(limit, share);
            }
        }
    }
}

/// A limit that calls were counted against.
#[derive(Copy, Clone, Debug)]
struct Seen {
    name: &'static str,
    used: f64,
}

/// Rate limits over time. What is left is looked at after each call that used a limit: between two calls it only rises, so
/// that the least of a bucket is one of these.
#[derive(Clone, Debug)]
pub struct LimitSeries {
    buckets: Buckets<Bucket>,
    /// Limits that were ever used, by system: the channels, then the warehouse.
    limits: Vec<Vec<Seen>>,
}

impl LimitSeries {
    /// In the buckets of a run's series.
    pub fn new(channels: usize, opening: Micros, selling: Micros, settling: Micros) -> LimitSeries {
        LimitSeries {
            buckets: Buckets::planned(opening, selling, settling),
            limits: vec![Vec::new(); channels + 1],
        }
    }

    /// A call arrived.
    pub fn call(&mut self, at: Micros, target: CallTarget, outcome: CallOutcome) {
        let system = match target {
            CallTarget::Channel(channel) => usize::from(channel.0),
            CallTarget::Warehouse => self.limits.len() - 1,
        };
        if let Some(bucket) = self.buckets.at(at) {
            let own = bucket.system(system);
            own.calls += 1;
            own.throttled += u64::from(outcome == CallOutcome::Throttled);
        }
    }

    /// A system's limits after a call.
    pub fn look(&mut self, at: Micros, system: u16, limits: &[LimitUse]) {
        let system = usize::from(system);
        let (Some(seen), Some(bucket)) = (self.limits.get_mut(system), self.buckets.at(at)) else {
            return;
        };
        for limit in limits.iter().filter(|it| it.used > 0.0) {
            // Names are constants of the program, mostly in one place.
            let is_it = |it: &Seen| std::ptr::eq(it.name, limit.name) || it.name == limit.name;
            let place = seen.iter().position(is_it);
            let place = place.unwrap_or_else(|| {
                seen.push(Seen {
                    name: limit.name,
                    used: 0.0,
                });
                seen.len() - 1
            });
            // Another call's limit has not moved since it was last looked at.
            if seen[place].used != limit.used {
                seen[place].used = limit.used;
                let share = limit.left / limit.capacity;
                bucket.system(system).saw(place, share.clamp(0.0, 1.0));
            }
        }
    }

    /// A row for each bucket in which a system was called and each of its limits that was ever used.
    pub fn rows(&self, channels: &[String]) -> Vec<LimitRow> {
        let mut rows = Vec::new();
        for (from, width, bucket) in self.buckets.spans() {
            let systems = channels.iter().map(String::as_str).chain(["warehouse"]);
            for ((system, limits), own) in systems.zip(&self.limits).zip(&bucket.0) {
                if own.calls == 0 {
                    continue;
                }
                for (place, limit) in limits.iter().enumerate() {
                    rows.push(LimitRow {
                        from_s: from.as_secs_f64(),
                        width_s: width.as_secs_f64(),
                        system: system.to_string(),
                        limit: limit.name.to_string(),
                        least_left_share: own.least_left_share.get(place).copied().flatten(),
                        calls: own.calls,
                        throttled: own.throttled,
                    });
                }
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::ChannelIndex;

    fn limit(name: &'static str, used: f64, left: f64) -> LimitUse {
        LimitUse {
            name,
            capacity: 4.0,
            rate_per_second: 1.0,
            flow: channel_mocks::core::Flow::steady(1.0),
            used,
            left,
        }
    }

    #[test]
    fn the_least_of_a_bucket_is_kept_and_only_of_the_limit_that_was_used() {
        let seconds = Micros::from_secs;
        let mut series = LimitSeries::new(2, seconds(0), seconds(200), seconds(0));
        let second = CallTarget::Channel(ChannelIndex(1));
        for (at, used, left) in [(5, 1.0, 3.0), (5, 4.0, 1.0), (6, 5.0, 2.0)] {
            series.call(seconds(at), second, CallOutcome::Served);
            let limits = [limit("reads", used, left), limit("writes", 0.0, 4.0)];
            series.look(seconds(at), 1, &limits);
        }
        series.call(seconds(6), second, CallOutcome::Throttled);
        // Refused, and nothing was taken: nobody looked.
        series.look(seconds(6), 1, &[limit("reads", 5.0, 0.5)]);
        series.call(seconds(9), CallTarget::Warehouse, CallOutcome::Served);
        series.look(seconds(9), 2, &[limit("calls", 1.0, 9.0)]);
        let names = ["web", "market"].map(str::to_string);
        let rows = series.rows(&names);
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.from_s,
                    row.system.as_str(),
                    row.limit.as_str(),
                    row.least_left_share,
                    row.calls,
                    row.throttled,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (5.0, "market", "reads", Some(0.25), 2, 0),
                (6.0, "market", "reads", Some(0.5), 2, 1),
                (9.0, "warehouse", "calls", Some(1.0), 1, 0),
            ]
        );
    }
}
