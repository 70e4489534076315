//! The seller's SKUs, with what order payloads print of them already escaped.

use std::borrow::Cow;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::core::{ListingIndex, ListingSeed};

use super::ids;
use super::json;

/// A SKU of the seller: the first ones are the merchant's own listings in their order, then the same number of FBA
/// offers (which exist once stock was sent to Amazon).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SkuIndex(pub u32);

/// One listing's fixed texts.
#[derive(Debug)]
struct Entry {
    sku_json: Box<[u8]>,
    fba_sku_json: Box<[u8]>,
    title_json: Box<[u8]>,
    price_cents: u64,
}

/// All listings.
#[derive(Debug)]
pub(crate) struct Catalogue {
    entries: Vec<Entry>,
    skus: IndexMap<Box<str>, SkuIndex, FxBuildHasher>,
    fba_suffix: String,
}

impl Catalogue {
    /// The listings of a shop; `fba_suffix` makes an FBA offer's SKU from the merchant's.
    pub(crate) fn new(listings: &[ListingSeed], fba_suffix: &str) -> Catalogue {
        let quoted = |text: &str| {
            let mut out = Vec::with_capacity(text.len() + 2);
            json::string(&mut out, text);
            out.into_boxed_slice()
        };
        let entries = listings
            .iter()
            .map(|listing| Entry {
                sku_json: quoted(&listing.sku),
                fba_sku_json: quoted(&format!("{}{fba_suffix}", listing.sku)),
                title_json: quoted(&listing.title),
                price_cents: listing.price_cents,
            })
            .collect();
        let skus = (0..)
            .zip(listings)
            .map(|(index, listing)| (listing.sku.as_str().into(), SkuIndex(index)))
            .collect();
        Catalogue {
            entries,
            skus,
            fba_suffix: fba_suffix.to_owned(),
        }
    }

    /// How many listings there are.
    pub(crate) fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// Makes the FBA offer of a listing known by its SKU.
    pub(crate) fn add_fba(&mut self, listing: ListingIndex) {
        let Some((sku, _)) = self.skus.get_index(listing.0 as usize) else {
            return;
        };
        let fba_sku = format!("{sku}{}", self.fba_suffix);
        let index = self.fba_sku(listing);
        self.skus.entry(fba_sku.into()).or_insert(index);
    }

    /// The SKU of this name.
    pub(crate) fn find(&self, sku: &str) -> Option<SkuIndex> {
        self.skus.get(sku).copied()
    }

    /// The listing of an ASIN.
    pub(crate) fn find_asin(&self, asin: &str) -> Option<ListingIndex> {
        let listing = ids::parse_asin(asin).filter(|&listing| listing < self.len());
        listing.map(ListingIndex)
    }

    /// Every SKU known by name, in the order in which they came.
    pub(crate) fn skus(&self) -> impl Iterator<Item = SkuIndex> {
        self.skus.values().copied()
    }

    /// The merchant's own SKU of a listing.
    pub(crate) fn own_sku(&self, listing: ListingIndex) -> SkuIndex {
        SkuIndex(listing.0)
    }

    /// The SKU of a listing's FBA offer.
    pub(crate) fn fba_sku(&self, listing: ListingIndex) -> SkuIndex {
        SkuIndex(self.len() + listing.0)
    }

    /// Whether a SKU is an FBA offer.
    pub(crate) fn is_fba(&self, sku: SkuIndex) -> bool {
        sku.0 >= self.len()
    }

    /// The listing a SKU offers.
    pub(crate) fn listing(&self, sku: SkuIndex) -> ListingIndex {
        ListingIndex(if self.is_fba(sku) {
            sku.0 - self.len()
        } else {
            sku.0
        })
    }

    fn entry(&self, sku: SkuIndex) -> &Entry {
        &self.entries[self.listing(sku).0 as usize]
    }

    /// A SKU as a JSON string.
    pub(crate) fn sku_json(&self, sku: SkuIndex) -> &[u8] {
        let entry = self.entry(sku);
        if self.is_fba(sku) {
            &entry.fba_sku_json
        } else {
            &entry.sku_json
        }
    }

    /// A SKU as plain text.
    pub(crate) fn sku_text(&self, sku: SkuIndex) -> Cow<'_, str> {
        let own = self
            .skus
            .get_index(self.listing(sku).0 as usize)
            .map_or("", |(name, _)| name);
        if self.is_fba(sku) {
            Cow::Owned(format!("{own}{}", self.fba_suffix))
        } else {
            Cow::Borrowed(own)
        }
    }

    /// A title as plain text.
    pub(crate) fn title(&self, sku: SkuIndex) -> String {
        serde_json::from_slice(self.title_json(sku)).unwrap_or_default()
    }

    /// A title as a JSON string.
    pub(crate) fn title_json(&self, sku: SkuIndex) -> &[u8] {
        &self.entry(sku).title_json
    }

    /// Price of a unit in cents.
    pub(crate) fn price_cents(&self, sku: SkuIndex) -> u64 {
        self.entry(sku).price_cents
    }

    /// Appends the ASIN, without quotes; an FBA offer shares it with the merchant's own.
    pub(crate) fn write_asin(&self, sku: SkuIndex, out: &mut Vec<u8>) {
        ids::write_asin(out, self.listing(sku).0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_and_fba_skus_share_a_listing() {
        let seed = |sku: &str| ListingSeed {
            sku: sku.to_owned(),
            title: "Mug \"large\"".to_owned(),
            price_cents: 1_999,
        };
        let mut catalogue = Catalogue::new(&[seed("A"), seed("B")], "-FBA");
        assert_eq!(catalogue.find("B-FBA"), None);
        catalogue.add_fba(ListingIndex(1));
        let fba = catalogue.find("B-FBA").unwrap();
        assert_eq!(catalogue.listing(fba), ListingIndex(1));
        assert!(catalogue.is_fba(fba) && !catalogue.is_fba(catalogue.find("B").unwrap()));
        assert_eq!(catalogue.sku_json(fba), b"\"B-FBA\"");
        assert_eq!(catalogue.title_json(fba), br#""Mug \"large\"""#);
        let mut asin = Vec::new();
        catalogue.write_asin(fba, &mut asin);
        assert_eq!(asin, b"B0SIM00001");
    }
}
