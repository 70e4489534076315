//! Token buckets, exact: the level is an integer, so that fractional refills (0.0056 a second) never drift.

use super::storefront::WriteRoom;
use oversell_kernel::Micros;

/// Trillionths of a token: the unit in which a level is kept.
const PICO: u128 = 1_000_000_000_000;

/// A token bucket that starts full. `rate` tokens a second flow in up to `capacity`.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    capacity_pico: u128,
    /// Pico-tokens a microsecond: exactly `rate * 10^6`.
    refill_pico: u128,
    level_pico: u128,
    as_of: Micros,
    used_pico: u128,
    /// By how much what has flowed in differs from what the present rate would have brought since the beginning.
    flowed_apart_pico: i128,
    /// What the last call left: apart from the level, which whoever only looks brings up to date.
    left_pico: u128,
}

/// What flows into a bucket, at rates that may have changed.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Flow {
    /// Tokens a second by now.
    pub per_second: f64,
    /// Tokens that other rates before have brought more than this one would have; below 0 if they brought fewer.
    pub apart: f64,
}

impl Flow {
    /// One rate from the beginning on.
    pub fn steady(per_second: f64) -> Flow {
        Flow {
            per_second,
            apart: 0.0,
        }
    }

    /// Tokens that have flowed in by a time, whether there was room for them or not.
    pub fn by(&self, now: Micros) -> f64 {
        self.per_second * now.as_secs_f64() + self.apart
    }
}

impl TokenBucket {
    /// A full bucket. An infinite rate or capacity makes a bucket that never empties.
    pub fn new(capacity: f64, rate_per_second: f64) -> TokenBucket {
        let capacity_pico = to_pico(capacity);
        TokenBucket {
            capacity_pico,
            refill_pico: refill(rate_per_second, capacity_pico),
            level_pico: capacity_pico,
            as_of: Micros::ZERO,
            used_pico: 0,
            flowed_apart_pico: 0,
            left_pico: capacity_pico,
        }
    }

    fn refill(&mut self, now: Micros) {
        let elapsed = now.since(self.as_of);
        let gained = self.refill_pico.saturating_mul(u128::from(elapsed.0));
        self.level_pico = self
            .level_pico
            .saturating_add(gained)
            .min(self.capacity_pico);
        self.as_of = self.as_of.max(now);
    }

    /// Tokens in the bucket now.
    pub fn available(&mut self, now: Micros) -> f64 {
        self.refill(now);
        tokens(self.level_pico)
    }

    /// Takes `tokens` if they are all there; tells whether it did.
    pub fn take(&mut self, now: Micros, tokens: f64) -> bool {
        self.refill(now);
        let wanted = to_pico(tokens);
        let granted = wanted <= self.level_pico;
        if granted {
            self.level_pico -= wanted;
            self.used_pico += wanted;
        }
        self.left_pico = self.level_pico;
        granted
    }

    /// Gives back what was taken and not needed, up to the capacity.
    pub fn refund(&mut self, now: Micros, tokens: f64) {
        self.refill(now);
        let back = to_pico(tokens).min(self.used_pico);
        self.used_pico -= back;
        self.level_pico = self.capacity_pico.min(self.level_pico + back);
        self.left_pico = self.level_pico;
    }

    /// How long from `now` until `tokens` will be there; `Micros::MAX` when they never will.
    pub fn wait_for(&mut self, now: Micros, tokens: f64) -> Micros {
        self.refill(now);
        let wanted = to_pico(tokens);
        if wanted <= self.level_pico {
            Micros::ZERO
        } else if wanted > self.capacity_pico || self.refill_pico == 0 {
            Micros::MAX
        } else {
            Micros(
                u64::try_from((wanted - self.level_pico).div_ceil(self.refill_pico))
                    .unwrap_or(u64::MAX),
            )
        }
    }

    /// The same without a change of the bucket, with how many such calls flow in a second.
    pub fn room(&self, now: Micros, tokens: f64) -> WriteRoom {
        WriteRoom {
            wait: self.clone().wait_for(now, tokens),
            per_second: self.rate_per_second() / tokens,
        }
    }

    /// Tokens taken so far, less what was given back.
    pub fn used(&self) -> f64 {
        tokens(self.used_pico)
    }

    /// What flows in, whether there is room for it or not.
    pub fn flow(&self) -> Flow {
        let apart = tokens(self.flowed_apart_pico.unsigned_abs());
        Flow {
            per_second: self.rate_per_second(),
            apart: if self.flowed_apart_pico < 0 {
                -apart
            } else {
                apart
            },
        }
    }

    /// Tokens that were left when somebody last asked for some.
    pub fn left(&self) -> f64 {
        tokens(self.left_pico.min(self.capacity_pico))
    }

    /// The most tokens the bucket holds.
    pub fn capacity(&self) -> f64 {
        tokens(self.capacity_pico)
    }

    /// Tokens that flow in a second.
    pub fn rate_per_second(&self) -> f64 {
        float(self.refill_pico) / 1e6
    }

    /// Gives the bucket another capacity and rate from `now` on. What is in it stays, and is cut to the new capacity when
    /// time passes or somebody asks for tokens: a change that is taken back at the same instant leaves no trace.
    pub fn set(&mut self, now: Micros, capacity: f64, rate_per_second: f64) {
        if now > self.as_of {
            self.refill(now);
        }
        self.capacity_pico = to_pico(capacity);
        self.flow_at(now, refill(rate_per_second, self.capacity_pico));
    }

