//! When quotas were last moved.

use channel_mocks::core::Micros;

/// What last happened from outside, and when a write last changed a count.
#[derive(Copy, Clone, Debug, Default)]
pub struct Moves {
    last_change_at: Micros,
    last_write_at: Option<Micros>,
}

impl Moves {
    /// Something changed from outside the engine: a sale, a cancellation, stock, an edit by hand.
    pub fn changed(&mut self, at: Micros) {
        self.last_change_at = self.last_change_at.max(at);
    }

    /// A live write changed a count.
    pub fn wrote(&mut self, at: Micros) {
        self.last_write_at = self.last_write_at.max(Some(at));
    }

    /// From the last change from outside to the last write that changed a count; zero when that came before, `None` when
    /// there was none.
    pub fn last_transfer(&self) -> Option<Micros> {
        self.last_write_at.map(|at| at.since(self.last_change_at))
    }
}
