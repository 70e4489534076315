//! Accepted orders: what they hold and how far they have come. A record is a few dozen bytes and lives until the end of
//! the run, because an engine may speak of an order at any time.

use std::collections::BTreeMap;

use channel_mocks::core::{Micros, OrderRef, StockOwner};

use crate::world::SkuIndex;

/// When an engine has heard of something.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Not yet.
    NotYet,
    /// At this time.
    At(Micros),
    /// It will never matter: the order was cancelled before the engine heard of it.
    Void,
}

/// One accepted order.
#[derive(Clone, Debug)]
pub(super) struct OrderRecord {
    pub accepted_at: Micros,
    /// When the merchant's own system received it; `Micros::MAX` before.
    pub received_at: Micros,
    /// When a message told the engine of it, or at the latest when it passed it on; `Micros::MAX` before.
    pub known_at: Micros,
    /// When it was cancelled; `Micros::MAX` before.
    pub cancelled_at: Micros,
    /// When a message told the engine so; `Micros::MAX` before.
    pub cancellation_known_at: Micros,
    first_line: u32,
    pub units: u32,
    pub shipped: u32,
    pub short: u32,
    pub confirmed: u32,
    /// Units taken out of the order after they had left: the channel will never show them as shipped.
    pub left_unwanted: u32,
    pub owner: StockOwner,
    pub cancelled: bool,
    /// Cancelled before the engine heard of it, and not heard of since.
    pub void: bool,
    /// The engine has acknowledged a webhook that told of it.
    pub acknowledged: bool,
    /// A payload that told of it was altered.
    pub altered: bool,
    /// An app made it: no buyer placed it, and it holds nothing of what can be sold.
    pub by_app: bool,
}

impl OrderRecord {
    /// Whether the merchant's own system has to receive it still: not when all its units have left without that.
    pub fn waits_for_ingestion(&self) -> bool {
        self.owner == StockOwner::Merchant
            && self.received_at == Micros::MAX
            && !self.cancelled
            && self.shipped < self.units
    }

    /// Whether units of it can still leave the warehouse.
    pub fn waits_for_shipping(&self) -> bool {
        self.owner == StockOwner::Merchant
            && !self.cancelled
            && u64::from(self.units) > u64::from(self.shipped) + u64::from(self.short)
    }

    /// Whether units have left of which the channel does not know.
    pub fn waits_for_confirmation(&self) -> bool {
        self.owner == StockOwner::Merchant
            && !self.cancelled
            && u64::from(self.shipped) > u64::from(self.confirmed) + u64::from(self.left_unwanted)
    }
}

/// Units that were taken out of an order.
#[derive(Copy, Clone, Debug)]
struct RemovalRecord {
    sku: SkuIndex,
    happened_at: Micros,
    /// Units taken out of the order up to and with this removal.
    units_so_far: u32,
    /// Whether counts elsewhere have it to take in.
    is_event: bool,
    /// When a message told the engine of it; `Micros::MAX` before.
    known_at: Micros,
}

/// The orders of one channel, by position, with counts of those that wait for something.
#[derive(Debug, Default)]
pub(super) struct Orders {
    records: Vec<OrderRecord>,
    /// Units that are still wanted, or have left.
    lines: Vec<(SkuIndex, u32)>,
    /// Units that left, per line.
    line_shipped: Vec<u32>,
    /// What was taken out of which order, in the order in which it was. Few orders lose units.
    removals: BTreeMap<OrderRef, Vec<RemovalRecord>>,
    /// Units that left beyond what was waited for. Few do.
    left_beyond: BTreeMap<(OrderRef, SkuIndex), u32>,
    /// Every order before this one has been received, or never will have to be.
    first_waiting: usize,
    /// Orders that are followed: acknowledged ones, and those of altered payloads.
    acknowledged: u64,
    altered: u64,
    pub uningested: u64,
    pub unshipped: u64,
    pub unconfirmed: u64,
}

