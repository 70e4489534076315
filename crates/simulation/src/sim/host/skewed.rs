//! A machine whose clock is wrong, and jumps. What the engine is told of the time never goes back, as no process that takes
//! care lets it (`process::clock`): after a jump back it stands still until the clock has caught up. When the clock has been set
//! ahead, the engine is told by how much, for the machine has another clock, which nobody sets.

use std::cell::Cell;
use std::rc::Rc;

use channel_mocks::core::Micros;

use super::counts::Tally;
use super::plan::{JumpPlan, SkewPlan};
use crate::engine::{Coverage, Engine, Input, Output};

/// True time, for what happens inside a wrong clock's machine by the plan of somebody outside.
#[derive(Clone, Debug, Default)]
pub(super) struct TrueTime(Rc<Cell<Micros>>);

impl TrueTime {
    pub fn now(&self) -> Micros {
        self.0.get()
    }
}

/// Jumps of one plan, and what they have come to.
pub(super) struct Jumps {
    plan: JumpPlan,
    tally: Tally,
    key: u64,
    jumped: u64,
}

impl Jumps {
    pub fn new(plan: JumpPlan, tally: Tally, key: u64) -> Jumps {
        Jumps {
            plan,
            tally,
            key,
            jumped: 0,
        }
    }

    /// How far ahead the clock is at an instant for it, in microseconds.
    fn offset_at(&self, at: Micros) -> i64 {
        let jumps = match self.plan.frequency {
            _ if !self.plan.window.holds(at) => 0,
            None => 1,
            Some(_) => self.jumped.cast_signed(),
        };
        jumps.saturating_mul(self.plan.by_micros)
    }

    /// An input comes: whether the clock has jumped for it.
    fn jump(&mut self, now: Micros) -> bool {
        if !self.plan.window.holds(now) {
            return false;
        }
        let jumps = match self.plan.frequency {
            // It was there when the first input came.
            None if self.jumped > 0 => return false,
            None => {
                self.tally.eligible();
                true
            }
            Some(frequency) => frequency.strikes(self.tally.eligible(), self.key),
        };
        if jumps {
            self.jumped += 1;
            self.tally.injected();
        }
        jumps
    }
}

/// See the module.
pub(super) struct SkewedHost {
    engine: Box<dyn Engine>,
    /// Their offsets add up.
    skews: Vec<(SkewPlan, Tally)>,
    /// And theirs.
    jumps: Vec<Jumps>,
    /// Of the last input.
    now: TrueTime,
    /// What the engine was told then.
    shown: Micros,
}

impl SkewedHost {
    /// `now` is kept up to date.
    pub fn new(
        engine: Box<dyn Engine>,
        skews: Vec<(SkewPlan, Tally)>,
        jumps: Vec<Jumps>,
        now: TrueTime,
    ) -> SkewedHost {
        SkewedHost {
            engine,
            skews,
            jumps,
            now,
            shown: Micros::ZERO,
        }
    }

    fn offset_at(&self, at: Micros) -> i64 {
        let offsets = self.skews.iter().map(|(skew, _)| skew.offset_at(at));
        let jumps = self.jumps.iter().map(|jumps| jumps.offset_at(at));
        offsets.chain(jumps).fold(0, i64::saturating_add)
    }

    /// Reads the wrong clock: what it shows, and how much less has passed since it was read before.
    fn read(&mut self, now: Micros) -> (Micros, Micros) {
        let jumps = self.jumps.iter_mut();
        let jumped: Vec<Tally> = jumps
            .filter_map(|it| it.jump(now).then(|| it.tally.clone()))
            .collect();
        let shown = Micros(now.0.saturating_add_signed(self.offset_at(now))).max(self.shown);
        let (moved, passed) = (shown.since(self.shown), now.since(self.now.now()));
        let moved_otherwise = moved != passed;
        for (skew, tally) in &self.skews {
            if skew.window.holds(now) {
                tally.eligible();
                if shown != now {
                    tally.injected();
                }
                if shown != now && moved_otherwise {
                    tally.noticed();
                }
            }
        }
        if moved_otherwise {
            jumped.iter().for_each(Tally::noticed);
        }
        self.now.0.set(now);
        self.shown = shown;
        (shown, moved.since(passed))
    }
}

impl Engine for SkewedHost {
    fn handle(&mut self, now: Micros, input: Input) {
        let (shown, ahead) = self.read(now);
        if ahead > Micros::ZERO && !matches!(input, Input::Start) {
            self.engine.handle(shown, Input::ClockSet { ahead });
        }
        // A wake may come of a jump, or of a time that was reckoned before one.
        let is_moot = matches!(input, Input::Wake)
            && self.engine.poll_timeout().is_none_or(|due| due > shown);
        if !is_moot {
            self.engine.handle(shown, input);
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    /// The true time at which the wrong clock will show what the engine waits for, or at which it moves otherwise.
    fn poll_timeout(&self) -> Option<Micros> {
        let (due, now) = (self.engine.poll_timeout()?, self.now.now());
        if due <= self.shown {
            return Some(now);
        }
        let at = Micros(due.0.saturating_sub_signed(self.offset_at(now))).max(now);
        let skews = self.skews.iter().map(|(skew, _)| skew.window);
        let windows = skews.chain(self.jumps.iter().map(|jumps| jumps.plan.window));
        let changes = windows.filter_map(|window| window.next_change(now));
        Some(changes.fold(at, Micros::min))
    }

    fn coverage(&self) -> Option<Coverage> {
        self.engine.coverage()
    }

    fn lent(&self) -> Option<Vec<i64>> {
        self.engine.lent()
    }

    fn failure(&self) -> Option<&str> {
        self.engine.failure()
    }

    fn end(&mut self) {
        self.engine.end();
    }

    fn ended_badly(&self) -> Option<&str> {
        self.engine.ended_badly()
    }
}
