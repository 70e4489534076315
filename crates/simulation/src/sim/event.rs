//! What can be pending in a run.

use channel_mocks::core::{DeliveryId, DeliveryOutcome, Micros, Request, Response};

use super::heap::Class;
use crate::stage::Due;

/// A system that the engine talks to: the channels in the scenario's order, then the warehouse.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct SystemIndex(pub u16);

/// Counts how often a timer has been set; a wake of an earlier count is moot.
pub(super) type Generation = u32;

/// One pending event. Requests and responses are most of them and stay in their slot of the heap until they happen.
#[derive(Debug)]
pub(super) enum Event {
    MachineWake {
        system: SystemIndex,
        generation: Generation,
    },
    /// A request of the engine arrives.
    Request {
        system: SystemIndex,
        number: u64,
        sent_at: Micros,
        request: Request,
    },
    /// The platform learns what became of a webhook.
    DeliveryEnd {
        system: SystemIndex,
        delivery: DeliveryId,
        outcome: DeliveryOutcome,
    },
    /// A response arrives at the engine.
    Response {
        system: SystemIndex,
        number: u64,
        response: Response,
    },
    /// The connection of a call breaks.
    Reset {
        system: SystemIndex,
        number: u64,
    },
    /// A platform lets go of a webhook that a fault held back.
    HeldDelivery {
        system: SystemIndex,
        delivery: DeliveryId,
        patience: Micros,
        request: Request,
    },
    /// The oldest call to a system has waited as long as it may.
    CallTimeout {
        system: SystemIndex,
    },
    /// The engine has not answered a webhook for as long as the platform waits.
    DeliveryTimeout {
        key: u64,
    },
    /// A webhook arrives at the engine.
    Delivery {
        key: u64,
        request: Request,
    },
    /// A fault begins or ends.
    FaultDue,
    /// Something of the stage is due.
    Stage(Due),
    EngineWake {
        generation: Generation,
    },
    /// Is the run over?
    Check,
}

impl Event {
    /// Its place among events of the same instant.
    pub fn class(&self) -> Class {
        match self {
            Event::MachineWake { .. } | Event::HeldDelivery { .. } | Event::FaultDue => {
                Class::MachineWake
            }
            Event::Request { .. } => Class::Request,
            Event::DeliveryEnd { .. } => Class::DeliveryEnd,
            Event::Response { .. } | Event::Reset { .. } => Class::Response,
            Event::CallTimeout { .. } | Event::DeliveryTimeout { .. } => Class::Timeout,
            Event::Delivery { .. } => Class::Delivery,
            Event::Stage(due) => Class::of(due.reason),
            Event::EngineWake { .. } => Class::EngineWake,
            Event::Check => Class::Check,
        }
    }
}
