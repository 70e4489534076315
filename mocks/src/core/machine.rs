//! The one interface of every emulator (law 1): `handle(now, input)`, then drain outputs, then "nothing before T,
//! because REASON".

use http::HeaderName;
use oversell_kernel::Micros;

use super::fact::CallKind;
use super::refusal::{Called, Refusal};

/// A complete HTTP request: method, path and query, headers, body bytes.
pub type Request = http::Request<Vec<u8>>;
/// A complete HTTP response.
pub type Response = http::Response<Vec<u8>>;

/// The driver's number for a request, so that it can pair the response.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A machine's number for one attempt to deliver a webhook. The traces of runs name it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub u64);

/// What became of a delivery attempt.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The receiver answered with this status, in time.
    Answered(u16),
    /// No answer within the platform's limit, or no connection.
    Failed,
}

/// What a driver gives to a machine.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "requests are nearly all inputs, and an input is handed over once, not stored"
)]
pub enum Input {
    /// A request has arrived. It takes effect now; its response leaves after the machine's own latency.
    Request {
        /// Pairs the response.
        id: RequestId,
        /// When the sender let go of it. Only the ledger uses this; no platform behaviour depends on it.
        sent_at: Micros,
        /// The request itself.
        request: Request,
    },
    /// A delivery attempt has ended.
    Delivered {
        /// Which attempt.
        delivery: DeliveryId,
        /// How it ended.
        outcome: DeliveryOutcome,
    },
    /// The time named by [`Machine::poll_timeout`] has come.
    Wake,
}

/// What a machine gives to its driver.
#[derive(Debug)]
pub enum Output<F> {
    /// A response that leaves the machine at `at` (never before the request arrived).
    Response {
        /// The request it answers.
        id: RequestId,
        /// When it leaves.
        at: Micros,
        /// The response itself.
        response: Response,
    },
    /// A webhook to be sent now, to the absolute address in the request's URI.
    Delivery {
        /// Names the attempt in [`Input::Delivered`].
        id: DeliveryId,
        /// How long the platform waits for the answer.
        patience: Micros,
        /// The request itself.
        request: Request,
    },
    /// Something that really happened, for the ledger.
    Fact(F),
}

/// The earliest moment at which a machine has something to do by itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When.
    pub at: Micros,
    /// Why, for traces and stuck-run reports.
    pub reason: &'static str,
}

/// A state machine that speaks HTTP without doing any input or output itself.
///
/// The driver calls [`Machine::handle`], then drains [`Machine::poll_output`] until `None`, then asks
/// [`Machine::poll_timeout`] and calls `handle(at, Input::Wake)` no later than then. `now` never decreases.
pub trait Machine {
    /// What the machine reports to the ledger.
    type Fact;

    /// Takes one input at `now`.
    fn handle(&mut self, now: Micros, input: Input);

    /// What the clocks of clients outside show, until told otherwise: signatures and the lives of tokens are judged by it,
    /// because clients sign with their own clock, whatever the platform's calendar does. Where nobody says, clients live
    /// in platform time.
    fn set_clients_clock(&mut self, _shows: Micros) {}

    /// What a request asks for. Nothing is served by it, and nothing changes that an answer shows.
    fn called(&mut self, _request: &Request) -> Called {
        Called {
            operation: "unknown",
            kind: CallKind::Read,
        }
    }

    /// The answer with which the platform refuses a request without looking at it.
    fn refusal(&self, _now: Micros, _request: &Request, refusal: Refusal) -> Response {
        match refusal {
            Refusal::Status { status, .. } => refusal.response(status, Vec::new()),
            Refusal::VersionGone => refusal.response(404, Vec::new()),
        }
    }

    /// The header of a webhook that holds its signature; `None` where webhooks have none.
    fn signature_header(&self) -> Option<HeaderName> {
        None
    }

    /// Signs a webhook whose body was changed after it had left the machine.
    fn sign(&self, _webhook: &mut Request) {}

    /// Takes the next output, in the order in which they arose.
    fn poll_output(&mut self) -> Option<Output<Self::Fact>>;

    /// Nothing will happen by itself before this.
    fn poll_timeout(&self) -> Option<Timer>;
}
