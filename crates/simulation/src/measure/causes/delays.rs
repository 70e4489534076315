//! Where the time went between what a count missed and the sale that it let through.

use channel_mocks::core::Micros;

use super::calls::ChannelCalls;
use super::case::Stages;
use super::model::DelayParts;

/// [`DelayParts`] in whole microseconds, in the order of [`DelayParts::NAMES`].
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts(pub [u64; 7]);

impl Parts {
    /// Of stages that end at a sale; `calls` are those of the channel where it was.
    pub fn of(stages: &Stages, sold_at: Micros, calls: &ChannelCalls) -> Parts {
        let cut = |at: Micros| at.min(sold_at);
        let happened = cut(stages.happened_at);
        let (left, known) = (cut(stages.left_at), cut(stages.known_at));
        let (sent, received) = (cut(stages.sent_at), cut(stages.received_at));
        let [engine, paced, throttled] = waits(known, sent, calls);
        Parts([
            left.since(happened).0,
            known.since(left).0,
            engine.0,
            paced.0,
            throttled.0,
            received.since(sent).0,
            sold_at.since(received).0,
        ])
    }

    /// As many times as there are units.
    pub fn times(self, units: u32) -> Parts {
        Parts(self.0.map(|part| part.saturating_mul(u64::from(units))))
    }

    pub fn add(&mut self, other: Parts) {
        for (part, more) in self.0.iter_mut().zip(other.0) {
            *part += more;
        }
    }

    pub fn seconds(self) -> DelayParts {
        DelayParts::of(self.0.map(|part| Micros(part).as_secs_f64()))
    }
}

/// How an engine spent the time from knowing until sending: at its own, until its first call that writes on this channel; then
/// in its own queue; and held up by the limit.
pub(super) fn waits(known: Micros, sent: Micros, calls: &ChannelCalls) -> [Micros; 3] {
    let first = calls.first_sent(known, sent).unwrap_or(sent);
    let held_before = calls.held_within(known, first);
    let held_after = calls.held_within(first, sent);
    [
        first.since(known).since(held_before),
        sent.since(first).since(held_after),
        held_before + held_after,
    ]
}
