//! Warehouses, delivery options and carriers (sheet 7).

use super::errors::ApiError;
use super::ids;
use super::json::{comma, id, raw, string};
use super::machine::{Call, TiktokShop};

/// Carriers of the one delivery option; a shipment must name one of them, there is no "other".
pub(super) const PROVIDERS: [&str; 4] = ["Royal Mail", "Evri", "DPD", "DHL"];

impl TiktokShop {
    pub(super) fn warehouses(&self, out: &mut Vec<u8>) -> Result<(), ApiError> {
        raw(out, "{\"warehouses\":[");
        for (location, seed) in self.shop.locations.iter().enumerate() {
            write_warehouse(
                out,
                ids::warehouse_id(location),
                &seed.code,
                "SALES_WAREHOUSE",
                location == 0,
                &seed.country,
            );
        }
        write_warehouse(
            out,
            ids::RETURN_WAREHOUSE,
            "Returns",
            "RETURN_WAREHOUSE",
            true,
            &self.profile.region,
        );
        raw(out, "]}");
        Ok(())
    }

    pub(super) fn delivery_options(
        &self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        call.id
            .parse()
            .ok()
            .and_then(|id| ids::warehouse_of(id, self.stock.locations))
            .ok_or_else(|| ApiError::invalid("Invalid parameter: warehouse_id"))?;
        raw(out, "{\"delivery_options\":[{\"id\":");
        id(out, ids::DELIVERY_OPTION);
        raw(
            out,
            ",\"name\":\"Standard Shipping\",\"type\":\"STANDARD\",\"description\":\"\",\"platform\":[\"TIKTOK_SHOP\"]}]}",
        );
        Ok(())
    }

    pub(super) fn shipping_providers(
        &self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        if call.id.parse() != Ok(ids::DELIVERY_OPTION) {
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
}

/// Appends one warehouse; the field `distict` is misspelled by the platform.
fn write_warehouse(
    out: &mut Vec<u8>,
    warehouse: u64,
    name: &str,
    kind: &str,
    is_default: bool,
    country: &str,
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
    raw(
        out,
        "\",\"sub_type\":\"DOMESTIC_WAREHOUSE\",\"is_default\":",
    );
    super::json::boolean(out, is_default);
    raw(out, ",\"address\":{\"region_code\":");
    string(out, country);
    raw(out, ",\"region\":");
    string(out, country);
    raw(
        out,
        ",\"distict\":\"\",\"city\":\"\",\"address_line1\":\"\",\"full_address\":\"\"}}",
    );
}
