//! The TikTok Shop emulator: Partner Open API of one shop, with signed requests, thin signed webhooks, the hold hour,
//! absolute inventory writes and dynamic rate limits.
//!
//! Section numbers in comments ("sheet 4.2") are those of the project's TikTok Shop fact sheet.

mod acts;
mod auth;
mod body;
mod cancellations;
mod catalogue;
mod errors;
mod event_body;
mod fulfillment;
mod ids;
mod inventory;
mod inventory_calls;
mod json;
mod lifecycle;
mod limits;
mod logistics;
mod machine;
mod order_page;
mod order_search;
mod orders;
mod packages;
mod paging;
mod products;
pub mod profile;
mod query;
mod router;
mod signals;
mod signature;
mod timers;
mod webhook_calls;

#[cfg(test)]
mod tests;

pub use auth::Credentials;
pub use machine::TiktokShop;
pub use profile::Profile;
pub use router::Operation;
pub use signature::Signer;
