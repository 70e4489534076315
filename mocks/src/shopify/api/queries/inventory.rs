//! Inventory items and levels as GraphQL objects (docs/platforms/shopify.md 4.1).

use super::reader::{Reader, null, null_object};
use crate::core::Micros;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::json::{write_bool, write_int, write_optional_text, write_text};
use crate::shopify::model::ids;

impl Reader<'_> {
    /// Appends an inventory item's fields.
    pub(crate) fn inventory_item(
        &self,
        selection: &Selection,
        listing: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let state = self.state;
        let id = u64::from(listing);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::INVENTORY_ITEM.write_gid(id, out),
                Field::LegacyResourceId => ids::INVENTORY_ITEM.write_quoted(id, out),
                Field::Sku => write_text(&state.shop.listings[listing as usize].sku, out),
                Field::Tracked => write_bool(state.details(listing).is_tracked, out),
                Field::RequiresShipping => {
                    write_bool(state.details(listing).requires_shipping, out);
                }
                Field::UnitCost => self.unit_cost(field, listing, out),
                Field::Measurement => return self.measurement(field, listing, out),
                Field::CountryCodeOfOrigin => {
                    write_optional_text(state.details(listing).item.country.as_deref(), out);
                }
                Field::ProvinceCodeOfOrigin => {
                    write_optional_text(state.details(listing).item.province.as_deref(), out);
                }
                Field::HarmonizedSystemCode => {
                    let item = &state.details(listing).item;
                    write_optional_text(item.harmonized_system_code.as_deref(), out);
                }
                Field::DuplicateSkuCount => {
                    let sku = &state.shop.listings[listing as usize].sku;
                    let is_alike = |at: &u32| {
                        state.is_listed(*at) && state.shop.listings[*at as usize].sku == *sku
                    };
                    let alike = state.skus.find(sku).filter(is_alike);
                    write_int(alike.count().saturating_sub(1), out);
                }
                Field::CreatedAt => self.time(state.details(listing).created_at, out),
                Field::UpdatedAt => self.time(state.details(listing).changed_at, out),
                Field::LocationsCount => {
                    let stocking = self.stocking_locations(listing).count();
                    return self.count(field, stocking as u64, "EXACT", out);
                }
                Field::Variant => return 1 + self.variant(field.selection(), listing, out),
                Field::InventoryLevel => {
                    let gid = field.text_argument("locationId", self.variables);
                    let location = gid.and_then(|gid| state.location(&gid));
                    return match location {
                        Some(at) if state.stock.level(listing, at).was_stocked => {
                            1 + self.inventory_level(field.selection(), (listing, at), out)
                        }
                        _ => null_object(out),
                    };
                }
                Field::InventoryLevels => {
                    let stocking: Vec<u16> = if field.flag("includeInactive", self.variables) {
                        let all = state.location_positions();
                        all.filter(|at| state.stock.level(listing, *at).was_stocked)
                            .collect()
                    } else {
                        self.stocking_locations(listing).collect()
                    };
                    return self.connection(
                        field,
                        stocking.len(),
                        |index| (listing, stocking[index]),
                        |(_, location)| Self::id_cursor(ids::INVENTORY_LEVEL, u64::from(location)),
                        |selection, level, out| self.inventory_level(selection, level, out),
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// The locations that stock an item.
    pub(crate) fn stocking_locations(&self, listing: u32) -> impl Iterator<Item = u16> + '_ {
        (0..self.state.shop.locations.len() as u16)
            .filter(move |location| self.state.stock.level(listing, *location).is_active)
    }

    /// Appends an inventory level's fields.
    pub(crate) fn inventory_level(
        &self,
        selection: &Selection,
        (listing, location): (u32, u16),
        out: &mut Vec<u8>,
    ) -> u64 {
        let level = self.state.stock.shown(listing, location);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::write_level_gid(ids::INVENTORY_LEVEL, listing, location, out),
                Field::IsActive => write_bool(level.is_active, out),
                Field::CanDeactivate => write_bool(level.on_hand() == 0, out),
                Field::CreatedAt => self.time(Micros::ZERO, out),
                Field::UpdatedAt => self.time(level.updated_at, out),
                Field::Item => return 1 + self.inventory_item(field.selection(), listing, out),
                Field::Location => return 1 + self.location(field.selection(), location, out),
                Field::Quantities => {
                    let names = field.argument("names", self.variables);
                    let known = names
                        .as_deref()
                        .map_or(&[][..], |names| names.list())
                        .iter()
                        .filter_map(|name| name.text())
                        .filter_map(|name| Some((name, level.quantity(name)?)));
                    return self.list(field, known, out, |selection, (name, quantity), out| {
                        self.quantity(selection, (listing, location), (name, quantity), out)
                    });
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of one quantity of a level: its name and how much it is.
    fn quantity(
        &self,
        selection: &Selection,
        (listing, location): (u32, u16),
        (name, quantity): (&str, i64),
        out: &mut Vec<u8>,
    ) -> u64 {
        let level = self.state.stock.shown(listing, location);
        self.object(selection, out, |part, out| {
            match part.field {
                Field::Id => {
                    ids::write_level_gid(ids::INVENTORY_QUANTITY, listing, location, out);
                    // The state's name tells the quantities of a level apart.
                    out.pop();
                    out.extend_from_slice(b"&name=");
                    out.extend_from_slice(name.as_bytes());
                    out.push(b'"');
                }
                Field::Name => write_text(name, out),
                Field::Quantity => write_int(quantity, out),
                Field::UpdatedAt if name == "available" => self.time(level.updated_at, out),
                Field::UpdatedAt => null(out),
                _ => self.unserved(part, out),
            }
            0
        })
    }

    /// Appends the fields of the quantity of a state.
    pub(super) fn quantity_named(
        &self,
        selection: &Selection,
        level: (u32, u16),
        name: &'static str,
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = self.state.stock.shown(level.0, level.1);
        let quantity = shown.quantity(name).unwrap_or(0);
        self.quantity(selection, level, (name, quantity), out)
    }
}
