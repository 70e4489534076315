//! What a warehouse is opened with.

use crate::core::{Epoch, Seed};

/// An item of the warehouse: the position of its SKU in [`WarehouseSeed::skus`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemIndex(pub u32);

/// One place where units are. Its [`crate::core::LocationIndex`] is its position in [`WarehouseSeed::locations`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarehouseLocation {
    /// Short code, its id in the API.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// Two-letter country.
    pub country: String,
    /// Names of the channels that may be served from it; empty means all of them.
    pub channels: Vec<String>,
    /// First digits of the postal codes this location is preferred for, such as `"012"`.
    pub postal_prefixes: String,
    /// Whether allocations may take units here. False for stock that a third party ships (Fulfilment by Amazon): its
    /// counts are shown, and the API cannot reserve them.
    pub sellable: bool,
}

/// What a warehouse is opened with, beside its profile.
#[derive(Clone, Debug)]
pub struct WarehouseSeed {
    /// The root seed of the run.
    pub seed: Seed,
    /// Calendar instant of simulated zero.
    pub epoch: Epoch,
    /// Names of the channels whose orders come here; a channel's number in facts is its position.
    pub channels: Vec<String>,
    /// SKUs, all different; an [`ItemIndex`] is a position in this list.
    pub skus: Vec<String>,
    /// Locations with different codes, in the order in which routing tries them.
    pub locations: Vec<WarehouseLocation>,
    /// Opening units on hand, `[item][location]`; missing entries count as 0.
    pub stock: Vec<Vec<u32>>,
}
