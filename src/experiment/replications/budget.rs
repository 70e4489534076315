//! Whether a budget's share of all units is kept, judged on the sum over seeds (docs/theory.md A9.2): the expectation that it
//! promises is one over many days, and no single run can break it.

use serde::{Deserialize, Serialize};

use super::row::SeedRow;
use crate::measure::statistics::{is_beyond_poisson, poisson_interval};
use crate::measure::{BUDGET_KEPT, Verdict};

/// Fewer seeds do not tell how much oversold units scatter: the relative standard error of a variance of n values is about
/// √(2 / (n - 1)), which is half of it at ten (docs/replications.md, "A budget").
const FEWEST_SEEDS: u64 = 10;

/// What all seeds together say of a budget's share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BudgetOverSeeds {
    /// Units that may be oversold for each unit sold, in the mean.
    pub budget: f64,
    /// Units oversold ...
    pub oversold_units: u64,
    /// ... of so many sold.
    pub accepted_units: u64,
    /// The share, 0..=1, and its 95 % interval: the exact one of a Poisson number, as much wider as units are oversold together.
    pub share: f64,
    /// See `share`.
    pub share_low: f64,
    /// See `share`.
    pub share_high: f64,
    /// How many times more oversold units scatter over the seeds than a Poisson number, 1 at least.
    pub dispersion: f64,
    /// `holds`: the whole interval lies within the budget. `violated`: so many come by chance less than once in a thousand times.
    /// `unknown`: neither, or fewer than ten seeds. `not_judged`: all seeds have the same buyers, so that nothing is said of a mean.
    pub verdict: Verdict,
}

/// Sums over seeds.
#[derive(Clone, Debug, Default)]
pub(super) struct BudgetSums {
    budget: f64,
    runs: u64,
    oversold: u64,
    oversold_squared: u64,
    accepted: u64,
    first_buyers: Option<String>,
    buyers_differ: bool,
}

impl BudgetSums {
    /// Takes a seed's row, if it was judged on a budget.
    pub fn add(&mut self, row: &SeedRow) {
        let mut all = row.guarantees.iter();
        let Some(extent) = all
            .find(|it| it.name == BUDGET_KEPT)
            .and_then(|it| it.extent.as_ref())
        else {
            return;
        };
        self.budget = extent.tolerated_share;
        self.runs += 1;
        self.oversold += extent.broken;
        self.oversold_squared += extent.broken * extent.broken;
        self.accepted += extent.of;
        let first = self
            .first_buyers
            .get_or_insert_with(|| row.buyers_hash.clone());
        self.buyers_differ |= *first != row.buyers_hash;
    }

    /// What they come to; nothing where no seed was judged on a budget.
    pub fn judged(&self) -> Option<BudgetOverSeeds> {
        if self.runs == 0 {
            return None;
        }
        let dispersion = self.dispersion();
        let (low, high) = poisson_interval((self.oversold as f64 / dispersion).round() as u64);
        let of_sold = |units: f64| match self.accepted {
            0 => 0.0,
            accepted => units / accepted as f64,
        };
        let (share_low, share_high) = (of_sold(low * dispersion), of_sold(high * dispersion));
        let allowed = self.budget * self.accepted as f64;
        let heaps = (self.oversold as f64 / dispersion).floor() as u64;
        let verdict = match self.runs {
            _ if !self.buyers_differ && self.runs > 1 => Verdict::NotJudged,
            few if few < FEWEST_SEEDS => Verdict::Unknown,
            _ if is_beyond_poisson(heaps, allowed / dispersion) => Verdict::Violated,
            _ if share_high <= self.budget => Verdict::Holds,
            _ => Verdict::Unknown,
        };
        Some(BudgetOverSeeds {
            budget: self.budget,
            oversold_units: self.oversold,
            accepted_units: self.accepted,
            share: of_sold(self.oversold as f64),
            share_low,
            share_high,
            dispersion,
            verdict,
        })
    }

    /// Variance over mean of the oversold units of a run, 1 at least: what quasi-Poisson counts are divided by
    /// (docs/replications.md, "A budget").
    fn dispersion(&self) -> f64 {
        let runs = self.runs as f64;
        let mean = self.oversold as f64 / runs;
        if self.runs < 2 || mean == 0.0 {
            return 1.0;
        }
        let variance = (self.oversold_squared as f64 - runs * mean * mean) / (runs - 1.0);
        (variance / mean).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(budget: f64, sold: u64, oversold: &[u64]) -> BudgetOverSeeds {
        let sums = BudgetSums {
            budget,
            runs: oversold.len() as u64,
            oversold: oversold.iter().sum(),
            oversold_squared: oversold.iter().map(|units| units * units).sum(),
            accepted: sold * oversold.len() as u64,
            first_buyers: None,
            buyers_differ: true,
        };
        sums.judged().unwrap()
    }

    /// 3 of 40,000 where 40 are allowed: kept. 3 where 4 are allowed: open. 40 where 4 are: broken; but not where the forty are two
    /// heaps of twenty, and not on nine seeds.
    #[test]
    fn the_share_is_judged_on_the_sum() {
        let few = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0];
        let kept = over(1e-3, 4_000, &few);
        assert_eq!(kept.verdict, Verdict::Holds);
        // Garwood's interval of 3 is 0.619 to 8.77.
        assert!((kept.share_high - 8.767 / 40_000.0).abs() < 1e-7);
        assert_eq!(kept.dispersion, 1.0);
        assert_eq!(over(1e-4, 4_000, &few).verdict, Verdict::Unknown);
        assert_eq!(over(1e-4, 4_000, &[4; 10]).verdict, Verdict::Violated);
        assert_eq!(over(1e-4, 4_000, &[4; 9]).verdict, Verdict::Unknown);
        let heaps = over(1e-4, 4_000, &[20, 0, 0, 0, 0, 20, 0, 0, 0, 0]);
        assert_eq!(heaps.verdict, Verdict::Unknown);
        assert!(heaps.dispersion > 10.0);
    }

    #[test]
    fn a_replay_says_nothing_of_a_mean() {
        let sums = BudgetSums {
            budget: 1e-4,
            runs: 20,
            oversold: 20,
            oversold_squared: 20,
            accepted: 60,
            first_buyers: None,
            buyers_differ: false,
        };
        assert_eq!(sums.judged().unwrap().verdict, Verdict::NotJudged);
        assert!(BudgetSums::default().judged().is_none());
    }
}
