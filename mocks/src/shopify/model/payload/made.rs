//! What orders that apps made show in place of the storefront's (docs/platforms/shopify.md 3.5).

use super::Payloads;
use super::filter::PayloadFilter;
use super::members::{Members, cents_text, comma, raw};
use crate::core::Micros;
use crate::shopify::json::{write_bool, write_optional_text, write_text, write_texts};
use crate::shopify::model::ids::{self, IdSpace};
use crate::shopify::model::made::{MadeLine, MadeOrder, PostalAddress};

impl Payloads<'_> {
    /// The value of one of an order's members that is the same for all orders of the storefront; `None` where it is so
    /// here, too.
    pub(super) fn made_member(
        &self,
        position: u32,
        made: &MadeOrder,
        name: &str,
    ) -> Option<Vec<u8>> {
        let state = self.state;
        let mut own = Vec::new();
        let out = &mut own;
        match name {
            "discount_codes" => {
                out.push(b'[');
                if let Some(code) = &made.discount_code {
                    out.extend_from_slice(b"{\"code\":");
                    write_text(code, out);
                    out.extend_from_slice(b",\"amount\":");
                    cents_text(made.discount_cents, out);
                    out.extend_from_slice(b",\"type\":\"fixed_amount\"}");
                }
                out.push(b']');
            }
            "note_attributes" => pairs(&made.custom_attributes, out),
            "payment_gateway_names" => write_texts(&state.gateways_of(made), out),
            "phone" => write_optional_text(made.phone.as_deref(), out),
            "source_identifier" => write_optional_text(made.source_identifier.as_deref(), out),
            "source_name" => write_optional_text(made.source_name.as_deref(), out),
            "taxes_included" => write_bool(made.are_taxes_included, out),
            "test" => write_bool(made.is_test, out),
            "total_discounts" => cents_text(made.discount_cents, out),
            "current_total_discounts" => {
                cents_text(state.current_discount_cents(position), out);
            }
            "total_tax" => cents_text(made.tax_cents, out),
            "current_total_tax" => cents_text(state.current_tax_cents(position), out),
            "total_outstanding" => cents_text(state.outstanding_cents(position), out),
            _ => return None,
        }
        Some(own)
    }

    /// Appends the shipping lines of an order.
    pub(super) fn made_shipping_lines(&self, position: u32, made: &MadeOrder, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, line) in made.shipping_lines.iter().enumerate() {
            comma(out, index);
            out.extend_from_slice(b"{\"id\":");
            let id = u64::from(position) * 1_000 + index as u64;
            ids::MADE_SHIPPING_LINE.write_number(id, out);
            out.extend_from_slice(b",\"carrier_identifier\":null,\"code\":");
            write_optional_text(line.code.as_deref(), out);
            out.extend_from_slice(b",\"title\":");
            write_text(&line.title, out);
            out.extend_from_slice(b",\"phone\":null,\"requested_fulfillment_service_id\":null");
            for name in ["price", "discounted_price"] {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                cents_text(line.price_cents, out);
            }
            out.extend_from_slice(b",\"is_removed\":false,\"source\":");
            write_optional_text(line.source.as_deref(), out);
            for name in [
                "price_set",
                "discounted_price_set",
                "current_discounted_price_set",
            ] {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                self.order_money_set(position, line.price_cents, out);
            }
            out.extend_from_slice(br#","tax_lines":[],"discount_allocations":[]}"#);
        }
        out.push(b']');
    }

    /// Appends the customer of an order that an app made.
    pub(super) fn made_customer(&self, position: u32, made: &MadeOrder, out: &mut Vec<u8>) {
        let (first, last, _) = made.names();
        let texts = [
            ("email", made.customer_contacts.0.as_deref()),
            ("phone", made.customer_contacts.1.as_deref()),
            ("first_name", first),
            ("last_name", last),
            ("note", None),
        ];
        let since = self.state.orders[position as usize].created_at;
        self.customer_of_texts(
            (ids::CUSTOMER, position),
            &texts,
            since,
            &made.currency,
            out,
        );
    }

    /// Appends a customer that an app made.
    pub(super) fn own_customer(&self, at: u32, out: &mut Vec<u8>) {
        let own = &self.state.own_customers[at as usize];
        let texts = [
            ("email", own.email.as_deref()),
            ("phone", own.phone.as_deref()),
            ("first_name", own.first_name.as_deref()),
            ("last_name", own.last_name.as_deref()),
            ("note", own.note.as_deref()),
        ];
        let currency = &self.state.shop.currency;
        self.customer_of_texts(
            (ids::OWN_CUSTOMER, at),
            &texts,
            own.created_at,
            currency,
            out,
        );
    }

    fn customer_of_texts(
        &self,
        (space, position): (IdSpace, u32),
        texts: &[(&str, Option<&str>)],
        since: Micros,
        currency: &str,
        out: &mut Vec<u8>,
    ) {
        let id = u64::from(position);
        out.extend_from_slice(b"{\"id\":");
        space.write_number(id, out);
        out.extend_from_slice(b",\"admin_graphql_api_id\":");
        space.write_gid(id, out);
        for (name, text) in texts {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            write_optional_text(*text, out);
        }
        for name in ["created_at", "updated_at"] {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            self.time(since, out);
        }
        out.extend_from_slice(br#","state":"disabled","verified_email":true,"multipass_identifier":null,"tax_exempt":false,"tax_exemptions":[],"email_marketing_consent":null,"sms_marketing_consent":null,"tags":"","currency":"#);
        write_text(currency, out);
        out.push(b'}');
    }

    /// Appends an address that an app gave.
    pub(super) fn postal_address(
        &self,
        given: &PostalAddress,
        filter: &PayloadFilter,
        out: &mut Vec<u8>,
    ) {
        let mut members = Members {
            filter,
            is_first: true,
        };
        let name = given.name();
        out.push(b'{');
        for (member, text) in [
            ("first_name", given.first_name.as_deref()),
            ("last_name", given.last_name.as_deref()),
            ("name", name.as_deref()),
            ("address1", given.address1.as_deref()),
            ("address2", given.address2.as_deref()),
            ("city", given.city.as_deref()),
            ("province", given.province()),
            ("province_code", given.province_code.as_deref()),
            ("zip", given.zip.as_deref()),
            ("country", given.country()),
            ("country_code", given.country_code.as_deref()),
            ("phone", given.phone.as_deref()),
            ("company", given.company.as_deref()),
        ] {
            members.write(member, out, |out| write_optional_text(text, out));
        }
        for member in ["latitude", "longitude"] {
            members.write(member, out, raw("null"));
        }
        out.push(b'}');
    }

    /// Appends what is left to say of an order that was deleted, the payload of `orders/delete`.
    pub(crate) fn deleted_order(&self, position: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"id\":");
        ids::ORDER.write_number(u64::from(position), out);
        out.push(b'}');
    }
}

