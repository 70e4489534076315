//! Figures to people and machines: terminal table, JSON, run directory. Everything shown is made from one [`Document`], the
//! same that is written to the run directory.

pub mod baseline;
pub mod capacity;
mod columns;
mod comparison_junit;
mod comparison_markdown;
mod comparison_table;
mod comparison_words;
pub mod csv;
pub mod explain;
pub mod export;
mod findings;
pub mod frontier;
pub mod fuzz;
mod heads;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod number;
mod paragraph;
pub mod real_time_table;
mod references;
pub mod replications;
pub mod run_directory;
pub mod run_files;
pub mod seeds_baseline;
pub mod serve_table;
pub mod served_table;
pub mod sides;
mod style;
mod svg;
pub mod sweep;
pub mod table;
pub mod thresholds;
mod trace;
pub mod verdict_line;
mod why;
mod worth;

#[cfg(test)]
mod tests;

pub use baseline::Baseline;
pub use comparison_junit::comparison_junit;
pub use comparison_markdown::comparison_markdown;
pub use comparison_table::comparison_table;
pub use csv::csv;
pub use json::{Document, SCHEMA_VERSION, StrategyDocument, TimeKind, output_schema};
pub use number::counted;
pub use run_directory::{RunDirectory, RunDirectoryError};
pub use run_files::{RunFiles, RunFilesError};
pub use serve_table::serve_table;
pub use served_table::served_table;
pub use style::{Layout, Style};
pub use table::table;
pub use verdict_line::verdict_line;
