//! Products taken off sale and put back, and the restocking habit of SKUs (docs/platforms/tiktok_shop.md 5.1, 11).

use serde::Deserialize;

use crate::tiktok_shop::model::catalogue::Catalogue;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{comma, id, raw};
use crate::tiktok_shop::model::stock::Stock;
use crate::tiktok_shop::shop::ShopState;

use super::Call;
use super::body::{self, Id};
use super::errors::{self, ApiError};

/// Products one call may name.
const PRODUCTS: usize = 20;
/// SKUs one call may name (docs/platforms/tiktok_shop.md 5.1).
const SETTING_SKUS: usize = 500;

#[derive(Deserialize)]
struct ProductsBody {
    #[serde(default, deserialize_with = "body::list")]
    product_ids: Vec<Id>,
}

#[derive(Deserialize)]
struct SettingsBody {
    seller_id: Option<Id>,
    #[serde(default, deserialize_with = "body::list")]
    sku_ids: Vec<Id>,
    stock_operation_setting: Option<Setting>,
}

#[derive(Deserialize)]
struct Setting {
    enable_auto_restock: Option<bool>,
}

/// `POST products/activate` and `/deactivate`. Unknown products are named in `data.errors`; the others change at
/// once. What a deactivated product has available stays, but nothing of it is displayed.
pub(super) fn change(
    shop: &mut ShopState,
    call: &Call<'_>,
    on_sale: bool,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: ProductsBody = body::read(call.body)?;
    if request.product_ids.is_empty() {
        return Err(body::missing("product_ids"));
    }
    if request.product_ids.len() > PRODUCTS {
        return Err(errors::TOO_MANY_PRODUCTS);
    }
    raw(out, "{");
    for product_id in request.product_ids {
        let known =
            ids::product_of(product_id.0).filter(|product| *product < shop.catalogue.products());
        match known {
            Some(product) => shop.put_product_on_sale(call.now, product, on_sale),
            None => errors::write_failed_row(
                out,
                errors::OTHER_SELLERS_PRODUCT,
                |out| {
                    raw(out, "\"product_id\":");
                    id(out, product_id.0);
                },
                |_| {},
            ),
        }
    }
    errors::end_entries(out);
    Ok(())
}

/// `POST inventory/operation/settings`: whether cancelled orders put the units of these SKUs back on sale.
pub(super) fn stock_settings(
    catalogue: &Catalogue,
    stock: &mut Stock,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: SettingsBody = body::read(call.body)?;
    request
        .seller_id
        .ok_or_else(|| body::missing("seller_id"))?;
    let enable = request
        .stock_operation_setting
        .and_then(|setting| setting.enable_auto_restock)
        .ok_or_else(|| body::missing("stock_operation_setting.enable_auto_restock"))?;
    if request.sku_ids.is_empty() {
        return Err(body::missing("sku_ids"));
    }
    if request.sku_ids.len() > SETTING_SKUS {
        return Err(errors::TOO_MANY_SKUS);
    }
    let mut failed = Vec::new();
    raw(out, "{\"stock_operation\":{\"success_sku_ids\":[");
    for sku in request.sku_ids {
        match catalogue.listing_of(sku.0) {
            Some(listing) => {
                stock.set_auto_restock(listing, enable);
                comma(out);
                id(out, sku.0);
            }
            None => failed.push(sku.0),
        }
    }
    raw(out, "],\"failed_sku_ids\":[");
    for sku in failed {
        comma(out);
        id(out, sku);
    }
    raw(out, "]}}");
    Ok(())
}
