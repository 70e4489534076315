//! Names and dense numbers of what a warehouse has.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::routing::{self, Routing};
use super::seed::{ItemIndex, WarehouseLocation, WarehouseSeed};
use crate::core::LocationIndex;

type Names = IndexSet<Box<str>, FxBuildHasher>;

/// Names and dense numbers of items, locations and channels.
#[derive(Debug)]
pub(crate) struct Catalogue {
    skus: Names,
    channels: Names,
    locations: Vec<WarehouseLocation>,
    pub routing: Routing,
}

fn names(texts: &[String], what: &str) -> Names {
    let names: Names = texts.iter().map(|text| Box::from(text.as_str())).collect();
    assert_eq!(names.len(), texts.len(), "{what} must be all different");
    names
}

impl Catalogue {
    /// # Panics
    /// When two SKUs, channels or location codes are the same, or there are more than 1000 locations.
    pub fn open(seed: &WarehouseSeed) -> Catalogue {
        assert!(seed.locations.len() <= 1_000, "at most 1000 locations");
        let codes: Vec<String> = seed
            .locations
            .iter()
            .map(|location| location.code.clone())
            .collect();
        names(&codes, "location codes");
        Catalogue {
            skus: names(&seed.skus, "SKUs"),
            channels: names(&seed.channels, "channels"),
            locations: seed.locations.clone(),
            routing: Routing::new(&seed.channels, &seed.locations),
        }
    }

    /// How many items there are.
    pub fn items(&self) -> u32 {
        self.skus.len() as u32
    }

    pub fn locations(&self) -> &[WarehouseLocation] {
        &self.locations
    }

    pub fn item(&self, sku: &str) -> Option<ItemIndex> {
        self.skus
            .get_index_of(sku)
            .map(|index| ItemIndex(index as u32))
    }

    pub fn sku(&self, item: ItemIndex) -> &str {
        &self.skus[item.0 as usize]
    }

    /// Warehouses have few locations: a walk is faster than a hash.
    pub fn location(&self, code: &str) -> Option<LocationIndex> {
        self.locations
            .iter()
            .position(|location| location.code == code)
            .map(|index| LocationIndex(index as u16))
    }

    pub fn location_code(&self, location: LocationIndex) -> &str {
        &self.locations[usize::from(location.0)].code
    }

    pub fn channel_number(&self, name: &str) -> Option<u16> {
        self.channels.get_index_of(name).map(|index| index as u16)
    }

    pub fn channel(&self, number: u16) -> &str {
        &self.channels[usize::from(number)]
    }

    /// Whether a location may serve a channel, third parties' locations included.
    pub fn serves(&self, location: usize, channel: u16) -> bool {
        routing::serves(&self.locations[location], self.channel(channel))
    }
}
