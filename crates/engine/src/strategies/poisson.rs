//! What unseen sales do to a listing that shows units which others show too (docs/theory.md A9): their number is Poisson.

/// Beyond this mean, `exp(-mean)` is too near the smallest number; the line is drawn by a safe number of deviations.
const LARGEST_SUMMED_MEAN: f64 = 300.0;
/// Deviations that stand for every quantile asked for here.
const SAFE_DEVIATIONS: f64 = 6.0;

/// The newsvendor quantile: the fewest units B with Pr[Poisson(mean) > B] <= `price`. So many units of the stock a listing
/// leaves unshown if a double sale may cost as much as `price` saved sales. `None` when no number will do.
pub(super) fn line(mean: f64, price: f64) -> Option<i64> {
    if price <= 0.0 || !mean.is_finite() {
        return None;
    }
    if mean > LARGEST_SUMMED_MEAN {
        return Some(libm::ceil(mean + SAFE_DEVIATIONS * libm::sqrt(mean)) as i64);
    }
    let mut probability = libm::exp(-mean);
    let mut at_most = probability;
    let mut units = 0_i64;
    let last = libm::ceil(mean + 12.0 * libm::sqrt(mean)) as i64 + 20;
    while 1.0 - at_most > price && units < last {
        units += 1;
        probability *= mean / units as f64;
        at_most += probability;
    }
    Some(units)
}

/// E[(Poisson(mean) - units)+]: unseen sales beyond so many units that were there.
pub(super) fn beyond(mean: f64, units: i64) -> f64 {
    if mean > LARGEST_SUMMED_MEAN {
        return (mean - units as f64).max(0.0);
    }
    let mut probability = libm::exp(-mean);
    // The first term alone would be lost in rounding for a small mean.
    let mut more = -libm::expm1(-mean);
    let mut beyond = mean;
    for unit in 1..=units {
        beyond -= more;
        probability *= mean / unit as f64;
        more -= probability;
    }
    beyond.max(0.0)
}

/// Tells of Pr[Poisson(mean) > k] for k = 0, 1, 2 and so on, as long as it is no less than `least`. Of a mean for which no line is
/// summed it tells nothing: nothing goes beyond the line there.
pub(super) fn for_each_tail(mean: f64, least: f64, mut tell: impl FnMut(f64)) {
    if mean > LARGEST_SUMMED_MEAN {
        return;
    }
    let mut probability = libm::exp(-mean);
    let mut tail = -libm::expm1(-mean);
    let last = libm::ceil(mean + 12.0 * libm::sqrt(mean)) as i64 + 20;
    for unit in 1..=last {
        if tail < least {
            return;
        }
        tell(tail);
        probability *= mean / unit as f64;
        tail -= probability;
    }
}

/// Pr[Poisson(mean) >= units].
pub(super) fn at_least(mean: f64, units: i64) -> f64 {
    if units <= 0 {
        return 1.0;
    }
    if mean > LARGEST_SUMMED_MEAN {
        return if mean >= units as f64 { 1.0 } else { 0.0 };
    }
    let mut probability = libm::exp(-mean);
    let mut more = -libm::expm1(-mean);
    for unit in 1..units.min(2_000) {
        probability *= mean / unit as f64;
        more -= probability;
    }
    more.clamp(0.0, 1.0)
}

/// The deviations below which a normal number lies with this probability, 0.5 to 1.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let below = 1.0 - 0.5 * libm::erfc(middle / std::f64::consts::SQRT_2);
        if below < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 - e^-0.025 = 0.02469: a price below it leaves one unit unshown, one above it none (docs/theory.md A9, X5).
    #[test]
    fn the_line_is_where_the_price_says() {
        assert_eq!(line(0.025, 0.0246), Some(1));
        assert_eq!(line(0.025, 0.0248), Some(0));
        assert_eq!(line(0.5, 0.1), Some(1));
        assert_eq!(line(0.5, 0.95), Some(0));
        assert_eq!(line(0.5, 0.0), None);
        assert_eq!(line(0.0, 1e-6), Some(0));
        assert!(line(1e6, 0.5).is_some_and(|units| units > 1_000_000));
    }

    #[test]
    fn deviations_keep_what_they_say() {
        assert!((normal_quantile(0.99) - 2.326_348).abs() < 1e-5);
        assert!((normal_quantile(0.95) - 1.644_854).abs() < 1e-5);
        assert!(normal_quantile(0.5).abs() < 1e-9);
    }

    #[test]
    fn unseen_sales_beyond_the_line_fall_with_it() {
        // E[(P(.5) - 1)+] = .5 - (1 - e^-.5) = .1065.
        assert!((beyond(0.5, 1) - 0.106_530_66).abs() < 1e-8);
        assert!((beyond(1e-5, 1) - 5e-11).abs() < 1e-13);
        assert!((at_least(2.0, 1) - 0.864_664_717).abs() < 1e-8);
        assert!((at_least(2.0, 2) - 0.593_994_150).abs() < 1e-8);
    }
}
