//! What orders that apps made show in place of the storefront's (docs/platforms/shopify.md 3.5).

use super::reader::{Reader, null_object};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{write_optional_text, write_text};
use crate::shopify::model::made::{MadeOrder, MadeTaxLine, PostalAddress};
use crate::shopify::model::{address, ids};

impl Reader<'_> {
    /// Appends keys and values that an app put on an order or on a line.
    pub(super) fn attributes(
        &self,
        field: &PlanField,
        attributes: &[(String, String)],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.list(field, attributes, out, |selection, (key, value), out| {
            self.object(selection, out, |part, out| {
                match part.field {
                    Field::Key => write_text(key, out),
                    Field::Value => write_text(value, out),
                    _ => self.unserved(part, out),
                }
                0
            })
        })
    }

    /// Appends the taxes of a line.
    pub(super) fn tax_lines(
        &self,
        field: &PlanField,
        order: u32,
        taxes: &[MadeTaxLine],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = taxes.iter().take(self.first(field));
        self.list(field, shown, out, |selection, tax, out| {
            self.object(selection, out, |part, out| {
                match part.field {
                    Field::Title => write_text(&tax.title, out),
                    Field::Rate => out.extend_from_slice(tax.rate.to_string().as_bytes()),
                    Field::ChannelLiable => out.extend_from_slice(b"false"),
                    Field::PriceSet => return self.order_money(part, order, tax.cents, out),
                    _ => self.unserved(part, out),
                }
                0
            })
        })
    }

    /// Appends the ways of shipping of an order that an app made.
    pub(super) fn made_shipping_lines(
        &self,
        field: &PlanField,
        order: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let made = self.state.made(order);
        let lines = made.map_or(&[][..], |made| &made.shipping_lines);
        self.connection(
            field,
            lines.len(),
            |index| index,
            |index| Self::id_cursor(ids::SHIPPING_LINE, index as u64),
            |selection, index, out| {
                let line = &lines[index];
                self.object(selection, out, |part, out| {
                    match part.field {
                        Field::Id => {
                            let id = u64::from(order) * 1_000 + index as u64;
                            ids::MADE_SHIPPING_LINE.write_gid(id, out);
                        }
                        Field::Title => write_text(&line.title, out),
                        Field::Code => write_optional_text(line.code.as_deref(), out),
                        Field::Source => write_optional_text(line.source.as_deref(), out),
                        Field::IsRemoved => out.extend_from_slice(b"false"),
                        Field::OriginalPriceSet => {
                            return self.order_money(part, order, line.price_cents, out);
                        }
                        Field::TaxLines => out.extend_from_slice(b"[]"),
                        _ => self.unserved(part, out),
                    }
                    0
                })
            },
            out,
        )
    }

    /// Appends an address that an app gave, or `null`.
    pub(super) fn postal_address(
        &self,
        selection: &Selection,
        order: u32,
        given: Option<&PostalAddress>,
        out: &mut Vec<u8>,
    ) -> u64 {
        let Some(given) = given else {
            return null_object(out);
        };
        1 + self.object(selection, out, |field, out| {
            let text = match field.field {
                Field::Id => {
                    ids::ADDRESS.write_gid(u64::from(order), out);
                    return 0;
                }
                Field::Name => {
                    write_optional_text(given.name().as_deref(), out);
                    return 0;
                }
                Field::FirstName => given.first_name.as_deref(),
                Field::LastName => given.last_name.as_deref(),
                Field::Company => given.company.as_deref(),
                Field::Address1 => given.address1.as_deref(),
                Field::Address2 => given.address2.as_deref(),
                Field::City => given.city.as_deref(),
                Field::Zip => given.zip.as_deref(),
                Field::Province => given.province(),
                Field::ProvinceCode => given.province_code.as_deref(),
                Field::Country => given.country(),
                Field::CountryCodeV2 => given.country_code.as_deref().map(address::country_code),
                Field::Phone => given.phone.as_deref(),
                _ => {
                    self.unserved(field, out);
                    return 0;
                }
            };
            write_optional_text(text, out);
            0
        })
    }

    /// Appends where a fulfillment order ships to that is part of an order that an app made: nowhere without an address.
    pub(super) fn made_destination(
        &self,
        field: &PlanField,
        fulfillment_order: u32,
        made: &MadeOrder,
        out: &mut Vec<u8>,
    ) -> u64 {
        let Some(to) = &made.shipping_address else {
            return null_object(out);
        };
        1 + self.object(field.selection(), out, |part, out| {
            let text = match part.field {
                Field::Id => {
                    let id = u64::from(fulfillment_order);
                    ids::FULFILLMENT_ORDER_DESTINATION.write_gid(id, out);
                    return 0;
                }
                Field::FirstName => to.first_name.as_deref(),
                Field::LastName => to.last_name.as_deref(),
                Field::Email => made.email.as_deref(),
                Field::Address1 => to.address1.as_deref(),
                Field::City => to.city.as_deref(),
                Field::Zip => to.zip.as_deref(),
                Field::CountryCode => to.country_code.as_deref().map(address::country_code),
                _ => {
                    self.unserved(part, out);
                    return 0;
                }
            };
            write_optional_text(text, out);
            0
        })
    }
}
