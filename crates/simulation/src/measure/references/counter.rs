//! One shared counter (docs/theory.md A9.6), and the same with the last units standing still (A9.6).

use std::collections::BTreeMap;

use channel_mocks::core::{BasketLine, Micros, StockOwner};

use crate::world::{Assortments, ChannelIndex, SkuIndex};

/// Sells whole baskets first come, first served, at once. Nothing is oversold, and nothing is refused that could be sold: on the
/// channel that sells from Amazon's own warehouses these go first, as on the platform.
#[derive(Clone, Debug)]
pub struct Counter {
    merchant: Vec<u64>,
    amazon: Vec<u64>,
    sells_amazon: Option<usize>,
    /// Where the last units of a SKU have to stay somewhere: with n units left, fewer than there are channels that list it, the
    /// first n sell.
    places: Option<Places>,
    accepted: Vec<u64>,
    /// Kept where a script counts.
    shelves: Option<Shelves>,
}

/// What was sold and may stand on its shelf still, where a count finds it.
#[derive(Clone, Debug)]
struct Shelves {
    /// What was sold longer ago has been shipped.
    ships_after: Micros,
    sold: BTreeMap<(SkuIndex, StockOwner), Vec<(Micros, u32)>>,
    /// By location, how many units fewer than all that came there would be there if none had been shipped: lost, or not found.
    missing: BTreeMap<(SkuIndex, usize), i64>,
}

impl Shelves {
    fn shipped(&self, sku: SkuIndex, owner: StockOwner, now: Micros) -> u64 {
        let sold = self.sold.get(&(sku, owner)).into_iter().flatten();
        let shipped = sold.take_while(|(at, _)| at.0.saturating_add(self.ships_after.0) <= now.0);
        shipped.map(|(_, units)| u64::from(*units)).sum()
    }
}

/// The channels by how much they sell.
#[derive(Clone, Debug)]
struct Places {
    /// By channel its place among all, from 0.
    of_all: Vec<u64>,
    /// When the first channel opens.
    opening: Micros,
    /// By channel when after that buyers can buy there; empty where they always can.
    hours: Vec<(Micros, Micros)>,
    assortments: Assortments,
}

impl Places {
    /// From so many units on there is one for every channel.
    fn most(&self) -> u64 {
        self.of_all.len() as u64
    }

    /// A channel's place among those that are open at a time and list a SKU.
    fn of(&self, channel: ChannelIndex, sku: SkuIndex, at: Micros) -> u64 {
        let own = self.of_all[usize::from(channel.0)];
        if self.assortments.are_whole() && self.hours.is_empty() {
            return own;
        }
        let after = at.since(self.opening);
        let is_open = |channel: ChannelIndex| {
            let hours = self.hours.get(usize::from(channel.0));
            hours.is_none_or(|(from, until)| *from <= after && after < *until)
        };
        let ahead = (0u16..).map(ChannelIndex).zip(&self.of_all);
        let ahead = ahead.filter(|(it, place)| {
            **place < own && is_open(*it) && self.assortments.lists(*it, sku)
        });
        ahead.count() as u64
    }
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
            shelves: None,
        }
    }

    /// Remembers what stands sold on its shelf for so long: counts find it there.
    #[must_use]
    pub fn shipping_after(mut self, ships_after: Option<Micros>) -> Counter {
        self.shelves = ships_after.map(|ships_after| Shelves {
            ships_after,
            sold: BTreeMap::new(),
            missing: BTreeMap::new(),
        });
        self
    }

    /// Lets the last units of a SKU stand on the channels to which most buyers are expected to come, of those that list it and are
    /// open (`hours` after the opening, by channel; empty where all are, throughout).
    #[must_use]
    pub fn standing_still(
        mut self,
        shares: &[f64],
        (opening, hours): (Micros, &[(Micros, Micros)]),
        assortments: &Assortments,
    ) -> Counter {
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|one, other| shares[*other].total_cmp(&shares[*one]));
        let mut places = vec![0; shares.len()];
        for (place, channel) in (0u64..).zip(order) {
            places[channel] = place;
        }
        self.places = Some(Places {
            of_all: places,
            opening,
            hours: hours.to_vec(),
            assortments: assortments.clone(),
        });
        self
    }

    /// A buyer wants a basket at a time. Answers whose units were sold; `None` when the basket was refused.
    pub fn offer(
        &mut self,
        channel: ChannelIndex,
        lines: &[BasketLine],
        now: Micros,
    ) -> Option<StockOwner> {
        let at = usize::from(channel.0);
        let holds = |stock: &[u64], is_here: &dyn Fn(SkuIndex, u64) -> bool| {
            lines.iter().all(|line| {
                let left = stock.get(line.listing.0 as usize).copied().unwrap_or(0);
                left >= u64::from(line.units) && is_here(SkuIndex(line.listing.0), left)
            })
        };
        let stands_here = |sku: SkuIndex, left: u64| match &self.places {
            Some(places) => left >= places.most() || places.of(channel, sku, now) < left,
            None => true,
        };
        let from_amazon = self.sells_amazon == Some(at) && holds(&self.amazon, &|_, _| true);
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
            if let Some(shelves) = &mut self.shelves {
                let key = (SkuIndex(line.listing.0), owner);
                let sold = shelves.sold.entry(key).or_default();
                sold.push((now, line.units));
            }
        }
        Some(owner)
    }

    /// Units come, or come back.
    pub fn receive(&mut self, sku: SkuIndex, owner: StockOwner, units: u32) {
        if let Some(left) = self.stock(owner).get_mut(sku.0 as usize) {
            *left += u64::from(units);
        }
    }

    /// Up to so many units are lost at a location.
    pub fn lose(&mut self, sku: SkuIndex, owner: StockOwner, location: usize, units: u32) {
        if let Some(shelves) = &mut self.shelves {
            *shelves.missing.entry((sku, location)).or_default() += i64::from(units);
        }
        if let Some(left) = self.stock(owner).get_mut(sku.0 as usize) {
            *left = left.saturating_sub(u64::from(units));
        }
    }

    /// A count finds so many units at a location at a time. All that came to the location are `here`, and to the other locations of
    /// its owner `elsewhere`. One counter knows no locations: what was shipped of what it sold is taken to have left from each in
    /// proportion to what it held, and what is sold and not shipped is among what was counted.
    pub fn recount(
        &mut self,
        (sku, owner, location): (SkuIndex, StockOwner, usize),
        counted: u32,
        (here, elsewhere): (u64, u64),
        now: Micros,
    ) {
        let Some(shelves) = &mut self.shelves else {
            return;
        };
        let shipped = shelves.shipped(sku, owner, now);
        let missing = shelves.missing.entry((sku, location)).or_default();
        let held = here.saturating_add_signed(-*missing);
        let from_here =
            u128::from(shipped) * u128::from(held) / u128::from(held + elsewhere).max(1);
        let from_here = u64::try_from(from_here).unwrap_or(u64::MAX).min(held);
        let stood = held - from_here;
        // What is counted comes to what is `here`: beside it, only what was shipped was there.
        *missing = here as i64 - from_here as i64;
        if let Some(left) = self.stock(owner).get_mut(sku.0 as usize) {
            *left = (*left + u64::from(counted)).saturating_sub(stood);
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
