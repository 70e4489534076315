//! What is counted of a fault.

use serde::{Deserialize, Serialize};

/// How often a fault could have happened, did, and was noticed. `noticed <= injected <= eligible`.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Counts {
    /// Calls, signals, writes, inputs, ... in its window that it could have struck.
    pub eligible: u64,
    /// Those that it struck.
    pub injected: u64,
    /// Those of them that showed: an error, a late, repeated or missing answer, an altered message that was read, a count
    /// that was not expected.
    pub noticed: u64,
}

impl Counts {
    /// Adds what another run or another part of this one has counted.
    pub fn add(&mut self, other: Counts) {
        self.eligible += other.eligible;
        self.injected += other.injected;
        self.noticed += other.noticed;
    }

    /// Whether the fault fired at all.
    pub fn fired(self) -> bool {
        self.injected > 0
    }
}
