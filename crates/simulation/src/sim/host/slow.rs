//! A process that takes its time: one input after the other, each for a while, and what comes of it leaves when it is done.
//! Timers of the engine are inputs like any other.

use std::collections::VecDeque;

use channel_mocks::core::{Micros, Stream};

use super::counts::Tally;
use super::plan::{Plan, SlowPlan};
use crate::engine::{Coverage, Engine, Input, Output};

/// Inputs that may wait. More would never be worked off in a run that ends.
const MOST_WAITING: usize = 1_000_000;

/// An input that is being worked at.
struct Work {
    input: Input,
    done_at: Micros,
    /// Something came meanwhile and waits.
    keeps_waiting: bool,
}

/// See the module.
pub(super) struct SlowHost {
    engine: Box<dyn Engine>,
    plan: SlowPlan,
    healed_at: Micros,
    tally: Tally,
    key: u64,
    /// What it works at.
    current: Option<Work>,
    waiting: VecDeque<Input>,
    failure: Option<String>,
}

impl SlowHost {
    pub fn new(
        engine: Box<dyn Engine>,
        plan: SlowPlan,
        tally: Tally,
        key: u64,
        healed_at: Micros,
    ) -> SlowHost {
        SlowHost {
            engine,
            plan,
            healed_at,
            tally,
            key,
            current: None,
            waiting: VecDeque::new(),
            failure: None,
        }
    }

    /// How long the next input takes.
    fn time_for_one(&self, now: Micros) -> Micros {
        if !self.plan.window.holds(now) {
            return Micros::ZERO;
        }
        let count = self.tally.eligible();
        if !self.plan.frequency.strikes(count, self.key) {
            return Micros::ZERO;
        }
        self.tally.injected();
        self.plan
            .per_input
            .draw(&mut Stream::new(self.key ^ 1, count))
    }

    fn finish(&mut self, now: Micros, work: Work) {
        if work.keeps_waiting {
            self.tally.noticed();
        }
        self.engine.handle(now, work.input);
    }

    /// Works at one thing after the other until one takes longer than now.
    fn work(&mut self, now: Micros) {
        loop {
            if let Some(work) = self.current.take_if(|work| work.done_at <= now) {
                let is_wake = matches!(work.input, Input::Wake);
                self.finish(now, work);
                // Woken once at an instant is enough: an engine that wants more is the driver's to judge.
                if is_wake && self.waiting.is_empty() {
                    return;
                }
            }
            if self.current.is_some() {
                return;
            }
            let is_due = self.engine.poll_timeout().is_some_and(|due| due <= now);
            let waiting = self.waiting.pop_front();
            let Some(input) = waiting.or_else(|| is_due.then_some(Input::Wake)) else {
                return;
            };
            let done_at = Plan::ends(self.healed_at, now, now + self.time_for_one(now));
            if done_at > now {
                self.tally.is_down(now, done_at);
            }
            self.current = Some(Work {
                input,
                done_at,
                keeps_waiting: done_at > now && !self.waiting.is_empty(),
            });
        }
    }
}

impl Engine for SlowHost {
    fn handle(&mut self, now: Micros, input: Input) {
        if !matches!(input, Input::Wake) {
            if let Some(work) = &mut self.current {
                work.keeps_waiting |= work.done_at > now;
            }
            self.waiting.push_back(input);
            if self.waiting.len() > MOST_WAITING {
                self.failure.get_or_insert_with(|| {
                    format!(
                        "more than {MOST_WAITING} inputs wait for it: it is too slow for what comes"
                    )
                });
            }
        }
        self.work(now);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        match &self.current {
            Some(work) => Some(work.done_at),
            None => self.engine.poll_timeout(),
        }
    }

    fn coverage(&self) -> Option<Coverage> {
        self.engine.coverage()
    }

    fn lent(&self) -> Option<Vec<i64>> {
        self.engine.lent()
    }

    fn failure(&self) -> Option<&str> {
        self.failure.as_deref().or_else(|| self.engine.failure())
    }

    fn end(&mut self) {
        self.engine.end();
    }

    fn ended_badly(&self) -> Option<&str> {
        self.engine.ended_badly()
    }
}
