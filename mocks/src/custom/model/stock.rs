//! What buyers can buy of each listing, and how often that has changed.

use crate::core::{Micros, PastValues};

/// A listing's units as a read shows them.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Units that buyers can buy, never negative.
    pub(crate) units: i64,
    /// Grows with every change of the units, whatever brought it about.
    pub(crate) version: u32,
}

#[derive(Debug)]
pub(crate) struct Stock {
    counts: Vec<Count>,
    /// When the latest accepted write of a listing becomes live, where writes of one listing do not overtake each other.
    live_at: Vec<Micros>,
    /// Counts as they were, by listing.
    pub(crate) past: PastValues<Count>,
}

impl Stock {
    pub(crate) fn new(listings: usize) -> Stock {
        Stock {
            counts: vec![Count::default(); listings],
            live_at: vec![Micros::ZERO; listings],
            past: PastValues::default(),
        }
    }

    pub(crate) fn has(&self, listing: u32) -> bool {
        (listing as usize) < self.counts.len()
    }

    /// Units that buyers can buy; none of what is not listed.
    pub(crate) fn displayed(&self, listing: u32) -> i64 {
        self.counts
            .get(listing as usize)
            .map_or(0, |count| count.units)
    }

    /// The count of a listing that is there, as the read under way shows it.
    pub(crate) fn shown(&self, listing: u32) -> Count {
        *self.past.shown(listing, &self.counts[listing as usize])
    }

    /// The count of a listing that is there, as it is now.
    pub(crate) fn present(&self, listing: u32) -> Count {
        self.counts[listing as usize]
    }

    /// Sets the units of a listing that is there, and answers those before.
    pub(crate) fn set(&mut self, listing: u32, units: i64) -> i64 {
        assert!(units >= 0, "{units} units of listing {listing}");
        let count = self.counts[listing as usize];
        if units != count.units {
            self.past.ends(listing, count);
            self.counts[listing as usize] = Count {
                units,
                version: count.version.wrapping_add(1),
            };
        }
        count.units
    }

    /// When a write that takes `delay` becomes live: never before an earlier write of the same listing.
    pub(crate) fn reserve_live_at(&mut self, now: Micros, listing: u32, delay: Micros) -> Micros {
        let live_at = &mut self.live_at[listing as usize];
        *live_at = (now + delay).max(*live_at);
        *live_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_grow_with_changes_and_only_with_them() {
        let mut stock = Stock::new(2);
        assert_eq!(stock.set(1, 5), 0);
        assert_eq!(stock.set(1, 3), 5);
        assert_eq!(stock.set(1, 3), 3);
        let count = Count {
            units: 3,
            version: 2,
        };
        assert_eq!(
            (stock.present(1), stock.present(0)),
            (count, Count::default())
        );
        assert_eq!((stock.displayed(7), stock.has(7)), (0, false));
    }

    #[test]
    #[should_panic(expected = "-1 units")]
    fn no_listing_displays_less_than_nothing() {
        Stock::new(1).set(0, -1);
    }
}
