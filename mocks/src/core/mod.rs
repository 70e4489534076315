//! What the emulators share: time, keyed random streams, distributions, token buckets, texts in JSON, the machine
//! interface and the facts a machine reports.

pub mod bucket;
pub mod calendar;
pub mod coverage;
pub mod distribution;
pub mod exchange;
pub mod fact;
pub mod hexadecimal;
pub mod json;
pub mod machine;
pub mod profile;
pub mod random;
pub mod shop;
pub mod storefront;
pub mod time;

pub use bucket::TokenBucket;
pub use calendar::Epoch;
pub use coverage::{Coverage, Served};
pub use distribution::Distribution;
pub use exchange::{Exchange, exchange};
pub use fact::{CallKind, CallOutcome, Cause, Fact, Party};
pub use machine::{
    DeliveryId, DeliveryOutcome, Input, Machine, Output, Request, RequestId, Response, Timer,
};
pub use random::{Seed, Stream};
pub use shop::{ListingIndex, ListingSeed, LocationIndex, LocationSeed, OrderRef, Shop};
pub use storefront::{
    ActOutcome, Basket, BasketLine, CheckoutOutcome, LimitUse, StockOwner, Storefront,
};
pub use time::Micros;
