//! A directory of many seeds, read back: everything that people are shown of it is made from this.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files::MANY_SEEDS;
use crate::experiment::replications::{ReplicationsDocument, SCHEMA_VERSION};
use crate::experiment::shard::Shard;
use crate::scenario::file::text_of;

/// Why a directory of many seeds cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum SeedsFilesError {
    /// A file cannot be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The run was broken off, or goes on.
    #[error("{} has no manifest.json: its run was broken off, or goes on", .0.display())]
    Incomplete(PathBuf),
    /// A shard judges nothing.
    #[error("{} is shard {shard}, and nothing is judged before all are there", path.display())]
    Shard {
        /// The directory.
        path: PathBuf,
        /// Which.
        shard: Shard,
    },
}

/// A directory of many seeds, read.
#[derive(Clone, Debug)]
pub struct SeedsFiles {
    /// Where it is.
    pub directory: PathBuf,
    /// What the seeds come to.
    pub document: ReplicationsDocument,
    /// The version of the program that played them.
    pub program_version: String,
    /// The scenario with every value written out.
    pub scenario: Option<String>,
}

/// What is asked of a manifest.
#[derive(Deserialize)]
struct Made {
    schema_version: u32,
    kind: String,
    program_version: String,
    #[serde(default)]
    shard: Option<Shard>,
}

fn unreadable(directory: &Path, name: &str, why: String) -> SeedsFilesError {
    let path = directory.join(name);
    SeedsFilesError::Unreadable { path, why }
}

impl SeedsFiles {
    /// Whether a directory is one of many seeds, complete or not.
    pub fn is_there(directory: &Path) -> bool {
        let has = |name: &str| directory.join(name).is_file();
        !has("figures.json") && ["seeds.jsonl", "seeds.jsonl.part"].iter().any(|it| has(it))
    }

    /// Checks that it is complete and no shard, and gives the version of the program that played it.
    ///
    /// # Errors
    /// What it is instead.
    pub fn check(directory: &Path) -> Result<String, SeedsFilesError> {
        let unreadable = |name: &str, why: String| unreadable(directory, name, why);
        let manifest = match text_of(&directory.join("manifest.json")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SeedsFilesError::Incomplete(directory.to_path_buf()));
            }
            Err(error) => return Err(unreadable("manifest.json", error.to_string())),
        };
        let made: Made = serde_json::from_str(&manifest)
            .map_err(|error| unreadable("manifest.json", error.to_string()))?;
        if made.kind != MANY_SEEDS || made.schema_version != SCHEMA_VERSION {
            let why = format!(
                "it is `{}` in version {}, and this program reads `{MANY_SEEDS}` in version {SCHEMA_VERSION}",
                made.kind, made.schema_version
            );
            return Err(unreadable("manifest.json", why));
        }
        if let Some(shard) = made.shard {
            let path = directory.to_path_buf();
            return Err(SeedsFilesError::Shard { path, shard });
        }
        Ok(made.program_version)
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is not complete, is a shard, or holds what no run writes.
    pub fn read(directory: &Path) -> Result<SeedsFiles, SeedsFilesError> {
        let program_version = SeedsFiles::check(directory)?;
        let unreadable = |name: &str, why: String| unreadable(directory, name, why);
        let text = text_of(&directory.join("replications.json"))
            .map_err(|error| unreadable("replications.json", error.to_string()))?;
        Ok(SeedsFiles {
            directory: directory.to_path_buf(),
            document: serde_json::from_str(&text)
                .map_err(|error| unreadable("replications.json", error.to_string()))?,
            program_version,
            scenario: text_of(&directory.join("scenario.toml")).ok(),
        })
    }

    /// What it is, on one line: `flash-sale, 20 seeds (1..20)`.
    pub fn title(&self) -> String {
        let frame = &self.document.frame;
        let seeds = crate::report::counted(self.document.runs, "seed");
        format!("{}, {seeds} ({})", frame.scenario, frame.seeds)
    }

    /// The titles of several, in their order; where two would be the same, each also says its directory.
    pub fn titles(all: &[SeedsFiles]) -> Vec<String> {
        let titles: Vec<String> = all.iter().map(SeedsFiles::title).collect();
        let own = all.iter().zip(&titles).map(|(files, title)| {
            match titles.iter().filter(|it| *it == title).count() {
                1 => title.clone(),
                _ => format!("{title} ({})", files.directory.display()),
            }
        });
        own.collect()
    }
}
