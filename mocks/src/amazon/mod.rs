//! Amazon's Selling Partner API: one seller, one marketplace, and the queue that notifications arrive in.
//!
//! Facts and figures follow docs/platforms/amazon.md (researched 2026-11-23), whose sections are cited
//! in this folder. What Amazon leaves open is a value of the [`Profile`].
//!
//! Floors, each of which knows only those below it: `model` (plain state and its rules), `shop` (the whole state, its
//! timers and facts), `signals` (subscriptions, notifications and their queue), `api` (the table of operations and what
//! serves them), `machine` (bytes in, bytes out).

mod api;
mod machine;
mod model;
pub mod profile;
mod shop;
mod signals;

pub use api::operations::{coverage, operations};
pub use api::queue::message_digest;
pub use machine::Amazon;
pub use profile::Profile;
pub use shop::Credentials;

#[cfg(test)]
mod tests;
