//! What each call took of rate limits: the difference between what a system had used of them before it and after.

use std::collections::BTreeMap;

use channel_mocks::core::LimitUse;

/// What systems have used so far.
#[derive(Clone, Debug, Default)]
pub struct UsedSoFar {
    /// Per system, per limit in the system's order.
    systems: BTreeMap<u16, Vec<f64>>,
}

impl UsedSoFar {
    /// What was taken since the last look at a system, by the limit's name; limits of which nothing was taken are left out.
    pub fn taken(&mut self, system: u16, limits: &[LimitUse]) -> BTreeMap<String, f64> {
        let before = self.systems.entry(system).or_default();
        before.resize(limits.len(), 0.0);
        let mut taken = BTreeMap::new();
        for (before, limit) in before.iter_mut().zip(limits) {
            // Sums of many fractions: what is lost of them in the addition is no cost.
            let tokens = ((limit.used - *before) * 1e6).round() / 1e6;
            *before = limit.used;
            if tokens > 0.0 {
                *taken.entry(limit.name.to_string()).or_default() += tokens;
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_pays_for_itself() {
        let limit = |name, used| LimitUse {
            name,
            capacity: 10.0,
            rate_per_second: 1.0,
            used,
            left: 0.0,
        };
        let mut so_far = UsedSoFar::default();
        let first = so_far.taken(0, &[limit("reads", 0.1), limit("writes", 0.0)]);
        assert_eq!(first, BTreeMap::from([("reads".to_string(), 0.1)]));
        let other = so_far.taken(1, &[limit("reads", 0.1)]);
        assert_eq!(other.len(), 1, "another system's limits are its own");
        let second = so_far.taken(0, &[limit("reads", 0.1), limit("writes", 12.5)]);
        assert_eq!(second, BTreeMap::from([("writes".to_string(), 12.5)]));
    }
}
