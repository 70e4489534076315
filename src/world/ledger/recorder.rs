//! Where judged entries go.

use channel_mocks::core::Micros;

use super::entry::Entry;

/// Takes entries as they happen. Recorders must not keep raw samples: memory stays flat in orders.
pub trait Recorder {
    /// Takes one entry.
    fn record(&mut self, at: Micros, entry: &Entry);

    /// Makes everything taken so far visible to whoever reads what is recorded; for most there is nothing to do.
    ///
    /// # Errors
    /// The first failure of any entry so far, or of this.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
