//! How far an experiment is, and how it is given up.

use std::sync::Arc;

use tokio::sync::watch;

use crate::sim::Progress;

/// How far one run is.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct RunProgress<'a> {
    /// Whose run it is.
    pub contender: &'a str,
    /// On which seed.
    pub seed: u64,
    /// How far it is.
    pub progress: Progress,
    /// Real time since the experiment began, seconds.
    pub elapsed_s: f64,
}

/// Gives an experiment up from anywhere, at any time, for good. Clones are the same cancellation.
#[derive(Clone, Debug)]
pub struct Cancellation {
    cancelled: Arc<watch::Sender<bool>>,
}

impl Default for Cancellation {
    fn default() -> Cancellation {
        Cancellation {
            cancelled: Arc::new(watch::Sender::new(false)),
        }
    }
}

impl Cancellation {
    /// Runs end as soon as they notice, without results.
    pub fn cancel(&self) {
        self.cancelled.send_replace(true);
    }

    /// Whether [`Cancellation::cancel`] has been called.
    pub fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Waits until it is.
    pub(super) async fn cancelled(&self) {
        let mut watched = self.cancelled.subscribe();
        // The sender lives as long as this borrow of it.
        let _ = watched.wait_for(|cancelled| *cancelled).await;
    }
}

/// Seconds of real time since now. They are shown and never decide anything.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a run took is the subject here"
)]
pub(super) fn stopwatch() -> impl Fn() -> f64 + Sync {
    let started = std::time::Instant::now();
    move || started.elapsed().as_secs_f64()
}
