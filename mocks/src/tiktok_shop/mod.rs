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
mod external_orders;
mod fulfillment;
mod ids;
mod inventory;
mod inventory_calls;
mod json;
mod labels;
mod lifecycle;
mod limits;
mod logistics;
mod machine;
mod operations;
mod order_page;
mod order_search;
mod orders;
mod packages;
mod paging;
mod product_status;
mod products;
pub mod profile;
mod query;
mod return_calls;
mod returns;
mod router;
mod signals;
mod signature;
mod timers;
mod webhook_calls;

#[cfg(test)]
mod tests;

pub use auth::Credentials;
pub use machine::TiktokShop;
pub use operations::{Operation, coverage};
pub use profile::Profile;
pub use returns::{ReturnRef, ReturnType};
pub use signature::Signer;
