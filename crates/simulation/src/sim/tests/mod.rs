//! Whole runs with small machines: one shop that is as simple as a shop can be, and a few engines.

mod custom;
mod engines;
mod faults;
mod hours;
mod platforms;
mod runs;
mod shop;
