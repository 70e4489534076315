//! The merchant's own stock system: where units physically are, which orders they are reserved for, and when they ship.
//!
//! It speaks a small REST API (`docs/warehouse-openapi.yaml`): stock by pages, a change feed by cursor with long poll,
//! and allocations that are reserved, released, cancelled and shipped. Deliveries, breakage, recounts and returns enter
//! by typed acts ([`Warehouse::receive`] and its neighbours), because no engine causes them.

mod acts;
mod allocations;
mod auth;
mod changes;
mod errors;
mod fact;
mod fulfillment;
mod ids;
mod inventory;
mod json;
mod limits;
mod machine;
mod orders;
mod paging;
mod profile;
mod router;
mod routing;
mod seed;
mod stock;

#[cfg(test)]
mod allocation_tests;
#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod invariant_tests;
#[cfg(test)]
mod support;

pub use auth::Credentials;
pub use fact::{DeallocationReason, Fact, StockReason};
pub use inventory::{Totals, Unbalanced};
pub use machine::Warehouse;
pub use profile::{Fulfillment, Latency, Limits, NAMES, Profile, text};
pub use router::coverage;
pub use seed::{ItemIndex, WarehouseLocation, WarehouseSeed};
