//! One case: units of a line that were oversold for one reason.

use channel_mocks::core::Micros;

use super::events::{Event, Events};
use super::listing::{Lot, SetBy, Source, Write};
use crate::world::{ChannelIndex, SkuIndex};

/// Units of one line that one lot let through.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The number of its first unit among the run's oversold units, from 1.
    pub unit: u64,
    pub units: u32,
    pub at: Micros,
    pub channel: ChannelIndex,
    pub sku: SkuIndex,
    pub displayed: i64,
    pub sellable: i64,
    pub lot: Lot,
    /// What set the count.
    pub set_by: SetBy,
    /// The first write since that brought what the count missed.
    pub fix: Option<Write>,
    /// What the count missed, as far as it is known by now.
    pub event: Option<Event>,
}

/// When what a count missed came how far, in order; `Micros::MAX` for what never was, or after the end.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Stages {
    pub happened_at: Micros,
    pub left_at: Micros,
    pub known_at: Micros,
    pub sent_at: Micros,
    pub received_at: Micros,
    pub live_at: Micros,
}

impl Case {
    /// Takes what is known by now of the event that the count missed.
    pub fn look_up(&mut self, events: &Events) {
        let known = self.lot.source.news().and_then(|it| events.get(it));
        if let Some(event) = known {
            self.event = Some(event.clone());
        }
    }

    /// The stages, each no earlier than the one before.
    pub fn stages(&self) -> Stages {
        let never = Micros::MAX;
        let (sent_at, received_at, live_at) = match self.fix {
            Some(write) => (write.sent_at, write.received_at, write.live_at),
            None => (never, never, never),
        };
        let (happened_at, left_at, known_at) = match (&self.event, self.lot.source) {
            (Some(event), _) => (
                event.at,
                event.left_at().unwrap_or(event.known_at),
                event.known_at.min(event.heard_at.max(event.at)),
            ),
            // Nobody tells of these: the engine could have looked at once.
            (None, _) => (self.lot.at, self.lot.at, self.lot.at),
        };
        // A write that puts a count right without news had none to wait for.
        let sent_at = sent_at.max(happened_at);
        let left_at = left_at.max(happened_at).min(sent_at);
        let known_at = known_at.max(left_at).min(sent_at);
        let received_at = received_at.max(sent_at);
        Stages {
            happened_at,
            left_at,
            known_at,
            sent_at,
            received_at,
            live_at: live_at.max(received_at),
        }
    }

    /// Whether a write put units back that the count had been without.
    pub fn is_undone(&self) -> bool {
        matches!(self.lot.source, Source::Undone { .. })
    }
}
