//! Product search and detail (sheet 5.2).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::Micros;

use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::ids;
use super::json::{comma, id, money, number, raw, string};
use super::machine::{Call, TiktokShop};
use super::paging;

/// Seller SKUs, and SKU ids, a search may name (sheet 2.2).
const SEARCH_SKUS: usize = 10;

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    seller_skus: Vec<Cow<'a, str>>,
    #[serde(default)]
    sku_ids: Vec<Id>,
    create_time_ge: Option<i64>,
    create_time_le: Option<i64>,
    update_time_ge: Option<i64>,
    update_time_le: Option<i64>,
}

impl TiktokShop {
    /// Unix time at which the shop's products were created and last changed: its opening.
    fn products_time(&self) -> i64 {
        self.shop.epoch.unix_secs(Micros::ZERO)
    }

    pub(super) fn products_search(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let size = paging::page_size(call.query)?;
        let cursor = paging::cursor(call.query)?;
        let search: SearchBody<'_> = body::read(call.body)?;
        if search.seller_skus.len() > SEARCH_SKUS {
            return Err(errors::TOO_MANY_SELLER_SKUS);
        }
        if search.sku_ids.len() > SEARCH_SKUS {
            return Err(errors::TOO_MANY_SKU_IDS);
        }
        // All products are live and as old as the shop, so status and times take all or nothing.
        let time = self.products_time();
        let any = search
            .status
            .as_deref()
            .is_none_or(|status| matches!(status, "" | "ALL" | "ACTIVATE"))
            && search.create_time_ge.is_none_or(|from| time >= from)
            && search.create_time_le.is_none_or(|to| time <= to)
            && search.update_time_ge.is_none_or(|from| time >= from)
            && search.update_time_le.is_none_or(|to| time <= to);
        let named = !search.seller_skus.is_empty() || !search.sku_ids.is_empty();
        let first = cursor.map_or(0, |cursor| cursor.last.saturating_add(1));
        let mut products: Vec<u32> = Vec::new();
        let total;
        if !any {
            total = 0;
        } else if named {
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
                    .map(|listing| self.catalogue.product_of(listing)),
            );
            products.sort_unstable();
            products.dedup();
            total = products.len() as u32;
            products.retain(|product| u64::from(*product) >= first);
        } else {
            total = self.catalogue.products();
            let first = u32::try_from(first).unwrap_or(u32::MAX).min(total);
            products.extend((first..total).take(size + 1));
        }
        let more = products.len() > size;
        products.truncate(size);
        let next = products
            .last()
            .filter(|_| more)
            .map(|product| u64::from(*product));
        raw(out, "{");
        paging::write_tail(out, next, total);
        raw(out, ",\"products\":[");
        for product in products {
            comma(out);
            self.write_product(out, product);
        }
        raw(out, "]}");
        Ok(())
    }

    pub(super) fn product_detail(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let product = self
            .catalogue
            .product_with_id(call.id)
            .ok_or(errors::PRODUCT)?;
        self.write_product(out, product);
        Ok(())
    }

    fn write_product(&self, out: &mut Vec<u8>, product: u32) {
        let listings = self.catalogue.listings_of(product);
        raw(out, "{\"id\":");
        id(out, ids::product_id(product));
        raw(out, ",\"title\":");
        string(out, &self.shop.listings[listings.start as usize].title);
        raw(out, ",\"status\":\"ACTIVATE\",\"sales_regions\":[");
        string(out, &self.profile.region);
        raw(out, "],\"create_time\":");
        number(out, self.products_time());
        raw(out, ",\"update_time\":");
        number(out, self.products_time());
        raw(out, ",\"skus\":[");
        for listing in listings {
            let seed = &self.shop.listings[listing as usize];
            comma(out);
            raw(out, "{\"id\":");
            id(out, self.catalogue.sku_id(listing));
            raw(out, ",\"seller_sku\":");
            string(out, &seed.sku);
            raw(out, ",\"price\":{\"currency\":");
            string(out, &self.shop.currency);
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
                number(out, self.stock.available_at(listing, location));
                out.push(b'}');
            }
            raw(out, "]}");
        }
        raw(out, "]}");
    }
}
