//! A command and everything it starts: one group of processes, which ends as a whole. An engine that is a shell script, or
//! that has workers of its own, would otherwise leave them behind.

use std::io;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};

/// Leaders of the groups that run, for an end of the whole harness that drops nothing.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A running command's group. Dropped, all of it is killed; the command itself has to be waited for by whoever has it.
#[derive(Debug)]
pub struct ProcessGroup {
    leader: u32,
}

impl ProcessGroup {
    /// Starts a command as the leader of a group of its own.
    ///
    /// # Errors
    /// When no process can be made.
    pub fn start(command: &mut Command) -> io::Result<(Child, ProcessGroup)> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        // Held while the process begins, so that an end of the harness meanwhile misses none.
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        running.push(child.id());
        let leader = child.id();
        Ok((child, ProcessGroup { leader }))
    }

    /// Kills what is left of the group.
    pub fn end(&self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = running.iter().position(|leader| *leader == self.leader) {
            running.swap_remove(at);
            kill(self.leader);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.end();
    }
}

/// Kills every group that runs: for an end of the process that drops nothing.
pub fn end_all() {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.drain(..).for_each(kill);
}

#[cfg(unix)]
fn kill(leader: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    if let Ok(leader) = i32::try_from(leader) {
        // The group may be empty already.
        let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {}
