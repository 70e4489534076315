//! Many seeds: table, CSV, and the files of their run directory (docs/replications.md).

mod csv;
mod files;
mod note;
mod table;

pub use csv::csv;
pub use files::{Manifest, RowsFile, Timing, read_manifest, read_shard, read_timing, write};
pub use note::push_one_seed_note;
pub use table::table;
pub(super) use table::estimate_text;
