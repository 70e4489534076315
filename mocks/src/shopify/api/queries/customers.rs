//! Customers as GraphQL objects (docs/platforms/shopify.md 3.5).

use super::reader::{Reader, null_object};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{write_int, write_optional_text, write_text, write_texts};
use crate::shopify::model::customer;
use crate::shopify::model::customers::{CustomerRef, OwnCustomer};
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
                Field::Phone => write_optional_text(self.customer_phone(one), out),
                Field::Note => {
                    write_optional_text(self.own(one).and_then(|it| it.note.as_deref()), out)
                }
                Field::Locale => write_text(
                    self.own(one)
                        .and_then(|it| it.locale.as_deref())
                        .unwrap_or("en"),
                    out,
                ),
                Field::CreatedAt => {
                    let since = match one {
                        CustomerRef::Own(at) => self.state.own_customers[at as usize].created_at,
                        CustomerRef::OfOrder(order) => self.state.orders[order as usize].created_at,
                    };
                    self.time(since, out);
                }
                Field::NumberOfOrders => {
                    out.push(b'"');
                    write_int(self.state.orders_of(one).count() as u64, out);
                    out.push(b'"');
                }
                Field::DefaultEmailAddress => {
                    let mut email = Vec::new();
                    self.state.write_customer_email(one, &mut email);
                    return self.contact(field, &email, out);
                }
                Field::DefaultPhoneNumber => {
                    let mut phone = Vec::new();
                    write_optional_text(self.customer_phone(one), &mut phone);
                    return self.contact(field, &phone, out);
                }
                Field::Tags => write_texts(self.state.tags_of(one.tagged()), out),
                Field::FirstName | Field::LastName | Field::DisplayName => {
                    self.customer_name(field.field, one, out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// The customer, where an app made it.
    fn own(&self, one: CustomerRef) -> Option<&OwnCustomer> {
        match one {
            CustomerRef::Own(at) => self.state.own_customers.get(at as usize),
            CustomerRef::OfOrder(_) => None,
        }
    }

    fn customer_phone(&self, one: CustomerRef) -> Option<&str> {
        match one {
            CustomerRef::Own(at) => self.state.own_customers[at as usize].phone.as_deref(),
            CustomerRef::OfOrder(order) => {
                let made = self.state.made(order)?;
                made.customer_contacts.1.as_deref()
            }
        }
    }

    /// Appends an e-mail address or a telephone number, written as JSON, as an object; `null` where it is so.
    fn contact(&self, field: &PlanField, written: &[u8], out: &mut Vec<u8>) -> u64 {
        if written == b"null" {
            return null_object(out);
        }
        1 + self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::EmailAddress | Field::PhoneNumber => out.extend_from_slice(written),
                _ => self.unserved(part, out),
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
