//! An engine of the user's own that the harness starts for a run in real time, with everything that it starts.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::experiment::foreign::EngineCommand;
use crate::sim::stepped::group::ProcessGroup;
use crate::sim::stepped::standard_error::KeptStream;

/// Pause between two looks at whether it still runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long its last words may take after its end.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A running engine. Dropped, it is ended with all processes that it began.
#[derive(Debug)]
pub(super) struct StartedEngine {
    child: Child,
    group: ProcessGroup,
    errors: Option<KeptStream>,
    /// Kept, because nobody else reads what it prints.
    _prints: Option<KeptStream>,
}

impl StartedEngine {
    /// Starts it, with `environment` beside its own; what it writes on its two streams goes to `engine.stdout` and
    /// `engine.stderr` in `place`.
    pub fn start(
        command: &EngineCommand,
        environment: Vec<(String, String)>,
        place: &Path,
    ) -> io::Result<StartedEngine> {
        let mut process = Command::new(command.program());
        process
            .args(command.arguments())
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let errors = File::create(place.join("engine.stderr"))?;
        let prints = File::create(place.join("engine.stdout"))?;
        let (mut child, group) = ProcessGroup::start(&mut process)?;
        let errors = child
            .stderr
            .take()
            .map(|it| KeptStream::begin(it, Some(errors)));
        let prints = child
            .stdout
            .take()
            .map(|it| KeptStream::begin(it, Some(prints)));
        Ok(StartedEngine {
            child,
            group,
            errors,
            _prints: prints,
        })
    }

    /// Waits until it has ended by itself, and tells how.
    pub async fn ended(&mut self) -> String {
        loop {
            if let Some(why) = self.gone() {
                return why;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Why it has ended by itself, with its last lines, if it has.
    pub fn gone(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        self.group.end();
        let lines = self.errors.as_ref();
        let lines = lines.map_or_else(Vec::new, |errors| errors.last_lines(LAST_WORDS));
        Some(match lines.as_slice() {
            [] => format!("{status}; it said nothing"),
            last => format!("{status}; its last lines:\n{}", last.join("\n")),
        })
    }
}

impl Drop for StartedEngine {
    fn drop(&mut self) {
        self.group.end();
        // Where there are no groups; and it is waited for either way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
