//! What a run directory holds, read back: everything that people are shown is made from this.
//!
//! A part whose file is not there is absent, since older runs and runs in real time have fewer. What is there and cannot be
//! read is an error that names file and line.

mod error;
mod manifest;
mod percentiles;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use error::RunFilesError;
pub use manifest::Manifest;
pub use percentiles::Percentiles;

use super::json::{Document, SCHEMA_VERSION, StrategyDocument};
use super::replications::MANY_SEEDS;
use super::run_directory::CLAIM;
use crate::experiment::file_name;
use crate::measure::causes::Chain;
use crate::measure::series::{Row, SkuRow};
use crate::measure::{LimitRow, OneOrder, SignalFigures};

/// Bytes of a file that is read whole. Ours are a hundredth of it; something else may stand in its place.
const MOST_BYTES: u64 = 256 << 20;
/// Lines of a file that is read line by line.
const MOST_LINES: usize = 2_000_000;

/// A run directory, read.
#[derive(Clone, Debug)]
pub struct RunFiles {
    /// Where it is.
    pub directory: PathBuf,
    /// What made the run.
    pub manifest: Manifest,
    /// Figures, verdicts and causes.
    pub document: Document,
    /// What else is there of each contender, in the document's order.
    pub contenders: Vec<ContenderFiles>,
    /// The same order as every platform tells it.
    pub one_order: Option<OneOrder>,
    /// The scenario with every value written out.
    pub scenario: Option<String>,
}

/// The files of one contender.
#[derive(Clone, Debug, Default)]
pub struct ContenderFiles {
    /// Its name.
    pub name: String,
    /// The run over time: by bucket, first `all`, then channel by channel.
    pub series: Option<Vec<Row>>,
    /// Stock and displayed counts of the worst SKUs.
    pub skus: Option<Vec<SkuRow>>,
    /// Rate limits over time.
    pub limits: Option<Vec<LimitRow>>,
    /// What reached the engine, by channel.
    pub signals: Option<Vec<SignalFigures>>,
    /// Why units were oversold, unit by unit.
    pub chains: Option<Vec<Chain>>,
    /// Distributions of durations over all channels, by kind: `staleness`, `propagation` and so on.
    pub histograms: BTreeMap<String, Percentiles>,
    /// The ledger, line by line, where it was kept.
    pub ledger: Option<PathBuf>,
    /// The calls, line by line, where they were kept.
    pub calls: Option<PathBuf>,
}

impl RunFiles {
    /// Reads a run directory. Of shops that were served and reset it is the first life; [`RunFiles::lives`] has the others.
    ///
    /// # Errors
    /// When it is no run directory, is not complete, or holds what no run writes.
    pub fn read(directory: &Path) -> Result<RunFiles, RunFilesError> {
        RunFiles::read_parts(directory, true)
    }

    /// The same without the chains of causes: a page shows the worst units alone, which are in the document.
    ///
    /// # Errors
    /// See [`RunFiles::read`].
    pub fn read_for_page(directory: &Path) -> Result<RunFiles, RunFilesError> {
        RunFiles::read_parts(directory, false)
    }

    /// The document alone, of a directory that is complete and of a format that this program reads: other files are not asked for.
    ///
    /// # Errors
    /// See [`RunFiles::read`].
    pub fn read_document(directory: &Path) -> Result<Document, RunFilesError> {
        let manifest = read_manifest(directory)?;
        let place = Place {
            directory,
            manifest: &manifest,
        };
        place.document()
    }

    fn read_parts(directory: &Path, with_chains: bool) -> Result<RunFiles, RunFilesError> {
        let manifest = read_manifest(directory)?;
        let place = Place {
            directory,
            manifest: &manifest,
        };
        place.check_files()?;
        let document = place.document()?;
        let mut signals: BTreeMap<String, Vec<SignalFigures>> =
            place.json("signals.json")?.unwrap_or_default();
        let contenders = document
            .strategies
            .iter()
            .map(|run| {
                Ok(ContenderFiles {
                    signals: signals.remove(&run.strategy),
                    ..place.contender(&run.strategy, with_chains)?
                })
            })
            .collect::<Result<_, RunFilesError>>()?;
        Ok(RunFiles {
            directory: directory.to_path_buf(),
            contenders,
            one_order: place.json("one_order.json")?,
            scenario: place.text("scenario.toml")?,
            document,
            manifest,
        })
    }

