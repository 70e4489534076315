//! What one document may cost. Everything that is done with a document takes steps, so the work is bounded whatever the
//! document's shape: by a count, which is the same on any machine, not by a clock.

/// The document needs more work than is done for one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooComplex;

/// Steps taken, and how many may be.
#[derive(Debug)]
pub(crate) struct Steps {
    taken: u64,
    most: u64,
}

impl Steps {
    /// None taken yet.
    pub(crate) fn up_to(most: u64) -> Steps {
        Steps { taken: 0, most }
    }

    /// Takes steps: visits of nodes, comparisons of fields, arguments and names.
    ///
    /// # Errors
    /// [`TooComplex`] when there are none left.
    pub(crate) fn take(&mut self, count: usize) -> Result<(), TooComplex> {
        self.taken = self.taken.saturating_add(count as u64);
        if self.taken > self.most {
            return Err(TooComplex);
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }
}
