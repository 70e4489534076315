//! Shipping: "mark as shipped" in its two body shapes, and shipping a package that exists up front (sheet 7).

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::{Fact, Micros, OrderRef};

use super::body::{self, Id};
use super::errors::{self, ApiError};
use super::ids;
use super::inventory::Trigger;
use super::json::{comma, id, raw};
use super::logistics::PROVIDERS;
use super::machine::{Call, TiktokShop};
use super::orders::{NONE, Package, Status};
use super::signals::Event;

/// Packages an order may be shipped in.
const PACKAGES_PER_ORDER: u8 = 250;

/// The version of mark-as-shipped whose body is nested (sheet 8, change 6).
pub(super) const NESTED_BODY: u32 = 202610;

#[derive(Deserialize)]
struct FlatBody<'a> {
    #[serde(borrow)]
    tracking_number: Option<Cow<'a, str>>,
    shipping_provider_id: Option<Id>,
    #[serde(default)]
    order_line_item_ids: Vec<Id>,
}

#[derive(Deserialize)]
struct NestedBody<'a> {
    #[serde(default)]
    order_line_list: Vec<NestedLine>,
    #[serde(borrow, default)]
    shipping_info_list: Vec<ShippingInfo<'a>>,
}

#[derive(Deserialize)]
struct NestedLine {
    order_line_id: Option<Id>,
}

#[derive(Deserialize)]
pub(super) struct ShippingInfo<'a> {
    #[serde(borrow)]
    pub(super) tracking_number: Option<Cow<'a, str>>,
    pub(super) shipping_provider_id: Option<Id>,
}

/// How one package leaves.
#[derive(Deserialize)]
pub(super) struct ShipBody<'a> {
    #[serde(borrow)]
    pub(super) self_shipment: Option<ShippingInfo<'a>>,
    #[serde(borrow)]
    pub(super) handover_method: Option<Cow<'a, str>>,
}

/// A shipment to book.
pub(super) struct Shipment<'a> {
    pub(super) order: u32,
    pub(super) tracking_number: &'a str,
    pub(super) provider: usize,
    /// Whether the platform makes the label.
    pub(super) has_label: bool,
    /// Units by position within the order; none means all that have not left.
    pub(super) units: Vec<u32>,
}

pub(super) fn provider_with_id(id: Option<Id>) -> Result<usize, ApiError> {
    let id = id.ok_or_else(|| body::missing("shipping_provider_id"))?;
    ids::shipping_provider_of(id.0, PROVIDERS.len()).ok_or(errors::PROVIDER)
}

pub(super) fn tracking<'a>(text: &'a Option<Cow<'_, str>>) -> Result<&'a str, ApiError> {
    text.as_deref()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| body::missing("tracking_number"))
}

/// The units that line items of an order stand for.
pub(super) fn units_of_lines(order: u32, line_ids: &[Id]) -> Result<Vec<u32>, ApiError> {
    line_ids
        .iter()
        .map(|line| {
            ids::line_of(line.0)
                .filter(|(of, _)| *of == order)
                .map(|(_, unit)| unit)
                .ok_or(errors::LINE_NOT_SHIPPABLE)
        })
        .collect()
}

impl TiktokShop {
    pub(super) fn order_in_path(&self, call: &Call<'_>) -> Result<u32, ApiError> {
        call.id
            .parse()
            .ok()
            .and_then(ids::order_of)
            .filter(|order| *order < self.orders.len())
            .ok_or(errors::NOT_YOURS)
    }

