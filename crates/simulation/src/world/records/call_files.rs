//! Calls in files: a line each as they end, and an archive of all of them when there are no more.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use channel_mocks::core::Epoch;
use serde_json::value::RawValue;

use super::call::{CallLine, CallRecord, Change, Effect};
use super::call_log::{CallSink, Exchange};
use super::file_error::RecordFileError;
use super::har;

/// Bytes of requests and responses that an archive holds; later calls are in the lines alone.
const MOST_EXCHANGE_BYTES: u64 = 256 << 20;

/// What became of a file of calls.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptCalls {
    /// Calls in the lines.
    pub kept: u64,
    /// Calls that were made after the file was full.
    pub left_out: u64,
    /// Calls of the lines that are not in the archive, which was full before.
    pub not_in_archive: u64,
}

/// Two files that grow: the lines, and aside what the archive is made of.
pub struct CallFiles {
    /// Where the lines are to be.
    path: PathBuf,
    /// Where they are written: there, or aside.
    written: PathBuf,
    lines: BufWriter<File>,
    exchanges: BufWriter<File>,
    exchange_bytes: u64,
    most: u64,
    /// The highest number of a call in the lines.
    highest: u64,
    counts: KeptCalls,
    failure: Option<io::Error>,
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    path.with_extension(ending)
}

impl CallFiles {
    /// Opens the lines at `path`, which must not exist, and whose archive will be beside it under the ending `har`. They hold
    /// `most` calls. `aside`: the lines get their name when they are complete; else they can be followed as they grow, and none
    /// of the files may be there.
    ///
    /// # Errors
    /// Names the file that cannot be created; then none has been.
    pub fn create(path: &Path, most: u64, aside: bool) -> Result<CallFiles, RecordFileError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(RecordFileError::of(parent))?;
        }
        let written = match aside {
            true => beside(path, "jsonl.part"),
            false => path.to_path_buf(),
        };
        let (archive, aside_of_it) = (beside(path, "har"), beside(path, "exchanges.part"));
        if !aside && fs::symlink_metadata(&archive).is_ok() {
            let there = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(RecordFileError::of(&archive)(there));
        }
        let begin = |path: &Path| match aside {
            true => File::create(path).map_err(RecordFileError::of(path)),
            false => File::create_new(path).map_err(RecordFileError::of(path)),
        };
        let lines = begin(&written)?;
        let exchanges = begin(&aside_of_it).inspect_err(|_| {
            // The error that led here is the one to tell.
            let _ = fs::remove_file(&written);
        })?;
        Ok(CallFiles {
            path: path.to_path_buf(),
            written,
            lines: BufWriter::new(lines),
            exchanges: BufWriter::new(exchanges),
            exchange_bytes: 0,
            most,
            highest: 0,
            counts: KeptCalls::default(),
            failure: None,
        })
    }

    /// Takes back what has been begun: nothing came of it.
    pub fn discard(self) {
        for path in [&self.written, &beside(&self.path, "exchanges.part")] {
            // What cannot be removed does no harm but to lie there.
            let _ = fs::remove_file(path);
        }
    }

    fn keep(&mut self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            self.failure.get_or_insert(error);
        }
    }

    fn line(&mut self, line: &CallLine) {
        let written = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .and_then(|mut text| {
                text.push(b'\n');
                self.lines.write_all(&text)
            });
        self.keep(written);
    }

    /// Ends the lines and makes the archive. `epoch`: the calendar instant of the scenario's start; `about`: what the archive
    /// says of itself.
    ///
    /// # Errors
    /// The first failure of all that was to be written.
    pub fn finish(mut self, epoch: Epoch, about: &str) -> io::Result<KeptCalls> {
        if self.counts.left_out > 0 {
            let calls = self.counts.left_out;
            self.line(&CallLine::LeftOut { calls });
        }
        self.flush()?;
        self.archive(epoch, about)?;
        fs::remove_file(beside(&self.path, "exchanges.part"))?;
        if self.written != self.path {
            fs::rename(&self.written, &self.path)?;
        }
        Ok(self.counts)
    }

    fn archive(&self, epoch: Epoch, about: &str) -> io::Result<()> {
        let mut late: BTreeMap<u64, Vec<Change>> = BTreeMap::new();
        for line in read(&self.written)? {
            if let CallLine::Effect(Effect {
                call: Some(call),
                change,
                ..
            }) = line?
            {
                late.entry(call).or_default().push(change);
            }
        }
        let (place, aside) = (beside(&self.path, "har"), beside(&self.path, "har.part"));
        let mut out = BufWriter::new(File::create(&aside)?);
        let KeptCalls {
            kept,
            left_out,
            not_in_archive,
        } = self.counts;
        let mut comment = format!(
            "{about} Times are the platforms' own. Access tokens, client secrets and signatures are left out ({}); bodies are cut \
             at {} KiB.",
            super::redact::REDACTED,
            har::MOST_BODY_BYTES >> 10
        );
        if left_out + not_in_archive > 0 {
            let calls = left_out + not_in_archive;
            comment.push_str(&format!(
                " {calls} later calls are left out, of {}.",
                kept + left_out
            ));
        }
        out.write_all(har::beginning(&comment).as_bytes())?;
        let exchanges = BufReader::new(File::open(beside(&self.path, "exchanges.part"))?);
        let mut exchanges = exchanges.lines();
        let mut separator = "\n";
        for line in read(&self.written)? {
            let CallLine::Call(call) = line? else {
                continue;
            };
            let exchange = exchanges.next().transpose()?.unwrap_or_default();
            if exchange.is_empty() {
                continue;
            }
            let (request, response): (&RawValue, &RawValue) = serde_json::from_str(&exchange)?;
            let late = late.get(&call.call).map_or(&[][..], Vec::as_slice);
            out.write_all(separator.as_bytes())?;
            out.write_all(&har::entry(epoch, &call, late, request, response))?;
            separator = ",\n";
        }
        out.write_all(har::END.as_bytes())?;
        out.flush()?;
        fs::rename(aside, place)
    }
}

