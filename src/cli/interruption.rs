//! What an interruption by the user does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Exit, say};
use crate::experiment::Cancellation;
use crate::sim::stepped::group;

/// Whether this process ends on an interruption in its own way.
static ENDS_BY_ITSELF: AtomicBool = AtomicBool::new(false);

/// From now on an interruption ends the process at once, unless a command ends by itself. Nothing is written before all
/// runs of virtual time are over, so that nothing is left half done.
pub fn ends_the_process() {
    let handler = || {
        if ENDS_BY_ITSELF.load(Ordering::Relaxed) {
            return;
        }
        // What engines have begun would live on: nothing is dropped here.
        group::end_all();
        say("interrupted; there are no figures");
        std::process::exit(Exit::Interrupted.code().into());
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        say(&format!(
            "warning: an interruption will end the command with the shell's own code: {error}"
        ));
    }
}

/// From now on the process ends by itself: the command waits for [`Signals`], or its cancellation.
pub fn ends_by_itself() {
    ENDS_BY_ITSELF.store(true, Ordering::Relaxed);
}

/// From now on an interruption cancels an experiment, and a second one ends the process at once.
///
/// # Errors
/// When signals cannot be waited for.
pub fn cancels(cancellation: &Cancellation) -> std::io::Result<()> {
    ends_by_itself();
    let cancellation = cancellation.clone();
    watch_for(move || cancellation.cancel())
}

/// What ends a command that serves: the first interruption asks it to end, a second one ends the process at once.
pub struct Signals {
    has_come: watch::Receiver<bool>,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// When signals cannot be waited for.
    pub fn new() -> std::io::Result<Signals> {
        let (comes, has_come) = watch::channel(false);
        watch_for(move || {
            // Whoever waited may have ended for another reason.
            let _ = comes.send(true);
        })?;
        Ok(Signals { has_come })
    }

    /// Waits for the first one.
    pub async fn next(&mut self) {
        if self.has_come.wait_for(|has_come| *has_come).await.is_err() {
            // Nobody watches any more, so that none can come.
            std::future::pending().await
        }
    }
}

/// How soon after the first interruption a second one can end the process: what starts programs may pass on what the terminal
/// has already sent to all of them, and one press is one wish.
const SAME_PRESS: Duration = Duration::from_secs(1);

/// Lets `first` be done on the first interruption, and ends the process on the next, whatever it is at: this is a thread of its
/// own, which nothing that is busy can hold up.
fn watch_for(first: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let begun = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .and_then(|runtime| {
                let signals = runtime.block_on(async { Sources::new() })?;
                Ok((runtime, signals))
            });
        let (runtime, mut signals) = match begun {
            Ok(begun) => begun,
            Err(error) => return drop(tell.send(Err(error))),
        };
        // Whoever started this waits for the word.
        let _ = tell.send(Ok(()));
        runtime.block_on(async {
            signals.any().await;
            first();
            tokio::join!(signals.insistent(), tokio::time::sleep(SAME_PRESS));
        });
        group::end_all();
        say("interrupted again: ended at once; what was not written by now is lost");
        std::process::exit(Exit::Interrupted.code().into());
    });
    let died = || std::io::Error::other("the thread that waits for them has ended");
    told.recv().unwrap_or_else(|_| Err(died()))
}

/// The signals that mean an end.
struct Sources {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// The terminal is closed; `None` when whoever started this process wants that to be ignored.
    hang_up: Option<tokio::signal::unix::Signal>,
}

/// Whether this process was started so that it outlives its terminal (`nohup`), as far as the system tells.
fn outlives_its_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores_hang_up(&status)
}

/// The same from the text of `/proc/self/status`: a mask of ignored signals, of which SIGHUP is the first.
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

impl Sources {
    /// Begins to listen; to be called within a runtime.
    fn new() -> std::io::Result<Sources> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = match outlives_its_terminal() {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        Ok(Sources {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
        })
    }

    /// Waits for the next one.
    async fn any(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hang_up => {}
        }
    }

    /// Waits for the next one that somebody sends: a terminal that is closed sends its signal more than once by itself.
    async fn insistent(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_started_with_nohup_is_known_by_the_mask_of_ignored_signals() {
        assert!(ignores_hang_up("SigBlk:\t0\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hang_up("SigIgn:\t0000000000001000\nSigCgt:\t1\n"));
        assert!(!ignores_hang_up(""));
    }
}
