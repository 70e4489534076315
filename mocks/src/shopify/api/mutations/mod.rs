//! The root fields of mutations.

pub(crate) mod activation;
pub(crate) mod fulfillment;
pub(crate) mod fulfillment_orders;
pub(crate) mod inventory;
pub(crate) mod orders;
pub(crate) mod refunds;
pub(crate) mod webhooks;
