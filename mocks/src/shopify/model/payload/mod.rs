//! Webhook payloads in the REST shape (sheet section 3.2): ids as numbers, money as decimal text, times in the shop's
//! own offset. Members are written one by one from tables, so that `includeFields` skips what is not wanted unwritten.

pub(crate) mod filter;

use crate::shopify::api::queries::fulfillment::{address, customer};
use super::ids::{self, write_uuid};
use crate::shopify::json::{Json, write_cents, write_int, write_optional_text, write_text};


use self::filter::{PayloadFilter, Wanted, write_parts};
use super::state::{RestockType, State};
use crate::core::Micros;

/// Members of an order whose value is the same for every order.
const ORDER_CONSTANTS: &[(&str, &str)] = &[
    ("app_id", "580111"),
    ("browser_ip", "null"),
    ("buyer_accepts_marketing", "false"),
    ("cart_token", "null"),
    ("client_details", "null"),
    ("confirmed", "true"),
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
    ("returns", "[]"),
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

/// Writes payloads of one shop.
pub struct Payloads<'a> {
    /// The shop's state, as it is when the payload is sent.
    pub state: &'a State,
}

/// The members of one object, one after the other, as far as they are wanted.
struct Members<'a> {
    filter: &'a PayloadFilter,
    is_first: bool,
}

impl<'a> Members<'a> {
    /// Appends the member's name, if the member is wanted, and tells what of it. A part of every writer, so that what
    /// depends on the name alone is computed when compiled.
    #[inline(always)]
    fn begin(&mut self, name: &str, out: &mut Vec<u8>) -> Wanted<'a> {
        let wanted = self.filter.wanted(name);
        if wanted != Wanted::Nothing {
            out.extend_from_slice(if self.is_first { b"\"" } else { b",\"" });
            self.is_first = false;
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
        }
        wanted
    }

    #[inline(always)]
    fn write(&mut self, name: &str, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
        match self.begin(name, out) {
            Wanted::Nothing => {}
            Wanted::Everything => value(out),
            Wanted::Parts(below) => {
                let mut whole = Vec::new();
                value(&mut whole);
                cut(&whole, below, out);
            }
        }
    }

    /// The same for a value that filters itself, so that parts need not be cut out of the whole.
    fn write_filtered(
        &mut self,
        name: &str,
        out: &mut Vec<u8>,
        value: impl FnOnce(&PayloadFilter, &mut Vec<u8>),
    ) {
        match self.begin(name, out) {
            Wanted::Nothing => {}
            Wanted::Everything => value(&PayloadFilter::default(), out),
            Wanted::Parts(below) => value(below, out),
        }
    }
}

/// Appends the parts of a value that is written already.
fn cut(whole: &[u8], wanted: &PayloadFilter, out: &mut Vec<u8>) {
    match serde_json::from_slice::<Json>(whole) {
        Ok(json) => write_parts(&json, wanted, out),
        Err(_) => out.extend_from_slice(b"null"),
    }
}

fn comma(out: &mut Vec<u8>, index: usize) {
    if index > 0 {
        out.push(b',');
    }
}

fn raw(text: &str) -> impl FnOnce(&mut Vec<u8>) + '_ {
    move |out| out.extend_from_slice(text.as_bytes())
}

fn cents_text(cents: i64, out: &mut Vec<u8>) {
    out.push(b'"');
    write_cents(cents, out);
    out.push(b'"');
}

