//! An order as a reader sees it.

use crate::core::OrderRef;

use super::{Change, Line, Order, OrderBook, Package, PackageItem, PackageTexts, Status};

/// An order as of one of its changes: the same answer whenever it is asked.
#[derive(Copy, Clone, Debug)]
pub(crate) struct View<'a> {
    /// Which order.
    pub(crate) number: OrderRef,
    /// Its row.
    pub(crate) order: &'a Order,
    /// The change.
    pub(crate) change: &'a Change,
    pub(super) change_number: u32,
    /// Its lines; quantities shipped are to be asked from [`View::shipped`].
    pub(crate) lines: &'a [Line],
    pub(super) book: &'a OrderBook,
}

impl<'a> View<'a> {
    /// Units of a line ordered and not cancelled by then.
    pub(crate) fn ordered(&self, position: usize) -> u32 {
        let now = self.lines.get(position).map_or(0, |line| line.units);
        let later = self.book.removals.get(&self.number.0);
        let later = later.into_iter().flatten().filter(|removed| {
            usize::from(removed.line) == position && removed.change > self.change_number
        });
        now + later.map(|removed| removed.units).sum::<u32>()
    }

    /// Units taken out of the order by then.
    fn removed_units(&self) -> u32 {
        let removals = self.book.removals.get(&self.number.0).into_iter().flatten();
        removals
            .filter(|removed| removed.change <= self.change_number)
            .map(|removed| removed.units)
            .sum()
    }

    /// Notes that a body shows the order as it is here, with its lines or without.
    pub(crate) fn is_shown(&self, with_lines: bool) {
        let is_cancelled = self.change.status == Status::Canceled;
        self.book
            .telling
            .note_order(self.number, with_lines, self.removed_units(), is_cancelled);
    }

    /// Units of a line shipped by then.
    pub(crate) fn shipped(&self, position: usize) -> u32 {
        match self.change.status {
            Status::Pending | Status::Unshipped | Status::Canceled => 0,
            Status::Shipped => self.ordered(position),
            Status::PartiallyShipped => self
                .packages()
                .flat_map(|package| self.book.package_items(package))
                .filter(|item| usize::from(item.line) == position)
                .map(|item| item.units)
                .sum(),
        }
    }

    /// Packages confirmed by then.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &'a Package> {
        let newest = self.change_number;
        self.book
            .packages(self.number)
            .filter(move |package| package.change <= newest)
    }

    /// Texts of a package.
    pub(crate) fn package_texts(&self, package: &Package) -> PackageTexts<'a> {
        self.book.package_texts(package)
    }

    /// Items of a package.
    pub(crate) fn package_items(&self, package: &Package) -> &'a [PackageItem] {
        self.book.package_items(package)
    }

    /// Number in the shop of the line at a position.
    pub(crate) fn line_number(&self, position: usize) -> u32 {
        self.order.first_line + position as u32
    }

    /// Units shipped and units still to be shipped, over all lines.
    pub(crate) fn units(&self) -> (u32, u32) {
        let ordered: u32 = (0..self.lines.len()).map(|line| self.ordered(line)).sum();
        match self.change.status {
            Status::Pending | Status::Unshipped => (0, ordered),
            Status::Shipped => (ordered, 0),
            Status::Canceled => (0, 0),
            Status::PartiallyShipped => {
                let shipped = (0..self.lines.len()).map(|line| self.shipped(line)).sum();
                (shipped, ordered.saturating_sub(shipped))
            }
        }
    }
}
