#![doc = include_str!("../README.md")]

pub mod calendar;
pub mod distribution;
pub mod hexadecimal;
pub mod ids;
pub mod json;
pub mod random;
pub mod time;
pub mod zone;

pub use calendar::Epoch;
pub use distribution::Distribution;
pub use ids::{ChannelIndex, SkuIndex};
pub use random::{Seed, Stream};
pub use time::Micros;
pub use zone::Zone;
