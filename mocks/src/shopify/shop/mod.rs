//! The whole shop.

mod effects;
pub(crate) use effects::ShippedUnits;
