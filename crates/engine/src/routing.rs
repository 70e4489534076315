//! What is where, as the engine sees it, and from where an order should ship.

use super::canonical::{ChannelIndex, ShipTo, SkuIndex};

/// A location of the warehouse.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Location {
    /// Bit d is set if postal codes beginning with digit d are served from here first.
    pub first_digits: u16,
    /// Channels it may serve; `None` for all.
    pub channels: Option<Vec<ChannelIndex>>,
    /// Whether its stock counts towards what all channels share (FBA stock does not).
    pub is_shared: bool,
}

/// Stock by SKU and location.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct StockView {
    locations: Vec<Location>,
    /// Available units by SKU then location; may be below zero after a recount.
    available: Vec<i64>,
    /// Places whose count changed, if anybody wants to know.
    touched: Option<Vec<(SkuIndex, u16)>>,
}

impl StockView {
    /// Nothing anywhere.
    pub fn new(locations: Vec<Location>, skus: usize) -> StockView {
        StockView {
            available: vec![0; skus * locations.len()],
            locations,
            touched: None,
        }
    }

    /// Number of locations.
    pub fn locations(&self) -> usize {
        self.locations.len()
    }

    fn at(&self, sku: SkuIndex, location: u16) -> usize {
        sku.0 as usize * self.locations.len() + location as usize
    }

    /// Adds to what is available somewhere. Returns whether that stock is shared by all channels.
    pub fn add(&mut self, sku: SkuIndex, location: u16, units: i64) -> bool {
        let at = self.at(sku, location);
        self.available[at] += units;
        if let Some(touched) = &mut self.touched {
            touched.push((sku, location));
        }
        self.locations[location as usize].is_shared
    }

    /// From now on, remembers which counts change.
    pub fn watch(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// Places whose count changed since the last time, each once, with their count now.
    pub fn take_touched(&mut self) -> Vec<(SkuIndex, u16, i64)> {
        let mut touched = self
            .touched
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        touched.sort_unstable();
        touched.dedup();
        touched
            .into_iter()
            .map(|(sku, location)| (sku, location, self.available[self.at(sku, location)]))
            .collect()
    }

    /// Units that all channels share.
    pub fn sellable(&self, sku: SkuIndex) -> i64 {
        (0..self.locations.len())
            .filter(|location| self.locations[*location].is_shared)
            .map(|location| self.available[self.at(sku, location as u16)])
            .sum()
    }

    /// Units that orders of a channel can be served with, over all locations.
    pub fn open_to(&self, sku: SkuIndex, channel: ChannelIndex) -> i64 {
        let open = |location: &Location| {
            let channels = location.channels.as_ref();
            location.is_shared && channels.is_none_or(|channels| channels.contains(&channel))
        };
        (0..self.locations.len())
            .filter(|location| open(&self.locations[*location]))
            .map(|location| self.available[self.at(sku, location as u16)].max(0))
            .sum()
    }

    /// The location an order's line should ship from: the one that serves its postal code, if it has the units, else the
    /// next in the list that has; `None` when no location has them all.
    pub fn route(
        &self,
        sku: SkuIndex,
        units: u32,
        channel: ChannelIndex,
        ship_to: Option<&ShipTo>,
    ) -> Option<u16> {
        let digit = ship_to.map(|to| to.postal_code / 10_000 % 10);
        let serves_first = |location: &Location| {
            digit.is_some_and(|digit| location.first_digits >> digit & 1 == 1)
        };
        let can = |index: &usize| {
            let location = &self.locations[*index];
            location.is_shared
                && location
                    .channels
                    .as_ref()
                    .is_none_or(|channels| channels.contains(&channel))
                && self.available[self.at(sku, *index as u16)] >= i64::from(units)
        };
        let all = 0..self.locations.len();
        all.clone()
            .filter(|index| serves_first(&self.locations[*index]))
            .find(can)
            .or_else(|| {
                all.filter(|index| !serves_first(&self.locations[*index]))
                    .find(can)
            })
            .map(|index| index as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ships_from_the_nearest_location_that_has_it() {
        let location = |first_digits| Location {
            first_digits,
            channels: None,
            is_shared: true,
        };
        let mut view = StockView::new(
            vec![
                location(0b00_0001_1111),
                location(0b11_1110_0000),
                Location {
                    is_shared: false,
                    ..location(0)
                },
            ],
            1,
        );
        let sku = SkuIndex(0);
        view.add(sku, 0, 2);
        view.add(sku, 1, 1);
        view.add(sku, 2, 9);
        let west = ShipTo {
            country: *b"US",
            postal_code: 90_210,
        };
        let route = |view: &StockView, units| view.route(sku, units, ChannelIndex(0), Some(&west));
        assert_eq!(view.sellable(sku), 3);
        assert_eq!(route(&view, 1), Some(1));
        assert_eq!(route(&view, 2), Some(0), "the west has only one");
        assert_eq!(
            route(&view, 3),
            None,
            "no splitting, and FBA stock is not ours to ship"
        );
        assert_eq!(
            view.route(sku, 1, ChannelIndex(0), None),
            Some(0),
            "without an address the list's order decides"
        );
    }
}
