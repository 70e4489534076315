//! What a warehouse is made of: plain state, and the rules that need no other part.

pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod ids;
pub(crate) mod inventory;
pub(crate) mod json;
pub(crate) mod orders;
pub(crate) mod routing;
pub(crate) mod seed;
