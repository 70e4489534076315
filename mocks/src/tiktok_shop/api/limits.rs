//! Rate limits: a token bucket for each tier, a guard against many calls within one second, and scripted squeezes
//! (docs/platforms/tiktok_shop.md 3).

use std::collections::VecDeque;

use crate::core::{LimitSize, LimitUse, Micros, TokenBucket, WriteRoom};

use crate::tiktok_shop::profile::{LimitProfile, LimitsProfile, Tier};

/// The tiers, in their order.
const NAMES: [&str; 4] = ["light_read", "read", "write", "heavy_write"];

const SECOND: Micros = Micros::from_secs(1);

/// Stands for an unlimited rate or burst in a bucket's integer arithmetic: a call each nanosecond.
const UNLIMITED: f64 = 1e9;

#[derive(Debug)]
pub(crate) struct Limits {
    buckets: [TokenBucket; 4],
    tiers: [LimitProfile; 4],
    /// Instants at which the squeeze factor changes, with the factor from then on.
    boundaries: Vec<(Micros, f64)>,
    next_boundary: usize,
    /// Admissions of the last second, oldest first; empty when there is no guard.
    recent: VecDeque<Micros>,
    guard: f64,
    /// Throttle answers so far; keys their draws.
    pub(crate) throttled: u64,
    /// The tier of the last call.
    last: Option<Tier>,
}

impl Limits {
    pub(crate) fn new(profile: &LimitsProfile) -> Limits {
        let tiers = tiers_of(profile);
        Limits {
            buckets: tiers.map(|tier| {
                TokenBucket::new(
                    tier.burst.min(UNLIMITED),
                    tier.rate_per_second.min(UNLIMITED),
                )
            }),
            tiers,
            boundaries: boundaries_of(profile),
            next_boundary: 0,
            recent: VecDeque::new(),
            guard: profile.burst_guard_per_second,
            throttled: 0,
            last: None,
        }
    }

    /// Takes over another profile's limits from `now` on; the levels stay, up to the new bursts.
    pub(crate) fn set(&mut self, now: Micros, profile: &LimitsProfile) {
        self.squeeze(now);
        self.tiers = tiers_of(profile);
        self.boundaries = boundaries_of(profile);
        self.next_boundary = self.boundaries.partition_point(|(at, _)| *at <= now);
        let past = self.boundaries[..self.next_boundary].last();
        let factor = past.map_or(1.0, |(_, factor)| *factor);
        for (bucket, tier) in self.buckets.iter_mut().zip(&self.tiers) {
            let rate = tier.rate_per_second.min(UNLIMITED) * factor;
            bucket.set(now, tier.burst.min(UNLIMITED), rate);
        }
        self.guard = profile.burst_guard_per_second;
    }

    /// Applies the squeezes that have begun or ended by `now`.
    fn squeeze(&mut self, now: Micros) {
        while let Some(&(at, factor)) = self.boundaries.get(self.next_boundary)
            && at <= now
        {
            for (bucket, tier) in self.buckets.iter_mut().zip(&self.tiers) {
                bucket.set_rate(at, tier.rate_per_second.min(UNLIMITED) * factor);
            }
            self.next_boundary += 1;
        }
    }

    /// Lets a call in, or says how long until one would be let in at the present rate.
    pub(crate) fn admit(&mut self, now: Micros, tier: Tier) -> Result<(), Micros> {
        self.squeeze(now);
        let guarded = self.guard.is_finite();
        let mut wait = Micros::ZERO;
        if guarded {
            while self.recent.front().is_some_and(|at| *at + SECOND <= now) {
                self.recent.pop_front();
            }
            if self.recent.len() as f64 + 1.0 > self.guard {
                wait = self
                    .recent
                    .front()
                    .map_or(Micros::MAX, |at| (*at + SECOND).since(now));
            }
        }
        self.last = Some(tier);
        let bucket = &mut self.buckets[tier as usize];
        wait = wait.max(bucket.wait_for(now, 1.0));
        if wait > Micros::ZERO {
            self.throttled += 1;
            return Err(wait);
        }
        bucket.take(now, 1.0);
        if guarded {
            self.recent.push_back(now);
        }
        Ok(())
    }

    /// What a tier has left for one more call; the guard over all tiers aside.
    pub(crate) fn room(&self, now: Micros, tier: Tier) -> WriteRoom {
        self.buckets[tier as usize].room(now, 1.0)
    }

    /// Use so far of every tier.
    pub(crate) fn usage(&self) -> impl Iterator<Item = LimitUse> {
        (0..NAMES.len()).map(|tier| self.usage_of(tier))
    }

    /// The same of the last call's tier, once it has been used.
    pub(crate) fn moved(&self) -> Option<LimitUse> {
        let used = self.last.map(|tier| self.usage_of(tier as usize));
        used.filter(|it| it.used > 0.0)
    }

