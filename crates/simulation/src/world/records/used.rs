//! What each call took of rate limits: the difference between what a system had used of them before it and after.

use std::collections::BTreeMap;

use channel_mocks::core::LimitUse;

/// What systems have used so far.
#[derive(Clone, Debug, Default)]
pub struct UsedSoFar {
    /// Per system, per limit by its name: a list may leave out those that have not moved.
    systems: BTreeMap<u16, Vec<(&'static str, f64)>>,
}

impl UsedSoFar {
    /// What was taken since the last look at a system, by the limit's name; limits of which nothing was taken are left out.
    pub fn taken(&mut self, system: u16, limits: &[LimitUse]) -> BTreeMap<String, f64> {
        let before = self.systems.entry(system).or_default();
        let mut taken = BTreeMap::new();
        for limit in limits {
            let place = before.iter().position(|(name, _)| *name == limit.name);
            let place = place.unwrap_or_else(|| {
                before.push((limit.name, 0.0));
                before.len() - 1
            });
            let used = std::mem::replace(&mut before[place].1, limit.used);
            // Sums of many fractions: what is lost of them in the addition is no cost.
            let tokens = ((limit.used - used) * 1e6).round() / 1e6;
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
            flow: channel_mocks::core::Flow::steady(1.0),
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
        let third = so_far.taken(0, &[limit("writes", 13.5)]);
        let of_writes = BTreeMap::from([("writes".to_string(), 1.0)]);
        assert_eq!(third, of_writes, "one alone is known by its name");
        let fourth = so_far.taken(0, &[limit("feeds", 1.0), limit("writes", 13.5)]);
        let of_feeds = BTreeMap::from([("feeds".to_string(), 1.0)]);
        assert_eq!(fourth, of_feeds, "one that is new stands before another");
    }
}
