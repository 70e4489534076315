//! Directories of studies whose parts are files of their own, each written whole: they go on after a kill, and shards are put
//! together.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Failure;
use crate::experiment::capacity::ladder;
use crate::experiment::replications::merge::MergeError;
use crate::experiment::sweep;
use crate::report::run_directory::{at_or_beside, write_whole};
use crate::scenario::file::text_of;

/// Parts that are named one by one.
const MOST_NAMED: usize = 20;

/// What a study is about.
pub trait Study: Serialize + DeserializeOwned {
    /// One of its parts.
    type Part: Serialize + DeserializeOwned;
    /// In words: `sweep`.
    const NAME: &'static str;
    /// What [`kind_of`] gives for it.
    const KIND: &'static str;
    /// One of its parts in words: `cell`.
    const PART: &'static str;

    /// Whether parts of the two can be put together.
    fn is_same(&self, other: &Self) -> bool;

    /// The number of a part.
    fn number(part: &Self::Part) -> u64;
}

impl Study for sweep::Definition {
    type Part = sweep::Cell;
    const NAME: &'static str = "sweep";
    const KIND: &'static str = sweep::KIND;
    const PART: &'static str = "cell";

    fn is_same(&self, other: &Self) -> bool {
        self.is_same(other)
    }

    fn number(part: &Self::Part) -> u64 {
        part.number
    }
}

impl Study for ladder::Definition {
    type Part = ladder::Rung;
    const NAME: &'static str = "search for capacity";
    const KIND: &'static str = ladder::KIND;
    const PART: &'static str = "value";

    fn is_same(&self, other: &Self) -> bool {
        self.is_same(other)
    }

    fn number(part: &Self::Part) -> u64 {
        part.number
    }
}

/// The directory of a study.
pub struct Folder<S> {
    /// Where it is.
    pub path: PathBuf,
    study: PhantomData<S>,
}

/// What the study in a directory is called there; nothing where there is none.
pub fn kind_of(place: &Path) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Kind {
        kind: String,
    }
    let text = text_of(&place.join("definition.json")).ok()?;
    let read: Kind = serde_json::from_str(&text).ok()?;
    Some(read.kind)
}

impl<S: Study> Folder<S> {
    fn at(path: &Path) -> Folder<S> {
        Folder {
            path: path.to_path_buf(),
            study: PhantomData,
        }
    }

    fn file_of(&self, number: u64) -> PathBuf {
        self.parts().join(format!("{number:05}.json"))
    }

    /// Writes a file of it.
    ///
    /// # Errors
    /// A sentence, when it cannot be written.
    pub fn put(&self, name: &str, text: &str) -> Result<(), String> {
        write(&self.path.join(name), text)
    }

    /// Writes a part.
    ///
    /// # Errors
    /// A sentence, when it cannot be written.
    pub fn keep(&self, part: &S::Part) -> Result<(), String> {
        write(&self.file_of(S::number(part)), &pretty(part))
    }

    /// Makes it, or finds one of the same study there.
    ///
    /// # Errors
    /// When another or anything else is there, or it cannot be made.
    pub fn open(path: &Path, definition: &S) -> Result<Folder<S>, Failure> {
        let folder: Folder<S> = Folder::at(path);
        let shown = path.display();
        let elsewhere = |what: String| {
            Failure::usage(
                format!("{shown} holds {what}"),
                "name another directory with --out, or take that one away",
            )
        };
        if path.is_file() {
            return Err(Failure::unwritable(
                format!("{shown} is a file"),
                "name a directory with --out",
            ));
        }
        let known = match kind_of(path) {
            Some(kind) if kind != S::KIND => {
                return Err(elsewhere(format!("a study of another kind, `{kind}`")));
            }
            _ => folder.definition()?,
        };
        match &known {
            Some(known) if known.is_same(definition) => {}
            Some(_) => return Err(elsewhere(format!("another {}", S::NAME))),
            // Parts that nobody says the study of, and files of others, are left as they are.
            None if !folder.is_free() => {
                return Err(elsewhere(format!("files, and no {}", S::NAME)));
            }
            None => {}
        }
        let parts = folder.parts();
        std::fs::create_dir_all(&parts).map_err(|error| {
            let message = format!("{} cannot be made: {error}", parts.display());
            Failure::unwritable(message, "name a place for a directory with --out")
        })?;
        if known.is_none() {
            folder
                .put("definition.json", &pretty(definition))
                .map_err(|error| Failure::unexpected(&error))?;
        }
        Ok(folder)
    }

    /// Makes it at or beside `wanted`, where nothing is yet: what shards come to takes no place of anything else.
    ///
    /// # Errors
    /// When `wanted` is one of the shards, or nothing can be made there.
    pub fn for_whole(
        wanted: &Path,
        shards: &[PathBuf],
        definition: &S,
    ) -> Result<Folder<S>, Failure> {
        let own = wanted.canonicalize().ok();
        let is_wanted = |shard: &&PathBuf| own.is_some() && shard.canonicalize().ok() == own;
        if let Some(shard) = shards.iter().find(is_wanted) {
            return Err(Failure::usage(
                format!(
                    "--out {} is the shard {}, which would be spoilt by the whole",
                    wanted.display(),
                    shard.display()
                ),
                "name another directory with --out",
            ));
        }
        let mut free =
            at_or_beside(wanted).filter(|path| path.is_file() || Folder::<S>::at(path).is_free());
        let place = free.next().ok_or_else(|| {
            let message = format!("--out {}: too many of this name already", wanted.display());
            Failure::unwritable(message, "name another directory with --out")
        })?;
        Folder::open(&place, definition)
    }

