//! Amazon's own warehouses: what is sold from them, shipped and released.

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::fba::Pool;
use crate::core::{ListingIndex, Micros, Stream};

use super::State;

impl State {
    /// Sets the units of a listing in Amazon's warehouses. The first call makes the FBA offer, under the merchant's SKU
    /// with the profile's suffix. Tells whether there is such a listing.
    pub(crate) fn set_fba_stock(&mut self, listing: ListingIndex, units: u32) -> bool {
        let known = self.fba.set(listing, units);
        if known {
            self.catalogue.add_fba(listing);
        }
        known
    }

    fn change_pool(&mut self, now: Micros, listing: ListingIndex, change: impl FnOnce(&mut Pool)) {
        let (key, lag) = (
            self.settings.draws.fba_summary,
            &self.settings.profile.fba.summary_lag,
        );
        self.fba.change(now, listing, change, |number| {
            lag.draw(&mut Stream::new(key, number))
        });
    }

    pub(super) fn fba_sold(&mut self, now: Micros, listing: ListingIndex, units: u32) {
        self.change_pool(now, listing, |pool| {
            pool.fulfillable = pool.fulfillable.saturating_sub(units);
            pool.reserved += units;
        });
    }

    pub(super) fn fba_shipped(&mut self, now: Micros, listing: ListingIndex, units: u32) {
        self.change_pool(now, listing, |pool| {
            pool.reserved = pool.reserved.saturating_sub(units);
        });
    }

    pub(super) fn fba_released(&mut self, now: Micros, listing: ListingIndex, units: u32) {
        self.change_pool(now, listing, |pool| {
            pool.reserved = pool.reserved.saturating_sub(units);
            pool.fulfillable += units;
        });
    }

    /// A merchant's quantity on an FBA offer flips it: the stock at Amazon is stranded (sheet section 0, fact 11). A
    /// submission of Amazon's own channel flips it back.
    pub(super) fn set_stranded(&mut self, now: Micros, sku: SkuIndex, stranded: bool) {
        let listing = self.catalogue.listing(sku);
        let differs = self
            .fba
            .pool(listing)
            .is_some_and(|pool| pool.stranded != stranded);
        if self.catalogue.is_fba(sku) && differs {
            self.change_pool(now, listing, |pool| pool.stranded = stranded);
        }
    }
}
