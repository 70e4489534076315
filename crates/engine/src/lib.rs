#![doc = include_str!("../README.md")]

mod budget;
mod calls;
mod cancellation;
pub mod canonical;
mod clock;
pub mod config;
pub mod connectors;
mod coverage;
mod demand;
mod feed;
pub mod journal;
pub mod jump_guard;
mod link;
pub mod machine;
mod orders;
pub mod planted;
pub mod platform;
mod queue;
pub mod recovery;
mod routing;
pub mod snapshot;
mod strategies;
mod sync;
mod warehouse_link;

pub use canonical::{ChannelIndex, OrderKey, SkuIndex};
pub use config::EngineConfig;
pub use coverage::{Coverage, CoveragePoint};
pub use machine::{
    CallError, CallId, DeliveryId, Engine, Input, Output, Request, Response, Target, Truth,
};
pub use oversell_kernel::Micros;
pub use sync::{SyncEngine, UnreadableOrders, build};
