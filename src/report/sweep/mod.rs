//! Sweeps: table, CSV, JSON and the picture of the frontier (docs/capacity.md).

mod frontier;
mod rows;
mod table;

pub use frontier::frontier;
pub use rows::{SweepDocument, SweepRow};
pub use table::table;