    /// `POST orders/{order_id}/packages`.
    pub(super) fn mark_shipped(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let order = self.order_in_path(call)?;
        let (tracking_number, provider, line_ids) = if call.version == NESTED_BODY {
            let request: NestedBody<'_> = body::read(call.body)?;
            let info = request
                .shipping_info_list
                .into_iter()
                .next()
                .ok_or_else(|| body::missing("shipping_info_list"))?;
            let lines = request
                .order_line_list
                .iter()
                .map(|line| line.order_line_id.unwrap_or(Id(0)))
                .collect();
            (info.tracking_number, info.shipping_provider_id, lines)
        } else {
            let request: FlatBody<'_> = body::read(call.body)?;
            (
                request.tracking_number,
                request.shipping_provider_id,
                request.order_line_item_ids,
            )
        };
        let shipment = Shipment {
            order,
            tracking_number: tracking(&tracking_number)?,
            provider: provider_with_id(provider)?,
            has_label: false,
            units: units_of_lines(order, &line_ids)?,
        };
        let package = self.ship(call.now, &shipment)?;
        raw(out, "{");
        self.write_shipped_lines(out, order, package);
        raw(out, ",\"package_id\":");
        id(out, ids::package_id(order, package));
        out.push(b'}');
        Ok(())
    }

    /// Appends the order's id and the ids of the line items in a package of it.
    pub(super) fn write_shipped_lines(&self, out: &mut Vec<u8>, order: u32, package: u8) {
        raw(out, "\"order_id\":");
        id(out, ids::order_id(order));
        raw(out, ",\"order_line_item_ids\":[");
        let units = self.orders.units(self.orders.order(order));
        for (unit, of) in (0..).zip(units) {
            if *of == package {
                comma(out);
                id(out, ids::line_id(order, unit));
            }
        }
        out.push(b']');
    }

    /// `POST packages/{package_id}/ship`: only packages that exist before they are shipped can be named.
    pub(super) fn ship_package(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        self.ship_named(call.now, call.id.parse().ok(), &body::read(call.body)?)?;
        raw(out, "{}");
        Ok(())
    }

    /// Ships a package that exists already.
    pub(super) fn ship_named(
        &mut self,
        now: Micros,
        package_id: Option<u64>,
        request: &ShipBody<'_>,
    ) -> Result<(), ApiError> {
        let (order, number) = package_id
            .and_then(ids::package_of)
            .filter(|(order, number)| {
                self.orders.get(*order).is_some_and(|record| {
                    let open = self.profile.orders.packages_up_front
                        && *number == record.packages.saturating_add(1)
                        && record.shipped_units < record.units;
                    open || (1..=record.packages).contains(number)
                })
            })
            .ok_or(errors::NOT_YOURS)?;
        let (text, provider) = match (&request.self_shipment, &request.handover_method) {
            (Some(info), _) => (
                tracking(&info.tracking_number)?.to_string(),
                provider_with_id(info.shipping_provider_id)?,
            ),
            // The platform's own carrier: it numbers the parcel itself.
            (None, Some(_)) => (format!("TT{}", ids::package_id(order, number)), 0),
            (None, None) => {
                return Err(body::missing("self_shipment or handover_method"));
            }
        };
        if number <= self.orders.order(order).packages {
            self.fact(Fact::FulfillmentRefused {
                order: OrderRef(order),
            });
            return Err(errors::NOT_SHIPPABLE);
        }
        self.ship(
            now,
            &Shipment {
                order,
                tracking_number: &text,
                provider,
                has_label: request.self_shipment.is_none(),
                units: Vec::new(),
            },
        )?;
        Ok(())
    }

    /// Books a shipment and answers the number of its package.
    pub(super) fn ship(&mut self, now: Micros, shipment: &Shipment<'_>) -> Result<u8, ApiError> {
        let order = shipment.order;
        let record = self.orders.order(order);
        match record.status {
            Status::AwaitingShipment | Status::PartiallyShipping => {}
            Status::OnHold => return Err(errors::ON_HOLD),
            Status::Unpaid => return Err(errors::NOT_SHIPPABLE),
            _ => {
                self.fact(Fact::FulfillmentRefused {
                    order: OrderRef(order),
                });
                return Err(errors::NOT_SHIPPABLE);
            }
        }
        if record.packages >= PACKAGES_PER_ORDER {
            return Err(errors::NOT_SHIPPABLE);
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
            return Err(errors::LINE_NOT_SHIPPABLE);
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
            tracking_number: shipment.tracking_number.into(),
            has_label: shipment.has_label,
            next: NONE,
        });
        let record = self.orders.order_mut(order);
        record.shipped_units += units.len() as u32;
        let complete = record.shipped_units == record.units;
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
            self.signal(
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
