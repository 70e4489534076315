//! Real time: the same machines behind real sockets, and engines that are processes of their own.
//!
//! Every emulator has a task of its own that owns its machine; HTTP servers hand it whole requests, the ledger's thread
//! takes its facts. Nothing here holds a domain rule. Results of real time and of virtual time never share a table.

pub mod access_file;
pub mod books;
pub mod built_in;
pub mod clock;
pub mod control;
pub mod deliveries;
pub mod demand;
pub mod drive;
pub mod engine;
pub mod faults;
pub mod history;
pub mod house;
pub mod http;
pub mod lines;
pub mod pacer;
#[cfg(test)]
mod pacer_tests;
pub mod service;
pub mod stepped;
pub mod system;
pub mod timing;
pub mod tls;
pub mod watch;
