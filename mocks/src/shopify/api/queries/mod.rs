//! What queries read, by subject: every writer appends an object's JSON and returns its actual price.

mod adjustments;
mod apps;
mod bulk;
mod catalogue;
mod catalogue_search;
mod customers;
mod fulfillment;
mod fulfillment_events;
mod fulfillment_order_lists;
mod holds;
mod inventory;
mod jobs;
mod locations;
mod made_orders;
mod metafields;
mod nodes;
pub(crate) mod order_search;
mod orders;
pub(crate) mod paging;
mod query_argument;
pub(crate) mod reader;
mod returns;
pub(crate) mod search;
mod search_keys;
mod transactions;
mod user_errors;
mod webhooks;
