//! Inventory search and update (docs/platforms/tiktok_shop.md 5.2, 5.3).

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use serde::Deserialize;
use serde_json::Number;

use crate::core::Shop;
use crate::tiktok_shop::model::catalogue::Catalogue;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, number, raw, string};
use crate::tiktok_shop::model::stock::{PendingWrite, Stock};
use crate::tiktok_shop::shop::ShopState;

use super::Call;
use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::products::product_in_path;

/// SKUs of a product, and so of an update (docs/platforms/tiktok_shop.md 5.2).
const UPDATE_SKUS: usize = 100;
const SEARCH_PRODUCTS: usize = 100;
const SEARCH_SKUS: usize = 600;

#[derive(Deserialize)]
struct SearchBody {
    #[serde(default, deserialize_with = "body::list")]
    product_ids: Vec<Id>,
    #[serde(default, deserialize_with = "body::list")]
    sku_ids: Vec<Id>,
}

#[derive(Deserialize)]
struct UpdateBody {
    skus: Option<Vec<UpdateSku>>,
}

#[derive(Deserialize)]
struct UpdateSku {
    id: Option<Id>,
    #[serde(default, deserialize_with = "body::list")]
    inventory: Vec<UpdateQuantity>,
}

#[derive(Deserialize)]
struct UpdateQuantity {
    warehouse_id: Option<Id>,
    quantity: Option<Number>,
}

/// Why a SKU is left out of an update, and the warehouse to blame.
struct SkuError {
    reason: errors::Reason,
    warehouse: Option<u64>,
}

impl SkuError {
    fn of(reason: errors::Reason) -> SkuError {
        SkuError {
            reason,
            warehouse: None,
        }
    }
}

pub(super) fn search(
    seed: &Shop,
    catalogue: &Catalogue,
    stock: &Stock,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let search: SearchBody = body::read(call.body)?;
    if search.product_ids.is_empty() && search.sku_ids.is_empty() {
        return Err(body::missing("product_ids or sku_ids"));
    }
    if search.product_ids.len() > SEARCH_PRODUCTS || search.sku_ids.len() > SEARCH_SKUS {
        return Err(errors::TOO_MANY_SKUS);
    }
    // An id that is no number names nothing, and is told as such (2.2); one that is nobody's is passed over.
    if search.product_ids.contains(&body::NO_ID) || search.sku_ids.contains(&body::NO_ID) {
        return Err(errors::PRODUCT);
    }
    raw(out, "{\"inventory\":[");
    if search.sku_ids.is_empty() {
        // Each product once, as each SKU is.
        let named = search.product_ids.iter().map(|product| product.0);
        let named: IndexSet<u64, FxBuildHasher> = named.collect();
        for product_id in named {
            let listings =
                ids::product_of(product_id).map_or(0..0, |product| catalogue.listings_of(product));
            if !listings.is_empty() {
                write_product_inventory(seed, catalogue, stock, out, product_id, listings);
            }
        }
    } else {
        // Asked by SKU, the answer is still grouped by product, in the order in which products first appear.
        let mut listings: Vec<u32> = search
            .sku_ids
            .iter()
            .filter_map(|sku| catalogue.listing_of(sku.0))
            .collect();
        listings.sort_unstable();
        listings.dedup();
        for group in listings
            .chunk_by(|left, right| catalogue.product_of(*left) == catalogue.product_of(*right))
        {
            let product = ids::product_id(catalogue.product_of(group[0]));
            write_product_inventory(seed, catalogue, stock, out, product, group.iter().copied());
        }
    }
    raw(out, "]}");
    Ok(())
}

fn write_product_inventory(
    seed: &Shop,
    catalogue: &Catalogue,
    stock: &Stock,
    out: &mut Vec<u8>,
    product_id: u64,
    listings: impl Iterator<Item = u32>,
) {
    comma(out);
    raw(out, "{\"product_id\":");
    id(out, product_id);
    raw(out, ",\"skus\":[");
    for listing in listings {
        let (available, committed) = stock.shown(listing);
        comma(out);
        raw(out, "{\"id\":");
        id(out, catalogue.sku_id(listing));
        raw(out, ",\"seller_sku\":");
        string(out, &seed.listings[listing as usize].sku);
        raw(out, ",\"total_available_quantity\":");
        number(out, available);
        raw(out, ",\"total_committed_quantity\":");
        number(out, committed);
        raw(out, ",\"warehouse_inventory\":[");
        for location in 0..stock.locations {
            comma(out);
            let (available, committed) = stock.shown_at(listing, location);
            raw(out, "{\"warehouse_id\":");
            id(out, ids::warehouse_id(location));
            raw(out, ",\"available_quantity\":");
            number(out, available);
            raw(out, ",\"committed_quantity\":");
            number(out, committed);
            out.push(b'}');
        }
        raw(
            out,
            "],\"total_available_inventory_distribution\":{\"in_shop_inventory\":{\"quantity\":",
        );
        number(out, available);
        raw(
            out,
            "},\"campaign_inventory\":[],\"creator_inventory\":[]}}",
        );
    }
    raw(out, "]}");
}

