//! The lines of an order, as a connector reads them one by one.
//!
//! A part must not be taken for the whole: the units of the rest would count nowhere, and a fence that relies on the order
//! feed would give them out again (docs/theory.md A5, H2). So an order of which a line does not tell its SKU is not seen at
//! all; it waits in quarantine until it can be read whole. A line of which it is certain that its SKU is none of the
//! catalogue's is another matter: nothing that the engine looks after was sold with it, and the order counts without. A text
//! that nobody knows makes that certain only where there is nothing else to go by; elsewhere it may be one of ours, mistold.

use super::Event;
use crate::canonical::{Line, Order, OrderKey, SkuIndex};

/// What a line tells of its SKU.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineSku<'a> {
    /// One of the catalogue's.
    Ours(SkuIndex),
    /// None of the catalogue's.
    Other(&'a str),
    /// Nothing.
    Untold,
}

impl<'a> LineSku<'a> {
    /// The same from where a text that nobody knows proves nothing, since the order can be read by something better.
    pub(crate) fn unless_in_doubt(self) -> LineSku<'a> {
        match self {
            LineSku::Other(_) => LineSku::Untold,
            told => told,
        }
    }
}

/// The lines of one order.
pub(crate) struct OrderLines {
    order: OrderKey,
    lines: Vec<Line>,
    is_whole: bool,
}

impl OrderLines {
    /// None yet, with room for so many.
    pub(crate) fn new(order: OrderKey, capacity: usize) -> OrderLines {
        OrderLines {
            order,
            lines: Vec::with_capacity(capacity),
            is_whole: true,
        }
    }

    /// Takes a line, or quarantines it beside the order.
    pub(crate) fn push(
        &mut self,
        sku: LineSku<'_>,
        line: impl FnOnce(SkuIndex) -> Line,
        events: &mut Vec<Event>,
    ) {
        let reason = match sku {
            LineSku::Ours(sku) => {
                self.lines.push(line(sku));
                return;
            }
            LineSku::Other(text) => format!("unknown SKU {text}"),
            LineSku::Untold => {
                self.is_whole = false;
                "a line does not tell its SKU".to_owned()
            }
        };
        events.push(Event::Quarantined {
            order: Some(self.order),
            reason,
        });
    }

    /// Pushes the order with its lines, if every line has told its SKU.
    pub(crate) fn see(self, order: impl FnOnce(Vec<Line>) -> Order, events: &mut Vec<Event>) {
        if self.is_whole {
            events.push(Event::OrderSeen(order(self.lines)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{LineKey, OrderState};
    use crate::connectors::skus::SkuTable;
    use oversell_kernel::Micros;

    /// The SKUs of the lines of an order that is seen, and how many lines were quarantined.
    fn read(texts: &[Option<&str>], is_in_doubt: bool) -> (Option<Vec<u32>>, usize) {
        let skus = SkuTable::new(&["POT".to_owned(), "PAN".to_owned()]);
        let (mut lines, mut events) = (OrderLines::new(OrderKey(9), texts.len()), Vec::new());
        for text in texts {
            let sku = skus.of_line(*text);
            let sku = if is_in_doubt {
                sku.unless_in_doubt()
            } else {
                sku
            };
            let line = |sku| Line {
                id: LineKey(1),
                sku,
                units: 1,
                current_units: 1,
            };
            lines.push(sku, line, &mut events);
        }
        let quarantined = events.len();
        let order = |lines| Order {
            key: OrderKey(9),
            state: OrderState::Open,
            created_at: Micros::ZERO,
            updated_at: Micros::ZERO,
            lines,
            ship_to: None,
            restocked: None,
            lacked_stock: false,
        };
        lines.see(order, &mut events);
        let seen = events.drain(quarantined..).next().map(|event| match event {
            Event::OrderSeen(order) => order.lines.iter().map(|line| line.sku.0).collect(),
            other => panic!("{other:?}"),
        });
        (seen, quarantined)
    }

    #[test]
    fn no_part_of_an_order_is_taken_for_the_whole() {
        assert_eq!(
            read(&[Some("PAN"), Some("POT")], false),
            (Some(vec![1, 0]), 0)
        );
        for untold in [None, Some("")] {
            assert_eq!(read(&[Some("PAN"), untold], false), (None, 1));
        }
        assert_eq!(read(&[Some("PAN"), Some("LID")], false), (Some(vec![1]), 1));
        assert_eq!(read(&[Some("PAN"), Some("LID")], true), (None, 1));
        assert_eq!(read(&[Some("PAN")], true), (Some(vec![1]), 0));
    }
}
