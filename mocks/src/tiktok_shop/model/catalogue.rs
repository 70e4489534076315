//! Products and SKUs: listings grouped into products, with what every order line repeats rendered once.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::core::{Micros, Shop};

use super::ids;
use super::json;

#[derive(Debug)]
pub(crate) struct Catalogue {
    skus_per_product: u32,
    count: u32,
    /// The middle of an order line of each listing, from `"sku_id"` to `"sku_image"`.
    line_fragments: Vec<Box<[u8]>>,
    by_seller_sku: IndexMap<Box<str>, u32, FxBuildHasher>,
    /// When products last changed their status; only those that ever did.
    status_changes: IndexMap<u32, Micros, FxBuildHasher>,
}

impl Catalogue {
    pub(crate) fn new(shop: &Shop, skus_per_product: u32) -> Catalogue {
        let skus_per_product = skus_per_product.clamp(1, 100);
        let count =
            u32::try_from(shop.listings.len()).expect("a shop has fewer than 2^32 listings");
        let mut catalogue = Catalogue {
            skus_per_product,
            count,
            line_fragments: Vec::with_capacity(shop.listings.len()),
            by_seller_sku: IndexMap::default(),
            status_changes: IndexMap::default(),
        };
        for (listing, seed) in (0..count).zip(&shop.listings) {
            let mut out = Vec::new();
            json::raw(&mut out, "\"sku_id\":");
            json::id(&mut out, catalogue.sku_id(listing));
            json::raw(&mut out, ",\"product_id\":");
            json::id(&mut out, ids::product_id(catalogue.product_of(listing)));
            json::raw(&mut out, ",\"seller_sku\":");
            json::string(&mut out, &seed.sku);
            json::raw(&mut out, ",\"sku_name\":");
            json::string(&mut out, &seed.title);
            json::raw(&mut out, ",\"product_name\":");
            json::string(&mut out, catalogue.product_name(shop, listing));
            json::raw(&mut out, ",\"sale_price\":");
            json::money(&mut out, seed.price_cents);
            json::raw(&mut out, ",\"original_price\":");
            json::money(&mut out, seed.price_cents);
            json::raw(&mut out, ",\"currency\":");
            json::string(&mut out, &shop.currency);
            json::raw(
                &mut out,
                ",\"seller_discount\":\"0\",\"platform_discount\":\"0\",\"sku_image\":\"https://images.example/sku.jpeg\"",
            );
            catalogue.line_fragments.push(out.into_boxed_slice());
            catalogue
                .by_seller_sku
                .insert(seed.sku.as_str().into(), listing);
        }
        catalogue
    }

    pub(crate) fn line_fragment(&self, listing: u32) -> &[u8] {
        &self.line_fragments[listing as usize]
    }

    pub(crate) fn product_of(&self, listing: u32) -> u32 {
        listing / self.skus_per_product
    }

    /// What the product of a listing is called: as its first SKU.
    pub(crate) fn product_name<'a>(&self, shop: &'a Shop, listing: u32) -> &'a str {
        let first = self.product_of(listing) * self.skus_per_product;
        &shop.listings[first as usize].title
    }

    pub(crate) fn products(&self) -> u32 {
        self.count.div_ceil(self.skus_per_product)
    }

    /// The listings of a product; empty where there is no such product.
    pub(crate) fn listings_of(&self, product: u32) -> std::ops::Range<u32> {
        if product >= self.products() {
            return 0..0;
        }
        let first = product * self.skus_per_product;
        first..(first + self.skus_per_product).min(self.count)
    }

    pub(crate) fn sku_id(&self, listing: u32) -> u64 {
        ids::sku_id(self.product_of(listing), listing % self.skus_per_product)
    }

    pub(crate) fn listing_of(&self, sku_id: u64) -> Option<u32> {
        let (product, position) = ids::sku_of(sku_id)?;
        let listings = self.listings_of(product);
        let listing = listings.start.checked_add(position)?;
        listings.contains(&listing).then_some(listing)
    }

    pub(crate) fn product_with_id(&self, id: u64) -> Option<u32> {
        let product = ids::product_of(id)?;
        (product < self.products()).then_some(product)
    }

    pub(crate) fn listing_with_seller_sku(&self, sku: &str) -> Option<u32> {
        self.by_seller_sku.get(sku).copied()
    }

    pub(crate) fn status_changed(&mut self, product: u32, at: Micros) {
        self.status_changes.insert(product, at);
    }

    /// When a product last changed its status, which is since its creation if it never did.
    pub(crate) fn product_updated_at(&self, product: u32) -> Micros {
        let at = self.status_changes.get(&product).copied();
        at.unwrap_or(Micros::ZERO)
    }

    /// Whether no product has ever changed, so that all are alike.
    pub(crate) fn all_unchanged(&self) -> bool {
        self.status_changes.is_empty()
    }
}
