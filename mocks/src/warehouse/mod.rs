//! The merchant's own stock system: where units physically are, which orders they are reserved for, and when they ship.
//!
//! It speaks a small REST API (`docs/warehouse-openapi.yaml`): stock by pages, a change feed by cursor with long poll,
//! and allocations that are reserved, released, cancelled and shipped. Deliveries, breakage, recounts and returns enter
//! by typed acts ([`Warehouse::receive`] and its neighbours), because no engine causes them.
//!
//! Floors, each of which knows only those below it: `model` (catalogue, counts, orders, the change feed: plain state and its
//! rules), `shop` (the whole state, what is picked when, facts), `api` (the table of operations and what serves them) beside
//! `signals` (readers of the change feed, waiting ones too), `machine` (bytes in, bytes out).

mod api;
mod machine;
mod model;
mod profile;
mod shop;
mod signals;

#[cfg(test)]
mod tests;

pub use api::auth::Credentials;
pub use api::{coverage, operations};
pub use machine::Warehouse;
pub use model::inventory::{Totals, Unbalanced};
pub use model::seed::{ItemIndex, WarehouseLocation, WarehouseSeed};
pub use profile::{Fulfillment, Latency, Limits, NAMES, Profile, text};
pub use shop::fact::{DeallocationReason, Fact, StockReason};
