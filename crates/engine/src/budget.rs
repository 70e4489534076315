//! Rate budgets: what the engine believes of a platform's limits, learned from what the platform tells.
//!
//! A budget starts from the documented limit, takes over every number that an answer carries (Shopify's cost extension,
//! Amazon's rate header), and, where a platform only says "too many requests" (TikTok Shop), halves its pace and finds
//! its way back slowly. A share of each bucket is kept for urgent calls: writes that stop an oversell, token refreshes.
//!
//! The platform weighs a call when it arrives, and the engine learns only that this lay between sending and answer. So a
//! call's tokens are held from the sending on and leave the bucket at the answer: until then the bucket gains nothing that a
//! full bucket of the platform would not gain. With right limits, what is free here is then never more than what the platform has
//! (docs/theory.md C).

use super::connectors::BucketBelief;
use super::planted::planted;
use oversell_kernel::Micros;

/// Part of a bucket that only urgent calls may use (docs/theory.md C: 10-20 %).
const URGENT_RESERVE: f64 = 0.15;
/// Part of a bucket that background work leaves to others: what becomes urgent meanwhile finds it there.
const BACKGROUND_LEAVES: f64 = 0.5;
/// How much slower to go after a refusal that carried no numbers.
const SLOW_DOWN: f64 = 0.5;
/// How much faster to go again ...
const SPEED_UP: f64 = 1.25;
/// ... after so long without a refusal (docs/platforms/tiktok_shop.md 3: 20-30 % per 10-15 min).
const SPEED_UP_AFTER: Micros = Micros::from_secs(600);
/// First wait after a refusal that names none; doubles with each further refusal.
const FIRST_BACK_OFF: Micros = Micros::from_secs(1);
/// Longest such wait.
const LAST_BACK_OFF: Micros = Micros::from_secs(60);
/// A bucket of which nothing was heard for so long may be another one by now: one call asks. A rate that was told while limits were
/// cut could otherwise keep a call, and with it the news that they are no longer, from leaving for a day. Longer than any published
/// limit takes to fill its bucket (Amazon's searchOrders: 20 calls at 0.0056 a second; docs/platforms/amazon.md).
const LONGEST_SILENCE: Micros = Micros::from_secs(3_600);

/// How pressing a call is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// May use the whole bucket.
    Urgent,
    /// Leaves the reserve for urgent calls.
    Usual,
    /// Leaves a good part of the bucket to all others.
    Background,
}

/// One believed token bucket.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct RateBudget {
    capacity: f64,
    rate_per_second: f64,
    /// Factor on the rate, below 1 after unexplained refusals.
    pace: f64,
    paced_at: Micros,
    level: f64,
    /// Tokens of calls under way: still in `level`, free for nobody.
    held: f64,
    as_of: Micros,
    blocked_until: Micros,
    /// When a call last left or was answered: what is known of the bucket is no older.
    heard_at: Micros,
    refusals_in_a_row: u32,
}

impl RateBudget {
    /// A full bucket of the believed size.
    pub fn new(belief: BucketBelief) -> RateBudget {
        RateBudget {
            capacity: belief.capacity,
            rate_per_second: belief.rate_per_second,
            pace: 1.0,
            paced_at: Micros::ZERO,
            level: belief.capacity,
            held: 0.0,
            as_of: Micros::ZERO,
            blocked_until: Micros::ZERO,
            heard_at: Micros::ZERO,
            refusals_in_a_row: 0,
        }
    }

    fn refill(&mut self, now: Micros) {
        if self.pace < 1.0 && now.since(self.paced_at) >= SPEED_UP_AFTER {
            self.pace = (self.pace * SPEED_UP).min(1.0);
            self.paced_at = now;
        }
        let gained = now.since(self.as_of).as_secs_f64() * self.rate_per_second * self.pace;
        self.level = (self.level + gained).min(self.capacity);
        self.as_of = now;
    }

    /// What must be left in the bucket.
    fn floor(&self, tokens: f64, claim: Claim) -> f64 {
        let part = match claim {
            Claim::Urgent => return 0.0,
            Claim::Usual => URGENT_RESERVE,
            Claim::Background => BACKGROUND_LEAVES,
        };
        (part * self.capacity).min(self.capacity - tokens).max(0.0)
    }

