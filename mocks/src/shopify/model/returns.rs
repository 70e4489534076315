//! Returns as apps keep them (docs/platforms/shopify.md 3.6): asked for, approved or declined, processed, closed.

use super::span::Span;
use super::state::State;
use crate::core::Micros;

/// A return of units of one order.
#[derive(Clone, Debug)]
pub(crate) struct Return {
    /// Its order.
    pub(crate) order: u32,
    /// The how-manieth of its order, from 1.
    pub(crate) number: u32,
    pub(crate) state: ReturnState,
    pub(crate) created_at: Micros,
    /// When it was approved; `Micros::MAX` means "not".
    pub(crate) approved_at: Micros,
    /// When it was closed; `Micros::MAX` means "not".
    pub(crate) closed_at: Micros,
    /// Why it was declined: the reason as the schema's enum names it, and a note.
    pub(crate) decline: Option<(String, Option<String>)>,
    /// Its lines.
    pub(crate) lines: Span,
}

/// Where a return stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReturnState {
    Requested,
    Open,
    Closed,
    Canceled,
    Declined,
}

impl ReturnState {
    /// GraphQL's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ReturnState::Requested => "REQUESTED",
            ReturnState::Open => "OPEN",
            ReturnState::Closed => "CLOSED",
            ReturnState::Canceled => "CANCELED",
            ReturnState::Declined => "DECLINED",
        }
    }

    /// Whether units of it are not free for another return.
    pub(crate) fn holds_units(self) -> bool {
        !matches!(self, ReturnState::Canceled | ReturnState::Declined)
    }
}

/// Units of a shipment's line that are to come back.
#[derive(Clone, Debug)]
pub(crate) struct ReturnLine {
    /// The return.
    pub(crate) of: u32,
    /// The shipment's line.
    pub(crate) fulfillment_line: u32,
    pub(crate) quantity: u32,
    /// Units that have been processed.
    pub(crate) processed: u32,
    /// Those of them that the order counted until then; the others had left it by a refund.
    pub(crate) taken_out: u32,
    /// Why, as the schema's enum names it.
    pub(crate) reason: String,
    pub(crate) reason_note: String,
    pub(crate) customer_note: Option<String>,
    /// What became of the units.
    pub(crate) dispositions: Vec<Disposition>,
}

/// What became of units that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disposition {
    /// As the schema's enum names it.
    pub(crate) kind: String,
    pub(crate) quantity: u32,
    pub(crate) location: Option<u16>,
}

impl ReturnLine {
    /// Units whose whereabouts have been told.
    pub(crate) fn disposed(&self) -> u32 {
        self.dispositions.iter().map(|it| it.quantity).sum()
    }

    /// Units whose whereabouts nobody has told yet.
    pub(crate) fn undisposed(&self) -> u32 {
        self.quantity.saturating_sub(self.disposed())
    }
}

impl State {
    /// The returns of an order, oldest first.
    pub(crate) fn returns_of(&self, order: u32) -> &[u32] {
        self.returns_of.get(&order).map_or(&[], Vec::as_slice)
    }

    /// The lines of a return of which something is left.
    pub(crate) fn lines_of_return(&self, at: u32) -> Vec<u32> {
        let range = self.returns[at as usize].lines.range();
        let left = range.filter(|line| self.return_lines[*line].quantity > 0);
        left.map(|line| line as u32).collect()
    }

    /// Whether a return has been approved.
    pub(crate) fn is_approved_return(&self, at: u32) -> bool {
        self.returns[at as usize].approved_at != Micros::MAX
    }

    /// Units of a shipment's line that are in no return.
    pub(crate) fn returnable(&self, order: u32, fulfillment_line: u32) -> u32 {
        let held: u32 = self
            .returns_of(order)
            .iter()
            .map(|at| &self.returns[*at as usize])
            .filter(|record| record.state.holds_units())
            .flat_map(|record| &self.return_lines[record.lines.range()])
            .filter(|line| line.fulfillment_line == fulfillment_line)
            .map(|line| line.quantity)
            .sum();
        let shipped = self.fulfillment_lines[fulfillment_line as usize].quantity;
        shipped.saturating_sub(held)
    }

    /// Where the returns of an order stand, as the schema's enum names it.
    pub(crate) fn return_status(&self, order: u32) -> &'static str {
        let has = |state: ReturnState| {
            let mut own = self.returns_of(order).iter();
            own.any(|at| self.returns[*at as usize].state == state)
        };
        if has(ReturnState::Open) {
            "IN_PROGRESS"
        } else if has(ReturnState::Requested) {
            "RETURN_REQUESTED"
        } else if self.orders[order as usize].returned_units > 0 || has(ReturnState::Closed) {
            "RETURNED"
        } else {
            "NO_RETURN"
        }
    }
}
