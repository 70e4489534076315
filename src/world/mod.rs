//! What is true: the catalogue, the stock, the buyers and the ledger.

pub mod ledger;

/// A channel of the scenario, by position.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelIndex(pub u16);

/// A SKU of the catalogue, by position.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkuIndex(pub u32);
