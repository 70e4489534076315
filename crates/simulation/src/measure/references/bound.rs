//! What can be sold at most, by somebody who knows the future (docs/theory.md A9.6).
//!
//! By max-flow/min-cut a SKU sells no more than the demand outside a set of buyers and all stock that one of the set could have
//! been sold, for any set. The ledger knows two stocks, the merchant's and Amazon's own, which only one channel sells from. Who
//! comes before somebody of the set can be sold nothing that he cannot, so that the sets that matter are: everybody until a time,
//! and of the other channels everybody until another time, not before it. The least of their cuts is kept as time goes on
//! ([`Cut`]). A SKU's lines are sold whole, which lowers it to a sum of lines ([`whole_lines`](super::whole_lines)).
//!
//! The bound holds where baskets are refused whole, too. A unit of somebody who cancels may be sold again after that, so that
//! all units of those who would cancel come in when they would.

use std::collections::BTreeMap;

use channel_mocks::core::StockOwner;

use super::whole_lines::largest_sum;
use crate::world::SkuIndex;

/// Lines of up to so many units are counted in place.
const SMALL: usize = 4;

/// The least cut of a SKU so far, by what may still be added to it. A cut counts stock that came and demand that it leaves out;
/// `moves_on` lets each go on as the next, so that `both >= merchant >= none` and the last is what can be sold at most.
#[derive(Copy, Clone, Debug, Default)]
struct Cut {
    /// Nobody's demand is left out: all stock counts.
    both: u64,
    /// The demand of the channel that sells from Amazon's own stock is left out from some time on: only the merchant's counts.
    merchant: u64,
    /// All demand is left out from some time on: no stock counts.
    none: u64,
}

impl Cut {
    fn moves_on(&mut self) {
        self.merchant = self.merchant.min(self.both);
        self.none = self.none.min(self.merchant);
    }

    /// A buyer asks for units.
    fn asked(&mut self, units: u64, is_amazon: bool) {
        if is_amazon {
            self.merchant += units;
        }
        self.none += units;
        self.moves_on();
    }

    /// Units come to a stock.
    fn received(&mut self, units: u64, owner: StockOwner) {
        self.both += units;
        if owner == StockOwner::Merchant {
            self.merchant += units;
        }
    }

