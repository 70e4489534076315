//! From the budget to the price (docs/theory.md A9, beta -> mu): how many oversold units a saved sale may cost, so that over
//! the whole catalogue no more than the budget's share of all units is oversold.

use super::super::super::poisson::{at_least, beyond, for_each_tail, line};

/// The lowest price that is tried ...
const LOWEST: f64 = 1e-6;
/// ... and the highest.
const HIGHEST: f64 = 0.5;
/// Prices that are tried from one to ten times as high: whole products are shared from one price to the next, and a coarser
/// grid would leave a part of the budget unspent.
const STEPS_A_DECADE: f64 = 8.0;
/// Prices that are tried in all.
const PRICES: usize = 47;
/// Bursts and lines of several units make the unseen sales of a moment more than Poisson's; before anything is measured they
/// count so many times.
const FIRST_BURSTINESS: f64 = 2.0;
/// Terms of what is oversold that are smaller than this are left out.
const LEAST_TERM: f64 = 1e-9;
/// What may happen within this time is what the price is worked out for, seconds: a day.
pub(super) const HORIZON_SECONDS: f64 = 86_400.0;

/// A SKU as the price sees it.
pub(super) struct Prospect {
    /// Units left.
    pub units: i64,
    /// Units a second over all channels.
    pub rate: f64,
    /// Of each channel that may share units: its part of their sales, and unseen sales elsewhere before its count is down.
    pub members: Vec<(f64, f64)>,
}

/// A price of the grid, the lowest first.
fn price_at(step: usize) -> f64 {
    (LOWEST * libm::exp10(step as f64 / STEPS_A_DECADE)).min(HIGHEST)
}

/// The place of the lowest price of the grid that is no lower than this one; none where all are.
fn step_of(price: f64) -> Option<usize> {
    let steps = libm::ceil(libm::log10(price / LOWEST) * STEPS_A_DECADE - 1e-9).max(0.0) as usize;
    (price <= HIGHEST).then_some(steps.min(PRICES - 1))
}

impl Prospect {
    /// What each price adds to the units oversold, told to `add` by its place in the grid. A line of B units leaves the k-th unseen
    /// sale for every k from B on, and is drawn at B where Pr[N > B] is no more than the price: so a price bears exactly the
    /// terms Pr[N > k] that are no larger than itself.
    fn terms(&self, mut add: impl FnMut(usize, f64)) {
        for (part, load) in &self.members {
            for_each_tail(*load, LEAST_TERM, |tail| {
                if let Some(step) = step_of(tail) {
                    add(step, part * tail);
                }
            });
        }
    }

    /// Units oversold if it sells out: unseen sales beyond the line, by where the last unit goes.
    fn risk(&self, price: f64) -> f64 {
        // Without a price nothing is shared.
        let of_each = self
            .members
            .iter()
            .filter_map(|(part, load)| Some(part * beyond(*load, line(*load, price)?)));
        of_each.sum()
    }
}

/// The price, and what watches over it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Price {
    /// Oversold units a unit sold that are allowed: beta.
    budget: f64,
    /// Given from outside, so that it is never worked out.
    fixed: Option<f64>,
    price: f64,
    /// How many times more is oversold than under Poisson demand, as pairs of sales tell: gamma.
    burstiness: f64,
    /// The same, as the brake told when it was drawn; the larger of the two counts.
    least_burstiness: f64,
    /// Units that were to be expected to be oversold at the stock-outs so far.
    charged: f64,
    /// Units known to be oversold.
    oversold: u64,
}

impl Price {
    pub(super) fn new(budget: f64, fixed: Option<f64>) -> Price {
        Price {
            budget,
            fixed,
            price: fixed.unwrap_or(0.0),
            burstiness: FIRST_BURSTINESS,
            least_burstiness: 1.0,
            charged: 0.0,
            oversold: 0,
        }
    }

    /// Whether units may be lent at all.
    pub(super) fn is_on(&self) -> bool {
        self.budget > 0.0 || self.fixed.is_some_and(|price| price > 0.0)
    }

    /// Oversold units that a saved sale may cost: mu.
    pub(super) fn price(&self) -> f64 {
        self.price
    }

    /// What is believed, for the journal.
    pub(super) fn account(&self) -> (f64, f64, f64, u64) {
        (self.price, self.gamma(), self.charged, self.oversold)
    }

    fn gamma(&self) -> f64 {
        self.burstiness.max(self.least_burstiness)
    }

    /// The price if sales met unseen no more often than by chance, or than they were seen to: a loan that is dearer is so by rates and
    /// delays alone.
    pub(super) fn without_bursts(&self, prospects: &[Prospect], weight: f64, sold: u64) -> f64 {
        self.solved(prospects, weight, sold, self.least_burstiness)
    }

    /// Works the price out anew: the largest of the grid with which what was charged so far, and what is to be expected of what
    /// is left, keep the budget. `prospects` stand for `weight` SKUs each; `sold` units are sold; sales meet unseen `burstiness`
    /// times as often as by chance.
    pub(super) fn solve(
        &mut self,
        prospects: &[Prospect],
        weight: f64,
        sold: u64,
        burstiness: f64,
    ) {
        self.burstiness = burstiness;
        self.price = self.solved(prospects, weight, sold, self.gamma());
    }