    fn usage_of(&self, tier: usize) -> LimitUse {
        let (bucket, limit) = (&self.buckets[tier], &self.tiers[tier]);
        LimitUse {
            name: NAMES[tier],
            capacity: limit.burst,
            rate_per_second: limit.rate_per_second,
            flow: bucket.flow(),
            used: bucket.used(),
            left: bucket.left(),
        }
    }
}

impl LimitsProfile {
    /// The size of a tier's bucket.
    pub(crate) fn size(&self, tier: Tier) -> LimitSize {
        let LimitProfile {
            rate_per_second,
            burst,
        } = tiers_of(self)[tier as usize];
        LimitSize {
            per_second: rate_per_second,
            burst,
        }
    }
}

fn tiers_of(profile: &LimitsProfile) -> [LimitProfile; 4] {
    [
        profile.light_read,
        profile.read,
        profile.write,
        profile.heavy_write,
    ]
}

/// The instants at which the squeeze factor changes, with the factor from then on.
fn boundaries_of(profile: &LimitsProfile) -> Vec<(Micros, f64)> {
    let mut instants: Vec<Micros> = profile
        .squeeze
        .iter()
        .flat_map(|squeeze| [squeeze.from, squeeze.until])
        .collect();
    instants.sort_unstable();
    instants.dedup();
    instants
        .into_iter()
        .map(|at| {
            let factor = profile
                .squeeze
                .iter()
                .filter(|squeeze| squeeze.from <= at && at < squeeze.until)
                .map(|squeeze| squeeze.factor)
                .product();
            (at, factor)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiktok_shop::profile::SqueezeProfile;

    fn limits(squeeze: Vec<SqueezeProfile>, guard: f64) -> Limits {
        let tier = LimitProfile {
            rate_per_second: 2.0,
            burst: 2.0,
        };
        Limits::new(&LimitsProfile {
            light_read: tier,
            read: tier,
            write: tier,
            heavy_write: tier,
            burst_guard_per_second: guard,
            retry_after_share: 1.0,
            http_200_share: 0.0,
            squeeze,
        })
    }

    #[test]
    fn the_wait_is_exact() {
        let mut limits = limits(Vec::new(), f64::INFINITY);
        let now = Micros::from_secs(5);
        assert_eq!(limits.admit(now, Tier::Write), Ok(()));
        assert_eq!(limits.admit(now, Tier::Write), Ok(()));
        let wait = limits.admit(now, Tier::Write).unwrap_err();
        assert_eq!(wait, Micros::from_millis(500));
        let early = Micros(now.0 + wait.0 - 1);
        assert_eq!(limits.admit(early, Tier::Write), Err(Micros(1)));
        assert_eq!(limits.admit(now + wait, Tier::Write), Ok(()));
        assert_eq!(limits.admit(now, Tier::Read), Ok(()), "tiers are apart");
    }

    #[test]
    fn a_squeeze_lowers_the_rate_while_it_lasts() {
        let squeeze = SqueezeProfile {
            from: Micros::from_secs(10),
            until: Micros::from_secs(20),
            factor: 0.1,
        };
        let mut limits = limits(vec![squeeze], f64::INFINITY);
        let now = Micros::from_secs(10);
        assert_eq!(limits.admit(now, Tier::Read), Ok(()));
        assert_eq!(limits.admit(now, Tier::Read), Ok(()));
        assert_eq!(
            limits.admit(now, Tier::Read),
            Err(Micros::from_secs(5)),
            "0.2 a second"
        );
        let after = Micros::from_secs(20);
        assert_eq!(limits.admit(after, Tier::Read), Ok(()));
        assert_eq!(limits.admit(after, Tier::Read), Ok(()));
        assert_eq!(
            limits.admit(after, Tier::Read),
            Err(Micros::from_millis(500))
        );
    }

    #[test]
    fn unlimited_stays_unlimited_for_years() {
        let mut limits = limits(Vec::new(), f64::INFINITY);
        limits.tiers[0].rate_per_second = f64::INFINITY;
        limits.buckets[0] = TokenBucket::new(UNLIMITED, UNLIMITED);
        for day in 0..1_000 {
            let now = Micros::from_secs(day * 86_400);
            assert_eq!(limits.admit(now, Tier::LightRead), Ok(()));
        }
        assert_eq!(limits.usage().next().unwrap().used, 1_000.0);
    }

    #[test]
    fn the_guard_counts_all_tiers_within_a_second() {
        let mut limits = limits(Vec::new(), 3.0);
        let now = Micros::from_millis(1_500);
        for tier in [Tier::LightRead, Tier::Read, Tier::Write] {
            assert_eq!(limits.admit(now, tier), Ok(()));
        }
        assert_eq!(limits.admit(now, Tier::HeavyWrite), Err(SECOND));
        assert_eq!(limits.admit(now + SECOND, Tier::HeavyWrite), Ok(()));
    }
}
