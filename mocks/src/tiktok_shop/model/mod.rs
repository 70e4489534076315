//! What a shop is made of: plain state, and the rules that need no other part.

pub(crate) mod cancellations;
pub(crate) mod carriers;
pub(crate) mod catalogue;
pub(crate) mod external_orders;
pub(crate) mod ids;
pub(crate) mod json;
pub(crate) mod orders;
pub(crate) mod returns;
pub(crate) mod stock;