impl Orders {
    /// Takes orders that apps made, up to and with this one.
    pub fn accept_made(&mut self, at: Micros, order: OrderRef) {
        while self.records.len() <= order.0 as usize {
            self.accept_as(at, StockOwner::Platform, std::iter::empty(), true);
        }
    }

    /// Whether an app made an order.
    pub fn is_by_app(&self, order: OrderRef) -> bool {
        self.get(order).is_some_and(|record| record.by_app)
    }

    /// Takes a new order. Orders come in the order of their numbers; between them are those that apps made, some of which
    /// may not have been told yet.
    pub fn accept(
        &mut self,
        at: Micros,
        order: OrderRef,
        owner: StockOwner,
        lines: impl Iterator<Item = (SkuIndex, u32)>,
    ) {
        if let Some(before) = order.0.checked_sub(1) {
            self.accept_made(at, OrderRef(before));
        }
        debug_assert_eq!(
            order.0 as usize,
            self.records.len(),
            "orders are numbered as they are accepted"
        );
        self.accept_as(at, owner, lines, false);
    }

    fn accept_as(
        &mut self,
        at: Micros,
        owner: StockOwner,
        lines: impl Iterator<Item = (SkuIndex, u32)>,
        by_app: bool,
    ) {
        let first_line = self.lines.len() as u32;
        self.lines.extend(lines);
        self.line_shipped.resize(self.lines.len(), 0);
        let units = self.lines[first_line as usize..]
            .iter()
            .fold(0u32, |sum, &(_, units)| sum.saturating_add(units));
        let record = OrderRecord {
            accepted_at: at,
            received_at: Micros::MAX,
            known_at: Micros::MAX,
            cancelled_at: Micros::MAX,
            cancellation_known_at: Micros::MAX,
            first_line,
            units,
            shipped: 0,
            short: 0,
            confirmed: 0,
            left_unwanted: 0,
            owner,
            cancelled: false,
            void: false,
            acknowledged: false,
            altered: false,
            by_app,
        };
        self.uningested += u64::from(record.waits_for_ingestion());
        self.unshipped += u64::from(record.waits_for_shipping());
        self.records.push(record);
    }

    pub fn get(&self, order: OrderRef) -> Option<&OrderRecord> {
        self.records.get(order.0 as usize)
    }

    /// Changes a record through `change` and keeps the counts of waiting orders right.
    pub fn update<T>(
        &mut self,
        order: OrderRef,
        change: impl FnOnce(&mut OrderRecord) -> T,
    ) -> Option<T> {
        let record = self.records.get_mut(order.0 as usize)?;
        self.uningested -= u64::from(record.waits_for_ingestion());
        self.unshipped -= u64::from(record.waits_for_shipping());
        self.unconfirmed -= u64::from(record.waits_for_confirmation());
        let result = change(record);
        self.uningested += u64::from(record.waits_for_ingestion());
        self.unshipped += u64::from(record.waits_for_shipping());
        self.unconfirmed += u64::from(record.waits_for_confirmation());
        Some(result)
    }

    /// Marks an order of the merchant's as one that is followed to its end, once.
    pub fn follow(&mut self, order: OrderRef, mark: impl Fn(&mut OrderRecord) -> &mut bool) {
        let Some(record) = self.records.get_mut(order.0 as usize) else {
            return;
        };
        if record.owner != StockOwner::Merchant {
            return;
        }
        let before = (record.acknowledged, record.altered);
        *mark(record) = true;
        self.acknowledged += u64::from(record.acknowledged && !before.0);
        self.altered += u64::from(record.altered && !before.1);
    }

    /// How many were acknowledged, and of how many a payload was altered.
    pub fn followed(&self) -> (u64, u64) {
        (self.acknowledged, self.altered)
    }

