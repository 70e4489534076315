//! Holds on fulfillment orders as GraphQL objects (docs/platforms/shopify.md 7).

use super::reader::Reader;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::json::{write_bool, write_optional_text, write_text};
use crate::shopify::model::ids;

impl Reader<'_> {
    /// Appends a hold's fields.
    pub(crate) fn hold(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let hold = &self.state.holds[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::FULFILLMENT_HOLD.write_gid(u64::from(position), out),
                Field::Reason => write_text(&hold.reason, out),
                Field::DisplayReason => write_text(display_reason(&hold.reason), out),
                Field::ReasonNotes => write_optional_text(hold.notes.as_deref(), out),
                Field::Handle => write_text(&hold.handle, out),
                Field::HeldByRequestingApp => write_bool(true, out),
                // Only the calling app holds anything here.
                Field::HeldByApp => return 1 + self.app(field.selection(), out),
                _ => self.unserved(field, out),
            }
            0
        })
    }
}

fn display_reason(reason: &str) -> &'static str {
    match reason {
        "AWAITING_PAYMENT" => "Awaiting payment",
        "AWAITING_RETURN_ITEMS" => "Awaiting return items",
        "HIGH_RISK_OF_FRAUD" => "High risk of fraud",
        "INCORRECT_ADDRESS" => "Incorrect address",
        "INVENTORY_OUT_OF_STOCK" => "Inventory out of stock",
        "ONLINE_STORE_POST_PURCHASE_CROSS_SELL" => "Online store post-purchase upsell",
        "UNKNOWN_DELIVERY_DATE" => "Unknown delivery date",
        _ => "Other",
    }
}
