//! The built-in engine as a process of its own, started and ended by the driver.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::scenario::file::create_private;

/// Lines of its log that are shown when it has ended by itself.
const LAST_LINES: usize = 20;
/// Bytes of its log that these lines are looked for in.
const TAIL_BYTES: u64 = 16 << 10;

/// A running engine. It holds the other end of the pipe that it reads as its standard input, and ends when this process
/// does, however hard that is killed. Dropped, it is ended as hard as a crash would end it, and waited for: its database is made for that.
#[derive(Debug)]
pub struct EngineChild {
    child: Child,
    /// Nothing is ever written to it.
    _alive: Option<ChildStdin>,
    log: PathBuf,
}

impl EngineChild {
    /// Starts it from this very program with a configuration, which goes to `place` with everything it writes.
    ///
    /// # Errors
    /// When a file cannot be written, or no process can be made.
    pub fn start(config: &str, place: &Path) -> io::Result<EngineChild> {
        let path = place.join("engine.toml");
        // Credentials stand in it.
        create_private(&path)?.write_all(config.as_bytes())?;
        let log = place.join("engine.log");
        let mut child = Command::new(std::env::current_exe()?)
            .arg("engine")
            .arg("--config")
            .arg(&path)
            .arg("--end-with-input")
            .stdin(Stdio::piped())
            .stdout(File::create(place.join("engine.out"))?)
            .stderr(File::create(&log)?)
            .spawn()?;
        let alive = child.stdin.take();
        Ok(EngineChild {
            child,
            _alive: alive,
            log,
        })
    }

    /// Why it has ended by itself, with its last lines, if it has.
    pub fn gone(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        let log = tail(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
        Some(match last {
            [] => format!("{status}; it said nothing"),
            last => format!("{status}; its last lines:\n{}", last.join("\n")),
        })
    }
}

/// The end of a file, at most [`TAIL_BYTES`] of it.
fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl Drop for EngineChild {
    fn drop(&mut self) {
        // It may have ended already; either way it is waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
