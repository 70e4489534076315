//! Jobs that look at metafields anew (docs/platforms/shopify.md 3.7).

use super::Store;
use crate::core::{Micros, Stream};

impl Store {
    /// Starts a job that looks at the values of a definition whose rules changed, and returns its position. It takes as
    /// long as a job that cancels an order, and is never done before the answer that names it.
    pub(crate) fn start_validation(&mut self, now: Micros, definition: u32) -> u32 {
        let position = self.state.metafields.jobs.len() as u32;
        let mut stream = Stream::new(self.keys.validation_job, u64::from(position));
        let delay = self.state.profile.delay.cancel_job.draw(&mut stream);
        let done_at = now + delay + Micros(1);
        self.state.metafields.jobs.push(done_at);
        self.state.metafields.definitions[definition as usize].checked_at = done_at;
        position
    }
}
