//! Notes for a recorder that asks how messages travelled: when each left, what struck it, what limits had left. Nothing of it
//! is part of a message, and nothing happens otherwise because of it.

use channel_mocks::core::{CallKind, CallOutcome, Fact, Micros, Request, Response, Tells, Told};
use http::Extensions;

use super::event::SystemIndex;
use super::host::FaultCounts;
use super::run::Run;
use crate::stage::faults::{Passage, ReplyFate, RequestFate, SignalFate, SignalPassage};
use crate::world::ChannelIndex;
use crate::world::ledger::{Letter, Strike, Trail};

impl Run<'_> {
    /// A reply leaves its system.
    pub fn seal_reply(&self, leaves_at: Micros, response: &mut Response) {
        if self.trails && response.extensions().get::<Tells>().is_some() {
            response.extensions_mut().insert(Letter {
                left_at: Some(leaves_at),
                strike: None,
            });
        }
    }

    /// A fault has struck a reply, or not.
    pub fn note_struck_reply(
        &mut self,
        system: SystemIndex,
        fate: ReplyFate,
        response: &mut Response,
    ) {
        let (true, Some(fault)) = (self.trails, fate.by) else {
            return;
        };
        if fate.passage == Passage::Arrives {
            if let Some(letter) = response.extensions_mut().get_mut::<Letter>() {
                let late_by = fate.delay;
                letter.strike = Some(Strike { fault, late_by });
            }
        } else if response.extensions().get::<Tells>().is_some() {
            self.note_lost_news(system, fault, response.extensions());
        }
    }

    /// A signal leaves its platform, or would have.
    pub fn seal_signal(&mut self, system: SystemIndex, fate: &SignalFate, request: &mut Request) {
        if !self.trails {
            return;
        }
        if fate.passage != SignalPassage::Arrives || fate.is_spoilt {
            if let Some(fault) = fate.by {
                self.note_lost_news(system, fault, request.extensions());
            }
            return;
        }
        if request.extensions().get::<Tells>().is_none() {
            return;
        }
        let late_by = fate.leaves_at.since(self.now);
        request.extensions_mut().insert(Letter {
            left_at: Some(fate.leaves_at),
            strike: fate.by.map(|fault| Strike { fault, late_by }),
        });
    }

    fn note_lost_news(&mut self, system: SystemIndex, fault: u16, extensions: &Extensions) {
        if usize::from(system.0) >= self.channels.len() {
            return;
        }
        let channel = ChannelIndex(system.0);
        let strike = Strike {
            fault,
            late_by: Micros::MAX,
        };
        let mut lost = |order| {
            let step = Trail::NewsStruck {
                channel,
                order,
                strike,
            };
            self.recorder.trail(self.now, &step);
        };
        let Some(tells) = extensions.get::<Tells>() else {
            // What nobody may believe tells nothing any more.
            return lost(None);
        };
        for told in &tells.0 {
            if let Told::Sale(order) = *told {
                lost(Some(order));
            }
        }
    }

    /// A fault has struck a request of the engine: a read may not tell what it would have, a write may not take effect when it
    /// would have.
    pub fn note_struck_request(
        &mut self,
        system: SystemIndex,
        fate: RequestFate,
        request: &Request,
    ) {
        let (true, Some(fault)) = (self.trails, fate.by) else {
            return;
        };
        let Some(side) = self.channels.get_mut(usize::from(system.0)) else {
            return;
        };
        let (channel, sent_at) = (ChannelIndex(system.0), self.now);
        let late_by = match fate.passage {
            Passage::Arrives => fate.delay,
            Passage::Lost | Passage::Reset | Passage::Refused(_) => Micros::MAX,
        };
        let strike = Strike { fault, late_by };
        let step = match side.storefront.called(request).kind {
            CallKind::Write => Trail::WriteStruck {
                channel,
                sent_at,
                strike,
            },
            // Without a token neither of the two can be done.
            CallKind::Read | CallKind::Token => Trail::NewsStruck {
                channel,
                order: None,
                strike,
            },
        };
        self.recorder.trail(sent_at, &step);
    }

    /// The message that has arrived: what the ledger is told next is from it.
    pub fn open_letter(&mut self, extensions: &mut Extensions) {
        if self.trails {
            let letter = extensions.remove::<Letter>().unwrap_or_default();
            self.ledger.opens(letter);
        }
    }

    /// A platform has answered a call: what its limit of writes has left.
    pub fn note_write_called(&mut self, channel: ChannelIndex, fact: &Fact) {
        let Fact::Call {
            operation,
            kind: CallKind::Write,
            outcome,
        } = fact
        else {
            return;
        };
        let storefront = &self.channels[usize::from(channel.0)].storefront;
        if let Some(room) = storefront.write_room(self.now, operation) {
            let called = Trail::WriteCalled {
                channel,
                sent_at: self.request_sent_at,
                outcome: *outcome,
                room,
            };
            self.recorder.trail(self.now, &called);
        }
    }

    /// A fault has removed the engine's subscriptions on a channel.
    pub fn note_unsubscribed(&mut self, channel: ChannelIndex, fault: usize) {
        let (true, Ok(fault)) = (self.trails, u16::try_from(fault)) else {
            return;
        };
        let gone = Trail::Unsubscribed { channel, fault };
        self.recorder.trail(self.now, &gone);
        if !self.unsubscribed.contains(&channel) {
            self.unsubscribed.push(channel);
        }
    }

    /// A platform has answered a call: whether the engine has subscribed again since a fault removed what it had.
    pub fn note_subscribed(&mut self, channel: ChannelIndex, fact: &Fact) {
        let is_served = matches!(
            fact,
            Fact::Call {
                outcome: CallOutcome::Served,
                ..
            }
        );
        let place = self.unsubscribed.iter().position(|it| *it == channel);
        let (true, Some(place)) = (is_served, place) else {
            return;
        };
        if self.channels[usize::from(channel.0)]
            .storefront
            .subscriptions()
            > 0
        {
            self.unsubscribed.swap_remove(place);
            self.recorder
                .trail(self.now, &Trail::Subscribed { channel });
        }
    }

    /// The run is over: when the engine's process was gone.
    pub fn note_engine_down(&mut self, counts: &FaultCounts) {
        for (fault, from, until) in counts.down() {
            let down = Trail::EngineDown { fault, from, until };
            self.recorder.trail(self.now, &down);
        }
    }
}
