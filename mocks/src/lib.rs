//! Emulators of Shopify, Amazon (SP-API), TikTok Shop and a merchant's warehouse.
//!
//! Each emulator is a plain state machine without clock, socket or thread: a driver hands it complete HTTP
//! requests and the time, and drains responses, webhook deliveries and facts for the ledger. So the same code
//! runs in virtual time and behind real sockets.

pub mod amazon;
pub mod core;
pub mod shopify;
pub mod tiktok_shop;
pub mod warehouse;
