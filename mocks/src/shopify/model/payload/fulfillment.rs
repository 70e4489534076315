//! Fulfillments.

use super::Payloads;
use super::customer::Purpose;
use super::filter::PayloadFilter;
use super::members::{Members, comma, raw};
use crate::shopify::json::{write_int, write_optional_text, write_text, write_texts};
use crate::shopify::model::ids;

impl Payloads<'_> {
    /// Appends a fulfillment, the payload of every `fulfillments/*` topic.
    pub(crate) fn fulfillment(&self, position: u32, filter: &PayloadFilter, out: &mut Vec<u8>) {
        let state = self.state;
        let record = &state.fulfillments[position as usize];
        let id = u64::from(position);
        let mut members = Members {
            filter,
            is_first: true,
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
            state.write_fulfillment_name(position, out);
        });
        members.write("status", out, |out| write_text(record.status().1, out));
        members.write("service", out, raw("\"manual\""));
        members.write("shipment_status", out, |out| {
            let event = state.fulfillment_events.get(record.last_event as usize);
            let status = event.map(|event| event.status.to_ascii_lowercase());
            write_optional_text(status.as_deref(), out);
        });
        members.write("created_at", out, |out| self.time(record.created_at, out));
        members.write("updated_at", out, |out| self.time(record.updated_at, out));
        members.write("location_id", out, |out| {
            ids::LOCATION.write_number(u64::from(record.location), out);
        });
        members.write("origin_address", out, raw("null"));
        members.write("email", out, |out| {
            state.write_order_email(record.order, out);
        });
        members.write("tracking_company", out, |out| {
            write_optional_text(tracking.company.as_deref(), out);
        });
        members.write("tracking_number", out, |out| {
            write_optional_text(tracking.numbers.first().map(String::as_str), out);
        });
        members.write("tracking_numbers", out, |out| {
            write_texts(&tracking.numbers, out)
        });
        members.write("tracking_url", out, |out| {
            write_optional_text(tracking.urls.first().map(String::as_str), out);
        });
        members.write("tracking_urls", out, |out| write_texts(&tracking.urls, out));
        members.write("receipt", out, raw("{}"));
        members.write_filtered("destination", out, |filter, out| {
            self.address(record.order, Purpose::Shipping, filter, out);
        });
        members.write("line_items", out, |out| {
            out.push(b'[');
            for (index, line) in state.fulfillment_lines[record.lines.range()]
                .iter()
                .filter(|line| line.shown > 0)
                .enumerate()
            {
                comma(out, index);
                let mut members = Members {
                    filter: &PayloadFilter::default(),
                    is_first: true,
                };
                out.push(b'{');
                self.line_start(line.line, &mut members, out);
                members.write("quantity", out, |out| write_int(line.shown, out));
                out.push(b'}');
            }
            out.push(b']');
        });
        out.push(b'}');
    }
}
