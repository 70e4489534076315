//! Warehouses, delivery options and carriers (docs/platforms/tiktok_shop.md 7).

use crate::core::Shop;
use crate::core::integers::digits;
use crate::tiktok_shop::model::carriers::PROVIDERS;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{boolean, comma, id, raw, string};

use super::Call;
use super::errors::ApiError;

pub(super) fn warehouses(seed: &Shop, region: &str, out: &mut Vec<u8>) -> Result<(), ApiError> {
    raw(out, "{\"warehouses\":[");
    for (location, seed) in seed.locations.iter().enumerate() {
        write_warehouse(
            out,
            ids::warehouse_id(location),
            &seed.code,
            "SALES_WAREHOUSE",
            location == 0,
            (&seed.country, region),
        );
    }
    write_warehouse(
        out,
        ids::return_warehouse(),
        "Returns",
        "RETURN_WAREHOUSE",
        true,
        (region, region),
    );
    raw(out, "]}");
    Ok(())
}

pub(super) fn delivery_options(
    locations: usize,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    digits(call.id)
        .and_then(|id| ids::warehouse_of(id, locations))
        .ok_or_else(|| ApiError::invalid("Invalid parameter: warehouse_id"))?;
    raw(out, "{\"delivery_options\":[{\"id\":");
    id(out, ids::DELIVERY_OPTION);
    raw(
        out,
        ",\"name\":\"Standard Shipping\",\"type\":\"STANDARD\",\"description\":\"\",\"platform\":[\"TIKTOK_SHOP\"]}]}",
    );
    Ok(())
}

pub(super) fn shipping_providers(call: &Call<'_>, out: &mut Vec<u8>) -> Result<(), ApiError> {
    if digits(call.id) != Some(ids::DELIVERY_OPTION) {
        return Err(ApiError::invalid("Invalid parameter: delivery_option_id"));
    }
    raw(out, "{\"shipping_providers\":[");
    for (provider, name) in PROVIDERS.iter().enumerate() {
        comma(out);
        raw(out, "{\"id\":");
        id(out, ids::shipping_provider_id(provider));
        raw(out, ",\"name\":");
        string(out, name);
        out.push(b'}');
    }
    raw(out, "]}");
    Ok(())
}

/// Appends one warehouse of a country, for a market: from abroad it ships across the border. The field `distict` is misspelled by the platform.
fn write_warehouse(
    out: &mut Vec<u8>,
    warehouse: u64,
    name: &str,
    kind: &str,
    is_default: bool,
    (country, region): (&str, &str),
) {
    comma(out);
    raw(out, "{\"id\":");
    id(out, warehouse);
    raw(out, ",\"entity_id\":");
    id(out, warehouse);
    raw(out, ",\"name\":");
    string(out, name);
    raw(out, ",\"effect_status\":\"ENABLED\",\"type\":\"");
    raw(out, kind);
    raw(out, "\",\"sub_type\":\"");
    raw(
        out,
        if country == region {
            "DOMESTIC_WAREHOUSE"
        } else {
            "CB_DIRECT_SHIPPING_WAREHOUSE"
        },
    );
    raw(out, "\",\"is_default\":");
    boolean(out, is_default);
    raw(out, ",\"address\":{\"region_code\":");
    string(out, country);
    raw(out, ",\"region\":");
    string(out, country);
    raw(
        out,
        ",\"distict\":\"\",\"city\":\"\",\"address_line1\":\"\",\"full_address\":\"\"}}",
    );
}
