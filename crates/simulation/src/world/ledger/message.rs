//! What passes between the engine and the systems: whole messages, told only to a recorder that asks
//! ([`super::Recorder::wants_messages`]). No figure is taken from them; they are kept, and shown, as what was said.

use channel_mocks::core::{CallKind, LimitUse, Request, Response, Tells};

/// One message, or what became of it. A system is a channel's position, or the number of channels for the warehouse.
#[derive(Copy, Clone, Debug)]
pub enum Message<'a> {
    /// The engine lets go of a call.
    Sent {
        /// To whom.
        system: u16,
        /// Its number among the calls to this system.
        number: u64,
        /// The platform's own name of what it asks for.
        operation: &'static str,
        /// What it is for.
        kind: CallKind,
        /// The call.
        request: &'a Request,
    },
    /// A call reaches a system, which decides about it now; a second copy of it does too.
    Arrived {
        /// Which.
        system: u16,
        /// The call's number.
        number: u64,
    },
    /// The engine has the answer to a call.
    Answered {
        /// Whose.
        system: u16,
        /// The call's number.
        number: u64,
        /// The answer.
        response: &'a Response,
        /// What it tells.
        tells: Option<&'a Tells>,
    },
    /// The engine learns that a call has no answer.
    Failed {
        /// Whose.
        system: u16,
        /// The call's number.
        number: u64,
        /// Whether it waited long enough; else the connection broke.
        timed_out: bool,
    },
    /// A signal reaches the engine.
    Signal {
        /// Whose.
        system: u16,
        /// The signal.
        request: &'a Request,
        /// What it tells.
        tells: Option<&'a Tells>,
    },
    /// A signal left a system that will never reach the engine.
    SignalLost {
        /// Whose.
        system: u16,
    },
    /// A system has taken up a call, or refused it.
    Taken {
        /// Which.
        system: u16,
        /// All its limits after it.
        limits: &'a [LimitUse],
    },
}
