//! What the emulators share: token buckets, the machine interface and the facts a machine reports. Time, random streams
//! and texts are the kernel's.

pub(crate) mod addresses;
pub mod assorted;
pub mod bounds;
pub mod bucket;
pub mod call_streams;
pub(crate) mod consent;
pub mod coverage;
pub(crate) mod deliveries;
pub(crate) mod departures;
pub mod exchange;
pub mod fact;
pub mod faults;
pub(crate) mod forwarded;
pub(crate) mod integers;
pub mod machine;
mod passing_on;
pub mod past;
pub mod paths;
pub mod profile;
pub mod refusal;
pub mod several;
pub mod shop;
pub mod stall;
pub mod storefront;
pub(crate) mod timers;
pub mod told;
pub mod values;

pub use oversell_kernel::{calendar, distribution, hexadecimal, json, random, time};

pub use assorted::assorted;
pub use bounds::Bounds;
pub use bucket::{Flow, TokenBucket};
pub use call_streams::CallStreams;
pub use coverage::{Coverage, Served};
pub use exchange::{Exchange, exchange};
pub use fact::{CallKind, CallOutcome, Cause, Fact, Party};
pub use faults::{FaultCount, FaultCounts, LimitSize};
pub use machine::{
    DeliveryId, DeliveryOutcome, Input, Machine, Output, Request, RequestId, Response, Timer,
};
pub use oversell_kernel::{Distribution, Epoch, Micros, Seed, Stream};
pub use past::PastValues;
pub use refusal::{Called, Refusal};
pub use several::open_nth;
pub use shop::{ListingIndex, ListingSeed, LocationIndex, LocationSeed, OrderRef, Shop};
pub use stall::Stall;
pub use storefront::{
    ActOutcome, Basket, BasketLine, CheckoutOutcome, LimitUse, Removal, RemovalKind, StockOwner,
    Storefront, WriteRoom,
};
pub use told::{Telling, Tells, Told};