    /// The directories of the lives of served shops that were reset, the first of them `directory` itself; that one alone
    /// for every other run.
    pub fn lives(directory: &Path) -> Vec<PathBuf> {
        let later = (2..).map(|life| directory.join(format!("life-{life}")));
        let later = later.take_while(|path| path.is_dir());
        std::iter::once(directory.to_path_buf())
            .chain(later)
            .collect()
    }

    /// What it is, on one line: `flash-sale, seed 7`; a later life of served shops says which.
    pub fn title(&self) -> String {
        let Document { scenario, seed, .. } = &self.document;
        let own = self.directory.file_name().and_then(|it| it.to_str());
        match own.and_then(|own| own.strip_prefix("life-")) {
            Some(life) => format!("{scenario}, seed {seed}, life {life}"),
            None => format!("{scenario}, seed {seed}"),
        }
    }

    /// The titles of runs, in their order; where two would be the same, each also says its directory.
    pub fn titles(runs: &[RunFiles]) -> Vec<String> {
        let titles: Vec<String> = runs.iter().map(RunFiles::title).collect();
        let own = runs.iter().zip(&titles).map(|(run, title)| {
            match titles.iter().filter(|it| *it == title).count() {
                1 => title.clone(),
                _ => format!("{title} ({})", run.directory.display()),
            }
        });
        own.collect()
    }

    /// A contender's document beside its files.
    pub fn contenders(&self) -> impl Iterator<Item = (&StrategyDocument, &ContenderFiles)> {
        self.document.strategies.iter().zip(&self.contenders)
    }

    /// A JSON file of the directory, by its name in the manifest; nothing when the run has none of that name.
    ///
    /// # Errors
    /// When it cannot be read as such.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, RunFilesError> {
        let place = Place {
            directory: &self.directory,
            manifest: &self.manifest,
        };
        place.json(name)
    }
}

/// Finds the manifest, or says what is there instead.
fn read_manifest(directory: &Path) -> Result<Manifest, RunFilesError> {
    let path = directory.join("manifest.json");
    if !directory.exists() {
        return Err(RunFilesError::Absent(directory.to_path_buf()));
    }
    if !directory.is_dir() {
        return Err(RunFilesError::File(directory.to_path_buf()));
    }
    if !path.exists() {
        let path = directory.to_path_buf();
        return Err(match directory.join(CLAIM).exists() {
            true => RunFilesError::Unfinished(path),
            false => RunFilesError::NotARun(path),
        });
    }
    let text = read_text(&path)?;
    let broken = |error: serde_json::Error| broken(&path, Some(error.line() as u64), error);
    // The version first: what another one calls its members is not known.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(broken)?;
    if let Some(error) = many_seeds(directory, &value) {
        return Err(error);
    }
    let found = value.get("schema_version").and_then(|it| it.as_u64());
    if let Some(found) = found.filter(|found| *found != u64::from(SCHEMA_VERSION)) {
        let word = |name: &str| Some(value.get(name)?.as_str()?.to_string());
        return Err(RunFilesError::Version {
            path,
            found,
            known: SCHEMA_VERSION,
            written_by: word("program_version"),
            command: word("command"),
        });
    }
    serde_json::from_str(&text).map_err(broken)
}

/// Says so where the manifest is that of many seeds.
fn many_seeds(directory: &Path, manifest: &serde_json::Value) -> Option<RunFilesError> {
    if manifest.get("kind")?.as_str()? != MANY_SEEDS {
        return None;
    }
    let text = |pointer: &str| manifest.pointer(pointer).and_then(|it| it.as_str());
    let seeds = text("/frame/seeds").unwrap_or("1");
    let digits = seeds.bytes().take_while(u8::is_ascii_digit).count();
    let command = text("/frame/contenders/0/rerun").unwrap_or("simulate --seed {seed}");
    Some(RunFilesError::ManySeeds {
        path: directory.to_path_buf(),
        seeds: seeds.to_string(),
        command: command.replace("{seed}", &seeds[..digits]),
    })
}

/// What every version of a file says of itself.
#[derive(Deserialize)]
struct Versioned {
    schema_version: u64,
}

/// A directory and what its manifest says is in it.
struct Place<'a> {
    directory: &'a Path,
    manifest: &'a Manifest,
}

