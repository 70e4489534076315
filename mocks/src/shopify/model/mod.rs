//! Orders, stock, catalogue and subscriptions: plain state and its rules, and how the platform writes them as resources.

pub(crate) mod address;
pub(crate) mod adjustment;
pub(crate) mod annotations;
pub(crate) mod bulk;
mod carriers;
pub(crate) mod catalogue;
pub(crate) mod customer;
pub(crate) mod customers;
pub(crate) mod fulfillment;
pub(crate) mod ids;
pub(crate) mod locations;
pub(crate) mod made;
pub(crate) mod metafield_types;
pub(crate) mod metafields;
pub(crate) mod order_texts;
pub(crate) mod orders;
pub(crate) mod payload;
pub(crate) mod payments;
pub(crate) mod products;
pub(crate) mod provinces;
pub(crate) mod refunds;
pub(crate) mod returns;
pub(crate) mod search_index;
pub(crate) mod span;
pub(crate) mod state;
pub(crate) mod stock;
pub(crate) mod subscriptions;