    /// Holds the tokens for a call if they are believed to be there, else says when to ask again. Gives how many are held,
    /// to be paid by [`pay`](RateBudget::pay) when the call has ended.
    ///
    /// # Errors
    /// The earliest time at which the call may be tried.
    pub fn hold(&mut self, now: Micros, tokens: f64, claim: Claim) -> Result<f64, Micros> {
        if now < self.blocked_until {
            return Err(self.blocked_until);
        }
        // Of a bucket that nothing fills nobody knows how full it is, whatever rate an answer tells.
        if !self.rate_per_second.is_finite() || !self.capacity.is_finite() {
            return Ok(0.0);
        }
        self.refill(now);
        let tokens = tokens.min(self.capacity);
        let missing = tokens + self.floor(tokens, claim) - (self.level - self.held);
        // A billionth of a token is rounding, not a lack.
        if missing <= 1e-9 {
            self.heard_at = now;
            self.held += tokens;
            return Ok(tokens);
        }
        let asks_at = self.heard_at + LONGEST_SILENCE;
        if asks_at <= now {
            self.heard_at = now;
            return Ok(0.0);
        }
        let seconds = missing / (self.rate_per_second * self.pace);
        // Rounded up to the next microsecond, so that the tokens are there when the time comes.
        let filled = now + Micros((seconds * 1e6) as u64 + 1);
        Err(filled.min(asks_at))
    }

    /// A call that held so many tokens has ended: they leave the bucket now, at the latest time at which the platform can have
    /// taken them.
    pub fn pay(&mut self, now: Micros, held: f64) {
        self.refill(now);
        self.heard_at = now;
        self.let_go(held);
        self.level -= held;
    }

    /// Gives back what was held for a call that is not made.
    pub fn let_go(&mut self, held: f64) {
        self.held -= held;
        assert!(self.held > -1e-6, "no call lets go what it does not hold");
    }

    /// Tokens that flow in a second at the present pace.
    pub fn rate_per_second(&self) -> f64 {
        self.rate_per_second * self.pace
    }

    /// The call was answered without a refusal.
    pub fn served(&mut self) {
        self.refusals_in_a_row = 0;
    }

    /// The call was refused by a limit. `wait` is what the platform asked for, if it asked.
    pub fn refused(&mut self, now: Micros, wait: Option<Micros>) {
        if planted!(RetryAfterIgnored) {
            return;
        }
        self.refill(now);
        let back_off = match wait {
            Some(wait) => wait,
            None => {
                let doubled = FIRST_BACK_OFF.0 << self.refusals_in_a_row.min(6);
                // Calls already under way are refused together; only the first of them slows the pace.
                if now >= self.blocked_until {
                    self.pace = (self.pace * SLOW_DOWN).max(0.05);
                    self.paced_at = now;
                }
                Micros(doubled).min(LAST_BACK_OFF)
            }
        };
        self.refusals_in_a_row = self.refusals_in_a_row.saturating_add(1);
        self.level = self.level.min(self.held);
        self.blocked_until = self.blocked_until.max(now + back_off);
    }