impl Place<'_> {
    /// Every file of the manifest is there, and none leads out of the directory.
    fn check_files(&self) -> Result<(), RunFilesError> {
        for name in &self.manifest.files {
            if !is_inside(name) {
                let what = format!("{name:?} is no file of this directory");
                return Err(broken(&self.directory.join("manifest.json"), None, what));
            }
            let path = self.directory.join(name);
            if !path.is_file() {
                return Err(RunFilesError::Missing(path));
            }
        }
        Ok(())
    }

    /// The document, which is of the manifest's run.
    fn document(&self) -> Result<Document, RunFilesError> {
        let path = self.directory.join("figures.json");
        if !path.is_file() {
            return Err(RunFilesError::Missing(path));
        }
        // The version first: what another one calls its members is not known.
        let text = read_text(&path)?;
        let broken = |error: serde_json::Error| broken(&path, Some(error.line() as u64), error);
        let Versioned { schema_version } = serde_json::from_str(&text).map_err(broken)?;
        if schema_version != u64::from(SCHEMA_VERSION) {
            return Err(RunFilesError::Version {
                path: path.clone(),
                found: schema_version,
                known: SCHEMA_VERSION,
                written_by: Some(self.manifest.program_version.clone()),
                command: Some(self.manifest.command.clone()),
            });
        }
        let document: Document = serde_json::from_str(&text).map_err(broken)?;
        self.check_document(&document)?;
        Ok(document)
    }

    /// The document is of the manifest's run.
    fn check_document(&self, document: &Document) -> Result<(), RunFilesError> {
        let path = self.directory.join("figures.json");
        let names = document.strategies.iter().map(|run| &run.strategy);
        let same = document.scenario == self.manifest.scenario
            && document.seed == self.manifest.seed
            && names.eq(&self.manifest.strategies);
        let strange = document.strategies.iter().map(|run| &run.strategy);
        let mut strange = strange.filter(|name| name.contains('/') || !is_inside(name));
        if let Some(name) = strange.next() {
            let what = format!("{name:?} is no name of a contender");
            return Err(broken(&path, None, what));
        }
        if !same {
            let what = "manifest.json beside it is another run's: scenario, seed or contenders are not the same";
            return Err(broken(&path, None, what));
        }
        Ok(())
    }

    fn contender(&self, name: &str, with_chains: bool) -> Result<ContenderFiles, RunFilesError> {
        let file = file_name(name);
        Ok(ContenderFiles {
            name: name.to_string(),
            series: self.csv(&format!("series/{file}.csv"))?,
            skus: self.csv(&format!("series/{file}.skus.csv"))?,
            limits: self.csv(&format!("series/{file}.limits.csv"))?,
            signals: None,
            chains: match with_chains {
                true => self.lines(&format!("causes/{file}.jsonl"))?,
                false => None,
            },
            histograms: self.histograms(&file)?,
            ledger: self.kept("ledger", &file),
            calls: self.kept("calls", &file),
        })
    }

    /// A record that was kept of a contender's run: below the directory's own `ledger` or `calls` in virtual time, in the
    /// engine's place with `--wire`, and in the directory itself, or above a later life's, of served shops.
    fn kept(&self, what: &str, file: &str) -> Option<PathBuf> {
        let mut places = vec![
            self.directory.join(format!("{what}/{file}.jsonl")),
            self.directory.join(format!("engines/{file}/{what}.jsonl")),
        ];
        if self.manifest.strategies.len() == 1 {
            places.push(self.directory.join(format!("{what}.jsonl")));
            let own = self.directory.file_name().and_then(|it| it.to_str());
            if let (Some(life), Some(above)) = (
                own.and_then(|own| own.strip_prefix("life-")),
                self.directory.parent(),
            ) {
                places.push(above.join(format!("{what}-{life}.jsonl")));
            }
        }
        places.into_iter().find(|path| path.is_file())
    }

    /// The path of a file that the manifest names.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let named = self.manifest.files.iter().any(|file| file == name);
        named.then(|| self.directory.join(name))
    }

    fn text(&self, name: &str) -> Result<Option<String>, RunFilesError> {
        self.path(name).map(|path| read_text(&path)).transpose()
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, RunFilesError> {
        let Some(path) = self.path(name) else {
            return Ok(None);
        };
        let read = serde_json::from_str(&read_text(&path)?);
        read.map(Some)
            .map_err(|error| broken(&path, Some(error.line() as u64), error))
    }

    fn lines<T: DeserializeOwned>(&self, name: &str) -> Result<Option<Vec<T>>, RunFilesError> {
        let Some(path) = self.path(name) else {
            return Ok(None);
        };
        json_lines(&path)?.collect::<Result<_, _>>().map(Some)
    }

    fn csv<T: DeserializeOwned>(&self, name: &str) -> Result<Option<Vec<T>>, RunFilesError> {
        let Some(path) = self.path(name) else {
            return Ok(None);
        };
        let text = read_text(&path)?;
        let mut rows = Vec::new();
        for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
            match row {
                Ok(row) if rows.len() < MOST_LINES => rows.push(row),
                Ok(_) => return Err(broken(&path, None, too_many_lines())),
                Err(error) => {
                    let line = error.position().map(csv::Position::line);
                    return Err(broken(&path, line, error));
                }
            }
        }
        Ok(Some(rows))
    }

    /// The histograms of a contender, by kind; `name` as it stands in file names.
    fn histograms(&self, name: &str) -> Result<BTreeMap<String, Percentiles>, RunFilesError> {
        let mut read = BTreeMap::new();
        for file in &self.manifest.files {
            let kind = file
                .strip_prefix("histograms/")
                .and_then(|file| file.strip_prefix(name)?.strip_prefix('.'))
                .and_then(|file| file.strip_suffix(".hdr"));
            let Some(kind) = kind else {
                continue;
            };
            // Names may hold dots, so that `a` and `a.b` have files of the same beginning.
            let others = self.manifest.strategies.iter().map(|it| file_name(it));
            let mut longer = others.filter(|other| other.len() > name.len());
            if longer.any(|other| file.starts_with(&format!("histograms/{other}."))) {
                continue;
            }
            let path = self.directory.join(file);
            let curve = Percentiles::of_log(&read_text(&path)?)
                .map_err(|(line, what)| broken(&path, line, what))?;
            read.insert(kind.to_string(), curve);
        }
        Ok(read)
    }
}

