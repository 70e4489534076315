//! Messages for a recorder that asks. Nothing happens otherwise because of it.

use channel_mocks::core::{Machine, Request, Response, Tells};

use super::event::SystemIndex;
use super::faults::COPY;
use super::run::Run;
use crate::world::ledger::Message;

impl Run<'_> {
    /// The engine lets go of a call.
    pub fn note_sent(&mut self, system: SystemIndex, number: u64, request: &Request) {
        if !self.messages || !self.recorder.wants_calls() {
            return;
        }
        let called = match self.channels.get_mut(usize::from(system.0)) {
            Some(side) => side.storefront.called(request),
            None => self.warehouse.warehouse.called(request),
        };
        self.tell_message(&Message::Sent {
            system: system.0,
            number,
            operation: called.operation,
            kind: called.kind,
            request,
        });
    }

    /// A call reaches a system.
    pub fn note_arrived(&mut self, system: SystemIndex, number: u64) {
        self.tell_message(&Message::Arrived {
            system: system.0,
            number: number & !COPY,
        });
    }

    /// The engine has an answer.
    pub fn note_answered(
        &mut self,
        system: SystemIndex,
        number: u64,
        response: &Response,
        tells: Option<&Tells>,
    ) {
        self.tell_message(&Message::Answered {
            system: system.0,
            number,
            response,
            tells,
        });
    }

    /// The engine learns that there is none.
    pub fn note_failed(&mut self, system: SystemIndex, number: u64, timed_out: bool) {
        self.tell_message(&Message::Failed {
            system: system.0,
            number,
            timed_out,
        });
    }

    /// A signal reaches the engine.
    pub fn note_signal(&mut self, system: SystemIndex, request: &Request, tells: Option<&Tells>) {
        self.tell_message(&Message::Signal {
            system: system.0,
            request,
            tells,
        });
    }

    /// A signal will never reach the engine.
    pub fn note_lost_signal(&mut self, system: SystemIndex) {
        self.tell_message(&Message::SignalLost { system: system.0 });
    }

    /// A system has taken up a call: what its limits have left.
    pub fn note_taken(&mut self, system: SystemIndex) {
        let mut limits = std::mem::take(&mut self.limits);
        limits.clear();
        match self.channels.get(usize::from(system.0)) {
            Some(side) => side.storefront.add_moved_limits(&mut limits),
            None => limits.extend(self.warehouse.warehouse.limits()),
        }
        self.tell_message(&Message::Taken {
            system: system.0,
            limits: &limits,
        });
        self.limits = limits;
    }

    fn tell_message(&mut self, message: &Message<'_>) {
        if self.messages {
            self.recorder.message(self.now, message);
        }
    }
}
