//! Parcels that have left, as the merchant tells of them (docs/custom.md 4).

use crate::core::{Fact, Micros, OrderRef};
use crate::custom::model::orders::{Parcel, Status};

use super::ShopState;

/// Most parcels of one order.
const MOST_PARCELS: usize = 100;

/// Why a shipment is not taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotShippable {
    /// The order is unpaid or on hold.
    Pending,
    /// The order is cancelled.
    Cancelled,
    /// All of it has left.
    Fulfilled,
    /// A line is not the order's, is named twice, or has fewer units to leave.
    Lines,
    /// The order has too many parcels.
    TooMany,
}

/// A shipment to book.
pub(crate) struct Shipment<'a> {
    pub(crate) order: u32,
    pub(crate) tracking_number: &'a str,
    pub(crate) carrier: &'a str,
    /// Positions of lines, with units; none means all that have not left.
    pub(crate) lines: Vec<(u32, u32)>,
}

impl ShopState {
    /// The place of the parcel with this tracking number among the order's: another one with it is that parcel told again
    /// (docs/custom.md 4).
    pub(crate) fn parcel_with(&self, order: u32, tracking_number: &str) -> Option<usize> {
        let is_told = |parcel: &Parcel| *parcel.tracking_number == *tracking_number;
        self.orders.order(order).parcels.iter().position(is_told)
    }

    /// Books a shipment and answers its place among the order's parcels.
    pub(crate) fn ship(
        &mut self,
        now: Micros,
        shipment: Shipment<'_>,
    ) -> Result<usize, NotShippable> {
        let order = shipment.order;
        let record = self.orders.order(order);
        let too_late = match record.status {
            Status::Pending => return Err(NotShippable::Pending),
            Status::Open => None,
            Status::Cancelled => Some(NotShippable::Cancelled),
            Status::Fulfilled => Some(NotShippable::Fulfilled),
        };
        if record.parcels.len() == MOST_PARCELS {
            return Err(NotShippable::TooMany);
        }
        let open_since = record.open_since;
        let mut lines = shipment.lines;
        if lines.is_empty() {
            let all = (0u32..).zip(self.orders.lines(order));
            lines = all
                .map(|(place, line)| (place, line.open()))
                .filter(|(_, units)| *units > 0)
                .collect();
        }
        lines.sort_unstable();
        let of = self.orders.lines(order);
        let fits = |&(place, units): &(u32, u32)| {
            let line = of.get(place as usize);
            units > 0 && line.is_some_and(|line| units <= line.open())
        };
        let is_twice = lines.windows(2).any(|pair| pair[0].0 == pair[1].0);
        let refused = match too_late {
            None if is_twice || !lines.iter().all(fits) => Some(NotShippable::Lines),
            refused => refused,
        };
        if let Some(refused) = refused {
            self.fact(Fact::FulfillmentRefused {
                order: OrderRef(order),
            });
            return Err(refused);
        }
        for &(place, units) in &lines {
            self.orders.line_mut(order, place as usize).fulfilled += units;
        }
        let complete = self.orders.open_units(order) == 0;
        self.fact(Fact::FulfillmentConfirmed {
            order: OrderRef(order),
            units: lines.iter().map(|(_, units)| units).sum(),
            complete,
            late: now.since(open_since) > self.profile.orders.ship_within,
        });
        let record = self.orders.order_mut(order);
        record.parcels.push(Parcel {
            tracking_number: shipment.tracking_number.into(),
            carrier: shipment.carrier.into(),
            at: now,
            lines: lines.into(),
        });
        let place = record.parcels.len() - 1;
        if complete {
            record.status = Status::Fulfilled;
        }
        self.order_changed(now, order);
        Ok(place)
    }
}
