//! Orders, stock, catalogue and subscriptions: plain state and its rules.

pub(crate) mod ids;
pub(crate) mod payload;
pub(crate) mod search_index;
pub(crate) mod state;
pub(crate) mod subscriptions;