    fn solved(&self, prospects: &[Prospect], weight: f64, sold: u64, gamma: f64) -> f64 {
        if let Some(price) = self.fixed {
            return price;
        }
        let mut units = 0.0;
        let mut expected = [0.0; PRICES];
        for it in prospects {
            let demand = it.rate * HORIZON_SECONDS;
            units += demand - beyond(demand, it.units.clamp(0, 2_000)).max(0.0);
            let sells_out = at_least(demand, it.units);
            it.terms(|step, units| expected[step] += sells_out * units * gamma);
        }
        for step in 1..PRICES {
            expected[step] += expected[step - 1];
        }
        let kept = (0..PRICES).rev();
        let kept = kept.map(|at| (price_at(at), expected[at]));
        let allowed = self.budget * (sold as f64 + weight * units);
        let spent = self.charged * gamma;
        let mut within = kept.filter(|(_, expected)| spent + weight * expected <= allowed);
        within.next().map_or(0.0, |(price, _)| price)
    }

    /// A SKU has sold out, so far as known; what may be oversold of it is charged.
    pub(super) fn sold_out(&mut self, it: &Prospect) {
        self.charged += it.risk(self.price);
    }

    /// Units are known to be oversold.
    pub(super) fn oversold(&mut self, units: i64, sold: u64) {
        self.oversold += units.max(0) as u64;
        if self.is_broken(sold) && self.charged > 0.0 {
            let seen = self.oversold as f64 / self.charged;
            self.least_burstiness = self.least_burstiness.max(seen);
        }
    }

    /// Whether more is oversold than the budget explains: nothing new is lent then.
    pub(super) fn is_broken(&self, sold: u64) -> bool {
        let allowed = self.budget * sold as f64;
        let is_given = self.fixed.is_some();
        !is_given && self.oversold as f64 > allowed + 3.0 * libm::sqrt(allowed) + 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prospect() -> Prospect {
        Prospect {
            units: 1,
            rate: 1.0 / HORIZON_SECONDS,
            members: vec![(0.5, 2e-4), (0.3, 3e-4), (0.2, 9e-4)],
        }
    }

    /// What the terms of the prices up to one add up to is what that price oversells.
    #[test]
    fn terms_add_up_to_the_risk() {
        let it = Prospect {
            units: 2,
            rate: 0.3,
            members: vec![(0.5, 2e-4), (0.2, 0.03), (0.2, 0.7), (0.1, 40.0)],
        };
        let mut sums = [0.0; PRICES];
        it.terms(|step, units| sums[step] += units);
        let mut sum = 0.0;
        for (step, more) in sums.into_iter().enumerate() {
            sum += more;
            let risk = it.risk(price_at(step));
            assert!((sum - risk).abs() < 1e-6, "{step}: {sum} and {risk}");
        }
        assert!((price_at(0), price_at(PRICES - 1)) == (LOWEST, HIGHEST));
        assert_eq!(step_of(0.500_1), None);
        assert!((0..PRICES).all(|step| step_of(price_at(step)) == Some(step)));
    }

    /// A larger budget gives a larger price; none gives none; more bursts give a smaller one.
    #[test]
    fn the_price_follows_the_budget_and_the_bursts() {
        let solved = |budget: f64, burstiness: f64| {
            let mut price = Price::new(budget, None);
            price.solve(&[prospect()], 1.0, 0, burstiness);
            price.price()
        };
        assert_eq!(solved(0.0, 1.0), 0.0);
        assert!(solved(1e-5, 1.0) < solved(1e-3, 1.0));
        assert_eq!(solved(1e-3, 1.0), 0.5);
        // All three shown costs .00037 units a stock-out, of which .63 a unit sold: 5.8e-4 of .632.
        assert!(solved(4e-4, 1.0) >= solved(4e-4, 8.0));
        assert!(solved(4e-4, 8.0) < 0.5);
    }

    /// What the stock-outs so far have cost is missing from what is left to spend, and comes back with every unit sold.
    #[test]
    fn what_was_charged_is_spent() {
        let mut price = Price::new(1e-3, None);
        let after = |price: &mut Price, sold| {
            price.solve(&[prospect()], 100.0, sold, 1.0);
            price.price()
        };
        assert_eq!(after(&mut price, 0), 0.5);
        price.charged = 0.1;
        assert_eq!(
            after(&mut price, 0),
            0.0,
            "63 units are to be sold: .063 may be oversold"
        );
        assert_eq!(after(&mut price, 1_000), 0.5);
    }

    #[test]
    fn the_brake_is_drawn_beyond_chance_alone() {
        let mut price = Price::new(1e-4, None);
        price.price = 0.5;
        price.sold_out(&prospect());
        // Two units in ten thousand are within chance of the one allowed, and six are not.
        price.oversold(2, 10_000);
        assert!(!price.is_broken(10_000));
        price.oversold(4, 10_000);
        assert!(price.is_broken(10_000));
        assert!(!price.is_broken(100_000));
    }
}