/// The value of one of a line's members that is the same for all lines of the storefront; `None` where it is so here, too.
pub(super) fn made_line_member(made: &MadeLine, name: &str) -> Option<Vec<u8>> {
    let mut own = Vec::new();
    match name {
        "gift_card" => write_bool(made.is_gift_card, &mut own),
        "taxable" => write_bool(made.is_taxable, &mut own),
        "properties" => pairs(&made.properties, &mut own),
        "tax_lines" => {
            own.push(b'[');
            for (index, tax) in made.tax_lines.iter().enumerate() {
                comma(&mut own, index);
                own.extend_from_slice(b"{\"title\":");
                write_text(&tax.title, &mut own);
                own.extend_from_slice(b",\"rate\":");
                own.extend_from_slice(tax.rate.to_string().as_bytes());
                own.extend_from_slice(b",\"price\":");
                cents_text(tax.cents, &mut own);
                own.extend_from_slice(b",\"channel_liable\":false}");
            }
            own.push(b']');
        }
        _ => return None,
    }
    Some(own)
}

/// Appends names and values as a list of objects.
pub(super) fn pairs(pairs: &[(String, String)], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, (name, value)) in pairs.iter().enumerate() {
        comma(out, index);
        out.extend_from_slice(b"{\"name\":");
        write_text(name, out);
        out.extend_from_slice(b",\"value\":");
        write_text(value, out);
        out.push(b'}');
    }
    out.push(b']');
}
