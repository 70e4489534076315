//! What the engine sends and what reaches it: calls with their patience, webhooks with theirs, and the truths of informed escrow.

use channel_mocks::core::{DeliveryId, DeliveryOutcome, Input, Micros, Request, Tells};

use super::event::{Event, SystemIndex};
use super::heap::Class;
use super::run::Run;
use crate::engine;
use crate::engine::{CallError, CallId};
use crate::stage::faults::SignalPassage;
use crate::world::ChannelIndex;

// Calls.
impl Run<'_> {
    /// Tells informed escrow what has come to light, and carries what it sends.
    pub fn tell_truths(&mut self) {
        if !self.truth.is_on() {
            return;
        }
        let mut told = false;
        while let Some(truth) = self.truth.next() {
            self.engine.tell(self.now, truth);
            told = true;
        }
        if told {
            self.drain_engine();
        }
    }

    /// A message has reached the engine: from now on it knows what the message tells.
    pub fn told(&mut self, system: SystemIndex, tells: Option<&Tells>) {
        let Some(tells) = tells else {
            return;
        };
        let is_channel = usize::from(system.0) < self.channels.len();
        let channel = is_channel.then_some(ChannelIndex(system.0));
        self.ledger
            .told(self.now, self.now, channel, tells, self.recorder);
    }

    pub fn engine_learns(&mut self, call: CallId, result: Result<engine::Response, CallError>) {
        self.engine.respond(self.now, call, result);
        self.drain_engine();
    }

    /// Puts everything the engine sends on its way, and sets its timer again.
    pub fn drain_engine(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                engine::Output::Call {
                    call,
                    target,
                    request,
                } => self.send_call(call, target, request),
                engine::Output::DeliveryAnswer { delivery, response } => {
                    self.answer_delivery(delivery.0, &response);
                }
            }
        }
        let timer = self.engine.poll_timeout();
        if let Some((at, generation)) = self.engine.wake.set(self.now, timer) {
            self.push(at, Event::EngineWake { generation });
        }
    }

    fn send_call(&mut self, call: CallId, target: engine::Target, request: Request) {
        let now = self.now;
        let Some(system) = self.engine.system(target) else {
            // A host that does not exist refuses at once.
            self.engine
                .respond(now, call, Err(CallError::ConnectionLost));
            return;
        };
        let fate = self.fate_of_request(system, &request);
        let sent = self.link(system).send_late(now, call, fate.delay);
        if fate.by.is_some() {
            self.note_struck_request(system, fate, &request);
        }
        self.note_sent(system, sent.number, &request);
        let link = self.link(system);
        if fate.is_plain() {
            let check = link.set_check();
            if sent.arrives_at < Micros::MAX {
                let event = Event::Request {
                    system,
                    number: sent.number,
                    sent_at: now,
                    request,
                };
                self.push(sent.arrives_at, event);
            }
            return self.set_call_timeout(system, check);
        }
        self.send_struck(system, sent, fate, request);
        let check = self.link(system).set_check();
        self.set_call_timeout(system, check);
    }

    fn set_call_timeout(&mut self, system: SystemIndex, check: Option<Micros>) {
        if let Some(at) = check {
            self.push(at, Event::CallTimeout { system });
        }
    }

    pub fn call_timeout(&mut self, system: SystemIndex) -> bool {
        let (now, mut ended) = (self.now, false);
        while let Some((number, call)) = self.link(system).check(now) {
            self.trace
                .event(now, Class::Timeout, system.0.into(), number);
            self.call_ended(system, number, None);
            self.note_failed(system, number, true);
            self.engine_learns(call, Err(CallError::TimedOut));
            ended = true;
        }
        if let Some(at) = self.link(system).set_check() {
            self.push(at, Event::CallTimeout { system });
        }
        ended
    }
}

