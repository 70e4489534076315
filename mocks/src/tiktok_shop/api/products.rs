//! Product search and detail (docs/platforms/tiktok_shop.md 5.2).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::integers::digits;
use crate::core::{Micros, Shop};
use crate::tiktok_shop::model::catalogue::Catalogue;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, money, number, raw, string};
use crate::tiktok_shop::model::stock::Stock;
use crate::tiktok_shop::shop::ShopState;

use super::Call;
use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::paging::{self, List};

/// Seller SKUs, and SKU ids, a search may name (docs/platforms/tiktok_shop.md 2.2).
const SEARCH_SKUS: usize = 10;

/// What a search can be narrowed to: a status of products, or all (docs/platforms/tiktok_shop.md 5.2).
const STATUSES: [&str; 9] = [
    "ALL",
    "DRAFT",
    "PENDING",
    "FAILED",
    "ACTIVATE",
    "SELLER_DEACTIVATED",
    "PLATFORM_DEACTIVATED",
    "FREEZE",
    "DELETED",
];

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "body::list")]
    seller_skus: Vec<Cow<'a, str>>,
    #[serde(default, deserialize_with = "body::list")]
    sku_ids: Vec<Id>,
    create_time_ge: Option<i64>,
    create_time_le: Option<i64>,
    update_time_ge: Option<i64>,
    update_time_le: Option<i64>,
}

/// The product that a path names: an id that is none, and one of no product, are two refusals.
pub(super) fn product_in_path(catalogue: &Catalogue, call: &Call<'_>) -> Result<u32, ApiError> {
    let id: u64 = digits(call.id).ok_or(errors::PRODUCT)?;
    catalogue.product_with_id(id).ok_or(errors::PRODUCT_UNKNOWN)
}

/// What reading products needs of a shop.
pub(super) struct ProductView<'a> {
    seed: &'a Shop,
    region: &'a str,
    catalogue: &'a Catalogue,
    stock: &'a Stock,
}

impl<'a> ProductView<'a> {
    pub(super) fn of(shop: &'a ShopState) -> ProductView<'a> {
        ProductView {
            seed: &shop.seed,
            region: shop.profile.market(),
            catalogue: &shop.catalogue,
            stock: &shop.stock,
        }
    }

    /// Status of a product, in the platform's words.
    fn product_status(&self, product: u32) -> &'static str {
        let first = self.catalogue.listings_of(product).start;
        if self.stock.is_on_sale(first) {
            "ACTIVATE"
        } else {
            "SELLER_DEACTIVATED"
        }
    }

    /// Unix time of a product's last change: its creation, or its last change of status.
    fn product_updated_at(&self, product: u32) -> i64 {
        let at = self.catalogue.product_updated_at(product);
        self.seed.epoch.unix_secs(at)
    }

    /// Unix time at which the shop's products were created: its opening.
    fn products_time(&self) -> i64 {
        self.seed.epoch.unix_secs(Micros::ZERO)
    }

