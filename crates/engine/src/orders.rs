//! The order book: every order the engine has seen, once.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::canonical::{
    Line, LineKey, Order, OrderKey, OrderState, Parcel, ShipTo, Shipment, SkuIndex,
};
use crate::planted::planted;
use oversell_kernel::Micros;

/// An order as the engine keeps it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
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
    /// Units have been taken out of the order since it was booked.
    pub is_reduced: bool,
    /// The parcels that have left, while others are still to leave.
    parcels: Vec<Shipment>,
    /// Units that have left, by line where there are several.
    left: Left,
    /// Units that the platform has on record as shipped, by line.
    on_record: Vec<(LineKey, u32)>,
}

/// What a sighting with fewer units says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reduction {
    /// Taken out of the order: a line for each that has fewer units than before, with how many fewer.
    pub removed: Vec<Line>,
    /// How many of them had left the warehouse before it could be told.
    pub gone: Vec<(SkuIndex, u32)>,
}

impl Reduction {
    /// Whether some of the units are still set aside in the warehouse.
    fn keeps_units(&self) -> bool {
        let removed: u32 = self.removed.iter().map(|line| line.units).sum();
        removed > self.gone.iter().map(|(_, units)| units).sum()
    }
}

/// Units of an order that have left the warehouse.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Left {
    /// Of the only line.
    OfOne(u32),
    /// By line.
    ByLine(Vec<(LineKey, u32)>),
}

impl BookedOrder {
    /// Notes that a parcel with units of a line has left, and answers how many of them the order does not want any more.
    pub fn note_left(&mut self, order: OrderKey, line: LineKey, parcel: Parcel) -> u32 {
        let wanted = self.lines.iter().find(|it| it.id == line);
        let wanted = wanted.map_or(0, |it| it.current_units);
        let due = parcel.units.min(wanted.saturating_sub(self.left_of(line)));
        match &mut self.left {
            Left::OfOne(left) => *left += parcel.units,
            Left::ByLine(left) => left.push((line, parcel.units)),
        }
        self.unshipped_units = self.unshipped_units.saturating_sub(due);
        if due > 0 {
            let number = &parcel.tracking_number;
            let same = self.parcels.iter_mut();
            match same.into_iter().find(|it| it.tracking_number == *number) {
                Some(shipment) => shipment.lines.push((line, due)),
                None => self.parcels.push(Shipment {
                    order,
                    lines: vec![(line, due)],
                    carrier: parcel.carrier,
                    tracking_number: parcel.tracking_number,
                    shipped_at: parcel.shipped_at,
                }),
            }
        }
        parcel.units - due
    }

    fn left_of(&self, line: LineKey) -> u32 {
        match &self.left {
            Left::OfOne(left) => *left,
            Left::ByLine(left) => {
                let of_line = left.iter().filter(|(id, _)| *id == line);
                of_line.map(|(_, units)| units).sum()
            }
        }
    }

    /// Takes the parcels that have left, once nothing more will.
    pub fn take_parcels(&mut self) -> Vec<Shipment> {
        if self.unshipped_units > 0 {
            return Vec::new();
        }
        std::mem::take(&mut self.parcels)
    }

