//! Orders and their lines.

use super::Payloads;
use super::customer::Purpose;
use super::filter::PayloadFilter;
use super::made::{made_line_member, pairs};
use super::members::{Members, cents_text, comma, raw};
use crate::core::OrderRef;
use crate::shopify::json::{write_int, write_optional_text, write_text};
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::ids::{self, write_uuid};
use crate::shopify::model::span::NONE;

/// Members of an order whose value is the same for every order.
const ORDER_CONSTANTS: &[(&str, &str)] = &[
    ("app_id", "580111"),
    ("browser_ip", "null"),
    ("buyer_accepts_marketing", "false"),
    ("cart_token", "null"),
    ("checkout_id", "null"),
    ("checkout_token", "null"),
    ("client_details", "null"),
    ("company", "null"),
    ("confirmed", "true"),
    ("current_total_additional_fees_set", "null"),
    ("current_total_duties_set", "null"),
    ("customer_locale", "\"en\""),
    ("device_id", "null"),
    ("discount_applications", "[]"),
    ("discount_codes", "[]"),
    ("duties_included", "false"),
    ("estimated_taxes", "false"),
    ("landing_site", "null"),
    ("landing_site_ref", "null"),
    ("line_item_groups", "[]"),
    ("location_id", "null"),
    ("merchant_business_entity_id", "null"),
    ("merchant_of_record_app_id", "null"),
    ("note", "null"),
    ("note_attributes", "[]"),
    ("original_total_additional_fees_set", "null"),
    ("original_total_duties_set", "null"),
    ("payment_gateway_names", "[\"shopify_payments\"]"),
    ("payment_terms", "null"),
    ("phone", "null"),
    ("po_number", "null"),
    ("reference", "null"),
    ("referring_site", "null"),
    ("source_identifier", "null"),
    ("source_name", "\"web\""),
    ("source_url", "null"),
    ("tags", "\"\""),
    ("tax_exempt", "false"),
    ("tax_lines", "[]"),
    ("taxes_included", "false"),
    ("test", "false"),
    ("total_discounts", "\"0.00\""),
    ("current_total_discounts", "\"0.00\""),
    ("current_total_tax", "\"0.00\""),
    ("total_outstanding", "\"0.00\""),
    ("total_tax", "\"0.00\""),
    ("total_tip_received", "\"0.00\""),
    ("total_weight", "0"),
    ("user_id", "null"),
];

/// Members of an order's line whose value is the same for every line.
const LINE_CONSTANTS: &[(&str, &str)] = &[
    ("fulfillment_service", "\"manual\""),
    ("total_discount", "\"0.00\""),
    ("grams", "0"),
    ("gift_card", "false"),
    ("taxable", "true"),
    ("product_exists", "true"),
    ("properties", "[]"),
    ("attributed_staffs", "[]"),
    ("sales_line_item_group_id", "null"),
    ("tax_lines", "[]"),
    ("duties", "[]"),
    ("discount_allocations", "[]"),
];

