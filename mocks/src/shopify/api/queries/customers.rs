//! Customers as GraphQL objects (docs/platforms/shopify.md 3.5).

use super::reader::Reader;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::json::{write_optional_text, write_text, write_texts};
use crate::shopify::model::customer;
use crate::shopify::model::customers::CustomerRef;
use crate::shopify::model::metafields::Owner;

impl Reader<'_> {
    /// Appends a customer's gid.
    pub(crate) fn write_customer_id(&self, one: CustomerRef, out: &mut Vec<u8>) {
        let (space, position) = one.id();
        space.write_gid(position, out);
    }

    /// Appends the fields of a customer.
    pub(crate) fn customer(
        &self,
        selection: &Selection,
        one: CustomerRef,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => self.write_customer_id(one, out),
                Field::LegacyResourceId => {
                    let (space, position) = one.id();
                    space.write_quoted(position, out);
                }
                Field::Metafield => return self.metafield_of(field, Owner::Customer(one), out),
                Field::Metafields => return self.metafields_of(field, Owner::Customer(one), out),
                Field::Email => self.state.write_customer_email(one, out),
                Field::Tags => write_texts(self.state.tags_of(one.tagged()), out),
                Field::FirstName | Field::LastName | Field::DisplayName => {
                    self.customer_name(field.field, one, out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// The name that orders are sorted by: last and first, or what stands for them (assumed).
    pub(super) fn customer_sort_name(&self, one: CustomerRef) -> String {
        let part = |part| {
            let mut text = Vec::new();
            self.customer_name(part, one, &mut text);
            let text: Option<String> = serde_json::from_slice(&text).unwrap_or_default();
            text.unwrap_or_default()
        };
        let (first, last) = (part(Field::FirstName), part(Field::LastName));
        match first.is_empty() && last.is_empty() {
            true => part(Field::DisplayName),
            false => format!("{last}, {first}"),
        }
    }

    /// Appends the first, the last or the whole name of a customer.
    fn customer_name(&self, part: Field, one: CustomerRef, out: &mut Vec<u8>) {
        let state = self.state;
        let (first, last, whole) = match one {
            CustomerRef::Own(at) => state.own_customers[at as usize].names(),
            CustomerRef::OfOrder(order) => match state.made(order) {
                Some(made) => made.names(),
                None => {
                    let buyer = state.orders[order as usize].buyer;
                    return match part {
                        Field::FirstName => write_text(customer::FIRST_NAME, out),
                        Field::LastName => customer::write_last_name(buyer, out),
                        _ => customer::write_name(buyer, out),
                    };
                }
            },
        };
        match part {
            Field::FirstName => write_optional_text(first, out),
            Field::LastName => write_optional_text(last, out),
            _ => write_text(whole.as_deref().unwrap_or(""), out),
        }
    }
}
