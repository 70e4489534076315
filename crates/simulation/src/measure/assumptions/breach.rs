//! How an assumption was broken, in words.

use channel_mocks::core::Micros;

use super::{FirstBreach, Hypothesis};
use crate::measure::words::{counted, seconds};
use crate::world::ChannelIndex;

/// By how much, or by what.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Something took longer than the engine was told.
    Longer { real: Micros, believed: Micros },
    /// A read showed an older count than there was.
    ReadStale,
    /// Units were sold beyond the count on display.
    BeyondDisplay(u64),
    /// A raise took effect again; so long after it was sent.
    Twice(Micros),
    /// Somebody set a count by hand, by so many units higher (0: lower).
    Edited(u64),
    /// A platform put units back on sale, and the engine was told that it does not.
    Restocked(u64),
    /// A platform did not put units back on sale, and the engine was told that it does.
    NotRestocked(u64),
    /// The journal lost what had been forced to it.
    JournalLost,
    /// Listings showed units beyond the stock before the engine had written anything.
    OpenedBeyond(u64),
    /// Units were lost that records had.
    Lost(u64),
    /// Units were put back on sale after they had left.
    Gone(u64),
    /// Somebody counted units that are not there.
    Miscounted(i64),
}

/// One assumption broken once.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub at: Micros,
    pub hypothesis: Hypothesis,
    /// `None` for the warehouse, and for the engine's own journal.
    pub channel: Option<ChannelIndex>,
    pub how: How,
}

impl Breach {
    fn place(&self, names: &[String]) -> String {
        let named = self.channel.map(|it| usize::from(it.0));
        match named.and_then(|at| names.get(at)) {
            Some(name) => name.clone(),
            None if self.hypothesis == Hypothesis::H7 => "engine".to_string(),
            None if self.hypothesis == Hypothesis::H6 => "all channels".to_string(),
            None => "warehouse".to_string(),
        }
    }

    fn how(&self) -> String {
        let units = |units: u64| counted(units, "unit");
        match self.how {
            How::Longer { real, believed } => {
                format!("{} instead of {}", seconds(real), seconds(believed))
            }
            How::BeyondDisplay(beyond) => format!("{} sold beyond the count", units(beyond)),
            How::Twice(after) => format!("a raise live again {} after it was sent", seconds(after)),
            How::ReadStale => "a read showed an older count".to_string(),
            How::Edited(0) => "a count set by hand".to_string(),
            How::Edited(raised) => format!("{} added to a count by hand", units(raised)),
            How::Restocked(raised) => format!("{} restocked unbidden", units(raised)),
            How::NotRestocked(kept) => format!("{} not restocked", units(kept)),
            How::JournalLost => "what was forced to the journal was lost".to_string(),
            How::OpenedBeyond(beyond) => {
                format!("{} too many on display from the start", units(beyond))
            }
            How::Lost(lost) => format!("{} lost that records had", units(lost)),
            How::Gone(gone) => format!("{} on sale again after they had left", units(gone)),
            How::Miscounted(wrong) => format!("{} counted wrong", units(wrong.unsigned_abs())),
        }
    }

    /// `H3 on amazon, 214 s instead of 120 s`.
    pub fn words(&self, names: &[String]) -> String {
        let (name, place) = (self.hypothesis.name(), self.place(names));
        format!("{name} on {place}, {}", self.how())
    }

    /// The same for documents.
    pub fn document(&self, names: &[String]) -> FirstBreach {
        FirstBreach {
            at_s: self.at.as_secs_f64(),
            place: self.place(names),
            what: self.how(),
        }
    }
}
