//! Two engines at once: somebody has started a second one of the same configuration, with the same credentials, and each
//! believes to be alone. Webhooks reach one of the two in turn, as behind a balancer; answers go to whoever asked.

use channel_mocks::core::Micros;

use super::counts::Tally;
use super::plan::SecondEnginePlan;
use crate::engine::{CallId, Coverage, Engine, Input, Output};

/// See the module.
pub(super) struct TwoEngines {
    first: Box<dyn Engine>,
    second: Box<dyn Engine>,
    plan: SecondEnginePlan,
    tally: Tally,
    /// The bit that marks the second engine's calls.
    mark: u64,
    has_started: bool,
    has_ended: bool,
    deliveries: u64,
}

impl TwoEngines {
    pub fn new(
        first: Box<dyn Engine>,
        second: Box<dyn Engine>,
        plan: SecondEnginePlan,
        tally: Tally,
        mark: u64,
    ) -> TwoEngines {
        TwoEngines {
            first,
            second,
            plan,
            tally,
            mark,
            has_started: false,
            has_ended: false,
            deliveries: 0,
        }
    }

    fn is_running(&self) -> bool {
        self.has_started && !self.has_ended
    }

    /// Starts and ends the second engine.
    fn look_at_the_clock(&mut self, now: Micros) {
        if !self.has_started && self.plan.window.holds(now) {
            self.has_started = true;
            self.second.handle(now, Input::Start);
        }
        self.has_ended = now >= self.plan.window.until;
    }
}

impl Engine for TwoEngines {
    fn handle(&mut self, now: Micros, input: Input) {
        self.look_at_the_clock(now);
        if self.is_running() {
            self.tally.eligible();
        }
        match input {
            Input::Wake => {
                let is_due =
                    |engine: &dyn Engine| engine.poll_timeout().is_some_and(|at| at <= now);
                if is_due(self.first.as_ref()) {
                    self.first.handle(now, Input::Wake);
                }
                if self.is_running() && is_due(self.second.as_ref()) {
                    self.tally.injected();
                    self.second.handle(now, Input::Wake);
                }
            }
            Input::Response { call, result } if call.0 & self.mark != 0 => {
                if self.is_running() {
                    self.tally.injected();
                    let call = CallId(call.0 & !self.mark);
                    self.second.handle(now, Input::Response { call, result });
                }
            }
            input @ Input::Delivery { .. } => {
                self.deliveries += 1;
                if self.is_running() && self.deliveries.is_multiple_of(2) {
                    self.tally.injected();
                    // The first does not hear of it, and finds out by other ways.
                    self.tally.noticed();
                    self.second.handle(now, input);
                } else {
                    self.first.handle(now, input);
                }
            }
            input => self.first.handle(now, input),
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.first.poll_output() {
            return Some(output);
        }
        if !self.is_running() {
            return None;
        }
        Some(match self.second.poll_output()? {
            Output::Call {
                call,
                target,
                request,
            } => {
                assert!(
                    call.0 & self.mark == 0,
                    "an engine's calls leave the high bits free"
                );
                Output::Call {
                    call: CallId(call.0 | self.mark),
                    target,
                    request,
                }
            }
            answer => answer,
        })
    }

    fn poll_timeout(&self) -> Option<Micros> {
        let second = if self.is_running() {
            self.second.poll_timeout()
        } else if self.has_started {
            None
        } else {
            Some(self.plan.window.from).filter(|from| *from < Micros::MAX)
        };
        let both = self.first.poll_timeout().into_iter().chain(second);
        both.min()
    }

    fn coverage(&self) -> Option<Coverage> {
        let mut both = self.first.coverage()?;
        both.add(&self.second.coverage()?);
        Some(both)
    }

    fn failure(&self) -> Option<&str> {
        self.first.failure().or_else(|| self.second.failure())
    }
}
