//! The ledger: the append-only record of what really happened, written by emulators, warehouse and buyers, never by the
//! engine (law 4). It keeps the truth (sellable units, displayed counts, open orders), judges every event against it at
//! the moment it happens, and hands the judged entries to a [`Recorder`].

pub mod entry;

pub use entry::{Entry, Recorder};
