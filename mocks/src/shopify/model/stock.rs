//! Stock of items at locations, and what buyers see of it (docs/platforms/shopify.md 4.1).

use crate::core::{Micros, PastValues};

/// Stock of one item at one location (docs/platforms/shopify.md 4.1). `on_hand` is the sum of all but `incoming`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Level {
    /// Whether the location stocks the item.
    pub(crate) is_active: bool,
    /// Whether it ever did: else there is no level to show.
    pub(crate) was_stocked: bool,
    /// Units that can be sold; may be negative.
    pub(crate) available: i64,
    /// Units of orders not yet shipped.
    pub(crate) committed: i64,
    /// Other states, in the order of [`OTHER_STATES`].
    pub(crate) others: [i64; 5],
    /// The last change of `available`.
    pub(crate) updated_at: Micros,
}

impl Default for Level {
    fn default() -> Level {
        Level {
            is_active: true,
            was_stocked: true,
            available: 0,
            committed: 0,
            others: [0; 5],
            updated_at: Micros::ZERO,
        }
    }
}

/// States that are neither available nor committed; `incoming` stands apart from `on_hand`.
pub(crate) const OTHER_STATES: [&str; 5] = [
    "damaged",
    "quality_control",
    "reserved",
    "safety_stock",
    "incoming",
];

impl Level {
    /// A level of an item that the location has never stocked.
    fn unstocked() -> Level {
        Level {
            is_active: false,
            was_stocked: false,
            ..Level::default()
        }
    }

    /// Units physically there.
    pub(crate) fn on_hand(&self) -> i64 {
        self.available + self.committed + self.others[..4].iter().sum::<i64>()
    }

    /// The name of a state as it is kept; `None` when there is no such state.
    pub(crate) fn state_named(name: &str) -> Option<&'static str> {
        let all = ["available", "committed", "on_hand"].into_iter();
        all.chain(OTHER_STATES).find(|known| *known == name)
    }

    /// The quantity of a state; `None` when there is no such state.
    pub(crate) fn quantity(&self, name: &str) -> Option<i64> {
        match name {
            "available" => Some(self.available),
            "committed" => Some(self.committed),
            "on_hand" => Some(self.on_hand()),
            other => OTHER_STATES
                .iter()
                .position(|n| *n == other)
                .map(|at| self.others[at]),
        }
    }

    /// Why a location cannot stop to stock an item: code and message.
    pub(crate) fn unstock_obstacle(&self) -> Option<(&'static str, &'static str)> {
        let incoming = self.others[4] != 0;
        let unavailable = self.others[..4].iter().any(|quantity| *quantity != 0);
        match (self.committed != 0, incoming) {
            (true, true) => Some((
                "COMMITTED_AND_INCOMING_INVENTORY_AT_LOCATION",
                "Cannot unstock this inventory item from this location because it has committed and incoming quantities.",
            )),
            (true, false) => Some((
                "COMMITTED_INVENTORY_AT_LOCATION",
                "Cannot unstock this inventory item from this location because it has committed quantities.",
            )),
            (false, true) => Some((
                "INCOMING_INVENTORY_AT_LOCATION",
                "Cannot unstock this inventory item from this location because it has incoming quantities.",
            )),
            (false, false) => unavailable.then_some((
                "RESERVED_INVENTORY_AT_LOCATION",
                "Cannot unstock this inventory item from this location because it has unavailable quantities.",
            )),
        }
    }
}

/// Stock of all listings at all locations.
#[derive(Debug)]
pub(crate) struct Stock {
    /// Listing by listing, within a listing location by location.
    levels: Vec<Vec<Level>>,
    /// How many locations each listing has levels at.
    locations: usize,
    /// How many levels are not active.
    inactive_levels: usize,
    /// Sum of `available` by listing: what buyers can buy.
    pub(crate) displayed: Vec<i64>,
    /// Levels as they were.
    pub(crate) past: PastValues<Level>,
}

impl Stock {
    /// No units anywhere; every location stocks every item.
    pub(crate) fn new(listings: usize, locations: usize) -> Stock {
        Stock {
            levels: vec![vec![Level::default(); locations]; listings],
            locations,
            inactive_levels: 0,
            displayed: vec![0; listings],
            past: PastValues::default(),
        }
    }

