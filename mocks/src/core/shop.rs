//! What a sales channel is opened with.

use serde::Serialize;

use super::calendar::Epoch;
use super::random::Seed;

/// A listing of a channel: the position of its SKU in the shop's list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListingIndex(pub u32);

/// A location of the merchant: its position in the shop's list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocationIndex(pub u16);

/// An order of a channel: the n-th accepted, from 0.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OrderRef(pub u32);

/// One listing to open a shop with. A new listing displays 0 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingSeed {
    /// The merchant's SKU: the same text on every channel and in the warehouse.
    pub sku: String,
    /// Title shown to buyers.
    pub title: String,
    /// Price of a unit in cents of the shop's currency.
    pub price_cents: u64,
}

/// One location of the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocationSeed {
    /// Short code, the warehouse's own id of it.
    pub code: String,
    /// Two-letter country.
    pub country: String,
}

/// What a channel's emulator is opened with, beside its profile.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The channel's name in the scenario; keys its random streams.
    pub name: String,
    /// The root seed.
    pub seed: Seed,
    /// Calendar instant of simulated zero.
    pub epoch: Epoch,
    /// ISO 4217 code of the shop's currency.
    pub currency: String,
    /// The listings, in SKU order of the merchant's catalogue.
    pub listings: Vec<ListingSeed>,
    /// The merchant's own locations; the first is the one that carries the displayed quantity unless an API call says
    /// otherwise.
    pub locations: Vec<LocationSeed>,
}
