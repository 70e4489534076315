//! The TikTok Shop emulator: Partner Open API of one shop, with signed requests, thin signed webhooks, the hold hour,
//! absolute inventory writes and dynamic rate limits.
//!
//! Comments cite the sections of docs/platforms/tiktok_shop.md.
//!
//! Floors, each of which knows only those below it: `model` (orders, stock, catalogue: plain state and its rules), `shop`
//! (the whole state, its timers, what it has to tell), `api` (the table of operations and what serves them) beside `signals`
//! (webhooks), `machine` (bytes in, bytes out). All of them read the profile.

mod api;
mod machine;
mod model;
pub mod profile;
mod shop;
mod signals;

#[cfg(test)]
mod tests;

pub use api::{coverage, operations};
pub use machine::TiktokShop;
pub use model::returns::{ReturnRef, ReturnType};
pub use profile::Profile;
pub use shop::access::Credentials;
pub use shop::access::signature::Signer;
