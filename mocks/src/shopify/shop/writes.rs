//! Writes of what is available, on their way to being live: at once, unless the profile says otherwise
//! (docs/platforms/shopify.md 4.2).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::Store;
use crate::core::timers::Timers;
use crate::core::{Cause, Micros, Stream};

/// What a write makes of what is available.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// So many units are available.
    Available(i64),
    /// So many units are on hand.
    OnHand(i64),
    /// So many more, or fewer, are available.
    By(i64),
}

/// An accepted write of one level.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LevelWrite {
    /// The event that it is part of.
    pub(crate) event: u64,
    /// Listing and location.
    pub(crate) level: (u32, u16),
    pub(crate) target: Target,
    pub(crate) sent_at: Micros,
    pub(crate) received_at: Micros,
}

/// Accepted writes that are not live yet.
#[derive(Debug, Default)]
pub(crate) struct PendingWrites {
    /// Writes accepted so far; keys the draws of each.
    accepted: u64,
    due: Timers<LevelWrite>,
    /// When the latest write of a level becomes live that kept its order.
    live_at: IndexMap<(u32, u16), Micros, FxBuildHasher>,
}

impl Store {
    /// By how much a write would change what is available now.
    pub(crate) fn delta_of(&self, (listing, location): (u32, u16), target: Target) -> i64 {
        let level = self.state.stock.level(listing, location);
        match target {
            Target::Available(units) => units - level.available,
            Target::OnHand(units) => units - level.on_hand(),
            Target::By(units) => units,
        }
    }

    /// Accepts a write.
    pub(crate) fn write(&mut self, write: LevelWrite) {
        let now = write.received_at;
        let number = self.writes.accepted;
        self.writes.accepted += 1;
        let (delays, stuck) = (
            &self.state.profile.delay,
            self.state.profile.faults.stuck_write,
        );
        let mut stream = Stream::new(self.keys.write_to_live, number);
        let delay = delays.write_to_live.draw(&mut stream);
        if stuck > 0.0 {
            let is_stuck = stream.chance(stuck);
            self.state.faults.stuck_write.offer(is_stuck);
            if is_stuck {
                return;
            }
        }
        let mut live_at = now + delay;
        if delays.writes_in_order {
            let before = self.writes.live_at.get(&write.level);
            live_at = live_at.max(before.copied().unwrap_or(Micros::ZERO));
            if live_at > now {
                self.writes.live_at.insert(write.level, live_at);
            }
        }
        if let Some(base) = &self.state.laid_over {
            let usual = base.delay.write_to_live.usually_within();
            self.state.faults.late_write.offer(live_at > now + usual);
        }
        if live_at <= now {
            self.make_live(now, write);
        } else {
            self.writes.due.set(live_at, write);
        }
    }

    /// When the next write becomes live.
    pub(crate) fn next_write(&self) -> Option<Micros> {
        self.writes.due.peek().map(|(at, _)| at)
    }

    /// Makes the next write live. A level that its location no longer stocks stays as it is.
    pub(crate) fn end_write(&mut self) {
        if let Some((at, write)) = self.writes.due.pop() {
            self.state.stock.past.tick(at);
            let (listing, location) = write.level;
            if self.state.stock.level(listing, location).is_active {
                self.make_live(at, write);
            }
        }
    }

    fn make_live(&mut self, at: Micros, write: LevelWrite) {
        let delta = self.delta_of(write.level, write.target);
        let cause = Cause::Write {
            sent_at: write.sent_at,
            received_at: write.received_at,
        };
        self.move_available(at, write.event, write.level, delta, cause);
    }
}