/// The lines of a file of JSON lines, one after the other: as many as there are, read as they are asked for.
///
/// # Errors
/// When the file cannot be opened; each line that cannot be read is an error that names it.
pub fn json_lines<T: DeserializeOwned>(
    path: &Path,
) -> Result<impl Iterator<Item = Result<T, RunFilesError>>, RunFilesError> {
    let file = fs::File::open(path).map_err(|source| unreadable(path, source))?;
    let mut reader = BufReader::new(file);
    let path = path.to_path_buf();
    let (mut number, mut line, mut over) = (0u64, Vec::new(), false);
    Ok(std::iter::from_fn(move || {
        loop {
            if over {
                return None;
            }
            number += 1;
            line.clear();
            let read = (&mut reader).take(MOST_BYTES).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return None,
                Ok(_) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Ok(_) => {
                    let read = serde_json::from_slice(&line);
                    over = read.is_err();
                    return Some(read.map_err(|error| {
                        let what = format!("{}, at column {}", plain(&error), error.column());
                        broken(&path, Some(number), what)
                    }));
                }
                Err(source) => {
                    over = true;
                    return Some(Err(unreadable(&path, source)));
                }
            }
        }
    }))
}

/// An error of JSON without its own place, which is the line's.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_string()
}

fn read_text(path: &Path) -> Result<String, RunFilesError> {
    let file = fs::File::open(path).map_err(|source| unreadable(path, source))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| unreadable(path, source))?;
    if bytes.len() as u64 > MOST_BYTES {
        let what = format!(
            "it is larger than {} MiB, as no run writes",
            MOST_BYTES >> 20
        );
        return Err(broken(path, None, what));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
        broken(path, Some(line), "it is not UTF-8 text")
    })
}

/// Whether a name of the manifest stays in the directory.
fn is_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

fn too_many_lines() -> String {
    format!("more than {MOST_LINES} lines, as no run writes")
}

fn broken(path: &Path, line: Option<u64>, what: impl ToString) -> RunFilesError {
    RunFilesError::Broken {
        path: path.to_path_buf(),
        // JSON counts a missing value from line 0.
        line: line.filter(|line| *line > 0),
        what: what.to_string(),
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> RunFilesError {
    RunFilesError::Unreadable {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests;
