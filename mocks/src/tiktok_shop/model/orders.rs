//! The order store: dense, one line item per unit only at the border (docs/platforms/tiktok_shop.md 0, 4.2).

use crate::core::{Micros, Telling};

use super::ids;

/// Status of an order (docs/platforms/tiktok_shop.md 4.2).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Status {
    Unpaid,
    OnHold,
    AwaitingShipment,
    PartiallyShipping,
    AwaitingCollection,
    InTransit,
    Delivered,
    Completed,
    Cancelled,
}

impl Status {
    const ALL: [Status; 9] = [
        Status::Unpaid,
        Status::OnHold,
        Status::AwaitingShipment,
        Status::PartiallyShipping,
        Status::AwaitingCollection,
        Status::InTransit,
        Status::Delivered,
        Status::Completed,
        Status::Cancelled,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Unpaid => "UNPAID",
            Status::OnHold => "ON_HOLD",
            Status::AwaitingShipment => "AWAITING_SHIPMENT",
            Status::PartiallyShipping => "PARTIALLY_SHIPPING",
            Status::AwaitingCollection => "AWAITING_COLLECTION",
            Status::InTransit => "IN_TRANSIT",
            Status::Delivered => "DELIVERED",
            Status::Completed => "COMPLETED",
            Status::Cancelled => "CANCELLED",
        }
    }

    /// The names of all.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Status::ALL.into_iter().map(Status::name)
    }

    pub(crate) fn named(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The word of webhook 1, which knows no PARTIALLY_SHIPPING and says CANCEL (docs/platforms/tiktok_shop.md 6.3).
    pub(crate) fn webhook_name(self) -> Option<&'static str> {
        match self {
            Status::PartiallyShipping => None,
            Status::Cancelled => Some("CANCEL"),
            status => Some(status.name()),
        }
    }

    /// Whether every unit has left.
    pub(crate) fn is_shipped(self) -> bool {
        matches!(
            self,
            Status::AwaitingCollection | Status::InTransit | Status::Delivered | Status::Completed
        )
    }

    /// Whether the seller may still cancel the order.
    pub(crate) fn seller_may_cancel(self) -> bool {
        matches!(
            self,
            Status::Unpaid | Status::OnHold | Status::AwaitingShipment
        )
    }
}

/// Stands for the package of a unit that was cancelled while the rest of its order went on.
pub(crate) const CANCELLED_UNIT: u8 = u8::MAX;

/// "There is none" among dense numbers.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) buyer: u64,
    pub(crate) created_at: Micros,
    /// `Micros::MAX` while unpaid.
    pub(crate) paid_at: Micros,
    /// When search sees the current version.
    visible_at: Micros,
    first_unit: usize,
    first_line: u32,
    lines: u32,
    pub(crate) units: u32,
    pub(crate) shipped_units: u32,
    /// Units cancelled while the rest of the order went on.
    pub(crate) cancelled_units: u32,
    current: u32,
    /// The version search sees until then; `NONE` for none.
    indexed: u32,
    pub(crate) first_package: u32,
    last_package: u32,
    pub(crate) cancellation: u32,
    pub(crate) postal_code: u32,
    pub(crate) country: [u8; 2],
    pub(crate) packages: u8,
    pub(crate) status: Status,
    /// Stays true after the hold has ended (docs/platforms/tiktok_shop.md 4.2).
    pub(crate) is_on_hold_order: bool,
    /// Whether its units are counted as committed.
    pub(crate) committed: bool,
    /// Whether it ever waited to be shipped, so that a package was made for it where packages exist up front.
    pub(crate) has_waited: bool,
}

impl Order {
    /// Units that are still to leave.
    pub(crate) fn open_units(&self) -> u32 {
        self.units - self.shipped_units - self.cancelled_units
    }
}

/// Units of one listing taken at one location.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) listing: u32,
    pub(crate) units: u32,
    pub(crate) location: u16,
    /// Whether the basket's line went on here because the location before could not serve all of it.
    pub(crate) continues: bool,
}

