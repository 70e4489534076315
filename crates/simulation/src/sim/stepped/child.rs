//! A child process that speaks the stepped protocol: one line in, one line out (docs/engine-protocol.md).
//!
//! Three threads carry its streams, so that a child that neither reads nor writes can stop nobody: every wait here ends
//! with the timeout. The simulation sees lines alone, and no line depends on how long it took.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use super::group::ProcessGroup;
use super::standard_error::KeptStream;

/// Bytes of a line that nobody asked for that are shown.
const SHOWN_BYTES: usize = 400;
/// How long a child may take to end by itself after its standard input has.
const GRACE: Duration = Duration::from_secs(2);
/// How long its last words may take after its end.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How a child is started and how long it is waited for.
#[derive(Copy, Clone, Debug)]
pub struct ChildLimits {
    /// Real time that the child may take for one line.
    pub timeout: Duration,
    /// Bytes that a line of the child's may have, the line break left out.
    pub longest_line: usize,
}

/// Why there is no line.
#[derive(Debug)]
pub enum ChildError {
    /// No line came in time.
    Silent(Duration),
    /// The line is too long.
    TooLong(usize),
    /// The child has ended, or closed its standard output.
    Ended(Option<ExitStatus>),
    /// Something came that nothing had asked for; this is its beginning.
    Unasked(String),
    /// The stream cannot be read.
    Unreadable(io::Error),
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChildError::Silent(timeout) => {
                write!(f, "it did not answer within {} s", timeout.as_secs_f64())
            }
            ChildError::TooLong(bytes) => write!(f, "it sent a line of more than {bytes} bytes"),
            ChildError::Ended(Some(status)) => write!(f, "it ended ({status}) before it answered"),
            ChildError::Ended(None) => {
                write!(f, "it closed its standard output before it answered")
            }
            ChildError::Unasked(line) => {
                write!(
                    f,
                    "it sent more than one line for one: {line:?} came unasked"
                )
            }
            ChildError::Unreadable(error) => {
                write!(f, "its standard output cannot be read: {error}")
            }
        }
    }
}

/// What the thread that reads hands over.
#[derive(Debug)]
enum Said {
    /// A line, and what stood behind its line break already: nobody has asked for that yet.
    Line { line: Vec<u8>, behind: Vec<u8> },
    /// The stream has ended, behind this piece of a line.
    End { half: Vec<u8> },
    /// There is no next line.
    Trouble(ChildError),
}

/// A running child. Dropped, it is asked to end by the end of its standard input, then made to, with every process it began;
/// it is always waited for.
pub struct ChildProcess {
    child: Child,
    group: ProcessGroup,
    limits: ChildLimits,
    /// To the thread that writes; `None` once the standard input has been closed.
    lines_in: Option<SyncSender<Vec<u8>>>,
    lines_out: Receiver<Said>,
    errors: Option<KeptStream>,
    status: Option<ExitStatus>,
}

