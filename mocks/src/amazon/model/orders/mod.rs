//! Orders: the store, and what lists show of it.
//!
//! An order is a row of dense vectors plus a chain of *changes*. A change carries the commit time and the status after
//! it; what a reader sees is always the order *as of* some change: the newest for the seller's own acts, the newest
//! that has reached the list index for lists, the newest past its lag for reads by id. That is how a commit time can be
//! older than the first moment at which anybody could have seen it (docs/platforms/amazon.md 4.4).

pub(crate) mod packages;
pub(crate) mod postal_code;
pub(crate) mod view;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::core::{Micros, OrderRef, Party, Telling};

use super::catalogue::SkuIndex;
pub(crate) use packages::{Package, PackageItem, PackageTexts};
pub(crate) use postal_code::{CITY, write_postal_code};
pub(crate) use view::View;

/// No change, no package.
const NONE: u32 = u32::MAX;

/// Why buyers here cancel, in every payload that carries a reason.
pub(crate) const BUYER_CANCEL_REASON: &str = "Changed my mind";

/// Status of an order. Only those that occur here; both APIs know more.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    /// Placed, not yet released to the seller.
    Pending,
    /// To be shipped.
    Unshipped,
    /// Shipped in part.
    PartiallyShipped,
    /// Shipped.
    Shipped,
    /// Cancelled.
    Canceled,
}

impl Status {
    /// Every status.
    pub(crate) const ALL: [Status; 5] = [
        Status::Pending,
        Status::Unshipped,
        Status::PartiallyShipped,
        Status::Shipped,
        Status::Canceled,
    ];

    /// Whether the Orders API tells where an order goes: not before it may be shipped, and not once it will not be.
    pub(crate) const fn has_address(self) -> bool {
        !matches!(self, Status::Pending | Status::Canceled)
    }

    /// Name in Orders v0 and in notifications: cancelled has one L.
    pub(crate) const fn name_v0(self) -> &'static str {
        match self {
            Status::Pending => "Pending",
            Status::Unshipped => "Unshipped",
            Status::PartiallyShipped => "PartiallyShipped",
            Status::Shipped => "Shipped",
            Status::Canceled => "Canceled",
        }
    }

    /// Name in Orders v2026-01-01: cancelled has two Ls.
    pub(crate) const fn name_2026(self) -> &'static str {
        match self {
            Status::Pending => "PENDING",
            Status::Unshipped => "UNSHIPPED",
            Status::PartiallyShipped => "PARTIALLY_SHIPPED",
            Status::Shipped => "SHIPPED",
            Status::Canceled => "CANCELLED",
        }
    }

    /// Whether nothing can happen to the order any more.
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Status::Shipped | Status::Canceled)
    }
}

/// What a change was about; decides which notification it makes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Trigger {
    /// The status is new.
    Status,
    /// The buyer asks for a cancel.
    BuyerRequest,
    /// Something that makes no notification, such as a corrected tracking number.
    Detail,
}

/// One order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// When it was placed.
    pub(crate) placed_at: Micros,
    latest: u32,
    listed: u32,
    first_line: u32,
    first_package: u32,
    /// Where it ships to.
    pub(crate) postal_code: u32,
    line_count: u16,
    /// Two-letter country where it ships to.
    pub(crate) country: [u8; 2],
    /// Whether Amazon fulfils it from its own warehouses.
    pub(crate) fulfilled_by_amazon: bool,
}

/// One line of an order.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What was bought.
    pub(crate) sku: SkuIndex,
    /// Units ordered and not cancelled since; what a reader of an older change sees is [`View::ordered`].
    pub(crate) units: u32,
    /// Units shipped so far.
    pub(crate) shipped: u32,
    /// Units that came back.
    pub(crate) returned: u32,
}

/// One change of an order.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Commit time: `LastUpdateDate`.
    pub(crate) at: Micros,
    /// The order.
    pub(crate) order: u32,
    previous: u32,
    /// How many changes of this order came before.
    step: u16,
    /// Status after it.
    pub(crate) status: Status,
    /// What it was about.
    pub(crate) trigger: Trigger,
    /// Whether the buyer has asked for a cancel by then.
    pub(crate) cancel_requested: bool,
    /// Who cancelled, if it is cancelled.
    pub(crate) cancelled_by: Option<Party>,
    /// Whether it is what lists show of its order.
    pub(crate) listed: bool,
}

impl Change {
    /// Number of a change among all changes of all orders, independent of what becomes of other orders: keys its draws.
    pub(crate) fn entity(&self) -> u64 {
        u64::from(self.order) << 16 | u64::from(self.step)
    }
}

/// Units of a line that were cancelled by a change of their order.
#[derive(Copy, Clone, Debug)]
struct RemovedUnits {
    change: u32,
    line: u16,
    units: u32,
}

