//! Refunds.

use super::Payloads;
use super::filter::PayloadFilter;
use super::members::{Members, cents_text, comma, raw};
use crate::shopify::json::{write_cents, write_int, write_optional_text, write_text};
use crate::shopify::model::ids;

impl Payloads<'_> {
    /// Appends what a refund paid back of shipping, and beyond or below what its lines cost.
    fn order_adjustments(&self, position: u32, out: &mut Vec<u8>) {
        let record = &self.state.refunds[position as usize];
        let discrepancy = record.discrepancy.words().1;
        // Shipping leaves the order, so its amount is negative, as is what is paid back beyond the lines.
        let shipping = -record.shipping_cents;
        let adjustments = [
            (
                ids::SHIPPING_ADJUSTMENT,
                shipping,
                "shipping_refund",
                "Shipping refund",
            ),
            (
                ids::ORDER_ADJUSTMENT,
                record.discrepancy_cents,
                "refund_discrepancy",
                discrepancy,
            ),
        ];
        out.push(b'[');
        let present = adjustments.iter().filter(|(_, cents, ..)| *cents != 0);
        for (index, (space, cents, kind, reason)) in present.enumerate() {
            comma(out, index);
            out.extend_from_slice(b"{\"id\":");
            space.write_number(u64::from(position), out);
            out.extend_from_slice(b",\"order_id\":");
            ids::ORDER.write_number(u64::from(record.order), out);
            out.extend_from_slice(b",\"refund_id\":");
            ids::REFUND.write_number(u64::from(position), out);
            out.extend_from_slice(b",\"amount\":");
            cents_text(*cents, out);
            out.extend_from_slice(b",\"tax_amount\":\"0.00\",\"kind\":");
            write_text(kind, out);
            out.extend_from_slice(b",\"reason\":");
            write_text(reason, out);
            out.extend_from_slice(b",\"amount_set\":");
            self.order_money_set(record.order, *cents, out);
            out.extend_from_slice(b",\"tax_amount_set\":");
            self.order_money_set(record.order, 0, out);
            out.push(b'}');
        }
        out.push(b']');
    }

    /// Appends a refund, the payload of `refunds/create`.
    pub(crate) fn refund(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
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
        let restocks = lines.iter().any(|line| line.is_restocked);
        members.write("restock", out, raw(if restocks { "true" } else { "false" }));
        members.write("duties", out, raw("[]"));
        members.write("order_adjustments", out, |out| {
            self.order_adjustments(position, out);
        });
        members.write("refund_shipping_lines", out, raw("[]"));
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
                if line.is_restocked {
                    ids::LOCATION.write_number(u64::from(line.location), out);
                } else {
                    out.extend_from_slice(b"null");
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
            if !state.moves_money(record) {
                return out.extend_from_slice(b"[]");
            }
            out.extend_from_slice(b"[{\"id\":");
            ids::REFUND_TRANSACTION.write_number(id, out);
            out.extend_from_slice(b",\"order_id\":");
            ids::ORDER.write_number(u64::from(record.order), out);
            out.extend_from_slice(b",\"parent_id\":");
            let made = state.made(record.order);
            let paid = made.and_then(|made| state.money_in(made));
            match (made, paid) {
                (None, _) => ids::SALE_TRANSACTION.write_number(u64::from(record.order), out),
                (_, Some(paid)) => ids::PAYMENT_TRANSACTION.write_number(u64::from(paid), out),
                _ => out.extend_from_slice(b"null"),
            }
            out.extend_from_slice(br#","kind":"refund","status":"success","gateway":"#);
            let gateway = paid.map(|at| state.payments[at as usize].gateway.as_str());
            write_text(gateway.unwrap_or("shopify_payments"), out);
            out.extend_from_slice(br#","amount":"#);
            cents_text(record.amount_cents, out);
            out.extend_from_slice(b",\"currency\":");
            write_text(state.currencies(record.order).0, out);
            out.extend_from_slice(b"}]");
        });
        out.push(b'}');
    }
}
