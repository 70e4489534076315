//! Stock levels.

use super::Payloads;
use super::filter::PayloadFilter;
use super::members::Members;
use crate::shopify::json::write_int;
use crate::shopify::model::ids;

impl Payloads<'_> {
    /// Appends a stock level, the payload of `inventory_levels/update`.
    pub(crate) fn level(
        &self,
        listing: u32,
        location: u16,
        filter: &PayloadFilter,
        out: &mut Vec<u8>,
    ) {
        let level = self.state.stock.shown(listing, location);
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("inventory_item_id", out, |out| {
            ids::INVENTORY_ITEM.write_number(u64::from(listing), out);
        });
        members.write("location_id", out, |out| {
            ids::LOCATION.write_number(u64::from(location), out);
        });
        members.write("available", out, |out| write_int(level.available, out));
        members.write("updated_at", out, |out| self.time(level.updated_at, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::write_level_gid(ids::INVENTORY_LEVEL, listing, location, out);
        });
        out.push(b'}');
    }
}
