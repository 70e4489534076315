//! What order logs and exports have in common: bounds, what a line is about, and which channel a name means.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::scenario::model::Platform;

/// Microseconds of a minute.
pub const MINUTE: i64 = 60_000_000;

/// Longest line, in bytes: a hundred times what a real one takes.
pub const LONGEST_LINE: usize = 64 << 10;
/// Longest id of an order and longest SKU, in bytes.
pub const LONGEST_NAME: usize = 255;
/// Most lines of one order, as they stand in the log.
pub const MOST_LINES_OF_ORDER: usize = 100_000;
/// Most units of one line, and of one order: more is a mistake in the file.
pub const MOST_UNITS: u64 = 1_000_000_000;
/// Bytes that the reader of CSV reads ahead.
pub const BUFFER: usize = 64 << 10;

/// What a line of the log is about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of an order.
    Sale,
    /// A line of a cancellation or return.
    Cancel,
    /// A correction that removes units from stock.
    Damage,
    /// A correction that adds units to stock.
    Found,
}

/// Gives no more than was allowed for one line, so that a line without an end, or an archive that unpacks to one, is
/// noticed before it is in memory.
pub struct Allowed<R> {
    /// Where bytes come from.
    pub source: R,
    /// Bytes that may still be read.
    pub left: Arc<AtomicUsize>,
}

impl<R: Read> Read for Allowed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let length = buffer.len().min(left);
        let count = self.source.read(&mut buffer[..length])?;
        self.left.store(left - count, Ordering::Relaxed);
        Ok(count)
    }
}

/// The channel that a log means: the one of this name, or the only one on the platform of this name.
pub fn meant<'a>(
    channels: impl Iterator<Item = (&'a str, Platform)> + Clone,
    name: &str,
) -> Option<usize> {
    if let Some(found) = channels.clone().position(|(known, _)| known == name) {
        return Some(found);
    }
    let mut of_platform = channels
        .enumerate()
        .filter(|(_, (_, platform))| platform.name() == name);
    match (of_platform.next(), of_platform.next()) {
        (Some((only, _)), None) => Some(only),
        _ => None,
    }
}
