//! Thresholds (docs/thresholds.md): figures by their names, limits on them, and what runs say of those.

pub mod figure;
mod judge;
mod of_scenario;
mod path;
mod quantity;
pub mod table;
#[cfg(test)]
mod tests;
mod threshold;

pub use figure::{Better, Figure, Part, Unit};
pub use judge::{Judgement, Outcome, RunFigures, judge};
pub use of_scenario::{of_option, of_scenario};
pub use path::FigurePath;
pub use quantity::{Quantity, of_percent};
pub use threshold::{Comparison, Known, Threshold, ThresholdError, YARDSTICK};
