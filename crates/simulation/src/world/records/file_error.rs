//! Files of records that cannot be begun.

use std::io;
use std::path::{Path, PathBuf};

/// A file of a record could not be begun.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct RecordFileError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl RecordFileError {
    /// Names the file of an error.
    pub fn of(path: &Path) -> impl Fn(io::Error) -> RecordFileError {
        let path = path.to_path_buf();
        move |source| RecordFileError {
            path: path.clone(),
            source,
        }
    }
}
