//! What one channel may still sell of one SKU, and where its write protocol stands.

use super::super::super::coverage::CoveragePoint;
use oversell_kernel::Micros;

/// Phases of a listing (docs/theory.md A5). Compare-and-set listings know only `Unread` and `Open`; the others belong to
/// E-SET, for platforms that can only overwrite.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum HoldingPhase {
    /// What it displays has not been read yet: nothing may be granted anywhere.
    Unread,
    /// Displays zero, nothing pending, every sale known.
    Closed,
    /// A raise was decided; it is not known to be live yet.
    Opening,
    /// Displays what it was granted, less what it sold.
    Open,
    /// Being set to zero.
    Draining,
    /// At zero for certain; waiting until every sale before that is known.
    Fencing,
}

impl HoldingPhase {
    /// The same as a point of coverage.
    pub const fn point(self) -> CoveragePoint {
        match self {
            HoldingPhase::Unread => CoveragePoint::HoldingUnread,
            HoldingPhase::Closed => CoveragePoint::HoldingClosed,
            HoldingPhase::Opening => CoveragePoint::HoldingOpening,
            HoldingPhase::Open => CoveragePoint::HoldingOpen,
            HoldingPhase::Draining => CoveragePoint::HoldingDraining,
            HoldingPhase::Fencing => CoveragePoint::HoldingFencing,
        }
    }
}

/// One channel's holding of one SKU.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Holding {
    /// Where the protocol stands.
    pub phase: HoldingPhase,
    /// E of docs/theory.md A5: units the channel may have sold unknown to us, or may still sell, with no further send. Falls
    /// below zero for a moment when a resale is known before the cancellation that made it possible.
    pub exposure: i64,
    /// A write of ours waits or is under way; nothing else may be decided about the listing meanwhile.
    pub busy: bool,
    /// When the last positive set (E-CAS: the last write of any kind) left; H3: it is dead a write lifetime later. Zero if
    /// there was none.
    pub raised_at: Micros,
    /// Units of that raise, while it is not known to be live.
    pub raise: i64,
    /// When the last zero left.
    pub zero_sent_at: Micros,
    /// When the listing was known to be at zero with nothing pending.
    pub zero_known_at: Micros,
    /// Units that cancellations later than the zero put back on sale: still there when the fence opens.
    pub restocked_since_zero: i64,
    /// Units of the exposure that are there a second time, because an overwrite with a smaller count may have erased sales not
    /// known yet ([`super::loans`]).
    pub in_doubt: i64,
    /// Units that it showed when such an overwrite was decided, less those known to be sold since, until the overwrite is known
    /// to be seen by buyers; 0: it is.
    pub shown_before: i64,
    /// When the last such overwrite was known to be seen by buyers, or will be for certain if not before: what was sold up to
    /// then may have been erased by it.
    pub lowered_at: Micros,
    /// The smaller count of the overwrite that waits or is under way; 0: none.
    pub lowering_to: i64,
    /// The count of the last overwrite by a smaller one.
    pub lowered_to: i64,
    /// Whether the answer to the last raise was lost, so that it may never have reached the platform.
    pub is_raise_in_doubt: bool,
    /// A reading is awaited, to revoke from what it shows.
    pub awaits_reading: bool,
    /// A listing that showed nothing to take back, or whose platform refused it, is left in peace until then.
    pub revoke_after: Micros,
    /// When the exposure last changed.
    pub moved_at: Micros,
    /// When it is to be looked at for not selling; [`Micros::MAX`] when nothing is to be looked for.
    pub look_at: Micros,
    /// How many looks in a row have found it unmoved.
    pub looks: u8,
    /// The latest platform time of a cancellation that put units back on sale ...
    pub restocked_at: Micros,
    /// ... and when it became known, or became the only thing that the listing can show.
    pub restock_known_at: Micros,
    /// When the reading was answered from which the listing was begun; sales up to then may already be missing from what it
    /// showed.
    pub read_at: Micros,
    /// When units last came back to the pool: a reading sent before may show them.
    pub returned_at: Micros,
    /// Net units known to be sold: so many can come back on sale unknown to us, and no more.
    pub sold: i64,
    /// When more was on display than is explained, first of late; [`Micros::MAX`] when nothing is unexplained.
    pub suspected_at: Micros,
    /// The next reading for the sake of a signal leaves no sooner.
    pub signal_read_at: Micros,
    /// Refusals in a row; after [`MAX_REFUSALS`] the listing is left alone.
    pub refusals: u8,
    /// The channel does not list the SKU: it displays nothing and never will.
    pub is_absent: bool,
}

/// A listing that refused so many writes is left alone until the next stock change.
pub const MAX_REFUSALS: u8 = 5;

impl Holding {
    /// A holding of which nothing is known.
    pub const fn unread() -> Holding {
        Holding {
            phase: HoldingPhase::Unread,
            exposure: 0,
            busy: false,
            raised_at: Micros::ZERO,
            raise: 0,
            zero_sent_at: Micros::ZERO,
            zero_known_at: Micros::ZERO,
            restocked_since_zero: 0,
            in_doubt: 0,
            shown_before: 0,
            lowered_at: Micros::ZERO,
            lowering_to: 0,
            lowered_to: 0,
            is_raise_in_doubt: false,
            awaits_reading: false,
            revoke_after: Micros::ZERO,
            moved_at: Micros::ZERO,
            look_at: Micros::MAX,
            looks: 0,
            restocked_at: Micros::ZERO,
            restock_known_at: Micros::ZERO,
            read_at: Micros::MAX,
            returned_at: Micros::ZERO,
            sold: 0,
            suspected_at: Micros::MAX,
            signal_read_at: Micros::ZERO,
            refusals: 0,
            is_absent: false,
        }
    }

    /// Whether units can be granted now: nothing under way, and (E-SET) the listing is closed.
    pub fn is_free(&self) -> bool {
        !self.busy && self.refusals < MAX_REFUSALS && !self.is_absent
    }
}
