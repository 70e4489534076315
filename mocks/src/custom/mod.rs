//! The emulator of a custom channel: any shop or stock system that has no emulator of its own. Its API is this project's; its
//! limits, lags and habits are a profile, to be set like those of whatever it stands for.
//!
//! Comments cite the sections of docs/custom.md.
//!
//! Floors, each of which knows only those below it: `model` (orders, stock: plain state and its rules), `shop` (the whole
//! state, its timers, what it has to tell), `api` (the table of operations and what serves them) beside `signals` (webhooks),
//! `machine` (bytes in, bytes out). All of them read the profile.

mod api;
mod machine;
mod model;
pub mod profile;
mod shop;
mod signals;

#[cfg(test)]
mod tests;

pub use api::{coverage, operations};
pub use machine::Custom;
pub use profile::Profile;
pub use shop::access::Credentials;
pub use signals::signature::Signer;
