//! The engine's side of the border: conversions between its types and ours.

use channel_mocks::core::{Micros, Timer};

use super::event::SystemIndex;
use super::idle_wakes::IdleWakes;
use super::wake::Wake;
use crate::engine::{
    self, CallError, CallId, Coverage, DeliveryId, Engine, Input, Output, Target, Truth,
};

/// The engine under test with its timer.
pub(super) struct EngineLink {
    engine: Box<dyn Engine>,
    pub wake: Wake,
    warehouse: SystemIndex,
    idle: IdleWakes,
    /// Whether it has been woken too often to no avail.
    is_spinning: bool,
}

impl EngineLink {
    /// `channels`: how many there are; the warehouse is the system after them.
    pub fn new(engine: Box<dyn Engine>, channels: u16) -> EngineLink {
        EngineLink {
            engine,
            wake: Wake::default(),
            warehouse: SystemIndex(channels),
            idle: IdleWakes::default(),
            is_spinning: false,
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

    /// Wakes the engine. An engine that does nothing when it is woken, and wants to be woken again at once, would never come to an
    /// end: see [`EngineLink::failure`].
    pub fn wake(&mut self, now: Micros) {
        self.is_spinning |= self.idle.woken(now);
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
        let output = self.engine.poll_output();
        if output.is_some() {
            self.idle.said();
            self.is_spinning = false;
        }
        output
    }

    /// Why the run cannot go on with this engine. To be asked when its outputs are drained.
    pub fn failure(&self) -> Option<&str> {
        self.engine
            .failure()
            .or_else(|| self.is_spinning.then_some(IdleWakes::PROBLEM))
    }

    /// The run is over. What an engine of another process still does is told by [`EngineLink::failure`] and
    /// [`EngineLink::ended_badly`].
    pub fn end(&mut self) {
        self.engine.end();
    }

    /// How its process ended after that, in words, if badly.
    pub fn ended_badly(&self) -> Option<String> {
        self.engine.ended_badly().map(str::to_string)
    }

    /// What the engine says it has come through.
    pub fn coverage(&self) -> Option<Coverage> {
        self.engine.coverage()
    }

    /// What it says stood on its books beyond the stock, by SKU, if it lends units.
    pub fn lent(&self) -> Option<Vec<i64>> {
        self.engine.lent()
    }

    pub fn poll_timeout(&self) -> Option<Timer> {
        self.engine.poll_timeout().map(|at| Timer {
            at: Micros(at.0),
            reason: "the engine has something to do",
        })
    }
}
