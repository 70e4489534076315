//! Why a run directory cannot be read.

use std::io;
use std::path::PathBuf;

/// Why a run directory cannot be read, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RunFilesError {
    /// There is nothing.
    #[error("{}: there is no such directory; `--out` of the run, or its last line, says where it was written", .0.display())]
    Absent(PathBuf),
    /// It is a file.
    #[error("{}: this is a file; give the run directory that holds it", .0.display())]
    File(PathBuf),
    /// It is a directory of something else.
    #[error("{}: this is no run directory: it holds no manifest.json", .0.display())]
    NotARun(PathBuf),
    /// A run goes on there, or was broken off.
    #[error(
        "{}: the run is not finished, or was broken off: it holds no manifest.json; wait for it, or run it again",
        .0.display()
    )]
    Unfinished(PathBuf),
    /// Another version of the format.
    #[error(
        "{}: schema_version is {found}, and this program reads {known}; read it with {}, or {}", path.display(),
        by_version(written_by.as_deref()), again(command.as_deref())
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: u64,
        /// What can be read.
        known: u32,
        /// The version of the program that wrote it, where it is said.
        written_by: Option<String>,
        /// The command that repeats the run, where it is said.
        command: Option<String>,
    },
    /// It is a directory of many seeds.
    #[error(
        "{}: this directory holds many seeds ({seeds}), of which figures are kept, and neither causes nor series; play one of \
         them by itself: {command}", path.display()
    )]
    ManySeeds {
        /// The directory.
        path: PathBuf,
        /// Its seeds, `1..20` or `3,7,9`.
        seeds: String,
        /// The command that plays the first of them.
        command: String,
    },
    /// A file that the manifest names is not there.
    #[error(
        "{}: the file is missing, although manifest.json names it: the directory was not copied whole, or something was \
         deleted from it", .0.display()
    )]
    Missing(PathBuf),
    /// The operating system does not let it be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What stands in a file is not what should.
    #[error("{}{}: {what}", path.display(), line.map(|it| format!(":{it}")).unwrap_or_default())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Which line, from 1; none where it is the whole file.
        line: Option<u64>,
        /// What is wrong.
        what: String,
    },
}

fn by_version(written_by: Option<&str>) -> String {
    match written_by {
        Some(version) => format!("`simulate` {version}"),
        None => "the version of `simulate` that wrote it".to_string(),
    }
}

fn again(command: Option<&str>) -> String {
    match command {
        Some(command) => format!("run it again: {command}"),
        None => "play its scenario again".to_string(),
    }
}
