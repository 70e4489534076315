//! Returns as GraphQL objects (docs/platforms/shopify.md 3.6).

use super::reader::{Reader, null, null_object};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{write_int, write_optional_text, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::returns::ReturnState;

impl Reader<'_> {
    /// Appends the returns of an order as a connection.
    pub(super) fn returns_of(&self, field: &PlanField, order: u32, out: &mut Vec<u8>) -> u64 {
        let own = self.state.returns_of(order);
        self.connection_by_id(
            field,
            (ids::RETURN, own),
            |selection, at, out| self.return_object(selection, at, out),
            out,
        )
    }

    /// Appends a return's fields.
    pub(crate) fn return_object(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let state = self.state;
        let record = &state.returns[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::RETURN.write_gid(u64::from(position), out),
                Field::Name => state.write_return_name(position, out),
                Field::Status => write_text(record.state.word(), out),
                Field::CreatedAt => self.time(record.created_at, out),
                Field::ClosedAt => self.time(record.closed_at, out),
                Field::RequestApprovedAt => self.time(record.approved_at, out),
                Field::TotalQuantity => {
                    let lines = &state.return_lines[record.lines.range()];
                    write_int(lines.iter().map(|line| line.quantity).sum::<u32>(), out);
                }
                Field::Decline => {
                    let Some((reason, note)) = &record.decline else {
                        return null_object(out);
                    };
                    return 1 + self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::Reason => write_text(reason, out),
                            Field::Note => write_optional_text(note.as_deref(), out),
                            _ => self.unserved(part, out),
                        }
                        0
                    });
                }
                Field::Order => return 1 + self.order(field.selection(), record.order, out),
                Field::ReturnLineItems => {
                    let shown = state.lines_of_return(position);
                    return self.connection_by_id(
                        field,
                        (ids::RETURN_LINE, &shown),
                        |selection, at, out| self.return_line(selection, at, out),
                        out,
                    );
                }
                Field::ReverseFulfillmentOrders => {
                    // What is to come back is set up when the return is approved.
                    let is_approved = record.approved_at <= self.now;
                    return self.connection(
                        field,
                        usize::from(is_approved),
                        |_| position,
                        |at| Self::id_cursor(ids::REVERSE_FULFILLMENT_ORDER, u64::from(at)),
                        |selection, at, out| self.reverse_fulfillment_order(selection, at, out),
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of a return's line.
    pub(crate) fn return_line(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let line = &self.state.return_lines[position as usize];
        let unprocessed = line.quantity.saturating_sub(line.processed);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::RETURN_LINE.write_gid(u64::from(position), out),
                Field::Quantity => write_int(line.quantity, out),
                Field::ProcessedQuantity => write_int(line.processed, out),
                Field::ProcessableQuantity | Field::UnprocessedQuantity => {
                    write_int(unprocessed, out);
                }
                Field::RefundableQuantity => {
                    write_int(line.quantity.saturating_sub(line.refunded), out);
                }
                Field::RefundedQuantity => write_int(line.refunded, out),
                Field::ReturnReason => write_text(&line.reason, out),
                Field::ReturnReasonNote => write_text(&line.reason_note, out),
                Field::CustomerNote => write_optional_text(line.customer_note.as_deref(), out),
                Field::FulfillmentLineItem => {
                    let at = line.fulfillment_line;
                    return 1 + self.fulfillment_line(field.selection(), at, out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of what is to come back of a return.
    pub(crate) fn reverse_fulfillment_order(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let record = &self.state.returns[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::REVERSE_FULFILLMENT_ORDER.write_gid(u64::from(position), out),
                Field::Status => write_text(
                    match record.state {
                        ReturnState::Canceled => "CANCELED",
                        ReturnState::Closed => "CLOSED",
                        _ => "OPEN",
                    },
                    out,
                ),
                Field::Order => return 1 + self.order(field.selection(), record.order, out),
                Field::LineItems => {
                    let shown = self.state.lines_of_return(position);
                    return self.connection_by_id(
                        field,
                        (ids::REVERSE_LINE, &shown),
                        |selection, at, out| self.reverse_line(selection, at, out),
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of a line of what is to come back.
    pub(crate) fn reverse_line(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let line = &self.state.return_lines[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::REVERSE_LINE.write_gid(u64::from(position), out),
                Field::TotalQuantity => write_int(line.quantity, out),
                Field::FulfillmentLineItem => {
                    let at = line.fulfillment_line;
                    return 1 + self.fulfillment_line(field.selection(), at, out);
                }
                Field::Dispositions => {
                    return self.list(field, &line.dispositions, out, |selection, it, out| {
                        self.object(selection, out, |part, out| {
                            match (part.field, it.location) {
                                (Field::Type, _) => write_text(&it.kind, out),
                                (Field::Quantity, _) => write_int(it.quantity, out),
                                (Field::Location, Some(location)) => {
                                    return 1 + self.location(part.selection(), location, out);
                                }
                                (Field::Location, None) => null(out),
                                _ => self.unserved(part, out),
                            }
                            0
                        })
                    });
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }
}