    fn parts(&self) -> PathBuf {
        self.path.join(format!("{}s", S::PART))
    }

    /// Whether nothing is there, or no more than the beginning of a study that was broken off before it said what it is about.
    fn is_free(&self) -> bool {
        let is_empty =
            |path: &Path| std::fs::read_dir(path).is_ok_and(|mut it| it.next().is_none());
        let mut entries = std::fs::read_dir(&self.path)
            .into_iter()
            .flatten()
            .flatten();
        entries.all(|entry| {
            let path = entry.path();
            let is_beginning = path == self.parts() && is_empty(&path);
            is_beginning || path.extension().is_some_and(|it| it == "part")
        })
    }

    /// What the study there is about; nothing where there is none.
    fn definition(&self) -> Result<Option<S>, Failure> {
        let path = self.path.join("definition.json");
        let spoilt = |error: &dyn std::fmt::Display| {
            Failure::usage(
                format!("{}: {error}", path.display()),
                "nobody knows any more what is in this directory: name another one",
            )
        };
        let text = match text_of(&path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(spoilt(&error)),
        };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|error| spoilt(&error))
    }

    /// Says so where a shard of another study is.
    fn check_kind(&self) -> Result<(), MergeError> {
        match kind_of(&self.path).filter(|kind| kind != S::KIND) {
            Some(kind) => Err(MergeError::Different(format!(
                "{} holds a shard of a study of another kind, `{kind}`: a {} is put together here",
                self.path.display(),
                S::NAME
            ))),
            None => Ok(()),
        }
    }

    /// What is wrong with a place that is to be a shard's and says of nothing what it is about.
    fn without(&self) -> MergeError {
        let place = self.path.display();
        if !self.path.exists() {
            return MergeError::Incomplete(format!("there is no {place}"));
        }
        match self.path.is_dir() && self.is_free() {
            true => MergeError::Incomplete(format!(
                "{place} holds nothing yet: its run was broken off, or goes on"
            )),
            false => MergeError::Different(format!("{place} holds no shard of a {}", S::NAME)),
        }
    }

    /// A part, if it is there.
    ///
    /// # Errors
    /// When its file holds something else.
    pub fn part(&self, number: u64) -> Result<Option<S::Part>, Failure> {
        let path = self.file_of(number);
        let text = match text_of(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let part: S::Part =
            serde_json::from_str(&text).map_err(|error| unreadable(&path, &error))?;
        let own = S::number(&part);
        if own != number {
            let why = format!("it is {} {own}, in the place of {number}", S::PART);
            return Err(unreadable(&path, &why));
        }
        Ok(Some(part))
    }

    /// All parts, which are to be there.
    ///
    /// # Errors
    /// When one is missing, or its file holds something else.
    pub fn all(&self, count: u64) -> Result<Vec<S::Part>, Failure> {
        let mut all = Vec::new();
        for number in 0..count {
            let missing = || {
                let (part, name) = (S::PART, S::NAME);
                MergeError::Incomplete(format!("{part} {number} of the {name} is missing"))
            };
            all.push(self.part(number)?.ok_or_else(missing)?);
        }
        Ok(all)
    }
}

/// Shards of one study: what it is about, and their parts, each of `count` there once.
///
/// # Errors
/// When they are of different studies, or a part is missing or there twice.
pub fn gathered<S: Study>(
    shards: &[PathBuf],
    count: impl Fn(&S) -> Result<u64, String>,
) -> Result<(S, Vec<S::Part>), Failure> {
    let mut first: Option<S> = None;
    let mut folders = Vec::new();
    for path in shards {
        let folder: Folder<S> = Folder::at(path);
        folder.check_kind()?;
        let own = folder.definition()?.ok_or_else(|| folder.without())?;
        if first.as_ref().is_some_and(|it| !it.is_same(&own)) {
            let message = format!(
                "{} is of another {} than {}",
                path.display(),
                S::NAME,
                shards[0].display()
            );
            return Err(MergeError::Different(message).into());
        }
        first.get_or_insert(own);
        folders.push(folder);
    }
    let definition = first.ok_or_else(|| {
        Failure::said(
            super::Exit::NothingSelected,
            "there is no shard to be put together",
        )
    })?;
    let count = count(&definition).map_err(MergeError::Unreadable)?;
    let mut found = Vec::new();
    let (mut missing, mut twice) = (Vec::new(), Vec::new());
    for number in 0..count {
        let mut own = Vec::new();
        for folder in &folders {
            own.extend(folder.part(number)?);
        }
        match own.len() {
            0 => missing.push(number.to_string()),
            1 => found.append(&mut own),
            _ => twice.push(number.to_string()),
        }
    }
    let named = |what: &str, parts: &[String]| {
        let more = parts.len().saturating_sub(MOST_NAMED);
        let first = parts[..parts.len() - more].join(", ");
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{what}: {} {first}{rest}", S::PART)
    };
    if !missing.is_empty() || !twice.is_empty() {
        let said = [("missing", missing), ("there twice", twice)];
        let said = said.iter().filter(|(_, parts)| !parts.is_empty());
        let said: Vec<String> = said.map(|(what, parts)| named(what, parts)).collect();
        return Err(MergeError::Incomplete(said.join("; ")).into());
    }
    Ok((definition, found))
}

/// Whether nothing is there, be it that a file stands where the way to it leads.
fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    write_whole(path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(
        format!("{}: {error}", path.display()),
        "take the file away, and it is made again",
    )
}

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