/// One status of one order, in order of time: the index behind `update_time`.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Version {
    pub(crate) at: Micros,
    pub(crate) order: u32,
    pub(crate) status: Status,
}

/// A shipped package.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) order: u32,
    /// From 1 within its order.
    pub(crate) number: u8,
    pub(crate) provider: u8,
    pub(crate) shipped_at: Micros,
    /// When it last changed: left, was corrected, or went on to its next status.
    pub(crate) updated_at: Micros,
    pub(crate) tracking_number: Box<str>,
    /// Whether the platform made the label, and so chose carrier and tracking number.
    pub(crate) has_label: bool,
    /// The order's next package; `NONE` for none.
    pub(crate) next: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Orders {
    all: Vec<Order>,
    lines: Vec<Line>,
    /// Package number of every unit of every order; 0 while it has not left, [`CANCELLED_UNIT`] when it never will.
    units: Vec<u8>,
    log: Vec<Version>,
    pub(crate) packages: Vec<Package>,
    /// What the body that is being written tells of orders.
    pub(crate) telling: Telling,
}

/// What a new order is made of.
pub(crate) struct NewOrder {
    pub(crate) buyer: u64,
    pub(crate) postal_code: u32,
    pub(crate) country: [u8; 2],
    pub(crate) committed: bool,
}

impl Orders {
    pub(crate) fn len(&self) -> u32 {
        self.all.len() as u32
    }

    pub(crate) fn get(&self, order: u32) -> Option<&Order> {
        self.all.get(order as usize)
    }

    /// The order with this id.
    pub(crate) fn with_id(&self, id: u64) -> Option<u32> {
        ids::order_of(id).filter(|order| *order < self.len())
    }

    /// An order that is known to exist.
    pub(crate) fn order(&self, order: u32) -> &Order {
        &self.all[order as usize]
    }

    pub(crate) fn order_mut(&mut self, order: u32) -> &mut Order {
        &mut self.all[order as usize]
    }

    /// Appends a line of the order that is being placed.
    pub(crate) fn push_line(&mut self, line: Line) {
        self.units.resize(self.units.len() + line.units as usize, 0);
        self.lines.push(line);
    }

    /// The position at which the next order's lines begin.
    pub(crate) fn line_mark(&self) -> usize {
        self.lines.len()
    }

    /// Enters an order made of the lines pushed since `line_mark`.
    pub(crate) fn push(
        &mut self,
        now: Micros,
        line_mark: usize,
        status: Status,
        visible_at: Micros,
        new: NewOrder,
    ) -> u32 {
        let order = self.len();
        let units: u32 = self.lines[line_mark..].iter().map(|line| line.units).sum();
        self.all.push(Order {
            buyer: new.buyer,
            created_at: now,
            paid_at: if status == Status::Unpaid {
                Micros::MAX
            } else {
                now
            },
            visible_at,
            first_unit: self.units.len() - units as usize,
            first_line: line_mark as u32,
            lines: (self.lines.len() - line_mark) as u32,
            units,
            shipped_units: 0,
            cancelled_units: 0,
            current: self.log.len() as u32,
            indexed: NONE,
            first_package: NONE,
            last_package: NONE,
            cancellation: NONE,
            postal_code: new.postal_code,
            country: new.country,
            packages: 0,
            status,
            is_on_hold_order: status == Status::OnHold,
            committed: new.committed,
            has_waited: status == Status::AwaitingShipment,
        });
        self.log.push(Version {
            at: now,
            order,
            status,
        });
        order
    }

