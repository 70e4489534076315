//! How fast each listing sells, as far as the engine has seen: an exponentially weighted rate per channel and SKU
//! (docs/theory.md C: half-life a few minutes, floor from a long mean).

use super::canonical::{ChannelIndex, SkuIndex};
use oversell_kernel::Micros;

/// Half-life of the weight of a sale.
const HALF_LIFE_SECONDS: f64 = 300.0;
/// Rate assumed for a listing that has not sold yet, units a second (about one in two months), so that ratios exist.
const FLOOR_PER_SECOND: f64 = 2e-7;

#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Weight {
    /// Decayed number of units, at `as_of`.
    units: f32,
    as_of_seconds: f32,
}

/// Rates of all listings.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct DemandRates {
    channels: usize,
    /// What the merchant expects of each channel.
    shares: Vec<f64>,
    weights: Vec<Weight>,
}

impl DemandRates {
    /// No sales yet.
    pub fn new(shares: Vec<f64>, skus: usize) -> DemandRates {
        DemandRates {
            channels: shares.len(),
            weights: vec![Weight::default(); shares.len() * skus],
            shares,
        }
    }

    fn decay(seconds: f64) -> f64 {
        libm::exp2(-seconds / HALF_LIFE_SECONDS)
    }

    /// Counts a sale.
    pub fn sold(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex, units: u32) {
        let weight = &mut self.weights[sku.0 as usize * self.channels + channel.0 as usize];
        let seconds = now.as_secs_f64();
        let age = (seconds - f64::from(weight.as_of_seconds)).max(0.0);
        weight.units = (f64::from(weight.units) * Self::decay(age) + f64::from(units)) as f32;
        weight.as_of_seconds = seconds as f32;
    }

    /// Units a second on one channel.
    pub fn rate(&self, now: Micros, channel: ChannelIndex, sku: SkuIndex) -> f64 {
        let weight = self.weights[sku.0 as usize * self.channels + channel.0 as usize];
        let age = (now.as_secs_f64() - f64::from(weight.as_of_seconds)).max(0.0);
        let units = f64::from(weight.units) * Self::decay(age);
        (units * std::f64::consts::LN_2 / HALF_LIFE_SECONDS)
            .max(FLOOR_PER_SECOND * self.shares[channel.0 as usize].max(1e-3))
    }

    /// The time in which so many units would be sold from now on if nothing but the rate's own decay changed it;
    /// [`Micros::MAX`] when it fades before.
    pub fn time_to_sell(
        &self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: f64,
    ) -> Micros {
        let rate = self.rate(now, channel, sku);
        // The units that the fading rate sells for ever after.
        let in_all = rate * HALF_LIFE_SECONDS / std::f64::consts::LN_2;
        if in_all <= units {
            return Micros::MAX;
        }
        let seconds = -HALF_LIFE_SECONDS * libm::log2(1.0 - units / in_all);
        Micros::from_secs_f64(seconds)
    }

    /// Units a second over all channels.
    pub fn total_rate(&self, now: Micros, sku: SkuIndex) -> f64 {
        (0..self.channels)
            .map(|channel| self.rate(now, ChannelIndex(channel as u16), sku))
            .sum()
    }

    /// The channel's expected part of a SKU's demand: what was seen, weighed against the merchant's expectation as if
    /// `prior_units` units had been sold by it.
    pub fn share(
        &self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        prior_units: f64,
    ) -> f64 {
        let seen = |channel: usize| {
            let weight = self.weights[sku.0 as usize * self.channels + channel];
            let age = (now.as_secs_f64() - f64::from(weight.as_of_seconds)).max(0.0);
            f64::from(weight.units) * Self::decay(age)
        };
        let total: f64 = (0..self.channels).map(seen).sum();
        let own = seen(channel.0 as usize);
        (own + prior_units * self.shares[channel.0 as usize]) / (total + prior_units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_seller_shows_its_rate_and_a_quiet_one_fades() {
        let mut rates = DemandRates::new(vec![0.7, 0.3], 2);
        let (channel, sku) = (ChannelIndex(0), SkuIndex(1));
        for second in 0..6_000u64 {
            rates.sold(Micros::from_secs(second), channel, sku, 2);
        }
        let now = Micros::from_secs(6_000);
        assert!((rates.rate(now, channel, sku) - 2.0).abs() < 0.02);
        assert!(rates.rate(now + Micros::from_secs(300), channel, sku) < 1.02);
        let ten = rates.time_to_sell(now, channel, sku, 10.0).as_secs_f64();
        assert!((5.0..5.2).contains(&ten), "two a second: {ten}");
        let more_than_ever = rates.time_to_sell(now, channel, sku, 900.0);
        assert_eq!(more_than_ever, Micros::MAX);
        assert!(rates.share(now, channel, sku, 10.0) > 0.98);
        assert!((rates.share(now, ChannelIndex(1), SkuIndex(0), 10.0) - 0.3).abs() < 1e-9);
    }
}
