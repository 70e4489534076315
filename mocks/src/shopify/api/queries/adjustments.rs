//! Inventory adjustments as GraphQL objects (docs/platforms/shopify.md 4.2).

use super::reader::{Reader, null};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{Json, write_int, write_optional_text, write_text};
use crate::shopify::model::adjustment::Adjustment;
use crate::shopify::model::ids;

impl Reader<'_> {
    /// Appends an adjustment's fields.
    pub(crate) fn adjustment(
        &self,
        selection: &Selection,
        adjustment: &Adjustment,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::ADJUSTMENT_GROUP.write_gid(adjustment.number, out),
                Field::CreatedAt => self.time(adjustment.created_at, out),
                Field::Reason => write_text(&adjustment.reason, out),
                Field::ReferenceDocumentUri => {
                    write_optional_text(adjustment.reference_document.as_deref(), out);
                }
                Field::Changes => return self.changes(field, adjustment, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    fn changes(&self, field: &PlanField, adjustment: &Adjustment, out: &mut Vec<u8>) -> u64 {
        let names_wanted = field.argument("quantityNames", self.variables);
        let items_wanted = field.argument("inventoryItemIds", self.variables);
        let locations_wanted = field.argument("locationIds", self.variables);
        let (listings, locations) = (
            self.state.shop.listings.len(),
            self.state.shop.locations.len(),
        );
        let listed = |wanted: Option<&Json<'_>>, is_it: &dyn Fn(&str) -> bool| match wanted {
            None | Some(Json::Null) => true,
            Some(wanted) => wanted.list().iter().filter_map(Json::text).any(is_it),
        };
        let changes = adjustment.rows.iter().filter(|row| {
            listed(names_wanted.as_deref(), &|wanted| wanted == row.name)
                && listed(items_wanted.as_deref(), &|gid| {
                    ids::INVENTORY_ITEM.find(gid, listings) == Some(row.listing)
                })
                && listed(locations_wanted.as_deref(), &|gid| {
                    ids::LOCATION.find(gid, locations) == Some(u32::from(row.location))
                })
        });
        self.list(field, changes, out, |selection, row, out| {
            self.object(selection, out, |part, out| {
                match part.field {
                    Field::Name => write_text(row.name, out),
                    Field::Delta => write_int(row.delta, out),
                    Field::QuantityAfterChange => null(out),
                    Field::LedgerDocumentUri => {
                        write_optional_text(row.ledger_document.as_deref(), out);
                    }
                    Field::Item => {
                        return 1 + self.inventory_item(part.selection(), row.listing, out);
                    }
                    Field::Location => {
                        return 1 + self.location(part.selection(), row.location, out);
                    }
                    _ => self.unserved(part, out),
                }
                0
            })
        })
    }
}
