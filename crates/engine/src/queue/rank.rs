//! What goes first: the two-class rule of docs/theory.md C as one number, with a third class behind it for what can wait.

use oversell_kernel::Micros;

/// Why a listing should be written now or later.
#[derive(Copy, Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Priority {
    /// What is displayed costs money right now: sold out but still displayed, or in stock but not on sale. Cents a
    /// second; the dearest goes first.
    Costing(f64),
    /// Nothing is lost yet: seconds until the stock behind the listing, or what it displays, runs out. The soonest goes
    /// first.
    Cover(f64),
    /// One of very many that change nothing soon, as when a whole catalogue is synchronised anew: after all others, the
    /// oldest first, and never by more than a part of a rate limit.
    Background,
}

impl Priority {
    pub(super) fn is_costing(self) -> bool {
        matches!(self, Priority::Costing(_))
    }

    pub(super) fn is_background(self) -> bool {
        matches!(self, Priority::Background)
    }

    /// Sorts ahead of another: the class, then the score; equal priorities leave the order to age.
    pub(super) fn urgency(self) -> (u8, f64) {
        match self {
            Priority::Costing(cents) => (0, -cents),
            Priority::Cover(seconds) => (1, seconds),
            Priority::Background => (2, 0.0),
        }
    }
}

/// What goes first has the lower rank (two-class rule of docs/theory.md C). From the highest bit down: the class, the score, the
/// instant since when it waits; one number, because it is compared a dozen times for every row that is put or taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(not(test), derive(PartialOrd, Ord))]
pub(super) struct Rank(u128);

impl Rank {
    const CLASS_BIT: u32 = 126;
    const SCORE_BIT: u32 = 62;
    /// No rank is before it.
    pub(super) const FIRST: Rank = Rank(0);

    pub(super) fn new(priority: Priority, since: Micros) -> Rank {
        let (class, score) = priority.urgency();
        debug_assert!(since.0 >> Rank::SCORE_BIT == 0);
        Rank(
            u128::from(class) << Rank::CLASS_BIT
                | u128::from(sortable(score)) << Rank::SCORE_BIT
                | u128::from(since.0),
        )
    }

    /// The rank of something that has waited too long: the first of its class, the oldest first.
    pub(super) fn overdue(since: Micros) -> Rank {
        Rank(1 << Rank::CLASS_BIT | u128::from(since.0))
    }
}

/// A number that sorts as `f64::total_cmp` does: the bits of negative numbers run the other way.
pub(super) fn sortable(score: f64) -> u64 {
    let bits = score.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

#[cfg(test)]
thread_local! {
    /// Ranks compared so far.
    pub(super) static COMPARED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// As it is derived elsewhere, and counted: a test tells by it how much of a queue is looked at.
#[cfg(test)]
impl Ord for Rank {
    fn cmp(&self, other: &Rank) -> std::cmp::Ordering {
        COMPARED.set(COMPARED.get() + 1);
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Rank) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
