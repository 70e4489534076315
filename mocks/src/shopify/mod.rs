//! The Shopify emulator: the Admin GraphQL API of versions 2026-04 and later for one shop and one app, webhooks, and
//! the storefront behind them.
//!
//! The rules come from the project's Shopify fact sheet; comments name its sections. Served are the operations of the
//! schema file (`mocks/schema/shopify.graphql`) and the token endpoints; the REST Admin API, bulk operations, order
//! edits, fulfillment order moves and storefront APIs are not. Where the sheet is silent or only assumes, the profile
//! decides; what neither settles is decided here:
//!
//! - every list of orders reads the lagging index, filtered or not; reads by id are fresh;
//! - a subscription is removed when the last retry of one delivery has failed;
//! - a refused or stale inventory write does not use up its idempotency key;
//! - a job that finds its order cancelled or shipped meanwhile does nothing.

mod acts;
pub mod auth;
mod catalogue;
mod effects;
pub mod errors;
mod execute;
mod fulfillment;
mod fulfillment_write;
pub mod graphql;
pub mod ids;
mod inventory;
mod inventory_write;
pub mod json;
mod limits;
mod machine;
mod order_cancel;
mod order_search;
mod orders;
pub mod paging;
mod payload_filter;
mod payloads;
pub mod profile;
mod queries;
mod reader;
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
pub use profile::{NAMES, Profile, text};