    /// Changes the refill rate from `now` on (dynamic usage plans, platform squeezes).
    pub fn set_rate(&mut self, now: Micros, rate_per_second: f64) {
        self.refill(now);
        self.flow_at(now, (rate_per_second.min(1e15) * 1e6 + 0.5) as u128);
    }

    fn flow_at(&mut self, now: Micros, refill_pico: u128) {
        let brought = |rate: u128| {
            i128::try_from(rate)
                .unwrap_or(i128::MAX)
                .saturating_mul(i128::from(now.0))
        };
        let apart = brought(self.refill_pico).saturating_sub(brought(refill_pico));
        self.flowed_apart_pico = self.flowed_apart_pico.saturating_add(apart);
        self.refill_pico = refill_pico;
    }
}

/// Pico-tokens a microsecond; an infinite rate fills the bucket within one.
fn refill(rate_per_second: f64, capacity_pico: u128) -> u128 {
    if rate_per_second.is_finite() {
        (rate_per_second * 1e6 + 0.5) as u128
    } else {
        capacity_pico
    }
}

/// The number of tokens.
fn tokens(pico: u128) -> f64 {
    float(pico) / PICO as f64
}

/// Numbers of half the width, as nearly all are, are far quicker to convert, and to the same.
fn float(number: u128) -> f64 {
    match u64::try_from(number) {
        Ok(number) => number as f64,
        Err(_) => number as f64,
    }
}

fn to_pico(tokens: f64) -> u128 {
    debug_assert!(tokens >= 0.0);
    (tokens.min(1e15) * PICO as f64 + 0.5) as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v10_closed_form() {
        // docs/theory.md A6 F5 and V10: capacity 40, refill 2/s, a burst of 1000 calls: last at 480 s, mean 230.64 s.
        let mut bucket = TokenBucket::new(40.0, 2.0);
        let (mut now, mut sum) = (Micros::ZERO, 0.0);
        for _ in 0..1_000 {
            now += bucket.wait_for(now, 1.0);
            assert!(bucket.take(now, 1.0));
            sum += now.as_secs_f64();
        }
        assert!((now.as_secs_f64() - 480.0).abs() < 1e-6);
        assert!((sum / 1_000.0 - 230.64).abs() < 1e-6);
    }

    #[test]
    fn what_flows_in_is_that_of_every_rate() {
        let mut bucket = TokenBucket::new(10.0, 5.0);
        assert_eq!(bucket.flow().by(Micros::from_secs(60)), 300.0);
        bucket.set(Micros::from_secs(59), 10.0, 0.25);
        assert_eq!(bucket.flow().by(Micros::from_secs(63)), 59.0 * 5.0 + 1.0);
        bucket.set_rate(Micros::from_secs(63), 2.0);
        assert!(bucket.take(Micros::from_secs(64), 3.0));
        assert_eq!(bucket.flow().by(Micros::from_secs(65)), 296.0 + 4.0);
    }

    #[test]
    fn fractional_rates_do_not_drift() {
        let mut bucket = TokenBucket::new(20.0, 0.0056);
        assert!(bucket.take(Micros::ZERO, 20.0));
        assert_eq!(bucket.wait_for(Micros::ZERO, 1.0), Micros(178_571_429));
        for second in 1..=1_000_000u64 {
            bucket.available(Micros::from_secs(second).min(Micros::from_secs(3_000)));
        }
        assert!((bucket.available(Micros::from_secs(3_000)) - 16.8).abs() < 1e-9);
    }

    #[test]
    fn refuses_whole_and_gives_back() {
        let mut bucket = TokenBucket::new(10.0, 1.0);
        assert!(bucket.take(Micros::ZERO, 8.0));
        assert!(!bucket.take(Micros::ZERO, 3.0), "a refusal takes nothing");
        assert_eq!(bucket.available(Micros::ZERO), 2.0);
        bucket.refund(Micros::ZERO, 5.0);
        assert_eq!(bucket.available(Micros::ZERO), 7.0);
        assert_eq!(bucket.used(), 3.0);
        assert_eq!(bucket.wait_for(Micros::ZERO, 11.0), Micros::MAX);
        let mut endless = TokenBucket::new(f64::INFINITY, f64::INFINITY);
        assert!(endless.take(Micros::ZERO, 1e9));
        assert!(
            endless.take(Micros::from_secs(40 * 86_400), 1e9),
            "long waits do not overflow"
        );
    }

    #[test]
    fn another_capacity_and_rate_hold_from_now_on_and_leave_no_trace_when_taken_back_at_once() {
        let second = Micros::from_secs;
        let mut bucket = TokenBucket::new(10.0, 1.0);
        let mut untouched = bucket.clone();
        assert!(bucket.take(second(1), 4.0) && untouched.take(second(1), 4.0));
        bucket.set(second(3), 2.0, 0.5);
        bucket.set(second(3), 10.0, 1.0);
        for at in [3, 4, 9] {
            assert_eq!(
                bucket.available(second(at)),
                untouched.available(second(at))
            );
        }
        bucket.set(second(9), 3.0, 0.25);
        assert_eq!(bucket.available(second(9)), 3.0, "never above the capacity");
        assert!(bucket.take(second(9), 3.0));
        assert_eq!(bucket.wait_for(second(9), 1.0), second(4));
        bucket.set(second(13), 10.0, 1.0);
        assert_eq!(bucket.available(second(13)), 1.0, "the level is kept");
        assert_eq!(bucket.available(second(15)), 3.0);
        bucket.set(second(15), f64::INFINITY, f64::INFINITY);
        assert!(bucket.take(second(16), 1e9));
    }
}
