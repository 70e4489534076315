//! The jump guard: a warehouse's count that jumps upwards without goods having come in is believed only when it lasts.
//!
//! A count that somebody mistyped (ten times too high), or a receipt that was posted twice, would be on sale everywhere within
//! seconds, and everything sold of it would be oversold. So units are held back, from every channel, if all of this holds:
//!
//! - they came by a recount; or by a receipt just like the one before it (same SKU, place and number of units, within
//!   an hour);
//! - they are more than ten units;
//! - they are more than half of what could be sold before.
//!
//! They are let go when a second count confirms the first (a recount that finds no difference), or when nothing has
//! contradicted them for a day. A recount downwards takes from what is held first. Any other loss is passed on at once and
//! whole: a lower count is the safe side. Other receipts and returns are explained by goods and never held.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::canonical::SkuIndex;
use crate::connectors::warehouse::ChangeKind;
use crate::planted::planted;
use crate::snapshot::state;
use oversell_kernel::Micros;

/// Jumps of no more units pass.
const JUMP_UNITS: i64 = 10;
/// Wrong counts are found within a day, for the most part.
const HELD_FOR: Micros = Micros::from_secs(24 * 3_600);
/// A receipt like the one before it, so soon after it, may be the same one.
const SAME_RECEIPT_WITHIN: Micros = Micros::from_secs(3_600);

/// A change of what the warehouse counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct StockChange {
    /// What.
    pub sku: SkuIndex,
    /// Where.
    pub location: u16,
    /// Why.
    pub kind: ChangeKind,
    /// By how many units.
    pub delta: i64,
    /// Units that could be sold before.
    pub before: i64,
}

#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Held {
    units: i64,
    until: Micros,
}

/// What is held back, and what of it came to nothing.
pub struct JumpGuard {
    is_on: bool,
    held: IndexMap<SkuIndex, Held, FxBuildHasher>,
    /// The last receipt of each SKU at each place.
    receipts: IndexMap<(SkuIndex, u16), (i64, Micros), FxBuildHasher>,
    counts: JumpCounts,
}

/// Units that the guard has dealt with so far.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JumpCounts {
    /// Held back.
    pub held_units: u64,
    /// Let go: confirmed, or not contradicted for long.
    pub released_units: u64,
    /// Found to be wrong while they were held, so that no channel ever showed them.
    pub contained_units: u64,
}

state!(JumpGuard {
    kept: [held, receipts, counts],
    parts: [],
    headers: [],
    made: [is_on],
});

impl JumpGuard {
    /// A guard that holds nothing; one that is not on passes everything.
    pub fn new(is_on: bool) -> JumpGuard {
        JumpGuard {
            is_on,
            held: IndexMap::default(),
            receipts: IndexMap::default(),
            counts: JumpCounts::default(),
        }
    }

    /// What has become of jumps so far.
    pub fn counts(&self) -> JumpCounts {
        self.counts
    }

    /// Takes a change and gives what of it is to be believed now.
    pub fn take(&mut self, now: Micros, change: &StockChange) -> i64 {
        if !self.is_on || planted!(JumpGuardLeftOut) {
            return change.delta;
        }
        let is_repeated = change.kind == ChangeKind::Received && self.is_repeated(now, change);
        let is_recount = change.kind == ChangeKind::Recounted;
        if change.delta < 0 {
            return if is_recount {
                change.delta + self.contradict(change.sku, -change.delta)
            } else {
                change.delta
            };
        }
        if is_recount && change.delta == 0 {
            return self.release(change.sku);
        }
        let is_jump = change.delta > JUMP_UNITS && 2 * change.delta > change.before.max(0);
        if !is_jump || !(is_recount || is_repeated) {
            return change.delta;
        }
        let nothing = Held {
            units: 0,
            until: Micros::ZERO,
        };
        let held = self.held.entry(change.sku).or_insert(nothing);
        held.units += change.delta;
        held.until = now + HELD_FOR;
        self.counts.held_units += change.delta.unsigned_abs();
        0
    }

    fn is_repeated(&mut self, now: Micros, change: &StockChange) -> bool {
        let place = (change.sku, change.location);
        let before = self.receipts.insert(place, (change.delta, now));
        before.is_some_and(|(units, at)| units == change.delta && now <= at + SAME_RECEIPT_WITHIN)
    }

