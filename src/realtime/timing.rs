//! Real time that things took: buyers that came late, calls that were answered. Who takes it is the caller's business.

use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::{CallKind, Micros};

use crate::world::ledger::Recorder;
use crate::world::records::Live;

/// Something from outside that was to happen at a set time. Platform times.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it was to happen, whatever the systems did meanwhile.
    pub intended: Micros,
    /// When the driver let go of it.
    pub sent_at: Micros,
    /// The instant that the system dated it with.
    pub dated: Micros,
    /// When the system took it up.
    pub taken_up_at: Micros,
}

/// A call that was answered. Real times.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The system's position: the channels in order, then the warehouse.
    pub system: usize,
    /// What it was for.
    pub kind: CallKind,
    /// How long the platform itself takes for such a call: its profile's latency, at the present pace.
    pub own: Duration,
    /// From the request's last byte to the moment the response leaves.
    pub total: Duration,
}

/// Takes timings; called from many threads.
pub trait Timings: Send + Sync {
    /// Something from outside has happened. `pace` is platform seconds in a real second.
    fn arrived(&self, arrival: &Arrival, pace: f64);
    /// A call has been answered.
    fn answered(&self, answered: &Answered);
}

/// Takes a session's entries, and its timings.
pub trait SessionRecorder: Recorder {
    /// Where the timings of this session go.
    fn timings(&self) -> Arc<dyn Timings>;

    /// How its calls are watched; not at all unless it says so.
    fn watches_calls(&self) -> Option<WatchedCalls> {
        None
    }

    /// Takes back what has been begun to be written: the session did not come about.
    fn discard(self)
    where
        Self: Sized,
    {
    }
}

/// How the calls of a session are watched.
#[derive(Clone, Debug)]
pub struct WatchedCalls {
    /// Who looks on.
    pub live: Arc<Live>,
    /// Whether whole messages and what they cost are wanted.
    pub whole: bool,
}

/// Forgets every timing.
#[derive(Copy, Clone, Debug, Default)]
pub struct Untimed;

impl Timings for Untimed {
    fn arrived(&self, _: &Arrival, _: f64) {}

    fn answered(&self, _: &Answered) {}
}
