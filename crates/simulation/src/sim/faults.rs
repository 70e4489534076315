//! What goes wrong with messages: asks the machine of faults, and carries what it says.

use channel_mocks::core::{
    CallOutcome, Called, DeliveryId, Fact, Machine, Micros, Request, Tells, Told,
};
use channel_mocks::warehouse::Fact as WarehouseFact;

use super::event::{Event, SystemIndex};
use super::heap::Class;
use super::network::Sent;
use super::run::Run;
use crate::engine::CallError;
use crate::stage::faults::{FaultActKind, Passage, RequestFate, SignalFate};
use crate::world::{ChannelIndex, SkuIndex};

/// Marks the number of a copy whose answer nobody gets.
pub(super) const COPY: u64 = 1 << 63;

impl Run<'_> {
    /// What becomes of the request that the engine sends next to a system.
    pub fn fate_of_request(&mut self, system: SystemIndex, request: &Request) -> RequestFate {
        if self.faults.is_empty() {
            return RequestFate::FINE;
        }
        let number = self.link(system).next_number();
        let (channels, warehouse) = (&mut self.channels, &mut self.warehouse.warehouse);
        let mut called = || match channels.get_mut(usize::from(system.0)) {
            Some(channel) => channel.storefront.called(request),
            None => warehouse.called(request),
        };
        self.faults.request(self.now, system.0, number, &mut called)
    }

    /// Carries a request that does not arrive as it should, or more than once.
    pub fn send_struck(
        &mut self,
        system: SystemIndex,
        sent: Sent,
        fate: RequestFate,
        request: Request,
    ) {
        let (sent_at, number, at) = (self.now, sent.number, sent.arrives_at);
        if at == Micros::MAX {
            return;
        }
        let event = |number, request| Event::Request {
            system,
            number,
            sent_at,
            request,
        };
        match fate.passage {
            Passage::Arrives => {
                let deadline = sent_at + self.link(system).patience();
                let again = at + fate.again_after.unwrap_or(Micros::ZERO);
                // Who has hung up sends no copy; the answer to the first one is lost all the same.
                if again <= deadline {
                    self.push(again, event(number, request.clone()));
                }
                self.push(at, event(number | COPY, request));
            }
            Passage::Lost => {}
            Passage::Reset => self.break_connection(system, number, at),
            Passage::Refused(refusal) => {
                self.note_refused(system, &request);
                let response = match self.channels.get(usize::from(system.0)) {
                    Some(channel) => channel.storefront.refusal(at, &request, refusal),
                    None => self.warehouse.warehouse.refusal(at, &request, refusal),
                };
                if let Some(at) = self.link(system).reply(number, at) {
                    let event = Event::Response {
                        system,
                        number,
                        response,
                    };
                    self.push(at, event);
                }
            }
        }
    }

    /// The ledger takes note of a call that a fault refuses in place of its system, which would have told of it: an outage or a
    /// status that is ordered answers calls, and is no limit that anybody failed to keep to. What is lost on the way is no call
    /// of the system's. Noted when it is sent, because no event of its arrival follows.
    fn note_refused(&mut self, system: SystemIndex, request: &Request) {
        let (now, outcome) = (self.now, CallOutcome::Refused);
        let (ledger, recorder) = (&mut self.ledger, &mut *self.recorder);
        match self.channels.get_mut(usize::from(system.0)) {
            Some(channel) => {
                let Called { operation, kind } = channel.storefront.called(request);
                let fact = Fact::Call {
                    operation,
                    kind,
                    outcome,
                };
                ledger.platform_fact(now, ChannelIndex(system.0), &fact, recorder);
            }
            None => {
                let Called { operation, kind } = self.warehouse.warehouse.called(request);
                let fact = WarehouseFact::Call {
                    operation,
                    kind,
                    outcome,
                };
                ledger.warehouse_fact(now, None, &fact, None, recorder);
            }
        }
    }

    /// A reply that was to leave at a time does not arrive.
    pub fn lose_reply(
        &mut self,
        system: SystemIndex,
        number: u64,
        leaves_at: Micros,
        passage: Passage,
    ) {
        if passage == Passage::Reset {
            self.break_connection(system, number, leaves_at);
        }
    }

    /// The connection of a call breaks at the system's end; the engine learns it as soon as a reply would have come.
    fn break_connection(&mut self, system: SystemIndex, number: u64, at: Micros) {
        if let Some(at) = self.link(system).reply(number, at) {
            self.push(at, Event::Reset { system, number });
        }
    }

    /// The engine learns that the connection of a call broke.
    pub fn reset(&mut self, system: SystemIndex, number: u64) -> bool {
        let Some(call) = self.link(system).arrive(number) else {
            return false;
        };
        self.trace
            .event(self.now, Class::Response, system.0.into(), number);
        self.trace.word(0);
        self.call_ended(system, number, None);
        self.note_failed(system, number, false);
        self.engine_learns(call, Err(CallError::ConnectionLost));
        true
    }

    /// The engine learns how a call ended, and what its answer tells.
    pub fn call_ended(&mut self, system: SystemIndex, number: u64, tells: Option<&Tells>) {
        if self.faults.is_empty() {
            return;
        }
        self.faults.ended(system.0, number);
        if let Some(tells) = tells {
            self.faults.read(system.0, tells);
        }
    }

    /// What becomes of a signal that leaves a platform now; alters and signs it where it must be.
    pub fn fate_of_signal(&mut self, system: SystemIndex, webhook: &mut Request) -> SignalFate {
        if self.faults.is_empty() {
            return SignalFate::fine(self.now);
        }
        let fate = self.faults.signal(self.now, system.0, webhook);
        if let Some(channel) = self.channels.get(usize::from(system.0)) {
            fate.seal(channel.storefront.as_ref(), webhook);
        }
        if fate.is_altered {
            self.note_altered(system, webhook.extensions());
        }
        fate
    }

    /// Tells the ledger of which orders an altered payload tells: whatever its shape, it still counts as told when it arrives.
    pub fn note_altered(&mut self, system: SystemIndex, extensions: &http::Extensions) {
        let is_channel = usize::from(system.0) < self.channels.len();
        let Some(tells) = extensions.get::<Tells>().filter(|_| is_channel) else {
            return;
        };
        for told in &tells.0 {
            if let Told::Sale(order) | Told::Named(order) = *told {
                self.ledger.payload_altered(ChannelIndex(system.0), order);
            }
        }
    }

    /// A platform lets go of a webhook that was held back.
    pub fn release(
        &mut self,
        system: SystemIndex,
        delivery: DeliveryId,
        patience: Micros,
        webhook: Request,
    ) {
        self.trace
            .event(self.now, Class::MachineWake, system.0.into(), delivery.0);
        self.let_go(system, delivery, patience, webhook);
    }

    /// Makes pending when the next fault begins or ends.
    pub fn push_fault_due(&mut self) {
        if let Some(at) = self.faults.poll_timeout() {
            self.push(at.max(self.now), Event::FaultDue);
        }
    }

    /// A fault begins or ends: what it does to systems is done at once.
    pub fn fault_due(&mut self) {
        let now = self.now;
        self.trace.event(now, Class::MachineWake, u64::MAX >> 8, 0);
        self.count_faults_inside();
        self.faults.wake(now);
        while let Some(act) = self.faults.poll_act() {
            let is_channel = usize::from(act.place) < self.channels.len();
            let channel = is_channel.then_some(ChannelIndex(act.place));
            let (ledger, recorder) = (&mut self.ledger, &mut *self.recorder);
            let mut miscounts = |sku, units| {
                ledger.bad_count(now, channel, SkuIndex(sku), units, recorder);
            };
            let done = match self.channels.get_mut(usize::from(act.place)) {
                Some(channel) => act.perform(channel.storefront.as_mut(), now, &mut miscounts),
                None => {
                    let warehouse = &mut self.warehouse.warehouse;
                    act.perform_on_warehouse(warehouse, now, &mut miscounts)
                }
            };
            if let (FaultActKind::DropSubscriptions, Some(channel), 1..) =
                (&act.kind, channel, done.injected)
            {
                self.note_unsubscribed(channel, act.fault);
            }
            self.faults.done(&act, done);
            if is_channel {
                self.drain_channel(act.place);
            } else {
                self.drain_warehouse(None);
            }
        }
        self.push_fault_due();
    }

    /// Takes over what the platforms have counted of their own misbehaviour.
    pub fn count_faults_inside(&mut self) {
        if self.faults.is_empty() {
            return;
        }
        for (place, channel) in (0u16..).zip(&self.channels) {
            self.faults
                .counted(place, &channel.storefront.fault_counts());
        }
        let place = self.channels.len() as u16;
        let counts = self.warehouse.warehouse.fault_counts();
        self.faults.counted(place, &counts);
    }
}
