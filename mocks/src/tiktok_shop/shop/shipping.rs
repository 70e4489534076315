//! Shipping: what leaves in a package, and what that does to order and stock (docs/platforms/tiktok_shop.md 7).

use crate::core::{Fact, Micros, OrderRef};
use crate::tiktok_shop::model::orders::{NONE, Package, Status};
use crate::tiktok_shop::model::stock::Trigger;

use super::ShopState;
use super::events::Event;

/// Packages an order may be shipped in.
const PACKAGES_PER_ORDER: u8 = 250;

/// Why a shop refuses to ship, or to take back.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such order.
    NoSuchOrder,
    /// The hold after payment has not ended.
    OnHold,
    /// The order's status does not allow it.
    NotShippable,
    /// A unit is not the order's, or has left.
    LineNotShippable,
    /// Units have not been shipped or are in a return already.
    NotReturnable,
}

/// A shipment to book.
pub(crate) struct Shipment<'a> {
    pub(crate) order: u32,
    pub(crate) tracking_number: &'a str,
    pub(crate) provider: usize,
    /// Whether the platform makes the label.
    pub(crate) has_label: bool,
    /// Units by position within the order; none means all that have not left.
    pub(crate) units: Vec<u32>,
}

impl ShopState {
    /// Reports a shipment that came too late: the order is cancelled or has left.
    pub(crate) fn refuse_shipment(&mut self, order: u32) -> Refusal {
        self.fact(Fact::FulfillmentRefused {
            order: OrderRef(order),
        });
        Refusal::NotShippable
    }

    /// Books a shipment and answers the number of its package.
    pub(crate) fn ship(&mut self, now: Micros, shipment: &Shipment<'_>) -> Result<u8, Refusal> {
        let order = shipment.order;
        let record = self.orders.order(order);
        match record.status {
            Status::AwaitingShipment | Status::PartiallyShipping => {}
            Status::OnHold => return Err(Refusal::OnHold),
            Status::Unpaid => return Err(Refusal::NotShippable),
            _ => {
                return Err(self.refuse_shipment(order));
            }
        }
        if record.packages >= PACKAGES_PER_ORDER {
            return Err(Refusal::NotShippable);
        }
        let (package, paid_at) = (record.packages + 1, record.paid_at);
        let left = self.orders.units(record);
        let open = |unit: u32| left.get(unit as usize) == Some(&0);
        let mut units = shipment.units.clone();
        if units.is_empty() {
            units.extend((0..record.units).filter(|unit| open(*unit)));
        }
        units.sort_unstable();
        units.dedup();
        if !units.iter().all(|unit| open(*unit)) {
            self.fact(Fact::FulfillmentRefused {
                order: OrderRef(order),
            });
            return Err(Refusal::LineNotShippable);
        }

        let booked = self.orders.units_mut(order);
        for unit in &units {
            booked[*unit as usize] = package;
        }
        self.orders.push_package(Package {
            order,
            number: package,
            provider: shipment.provider as u8,
            shipped_at: now,
            updated_at: now,
            tracking_number: shipment.tracking_number.into(),
            has_label: shipment.has_label,
            next: NONE,
        });
        let record = self.orders.order_mut(order);
        record.shipped_units += units.len() as u32;
        let complete = record.open_units() == 0;
        self.fact(Fact::FulfillmentConfirmed {
            order: OrderRef(order),
            units: units.len() as u32,
            complete,
            late: now > paid_at + self.profile.orders.dispatch_sla,
        });
        self.deduct_committed(now, order, &units);
        if complete {
            self.orders.order_mut(order).committed = false;
        }
        if let Some(index) = self.pending_cancellation(order) {
            self.withdraw(now, index);
        }
        if !complete {
            self.raise(
                now,
                Event::PackageSplit {
                    order,
                    package,
                    at: now,
                },
            );
        }
        let status = if complete {
            Status::AwaitingCollection
        } else {
            Status::PartiallyShipping
        };
        if self.orders.order(order).status != status {
            self.set_status(now, order, status);
        }
        Ok(package)
    }

    /// Takes shipped units, given in rising order, off the committed stock.
    fn deduct_committed(&mut self, now: Micros, order: u32, units: &[u32]) {
        let mut first = 0;
        let mut rest = units;
        for line in 0..self.orders.lines(self.orders.order(order)).len() {
            let of = &self.orders.lines(self.orders.order(order))[line];
            let (listing, location) = (of.listing, usize::from(of.location));
            let end = first + of.units;
            let count = rest.iter().take_while(|unit| **unit < end).count();
            rest = &rest[count..];
            first = end;
            if count > 0 {
                let count = count as i64;
                self.stock.add_committed(listing, location, -count);
                self.inventory_changed(now, listing, Trigger::OrderShipped, 0, -count);
            }
        }
    }
}
