//! Many seeds: table, CSV, and the files of their run directory (docs/replications.md).

mod csv;
mod files;
mod note;
mod table;

pub use csv::csv;
pub use files::{Manifest, RowsFile, Timing, read_manifest, read_shard, write};
pub use note::one_seed_note;
pub use table::table;