fn read(path: &Path) -> io::Result<impl Iterator<Item = io::Result<CallLine>>> {
    let lines = BufReader::new(File::open(path)?).lines();
    Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
}

impl CallSink for CallFiles {
    fn wants_exchanges(&self) -> bool {
        true
    }

    fn is_full(&self) -> bool {
        self.counts.kept >= self.most
    }

    fn left_out(&mut self) {
        self.counts.left_out += 1;
    }

    fn call(&mut self, call: &CallRecord, exchange: &Exchange) {
        if self.is_full() {
            // It was sent while there was room, and others have ended before it.
            self.counts.left_out += 1;
            return;
        }
        self.counts.kept += 1;
        self.highest = self.highest.max(call.call);
        self.line(&CallLine::Call(Box::new(call.clone())));
        let Exchange { request, response } = exchange;
        let bytes = (request.len() + response.len()) as u64;
        let outcome = if request.is_empty() || self.exchange_bytes + bytes > MOST_EXCHANGE_BYTES {
            self.counts.not_in_archive += 1;
            self.exchanges.write_all(b"\n")
        } else {
            self.exchange_bytes += bytes;
            let response = match response.is_empty() {
                true => har::NO_RESPONSE.as_bytes(),
                false => response,
            };
            let parts = [b"[", request.as_slice(), b",", response, b"]\n"];
            let mut parts = parts.iter();
            parts.try_for_each(|part| self.exchanges.write_all(part))
        };
        self.keep(outcome);
    }

    fn effect(&mut self, effect: &Effect) {
        // Those of calls that were left out are left out, too.
        if !self.is_full() || effect.call.is_some_and(|it| it <= self.highest) {
            self.line(&CallLine::Effect(effect.clone()));
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(failure) = &self.failure {
            // Whoever asks again hears the same.
            return Err(io::Error::new(failure.kind(), failure.to_string()));
        }
        self.lines.flush().and_then(|()| self.exchanges.flush())
    }
}