impl ChildProcess {
    /// Starts a command, which is a program and its arguments; its standard error goes to `errors`, if there is such a file.
    ///
    /// # Errors
    /// When there is no such program, or no process can be made.
    pub fn start(
        command: &[String],
        limits: ChildLimits,
        errors: Option<File>,
    ) -> io::Result<ChildProcess> {
        let (program, arguments) = command
            .split_first()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "an empty command"))?;
        let mut process = Command::new(program);
        process
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (mut child, group) = ProcessGroup::start(&mut process)?;
        let (lines_in, to_write) = mpsc::sync_channel(1);
        // A child that sends lines nobody asked for is stopped by its full pipe.
        let (read, lines_out) = mpsc::sync_channel(1);
        if let Some(stdin) = child.stdin.take() {
            thread::spawn(move || write_lines(stdin, &to_write));
        }
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || read_lines(stdout, limits.longest_line, &read));
        }
        let errors = child.stderr.take().map(|it| KeptStream::begin(it, errors));
        Ok(ChildProcess {
            child,
            group,
            limits,
            lines_in: Some(lines_in),
            lines_out,
            errors,
            status: None,
        })
    }

    /// Sends a line (without its line break) and waits for the next one that comes.
    ///
    /// # Errors
    /// See [`ChildError`]; the child is of no more use then.
    pub fn exchange(&mut self, mut line: Vec<u8>) -> Result<Vec<u8>, ChildError> {
        match self.lines_out.try_recv() {
            Ok(Said::Line { line, .. }) => return Err(unasked(&line)),
            Ok(Said::End { .. }) => return Err(self.ended()),
            Ok(Said::Trouble(trouble)) => return Err(trouble),
            Err(_) => {}
        }
        line.push(b'\n');
        if let Some(lines_in) = &self.lines_in {
            // The line before has been answered, so that the writer is free. If it is gone, so is the child, which
            // reading will tell.
            let _ = lines_in.try_send(line);
        }
        match self.lines_out.recv_timeout(self.limits.timeout) {
            Ok(Said::Line { line, behind }) if behind.is_empty() => Ok(line),
            Ok(Said::Line { behind, .. }) => Err(unasked(&behind)),
            Ok(Said::End { .. }) | Err(RecvTimeoutError::Disconnected) => Err(self.ended()),
            Ok(Said::Trouble(trouble)) => Err(trouble),
            Err(RecvTimeoutError::Timeout) => Err(ChildError::Silent(self.limits.timeout)),
        }
    }

    /// Closes the child's standard input, which tells it that there is nothing more to answer, and waits for its end. A child
    /// that does not end by itself is made to. Tells how it ended, if it did so by itself.
    ///
    /// A line too many is noticed here at the latest: who answers one line too early has one left over at the end, whatever
    /// their pipe and our thread did meanwhile.
    ///
    /// # Errors
    /// [`ChildError::Unasked`] when it says anything more.
    pub fn finish(&mut self) -> Result<Option<ExitStatus>, ChildError> {
        self.lines_in = None;
        let status = self.end_within(GRACE);
        self.stop(Duration::ZERO);
        // The end of all that could still write is the end of the stream, unless a process has left the group.
        match self.lines_out.recv_timeout(LAST_WORDS) {
            Ok(Said::Line { line, .. }) => Err(unasked(&line)),
            Ok(Said::End { half }) if !half.is_empty() => Err(unasked(&half)),
            Ok(Said::Trouble(ChildError::TooLong(bytes))) => {
                Err(ChildError::Unasked(format!("more than {bytes} bytes")))
            }
            Ok(Said::End { .. } | Said::Trouble(_)) | Err(_) => Ok(status),
        }
    }

    fn ended(&mut self) -> ChildError {
        ChildError::Ended(self.end_within(LAST_WORDS))
    }

    /// Ends the child, at once if it does not end by itself, and gives its last lines on standard error.
    pub fn end(&mut self) -> Vec<String> {
        self.stop(LAST_WORDS);
        let errors = self.errors.as_ref();
        errors.map_or_else(Vec::new, |errors| errors.last_lines(LAST_WORDS))
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn stop(&mut self, grace: Duration) {
        self.lines_in = None;
        if self.end_within(grace).is_none() {
            // It may have ended meanwhile; waiting tells.
            let _ = self.child.kill();
            self.status = self.child.wait().ok();
        }
        self.group.end();
    }

    /// Waits for the child's own end.
    fn end_within(&mut self, grace: Duration) -> Option<ExitStatus> {
        let (mut waited, mut pause) = (Duration::ZERO, Duration::from_millis(1));
        while self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
            if self.status.is_some() || waited >= grace {
                break;
            }
            thread::sleep(pause);
            waited += pause;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
        self.status
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.stop(GRACE);
    }
}

impl fmt::Debug for ChildProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildProcess")
            .field("id", &self.child.id())
            .finish_non_exhaustive()
    }
}

