//! Returns inside an order. Of what they have beyond these members nothing is published for REST and webhooks
//! (docs/platforms/shopify.md 3.2).

use super::Payloads;
use super::members::comma;
use crate::shopify::json::{write_int, write_text};
use crate::shopify::model::ids;

impl Payloads<'_> {
    /// Appends the returns of an order, oldest first.
    pub(super) fn returns(&self, order: u32, out: &mut Vec<u8>) {
        let state = self.state;
        out.push(b'[');
        for (index, at) in state.returns_of(order).iter().enumerate() {
            comma(out, index);
            let record = &state.returns[*at as usize];
            let id = u64::from(*at);
            out.extend_from_slice(b"{\"id\":");
            ids::RETURN.write_number(id, out);
            out.extend_from_slice(b",\"admin_graphql_api_id\":");
            ids::RETURN.write_gid(id, out);
            out.extend_from_slice(b",\"order_id\":");
            ids::ORDER.write_number(u64::from(order), out);
            out.extend_from_slice(b",\"name\":");
            state.write_return_name(*at, out);
            out.extend_from_slice(b",\"status\":");
            write_text(&record.state.word().to_ascii_lowercase(), out);
            for (name, time) in [
                ("created_at", record.created_at),
                ("closed_at", record.closed_at),
            ] {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                self.time(time, out);
            }
            let lines = state.lines_of_return(*at);
            let quantity = |at: &u32| state.return_lines[*at as usize].quantity;
            out.extend_from_slice(b",\"total_return_line_items\":");
            write_int(lines.iter().map(quantity).sum::<u32>(), out);
            out.extend_from_slice(b",\"return_line_items\":[");
            for (index, at) in lines.iter().enumerate() {
                comma(out, index);
                let line = &state.return_lines[*at as usize];
                let shipped = &state.fulfillment_lines[line.fulfillment_line as usize];
                out.extend_from_slice(b"{\"id\":");
                ids::RETURN_LINE.write_number(u64::from(*at), out);
                out.extend_from_slice(b",\"line_item_id\":");
                ids::LINE_ITEM.write_number(u64::from(shipped.line), out);
                out.extend_from_slice(b",\"quantity\":");
                write_int(line.quantity, out);
                out.extend_from_slice(b",\"return_reason\":");
                write_text(&line.reason.to_ascii_lowercase(), out);
                out.push(b'}');
            }
            out.extend_from_slice(b"]}");
        }
        out.push(b']');
    }
}
