//! What mutations do, by subject.

pub(crate) mod activation;
pub(crate) mod annotations;
pub(crate) mod bulk;
mod bulk_query;
pub(crate) mod customers;
pub(crate) mod fulfillment;
pub(crate) mod fulfillment_changes;
pub(crate) mod fulfillment_order_parts;
pub(crate) mod fulfillment_orders;
pub(crate) mod inventory;
mod inventory_checks;
pub(crate) mod inventory_moves;
mod inventory_writes;
pub(crate) mod locations;
pub(crate) mod metafield_definitions;
pub(crate) mod metafields;
pub(crate) mod order_create;
mod order_input;
pub(crate) mod orders;
mod payload;
pub(crate) mod payments;
pub(crate) mod products;
pub(crate) mod refunds;
pub(crate) mod returns;
pub(crate) mod webhook_addresses;
pub(crate) mod webhooks;