// Webhooks.
impl Run<'_> {
    /// A platform lets go of a webhook.
    pub fn send_delivery(
        &mut self,
        system: SystemIndex,
        delivery: DeliveryId,
        patience: Micros,
        mut request: Request,
    ) {
        let now = self.now;
        let fate = self.fate_of_signal(system, &mut request);
        self.seal_signal(system, &fate, &mut request);
        if let Some(after) = fate.again_after {
            let key = self.deliveries.key_of_nothing();
            let request = fate.copy_of(&request);
            let at = fate.leaves_at + after;
            self.push(at, Event::Delivery { key, request });
        }
        let ends = |at, outcome| {
            let end = Event::DeliveryEnd {
                system,
                delivery,
                outcome,
            };
            (at, end)
        };
        if fate.passage != SignalPassage::Arrives {
            self.note_lost_signal(system);
        }
        let (at, event) = match fate.passage {
            SignalPassage::Arrives if fate.leaves_at <= now => {
                return self.let_go(system, delivery, patience, request);
            }
            SignalPassage::Arrives => {
                let held = Event::HeldDelivery {
                    system,
                    delivery,
                    patience,
                    request,
                };
                (fate.leaves_at, held)
            }
            SignalPassage::Lost => ends(now, DeliveryOutcome::Answered(200)),
            SignalPassage::Failed => ends(now + patience, DeliveryOutcome::Failed),
        };
        self.push(at, event);
    }

    /// A webhook goes on its way.
    pub fn let_go(
        &mut self,
        system: SystemIndex,
        delivery: DeliveryId,
        patience: Micros,
        request: Request,
    ) {
        let now = self.now;
        let Some(side) = self.channels.get_mut(usize::from(system.0)) else {
            return;
        };
        let sent = side.link.deliver(now);
        let failed = Event::DeliveryEnd {
            system,
            delivery,
            outcome: DeliveryOutcome::Failed,
        };
        if self.deliveries.channel_of(&request).is_none() {
            // Nobody listens at this address.
            self.note_lost_signal(system);
            self.push(sent.arrives_at.min(now + patience), failed);
            return;
        }
        let deadline = now + patience;
        let key = self
            .deliveries
            .insert(system, delivery, sent.number, deadline);
        self.push(sent.arrives_at, Event::Delivery { key, request });
        if sent.arrives_at > deadline {
            // The platform gives up first; the webhook still arrives, and the engine's answer is nobody's.
            self.push(deadline, failed);
        }
    }

    /// A webhook arrives at the engine.
    pub fn delivery(&mut self, key: u64, mut request: Request) {
        let Some(channel) = self.deliveries.channel_of(&request) else {
            return;
        };
        self.trace
            .event(self.now, Class::Delivery, channel.into(), key >> 32);
        self.trace.request(&request);
        if let Some(under_way) = self.deliveries.get(key)
            && under_way.deadline < self.now
        {
            self.deliveries.remove(key);
        }
        if !self.faults.is_empty() {
            self.faults.heard(&mut request);
        }
        let tells = Tells::detach(request.extensions_mut());
        self.open_letter(request.extensions_mut());
        self.note_signal(SystemIndex(channel), &request, tells.as_ref());
        self.told(SystemIndex(channel), tells.as_ref());
        if let Some(under_way) = self.deliveries.get(key) {
            under_way.tells = tells;
        }
        self.engine.deliver(self.now, key, channel, request);
        self.drain_engine();
        // An engine that answers at once, as it should, costs no timer.
        if let Some(under_way) = self.deliveries.get(key) {
            let deadline = under_way.deadline;
            self.push(deadline, Event::DeliveryTimeout { key });
        }
    }

    /// The engine lets go of its answer to a webhook.
    pub fn answer_delivery(&mut self, key: u64, response: &engine::Response) {
        let Some(under_way) = self.deliveries.remove(key) else {
            return;
        };
        let Some(side) = self.channels.get_mut(usize::from(under_way.system.0)) else {
            return;
        };
        if let Some(tells) = &under_way.tells
            && response.status().is_success()
        {
            self.ledger
                .webhook_acknowledged(ChannelIndex(under_way.system.0), tells);
        }
        let arrives_at = side.link.answer_delivery(under_way.number, self.now);
        let (at, outcome) = if arrives_at <= under_way.deadline {
            let status = response.status().as_u16();
            (arrives_at, DeliveryOutcome::Answered(status))
        } else {
            (under_way.deadline, DeliveryOutcome::Failed)
        };
        self.push(
            at,
            Event::DeliveryEnd {
                system: under_way.system,
                delivery: under_way.delivery,
                outcome,
            },
        );
    }

    /// A platform learns what became of a webhook.
    pub fn delivery_end(
        &mut self,
        class: Class,
        system: SystemIndex,
        delivery: DeliveryId,
        outcome: DeliveryOutcome,
    ) {
        self.trace
            .event(self.now, class, system.0.into(), delivery.0);
        self.trace.word(match outcome {
            DeliveryOutcome::Answered(status) => u64::from(status),
            DeliveryOutcome::Failed => 0,
        });
        self.give(system, Input::Delivered { delivery, outcome }, None);
    }
}
