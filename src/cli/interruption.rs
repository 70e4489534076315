//! What an interruption by the user does.

use std::sync::atomic::{AtomicBool, Ordering};

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

/// From now on an interruption cancels an experiment.
///
/// # Errors
/// When signals cannot be waited for.
pub fn cancels(cancellation: &Cancellation) -> std::io::Result<()> {
    ends_by_itself();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let cancellation = cancellation.clone();
    // It waits until the process ends.
    std::thread::spawn(move || {
        runtime.block_on(signals.next());
        cancellation.cancel();
    });
    Ok(())
}

/// What ends a command that serves.
pub struct Signals {
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

impl Signals {
    /// Begins to listen; to be called within a runtime.
    pub fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = match outlives_its_terminal() {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
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
