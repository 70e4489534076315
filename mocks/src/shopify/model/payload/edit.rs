//! Order edits.

use super::Payloads;
use super::filter::PayloadFilter;
use super::members::{Members, raw};
use crate::shopify::json::write_int;
use crate::shopify::model::ids;

impl Payloads<'_> {
    /// Appends an order edit, the payload of `orders/edited`: the difference alone, and no word of the stock.
    pub(crate) fn edit(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let edit = &self.state.edits[position as usize];
        out.extend_from_slice(b"{\"order_edit\":");
        let mut members = Members {
            filter,
            is_first: true,
        };
        out.push(b'{');
        members.write("id", out, |out| {
            ids::ORDER_EDIT.write_number(u64::from(position), out)
        });
        members.write("app_id", out, raw("null"));
        members.write("created_at", out, |out| self.time(edit.created_at, out));
        members.write("notify_customer", out, raw("false"));
        members.write("order_id", out, |out| {
            ids::ORDER.write_number(u64::from(edit.order), out)
        });
        members.write("staff_note", out, raw("\"\""));
        members.write("user_id", out, raw("null"));
        members.write("line_items", out, |out| {
            out.extend_from_slice(b"{\"additions\":[],\"removals\":[{\"id\":");
            ids::LINE_ITEM.write_number(u64::from(edit.line), out);
            out.extend_from_slice(b",\"delta\":");
            write_int(edit.removed, out);
            out.extend_from_slice(b"}]}");
        });
        out.extend_from_slice(b"}}");
    }
}
