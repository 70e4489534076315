//! A machine whose clock is wrong, and jumps. What the engine is told of the time never goes back, as no process that takes
//! care lets it (`process::clock`): after a jump back it stands still until the clock has caught up.

use channel_mocks::core::Micros;

use super::counts::Tally;
use super::plan::SkewPlan;
use crate::engine::{Engine, Input, Output};

/// See the module.
pub(super) struct SkewedHost {
    engine: Box<dyn Engine>,
    plan: SkewPlan,
    tally: Tally,
    /// True time of the last input.
    now: Micros,
    /// What the engine was told then.
    shown: Micros,
}

impl SkewedHost {
    pub fn new(engine: Box<dyn Engine>, plan: SkewPlan, tally: Tally) -> SkewedHost {
        SkewedHost {
            engine,
            plan,
            tally,
            now: Micros::ZERO,
            shown: Micros::ZERO,
        }
    }

    /// Reads the wrong clock.
    fn read(&mut self, now: Micros) -> Micros {
        let offset = self.plan.offset_at(now);
        let shown = Micros(now.0.saturating_add_signed(offset)).max(self.shown);
        if self.plan.window.holds(now) {
            self.tally.eligible();
        }
        if shown != now {
            self.tally.injected();
        }
        if shown.since(self.shown) != now.since(self.now) {
            self.tally.noticed();
        }
        (self.now, self.shown) = (now, shown);
        shown
    }
}

impl Engine for SkewedHost {
    fn handle(&mut self, now: Micros, input: Input) {
        let shown = self.read(now);
        let is_moot = matches!(input, Input::Wake)
            && self.engine.poll_timeout().is_none_or(|due| due > shown);
        // Woken by a jump, or by a time that was reckoned before one.
        if !is_moot {
            self.engine.handle(shown, input);
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    /// The true time at which the wrong clock will show what the engine waits for, or at which it moves otherwise.
    fn poll_timeout(&self) -> Option<Micros> {
        let due = self.engine.poll_timeout()?;
        if due <= self.shown {
            return Some(self.now);
        }
        let offset = self.plan.offset_at(self.now);
        let at = Micros(due.0.saturating_sub_signed(offset)).max(self.now);
        Some(match self.plan.next_change(self.now) {
            Some(change) => at.min(change),
            None => at,
        })
    }

    fn failure(&self) -> Option<&str> {
        self.engine.failure()
    }
}
