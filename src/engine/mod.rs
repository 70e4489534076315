//! Sync engines: the systems under test. They know channels and the warehouse only as HTTP bytes and import nothing
//! of the rest of the crate.
//!
//! An engine is a state machine like the emulators: a driver hands it inputs and the time, then drains outputs, then
//! asks when it next has something to do.

mod budget;
mod calls;
pub mod canonical;
pub mod clock;
pub mod config;
pub mod connectors;
mod core;
mod demand;
mod feed;
pub mod journal;
mod link;
pub mod machine;
mod orders;
mod queue;
pub mod recovery;
mod routing;
mod strategies;
mod warehouse_link;

pub use canonical::{ChannelIndex, OrderKey, SkuIndex};
pub use clock::Micros;
pub use config::EngineConfig;
pub use core::{SyncEngine, build};
pub use machine::{
    CallError, CallId, DeliveryId, Engine, Input, Output, Request, Response, Target, Truth,
};
