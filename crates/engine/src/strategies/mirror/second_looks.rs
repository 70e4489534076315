//! A sweep that reads back. A count that is not what it should be may miss nothing but orders that are not known yet: to write
//! it then would put sold units back on sale. So it is read a second time when such news must have come, and written only if it
//! still shows the same, and that is still wrong.

use std::collections::{BTreeMap, VecDeque};

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use oversell_kernel::Micros;

/// Time from the first reading to the second: signals take seconds, and seldom minutes.
const SECOND_LOOK_AFTER: Micros = Micros::from_secs(180);

type Listing = (ChannelIndex, SkuIndex);

/// Counts that were found wrong once.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct SecondLooks {
    /// What was shown then.
    found: BTreeMap<Listing, i64>,
    /// When to read again, in the order of the readings.
    waiting: VecDeque<(Micros, Listing)>,
}

impl SecondLooks {
    /// A reading; whether the count is wrong for the second time, as it was the first.
    pub(super) fn is_wrong_again(
        &mut self,
        now: Micros,
        listing: Listing,
        displayed: i64,
        target: i64,
    ) -> bool {
        let before = self.found.remove(&listing);
        if displayed == target {
            return false;
        }
        if before == Some(displayed) {
            return true;
        }
        self.found.insert(listing, displayed);
        self.waiting.push_back((now + SECOND_LOOK_AFTER, listing));
        false
    }

    /// A write is under way: what was found says nothing any more.
    pub(super) fn forget(&mut self, channel: ChannelIndex, sku: SkuIndex) {
        self.found.remove(&(channel, sku));
    }

    /// The next listing that is to be read again now.
    pub(super) fn due(&mut self, now: Micros) -> Option<Listing> {
        while let Some(&(at, listing)) = self.waiting.front() {
            if at > now {
                return None;
            }
            self.waiting.pop_front();
            if self.found.contains_key(&listing) {
                return Some(listing);
            }
        }
        None
    }

    /// When the next is due.
    pub(super) fn next_at(&self) -> Micros {
        self.waiting.front().map_or(Micros::MAX, |(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_wrong_when_it_is_found_wrong_twice() {
        let (mut looks, listing) = (SecondLooks::default(), (ChannelIndex(1), SkuIndex(7)));
        let at = Micros::from_secs;
        assert!(
            !looks.is_wrong_again(at(0), listing, 3, 4),
            "an order may be on its way"
        );
        assert_eq!((looks.next_at(), looks.due(at(179))), (at(180), None));
        assert_eq!(looks.due(at(180)), Some(listing));
        assert!(
            !looks.is_wrong_again(at(181), listing, 2, 4),
            "it has moved"
        );
        assert_eq!(looks.due(at(361)), Some(listing));
        assert!(looks.is_wrong_again(at(362), listing, 2, 4));
        assert!(!looks.is_wrong_again(at(400), listing, 4, 4));
        assert_eq!(looks.next_at(), Micros::MAX);
        looks.is_wrong_again(at(500), listing, 9, 4);
        looks.forget(listing.0, listing.1);
        assert_eq!(looks.due(at(900)), None);
    }
}