impl Payloads<'_> {
    /// Appends an order, the payload of every `orders/*` topic.
    pub(crate) fn order(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let state = self.state;
        let order = &state.orders[position as usize];
        let id = u64::from(position);
        let made = state.made(position);
        let subtotal_cents = made.map_or(order.total_cents, |made| made.subtotal_cents);
        let current_cents = state.current_total_cents(position);
        let current_subtotal_cents = state.current_subtotal_cents(position);
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("id", out, |out| ids::ORDER.write_number(id, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::ORDER.write_gid(id, out)
        });
        members.write("name", out, |out| state.write_order_name(position, out));
        members.write("number", out, |out| write_int(1 + id, out));
        members.write("order_number", out, |out| write_int(1_001 + id, out));
        members.write("token", out, |out| {
            out.push(b'"');
            write_uuid(state.shop.seed.0, id, out);
            out.push(b'"');
        });
        members.write("confirmation_number", out, |out| {
            out.extend_from_slice(b"\"C");
            write_int(100_000_001 + id, out);
            out.push(b'"');
        });
        members.write("created_at", out, |out| self.time(order.created_at, out));
        members.write("processed_at", out, |out| match made {
            Some(made) => self.unix_time(made.processed_unix_micros, out),
            None => self.time(order.created_at, out),
        });
        for (name, at) in [
            ("updated_at", order.updated_at),
            ("cancelled_at", order.cancelled_at),
            ("closed_at", order.closed_at),
        ] {
            members.write(name, out, |out| self.time(at, out));
        }
        members.write("cancel_reason", out, |out| {
            state
                .telling
                .note_order(OrderRef(position), false, 0, order.is_cancelled());
            write_optional_text(order.cancel_reason.map(|reason| reason.rest()), out);
        });
        let (currency, presentment_currency) = state.currencies(position);
        members.write("currency", out, |out| write_text(currency, out));
        members.write("presentment_currency", out, |out| {
            write_text(presentment_currency, out)
        });
        members.write("financial_status", out, |out| {
            let status = state.financial_status(position);
            write_optional_text(status.map(|status| status.words().1), out)
        });
        members.write("fulfillment_status", out, |out| {
            write_optional_text(order.fulfillment_status().1, out);
        });
        for name in ["email", "contact_email"] {
            members.write(name, out, |out| state.write_order_email(position, out));
        }
        let discount_cents = made.map_or(0, |made| made.discount_cents);
        let shipping_cents = made.map_or(0, |made| made.shipping_cents);
        let tax_cents = made.map_or(0, |made| made.tax_cents);
        let lines_cents = subtotal_cents + discount_cents;
        for (name, cents) in [
            ("subtotal_price", subtotal_cents),
            ("total_price", order.total_cents),
            ("total_line_items_price", lines_cents),
            ("current_subtotal_price", current_subtotal_cents),
            ("current_total_price", current_cents),
        ] {
            members.write(name, out, |out| cents_text(cents, out));
        }
        for (name, cents) in [
            ("subtotal_price_set", subtotal_cents),
            ("total_price_set", order.total_cents),
            ("total_line_items_price_set", lines_cents),
            ("current_subtotal_price_set", current_subtotal_cents),
            ("current_total_price_set", current_cents),
            ("total_shipping_price_set", shipping_cents),
            ("total_discounts_set", discount_cents),
            ("total_tax_set", tax_cents),
            (
                "current_shipping_price_set",
                state.current_shipping_cents(position),
            ),
            (
                "current_total_discounts_set",
                state.current_discount_cents(position),
            ),
            ("current_total_tax_set", state.current_tax_cents(position)),
            ("total_cash_rounding_payment_adjustment_set", 0),
            ("total_cash_rounding_refund_adjustment_set", 0),
        ] {
            members.write(name, out, |out| self.order_money_set(position, cents, out));
        }
        let tags = state.tags_of(Tagged::Order(position)).join(", ");
        let notes = state.order_notes.get(&position);
        for (name, value) in ORDER_CONSTANTS {
            if let Some(made) = made
                && let Some(own) = self.made_member(position, made, name)
            {
                members.write(name, out, |out| out.extend_from_slice(&own));
                continue;
            }
            let attributes = notes.map_or(&[][..], |notes| &notes.changes.custom_attributes);
            if *name == "note_attributes" && !attributes.is_empty() {
                members.write(name, out, |out| pairs(attributes, out));
                continue;
            }
            let written = match (*name, notes) {
                ("phone", Some(notes)) => notes.changes.phone.as_deref(),
                ("tags", _) if !tags.is_empty() => Some(tags.as_str()),
                ("note", Some(notes)) => notes.note.as_deref(),
                ("po_number", Some(notes)) => notes.po_number.as_deref(),
                _ => None,
            };
            match written {
                Some(text) => members.write(name, out, |out| write_text(text, out)),
                None => members.write(name, out, raw(value)),
            }
        }
        members.write("order_status_url", out, |out| {
            out.extend_from_slice(b"\"https://");
            out.extend_from_slice(state.domain.as_bytes());
            out.extend_from_slice(b"/orders/");
            ids::ORDER.write_number(id, out);
            out.push(b'"');
        });
        members.write("customer", out, |out| self.customer(position, out));
        for (name, purpose) in [
            ("shipping_address", Purpose::Shipping),
            ("billing_address", Purpose::Billing),
        ] {
            members.write_filtered(name, out, |filter, out| {
                self.address(position, purpose, filter, out);
            });
        }
        members.write_filtered("line_items", out, |filter, out| {
            state.telling.note_order(
                OrderRef(position),
                true,
                order.removed_units,
                order.is_cancelled(),
            );
            out.push(b'[');
            for (index, line) in order.lines.range().enumerate() {
                comma(out, index);
                self.line(line as u32, filter, out);
            }
            out.push(b']');
        });
        members.write("shipping_lines", out, |out| {
            if let Some(made) = made {
                return self.made_shipping_lines(position, made, out);
            }
            out.extend_from_slice(b"[{\"id\":");
            ids::SHIPPING_LINE.write_number(id, out);
            out.extend_from_slice(br#","carrier_identifier":null,"code":"Standard","title":"Standard","phone":null,"requested_fulfillment_service_id":null,"price":"0.00","discounted_price":"0.00","is_removed":false,"source":"shopify""#);
            for name in [
                "price_set",
                "discounted_price_set",
                "current_discounted_price_set",
            ] {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                self.money_set(0, out);
            }
            out.extend_from_slice(br#","tax_lines":[],"discount_allocations":[]}]"#);
        });
        members.write_filtered("fulfillments", out, |filter, out| {
            out.push(b'[');
            for (index, at) in state.fulfillments_of(order).into_iter().enumerate() {
                comma(out, index);
                self.fulfillment(at, filter, out);
            }
            out.push(b']');
        });
        members.write("returns", out, |out| self.returns(position, out));
        members.write_filtered("refunds", out, |filter, out| {
            out.push(b'[');
            for (index, at) in state.refunds_of(order).into_iter().enumerate() {
                comma(out, index);
                self.refund(at, filter, out);
            }
            out.push(b']');
        });
        out.push(b'}');
    }

    /// The members that a line has in orders and in fulfillments alike.
    pub(super) fn line_start(&self, position: u32, members: &mut Members<'_>, out: &mut Vec<u8>) {
        let line = &self.state.lines[position as usize];
        let id = u64::from(position);
        let listing = self.state.listing_of(position);
        let shown = self.state.shown_listing_of(position);
        let texts = self.state.texts_of_line(position);
        let made = self.state.made_lines.get(&position);
        members.write("id", out, |out| ids::LINE_ITEM.write_number(id, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::LINE_ITEM.write_gid(id, out)
        });
        for (name, space) in [("product_id", ids::PRODUCT), ("variant_id", ids::VARIANT)] {
            members.write(name, out, |out| match shown {
                Some(listing) => space.write_number(u64::from(listing), out),
                None => out.extend_from_slice(b"null"),
            });
        }
        let own_sku = made.and_then(|made| made.sku.as_deref());
        let sku = own_sku.or(texts.map(|texts| texts.sku));
        members.write("sku", out, |out| write_optional_text(sku, out));
        let title = made.map(|made| made.title.as_str());
        let title = title.or(texts.map(|texts| texts.title));
        for name in ["name", "title"] {
            members.write(name, out, |out| write_text(title.unwrap_or(""), out));
        }
        let variant_title = made.and_then(|made| made.variant_title.as_deref());
        members.write("variant_title", out, |out| {
            write_optional_text(variant_title, out)
        });
        let own_vendor = made.and_then(|made| made.vendor.as_deref());
        let vendor = own_vendor.or(texts.map(|texts| texts.vendor));
        members.write("vendor", out, |out| write_optional_text(vendor, out));
        members.write("price", out, |out| cents_text(line.price_cents, out));
        let ships = made.is_none_or(|made| made.requires_shipping);
        members.write(
            "requires_shipping",
            out,
            raw(if ships { "true" } else { "false" }),
        );
        let management = if listing.is_some() {
            "\"shopify\""
        } else {
            "null"
        };
        members.write("variant_inventory_management", out, raw(management));
        members.write("fulfillable_quantity", out, |out| {
            write_int(line.fulfillable(), out)
        });
        let status = match line.fulfilled {
            0 => None,
            _ if line.fulfillable() > 0 => Some("partial"),
            _ => Some("fulfilled"),
        };
        members.write("fulfillment_status", out, |out| {
            write_optional_text(status, out)
        });
    }

    pub(super) fn line(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let line = &self.state.lines[position as usize];
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        self.line_start(position, &mut members, out);
        members.write("quantity", out, |out| write_int(line.quantity, out));
        members.write("current_quantity", out, |out| {
            write_int(line.current_quantity, out)
        });
        let made = self.state.made_lines.get(&position);
        let is_gone = self.state.is_line_delisted(position);
        for (name, value) in LINE_CONSTANTS {
            if is_gone && *name == "product_exists" {
                members.write(name, out, raw("false"));
                continue;
            }
            match made.and_then(|made| made_line_member(made, name)) {
                Some(own) => members.write(name, out, |out| out.extend_from_slice(&own)),
                None => members.write(name, out, raw(value)),
            }
        }
        // Only an order that an app made can have currencies of its own.
        let order = made.map_or(NONE, |_| self.state.order_of_line(position));
        members.write("price_set", out, |out| {
            self.order_money_set(order, line.price_cents, out)
        });
        members.write("total_discount_set", out, |out| self.money_set(0, out));
        out.push(b'}');
    }
}
