//! What several seeds say together: means with intervals, and bounds on what is rare.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF, Gamma, StudentsT};

/// How sure intervals are: 95 % of them contain what they are about.
pub const CONFIDENCE: f64 = 0.95;

/// A mean over seeds. Runs without a value (a share of nothing) are left out.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Estimate {
    /// Runs that have a value.
    pub runs: u64,
    /// Their mean; null without any.
    pub mean: Option<f64>,
    /// Of a run; null below two.
    pub standard_deviation: Option<f64>,
    /// Half the width of the 95 % interval about the mean, by Student's t; null below two.
    pub half_width: Option<f64>,
    /// The least value.
    pub least: Option<f64>,
    /// The greatest.
    pub most: Option<f64>,
}

/// Gathers an [`Estimate`] value by value (Welford 1962). The same values in the same order give the same bits.
#[derive(Copy, Clone, Debug, Default)]
pub struct Sample {
    runs: u64,
    mean: f64,
    squares: f64,
    least: f64,
    most: f64,
}

impl Sample {
    /// Takes a value.
    pub fn add(&mut self, value: f64) {
        self.runs += 1;
        let off = value - self.mean;
        self.mean += off / self.runs as f64;
        self.squares += off * (value - self.mean);
        if self.runs == 1 {
            (self.least, self.most) = (value, value);
        }
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    /// What they come to.
    pub fn estimate(&self) -> Estimate {
        if self.runs == 0 {
            return Estimate::default();
        }
        let several = self.runs > 1;
        let deviation = several.then(|| (self.squares / (self.runs - 1) as f64).max(0.0).sqrt());
        Estimate {
            runs: self.runs,
            mean: Some(self.mean),
            standard_deviation: deviation,
            half_width: deviation
                .map(|deviation| students_t(self.runs - 1) * deviation / (self.runs as f64).sqrt()),
            least: Some(self.least),
            most: Some(self.most),
        }
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<Values: IntoIterator<Item = f64>>(values: Values) -> Sample {
        let mut sample = Sample::default();
        values.into_iter().for_each(|value| sample.add(value));
        sample
    }
}

/// Below it and above its negative lie 95 % of Student's t distribution with so many degrees of freedom (1 at least).
pub fn students_t(degrees_of_freedom: u64) -> f64 {
    let degrees = degrees_of_freedom.max(1) as f64;
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::INFINITY, |it| {
        it.inverse_cdf(1.0 - (1.0 - CONFIDENCE) / 2.0)
    })
}

/// The exact 95 % interval of a probability after `happened` of `tries` (Clopper and Pearson 1934), 0..=1. Of 0 and of all it is
/// one-sided: `0 of n` is at most `1 - 0.05^(1/n)`.
pub fn probability_interval(happened: u64, tries: u64) -> (f64, f64) {
    assert!(happened <= tries, "no more can happen than is tried");
    if tries == 0 {
        return (0.0, 1.0);
    }
    let rest = 1.0 - CONFIDENCE;
    let (yes, no) = (happened as f64, (tries - happened) as f64);
    let tail = match happened == 0 || happened == tries {
        true => rest,
        false => rest / 2.0,
    };
    let quantile = |a: f64, b: f64, at: f64, end: f64| {
        Beta::new(a, b).map_or(end, |beta| beta.inverse_cdf(at))
    };
    let low = match happened {
        0 => 0.0,
        _ => quantile(yes, no + 1.0, tail, 0.0),
    };
    let high = match happened == tries {
        true => 1.0,
        false => quantile(yes + 1.0, no, 1.0 - tail, 1.0),
    };
    (low, high)
}

/// The exact 95 % interval of the mean of a Poisson number of which `count` was seen (Garwood 1936). Of 0 it is one-sided.
pub fn poisson_interval(count: u64) -> (f64, f64) {
    let rest = 1.0 - CONFIDENCE;
    let tail = if count == 0 { rest } else { rest / 2.0 };
    let quantile =
        |shape: f64, at: f64| Gamma::new(shape, 1.0).map_or(f64::NAN, |it| it.inverse_cdf(at));
    let low = match count {
        0 => 0.0,
        _ => quantile(count as f64, tail),
    };
    (low, quantile(count as f64 + 1.0, 1.0 - tail))
}

/// Chance does not explain what it brings less often than this (assumed): a run that has no defect is called so once in a thousand.
const BY_CHANCE: f64 = 1e-3;

/// Whether so many are more than a Poisson number of this mean comes to, but once in a thousand times.
pub fn is_beyond_poisson(count: u64, mean: f64) -> bool {
    if count as f64 <= mean {
        return false;
    }
    // Pr[N >= count] of mean m is Pr[Gamma(count) <= m].
    Gamma::new(count as f64, 1.0).is_ok_and(|it| it.cdf(mean) < BY_CHANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) {
        assert!(
            (value - expected).abs() < 1e-3 * expected.abs().max(0.1),
            "{value}, not {expected}"
        );
    }

    /// Printed tables of the t distribution.
    #[test]
    fn students_t_is_that_of_the_tables() {
        for (degrees, expected) in [
            (1, 12.706),
            (2, 4.303),
            (4, 2.776),
            (9, 2.262),
            (19, 2.093),
            (1_000, 1.962),
        ] {
            near(students_t(degrees), expected);
        }
    }

    #[test]
    fn a_mean_has_its_interval() {
        let estimate = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]
            .into_iter()
            .collect::<Sample>()
            .estimate();
        assert_eq!(
            (estimate.runs, estimate.mean, estimate.least, estimate.most),
            (8, Some(5.0), Some(2.0), Some(9.0))
        );
        near(estimate.standard_deviation.unwrap(), 2.138);
        near(estimate.half_width.unwrap(), 2.365 * 2.138 / 8f64.sqrt());
        let one = [3.0].into_iter().collect::<Sample>().estimate();
        assert_eq!((one.mean, one.half_width), (Some(3.0), None));
        assert_eq!(Sample::default().estimate(), Estimate::default());
    }

    #[test]
    fn what_never_happened_has_an_upper_bound() {
        let (low, high) = probability_interval(0, 20);
        assert_eq!(low, 0.0);
        near(high, 1.0 - libm::pow(0.05, 1.0 / 20.0));
        let (low, high) = probability_interval(20, 20);
        near(low, libm::pow(0.05, 1.0 / 20.0));
        assert_eq!(high, 1.0);
        assert_eq!(probability_interval(0, 0), (0.0, 1.0));
    }

    /// Published values: 7 of 20, and Garwood's table for 0, 1 and 10.
    #[test]
    fn exact_intervals_are_those_of_the_tables() {
        let (low, high) = probability_interval(7, 20);
        near(low, 0.1539);
        near(high, 0.5922);
        near(poisson_interval(0).1, 2.996);
        near(poisson_interval(1).0, 0.0253);
        near(poisson_interval(1).1, 5.572);
        near(poisson_interval(10).0, 4.795);
        near(poisson_interval(10).1, 18.391);
    }

    #[test]
    fn a_few_above_a_small_mean_are_chance() {
        // Pr[Poisson(3) >= 9] = .0038, >= 10 is .0011, >= 11 is .0003.
        assert!(!is_beyond_poisson(3, 3.0));
        assert!(!is_beyond_poisson(10, 3.0));
        assert!(is_beyond_poisson(11, 3.0));
        // Where next to nothing is to be expected even one is too many.
        assert!(is_beyond_poisson(1, 1e-5) && !is_beyond_poisson(0, 0.0));
        assert!(is_beyond_poisson(1_200, 1_000.0) && !is_beyond_poisson(1_080, 1_000.0));
    }
}
