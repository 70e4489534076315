//! Many seeds: table, CSV, JUnit XML, and the files of their run directory (docs/replications.md).

mod csv;
mod files;
mod junit;
mod note;
mod read;
mod table;

pub use csv::csv;
pub use files::{
    MANY_SEEDS, Manifest, Part, RowsFile, Timing, read_manifest, read_shard, read_timing, write,
    write_page,
};
pub use junit::junit;
pub use note::push_one_seed_note;
pub use read::{SeedsFiles, SeedsFilesError};
pub use table::table;
pub(super) use table::{
    bound_text, budget_share, budget_text, budget_verdict, estimate_text, most_of, never_text,
    verdict,
};
