//! Locations as GraphQL objects (docs/platforms/shopify.md 4.6).

use super::reader::{Reader, null_object};
use super::search::id_holds;
use super::sorting::{SortBy, SortValue, sorted_by};
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Kind, PlanField, Selection};
use crate::shopify::json::{write_bool, write_optional_text, write_text, write_texts};
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::{address, ids};

impl Reader<'_> {
    /// Appends a location's fields.
    pub(crate) fn location(&self, selection: &Selection, position: u16, out: &mut Vec<u8>) -> u64 {
        let state = self.state;
        let seed = &state.shop.locations[usize::from(position)];
        let record = &state.locations[usize::from(position)];
        let id = u64::from(position);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::LOCATION.write_gid(id, out),
                Field::LegacyResourceId => ids::LOCATION.write_quoted(id, out),
                Field::Name => write_text(&seed.code, out),
                Field::IsActive => write_bool(record.is_active(), out),
                Field::FulfillsOnlineOrders | Field::ShipsInventory => {
                    write_bool(record.fulfills_online_orders, out);
                }
                Field::HasActiveInventory => write_bool(state.stock.is_stocking(position), out),
                Field::HasUnfulfilledOrders => {
                    write_bool(state.has_unfulfilled_orders(position), out);
                    return 1;
                }
                // What is active already may be activated as well.
                Field::Activatable => {
                    let is_free = !state.is_location_named(&seed.code, Some(position));
                    write_bool(record.is_active() || is_free, out);
                }
                Field::Deactivatable => {
                    write_bool(!state.is_only_online_location(position), out);
                }
                Field::Deletable => {
                    let is_used = record.is_active()
                        || state.stock.is_stocking(position)
                        || state.has_unfulfilled_orders(position);
                    write_bool(!is_used, out);
                }
                Field::DeactivatedAt => self.time(record.deactivated_at, out),
                Field::IsPrimary => write_bool(position == 0, out),
                Field::IsFulfillmentService => write_bool(false, out),
                Field::CreatedAt => self.time(record.created_at, out),
                Field::UpdatedAt => self.time(record.updated_at, out),
                Field::Address => return self.location_address(field, position, out),
                Field::Metafield => {
                    return self.metafield_of(field, Owner::Location(position), out);
                }
                Field::Metafields => {
                    return self.metafields_of(field, Owner::Location(position), out);
                }
                Field::InventoryLevel => {
                    let id = field.text_argument("inventoryItemId", self.variables);
                    let listing = id.and_then(|id| self.listing(ids::INVENTORY_ITEM, &id));
                    return match listing {
                        Some(listing) if state.stock.level(listing, position).was_stocked => {
                            1 + self.inventory_level(field.selection(), (listing, position), out)
                        }
                        _ => null_object(out),
                    };
                }
                Field::InventoryLevels if !state.stock.is_all_active() => {
                    let with_inactive = field.flag("includeInactive", self.variables);
                    let is_shown = |listing: &u32| {
                        let level = state.stock.level(*listing, position);
                        level.is_active || (with_inactive && level.was_stocked)
                    };
                    let stocked: Vec<u32> = state.listed().filter(is_shown).collect();
                    return self.connection(
                        field,
                        stocked.len(),
                        |index| (stocked[index], position),
                        |(listing, _)| Self::id_cursor(ids::INVENTORY_ITEM, u64::from(listing)),
                        |selection, level, out| self.inventory_level(selection, level, out),
                        out,
                    );
                }
                Field::InventoryLevels => {
                    return self.connection(
                        field,
                        state.shop.listings.len(),
                        |index| (index as u32, position),
                        |(listing, _)| Self::id_cursor(ids::INVENTORY_ITEM, u64::from(listing)),
                        |selection, level, out| self.inventory_level(selection, level, out),
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    fn location_address(&self, field: &PlanField, position: u16, out: &mut Vec<u8>) -> u64 {
        let country = &self.state.shop.locations[usize::from(position)].country;
        let at = &self.state.locations[usize::from(position)].address;
        self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Address1 => write_optional_text(at.address1.as_deref(), out),
                Field::Address2 => write_optional_text(at.address2.as_deref(), out),
                Field::City => write_optional_text(at.city.as_deref(), out),
                Field::Phone => write_optional_text(at.phone.as_deref(), out),
                Field::Province => write_optional_text(at.province(country), out),
                Field::ProvinceCode => write_optional_text(at.province_code.as_deref(), out),
                Field::Zip => write_optional_text(at.zip.as_deref(), out),
                Field::Country => write_text(address::country_name(country), out),
                Field::CountryCode => write_text(country, out),
                Field::Formatted => write_texts(&at.formatted(country), out),
                _ => self.unserved(part, out),
            }
            0
        })
    }

    /// Appends the root connection of locations.
    pub(crate) fn locations(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let found = self.locations_found(field, field.flag("includeInactive", self.variables));
        let sort_key = field.text_argument("sortKey", self.variables);
        if sorted_by(field.field, sort_key.as_deref()) == SortBy::Text {
            let seeds = &self.state.shop.locations;
            return self.connection_by_value(
                field,
                (ids::LOCATION, &found),
                |at: u16| SortValue::text(Some(&seeds[usize::from(at)].code)),
                |selection, position, out| self.location(selection, position, out),
                out,
            );
        }
        self.connection_by_id(
            field,
            (ids::LOCATION, &found),
            |selection, position, out| self.location(selection, position, out),
            out,
        )
    }

    /// Appends how many locations there are, or are found.
    pub(crate) fn locations_count(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let found = self.locations_found(field, false).len();
        self.count_up_to_limit(field, found as u64, out)
    }

    /// The locations found by the `query` argument, ascending.
    fn locations_found(&self, field: &PlanField, with_inactive: bool) -> Vec<u16> {
        let search = self.search(field);
        let state = self.state;
        state
            .location_positions()
            .filter(|position| {
                let seed = &state.shop.locations[usize::from(*position)];
                let record = &state.locations[usize::from(*position)];
                let is_text = |text: Option<&str>, wanted: &str| {
                    text.is_some_and(|text| text.eq_ignore_ascii_case(wanted))
                };
                let at = &record.address;
                (with_inactive || record.is_active())
                    && search.holds(|term| {
                        Some(match term.key.as_str() {
                            "id" => id_holds(term, ids::LOCATION, u64::from(*position)),
                            "name" | "" => is_text(Some(&seed.code), &term.value),
                            "active" => is_text(Some(&record.is_active().to_string()), &term.value),
                            "address1" => is_text(at.address1.as_deref(), &term.value),
                            "address2" => is_text(at.address2.as_deref(), &term.value),
                            "city" => is_text(at.city.as_deref(), &term.value),
                            "province" => is_text(at.province(&seed.country), &term.value),
                            "zip" => is_text(at.zip.as_deref(), &term.value),
                            "country" => {
                                let name = address::country_name(&seed.country);
                                is_text(Some(&seed.country), &term.value)
                                    || is_text(Some(name), &term.value)
                            }
                            _ => return None,
                        })
                    })
            })
            .collect()
    }

    /// Appends the location that `location` names, without an id the shop's first.
    pub(crate) fn location_by_id(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        if field.text_argument("id", self.variables).is_some() {
            return self.one(field, Kind::Location, out);
        }
        let first = self.state.first_active_location();
        Ok(match first {
            Some(first) => 1 + self.location(field.selection(), first, out),
            None => null_object(out),
        })
    }

    /// Appends the location that `locationByIdentifier` names.
    pub(crate) fn location_by_identifier(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let identifier = field.argument("identifier", self.variables);
        let gid = identifier.as_deref().and_then(|by| by.get("id")?.text());
        let gid =
            gid.ok_or_else(|| FieldError::new("identifier must name an id", "BAD_REQUEST"))?;
        let parsed = ids::Gid::parse(gid).ok_or_else(FieldError::invalid_id)?;
        if parsed.name != ids::LOCATION.name {
            return Err(FieldError::other_type(gid));
        }
        Ok(match self.state.location(gid) {
            Some(at) => 1 + self.location(field.selection(), at, out),
            None => null_object(out),
        })
    }
}
