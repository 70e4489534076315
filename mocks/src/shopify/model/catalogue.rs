//! Products that are gone. Every listing is a product with one variant and one inventory item; what apps deleted stays in
//! its place, because orders refer to it by position, and is shown to nobody (docs/platforms/shopify.md 4.7).

use std::collections::BTreeSet;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::ids::IdSpace;
use super::state::State;
use crate::core::ListingSeed;

/// Which listings have a SKU, whatever its capitals. SKUs are not unique, but mostly they are.
#[derive(Debug, Default)]
pub(crate) struct Skus {
    /// By the SKU in small letters.
    first: IndexMap<String, u32, FxBuildHasher>,
    /// The others, by the first.
    further: IndexMap<u32, Vec<u32>, FxBuildHasher>,
}

impl Skus {
    /// The SKUs of a catalogue.
    pub(crate) fn of(listings: &[ListingSeed]) -> Skus {
        let mut skus = Skus::default();
        for (position, listing) in (0..).zip(listings) {
            skus.add(position, &listing.sku);
        }
        skus
    }

    /// Notes the SKU of a listing that is new, behind all others.
    pub(crate) fn add(&mut self, position: u32, sku: &str) {
        let first = *self.first.entry(sku.to_lowercase()).or_insert(position);
        if first != position {
            self.further.entry(first).or_default().push(position);
        }
    }

    /// Moves a listing from one SKU to another.
    pub(crate) fn rename(&mut self, position: u32, from: &str, to: &str) {
        for (sku, is_there) in [(from, false), (to, true)] {
            let sku = sku.to_lowercase();
            let mut listings: Vec<u32> = self.find(&sku).collect();
            if let Some(first) = self.first.swap_remove(&sku) {
                self.further.swap_remove(&first);
            }
            match listings.binary_search(&position) {
                Err(at) if is_there => listings.insert(at, position),
                Ok(at) if !is_there => {
                    listings.remove(at);
                }
                _ => {}
            }
            let Some((first, further)) = listings.split_first() else {
                continue;
            };
            self.first.insert(sku, *first);
            if !further.is_empty() {
                self.further.insert(*first, further.to_vec());
            }
        }
    }

    /// The listings of a SKU, whatever its capitals, ascending, deleted ones included.
    pub(crate) fn find(&self, sku: &str) -> impl Iterator<Item = u32> + '_ {
        let first = self.first.get(&*sku.to_lowercase()).copied();
        let further = first.and_then(|first| self.further.get(&first));
        first
            .into_iter()
            .chain(further.into_iter().flatten().copied())
    }
}

/// Which listings are there no more, or soon.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    /// Deleted.
    gone: BTreeSet<u32>,
    /// To be deleted by a job that has begun.
    leaving: BTreeSet<u32>,
}

impl Departures {
    /// Notes that a job will delete a listing; `false` where one is about to already.
    pub(crate) fn announce(&mut self, listing: u32) -> bool {
        self.leaving.insert(listing)
    }

    /// Notes that a listing is deleted; `false` where it was already.
    pub(crate) fn complete(&mut self, listing: u32) -> bool {
        self.leaving.remove(&listing);
        self.gone.insert(listing)
    }

    /// Whether a job is about to delete a listing.
    pub(crate) fn is_leaving(&self, listing: u32) -> bool {
        self.leaving.contains(&listing)
    }
}

impl State {
    /// Whether a listing is there: no app has deleted its product.
    pub(crate) fn is_listed(&self, listing: u32) -> bool {
        !self.departures.gone.contains(&listing)
    }

    /// Whether no listing is gone.
    pub(crate) fn is_all_listed(&self) -> bool {
        self.departures.gone.is_empty()
    }

    /// The listings that are there, ascending.
    pub(crate) fn listed(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.shop.listings.len() as u32).filter(|listing| self.is_listed(*listing))
    }

    /// The listing of a gid of this kind: a product's, a variant's or an inventory item's.
    pub(crate) fn find_listing(&self, space: IdSpace, gid: &str) -> Option<u32> {
        let found = space.find(gid, self.shop.listings.len());
        found.filter(|listing| self.is_listed(*listing))
    }

    /// The listing of an order's line, where it has one and its product is there still.
    pub(crate) fn shown_listing_of(&self, line: u32) -> Option<u32> {
        let listing = self.listing_of(line);
        listing.filter(|listing| self.is_listed(*listing))
    }

    /// Whether the product of an order's line was deleted.
    pub(crate) fn is_line_delisted(&self, line: u32) -> bool {
        self.listing_of(line) != self.shown_listing_of(line)
    }

    /// The listing at whose levels a line's units are counted: the one they were taken from, while its product is there.
    /// What comes back of a deleted product is counted nowhere.
    pub(crate) fn counted_listing(&self, line: u32) -> Option<u32> {
        let listing = self.claimed_listing(line);
        listing.filter(|listing| self.is_listed(*listing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_listing_is_found_by_its_new_sku_among_others_in_order() {
        let seed = |sku: &str| ListingSeed {
            sku: sku.into(),
            title: String::new(),
            price_cents: 1,
        };
        let mut skus = Skus::of(&["A", "B", "A", "C", "A"].map(seed));
        let found = |skus: &Skus, sku: &str| skus.find(sku).collect::<Vec<_>>();
        skus.rename(0, "A", "C");
        assert_eq!(found(&skus, "A"), [2, 4]);
        assert_eq!(found(&skus, "C"), [0, 3]);
        skus.rename(3, "C", "A");
        assert_eq!(found(&skus, "A"), [2, 3, 4]);
        skus.rename(1, "B", "D");
        assert_eq!((found(&skus, "B"), found(&skus, "D")), (vec![], vec![1]));
        skus.rename(1, "D", "d");
        assert_eq!(found(&skus, "D"), [1], "capitals do not count");
    }
}
