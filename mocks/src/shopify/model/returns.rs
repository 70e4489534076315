//! Returns as apps keep them (docs/platforms/shopify.md 3.6): asked for, approved or declined, processed, closed.

use super::refunds::RestockType;
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
    /// Units that refunds have paid for.
    pub(crate) refunded: u32,
    /// Those of them that their refund put back to stock.
    pub(crate) restocked_by_refund: u32,
    /// Why, as the schema's enum names it.
    pub(crate) reason: String,
    pub(crate) reason_note: String,
    pub(crate) customer_note: Option<String>,
    /// What became of the units.
    pub(crate) dispositions: Vec<Disposition>,
}

/// The disposition that puts units on sale again, as the schema's enum names it.
pub(crate) const RESTOCKED: &str = "RESTOCKED";

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

    /// Units that the order counts no longer: processing and refunds take out the same ones, as far as there are both.
    pub(crate) fn gone(&self) -> u32 {
        self.processed.max(self.refunded)
    }

    /// Units that were put on sale again: dispositions and refunds mean the same ones, as far as there are both.
    pub(crate) fn on_sale(&self) -> u32 {
        let restocked = self.dispositions.iter().filter(|it| it.kind == RESTOCKED);
        let restocked: u32 = restocked.map(|it| it.quantity).sum();
        restocked.max(self.restocked_by_refund)
    }

    /// Units that were processed and that no refund has paid for.
    pub(crate) fn unpaid(&self) -> u32 {
        self.processed.saturating_sub(self.refunded)
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

    /// The lines of returns that hold units of an order's line, oldest first.
    fn lines_holding(&self, order: u32, line: u32) -> Vec<usize> {
        self.returns_of(order)
            .iter()
            .map(|at| &self.returns[*at as usize])
            .filter(|record| record.state.holds_units())
            .flat_map(|record| record.lines.range())
            .filter(|at| {
                let shipped = self.return_lines[*at].fulfillment_line;
                self.fulfillment_lines[shipped as usize].line == line
            })
            .collect()
    }

    /// Units of an order's line that returns took out of the order and that no refund has paid for.
    pub(crate) fn processed_unpaid(&self, order: u32, line: u32) -> u32 {
        let holding = self.lines_holding(order, line).into_iter();
        holding.map(|at| self.return_lines[at].unpaid()).sum()
    }

    /// Units of an order's line that a refund can pay for.
    pub(crate) fn refundable(&self, order: u32, line: u32) -> u32 {
        self.lines[line as usize].current_quantity + self.processed_unpaid(order, line)
    }

    /// Units of a line that left with a shipment and have not come back in any way.
    pub(crate) fn with_the_buyer(&self, order: u32, line: u32) -> u32 {
        let holding = self.lines_holding(order, line).into_iter();
        let ahead = holding.map(|at| {
            let record = &self.return_lines[at];
            record.on_sale().saturating_sub(record.gone())
        });
        let record = &self.lines[line as usize];
        (record.fulfilled - record.returned).saturating_sub(ahead.sum())
    }

    /// Lets a refund pay for shipped units of a line: for those first that returns hold, of these for processed ones before
    /// others, so that no unit leaves the order or goes on sale twice. Returns how many are to be put on sale now.
    pub(crate) fn pay_for_shipped(
        &mut self,
        order: u32,
        line: u32,
        units: u32,
        is_restocked: bool,
    ) -> u32 {
        let holding = self.lines_holding(order, line);
        let (mut left, mut leaving, mut on_sale) = (units, 0, 0);
        for is_about_processed in [true, false] {
            for at in &holding {
                let record = &mut self.return_lines[*at];
                let free = match is_about_processed {
                    true => record.unpaid(),
                    false => record.quantity.saturating_sub(record.refunded),
                };
                let paid = free.min(left);
                let (gone, shown) = (record.gone(), record.on_sale());
                record.refunded += paid;
                if is_restocked {
                    record.restocked_by_refund += paid;
                }
                leaving += record.gone() - gone;
                on_sale += record.on_sale() - shown;
                left -= paid;
            }
        }
        self.count_as_returned(order, line, leaving + left);
        on_sale + if is_restocked { left } else { 0 }
    }

    /// What of a return's line of so many units refunds have paid for before it was made, and what of that they put back to
    /// stock: there are no other units left that could come back.
    pub(crate) fn paid_before(
        &self,
        order: u32,
        fulfillment_line: u32,
        quantity: u32,
    ) -> (u32, u32) {
        let line = self.fulfillment_lines[fulfillment_line as usize].line;
        let record = &self.lines[line as usize];
        let holding = self.lines_holding(order, line);
        let held = holding.iter().map(|at| &self.return_lines[*at]);
        let coming: u32 = held.map(|it| it.quantity.saturating_sub(it.gone())).sum();
        let free = (record.fulfilled - record.returned).saturating_sub(coming);
        let paid = quantity.saturating_sub(free);
        let refunds = self.refunds_of(&self.orders[order as usize]);
        let lines = refunds
            .iter()
            .flat_map(|at| &self.refund_lines[self.refunds[*at as usize].lines.range()]);
        let restocked = lines
            .filter(|it| it.line == line && it.restock == RestockType::Return)
            .map(|it| it.quantity)
            .sum::<u32>();
        let told = holding
            .iter()
            .map(|at| self.return_lines[*at].restocked_by_refund);
        (paid, paid.min(restocked.saturating_sub(told.sum())))
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
