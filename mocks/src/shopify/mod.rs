//! The Shopify emulator: the Admin GraphQL and REST APIs of versions 2025-10 and later for one shop and one app,
//! webhooks, and the storefront behind them.
//!
//! The rules come from docs/platforms/shopify.md; comments name its sections. Served are the operations of the
//! schema file (`mocks/schema/shopify.graphql`), the table of the REST Admin API, bulk operations and the token
//! endpoints; [`coverage`] lists them all, with what the platform has beyond them. Where that page is silent or only
//! assumes, the profile decides; what neither settles is decided here:
//!
//! - every list of orders reads the lagging index, filtered or not; reads by id are fresh;
//! - a subscription is removed when the last retry of one delivery has failed;
//! - a refused or stale inventory write does not use up its idempotency key;
//! - a job that finds its order cancelled or shipped meanwhile does nothing;
//! - a bulk operation shows the shop as it is when the operation ends;
//! - a move of a fulfillment order changes no displayed quantity, for the units of the shop in all stay the same;
//! - a refund without restocking takes unshipped units out of the order first.

// The floors, from below: `model` holds the plain state and its rules; `shop` what the whole store does, and what it tells
// the ledger and its subscribers; `api` answers calls and `signals` delivers webhooks; `machine` moves bytes. A lower floor
// knows nothing of a higher one.
mod api;
mod json;
mod machine;
mod model;
pub mod profile;
mod shop;
mod signals;
#[cfg(test)]
mod tests;

pub use api::auth::Credentials;
pub use api::coverage::{coverage, operations};
pub use api::origin::Scheme;
pub use machine::Shopify;
pub use profile::{NAMES, Profile, Versions, text};
