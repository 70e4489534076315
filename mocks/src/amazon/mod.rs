//! Amazon's Selling Partner API: one seller, one marketplace, and the queue that notifications arrive in.
//!
//! Facts and figures follow our fact sheet on Amazon (researched 2026-11-23); "sheet section" in this folder refers to
//! it. What Amazon leaves open is a value of the [`Profile`].

mod acts;
mod address;
mod auth;
mod catalogue;
mod documents;
mod errors;
mod fba;
mod feeds;
mod fulfillment;
mod ids;
mod inventory;
mod jobs;
mod json;
mod limits;
mod listings;
mod machine;
mod marketplaces;
mod nested_json;
mod notifications;
mod operations;
mod orders;
mod outbound;
mod paging;
pub mod profile;
mod query;
mod queue;
mod reports;
mod restricted;
mod router;
mod signals;
mod stamps;

pub use auth::Credentials;
pub use machine::Amazon;
pub use operations::coverage;
pub use profile::Profile;

#[cfg(test)]
mod tests;
