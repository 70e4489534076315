//! What an engine has come through, by name: phases of holdings, and how its calls ended. A search for failures says by it
//! what it has put to the test and what it has not. It is no part of an engine's state: no decision reads it, no snapshot
//! keeps it.

macro_rules! points {
    ($($variant:ident $name:literal: $meaning:literal,)*) => {
        /// Something that an engine can come through.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum CoveragePoint {
            $(#[doc = concat!($meaning, ".")] $variant,)*
        }

        impl CoveragePoint {
            /// All of them, in the order of tables.
            pub const ALL: &'static [CoveragePoint] = &[$(CoveragePoint::$variant,)*];

            /// A short name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(CoveragePoint::$variant => $name,)*
                }
            }

            /// What it means, in a sentence without its full stop.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(CoveragePoint::$variant => $meaning,)*
                }
            }
        }
    };
}

points! {
    HoldingUnread "holding unread": "Of a listing nothing was known yet",
    HoldingClosed "holding closed": "A listing stood at zero with everything known",
    HoldingOpening "holding opening": "A raise was decided and not known to be live",
    HoldingOpen "holding open": "A listing displayed what it was granted, less what it sold",
    HoldingDraining "holding draining": "A listing was being set to zero",
    HoldingFencing "holding fencing": "A listing at zero waited for the order feed",
    CallAnswered "call answered": "A call did what it should",
    CallThrottled "call throttled": "A call was refused by a rate limit",
    CallUnauthorised "call unauthorised": "A call was refused for want of a token",
    CallFailed "call failed": "A call failed and was worth repeating",
    CallRejected "call rejected": "A call failed for good",
    CallUnreadable "call unreadable": "A part of an answer could not be read",
    CallTimedOut "call timed out": "A call had no answer in time",
    CallLost "call lost": "The connection of a call broke",
    WriteLive "write live": "A quantity was live with its answer",
    WriteAccepted "write accepted": "A quantity was taken for processing",
    WriteStale "write stale": "A compare-and-set met another count",
    WriteRejected "write rejected": "A quantity was refused for good",
    WriteRefused "write refused": "A quantity was refused before anything happened",
    WriteUnknown "write unknown": "Nobody knows what became of a quantity",
    SignalUnreadable "signal unreadable": "A signal could not be read",
}

/// How often an engine has come through what.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Coverage([u64; CoveragePoint::ALL.len()]);

impl Default for Coverage {
    fn default() -> Coverage {
        Coverage([0; CoveragePoint::ALL.len()])
    }
}

impl Coverage {
    /// Counts one.
    #[inline]
    pub fn mark(&mut self, point: CoveragePoint) {
        let count = &mut self.0[point as usize];
        *count = count.wrapping_add(1);
    }

    /// How often.
    pub fn of(&self, point: CoveragePoint) -> u64 {
        self.0[point as usize]
    }

    /// Adds what another part of the engine, or another engine, has counted.
    pub fn add(&mut self, other: &Coverage) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = own.wrapping_add(other);
        }
    }
}