    /// Under what the past of a level is kept.
    fn slot(listing: u32, location: u16) -> u64 {
        (u64::from(listing) << u16::BITS) | u64::from(location)
    }

    /// Adds a location, which stocks nothing yet.
    pub(crate) fn add_location(&mut self) {
        self.locations += 1;
        for levels in &mut self.levels {
            levels.push(Level::unstocked());
        }
        self.inactive_levels += self.levels.len();
    }

    /// Adds a listing that no location stocks yet.
    pub(crate) fn add_listing(&mut self) {
        self.levels.push(vec![Level::unstocked(); self.locations]);
        self.displayed.push(0);
        self.inactive_levels += self.locations;
    }

    /// Whether a location stocks anything.
    pub(crate) fn is_stocking(&self, location: u16) -> bool {
        let mut listings = 0..self.displayed.len() as u32;
        listings.any(|listing| self.level(listing, location).is_active)
    }

    /// The level of a listing at a location as the read under way shows it.
    pub(crate) fn shown(&self, listing: u32, location: u16) -> &Level {
        let slot = Stock::slot(listing, location);
        self.past.shown(slot, self.level(listing, location))
    }

    /// Ends the read under way. Gives the listings of which it has shown older counts.
    pub(crate) fn end_read(&mut self) -> Vec<u32> {
        let slots = self.past.end_read().into_iter();
        let mut listings: Vec<u32> = slots.map(|slot| (slot >> u16::BITS) as u32).collect();
        listings.dedup();
        listings
    }

    /// What the read under way shows of what buyers can buy.
    pub(crate) fn shown_displayed(&self, listing: u32) -> i64 {
        if !self.past.is_reading() {
            return self.displayed[listing as usize];
        }
        (0..self.locations as u16)
            .map(|location| self.shown(listing, location))
            .filter(|level| level.is_active)
            .map(|level| level.available)
            .sum()
    }

    /// The level of a listing at a location.
    pub(crate) fn level(&self, listing: u32, location: u16) -> &Level {
        &self.levels[listing as usize][usize::from(location)]
    }

    /// The level of a listing at a location, to change it. Whoever changes `available` goes through
    /// [`Stock::change_available`].
    pub(crate) fn level_mut(&mut self, listing: u32, location: u16) -> &mut Level {
        if self.past.is_kept() {
            let level = self.level(listing, location).clone();
            self.past.ends(Stock::slot(listing, location), level);
        }
        &mut self.levels[listing as usize][usize::from(location)]
    }

    /// Changes `available` and the displayed sum with it.
    pub(crate) fn change_available(
        &mut self,
        now: Micros,
        listing: u32,
        location: u16,
        delta: i64,
    ) {
        let level = self.level_mut(listing, location);
        level.available += delta;
        level.updated_at = now;
        // What an inactive level keeps is not on sale.
        if level.is_active {
            self.displayed[listing as usize] += delta;
        }
    }

    /// Whether every location stocks every item.
    pub(crate) fn is_all_active(&self) -> bool {
        self.inactive_levels == 0
    }

    /// Makes a location stock an item: what its level has kept is on sale again. Returns by how many units the display
    /// grew; `None` where the location stocked the item already.
    pub(crate) fn activate(&mut self, listing: u32, location: u16) -> Option<i64> {
        let level = self.level_mut(listing, location);
        level.was_stocked = true;
        if std::mem::replace(&mut level.is_active, true) {
            return None;
        }
        let kept = level.available;
        self.inactive_levels -= 1;
        self.displayed[listing as usize] += kept;
        Some(kept)
    }

    /// Takes an item away with all its levels and all that they counted, committed units of open orders included.
    pub(crate) fn remove(&mut self, listing: u32) {
        for location in 0..self.locations as u16 {
            self.deactivate(listing, location);
            *self.level_mut(listing, location) = Level::unstocked();
        }
    }

    /// Makes a location no longer stock an item: its level keeps what it has, which is no longer on sale.
    pub(crate) fn deactivate(&mut self, listing: u32, location: u16) {
        let level = self.level_mut(listing, location);
        if std::mem::replace(&mut level.is_active, false) {
            let kept = level.available;
            self.inactive_levels += 1;
            self.displayed[listing as usize] -= kept;
        }
    }
}
