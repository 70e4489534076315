//! Amazon's own warehouses as the seller sees them: one pool for each listing (sheet sections 5.5 and 7.3).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::core::{ListingIndex, Micros};

/// A listing's pool.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    /// Units Amazon can sell.
    pub(crate) fulfillable: u32,
    /// Units of orders that Amazon has not shipped yet.
    pub(crate) reserved: u32,
    /// Whether the offer was turned into a merchant's: the units are there, and nobody can buy them.
    pub(crate) stranded: bool,
}

/// A pool as inventory summaries show it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The pool as it was.
    pub(crate) pool: Pool,
    change: u64,
    /// Since when it was so.
    pub(crate) updated_at: Micros,
}

/// All pools.
#[derive(Debug)]
pub(crate) struct FbaStock {
    pools: Vec<Option<Pool>>,
    shown: Vec<Option<Shown>>,
    any: bool,
    changes: u64,
    /// Changes on their way into the summaries; applied when summaries are next read.
    arriving: BinaryHeap<Reverse<Arrival>>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    at: Micros,
    change: u64,
    listing: u32,
    made_at: Micros,
    fulfillable: u32,
    reserved: u32,
    stranded: bool,
}

impl FbaStock {
    /// No pool for any listing.
    pub(crate) fn new(listings: usize) -> FbaStock {
        FbaStock {
            pools: vec![None; listings],
            shown: vec![None; listings],
            any: false,
            changes: 0,
            arriving: BinaryHeap::new(),
        }
    }

    /// A listing's pool, if stock was ever sent to Amazon.
    pub(crate) fn pool(&self, listing: ListingIndex) -> Option<Pool> {
        self.pools.get(listing.0 as usize).copied().flatten()
    }

    /// Whether Amazon can sell this many units of a listing.
    pub(crate) fn can_sell(&self, listing: ListingIndex, units: u32) -> bool {
        self.any
            && self
                .pool(listing)
                .is_some_and(|pool| !pool.stranded && pool.fulfillable >= units)
    }

    /// A listing's pool as summaries show it.
    pub(crate) fn shown(&self, listing: ListingIndex) -> Option<Shown> {
        self.shown.get(listing.0 as usize).copied().flatten()
    }

    /// Units of a listing that can still be sold.
    pub(crate) fn sellable(&self, listing: ListingIndex) -> u32 {
        self.pool(listing)
            .filter(|pool| !pool.stranded)
            .map_or(0, |pool| pool.fulfillable)
    }

    /// Sets the units of a listing; the first call makes its pool. Stock that was there when the run opens is known to
    /// the summaries. Tells whether there is such a listing.
    pub(crate) fn set(&mut self, listing: ListingIndex, units: u32) -> bool {
        let Some(slot) = self.pools.get_mut(listing.0 as usize) else {
            return false;
        };
        let pool = slot.get_or_insert_default();
        pool.fulfillable = units;
        self.any = true;
        self.shown[listing.0 as usize] = Some(Shown {
            pool: *pool,
            change: self.changes,
            updated_at: Micros::ZERO,
        });
        self.changes += 1;
        true
    }

    /// Changes a pool, if there is one; `lag` tells how long the change with its number takes to the summaries.
    pub(crate) fn change(
        &mut self,
        now: Micros,
        listing: ListingIndex,
        change: impl FnOnce(&mut Pool),
        lag: impl FnOnce(u64) -> Micros,
    ) {
        let Some(Some(pool)) = self.pools.get_mut(listing.0 as usize) else {
            return;
        };
        change(pool);
        let number = self.changes;
        self.changes += 1;
        self.arriving.push(Reverse(Arrival {
            at: now + lag(number),
            change: number,
            listing: listing.0,
            made_at: now,
            fulfillable: pool.fulfillable,
            reserved: pool.reserved,
            stranded: pool.stranded,
        }));
    }

    /// Brings what summaries show up to `now`.
    pub(crate) fn refresh(&mut self, now: Micros) {
        while let Some(&Reverse(arrival)) = self.arriving.peek() {
            if arrival.at > now {
                break;
            }
            self.arriving.pop();
            let shown = &mut self.shown[arrival.listing as usize];
            if shown.is_none_or(|shown| shown.change < arrival.change) {
                *shown = Some(Shown {
                    pool: Pool {
                        fulfillable: arrival.fulfillable,
                        reserved: arrival.reserved,
                        stranded: arrival.stranded,
                    },
                    change: arrival.change,
                    updated_at: arrival.made_at,
                });
            }
        }
    }
}