    /// Changes what is left of a stock by what befalls one of its locations. `elsewhere` is what other locations have held: of
    /// both owners, and of the merchant's.
    fn befallen(
        &mut self,
        owner: StockOwner,
        elsewhere: (u64, u64),
        change: impl Fn(u64, u64) -> u64,
    ) {
        let sold = self.none;
        self.both = sold + change(self.both - sold, elsewhere.0);
        if owner == StockOwner::Merchant {
            self.merchant = sold + change(self.merchant - sold, elsewhere.1);
        }
        self.moves_on();
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Bound {
    /// By SKU.
    cuts: Vec<Cut>,
    /// Lines of one unit, of two, ... by SKU.
    lines: Vec<[u32; SMALL]>,
    /// Larger lines, by SKU and units.
    large: BTreeMap<(SkuIndex, u32), u64>,
    owners: Vec<StockOwner>,
    /// Units that a location has held, `[sku * locations + location]`.
    held: Vec<u64>,
    /// Units that came back to a shelf that is not known.
    returned: BTreeMap<SkuIndex, u64>,
}

impl Bound {
    /// For stock by location (`stock[sku][location]`), whose owners are given.
    pub fn new(owners: &[StockOwner], stock: &[&[u32]]) -> Bound {
        let mut bound = Bound {
            cuts: vec![Cut::default(); stock.len()],
            lines: vec![[0; SMALL]; stock.len()],
            large: BTreeMap::new(),
            owners: owners.to_vec(),
            held: vec![0; stock.len() * owners.len()],
            returned: BTreeMap::new(),
        };
        for (sku, locations) in (0u32..).map(SkuIndex).zip(stock) {
            for (location, &units) in locations.iter().enumerate() {
                bound.receive(sku, location, units);
            }
        }
        bound
    }

    /// A buyer asks for units; `is_amazon`: on the channel that sells from Amazon's own warehouses.
    pub fn asked(&mut self, sku: SkuIndex, units: u32, is_amazon: bool) {
        let at = sku.0 as usize;
        let (Some(lines), Some(cut)) = (self.lines.get_mut(at), self.cuts.get_mut(at)) else {
            return;
        };
        match (units as usize).checked_sub(1) {
            None => return,
            Some(size) if size < SMALL => lines[size] += 1,
            Some(_) => *self.large.entry((sku, units)).or_default() += 1,
        }
        cut.asked(u64::from(units), is_amazon);
    }

    /// Units come to a location.
    pub fn receive(&mut self, sku: SkuIndex, location: usize, units: u32) {
        let at = sku.0 as usize * self.owners.len() + location;
        let (Some(held), Some(&owner)) = (self.held.get_mut(at), self.owners.get(location)) else {
            return;
        };
        *held += u64::from(units);
        self.cuts[sku.0 as usize].received(u64::from(units), owner);
    }

    /// Units come back that somebody had bought, wherever they go.
    pub fn give_back(&mut self, sku: SkuIndex, units: u32) {
        if let Some(cut) = self.cuts.get_mut(sku.0 as usize) {
            *self.returned.entry(sku).or_default() += u64::from(units);
            cut.received(u64::from(units), StockOwner::Merchant);
        }
    }

    /// Up to so many units of a location are lost: as many as cannot have left it before.
    pub fn lose(&mut self, sku: SkuIndex, location: usize, units: u32) {
        self.at_location(sku, location, |left, elsewhere| {
            left - u64::from(units).min(left.saturating_sub(elsewhere))
        });
    }

    /// A count finds so many units at a location, whatever was there. Answers by how many units that may raise what there is.
    pub fn recount(&mut self, sku: SkuIndex, location: usize, counted: u32) -> u64 {
        let all = |bound: &Bound| bound.cuts.get(sku.0 as usize).map_or(0, |cut| cut.both);
        let before = all(self);
        self.at_location(sku, location, |left, elsewhere| {
            left.min(elsewhere) + u64::from(counted)
        });
        let at = sku.0 as usize * self.owners.len() + location;
        if let Some(held) = self.held.get_mut(at) {
            *held += u64::from(counted);
        }
        all(self).saturating_sub(before)
    }

    /// Units that a location has held, at most.
    pub fn held_at(&self, sku: SkuIndex, location: usize) -> u64 {
        let at = sku.0 as usize * self.owners.len() + location;
        self.held.get(at).copied().unwrap_or(0)
    }

    /// Units that an owner's other locations have held, at most.
    pub fn held_elsewhere(&self, sku: SkuIndex, location: usize, owner: StockOwner) -> u64 {
        let width = self.owners.len();
        let first = sku.0 as usize * width;
        let Some(held) = self.held.get(first..first + width) else {
            return 0;
        };
        let others = self.owners.iter().zip(held).enumerate();
        others
            .filter(|(at, (of, _))| *at != location && **of == owner)
            .map(|(_, (_, held))| held)
            .sum()
    }

    /// Changes what is left by what befalls a location: given what is left, and what the other locations can hold of it.
    fn at_location(&mut self, sku: SkuIndex, location: usize, change: impl Fn(u64, u64) -> u64) {
        let Some(&owner) = self.owners.get(location) else {
            return;
        };
        let returned = self.returned.get(&sku).copied().unwrap_or(0);
        let merchant = returned + self.held_elsewhere(sku, location, StockOwner::Merchant);
        let both = merchant + self.held_elsewhere(sku, location, StockOwner::Platform);
        if let Some(cut) = self.cuts.get_mut(sku.0 as usize) {
            cut.befallen(owner, (both, merchant), change);
        }
    }

    /// Units that can be sold at most.
    pub fn units(&self) -> u64 {
        let skus = (0u32..).map(SkuIndex).zip(&self.lines);
        skus.zip(&self.cuts)
            .map(|((sku, small), cut)| {
                let small = (1u32..).zip(small);
                let small = small.map(|(units, &count)| (units, u64::from(count)));
                let large = self.large.range((sku, 0)..=(sku, u32::MAX));
                let large = large.map(|(&(_, units), &count)| (units, count));
                let lines: Vec<(u32, u64)> =
                    small.chain(large).filter(|(_, count)| *count > 0).collect();
                largest_sum(&lines, cut.none)
            })
            .sum()
    }
}
