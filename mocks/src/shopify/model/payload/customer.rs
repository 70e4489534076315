//! Customers and addresses.

use super::Payloads;
use super::filter::PayloadFilter;
use super::members::{Members, raw};
use crate::shopify::json::write_text;
use crate::shopify::model::customers::CustomerRef;
use crate::shopify::model::{address, customer, ids};

/// What an address is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Shipping,
    Billing,
}

impl Payloads<'_> {
    pub(super) fn customer(&self, position: u32, out: &mut Vec<u8>) {
        let position = match self.state.customer_of(position) {
            Some(CustomerRef::OfOrder(order)) => order,
            Some(CustomerRef::Own(at)) => return self.own_customer(at, out),
            None => return out.extend_from_slice(b"null"),
        };
        if let Some(made) = self.state.made(position) {
            return self.made_customer(position, made, out);
        }
        let order = &self.state.orders[position as usize];
        let id = u64::from(position);
        out.extend_from_slice(b"{\"id\":");
        ids::CUSTOMER.write_number(id, out);
        out.extend_from_slice(b",\"email\":");
        customer::write_email(order.buyer, out);
        out.extend_from_slice(b",\"first_name\":");
        write_text(customer::FIRST_NAME, out);
        out.extend_from_slice(b",\"last_name\":");
        customer::write_last_name(order.buyer, out);
        for name in ["created_at", "updated_at"] {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            self.time(order.created_at, out);
        }
        out.extend_from_slice(br#","state":"disabled","note":null,"verified_email":true,"multipass_identifier":null,"tax_exempt":false,"tax_exemptions":[],"phone":null,"email_marketing_consent":null,"sms_marketing_consent":null,"tags":"","currency":"#);
        write_text(&self.state.shop.currency, out);
        out.extend_from_slice(b",\"admin_graphql_api_id\":");
        ids::CUSTOMER.write_gid(id, out);
        out.extend_from_slice(b",\"default_address\":{\"id\":");
        ids::ADDRESS.write_number(id, out);
        out.extend_from_slice(b",\"customer_id\":");
        ids::CUSTOMER.write_number(id, out);
        out.extend_from_slice(b",\"first_name\":");
        write_text(customer::FIRST_NAME, out);
        out.extend_from_slice(b",\"last_name\":");
        customer::write_last_name(order.buyer, out);
        out.extend_from_slice(b",\"company\":null,\"address1\":");
        write_text(address::STREET, out);
        out.extend_from_slice(b",\"address2\":null,\"city\":");
        write_text(address::CITY, out);
        out.extend_from_slice(b",\"province\":null,\"country\":");
        write_text(address::country_name(order.country), out);
        out.extend_from_slice(b",\"zip\":");
        address::write_zip(order.postal_code, out);
        out.extend_from_slice(b",\"phone\":null,\"name\":");
        customer::write_name(order.buyer, out);
        out.extend_from_slice(b",\"province_code\":null,\"country_code\":");
        write_text(order.country, out);
        out.extend_from_slice(b",\"country_name\":");
        write_text(address::country_name(order.country), out);
        out.extend_from_slice(b",\"default\":true}}");
    }

    /// Appends an address of an order, or `null` where an app made the order without it.
    pub(super) fn address(
        &self,
        position: u32,
        purpose: Purpose,
        filter: &PayloadFilter,
        out: &mut Vec<u8>,
    ) {
        if let Some(made) = self.state.made(position) {
            let given = match purpose {
                Purpose::Shipping => &made.shipping_address,
                Purpose::Billing => &made.billing_address,
            };
            return match given {
                Some(given) => self.postal_address(given, filter, out),
                None => out.extend_from_slice(b"null"),
            };
        }
        let changes = self.state.changes_of(position);
        if let (Purpose::Shipping, Some(changed)) = (
            &purpose,
            changes.and_then(|it| it.shipping_address.as_ref()),
        ) {
            return self.postal_address(changed, filter, out);
        }
        let order = &self.state.orders[position as usize];
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("first_name", out, |out| {
            write_text(customer::FIRST_NAME, out);
        });
        members.write("last_name", out, |out| {
            customer::write_last_name(order.buyer, out);
        });
        members.write("name", out, |out| customer::write_name(order.buyer, out));
        members.write("address1", out, |out| write_text(address::STREET, out));
        members.write("address2", out, raw("null"));
        members.write("city", out, |out| write_text(address::CITY, out));
        members.write("province", out, raw("null"));
        members.write("province_code", out, raw("null"));
        members.write("zip", out, |out| address::write_zip(order.postal_code, out));
        members.write("country", out, |out| {
            write_text(address::country_name(order.country), out);
        });
        members.write("country_code", out, |out| write_text(order.country, out));
        for name in ["phone", "company", "latitude", "longitude"] {
            members.write(name, out, raw("null"));
        }
        out.push(b'}');
    }
}