/// Writes what it is given until there is no more or nobody reads; then the child's standard input ends.
fn write_lines(mut stdin: ChildStdin, lines: &Receiver<Vec<u8>>) {
    while let Ok(line) = lines.recv() {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

/// Something that nobody asked for, cut.
fn unasked(said: &[u8]) -> ChildError {
    let start = &said[..said.len().min(SHOWN_BYTES)];
    ChildError::Unasked(String::from_utf8_lossy(start).into_owned())
}

/// Reads lines until the stream ends, a line is too long, or nobody wants them any more.
fn read_lines(stdout: ChildStdout, longest: usize, lines: &SyncSender<Said>) {
    let mut stdout = BufReader::with_capacity(64 * 1024, stdout);
    loop {
        let said = read_line(&mut stdout, longest);
        let is_last = !matches!(said, Said::Line { .. });
        if lines.send(said).is_err() || is_last {
            return;
        }
    }
}

fn read_line<R: Read>(stream: &mut BufReader<R>, longest: usize) -> Said {
    let mut line = Vec::new();
    // One byte more than a line may have, for its break.
    let limit = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    match stream.by_ref().take(limit).read_until(b'\n', &mut line) {
        Err(error) => Said::Trouble(ChildError::Unreadable(error)),
        Ok(_) if line.ends_with(b"\n") => {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
            // What came with the line is here already. It is shown in part, and a pipe may hold much.
            let behind = stream.buffer();
            let behind = behind[..behind.len().min(SHOWN_BYTES)].to_vec();
            Said::Line { line, behind }
        }
        Ok(_) if line.len() > longest => Said::Trouble(ChildError::TooLong(longest)),
        // What stands before the end without a line break is no line.
        Ok(_) => Said::End { half: line },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ChildLimits = ChildLimits {
        timeout: Duration::from_secs(2),
        longest_line: 64,
    };

    fn shell(script: &str) -> ChildProcess {
        let words = ["sh", "-c", script].map(str::to_string);
        ChildProcess::start(&words, LIMITS, None).unwrap()
    }

    /// Whether the process is still in the system's table, a zombie included.
    fn exists(id: u32) -> bool {
        std::path::Path::new(&format!("/proc/{id}")).exists()
    }

    #[test]
    fn lines_go_both_ways_and_the_child_is_reaped() {
        let mut child = shell("while read -r line; do echo \"<$line>\"; done");
        assert_eq!(child.exchange(b"one".to_vec()).unwrap(), b"<one>");
        assert_eq!(child.exchange(b"two".to_vec()).unwrap(), b"<two>");
        let id = child.id();
        drop(child);
        assert!(!exists(id));
    }

    #[test]
    fn silence_ends_with_the_timeout_and_the_child_is_made_to_end() {
        let mut child = shell("exec sleep 1000");
        let trouble = child.exchange(b"one".to_vec()).unwrap_err();
        assert!(matches!(trouble, ChildError::Silent(_)), "{trouble}");
        let id = child.id();
        child.end();
        assert!(!exists(id), "it was told to sleep and is gone");
    }

    #[test]
    fn what_a_child_began_ends_with_it() {
        let mut child = shell("sleep 1000 & echo $! >&2; read -r line; echo ready; read -r line");
        assert_eq!(child.exchange(b"one".to_vec()).unwrap(), b"ready");
        let lines = child.end();
        let id: u32 = lines[0].parse().unwrap();
        let runs = || {
            let status = std::fs::read_to_string(format!("/proc/{id}/stat"));
            status.is_ok_and(|status| !status.contains(") Z "))
        };
        for _ in 0..100 {
            if !runs() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{id} runs on");
    }

    #[test]
    fn a_child_that_never_reads_stops_nobody() {
        let mut child = shell("exec sleep 1000");
        let trouble = child.exchange(vec![b'x'; 1 << 20]).unwrap_err();
        assert!(matches!(trouble, ChildError::Silent(_)), "{trouble}");
    }

    #[test]
    fn an_end_tells_its_code_and_the_last_words() {
        let mut child = shell("read -r line; echo first >&2; echo \"lost: $line\" >&2; exit 3");
        let trouble = child.exchange(b"one".to_vec()).unwrap_err();
        assert!(trouble.to_string().contains("exit status: 3"), "{trouble}");
        assert_eq!(child.end(), ["first", "lost: one"]);
    }

    #[test]
    fn half_a_line_is_no_line_and_a_long_one_is_refused() {
        let mut child = shell("read -r line; printf 'half'");
        let trouble = child.exchange(b"one".to_vec()).unwrap_err();
        assert!(matches!(trouble, ChildError::Ended(_)), "{trouble}");
        let mut child = shell(
            "read -r line; head -c 64 /dev/zero; echo; read -r line; head -c 65 /dev/zero; echo; sleep 5",
        );
        assert_eq!(child.exchange(b"one".to_vec()).unwrap().len(), 64);
        let trouble = child.exchange(b"two".to_vec()).unwrap_err();
        assert!(matches!(trouble, ChildError::TooLong(64)), "{trouble}");
    }

    #[test]
    fn a_line_that_nobody_asked_for_is_noticed() {
        let mut child = shell("read -r line; echo one; sleep 0.05; echo two; sleep 5");
        assert_eq!(child.exchange(b"one".to_vec()).unwrap(), b"one");
        thread::sleep(Duration::from_millis(200));
        let trouble = child.exchange(b"two".to_vec()).unwrap_err();
        assert!(
            matches!(&trouble, ChildError::Unasked(line) if line == "two"),
            "{trouble}"
        );
    }

    #[test]
    fn what_comes_with_an_answer_is_noticed_with_it() {
        for (more, shown) in [("two\\n", "two\n"), ("{\"outp", "{\"outp")] {
            let script = format!("read -r line; printf 'one\\n{more}'; sleep 5");
            let trouble = shell(&script).exchange(b"one".to_vec()).unwrap_err();
            assert!(
                matches!(&trouble, ChildError::Unasked(line) if line == shown),
                "{trouble}"
            );
        }
    }

    #[test]
    fn what_is_left_over_at_the_end_is_noticed_however_it_was_timed() {
        // One line ahead throughout: each of its answers is taken for that of the line before.
        let mut child =
            shell("echo ahead; while read -r line; do sleep 0.05; echo \"$line\"; done");
        assert_eq!(child.exchange(b"one".to_vec()).unwrap(), b"ahead");
        let trouble = child.finish().unwrap_err();
        assert!(
            matches!(&trouble, ChildError::Unasked(line) if line == "one"),
            "{trouble}"
        );
        for farewell in ["echo bye", "printf half", "head -c 65 /dev/zero"] {
            let mut child = shell(&format!("read -r line; echo one; read -r line; {farewell}"));
            assert_eq!(child.exchange(b"one".to_vec()).unwrap(), b"one");
            let trouble = child.finish().unwrap_err();
            assert!(matches!(&trouble, ChildError::Unasked(_)), "{trouble}");
        }
    }

    #[test]
    fn the_end_after_the_last_answer_tells_its_code() {
        for (end, code) in [
            ("exit 7", Some(7)),
            ("exit 0", Some(0)),
            ("exec sleep 1000", None),
        ] {
            let mut child = shell(&format!("read -r line; echo one; read -r line; {end}"));
            assert_eq!(child.exchange(b"one".to_vec()).unwrap(), b"one");
            let status = child.finish().unwrap();
            assert_eq!(status.and_then(|it| it.code()), code, "{end}");
            assert!(!exists(child.id()), "{end}");
        }
    }

    #[test]
    fn a_process_that_holds_the_stream_open_keeps_nobody_waiting() {
        let mut child = shell("sleep 1000 & read -r line; echo one; read -r line");
        assert_eq!(child.exchange(b"one".to_vec()).unwrap(), b"one");
        assert_eq!(child.finish().unwrap().and_then(|it| it.code()), Some(1));
    }

    #[test]
    fn last_words_are_few_and_short() {
        let mut child = shell(
            "i=0; while [ $i -lt 50 ]; do echo \"line $i\" >&2; i=$((i+1)); done; \
             head -c 5000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2",
        );
        let lines = child.end();
        use super::super::standard_error::{KEPT_BYTES, KEPT_LINES};
        assert_eq!(lines.len(), KEPT_LINES);
        assert_eq!(lines[KEPT_LINES - 1], "end");
        assert_eq!(lines[KEPT_LINES - 2], "x".repeat(KEPT_BYTES));
        assert_eq!(lines[0], "line 32");
    }

    #[test]
    fn there_is_no_such_program() {
        let words = ["/nowhere/engine".to_string()];
        assert!(ChildProcess::start(&words, LIMITS, None).is_err());
        assert!(ChildProcess::start(&[], LIMITS, None).is_err());
    }
}
