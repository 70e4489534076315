//! One shared counter (docs/theory.md A9.6), and the same with the last units standing still (A9.6).

use channel_mocks::core::{BasketLine, StockOwner};

use crate::world::{ChannelIndex, SkuIndex};

/// Sells whole baskets first come, first served, at once. Nothing is oversold, and nothing is refused that could be sold: on the
/// channel that sells from Amazon's own warehouses these go first, as on the platform.
#[derive(Clone, Debug)]
pub struct Counter {
    merchant: Vec<u64>,
    amazon: Vec<u64>,
    sells_amazon: Option<usize>,
    /// By channel its place among those that sell most, where the last units have to stay somewhere: with n units left, fewer
    /// than there are channels, the first n sell.
    places: Option<Vec<u64>>,
    accepted: Vec<u64>,
}

impl Counter {
    /// For opening stock by SKU, the merchant's and Amazon's own. `sells_amazon` is the channel that sells the latter.
    pub fn new(
        merchant: Vec<u64>,
        amazon: Vec<u64>,
        channels: usize,
        sells_amazon: Option<usize>,
    ) -> Counter {
        Counter {
            merchant,
            amazon,
            sells_amazon,
            places: None,
            accepted: vec![0; channels],
        }
    }

    /// Lets the last units stand on the channels with the largest shares.
    #[must_use]
    pub fn standing_still(mut self, shares: &[f64]) -> Counter {
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|one, other| shares[*other].total_cmp(&shares[*one]));
        let mut places = vec![0; shares.len()];
        for (place, channel) in (0u64..).zip(order) {
            places[channel] = place;
        }
        self.places = Some(places);
        self
    }

    /// A buyer wants a basket. Answers whose units were sold; `None` when the basket was refused.
    pub fn offer(&mut self, channel: ChannelIndex, lines: &[BasketLine]) -> Option<StockOwner> {
        let at = usize::from(channel.0);
        let holds = |stock: &[u64], is_here: &dyn Fn(u64) -> bool| {
            lines.iter().all(|line| {
                let left = stock.get(line.listing.0 as usize).copied().unwrap_or(0);
                left >= u64::from(line.units) && is_here(left)
            })
        };
        let stands_here = |left: u64| match &self.places {
            Some(places) => left >= places.len() as u64 || places[at] < left,
            None => true,
        };
        let from_amazon = self.sells_amazon == Some(at) && holds(&self.amazon, &|_| true);
        let owner = if lines.is_empty() {
            return None;
        } else if from_amazon {
            StockOwner::Platform
        } else if holds(&self.merchant, &stands_here) {
            StockOwner::Merchant
        } else {
            return None;
        };
        for line in lines {
            self.stock(owner)[line.listing.0 as usize] -= u64::from(line.units);
            self.accepted[at] += u64::from(line.units);
        }
        Some(owner)
    }

    /// Units come, or come back.
    pub fn receive(&mut self, sku: SkuIndex, owner: StockOwner, units: u32) {
        if let Some(left) = self.stock(owner).get_mut(sku.0 as usize) {
            *left += u64::from(units);
        }
    }

    /// Up to so many units are lost.
    pub fn lose(&mut self, sku: SkuIndex, owner: StockOwner, units: u32) {
        if let Some(left) = self.stock(owner).get_mut(sku.0 as usize) {
            *left = left.saturating_sub(u64::from(units));
        }
    }

    /// A count finds so many units at a location; the other locations of its owner have held up to `elsewhere`.
    pub fn recount(&mut self, sku: SkuIndex, owner: StockOwner, counted: u32, elsewhere: u64) {
        if let Some(left) = self.stock(owner).get_mut(sku.0 as usize) {
            *left = (*left).min(elsewhere) + u64::from(counted);
        }
    }

    fn stock(&mut self, owner: StockOwner) -> &mut Vec<u64> {
        match owner {
            StockOwner::Merchant => &mut self.merchant,
            StockOwner::Platform => &mut self.amazon,
        }
    }

    /// Units sold, by channel.
    pub fn accepted(&self) -> &[u64] {
        &self.accepted
    }
}
