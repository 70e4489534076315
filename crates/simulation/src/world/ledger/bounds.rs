//! What an engine is told of a platform beside what holds.

use channel_mocks::core::Micros;

use super::{Entry, Ledger, Recorder};
use crate::world::ChannelIndex;

/// Delays and habits of a platform on which an engine's promises rest (docs/theory.md A5, H2, H3 and H6). A time of
/// [`Micros::MAX`] stands for no bound at all.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelBounds {
    /// v of H2: a poll of the order feed sent at t tells everything up to t less this.
    pub order_visibility_lag: Micros,
    /// W of H3: a write not live within this of its sending never will be.
    pub write_lifetime: Micros,
    /// The part of it on the way: a request that has not arrived within this of its sending never will.
    pub request_lifetime: Micros,
    /// H6: whether the platform puts the units of a cancelled order back on sale by itself.
    pub restocks_on_cancel: bool,
    /// H5: whether a write that was answered has taken hold, as a compare-and-set must.
    pub applied_when_answered: bool,
}

/// Both sides of it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct ToldBounds {
    /// What the engine goes by.
    pub believed: ChannelBounds,
    /// What the platform keeps to.
    pub holds: ChannelBounds,
}

impl Ledger {
    /// Notes what an engine is told of a channel and what holds. To be called once a channel, before the run begins.
    pub fn engine_is_told(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        bounds: ToldBounds,
        recorder: &mut dyn Recorder,
    ) {
        let index = usize::from(channel.0);
        if self.bounds.len() <= index {
            self.bounds.resize(index + 1, ToldBounds::default());
        }
        self.bounds[index] = bounds;
        let ToldBounds { believed, holds } = bounds;
        recorder.record(
            at,
            &Entry::Bounds {
                channel,
                believed,
                holds,
            },
        );
        // What stood on display before is known before anything is written.
        self.record_remarks(at, recorder);
    }

    /// Notes that a platform keeps to other bounds from now on than before, as while a fault delays its order feed.
    pub fn platform_keeps(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        change: impl FnOnce(&mut ChannelBounds),
        recorder: &mut dyn Recorder,
    ) {
        let known = self.bounds.get(usize::from(channel.0)).copied();
        let mut bounds = known.unwrap_or_default();
        change(&mut bounds.holds);
        self.engine_is_told(at, channel, bounds, recorder);
    }

    /// Notes that the faults of a run have healed: convergence counts from here (docs/theory.md B).
    pub fn faults_healed(&mut self, at: Micros) {
        self.last_change_at = self.last_change_at.max(at);
    }
}