    /// A recount found so many units fewer: gives how many of them were held.
    fn contradict(&mut self, sku: SkuIndex, units: i64) -> i64 {
        let Some(held) = self.held.get_mut(&sku) else {
            return 0;
        };
        let contained = held.units.min(units);
        held.units -= contained;
        self.counts.contained_units += contained.unsigned_abs();
        if held.units == 0 {
            self.held.swap_remove(&sku);
        }
        contained
    }

    fn release(&mut self, sku: SkuIndex) -> i64 {
        let units = self.held.swap_remove(&sku).map_or(0, |held| held.units);
        self.counts.released_units += units.unsigned_abs();
        units
    }

    /// Lets go one SKU's units whose time has come.
    pub fn take_due(&mut self, now: Micros) -> Option<(SkuIndex, i64)> {
        let due = self.held.iter().find(|(_, held)| held.until <= now);
        let sku = *due?.0;
        Some((sku, self.release(sku)))
    }

    /// When the next units are let go.
    pub fn next_wake(&self) -> Micros {
        let ends = self.held.values().map(|held| held.until);
        ends.min().unwrap_or(Micros::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKU: SkuIndex = SkuIndex(3);

    fn change(kind: ChangeKind, delta: i64, before: i64) -> StockChange {
        StockChange {
            sku: SKU,
            location: 1,
            kind,
            delta,
            before,
        }
    }

    const fn at(seconds: u64) -> Micros {
        Micros::from_secs(seconds)
    }

    #[test]
    fn a_count_ten_times_too_high_is_held_until_it_is_corrected() {
        let mut guard = JumpGuard::new(true);
        assert_eq!(
            guard.take(at(0), &change(ChangeKind::Recounted, 360, 40)),
            0
        );
        assert_eq!(
            guard.take(at(60), &change(ChangeKind::Damaged, -7, 400)),
            -7,
            "a loss is believed at once"
        );
        // Thirty are there in truth: the mistake is undone, and three more are missing.
        assert_eq!(
            guard.take(at(7_200), &change(ChangeKind::Recounted, -363, 393)),
            -3
        );
        assert_eq!(guard.next_wake(), Micros::MAX);
        let contained = JumpCounts {
            held_units: 360,
            released_units: 0,
            contained_units: 360,
        };
        assert_eq!(guard.counts(), contained);
    }

    #[test]
    fn a_count_that_is_confirmed_or_lasts_is_believed() {
        let mut guard = JumpGuard::new(true);
        assert_eq!(guard.take(at(5), &change(ChangeKind::Recounted, 30, 0)), 0);
        assert_eq!(guard.take(at(9), &change(ChangeKind::Recounted, 0, 30)), 30);
        assert_eq!(
            guard.take(at(10), &change(ChangeKind::Recounted, 40, 30)),
            0
        );
        assert_eq!(guard.next_wake(), at(10) + HELD_FOR);
        assert_eq!(guard.take_due(at(86_409)), None);
        assert_eq!(guard.take_due(at(86_410)), Some((SKU, 40)));
        assert_eq!(guard.take_due(at(86_410)), None);
    }

    #[test]
    fn goods_that_came_in_and_small_corrections_pass() {
        let mut guard = JumpGuard::new(true);
        for (kind, delta, before) in [
            (ChangeKind::Received, 5_000, 0),
            (ChangeKind::Returned, 200, 1),
            (ChangeKind::Recounted, 10, 0),
            (ChangeKind::Recounted, 50, 100),
            (ChangeKind::Recounted, -80, 100),
        ] {
            assert_eq!(guard.take(at(1), &change(kind, delta, before)), delta);
        }
        let recount = change(ChangeKind::Recounted, 360, 40);
        assert_eq!(JumpGuard::new(false).take(at(1), &recount), 360);
    }

    #[test]
    fn a_receipt_that_was_posted_twice_is_held_the_second_time() {
        let mut guard = JumpGuard::new(true);
        let receipt = change(ChangeKind::Received, 300, 0);
        assert_eq!(guard.take(at(0), &receipt), 300);
        let again = change(ChangeKind::Received, 300, 300);
        assert_eq!(guard.take(at(40), &again), 0);
        let elsewhere = StockChange {
            location: 2,
            ..again
        };
        assert_eq!(guard.take(at(50), &elsewhere), 300);
        assert_eq!(
            guard.take(at(40) + SAME_RECEIPT_WITHIN + Micros(1), &again),
            300,
            "the next delivery"
        );
    }
}