impl Payloads<'_> {
    pub(crate) fn time(&self, at: Micros, out: &mut Vec<u8>) {
        if at == Micros::MAX {
            out.extend_from_slice(b"null");
            return;
        }
        out.push(b'"');
        let offset = self.state.profile.shop.utc_offset_minutes;
        self.state.shop.epoch.write_seconds_offset(at, offset, out);
        out.push(b'"');
    }

    fn money_set(&self, cents: i64, out: &mut Vec<u8>) {
        for (opening, closing) in [
            (&b"{\"shop_money\":"[..], &b","[..]),
            (b"\"presentment_money\":", b"}"),
        ] {
            out.extend_from_slice(opening);
            out.extend_from_slice(b"{\"amount\":");
            cents_text(cents, out);
            out.extend_from_slice(b",\"currency_code\":");
            write_text(&self.state.shop.currency, out);
            out.push(b'}');
            out.extend_from_slice(closing);
        }
    }

    /// Appends an order, the payload of every `orders/*` topic.
    pub fn order(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let state = self.state;
        let order = &state.orders[position as usize];
        let id = u64::from(position);
        let current_cents = order.total_cents - order.refunded_cents;
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("id", out, |out| ids::ORDER.write_number(id, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::ORDER.write_gid(id, out)
        });
        members.write("name", out, |out| {
            out.extend_from_slice(b"\"#");
            write_int(1_001 + id, out);
            out.push(b'"');
        });
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
        for (name, at) in [
            ("created_at", order.created_at),
            ("processed_at", order.created_at),
            ("updated_at", order.updated_at),
            ("cancelled_at", order.cancelled_at),
            ("closed_at", order.closed_at),
        ] {
            members.write(name, out, |out| self.time(at, out));
        }
        members.write("cancel_reason", out, |out| {
            write_optional_text(order.cancel_reason.map(|reason| reason.rest()), out);
        });
        members.write("currency", out, |out| write_text(&state.shop.currency, out));
        members.write("presentment_currency", out, |out| {
            write_text(&state.shop.currency, out)
        });
        members.write("financial_status", out, |out| {
            write_text(order.financial_status().1, out)
        });
        members.write("fulfillment_status", out, |out| {
            write_optional_text(order.fulfillment_status().1, out);
        });
        members.write("email", out, |out| customer::write_email(order.buyer, out));
        members.write("contact_email", out, |out| {
            customer::write_email(order.buyer, out)
        });
        for name in ["subtotal_price", "total_price", "total_line_items_price"] {
            members.write(name, out, |out| cents_text(order.total_cents, out));
        }
        for name in ["current_subtotal_price", "current_total_price"] {
            members.write(name, out, |out| cents_text(current_cents, out));
        }
        for name in [
            "subtotal_price_set",
            "total_price_set",
            "total_line_items_price_set",
        ] {
            members.write(name, out, |out| self.money_set(order.total_cents, out));
        }
        for name in ["current_subtotal_price_set", "current_total_price_set"] {
            members.write(name, out, |out| self.money_set(current_cents, out));
        }
        for name in [
            "total_shipping_price_set",
            "total_discounts_set",
            "total_tax_set",
        ] {
            members.write(name, out, |out| self.money_set(0, out));
        }
        for (name, value) in ORDER_CONSTANTS {
            members.write(name, out, raw(value));
        }
        members.write("order_status_url", out, |out| {
            out.extend_from_slice(b"\"https://");
            out.extend_from_slice(state.domain.as_bytes());
            out.extend_from_slice(b"/orders/");
            ids::ORDER.write_number(id, out);
            out.push(b'"');
        });
        members.write("customer", out, |out| self.customer(position, out));
        for name in ["shipping_address", "billing_address"] {
            members.write_filtered(name, out, |filter, out| {
                self.address(position, filter, out);
            });
        }
        members.write_filtered("line_items", out, |filter, out| {
            out.push(b'[');
            for (index, line) in order.lines.range().enumerate() {
                comma(out, index);
                self.line(line as u32, filter, out);
            }
            out.push(b']');
        });
        members.write("shipping_lines", out, |out| {
            out.extend_from_slice(b"[{\"id\":");
            ids::SHIPPING_LINE.write_number(id, out);
            out.extend_from_slice(br#","code":"Standard","title":"Standard","price":"0.00","discounted_price":"0.00","is_removed":false,"source":"shopify","tax_lines":[],"discount_allocations":[]}]"#);
        });
        members.write_filtered("fulfillments", out, |filter, out| {
            out.push(b'[');
            for (index, at) in state.fulfillments_of(order).into_iter().enumerate() {
                comma(out, index);
                self.fulfillment(at, filter, out);
            }
            out.push(b']');
        });
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

    fn customer(&self, position: u32, out: &mut Vec<u8>) {
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
        out.extend_from_slice(b",\"state\":\"disabled\",\"tags\":\"\",\"currency\":");
        write_text(&self.state.shop.currency, out);
        out.extend_from_slice(b",\"admin_graphql_api_id\":");
        ids::CUSTOMER.write_gid(id, out);
        out.extend_from_slice(b",\"default_address\":{\"id\":");
        ids::ADDRESS.write_number(id, out);
        out.extend_from_slice(b",\"customer_id\":");
        ids::CUSTOMER.write_number(id, out);
        out.extend_from_slice(b",\"address1\":");
        write_text(address::STREET, out);
        out.extend_from_slice(b",\"city\":");
        write_text(address::CITY, out);
        out.extend_from_slice(b",\"zip\":");
        address::write_zip(order.postal_code, out);
        out.extend_from_slice(b",\"country_code\":");
        write_text(order.country, out);
        out.extend_from_slice(b",\"default\":true}}");
    }

    fn address(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
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

    /// The members that a line has in orders and in fulfillments alike.
    fn line_start(&self, position: u32, members: &mut Members<'_>, out: &mut Vec<u8>) {
        let line = &self.state.lines[position as usize];
        let listing = &self.state.shop.listings[line.listing as usize];
        let id = u64::from(position);
        let listing_id = u64::from(line.listing);
        members.write("id", out, |out| ids::LINE_ITEM.write_number(id, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::LINE_ITEM.write_gid(id, out)
        });
        members.write("product_id", out, |out| {
            ids::PRODUCT.write_number(listing_id, out)
        });
        members.write("variant_id", out, |out| {
            ids::VARIANT.write_number(listing_id, out)
        });
        members.write("sku", out, |out| write_text(&listing.sku, out));
        members.write("name", out, |out| write_text(&listing.title, out));
        members.write("title", out, |out| write_text(&listing.title, out));
        members.write("variant_title", out, raw("null"));
        members.write("vendor", out, |out| write_text(&self.state.shop.name, out));
        members.write("price", out, |out| cents_text(line.price_cents, out));
        members.write("requires_shipping", out, raw("true"));
        members.write("variant_inventory_management", out, raw("\"shopify\""));
        members.write("fulfillable_quantity", out, |out| {
            write_int(self.state.fulfillable(line), out)
        });
        let status = match line.fulfilled {
            0 => None,
            _ if self.state.fulfillable(line) > 0 => Some("partial"),
            _ => Some("fulfilled"),
        };
        members.write("fulfillment_status", out, |out| {
            write_optional_text(status, out)
        });
    }

    fn line(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
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
        for (name, value) in LINE_CONSTANTS {
            members.write(name, out, raw(value));
        }
        members.write("price_set", out, |out| {
            self.money_set(line.price_cents, out)
        });
        out.push(b'}');
    }

    /// Appends a fulfillment, the payload of every `fulfillments/*` topic.
    pub fn fulfillment(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let state = self.state;
        let record = &state.fulfillments[position as usize];
        let order = &state.orders[record.order as usize];
        let id = u64::from(position);
        let mut members = Members {
            filter,
            is_first: true,
        };
        let list = |texts: &[String], out: &mut Vec<u8>| {
            out.push(b'[');
            for (index, text) in texts.iter().enumerate() {
                comma(out, index);
                write_text(text, out);
            }
            out.push(b']');
        };
        let tracking = &record.tracking;
        out.push(b'{');
        members.write("id", out, |out| ids::FULFILLMENT.write_number(id, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::FULFILLMENT.write_gid(id, out)
        });
        members.write("order_id", out, |out| {
            ids::ORDER.write_number(u64::from(record.order), out)
        });
        members.write("name", out, |out| {
            write_text(
                &format!("#{}.{}", 1_001 + u64::from(record.order), record.number),
                out,
            );
        });
        members.write("status", out, raw("\"success\""));
        members.write("service", out, raw("\"manual\""));
        members.write("shipment_status", out, raw("null"));
        members.write("created_at", out, |out| self.time(record.created_at, out));
        members.write("updated_at", out, |out| self.time(record.updated_at, out));
        members.write("location_id", out, |out| {
            ids::LOCATION.write_number(u64::from(record.location), out);
        });
        members.write("origin_address", out, raw("null"));
        members.write("email", out, |out| customer::write_email(order.buyer, out));
        members.write("tracking_company", out, |out| {
            write_optional_text(tracking.company.as_deref(), out);
        });
        members.write("tracking_number", out, |out| {
            write_optional_text(tracking.numbers.first().map(String::as_str), out);
        });
        members.write("tracking_numbers", out, |out| list(&tracking.numbers, out));
        members.write("tracking_url", out, |out| {
            write_optional_text(tracking.urls.first().map(String::as_str), out);
        });
        members.write("tracking_urls", out, |out| list(&tracking.urls, out));
        members.write("receipt", out, raw("{}"));
        members.write_filtered("destination", out, |filter, out| {
            self.address(record.order, filter, out);
        });
        members.write("line_items", out, |out| {
            out.push(b'[');
            for (index, line) in state.fulfillment_lines[record.lines.range()]
                .iter()
                .enumerate()
            {
                comma(out, index);
                let mut members = Members {
                    filter: &PayloadFilter::default(),
                    is_first: true,
                };
                out.push(b'{');
                self.line_start(line.line, &mut members, out);
                members.write("quantity", out, |out| write_int(line.quantity, out));
                out.push(b'}');
            }
            out.push(b']');
        });
        out.push(b'}');
    }

    /// Appends a refund, the payload of `refunds/create`.
    pub fn refund(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let state = self.state;
        let record = &state.refunds[position as usize];
        let id = u64::from(position);
        let lines = &state.refund_lines[record.lines.range()];
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("id", out, |out| ids::REFUND.write_number(id, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::REFUND.write_gid(id, out)
        });
        members.write("order_id", out, |out| {
            ids::ORDER.write_number(u64::from(record.order), out)
        });
        members.write("created_at", out, |out| self.time(record.created_at, out));
        members.write("processed_at", out, |out| self.time(record.created_at, out));
        members.write("note", out, |out| {
            let note = state.refund_notes.get(&position);
            write_optional_text(note.map(String::as_str), out);
        });
        for name in ["user_id", "return"] {
            members.write(name, out, raw("null"));
        }
        let restocks = lines
            .iter()
            .any(|line| line.restock != RestockType::NoRestock);
        members.write("restock", out, raw(if restocks { "true" } else { "false" }));
        for name in ["duties", "order_adjustments", "refund_shipping_lines"] {
            members.write(name, out, raw("[]"));
        }
        members.write("total_duties_set", out, |out| self.money_set(0, out));
        members.write("refund_line_items", out, |out| {
            out.push(b'[');
            for (index, (line, at)) in lines.iter().zip(record.lines.range()).enumerate() {
                comma(out, index);
                out.extend_from_slice(b"{\"id\":");
                ids::REFUND_LINE.write_number(at as u64, out);
                out.extend_from_slice(b",\"line_item_id\":");
                ids::LINE_ITEM.write_number(u64::from(line.line), out);
                out.extend_from_slice(b",\"location_id\":");
                if line.restock == RestockType::NoRestock {
                    out.extend_from_slice(b"null");
                } else {
                    ids::LOCATION.write_number(u64::from(line.location), out);
                }
                out.extend_from_slice(b",\"quantity\":");
                write_int(line.quantity, out);
                out.extend_from_slice(b",\"restock_type\":");
                write_text(line.restock.words().1, out);
                // Of all money in payloads, these two are numbers.
                out.extend_from_slice(b",\"subtotal\":");
                let cents = state.lines[line.line as usize].price_cents * i64::from(line.quantity);
                write_cents(cents, out);
                out.extend_from_slice(b",\"total_tax\":0.0,\"subtotal_set\":");
                self.money_set(cents, out);
                out.extend_from_slice(b",\"line_item\":");
                self.line(line.line, &PayloadFilter::default(), out);
                out.push(b'}');
            }
            out.push(b']');
        });
        members.write("transactions", out, |out| {
            out.extend_from_slice(b"[{\"id\":");
            ids::REFUND_TRANSACTION.write_number(id, out);
            out.extend_from_slice(b",\"order_id\":");
            ids::ORDER.write_number(u64::from(record.order), out);
            out.extend_from_slice(b",\"parent_id\":");
            ids::SALE_TRANSACTION.write_number(u64::from(record.order), out);
            out.extend_from_slice(
                br#","kind":"refund","status":"success","gateway":"shopify_payments","amount":"#,
            );
            cents_text(record.amount_cents, out);
            out.extend_from_slice(b",\"currency\":");
            write_text(&state.shop.currency, out);
            out.extend_from_slice(b"}]");
        });
        out.push(b'}');
    }

    /// Appends the payload of `bulk_operations/finish`.
    pub fn bulk_operation(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let operation = &self.state.bulk_operations[position as usize];
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("admin_graphql_api_id", out, |out| {
            ids::BULK_OPERATION.write_gid(u64::from(position), out);
        });
        members.write("completed_at", out, |out| {
            self.time(operation.completed_at, out)
        });
        members.write("created_at", out, |out| {
            self.time(operation.created_at, out)
        });
        members.write("error_code", out, raw("null"));
        members.write("status", out, |out| {
            let status = operation.status_name(Micros::MAX).to_ascii_lowercase();
            write_text(&status, out);
        });
        members.write("type", out, raw("\"query\""));
        out.push(b'}');
    }

    /// Appends a stock level, the payload of `inventory_levels/update`.
    pub fn level(&self, listing: u32, location: u16, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let level = self.state.level(listing, location);
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("inventory_item_id", out, |out| {
            ids::INVENTORY_ITEM.write_number(u64::from(listing), out);
        });
        members.write("location_id", out, |out| {
            ids::LOCATION.write_number(u64::from(location), out);
        });
        members.write("available", out, |out| write_int(level.available, out));
        members.write("updated_at", out, |out| self.time(level.updated_at, out));
        members.write("admin_graphql_api_id", out, |out| {
            ids::write_level_gid(ids::INVENTORY_LEVEL, listing, location, out);
        });
        out.push(b'}');
    }
}
