//! What is kept of channels, listings and SKUs to judge assumptions by.

use channel_mocks::core::Micros;

use super::Breach;
use crate::world::ledger::ToldBounds;

/// Of a channel.
#[derive(Clone, Debug, Default)]
pub(super) struct ChannelState {
    pub told: Option<ToldBounds>,
    /// The widest lag of the order feed while orders were accepted.
    pub widest_lag: Option<Micros>,
    pub longest_write: Option<Micros>,
    pub longest_request: Option<Micros>,
    /// When its order feed was first later than the engine was told.
    pub feed_breach: Option<Breach>,
}

/// Of a SKU: what voids a promise about its units.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct SkuState {
    /// Units that sales may exceed the stock by: lost, gone, or added to counts by somebody else.
    pub shortage: u64,
    /// Those of them that stood on display before the engine had written anything, and have not been taken off since.
    pub opened_beyond: u64,
    /// Of these, units that a write has taken off at this time: a margin that ends with it is judged by what was before.
    pub taken_off: (Micros, u64),
    /// How the last of these came to be.
    pub short_by: Option<Breach>,
    /// An assumption about time or repetition that was broken for this SKU: how many units it costs nobody can say.
    pub outside: Option<Breach>,
}

impl SkuState {
    /// What was taken off before this time counts no more.
    pub fn settle(&mut self, at: Micros) {
        if self.taken_off.0 < at {
            let (_, units) = std::mem::take(&mut self.taken_off);
            self.shortage -= units;
            self.opened_beyond -= units;
        }
    }

    /// A write takes units off what was on display from the start.
    pub fn take_off(&mut self, at: Micros, units: u64) {
        self.settle(at);
        let left = self.opened_beyond - self.taken_off.1;
        self.taken_off = (at, self.taken_off.1 + units.min(left));
    }
}

/// The last raises of a listing that became live.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Raises {
    recent: [Option<(Micros, Micros)>; REMEMBERED],
    next: u8,
}

/// Raises that are remembered: a duplicate that comes after more of them goes unseen.
const REMEMBERED: usize = 4;

impl Raises {
    /// Notes a raise. Tells whether the same one, by when it was sent, was received at another time before.
    pub fn again(&mut self, sent_at: Micros, received_at: Micros) -> bool {
        let mut known = self.recent.iter().flatten();
        let again = known.any(|&(sent, received)| sent == sent_at && received != received_at);
        self.recent[usize::from(self.next)] = Some((sent_at, received_at));
        self.next = (self.next + 1) % REMEMBERED as u8;
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raise_that_is_received_twice_is_known_again() {
        let mut raises = Raises::default();
        assert!(!raises.again(Micros(1), Micros(2)));
        assert!(
            !raises.again(Micros(1), Micros(2)),
            "two rows of one request"
        );
        assert!(!raises.again(Micros(5), Micros(6)));
        assert!(raises.again(Micros(1), Micros(9)));
    }
}