/// Sets available units, absolutely. SKUs that fail a check are named in `data.errors` and left as they were; the
/// others are accepted, and the call's code is 0 either way.
pub(super) fn update(
    shop: &mut ShopState,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let product = product_in_path(&shop.catalogue, call)?;
    let update: UpdateBody = body::read(call.body)?;
    let skus = update
        .skus
        .filter(|skus| !skus.is_empty())
        .ok_or_else(|| body::missing("skus"))?;
    if skus.len() > UPDATE_SKUS {
        return Err(errors::TOO_MANY_SKUS);
    }
    raw(out, "{");
    for (position, sku) in skus.iter().enumerate() {
        // An id that is no number is none, as one that is left out.
        let sku_id = sku.id.map_or(0, |id| id.0);
        let is_same = |other: &UpdateSku| other.id == sku.id;
        let twice = skus[..position].iter().any(is_same);
        // Which of the entries is meant cannot be told: none takes effect, and each but the first is named.
        if sku_id != 0 && !twice && skus[position + 1..].iter().any(is_same) {
            continue;
        }
        let checked = if sku_id == 0 {
            Err(SkuError::of(errors::SKU_ID_MISSING))
        } else if twice {
            Err(SkuError::of(errors::DUPLICATE_SKU))
        } else {
            check_sku_update(shop, product, sku_id, &sku.inventory)
        };
        match checked {
            Ok((_, quantities)) if shop.row_fails() => {
                shop.writes.recycle(quantities);
                write_sku_error(out, sku_id, &SkuError::of(errors::SKU_INTERNAL));
            }
            Ok((listing, quantities)) => shop.accept_write(PendingWrite {
                listing,
                sent_at: call.sent_at,
                received_at: call.now,
                quantities,
            }),
            Err(error) => {
                write_sku_error(out, sku_id, &error);
            }
        }
    }
    errors::end_entries(out);
    Ok(())
}

fn check_sku_update(
    shop: &mut ShopState,
    product: u32,
    sku_id: u64,
    inventory: &[UpdateQuantity],
) -> Result<(u32, Vec<i64>), SkuError> {
    let listing = shop
        .catalogue
        .listing_of(sku_id)
        .filter(|listing| shop.catalogue.product_of(*listing) == product)
        .ok_or(SkuError::of(errors::SKU_OF_OTHER_PRODUCT))?;
    let locations = shop.stock.locations;
    let limits = &shop.profile.inventory;
    // The least number marks a location that has not been listed; a quantity is never that low.
    let mut quantities = shop.writes.quantities();
    quantities.resize(locations, i64::MIN);
    for entry in inventory {
        let location = match entry.warehouse_id {
            Some(Id(id)) => ids::warehouse_of(id, locations).ok_or(SkuError {
                reason: errors::WAREHOUSE_UNKNOWN,
                warehouse: Some(id),
            })?,
            None if locations == 1 => 0,
            None => return Err(SkuError::of(errors::WAREHOUSES_INCOMPLETE)),
        };
        let blame = |reason| SkuError {
            reason,
            warehouse: Some(ids::warehouse_id(location)),
        };
        let units = entry
            .quantity
            .as_ref()
            .and_then(Number::as_i64)
            .ok_or_else(|| blame(errors::BAD_STOCK_COUNT))?;
        if !(limits.min_quantity..=limits.max_quantity).contains(&units) {
            return Err(blame(errors::QUANTITY_RANGE));
        }
        if quantities[location] != i64::MIN {
            return Err(blame(errors::DUPLICATE_WAREHOUSE));
        }
        quantities[location] = units;
    }
    if quantities.contains(&i64::MIN) {
        return Err(SkuError::of(if inventory.is_empty() {
            errors::BAD_STOCK_COUNT
        } else {
            errors::WAREHOUSES_INCOMPLETE
        }));
    }
    Ok((listing, quantities))
}

/// Appends one entry of `data.errors`: a wrapper whose reason is in `extra_errors` (docs/platforms/tiktok_shop.md 5.3).
fn write_sku_error(out: &mut Vec<u8>, sku_id: u64, error: &SkuError) {
    errors::write_failed_row(
        out,
        error.reason,
        |out| {
            raw(out, "\"sku_id\":");
            id(out, sku_id);
        },
        |out| {
            if let Some(warehouse) = error.warehouse {
                raw(out, "\"warehouse_id\":");
                id(out, warehouse);
                out.push(b',');
            }
        },
    );
}