/// All orders of the shop.
#[derive(Debug, Default)]
pub(crate) struct OrderBook {
    orders: Vec<Order>,
    lines: Vec<Line>,
    changes: Vec<Change>,
    packages: Vec<Package>,
    package_items: Vec<PackageItem>,
    /// Units cancelled while the rest of their order went on, by order; hardly any order has some.
    removals: IndexMap<u32, Vec<RemovedUnits>, FxBuildHasher>,
    texts: String,
    /// Changes on their way into the list index. Nothing observable happens when one arrives, so it is applied when a
    /// list is next read, and is no timer.
    arriving: BinaryHeap<Reverse<(Micros, u32)>>,
    /// What the body that is being written tells of orders.
    pub(crate) telling: Telling,
}

impl OrderBook {
    /// How many orders there are.
    pub(crate) fn len(&self) -> u32 {
        self.orders.len() as u32
    }

    /// The n-th order.
    pub(crate) fn get(&self, order: OrderRef) -> Option<&Order> {
        self.orders.get(order.0 as usize)
    }

    /// Stores a new order with its first change, made by [`OrderBook::record`] next.
    pub(crate) fn push(
        &mut self,
        placed_at: Micros,
        postal_code: u32,
        country: [u8; 2],
        fulfilled_by_amazon: bool,
        lines: impl Iterator<Item = (SkuIndex, u32)>,
    ) -> OrderRef {
        let order = OrderRef(self.len());
        let first_line = self.lines.len() as u32;
        self.lines.extend(lines.map(|(sku, units)| Line {
            sku,
            units,
            shipped: 0,
            returned: 0,
        }));
        self.orders.push(Order {
            placed_at,
            latest: NONE,
            listed: NONE,
            first_line,
            first_package: NONE,
            postal_code,
            line_count: (self.lines.len() as u32 - first_line).min(u32::from(u16::MAX)) as u16,
            country,
            fulfilled_by_amazon,
        });
        order
    }

    /// Appends a change. `at` never decreases from one call to the next, so that changes are sorted by commit time.
    pub(crate) fn record(
        &mut self,
        order: OrderRef,
        at: Micros,
        status: Status,
        trigger: Trigger,
        cancelled_by: Option<Party>,
    ) -> u32 {
        debug_assert!(self.changes.last().is_none_or(|last| last.at <= at));
        let number = self.changes.len() as u32;
        let row = &mut self.orders[order.0 as usize];
        let before = self.changes.get(row.latest as usize);
        let change = Change {
            at,
            order: order.0,
            previous: row.latest,
            step: before.map_or(0, |before| before.step.saturating_add(1)),
            status,
            trigger,
            cancel_requested: trigger == Trigger::BuyerRequest
                || before.is_some_and(|before| before.cancel_requested),
            cancelled_by,
            listed: false,
        };
        row.latest = number;
        self.changes.push(change);
        number
    }

    /// The newest change of an order.
    pub(crate) fn latest(&self, order: OrderRef) -> Option<u32> {
        self.get(order).map(|row| row.latest)
    }

    /// The change that lists show of an order, if any.
    pub(crate) fn listed(&self, order: OrderRef) -> Option<u32> {
        self.get(order)
            .map(|row| row.listed)
            .filter(|&change| change != NONE)
    }

    /// The change before, of the same order.
    pub(crate) fn previous(&self, change: u32) -> Option<u32> {
        self.changes
            .get(change as usize)
            .map(|change| change.previous)
            .filter(|&previous| previous != NONE)
    }

    /// A change by its number.
    pub(crate) fn change(&self, change: u32) -> Option<&Change> {
        self.changes.get(change as usize)
    }

    /// Status of an order now.
    pub(crate) fn status(&self, order: OrderRef) -> Option<Status> {
        self.changes
            .get(self.latest(order)? as usize)
            .map(|change| change.status)
    }

    /// Lines of an order.
    pub(crate) fn lines(&self, order: OrderRef) -> &[Line] {
        self.get(order).map_or(&[], |row| {
            &self.lines[row.first_line as usize..][..usize::from(row.line_count)]
        })
    }

    /// Lines of an order, to be changed.
    pub(crate) fn lines_mut(&mut self, order: OrderRef) -> &mut [Line] {
        match self.orders.get(order.0 as usize) {
            Some(row) => &mut self.lines[row.first_line as usize..][..usize::from(row.line_count)],
            None => &mut [],
        }
    }

    /// Notes that a change took units out of a line, so that readers of older changes still see them.
    pub(crate) fn note_removal(&mut self, order: OrderRef, change: u32, line: usize, units: u32) {
        let line = line as u16;
        let removed = RemovedUnits {
            change,
            line,
            units,
        };
        self.removals.entry(order.0).or_default().push(removed);
    }

