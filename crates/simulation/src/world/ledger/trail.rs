//! The trail: how news and writes travelled, and what moved what could be sold. Facts of the world that no figure needs and
//! every cause does (docs/causes.md); they are noted only for a recorder that asks ([`super::Recorder::wants_trail`]).

use channel_mocks::core::{CallOutcome, Micros, OrderRef, WriteRoom};

use super::{Ledger, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

/// What changed sellable units of the shared pool.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Mover {
    /// A sale.
    Sale(ChannelIndex, OrderRef),
    /// An order's cancellation.
    Cancellation(ChannelIndex, OrderRef),
    /// Units taken out of an order that goes on.
    Removal(ChannelIndex, OrderRef),
    /// Units came, or were lost.
    Stock,
}

impl Mover {
    /// Whose order it is; none for stock.
    pub fn channel(self) -> Option<ChannelIndex> {
        match self {
            Mover::Sale(channel, _)
            | Mover::Cancellation(channel, _)
            | Mover::Removal(channel, _) => Some(channel),
            Mover::Stock => None,
        }
    }
}

/// A planned fault, by its place in the scenario, and by how much longer something took because of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// Its place in the scenario's file.
    pub fault: u16,
    /// How much longer; [`Micros::MAX`] for what never came.
    pub late_by: Micros,
}

/// The message that tells something.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// When the platform let go of it; the time of arrival where that is not known.
    pub left_at: Option<Micros>,
    /// The fault that struck it.
    pub strike: Option<Strike>,
}

/// One step of a trail.
#[derive(Clone, Debug, PartialEq)]
pub enum Trail {
    /// Sellable units of the shared pool have changed. Comes before the entry that speaks of it.
    Moved {
        /// Of what.
        sku: SkuIndex,
        /// By how many; below zero when they became fewer.
        units: i64,
        /// How many there are after it.
        sellable: i64,
        /// Why.
        by: Mover,
    },
    /// A message has told the engine of a change.
    Heard {
        /// Of what.
        sku: SkuIndex,
        /// The change; of stock, every one up to `happened_at`.
        by: Mover,
        /// When it happened.
        happened_at: Micros,
        /// When the message reached the engine.
        known_at: Micros,
        /// The message.
        letter: Letter,
    },
    /// A message that would have told of an order never came, by plan.
    NewsStruck {
        /// Whose message.
        channel: ChannelIndex,
        /// Of which order; of any, where a read was struck before it could tell.
        order: Option<OrderRef>,
        /// What struck it.
        strike: Strike,
    },
    /// A platform has answered a call that writes quantities.
    WriteCalled {
        /// Which platform.
        channel: ChannelIndex,
        /// When the engine let go of it.
        sent_at: Micros,
        /// How it ended.
        outcome: CallOutcome,
        /// What its limit has left for the next one.
        room: WriteRoom,
    },
    /// A call of the engine that writes was struck on its way.
    WriteStruck {
        /// Which platform's.
        channel: ChannelIndex,
        /// When the engine let go of it.
        sent_at: Micros,
        /// What struck it.
        strike: Strike,
    },
    /// A message has told the engine of a sale again; noted only where faults alter the shape of messages
    /// ([`Ledger::follow_repetitions`]).
    HeardAgain {
        /// Of what.
        sku: SkuIndex,
        /// The sale.
        by: Mover,
        /// When it happened.
        happened_at: Micros,
        /// When the message reached the engine.
        known_at: Micros,
        /// The message.
        letter: Letter,
    },
    /// A planned fault has removed the engine's subscriptions on a channel.
    Unsubscribed {
        /// Whose.
        channel: ChannelIndex,
        /// The fault, by its place in the scenario.
        fault: u16,
    },
    /// The engine has a subscription there again.
    Subscribed {
        /// Whose.
        channel: ChannelIndex,
    },
    /// The engine's process was gone, or busy with one input.
    EngineDown {
        /// The fault that made it so, by its place in the scenario.
        fault: u16,
        /// Since when.
        from: Micros,
        /// Until when.
        until: Micros,
    },
}

impl Ledger {
    /// Notes the trail from now on.
    pub fn follow_trail(&mut self) {
        self.follows_trail = true;
    }

    /// Notes as well when the engine is told again of a sale that it has been told of.
    pub fn follow_repetitions(&mut self) {
        self.follows_repetitions = true;
    }

    /// The message of which the ledger is told next.
    pub fn opens(&mut self, letter: Letter) {
        self.letter = letter;
    }

    pub(super) fn note_moved(
        &self,
        at: Micros,
        sku: SkuIndex,
        (units, sellable): (i64, i64),
        by: Mover,
        recorder: &mut dyn Recorder,
    ) {
        if self.follows_trail && units != 0 {
            let moved = Trail::Moved {
                sku,
                units,
                sellable,
                by,
            };
            recorder.trail(at, &moved);
        }
    }

    pub(super) fn note_heard(
        &self,
        at: Micros,
        sku: SkuIndex,
        by: Mover,
        (happened_at, known_at): (Micros, Micros),
        recorder: &mut dyn Recorder,
    ) {
        if self.follows_trail {
            recorder.trail(
                at,
                &Trail::Heard {
                    sku,
                    by,
                    happened_at,
                    known_at,
                    letter: self.letter,
                },
            );
        }
    }
    /// The engine is told again of an order that it has been told of.
    pub(super) fn note_heard_again(
        &self,
        at: Micros,
        (channel, order): (ChannelIndex, OrderRef),
        (happened_at, known_at): (Micros, Micros),
        recorder: &mut dyn Recorder,
    ) {
        if !self.follows_repetitions {
            return;
        }
        for &(sku, _) in self.orders[usize::from(channel.0)].lines(order) {
            recorder.trail(
                at,
                &Trail::HeardAgain {
                    sku,
                    by: Mover::Sale(channel, order),
                    happened_at,
                    known_at,
                    letter: self.letter,
                },
            );
        }
    }
}