    /// Moves an order to a status; search sees it from `visible_at`, or earlier when an earlier change becomes visible
    /// then, so that no change is hidden longer than its own bound.
    pub(crate) fn set_status(
        &mut self,
        now: Micros,
        order: u32,
        status: Status,
        visible_at: Micros,
    ) {
        let current = self.log.len() as u32;
        let record = &mut self.all[order as usize];
        record.visible_at = if record.visible_at <= now {
            record.indexed = record.current;
            visible_at
        } else {
            record.visible_at.min(visible_at)
        };
        record.current = current;
        record.status = status;
        record.is_on_hold_order |= status == Status::OnHold;
        record.has_waited |= status == Status::AwaitingShipment;
        if matches!(status, Status::InTransit | Status::Delivered) {
            self.packages_moved(now, order);
        }
        self.log.push(Version {
            at: now,
            order,
            status,
        });
    }

    /// Notes that the carrier has brought the packages of an order to their next status.
    fn packages_moved(&mut self, now: Micros, order: u32) {
        let mut index = self.all[order as usize].first_package;
        while let Some(package) = self.packages.get_mut(index as usize) {
            package.updated_at = now;
            index = package.next;
        }
    }

    pub(crate) fn lines(&self, order: &Order) -> &[Line] {
        let first = order.first_line as usize;
        &self.lines[first..first + order.lines as usize]
    }

    pub(crate) fn lines_mut(&mut self, order: u32) -> &mut [Line] {
        let record = &self.all[order as usize];
        let first = record.first_line as usize;
        &mut self.lines[first..first + record.lines as usize]
    }

    /// Package numbers of the order's units.
    pub(crate) fn units(&self, order: &Order) -> &[u8] {
        &self.units[order.first_unit..order.first_unit + order.units as usize]
    }

    /// The order's units that have neither left nor been cancelled, by position within the order.
    pub(crate) fn waiting_units(&self, order: &Order) -> impl Iterator<Item = u32> {
        let packages = (0..).zip(self.units(order));
        packages.filter_map(|(unit, package)| (*package == 0).then_some(unit))
    }

    pub(crate) fn units_mut(&mut self, order: u32) -> &mut [u8] {
        let record = &self.all[order as usize];
        &mut self.units[record.first_unit..record.first_unit + record.units as usize]
    }

    pub(crate) fn push_package(&mut self, package: Package) {
        let index = self.packages.len() as u32;
        let order = &mut self.all[package.order as usize];
        order.packages = package.number;
        if order.first_package == NONE {
            order.first_package = index;
        } else {
            self.packages[order.last_package as usize].next = index;
        }
        order.last_package = index;
        self.packages.push(package);
    }

    /// A shipped package of an order by its number.
    pub(crate) fn package(&self, order: &Order, number: u8) -> Option<&Package> {
        let mut index = order.first_package;
        while let Some(package) = self.packages.get(index as usize) {
            if package.number == number {
                return Some(package);
            }
            index = package.next;
        }
        None
    }

    /// A shipped package of an order by its number, to correct it.
    pub(crate) fn package_mut(&mut self, order: u32, number: u8) -> Option<&mut Package> {
        let mut index = self.all.get(order as usize)?.first_package;
        while let Some(package) = self.packages.get(index as usize) {
            if package.number == number {
                return self.packages.get_mut(index as usize);
            }
            index = package.next;
        }
        None
    }

    /// All versions, oldest first.
    pub(crate) fn log(&self) -> &[Version] {
        &self.log
    }

    /// Time of the order's last status change.
    pub(crate) fn updated_at(&self, order: &Order) -> Micros {
        self.log[order.current as usize].at
    }

    /// Position of the version that search shows; `None` while it shows none.
    pub(crate) fn indexed(&self, order: &Order, now: Micros) -> Option<u32> {
        let position = if order.visible_at <= now {
            order.current
        } else {
            order.indexed
        };
        (position != NONE).then_some(position)
    }

    /// Number of orders created before an instant.
    pub(crate) fn created_before(&self, at: Micros) -> u32 {
        self.all.partition_point(|order| order.created_at < at) as u32
    }

    /// Number of versions older than an instant.
    pub(crate) fn changed_before(&self, at: Micros) -> u32 {
        self.log.partition_point(|version| version.at < at) as u32
    }
}