    /// Lines and units that are still wanted.
    pub fn current_lines(&self) -> impl Iterator<Item = (LineKey, u32)> + '_ {
        self.lines.iter().map(|line| (line.id, line.current_units))
    }

    /// Notes that the platform has units on record as shipped.
    pub fn note_on_record(&mut self, lines: &[(LineKey, u32)]) {
        self.on_record.extend_from_slice(lines);
    }

    /// Takes units out of the lines that another sighting shows with fewer, and answers them. Units that the platform has on
    /// record as shipped are none of them: on Shopify a returned unit lowers the current quantity as well. Units that have
    /// left and are not on record yet may be: the parcel and the news crossed.
    fn reduce(&mut self, seen: &[Line]) -> Reduction {
        let mut reduction = Reduction::default();
        for seen in seen {
            let left = self.left_of(seen.id);
            let on_record = self.on_record.iter().filter(|(id, _)| *id == seen.id);
            let on_record: u32 = on_record.map(|(_, units)| units).sum();
            let Some(line) = self.lines.iter_mut().find(|line| line.id == seen.id) else {
                continue;
            };
            let kept = seen.current_units.max(on_record);
            let units = line.current_units.saturating_sub(kept);
            if units > 0 {
                let waiting = line.current_units.saturating_sub(left);
                line.current_units -= units;
                reduction.removed.push(Line { units, ..*line });
                self.unshipped_units = self.unshipped_units.saturating_sub(units.min(waiting));
                if units > waiting {
                    reduction.gone.push((line.sku, units - waiting));
                }
            }
        }
        self.is_reduced |= reduction.keeps_units();
        reduction
    }

    /// Whether any unit has left.
    pub fn has_left(&self) -> bool {
        match &self.left {
            Left::OfOne(units) => *units > 0,
            Left::ByLine(left) => !left.is_empty(),
        }
    }

    /// The units that have left and were wanted, by SKU; a SKU may be named more than once. Whatever has left beyond them was
    /// told when it left, or when it was taken out.
    pub fn left(&self) -> Vec<(SkuIndex, u32)> {
        let left = self.lines.iter().map(|line| {
            let units = self.left_of(line.id).min(line.current_units);
            (line.sku, units)
        });
        left.filter(|(_, units)| *units > 0).collect()
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
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct OrderBook {
    orders: IndexMap<OrderKey, BookedOrder, FxBuildHasher>,
    /// Sightings that brought nothing new: duplicates, echoes, overlapping polls.
    pub repeated_sightings: u64,
}

impl OrderBook {
    /// Takes what a sighting says of units taken out of an order that goes on without them. An edit that puts units into an order is not followed.
    pub fn reduce(&mut self, order: &Order) -> Reduction {
        match self.orders.get_mut(&order.key) {
            Some(booked)
                if order.updated_at >= booked.updated_at
                    && order.state != OrderState::Cancelled
                    && booked.state != OrderState::Cancelled =>
            {
                booked.reduce(&order.lines)
            }
            _ => Reduction::default(),
        }
    }

    /// Takes a sighting. Older news never overwrite newer ones, and an end state (cancelled) is final: platforms do not
    /// guarantee the order of their signals.
    pub fn see(&mut self, order: Order) -> Sighting {
        match self.orders.get_mut(&order.key) {
            None if order.lines.is_empty() => Sighting::Known,
            None => {
                let current = order.lines.iter().map(|line| line.current_units);
                let unshipped_units = current.sum();
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
                        is_reduced: false,
                        parcels: Vec::new(),
                        on_record: Vec::new(),
                    },
                );
                Sighting::New
            }
            Some(booked)
                if planted!(DedupeLeftOutNowAndThen)
                    && order.key.0.is_multiple_of(4)
                    && booked.state == OrderState::Cancelled
                    && order.state == OrderState::Cancelled =>
            {
                Sighting::Changed(OrderState::Open)
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
    use proptest::prelude::*;

    const NOTHING: Reduction = Reduction {
        removed: Vec::new(),
        gone: Vec::new(),
    };

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
                    current_units: 1,
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
                let parcel = parcel(1, "1Z");
                assert_eq!(
                    booked.note_left(OrderKey(7), LineKey(line as u64), parcel),
                    0
                );
            }
            assert_eq!(booked.left(), vec![(SkuIndex(0), 1); lines]);
        }
    }

    fn parcel(units: u32, tracking_number: &str) -> Parcel {
        Parcel {
            units,
            carrier: "UPS".to_owned(),
            tracking_number: tracking_number.to_owned(),
            shipped_at: Micros(3),
        }
    }

    fn of_units(updated_at: u64, units: u32, current_units: u32) -> Order {
        let mut order = order(OrderState::Open, updated_at, 1);
        order.lines[0].units = units;
        order.lines[0].current_units = current_units;
        order
    }

    #[test]
    fn units_taken_out_are_told_once_and_never_by_older_news() {
        let mut book = OrderBook::default();
        book.see(of_units(5, 3, 3));
        assert_eq!(book.reduce(&of_units(4, 3, 1)), NOTHING, "older news");
        let Reduction { removed, gone } = book.reduce(&of_units(5, 3, 2));
        assert_eq!(gone, []);
        assert_eq!(removed.len(), 1);
        assert_eq!((removed[0].units, removed[0].current_units), (1, 2));
        assert_eq!(book.reduce(&of_units(6, 3, 2)), NOTHING, "told before");
        let booked = book.get(OrderKey(7)).unwrap();
        assert_eq!((booked.unshipped_units, booked.is_reduced), (2, true));
        let cancelled = Order {
            state: OrderState::Cancelled,
            ..of_units(9, 3, 0)
        };
        assert_eq!(
            book.reduce(&cancelled),
            NOTHING,
            "all of it is another matter"
        );
    }

    #[test]
    fn units_sent_back_are_not_taken_out() {
        let mut book = OrderBook::default();
        book.see(of_units(5, 2, 2));
        let booked = book.get_mut(OrderKey(7)).unwrap();
        booked.note_left(OrderKey(7), LineKey(0), parcel(2, "1Z"));
        booked.note_on_record(&[(LineKey(0), 2)]);
        assert_eq!(book.reduce(&of_units(9, 2, 1)), NOTHING);
    }

    /// Of five units three leave while two are taken out, one of which is none of the three; the platform has the three that
    /// are left of the order on record before the news arrive.
    #[test]
    fn units_taken_out_while_they_leave_are_taken_out_and_gone() {
        for on_record in [0, 3] {
            let mut book = OrderBook::default();
            book.see(of_units(5, 5, 5));
            let booked = book.get_mut(OrderKey(7)).unwrap();
            booked.note_left(OrderKey(7), LineKey(0), parcel(4, "1Z"));
            booked.note_on_record(&[(LineKey(0), on_record)]);
            let Reduction { removed, gone } = book.reduce(&of_units(9, 5, 3));
            assert_eq!(removed.len(), 1);
            assert_eq!((removed[0].units, removed[0].current_units), (2, 3));
            assert_eq!(gone, [(SkuIndex(0), 1)]);
            let booked = book.get_mut(OrderKey(7)).unwrap();
            assert_eq!((booked.unshipped_units, booked.is_reduced), (0, true));
            // Cancelled now, the other three are gone as well, and no unit twice.
            assert_eq!(booked.left(), [(SkuIndex(0), 3)]);
        }
    }

    proptest! {
        /// Whatever the order of the news: taken out is what the platform took out, and of what has left, whatever is not
        /// wanted in the end was told to be gone, once.
        #[test]
        fn no_unit_is_taken_out_or_gone_twice(
            units in 1..9u32,
            news in prop::collection::vec((any::<bool>(), 1..4u32), 0..8),
        ) {
            let mut book = OrderBook::default();
            book.see(of_units(5, units, units));
            let (mut current, mut left, mut removed, mut gone) = (units, 0, 0, 0);
            for (at, (is_parcel, some)) in (6..).zip(news) {
                if is_parcel {
                    let some = some.min(units - left);
                    left += some;
                    let booked = book.get_mut(OrderKey(7)).unwrap();
                    gone += booked.note_left(OrderKey(7), LineKey(0), parcel(some, "1Z"));
                } else {
                    current = u32::saturating_sub(current, some);
                    let reduction = book.reduce(&of_units(at, units, current));
                    removed += reduction.removed.iter().map(|line| line.units).sum::<u32>();
                    gone += reduction.gone.iter().map(|(_, units)| units).sum::<u32>();
                }
                prop_assert_eq!(removed, units - current);
                prop_assert_eq!(gone, left.saturating_sub(current));
                let booked = book.get(OrderKey(7)).unwrap();
                prop_assert_eq!(booked.unshipped_units, current.saturating_sub(left));
            }
            let rest: u32 = book.get(OrderKey(7)).unwrap().left().iter().map(|(_, units)| units).sum();
            prop_assert_eq!(gone + rest, left, "all that has left, if it is cancelled");
        }
    }

    #[test]
    fn each_parcel_of_a_split_line_is_a_shipment_and_no_unit_is_told_beyond_the_order() {
        let mut book = OrderBook::default();
        book.see(of_units(5, 4, 3));
        let booked = book.get_mut(OrderKey(7)).unwrap();
        assert_eq!(
            booked.note_left(OrderKey(7), LineKey(0), parcel(2, "east")),
            0
        );
        assert!(booked.take_parcels().is_empty(), "one is still to leave");
        assert_eq!(
            booked.note_left(OrderKey(7), LineKey(0), parcel(2, "west")),
            1
        );
        let told: Vec<_> = booked
            .take_parcels()
            .into_iter()
            .map(|it| (it.tracking_number, it.lines))
            .collect();
        let line = |units| vec![(LineKey(0), units)];
        assert_eq!(
            told,
            [("east".to_owned(), line(2)), ("west".to_owned(), line(1))]
        );
    }
}
