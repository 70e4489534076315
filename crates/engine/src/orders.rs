//! The order book: every order the engine has seen, once.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::canonical::{Line, LineKey, Order, OrderKey, OrderState, Parcel, ShipTo, SkuIndex};
use oversell_kernel::Micros;

/// An order as the engine keeps it.
#[derive(Clone, Debug)]
pub struct BookedOrder {
    /// Latest known state.
    pub state: OrderState,
    /// Platform time of that state.
    pub updated_at: Micros,
    /// Lines; empty until they are known.
    pub lines: Box<[Line]>,
    /// Address, when known.
    pub ship_to: Option<ShipTo>,
    /// The warehouse's allocation, once it answered.
    pub allocation: Option<u64>,
    /// The engine has asked the warehouse for units.
    pub allocation_asked: bool,
    /// The warehouse was told that the order may ship.
    pub released: bool,
    /// The warehouse lacked units for some line.
    pub short: bool,
    /// Units the warehouse is still to ship.
    pub unshipped_units: u32,
    /// Units that turned out to be missing when they were picked, by line; hardly ever any.
    pub missing: Vec<(LineKey, u32)>,
    /// The parcel that left last, while others are still to leave.
    pub last_parcel: Option<Parcel>,
    /// Units that have left, by line where there are several.
    left: Left,
}

/// Units of an order that have left the warehouse.
#[derive(Clone, Debug)]
enum Left {
    /// Of the only line.
    OfOne(u32),
    /// By line.
    ByLine(Vec<(LineKey, u32)>),
}

impl BookedOrder {
    /// Notes that units of a line have left.
    pub fn note_left(&mut self, line: LineKey, units: u32) {
        match &mut self.left {
            Left::OfOne(left) => *left += units,
            Left::ByLine(left) => left.push((line, units)),
        }
    }

    /// The units that have left, by SKU; an SKU may be named more than once.
    pub fn left(&self) -> Vec<(SkuIndex, u32)> {
        let line = |id: LineKey| self.lines.iter().find(|line| line.id == id);
        match &self.left {
            Left::OfOne(0) => Vec::new(),
            Left::OfOne(units) => self.lines.iter().map(|line| (line.sku, *units)).collect(),
            Left::ByLine(left) => left
                .iter()
                .filter_map(|(id, units)| Some((line(*id)?.sku, *units)))
                .collect(),
        }
    }

    /// What of the order has left or will leave: its lines less what was missing.
    pub fn lines_to_ship(&self) -> Vec<(LineKey, u32)> {
        let missing = |id: LineKey| {
            let of_line = self.missing.iter().filter(|(line, _)| *line == id);
            of_line.map(|(_, units)| *units).sum::<u32>()
        };
        self.lines
            .iter()
            .map(|line| (line.id, line.units.saturating_sub(missing(line.id))))
            .filter(|(_, units)| *units > 0)
            .collect()
    }
}

/// What a sighting of an order meant.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Seen with its lines for the first time; count its units.
    New,
    /// Its state changed from this one.
    Changed(OrderState),
    /// Nothing new.
    Known,
}

/// All orders of one channel.
#[derive(Debug, Default)]
pub struct OrderBook {
    orders: IndexMap<OrderKey, BookedOrder, FxBuildHasher>,
    /// Sightings that brought nothing new: duplicates, echoes, overlapping polls.
    pub repeated_sightings: u64,
}

impl OrderBook {
    /// Takes a sighting. Older news never overwrite newer ones, and an end state (cancelled) is final: platforms do not
    /// guarantee the order of their signals.
    pub fn see(&mut self, order: Order) -> Sighting {
        match self.orders.get_mut(&order.key) {
            None if order.lines.is_empty() => Sighting::Known,
            None => {
                let unshipped_units = order.lines.iter().map(|line| line.units).sum();
                self.orders.insert(
                    order.key,
                    BookedOrder {
                        unshipped_units,
                        left: match order.lines.len() {
                            1 => Left::OfOne(0),
                            _ => Left::ByLine(Vec::new()),
                        },
                        state: order.state,
                        updated_at: order.updated_at,
                        lines: order.lines.into_boxed_slice(),
                        ship_to: order.ship_to,
                        allocation: None,
                        allocation_asked: false,
                        released: false,
                        short: false,
                        missing: Vec::new(),
                        last_parcel: None,
                    },
                );
                Sighting::New
            }
            Some(booked) => {
                if booked.ship_to.is_none() {
                    booked.ship_to = order.ship_to;
                }
                if order.updated_at < booked.updated_at
                    || booked.state == order.state
                    || booked.state == OrderState::Cancelled
                {
                    self.repeated_sightings += 1;
                    booked.updated_at = booked.updated_at.max(order.updated_at);
                    return Sighting::Known;
                }
                booked.updated_at = order.updated_at;
                let before = std::mem::replace(&mut booked.state, order.state);
                Sighting::Changed(before)
            }
        }
    }

    /// An order.
    pub fn get(&self, key: OrderKey) -> Option<&BookedOrder> {
        self.orders.get(&key)
    }

    /// An order, to be changed.
    pub fn get_mut(&mut self, key: OrderKey) -> Option<&mut BookedOrder> {
        self.orders.get_mut(&key)
    }

    /// Whether a signal with this platform time would be news.
    pub fn is_news(&self, key: OrderKey, updated_at: Micros) -> bool {
        self.orders
            .get(&key)
            .is_none_or(|booked| booked.updated_at < updated_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(state: OrderState, updated_at: u64, lines: usize) -> Order {
        Order {
            key: OrderKey(7),
            state,
            created_at: Micros(1),
            updated_at: Micros(updated_at),
            lines: (0..lines)
                .map(|n| Line {
                    id: LineKey(n as u64),
                    sku: SkuIndex(0),
                    units: 1,
                })
                .collect(),
            ship_to: None,
            restocked: None,
            lacked_stock: false,
        }
    }

    #[test]
    fn counts_an_order_once_whatever_the_order_of_its_signals() {
        let mut book = OrderBook::default();
        assert_eq!(
            book.see(order(OrderState::Open, 5, 0)),
            Sighting::Known,
            "without lines there is nothing to count"
        );
        assert_eq!(book.see(order(OrderState::Open, 5, 2)), Sighting::New);
        assert_eq!(book.see(order(OrderState::Open, 5, 2)), Sighting::Known);
        assert_eq!(
            book.see(order(OrderState::Held, 3, 2)),
            Sighting::Known,
            "older news"
        );
        assert_eq!(
            book.see(order(OrderState::Cancelled, 9, 2)),
            Sighting::Changed(OrderState::Open)
        );
        assert_eq!(
            book.see(order(OrderState::Open, 10, 2)),
            Sighting::Known,
            "cancelled is final"
        );
        assert_eq!(book.repeated_sightings, 3);
    }

    #[test]
    fn what_has_left_is_known_by_sku() {
        for lines in [1, 2] {
            let mut book = OrderBook::default();
            book.see(order(OrderState::Open, 5, lines));
            let booked = book.get_mut(OrderKey(7)).unwrap();
            assert_eq!(booked.left(), []);
            for line in 0..lines {
                booked.note_left(LineKey(line as u64), 1);
            }
            assert_eq!(booked.left(), vec![(SkuIndex(0), 1); lines]);
        }
    }
}
