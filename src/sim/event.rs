//! What can be pending in a run.

use channel_mocks::core::{DeliveryId, DeliveryOutcome, Micros, OrderRef, Request, Response};

use super::heap::Class;
use crate::world::{BuyerAct, ChannelIndex};

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
    /// The oldest call to a system has waited as long as it may.
    CallPatience {
        system: SystemIndex,
    },
    /// The engine has not answered a webhook for as long as the platform waits.
    DeliveryPatience {
        key: u64,
    },
    /// A webhook arrives at the engine.
    Delivery {
        key: u64,
        request: Request,
    },
    /// The world's next happening is due.
    ExternalEvent,
    /// A buyer acts on an accepted order.
    FollowUp {
        channel: ChannelIndex,
        order: OrderRef,
        act: BuyerAct,
    },
    /// The staff cancel an order that the warehouse cannot serve.
    StaffCancel {
        channel: ChannelIndex,
        order: OrderRef,
    },
    EngineWake {
        generation: Generation,
    },
    SupportRead,
    /// Is the run over?
    Check,
}

impl Event {
    /// Its place among events of the same instant.
    pub fn class(&self) -> Class {
        match self {
            Event::MachineWake { .. } => Class::MachineWake,
            Event::Request { .. } => Class::Request,
            Event::DeliveryEnd { .. } => Class::DeliveryEnd,
            Event::Response { .. } => Class::Response,
            Event::CallPatience { .. } | Event::DeliveryPatience { .. } => Class::Patience,
            Event::Delivery { .. } => Class::Delivery,
            Event::ExternalEvent | Event::FollowUp { .. } | Event::StaffCancel { .. } => Class::Act,
            Event::EngineWake { .. } => Class::EngineWake,
            Event::SupportRead => Class::SupportRead,
            Event::Check => Class::Check,
        }
    }
}
