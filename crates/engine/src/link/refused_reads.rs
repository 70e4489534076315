//! Readings that a platform refused as not worth repeating. Somebody waits for each of them, and what was refused for good is answered
//! again one day: a version comes back, a right is granted anew. So they are asked for again, ever more seldom.

use std::collections::{BTreeMap, BTreeSet};

use super::super::canonical::SkuIndex;
use oversell_kernel::Micros;

/// Time from the first refusal to the next question, which doubles with each refusal; as for orders in quarantine (chosen).
const FIRST_WAIT: Micros = Micros::from_secs(60);
/// See [`FIRST_WAIT`].
const LONGEST_WAIT: Micros = Micros::from_secs(3_600);

/// Which quantities are asked for again, and when.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct RefusedReads {
    /// Refusals in a row.
    refusals: BTreeMap<SkuIndex, u32>,
    /// When each is asked for next, the soonest first; each SKU once.
    due: BTreeSet<(Micros, SkuIndex)>,
    waiting: BTreeSet<SkuIndex>,
}

impl RefusedReads {
    /// A reading was refused.
    pub(super) fn refused(&mut self, now: Micros, sku: SkuIndex) {
        let refusals = self.refusals.entry(sku).or_default();
        let wait = FIRST_WAIT.doubled(*refusals, LONGEST_WAIT);
        *refusals = refusals.saturating_add(1);
        if self.waiting.insert(sku) {
            self.due.insert((now + wait, sku));
        }
    }

    /// A reading was answered.
    pub(super) fn answered(&mut self, sku: SkuIndex) {
        if !self.refusals.is_empty() {
            self.refusals.remove(&sku);
        }
    }

    /// When the next is due; [`Micros::MAX`] when none waits.
    pub(super) fn next_due(&self) -> Micros {
        self.due.first().map_or(Micros::MAX, |(due, _)| *due)
    }

    /// The next that is due now, which waits no longer.
    pub(super) fn take_due(&mut self, now: Micros) -> Option<SkuIndex> {
        let (due, sku) = *self.due.first()?;
        if due > now {
            return None;
        }
        self.due.pop_first();
        self.waiting.remove(&sku);
        Some(sku)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_asked_for_ever_more_seldom() {
        let (mut reads, sku) = (RefusedReads::default(), SkuIndex(3));
        let mut now = Micros::ZERO;
        let mut waits = Vec::new();
        for _ in 0..9 {
            reads.refused(now, sku);
            reads.refused(now, sku);
            let due = reads.next_due();
            waits.push(due.since(now).whole_secs());
            assert_eq!(reads.take_due(Micros(due.0 - 1)), None);
            assert_eq!(reads.take_due(due), Some(sku));
            assert_eq!(reads.take_due(Micros::MAX), None);
            now = due;
        }
        assert_eq!(
            waits,
            [60, 240, 960, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600]
        );
        reads.answered(sku);
        reads.refused(now, sku);
        assert_eq!(reads.next_due(), now + FIRST_WAIT);
    }
}
