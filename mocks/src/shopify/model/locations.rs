//! The merchant's locations, as apps see and change them (docs/platforms/shopify.md 4.6).

use super::state::State;
use super::{address, ids, provinces};
use crate::core::Micros;

/// Locations that a shop may ever have had, deleted ones included: a bound of the emulator's, at the number of the
/// largest plan.
pub(crate) const LOCATIONS_MAX: usize = 200;

/// A location, beside its name and its country, which the list has that the shop was opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Whether it is gone: its number is never given out again.
    pub(crate) is_deleted: bool,
    /// Whether what it stocks may be bought online.
    pub(crate) fulfills_online_orders: bool,
    /// When it was added.
    pub(crate) created_at: Micros,
    /// When it last changed.
    pub(crate) updated_at: Micros,
    /// When it was deactivated; [`Micros::MAX`] while it is active.
    pub(crate) deactivated_at: Micros,
    /// Where it is.
    pub(crate) address: LocationAddress,
}

/// Where a location is, beside its country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LocationAddress {
    /// Street and number.
    pub(crate) address1: Option<String>,
    /// What stands below the street.
    pub(crate) address2: Option<String>,
    /// The town.
    pub(crate) city: Option<String>,
    /// The telephone number.
    pub(crate) phone: Option<String>,
    /// The province's code, without the country's.
    pub(crate) province_code: Option<String>,
    /// The postal code.
    pub(crate) zip: Option<String>,
}

impl LocationAddress {
    /// The members by their names in inputs and answers.
    pub(crate) fn members_mut(&mut self) -> [(&'static str, &mut Option<String>); 6] {
        [
            ("address1", &mut self.address1),
            ("address2", &mut self.address2),
            ("city", &mut self.city),
            ("phone", &mut self.phone),
            ("provinceCode", &mut self.province_code),
            ("zip", &mut self.zip),
        ]
    }

    /// The province's name, where it is known.
    pub(crate) fn province(&self, country: &str) -> Option<&str> {
        let code = self.province_code.as_deref()?;
        Some(provinces::name(country, code).unwrap_or(code))
    }

    /// The lines of the address as they are written on an envelope.
    pub(crate) fn formatted(&self, country: &str) -> Vec<String> {
        let town = [&self.city, &self.province_code, &self.zip];
        let town: Vec<&str> = town.into_iter().filter_map(Option::as_deref).collect();
        let lines = [self.address1.as_deref(), self.address2.as_deref()];
        let mut lines: Vec<String> = lines.into_iter().flatten().map(str::to_owned).collect();
        lines.push(town.join(" "));
        lines.push(address::country_name(country).to_owned());
        lines.retain(|line| !line.is_empty());
        lines
    }
}

impl Location {
    /// One that the shop was opened with.
    pub(crate) fn opened() -> Location {
        let address = LocationAddress {
            address1: Some(address::STREET.to_owned()),
            city: Some(address::CITY.to_owned()),
            ..LocationAddress::default()
        };
        Location::added(Micros::ZERO, true, address)
    }

    /// One that an app added.
    pub(crate) fn added(
        now: Micros,
        fulfills_online_orders: bool,
        at: LocationAddress,
    ) -> Location {
        Location {
            is_deleted: false,
            fulfills_online_orders,
            created_at: now,
            updated_at: now,
            deactivated_at: Micros::MAX,
            address: at,
        }
    }

    /// Whether the merchant uses it.
    pub(crate) fn is_active(&self) -> bool {
        self.deactivated_at == Micros::MAX && !self.is_deleted
    }
}

impl State {
    /// The location of a gid, unless it was deleted.
    pub(crate) fn location(&self, gid: &str) -> Option<u16> {
        let found = ids::LOCATION.find(gid, self.locations.len())?;
        (!self.locations[found as usize].is_deleted).then_some(found as u16)
    }

    /// The location of a gid, if it is active.
    pub(crate) fn active_location(&self, gid: &str) -> Option<u16> {
        self.location(gid)
            .filter(|at| self.locations[usize::from(*at)].is_active())
    }

    /// Positions of the locations that were not deleted.
    pub(crate) fn location_positions(&self) -> impl Iterator<Item = u16> + '_ {
        let all = self.locations.iter().enumerate();
        all.filter(|(_, location)| !location.is_deleted)
            .map(|(at, _)| at as u16)
    }

    /// The first location that is active.
    pub(crate) fn first_active_location(&self) -> Option<u16> {
        let first = self.locations.iter().position(Location::is_active);
        first.map(|at| at as u16)
    }

    /// Whether an active location other than `own` has this name.
    pub(crate) fn is_location_named(&self, name: &str, own: Option<u16>) -> bool {
        self.location_positions().any(|at| {
            Some(at) != own
                && self.locations[usize::from(at)].is_active()
                && self.shop.locations[usize::from(at)].code == name
        })
    }

    /// Whether fulfillment orders at a location still have units to ship.
    pub(crate) fn has_unfulfilled_orders(&self, location: u16) -> bool {
        let mut here = self.fulfillment_orders.iter();
        here.any(|order| order.location == location && self.remaining(order) > 0)
    }

    /// Whether no other active location fulfils online orders.
    pub(crate) fn is_only_online_location(&self, location: u16) -> bool {
        let fulfills = |at: u16| {
            let record = &self.locations[usize::from(at)];
            record.is_active() && record.fulfills_online_orders
        };
        fulfills(location)
            && !self
                .location_positions()
                .any(|at| at != location && fulfills(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_on_an_envelope() {
        let at = LocationAddress {
            address1: Some("7 Harbour Way".to_owned()),
            city: Some("Halifax".to_owned()),
            province_code: Some("NS".to_owned()),
            zip: Some("B3H 1A1".to_owned()),
            ..LocationAddress::default()
        };
        let lines = at.formatted("CA");
        assert_eq!(lines, ["7 Harbour Way", "Halifax NS B3H 1A1", "Canada"]);
        assert_eq!(at.province("CA"), Some("Nova Scotia"));
        let empty = LocationAddress::default();
        assert_eq!(empty.formatted("DE"), ["Germany"]);
    }
}
