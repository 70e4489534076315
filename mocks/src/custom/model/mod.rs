//! Plain state and its rules: nothing here knows timers, requests or webhooks.

pub(crate) mod ids;
pub(crate) mod orders;
pub(crate) mod stock;