    /// Number in the shop of the line at a position of an order.
    pub(crate) fn line_number(&self, order: OrderRef, position: usize) -> Option<u32> {
        self.get(order).map(|row| row.first_line + position as u32)
    }

    /// Position in an order of the line with this number in the shop.
    pub(crate) fn position_of_line(&self, order: OrderRef, line: u32) -> Option<usize> {
        let row = self.get(order)?;
        let position = line.checked_sub(row.first_line)?;
        (position < u32::from(row.line_count)).then_some(position as usize)
    }

    /// Lets a change reach the lists at `visible_at`; at once if that is not after `now`.
    pub(crate) fn publish(&mut self, now: Micros, visible_at: Micros, change: u32) {
        if visible_at <= now {
            self.show(change);
        } else {
            self.arriving.push(Reverse((visible_at, change)));
        }
    }

    /// Brings the list index up to `now`.
    pub(crate) fn refresh_index(&mut self, now: Micros) {
        while let Some(&Reverse((at, change))) = self.arriving.peek() {
            if at > now {
                break;
            }
            self.arriving.pop();
            self.show(change);
        }
    }

    /// A change that arrives after a newer one of the same order is never shown.
    fn show(&mut self, change: u32) {
        let row = &mut self.orders[self.changes[change as usize].order as usize];
        if row.listed != NONE && row.listed > change {
            return;
        }
        let before = std::mem::replace(&mut row.listed, change);
        if before != NONE {
            self.changes[before as usize].listed = false;
        }
        self.changes[change as usize].listed = true;
    }

    /// The first change committed at or after `at`.
    pub(crate) fn first_change_from(&self, at: Micros) -> u32 {
        self.changes.partition_point(|change| change.at < at) as u32
    }

    /// The first order placed at or after `at`.
    pub(crate) fn first_order_from(&self, at: Micros) -> u32 {
        self.orders.partition_point(|order| order.placed_at < at) as u32
    }

    /// An order as of one of its changes.
    pub(crate) fn view(&self, change: u32) -> Option<View<'_>> {
        let at = self.change(change)?;
        let order = OrderRef(at.order);
        Some(View {
            number: order,
            order: self.get(order)?,
            change: at,
            change_number: change,
            lines: self.lines(order),
            book: self,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book_with_two_changes() -> (OrderBook, u32, u32) {
        let mut book = OrderBook::default();
        let order = book.push(Micros(1), 10, *b"US", false, [(SkuIndex(0), 3)].into_iter());
        let placed = book.record(order, Micros(1), Status::Pending, Trigger::Status, None);
        let released = book.record(order, Micros(2), Status::Unshipped, Trigger::Status, None);
        (book, placed, released)
    }

    #[test]
    fn lists_show_the_newest_change_that_has_arrived_and_never_go_back() {
        let (mut book, placed, released) = book_with_two_changes();
        book.publish(Micros(2), Micros(50), placed);
        book.publish(Micros(2), Micros(20), released);
        book.refresh_index(Micros(19));
        assert_eq!(book.listed(OrderRef(0)), None);
        book.refresh_index(Micros(20));
        assert_eq!(book.listed(OrderRef(0)), Some(released));
        book.refresh_index(Micros(60));
        assert_eq!(book.listed(OrderRef(0)), Some(released));
        assert!(!book.change(placed).unwrap().listed);
    }

    #[test]
    fn a_view_does_not_know_later_packages() {
        let (mut book, _, released) = book_with_two_changes();
        let order = OrderRef(0);
        let texts = PackageTexts {
            carrier: "UPS",
            method: "",
            tracking: "1Z",
            ship_date: "2026-11-23T12:00:00Z",
        };
        let partly = book.record(
            order,
            Micros(5),
            Status::PartiallyShipped,
            Trigger::Status,
            None,
        );
        book.add_package(
            order,
            partly,
            1,
            texts,
            &[PackageItem { line: 0, units: 1 }],
        );
        let again = book.record(
            order,
            Micros(6),
            Status::PartiallyShipped,
            Trigger::Status,
            None,
        );
        book.add_package(order, again, 2, texts, &[PackageItem { line: 0, units: 1 }]);
        assert_eq!(book.view(released).unwrap().units(), (0, 3));
        assert_eq!(book.view(partly).unwrap().units(), (1, 2));
        assert_eq!(book.view(again).unwrap().units(), (2, 1));
        let corrected = PackageTexts {
            tracking: "1Y",
            ..texts
        };
        assert!(book.edit_package(order, 2, corrected));
        assert!(!book.edit_package(order, 3, corrected));
        let tracking: Vec<&str> = book
            .packages(order)
            .map(|package| book.package_texts(package).tracking)
            .collect();
        assert_eq!(tracking, ["1Z", "1Y"]);
    }
}