    /// The platform told numbers.
    pub fn told(
        &mut self,
        now: Micros,
        available: Option<f64>,
        capacity: Option<f64>,
        rate_per_second: Option<f64>,
    ) {
        self.refill(now);
        if let Some(capacity) = capacity.filter(|c| *c > 0.0) {
            self.capacity = capacity;
        }
        if let Some(rate) = rate_per_second.filter(|r| *r > 0.0) {
            self.rate_per_second = rate;
        }
        if let Some(available) = available {
            // Calls still under way may be missing in the platform's number, so never believe more than both sides do.
            self.level = self.level.min(available.max(0.0));
            if self.level + 1e-9 < available && self.refusals_in_a_row == 0 {
                // Refunds of requested cost over actual cost come back only in this number.
                self.level += (available - self.level) * 0.5;
            }
        }
        self.level = self.level.min(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn bucket(capacity: f64, rate_per_second: f64) -> RateBudget {
        RateBudget::new(BucketBelief {
            name: "test",
            capacity,
            rate_per_second,
        })
    }

    /// A call that is answered at once.
    fn spend(
        budget: &mut RateBudget,
        now: Micros,
        tokens: f64,
        claim: Claim,
    ) -> Result<(), Micros> {
        let held = budget.hold(now, tokens, claim)?;
        budget.pay(now, held);
        Ok(())
    }

    #[test]
    fn a_bucket_without_bounds_holds_nobody_up_whatever_rate_is_told() {
        let mut budget = bucket(f64::INFINITY, f64::INFINITY);
        budget.told(Micros(5), None, None, Some(1e9));
        for claim in [Claim::Urgent, Claim::Usual, Claim::Background] {
            assert_eq!(spend(&mut budget, Micros(9), 50.0, claim), Ok(()));
        }
    }

    #[test]
    fn spends_a_burst_then_keeps_the_rate() {
        let mut budget = bucket(40.0, 2.0);
        let mut now = Micros::ZERO;
        for _ in 0..1_000 {
            while let Err(later) = spend(&mut budget, now, 1.0, Claim::Urgent) {
                assert!(later > now);
                now = later;
            }
        }
        // docs/theory.md V10: the last of 1,000 calls leaves at 480 s.
        assert!((now.as_secs_f64() - 480.0).abs() < 0.01, "{now:?}");
    }

    #[test]
    fn ordinary_calls_leave_a_reserve_for_urgent_ones() {
        let mut budget = bucket(100.0, 1.0);
        assert!(spend(&mut budget, Micros::ZERO, 85.0, Claim::Usual).is_ok());
        assert!(budget.hold(Micros::ZERO, 1.0, Claim::Usual).is_err());
        assert!(spend(&mut budget, Micros::ZERO, 15.0, Claim::Urgent).is_ok());
        // A bucket of one token has no room for a reserve; ordinary calls must still pass.
        assert!(
            bucket(1.0, 2.0)
                .hold(Micros::ZERO, 1.0, Claim::Usual)
                .is_ok()
        );
    }

    #[test]
    fn background_work_leaves_half_of_the_bucket_and_has_all_that_flows_beyond_it() {
        let mut budget = bucket(100.0, 2.0);
        assert!(spend(&mut budget, Micros::ZERO, 50.0, Claim::Background).is_ok());
        let later = spend(&mut budget, Micros::ZERO, 10.0, Claim::Background);
        assert_eq!(later, Err(Micros(5_000_001)));
        assert!(spend(&mut budget, Micros::ZERO, 35.0, Claim::Usual).is_ok());
        assert!(spend(&mut budget, Micros::ZERO, 15.0, Claim::Urgent).is_ok());
        // As much as the bucket gains in a minute once it is half full again.
        let mut sent = 0.0;
        let mut now = Micros::from_secs(25);
        while now < Micros::from_secs(85) {
            match spend(&mut budget, now, 10.0, Claim::Background) {
                Ok(()) => sent += 10.0,
                Err(later) => now = later,
            }
        }
        assert!((110.0..=120.0).contains(&sent), "{sent}");
    }

    /// A limit is cut while the bucket is spent: what was told of it would keep the next call for a day. After an hour one call asks,
    /// and no second before its answer.
    #[test]
    fn a_limit_that_was_cut_is_asked_for_again() {
        let mut budget = bucket(20.0, 0.0056);
        budget.told(Micros::ZERO, None, None, Some(5e-5));
        budget.refused(Micros::ZERO, None);
        let (mut now, mut probes) = (Micros(1), Vec::new());
        while now < Micros::from_secs(10_000) {
            match budget.hold(now, 1.0, Claim::Usual) {
                Ok(held) => {
                    assert_eq!(held, 0.0, "what is not there cannot be held");
                    probes.push(now.whole_secs());
                    assert!(budget.hold(now, 1.0, Claim::Usual).is_err());
                }
                Err(later) => {
                    assert!(later > now);
                    now = later;
                }
            }
        }
        assert_eq!(probes, [3_600, 7_200]);
        budget.pay(now, 0.0);
        budget.told(now, None, None, Some(0.0056));
        let later = budget.hold(now, 1.0, Claim::Urgent).unwrap_err();
        assert!(later.since(now) < Micros::from_secs(400), "{later}");
    }

    #[test]
    fn backs_off_when_refused_and_recovers() {
        let mut budget = bucket(10.0, 10.0);
        budget.refused(Micros::ZERO, None);
        assert_eq!(
            budget.hold(Micros::ZERO, 1.0, Claim::Urgent),
            Err(FIRST_BACK_OFF)
        );
        budget.refused(FIRST_BACK_OFF, Some(Micros::from_secs(7)));
        assert_eq!(
            budget.hold(FIRST_BACK_OFF, 1.0, Claim::Urgent),
            Err(Micros::from_secs(8))
        );
        assert!(
            budget
                .hold(Micros::from_secs(8), 1.0, Claim::Urgent)
                .is_ok()
        );
        let mut told = bucket(10.0, 10.0);
        told.told(Micros::ZERO, Some(2.0), Some(20.0), Some(5.0));
        assert!(told.hold(Micros::ZERO, 8.0, Claim::Urgent).is_err());
    }

    /// A platform's bucket: a call that finds too little is refused.
    struct Platform {
        capacity: f64,
        rate_per_second: f64,
        level: f64,
        as_of: Micros,
    }

    impl Platform {
        fn serves(&mut self, now: Micros, tokens: f64) -> bool {
            let gained = now.since(self.as_of).as_secs_f64() * self.rate_per_second;
            self.level = (self.level + gained).min(self.capacity);
            self.as_of = now;
            let is_served = self.level + 1e-6 >= tokens;
            if is_served {
                self.level -= tokens;
            }
            is_served
        }
    }

    /// What happens to a call, in the order of time.
    #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
    enum Step {
        IsSent,
        Arrives,
        IsAnswered,
    }

    /// Sends calls as soon as the budget allows: each of so many tokens, so long on its way there and back. Counts those that
    /// the platform refuses.
    fn refusals(
        capacity: f64,
        rate_per_second: f64,
        pays_at: Step,
        calls: &[(u32, u32, u32, u32)],
    ) -> usize {
        let mut budget = bucket(capacity, rate_per_second);
        let mut platform = Platform {
            capacity,
            rate_per_second,
            level: capacity,
            as_of: Micros::ZERO,
        };
        let mut due: BTreeSet<(Micros, Step, usize)> = BTreeSet::new();
        let mut refused = 0;
        let mut now = Micros::ZERO;
        let mut held = vec![0.0; calls.len()];
        for (call, &(pause_ms, tokens, there_ms, back_ms)) in calls.iter().enumerate() {
            let tokens = f64::from(tokens).min(capacity);
            let mut wanted_at = now + Micros::from_millis(u64::from(pause_ms));
            loop {
                while let Some(&(at, step, of)) = due.first()
                    && at <= wanted_at
                {
                    due.pop_first();
                    let tokens = f64::from(calls[of].1).min(capacity);
                    if step == Step::Arrives {
                        refused += usize::from(!platform.serves(at, tokens));
                    }
                    if step == pays_at {
                        budget.pay(at, held[of]);
                    }
                }
                now = wanted_at;
                match budget.hold(now, tokens, Claim::Urgent) {
                    Ok(taken) => {
                        held[call] = taken;
                        break;
                    }
                    Err(later) => wanted_at = later,
                }
            }
            if pays_at == Step::IsSent {
                budget.pay(now, held[call]);
            }
            let there = now + Micros::from_millis(u64::from(there_ms));
            due.insert((there, Step::Arrives, call));
            let back = there + Micros::from_millis(u64::from(back_ms));
            due.insert((back, Step::IsAnswered, call));
        }
        for (at, step, of) in due {
            let tokens = f64::from(calls[of].1).min(capacity);
            refused += usize::from(step == Step::Arrives && !platform.serves(at, tokens));
        }
        refused
    }

    #[test]
    fn a_call_that_is_long_on_its_way_finds_the_token_that_was_held_for_it() {
        // A second on its way, to a bucket that stays full meanwhile; five others reach it shortly before.
        let slow = (0, 1, 1_000, 10);
        let quick = |pause_ms| (pause_ms, 1, 10, 10);
        let calls = [slow, quick(950), quick(0), quick(0), quick(0), quick(0)];
        assert_eq!(refusals(5.0, 5.0, Step::IsAnswered, &calls), 0);
        assert_eq!(refusals(5.0, 5.0, Step::IsSent, &calls), 1, "paid too soon");
    }

    proptest! {
        /// With right limits no call is refused, however long calls are on their way and in whatever order they arrive.
        #[test]
        fn no_call_is_refused_by_a_limit_that_is_known(
            capacity in 1_u32..40,
            rate_tenths in 1_u32..200,
            calls in prop::collection::vec(
                (0_u32..400, 1_u32..6, 0_u32..3_000, 0_u32..3_000),
                1..120,
            ),
        ) {
            let rate_per_second = f64::from(rate_tenths) / 10.0;
            prop_assert_eq!(
                refusals(f64::from(capacity), rate_per_second, Step::IsAnswered, &calls),
                0
            );
        }
    }
}
