//! What is said of calls over sockets, where whoever carries them and whoever keeps them are two threads.

use channel_mocks::core::{LimitUse, Micros};

use super::call_log::{CallEnd, CallLog, CallSink, Sending};

/// Something about a call.
#[derive(Clone, Debug)]
pub enum CallNote {
    /// It is sent.
    Sent {
        /// When.
        at: Micros,
        /// What is sent.
        sending: Box<Sending>,
    },
    /// A system takes it up; what the ledger is told next by this system belongs to it.
    Arrived {
        /// When.
        at: Micros,
        /// To whom.
        system: u16,
        /// Its number.
        number: u64,
    },
    /// What the system's limits have left after it.
    Used {
        /// Whose.
        system: u16,
        /// All its limits.
        limits: Vec<LimitUse>,
    },
    /// It has ended.
    Ended {
        /// When.
        at: Micros,
        /// To whom it went.
        system: u16,
        /// Its number.
        number: u64,
        /// How.
        end: CallEnd,
    },
}

impl<S: CallSink> CallLog<S> {
    /// Takes what is said of a call.
    pub fn note(&mut self, note: CallNote) {
        match note {
            CallNote::Sent { at, sending } => self.sent(at, *sending),
            CallNote::Arrived { at, system, number } => self.arrived(at, system, number),
            CallNote::Used { system, limits } => self.used(system, &limits),
            CallNote::Ended {
                at,
                system,
                number,
                end,
            } => self.ended(at, system, number, end),
        }
    }

    /// Where calls go.
    pub fn sink(&self) -> &S {
        &self.sink
    }
}
