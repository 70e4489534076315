//! The engine's side of the border: conversions between its types and ours.

use channel_mocks::core::{Micros, Timer};

use super::event::SystemIndex;
use super::wake::Wake;
use crate::engine::{self, CallError, CallId, DeliveryId, Engine, Input, Output, Target, Truth};

/// The engine under test with its timer.
pub(super) struct EngineLink {
    engine: Box<dyn Engine>,
    pub wake: Wake,
    warehouse: SystemIndex,
}

impl EngineLink {
    /// `channels`: how many there are; the warehouse is the system after them.
    pub fn new(engine: Box<dyn Engine>, channels: u16) -> EngineLink {
        EngineLink {
            engine,
            wake: Wake::default(),
            warehouse: SystemIndex(channels),
        }
    }

    /// The system that a call goes to; `None` when there is no such channel.
    pub fn system(&self, target: Target) -> Option<SystemIndex> {
        match target {
            Target::Channel(channel) => {
                (channel.0 < self.warehouse.0).then_some(SystemIndex(channel.0))
            }
            Target::Warehouse => Some(self.warehouse),
        }
    }

    pub fn start(&mut self, now: Micros) {
        self.engine.handle(now, Input::Start);
    }

    pub fn wake(&mut self, now: Micros) {
        self.engine.handle(now, Input::Wake);
    }

    pub fn respond(
        &mut self,
        now: Micros,
        call: CallId,
        result: Result<engine::Response, CallError>,
    ) {
        self.engine.handle(now, Input::Response { call, result });
    }

    pub fn deliver(&mut self, now: Micros, key: u64, channel: u16, request: engine::Request) {
        let input = Input::Delivery {
            delivery: DeliveryId(key),
            channel: engine::ChannelIndex(channel),
            request,
        };
        self.engine.handle(now, input);
    }

    pub fn tell(&mut self, now: Micros, truth: Truth) {
        self.engine.handle(now, Input::Truth(truth));
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    pub fn failure(&self) -> Option<&str> {
        self.engine.failure()
    }

    pub fn poll_timeout(&self) -> Option<Timer> {
        self.engine.poll_timeout().map(|at| Timer {
            at: Micros(at.0),
            reason: "the engine has something to do",
        })
    }
}
