//! Sellable units per SKU: ATP of docs/theory.md B, received + restocked - shrink - net accepted units over all channels.
//!
//! Stock at Amazon's own warehouses (FBA) is a pool of its own: only Amazon sells from it, no engine can share it out, and
//! a sale from it never touches the units that all channels share.

use channel_mocks::core::StockOwner;

use crate::world::SkuIndex;

/// Everything that ever happened to the units of one SKU. Units are whole pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SkuStock {
    /// Sellable units of the shared pool; negative when more is sold than there is.
    pub sellable: i64,
    /// Sellable units at FBA.
    pub fba_sellable: i64,
    /// Opening stock and all later gains and losses other than by shipping, both pools.
    pub supplied: i64,
    /// The part of `supplied` that is in the records of the shared pool alone, because somebody counted wrong; below zero
    /// when the records lack units that are there.
    pub miscounted: i64,
    /// The part of `supplied` at FBA.
    pub fba_supplied: i64,
    /// Units in accepted orders, both pools.
    pub accepted: i64,
    /// Units of orders cancelled before they were shipped.
    pub cancelled: i64,
    /// Units shipped for orders that waited for them.
    pub shipped: i64,
    /// Units that left for orders that did not wait for them any more (cancelled, or shipped before).
    pub shipped_beyond: i64,
}

/// All SKUs, by position.
#[derive(Debug)]
pub(super) struct Stock {
    skus: Vec<SkuStock>,
}

impl Stock {
    /// `opening` per SKU: units per location; `fba` says of each location whether it belongs to Amazon.
    pub fn open(opening: &[&[u32]], fba: &[bool]) -> Stock {
        let skus = opening
            .iter()
            .map(|locations| {
                let mut stock = SkuStock::default();
                for (location, &units) in locations.iter().enumerate() {
                    let units = i64::from(units);
                    stock.supplied += units;
                    if fba.get(location).copied().unwrap_or(false) {
                        stock.fba_sellable += units;
                        stock.fba_supplied += units;
                    } else {
                        stock.sellable += units;
                    }
                }
                stock
            })
            .collect();
        Stock { skus }
    }

    pub fn len(&self) -> usize {
        self.skus.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &SkuStock> {
        self.skus.iter()
    }

    pub fn sku(&self, sku: SkuIndex) -> &SkuStock {
        &self.skus[sku.0 as usize]
    }

    pub fn sellable(&self, sku: SkuIndex, owner: StockOwner) -> i64 {
        match owner {
            StockOwner::Merchant => self.sku(sku).sellable,
            StockOwner::Platform => self.sku(sku).fba_sellable,
        }
    }

    /// Takes the units of an accepted line. Returns how many of them did not exist (docs/theory.md B, oversold_units).
    pub fn accept(&mut self, sku: SkuIndex, owner: StockOwner, units: u32) -> u32 {
        let existed = self.sellable(sku, owner).max(0);
        let wanted = i64::from(units);
        self.skus[sku.0 as usize].accepted += wanted;
        *self.sellable_mut(sku, owner) -= wanted;
        u32::try_from((wanted - existed).max(0)).unwrap_or(u32::MAX)
    }

    /// Gives back the units of a cancelled line that had not been shipped.
    pub fn cancel(&mut self, sku: SkuIndex, owner: StockOwner, units: u32) {
        self.skus[sku.0 as usize].cancelled += i64::from(units);
        *self.sellable_mut(sku, owner) += i64::from(units);
    }

    /// Notes units that left: `due` of them were waited for, and had stopped being sellable when they were accepted;
    /// `beyond` of them were not, and stop being sellable now.
    pub fn ship(&mut self, sku: SkuIndex, owner: StockOwner, due: u32, beyond: u32) {
        let stock = &mut self.skus[sku.0 as usize];
        stock.shipped += i64::from(due);
        stock.shipped_beyond += i64::from(beyond);
        *self.sellable_mut(sku, owner) -= i64::from(beyond);
    }

    /// Applies a gain (receipt, restocked return, recount) or loss (damage, recount) of physical units.
    pub fn change(&mut self, sku: SkuIndex, owner: StockOwner, delta: i64) {
        let stock = &mut self.skus[sku.0 as usize];
        stock.supplied += delta;
        if owner == StockOwner::Platform {
            stock.fba_supplied += delta;
        }
        *self.sellable_mut(sku, owner) += delta;
    }

    /// Applies a change of the records of the shared pool to which no unit corresponds.
    pub fn miscount(&mut self, sku: SkuIndex, delta: i64) {
        let stock = &mut self.skus[sku.0 as usize];
        stock.supplied += delta;
        stock.miscounted += delta;
    }

    fn sellable_mut(&mut self, sku: SkuIndex, owner: StockOwner) -> &mut i64 {
        let stock = &mut self.skus[sku.0 as usize];
        match owner {
            StockOwner::Merchant => &mut stock.sellable,
            StockOwner::Platform => &mut stock.fba_sellable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKU: SkuIndex = SkuIndex(0);

    #[test]
    fn oversold_units_are_those_that_did_not_exist_at_accept() {
        let mut stock = Stock::open(&[&[2, 1]], &[false, false]);
        assert_eq!(stock.accept(SKU, StockOwner::Merchant, 2), 0);
        assert_eq!(
            stock.accept(SKU, StockOwner::Merchant, 3),
            2,
            "one of three was there"
        );
        assert_eq!(
            stock.accept(SKU, StockOwner::Merchant, 4),
            4,
            "none was there"
        );
        assert_eq!(stock.sellable(SKU, StockOwner::Merchant), -6);
        stock.cancel(SKU, StockOwner::Merchant, 4);
        stock.change(SKU, StockOwner::Merchant, 5);
        assert_eq!(stock.sellable(SKU, StockOwner::Merchant), 3);
        assert_eq!(stock.accept(SKU, StockOwner::Merchant, 3), 0);
    }

    #[test]
    fn fba_units_are_apart() {
        let mut stock = Stock::open(&[&[5, 7]], &[false, true]);
        assert_eq!(stock.accept(SKU, StockOwner::Platform, 8), 1);
        assert_eq!(stock.sellable(SKU, StockOwner::Merchant), 5);
        assert_eq!(stock.sku(SKU).supplied, 12);
    }

    #[test]
    fn units_shipped_for_nobody_stop_being_sellable() {
        let mut stock = Stock::open(&[&[5]], &[false]);
        stock.accept(SKU, StockOwner::Merchant, 2);
        stock.cancel(SKU, StockOwner::Merchant, 2);
        stock.ship(SKU, StockOwner::Merchant, 0, 2);
        assert_eq!(stock.sellable(SKU, StockOwner::Merchant), 3);
        stock.accept(SKU, StockOwner::Merchant, 1);
        stock.ship(SKU, StockOwner::Merchant, 1, 0);
        assert_eq!(stock.sellable(SKU, StockOwner::Merchant), 2);
    }
}
