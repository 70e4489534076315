//! The interface between an engine and whatever drives it (law 1).

use super::canonical::{ChannelIndex, OrderKey, SkuIndex};
use super::coverage::{Coverage, CoveragePoint};
use oversell_kernel::Micros;

/// A complete HTTP request.
pub type Request = http::Request<Vec<u8>>;
/// A complete HTTP response.
pub type Response = http::Response<Vec<u8>>;

/// The engine's number for a call it makes.
#[derive(
    Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct CallId(pub u64);

/// The driver's number for a webhook delivery.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub u64);

/// Where a call goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The API of a sales channel, its token and queue endpoints included.
    Channel(ChannelIndex),
    /// The merchant's own stock system.
    Warehouse,
}

/// Why a call has no response. Whether it took effect is unknown in either case.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// No response came within the driver's limit.
    TimedOut,
    /// The connection broke.
    ConnectionLost,
}

impl CallError {
    /// The same as a point of coverage.
    pub(crate) const fn point(self) -> CoveragePoint {
        match self {
            CallError::TimedOut => CoveragePoint::CallTimedOut,
            CallError::ConnectionLost => CoveragePoint::CallLost,
        }
    }
}

/// What a driver gives to an engine.
#[derive(Debug)]
pub enum Input {
    /// The run begins.
    Start,
    /// A call has ended.
    Response {
        /// Which call.
        call: CallId,
        /// The response, or why there is none.
        result: Result<Response, CallError>,
    },
    /// A platform delivers a webhook.
    Delivery {
        /// Pairs the answer.
        delivery: DeliveryId,
        /// The channel that the callback address belongs to.
        channel: ChannelIndex,
        /// The request as received.
        request: Request,
    },
    /// What really happened; given to informed escrow alone.
    Truth(Truth),
    /// The time named by [`Engine::poll_timeout`] has come.
    Wake,
    /// Since the input before, the clock that `now` is read from was set ahead: more has passed by it than in truth. A host
    /// knows by its machine's other clock, which nobody can set. Not told to engines in other processes.
    ClockSet {
        /// By how much.
        ahead: Micros,
    },
    /// The engine goes on from its journal after a crash. Told to engines only that show more than there is
    /// ([`Engine::lent`]): the others need not know.
    Restarted,
}

/// A true event, as only the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// A channel accepted units of a SKU.
    Sold {
        /// Where.
        channel: ChannelIndex,
        /// In which order.
        order: OrderKey,
        /// What.
        sku: SkuIndex,
        /// How many.
        units: u32,
    },
    /// An order was cancelled; `restocked` units are on sale again on the same channel.
    Cancelled {
        /// Where.
        channel: ChannelIndex,
        /// Which order.
        order: OrderKey,
        /// What.
        sku: SkuIndex,
        /// Units of the order.
        units: u32,
        /// Units the platform put back on sale by itself.
        restocked: u32,
    },
    /// A quantity write of the engine's has become what buyers see.
    Live {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// The displayed quantity after it.
        displayed: i64,
    },
    /// Sellable stock changed in the warehouse (receipt, damage, recount, return).
    Stock {
        /// What.
        sku: SkuIndex,
        /// By how much.
        delta: i64,
    },
}

/// What an engine gives to its driver.
#[derive(Debug)]
pub enum Output {
    /// Make this call.
    Call {
        /// Pairs the response.
        call: CallId,
        /// Where to.
        target: Target,
        /// The request.
        request: Request,
    },
    /// Answer this delivery.
    DeliveryAnswer {
        /// Which delivery.
        delivery: DeliveryId,
        /// The answer.
        response: Response,
    },
}

/// A sync engine as a state machine. `now` never decreases.
pub trait Engine {
    /// Takes one input at `now`.
    fn handle(&mut self, now: Micros, input: Input);

    /// Takes the next output, in the order in which they arose.
    fn poll_output(&mut self) -> Option<Output>;

    /// When the engine next has something to do by itself.
    fn poll_timeout(&self) -> Option<Micros>;

    /// Why the engine cannot go on, for a person; the driver then ends the run. An engine that is a plain state machine
    /// has no such thing; one that lives in another process may break its protocol or die.
    fn failure(&self) -> Option<&str> {
        None
    }

    /// The run is over and nothing more is asked of it. An engine that is a plain state machine has nothing to end; of one that
    /// lives in another process [`Engine::failure`] and [`Engine::ended_badly`] say afterwards how that went.
    fn end(&mut self) {}

    /// How its process ended after the run was over, for a person, if it says that it ended badly.
    fn ended_badly(&self) -> Option<&str> {
        None
    }

    /// What the engine has come through so far, if it counts that.
    fn coverage(&self) -> Option<Coverage> {
        None
    }

    /// The most units of each SKU that ever stood on its books beyond the stock, in catalogue order, if it lends units
    /// (docs/theory.md A9): its own word on what it may have sold twice, which the ledger is held against.
    fn lent(&self) -> Option<Vec<i64>> {
        None
    }

    /// Its whole state as bytes, between two inputs whose outputs have been taken, for [`Engine::renewed`]; `None` if it has
    /// no way to tell it.
    fn saved(&self) -> Option<Vec<u8>> {
        None
    }

    /// A new engine of the same configuration, for a driver whose process crashes: one that has not started, or the one whose
    /// state `saved` is. `None` if only whoever made this one can make another.
    fn renewed(&self, _saved: Option<&[u8]>) -> Option<Box<dyn Engine>> {
        None
    }
}
