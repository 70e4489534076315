//! Oversell: who oversells, how stale it gets, how much it carries.

pub mod engine;