    pub(super) fn search(&self, call: &Call<'_>, out: &mut Vec<u8>) -> Result<(), ApiError> {
        let size = paging::page_size(call.query)?;
        let cursor = paging::cursor(call.query, List::Products)?;
        let search: SearchBody<'_> = body::read(call.body)?;
        if search.seller_skus.len() > SEARCH_SKUS {
            return Err(errors::TOO_MANY_SELLER_SKUS);
        }
        if search.sku_ids.len() > SEARCH_SKUS {
            return Err(errors::TOO_MANY_SKU_IDS);
        }
        let created = self.products_time();
        let wanted = search.status.as_deref().filter(|it| !it.is_empty());
        body::check_value("status", wanted, &STATUSES)?;
        let passes = |product: u32| {
            let updated = self.product_updated_at(product);
            wanted.is_none_or(|status| status == "ALL" || status == self.product_status(product))
                && search.create_time_ge.is_none_or(|from| created >= from)
                && search.create_time_le.is_none_or(|to| created <= to)
                && search.update_time_ge.is_none_or(|from| updated >= from)
                && search.update_time_le.is_none_or(|to| updated <= to)
        };
        let named = !search.seller_skus.is_empty() || !search.sku_ids.is_empty();
        let first = cursor.map_or(0, |cursor| cursor.last.saturating_add(1));
        let mut products: Vec<u32> = Vec::new();
        let total;
        if named {
            products.extend(
                search
                    .seller_skus
                    .iter()
                    .filter_map(|sku| self.catalogue.listing_with_seller_sku(sku))
                    .chain(
                        search
                            .sku_ids
                            .iter()
                            .filter_map(|sku| self.catalogue.listing_of(sku.0)),
                    )
                    .map(|listing| self.catalogue.product_of(listing))
                    .filter(|product| passes(*product)),
            );
            products.sort_unstable();
            products.dedup();
            total = products.len() as u32;
            products.retain(|product| u64::from(*product) >= first);
        } else {
            let count = self.catalogue.products();
            total = match cursor {
                Some(cursor) => cursor.total,
                // As long as none has changed, all products are alike.
                None if self.catalogue.all_unchanged() => {
                    if count > 0 && passes(0) {
                        count
                    } else {
                        0
                    }
                }
                None => (0..count).filter(|product| passes(*product)).count() as u32,
            };
            let first = u32::try_from(first).unwrap_or(u32::MAX).min(count);
            if total > 0 {
                products.extend(
                    (first..count)
                        .filter(|product| passes(*product))
                        .take(size + 1),
                );
            }
        }
        let more = products.len() > size;
        products.truncate(size);
        let next = products
            .last()
            .filter(|_| more)
            .map(|product| u64::from(*product));
        raw(out, "{");
        paging::write_tail(out, List::Products, next, total);
        raw(out, ",\"products\":[");
        for product in products {
            comma(out);
            self.write_product(out, product);
        }
        raw(out, "]}");
        Ok(())
    }

    pub(super) fn detail(&self, call: &Call<'_>, out: &mut Vec<u8>) -> Result<(), ApiError> {
        let product = product_in_path(self.catalogue, call)?;
        self.write_product(out, product);
        Ok(())
    }

    fn write_product(&self, out: &mut Vec<u8>, product: u32) {
        let listings = self.catalogue.listings_of(product);
        raw(out, "{\"id\":");
        id(out, ids::product_id(product));
        raw(out, ",\"title\":");
        string(out, &self.seed.listings[listings.start as usize].title);
        raw(out, ",\"status\":\"");
        raw(out, self.product_status(product));
        raw(out, "\",\"sales_regions\":[");
        string(out, self.region);
        raw(out, "],\"create_time\":");
        number(out, self.products_time());
        raw(out, ",\"update_time\":");
        number(out, self.product_updated_at(product));
        raw(out, ",\"skus\":[");
        for listing in listings {
            let seed = &self.seed.listings[listing as usize];
            comma(out);
            raw(out, "{\"id\":");
            id(out, self.catalogue.sku_id(listing));
            raw(out, ",\"seller_sku\":");
            string(out, &seed.sku);
            raw(out, ",\"price\":{\"currency\":");
            string(out, &self.seed.currency);
            raw(out, ",\"sale_price\":");
            money(out, seed.price_cents);
            raw(out, ",\"tax_exclusive_price\":");
            money(out, seed.price_cents);
            raw(out, "},\"inventory\":[");
            for location in 0..self.stock.locations {
                comma(out);
                raw(out, "{\"warehouse_id\":");
                id(out, ids::warehouse_id(location));
                raw(out, ",\"quantity\":");
                number(out, self.stock.shown_at(listing, location).0);
                out.push(b'}');
            }
            raw(out, "]}");
        }
        raw(out, "]}");
    }
}
