//! The emulators behind sockets: a port for each, a control API beside them, TLS, and orders of the past.
//!
//! Every emulator has a task of its own that owns its machine; HTTP servers hand it whole requests, the ledger's thread
//! takes its facts. Nothing here holds a domain rule.

pub mod access_file;
mod calls;
mod carrier;
pub mod clock;
pub mod control;
mod deliveries;
pub mod faults;
pub mod front;
pub mod history;
pub mod http;
pub mod ledger_task;
#[cfg(test)]
mod pacing_tests;
mod plan;
mod running;
pub mod service;
pub mod session;
pub mod system_task;
pub mod tls;
mod watched_calls;
pub mod webhooks;
