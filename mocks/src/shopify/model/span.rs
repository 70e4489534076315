//! Positions in the dense vectors of the state.

/// No position.
pub(crate) const NONE: u32 = u32::MAX;

/// A run of consecutive positions.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first.
    pub(crate) start: u32,
    /// How many.
    pub(crate) len: u32,
}

impl Span {
    /// The positions.
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}
