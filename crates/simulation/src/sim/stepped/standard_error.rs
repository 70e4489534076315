//! What an engine's process writes beside its protocol: all of it goes to a file, up to a bound, and the last lines are at
//! hand for a report of its end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Lines that are at hand, the last ones.
pub(super) const KEPT_LINES: usize = 20;
/// Bytes of such a line.
pub(super) const KEPT_BYTES: usize = 400;
/// Bytes that go to the file.
pub const MOST_IN_FILE: u64 = 16 << 20;

/// A stream that is being kept.
#[derive(Debug)]
pub struct KeptStream {
    last_lines: Arc<Mutex<VecDeque<String>>>,
    /// Breaks when the stream has ended.
    ended: Receiver<()>,
}

impl KeptStream {
    /// Begins to read a stream on a thread of its own, which ends with the stream.
    pub fn begin(stream: impl Read + Send + 'static, file: Option<File>) -> KeptStream {
        let (end, ended) = mpsc::sync_channel::<()>(1);
        let last_lines = Arc::new(Mutex::new(VecDeque::with_capacity(KEPT_LINES)));
        let kept = Arc::clone(&last_lines);
        thread::spawn(move || {
            let copied = Copied {
                stream,
                file,
                left: MOST_IN_FILE,
            };
            keep_last_lines(copied, &kept);
            drop(end);
        });
        KeptStream { last_lines, ended }
    }

    /// The last lines, once the stream has ended or the time is over: children of the process may hold it open.
    pub fn last_lines(&self, within: Duration) -> Vec<String> {
        let _ = self.ended.recv_timeout(within);
        let lines = self.last_lines.lock();
        lines.map_or_else(|_| Vec::new(), |lines| lines.iter().cloned().collect())
    }
}

/// A stream whose beginning goes to a file as it is read.
struct Copied<R> {
    stream: R,
    file: Option<File>,
    /// Bytes that the file still takes.
    left: u64,
}

impl<R: Read> Read for Copied<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        if let Some(file) = &mut self.file {
            let taken = u64::try_from(count).unwrap_or(u64::MAX).min(self.left);
            self.left -= taken;
            let bytes = &buffer[..usize::try_from(taken).unwrap_or(count)];
            let mut written = file.write_all(bytes);
            if self.left == 0 {
                let mebibytes = MOST_IN_FILE >> 20;
                written = writeln!(file, "\n[no more than {mebibytes} MiB are kept]");
            }
            // A full disk ends the file and not the run.
            if written.is_err() || self.left == 0 {
                self.file = None;
            }
        }
        Ok(count)
    }
}

fn keep_last_lines(stream: impl Read, kept: &Mutex<VecDeque<String>>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = KEPT_BYTES as u64;
        match stream.by_ref().take(limit).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if !line.ends_with(b"\n") && line.len() == KEPT_BYTES && skip_line(&mut stream).is_err() {
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let Ok(mut kept) = kept.lock() else { return };
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(text.trim_end().to_string());
    }
}

/// Reads to the next line break and forgets it.
fn skip_line(stream: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = stream.fill_buf()?;
        if available.is_empty() {
            return Ok(());
        }
        let end = available.iter().position(|&byte| byte == b'\n');
        let (used, done) = match end {
            Some(position) => (position + 1, true),
            None => (available.len(), false),
        };
        stream.consume(used);
        if done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_an_end_and_the_last_lines_are_at_hand() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engine.stderr");
        let long = io::repeat(b'x').take(MOST_IN_FILE + 5_000);
        let stream = long.chain(&b"\nlast\n"[..]);
        let kept = KeptStream::begin(stream, Some(File::create(&path).unwrap()));
        let lines = kept.last_lines(Duration::from_secs(60));
        assert_eq!(lines.last().map(String::as_str), Some("last"));
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() as u64 <= MOST_IN_FILE + 100, "{}", bytes.len());
        assert!(bytes.ends_with(b"are kept]\n"));
    }
}