    /// The followed ones that the merchant's own system never received, and should have.
    pub fn followed_and_lost(&self) -> impl Iterator<Item = (OrderRef, &OrderRecord)> {
        let numbered = (0u32..).map(OrderRef).zip(&self.records);
        numbered.filter(|(_, it)| (it.acknowledged || it.altered) && it.waits_for_ingestion())
    }

    fn line_range(&self, order: OrderRef) -> std::ops::Range<usize> {
        let at = order.0 as usize;
        let Some(record) = self.records.get(at) else {
            return 0..0;
        };
        let end = self
            .records
            .get(at + 1)
            .map_or(self.lines.len(), |next| next.first_line as usize);
        record.first_line as usize..end
    }

    /// The lines of an order: SKU and units. Empty for an unknown order.
    pub fn lines(&self, order: OrderRef) -> &[(SkuIndex, u32)] {
        &self.lines[self.line_range(order)]
    }

    /// Units of an order's lines that have not left.
    pub fn unshipped_lines(&self, order: OrderRef) -> impl Iterator<Item = (SkuIndex, u32)> + '_ {
        let range = self.line_range(order);
        self.lines[range.clone()]
            .iter()
            .zip(&self.line_shipped[range])
            .map(|(&(sku, units), &shipped)| (sku, units.saturating_sub(shipped)))
    }

    /// Units of an order's SKU that have left.
    pub fn left_units(&self, order: OrderRef, sku: SkuIndex) -> u32 {
        let lines = self.lines(order).iter().zip(self.unshipped_lines(order));
        lines
            .filter(|((of, _), _)| *of == sku)
            .map(|((_, units), (_, open))| units - open)
            .sum()
    }

    /// Notes that units of a line left. Returns how many of them the order was waiting for.
    pub fn ship(&mut self, order: OrderRef, sku: SkuIndex, units: u32) -> u32 {
        let range = self.line_range(order);
        let waiting = self.get(order).is_some_and(|record| !record.cancelled);
        let mut due = 0;
        for line in range {
            if self.lines[line].0 == sku && waiting {
                let open = self.lines[line].1.saturating_sub(self.line_shipped[line]);
                let taken = open.min(units - due);
                self.line_shipped[line] += taken;
                due += taken;
            }
        }
        self.update(order, |record| record.shipped += due);
        due
    }

    /// Notes that units left beyond what the order was waiting for. Returns how many of them it never asked for: those beyond
    /// all its units of the SKU, whether they were cancelled or taken out of it since.
    pub fn note_beyond(&mut self, order: OrderRef, sku: SkuIndex, units: u32) -> u32 {
        if units == 0 {
            return 0;
        }
        let (mut ordered, mut left) = (0u32, 0u32);
        for line in self
            .line_range(order)
            .filter(|line| self.lines[*line].0 == sku)
        {
            ordered = self.lines[line].1.saturating_add(ordered);
            left = self.line_shipped[line].saturating_add(left);
        }
        let mut before = 0;
        for removal in self.removals.get(&order).into_iter().flatten() {
            if removal.sku == sku {
                ordered = (removal.units_so_far - before).saturating_add(ordered);
            }
            before = removal.units_so_far;
        }
        let beyond = self.left_beyond.entry((order, sku)).or_default();
        let twice_before = left.saturating_add(*beyond).saturating_sub(ordered);
        *beyond = beyond.saturating_add(units);
        left.saturating_add(*beyond).saturating_sub(ordered) - twice_before
    }

    /// Takes units of a SKU out of an order. Answers how many of them had not left: only those are taken out of its
    /// lines.
    pub fn remove(&mut self, order: OrderRef, sku: SkuIndex, units: u32) -> u32 {
        let mut taken = 0;
        for line in self.line_range(order) {
            let (of, wanted) = &mut self.lines[line];
            if *of == sku {
                let open = wanted.saturating_sub(self.line_shipped[line]);
                let here = open.min(units - taken);
                *wanted -= here;
                taken += here;
            }
        }
        self.update(order, |record| {
            record.units -= taken;
            record.left_unwanted += units - taken;
            record.void |= record.units == 0 && record.received_at == Micros::MAX;
        });
        taken
    }

    /// Notes that units of a SKU were taken out of an order. `is_event`: whether counts elsewhere have that to take in. Answers
    /// the removal's number in the order.
    pub fn note_removal(
        &mut self,
        at: Micros,
        order: OrderRef,
        (sku, units): (SkuIndex, u32),
        is_event: bool,
    ) -> usize {
        let removals = self.removals.entry(order).or_default();
        let before = removals.last().map_or(0, |last| last.units_so_far);
        removals.push(RemovalRecord {
            sku,
            happened_at: at,
            units_so_far: before.saturating_add(units),
            is_event,
            known_at: Micros::MAX,
        });
        removals.len() - 1
    }

    /// When the engine heard of a removal.
    pub fn removal_known(&self, order: OrderRef, number: usize) -> Known {
        let removals = self.removals.get(&order);
        match (self.get(order), removals.and_then(|it| it.get(number))) {
            (None, _) | (_, None) => Known::Void,
            (Some(record), _) if record.void => Known::Void,
            (_, Some(removal)) if removal.known_at == Micros::MAX => Known::NotYet,
            (_, Some(removal)) => Known::At(removal.known_at),
        }
    }

    /// Notes that the engine has seen an order of which so many units had been taken out. Answers the removals that it hears of
    /// by that and that counts have to take in: of what, and when they happened.
    pub fn hear_of_removals(
        &mut self,
        known_at: Micros,
        order: OrderRef,
        units: u32,
    ) -> Vec<(SkuIndex, Micros)> {
        let removals = self.removals.get_mut(&order).into_iter().flatten();
        removals
            .filter(|removal| removal.units_so_far <= units && removal.known_at == Micros::MAX)
            .filter_map(|removal| {
                removal.known_at = known_at;
                removal
                    .is_event
                    .then_some((removal.sku, removal.happened_at))
            })
            .collect()
    }

    /// When the engine heard of an order.
    pub fn known(&self, order: OrderRef) -> Known {
        match self.get(order) {
            None => Known::Void,
            Some(record) if record.void => Known::Void,
            Some(record) if record.known_at == Micros::MAX => Known::NotYet,
            Some(record) => Known::At(record.known_at),
        }
    }

    /// When the engine heard of an order's cancellation.
    pub fn cancellation_known(&self, order: OrderRef) -> Known {
        match self.get(order) {
            None => Known::Void,
            Some(record) if record.void => Known::Void,
            Some(record) if record.cancellation_known_at == Micros::MAX => Known::NotYet,
            Some(record) => Known::At(record.cancellation_known_at),
        }
    }

    /// The oldest order that the merchant's own system still has to receive.
    pub fn oldest_uningested(&mut self) -> Option<(Micros, OrderRef)> {
        while let Some(record) = self.records.get(self.first_waiting) {
            if record.waits_for_ingestion() {
                return Some((record.accepted_at, OrderRef(self.first_waiting as u32)));
            }
            self.first_waiting += 1;
        }
        None
    }

    /// Units of open orders that have not left, by SKU: calls `take` once per such line.
    pub fn for_each_open_line(&self, mut take: impl FnMut(SkuIndex, u32)) {
        for at in 0..self.records.len() {
            if !self.records[at].cancelled {
                for (sku, units) in self.unshipped_lines(OrderRef(at as u32)) {
                    if units > 0 {
                        take(sku, units);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_orders(count: u32) -> Orders {
        let mut orders = Orders::default();
        for number in 0..count {
            orders.accept(
                Micros::from_secs(u64::from(number)),
                OrderRef(number),
                StockOwner::Merchant,
                [(SkuIndex(0), 2), (SkuIndex(1), 1)].into_iter(),
            );
        }
        orders
    }

    #[test]
    fn counts_what_waits() {
        let mut orders = with_orders(2);
        assert_eq!(
            (orders.uningested, orders.unshipped, orders.unconfirmed),
            (2, 2, 0)
        );
        orders.update(OrderRef(1), |record| record.received_at = Micros(5));
        assert_eq!(
            orders.oldest_uningested(),
            Some((Micros::ZERO, OrderRef(0)))
        );
        orders.update(OrderRef(0), |record| record.received_at = Micros(6));
        assert_eq!(orders.oldest_uningested(), None);
        assert_eq!(orders.ship(OrderRef(0), SkuIndex(0), 2), 2);
        assert_eq!((orders.unshipped, orders.unconfirmed), (2, 1));
        orders.update(OrderRef(0), |record| record.short += 1);
        assert_eq!(orders.unshipped, 1, "what is short cannot be waited for");
        orders.update(OrderRef(0), |record| record.confirmed += 2);
        assert_eq!(orders.unconfirmed, 0);
        assert_eq!(
            orders.ship(OrderRef(0), SkuIndex(0), 1),
            0,
            "shipped before"
        );
        assert_eq!(orders.ship(OrderRef(7), SkuIndex(0), 1), 0, "unknown order");
    }

    #[test]
    fn lines_are_those_of_the_order() {
        let orders = with_orders(3);
        assert_eq!(
            orders.lines(OrderRef(1)),
            &[(SkuIndex(0), 2), (SkuIndex(1), 1)]
        );
        assert!(orders.lines(OrderRef(3)).is_empty());
        let mut sum = 0;
        orders.for_each_open_line(|_, units| sum += units);
        assert_eq!(sum, 9);
    }

    #[test]
    fn units_taken_out_are_not_waited_for_and_do_not_leave() {
        let mut orders = with_orders(1);
        assert_eq!(orders.remove(OrderRef(0), SkuIndex(0), 1), 1);
        assert_eq!(orders.ship(OrderRef(0), SkuIndex(0), 2), 1, "one beyond");
        assert_eq!(orders.remove(OrderRef(0), SkuIndex(0), 1), 0, "it has left");
        assert_eq!((orders.unshipped, orders.unconfirmed), (1, 0));
        assert_eq!(orders.remove(OrderRef(0), SkuIndex(1), 1), 1);
        assert_eq!(orders.unshipped, 0);
    }

    /// What was taken out of an order or cancelled may leave all the same; what it never asked for left twice.
    #[test]
    fn units_that_an_order_never_asked_for_are_told_from_those_it_gave_up() {
        let mut orders = with_orders(1);
        let (order, two_of) = (OrderRef(0), SkuIndex(0));
        assert_eq!(orders.remove(order, two_of, 1), 1);
        orders.note_removal(Micros(5), order, (two_of, 1), true);
        assert_eq!(orders.ship(order, two_of, 2), 1);
        assert_eq!(orders.note_beyond(order, two_of, 1), 0, "it was taken out");
        assert_eq!(orders.ship(order, two_of, 3), 0);
        assert_eq!(orders.note_beyond(order, two_of, 3), 3);
        assert_eq!(orders.note_beyond(order, two_of, 1), 1, "and once more");
        orders.update(order, |record| record.cancelled = true);
        assert_eq!(orders.ship(order, SkuIndex(1), 1), 0);
        assert_eq!(orders.note_beyond(order, SkuIndex(1), 1), 0, "cancelled");
    }

    #[test]
    fn an_order_emptied_before_it_was_received_is_lost_to_nobody() {
        let mut orders = with_orders(1);
        orders.remove(OrderRef(0), SkuIndex(0), 2);
        assert_eq!(orders.uningested, 1);
        orders.remove(OrderRef(0), SkuIndex(1), 1);
        assert_eq!(orders.uningested, 0);
        assert_eq!(orders.known(OrderRef(0)), Known::Void);
    }
}
