//! The Shopify emulator: the Admin GraphQL and REST APIs of versions 2026-04 and later for one shop and one app,
//! webhooks, and the storefront behind them.
//!
//! The rules come from the project's Shopify fact sheet; comments name its sections. Served are the operations of the
//! schema file (`mocks/schema/shopify.graphql`), the table of the REST Admin API (`rest`), bulk operations and the token
//! endpoints; [`coverage`] lists them all, with what the platform has beyond them. Where the sheet is silent or only
//! assumes, the profile decides; what neither settles is decided here:
//!
//! - every list of orders reads the lagging index, filtered or not; reads by id are fresh;
//! - a subscription is removed when the last retry of one delivery has failed;
//! - a refused or stale inventory write does not use up its idempotency key;
//! - a job that finds its order cancelled or shipped meanwhile does nothing;
//! - a bulk operation shows the shop as it is when the operation ends;
//! - a move of a fulfillment order changes no displayed quantity, for the units of the shop in all stay the same;
//! - a refund without restocking takes unshipped units out of the order first.

mod acts;
pub mod auth;
pub mod bulk;
mod calls;
mod catalogue;
mod effects;
pub mod errors;
mod execute;
mod fulfillment;
mod fulfillment_order_write;
mod fulfillment_write;
pub mod graphql;
mod idempotency;
pub mod ids;
mod inventory;
mod inventory_activation;
mod inventory_write;
pub mod json;
mod limits;
mod machine;
mod operations;
mod order_cancel;
mod order_search;
mod orders;
mod origin;
pub mod paging;
mod payload_filter;
mod payloads;
pub mod profile;
mod queries;
mod reader;
mod refund;
mod rest;
mod router;
pub mod search;
mod search_index;
mod signals;
mod store;
mod subscriptions;
#[cfg(test)]
mod tests;
mod webhook_admin;

pub use auth::Credentials;
pub use machine::Shopify;
pub use operations::coverage;
pub use origin::Scheme;
pub use profile::{NAMES, Profile, text};
