//! An engine that crashes and is rebuilt from what it wrote down keeps its promises (docs/theory.md A5, H7): the driver here does
//! in virtual time what a process does with a database file, and dies at any moment: before an input was written, after it
//! was written and before anything came of it was sent, or after a part of that was sent.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::common::{self, Played, over_seeds, play_with, scenario};
use channel_mocks::core::{Seed, Stream};
use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::journal::Forgetful;
use oversell::engine::recovery::{InputRecord, replay};
use oversell::engine::{self, CallError, Engine, Input, Micros, Output, SyncEngine};
use oversell::measure::Verdict;
use oversell::scenario::Scenario;
use oversell::sim::Setup;

/// Crashes in a run.
const CRASHES: usize = 20;

/// What a faulty store does to what it was given to keep. A sound one does nothing.
type Damage = fn(&mut Vec<InputRecord>);

/// The engine in a process that dies now and then.
struct Mortal {
    config: EngineConfig,
    engine: Option<Box<dyn Engine>>,
    /// What is on the disk.
    written: Vec<InputRecord>,
    damage: Damage,
    /// When the process dies, and how long it stays dead.
    deaths: VecDeque<(Micros, Micros)>,
    back_at: Micros,
    outputs: VecDeque<Output>,
    stream: Stream,
    died: Rc<Cell<usize>>,
}

impl Mortal {
    /// Handles an input as a process does: write it down, then carry what came of it.
    fn take(&mut self, now: Micros, input: Input) {
        let Some(engine) = &mut self.engine else {
            return;
        };
        let dies = self.deaths.front().is_some_and(|(at, _)| *at <= now);
        let moment = if dies { self.stream.below(3) } else { 3 };
        if moment > 0 {
            let record = InputRecord::of(now, &input).expect("nobody is told the truth here");
            self.written.push(record);
        }
        engine.handle(now, input);
        let mut carried = Vec::new();
        while let Some(output) = engine.poll_output() {
            carried.push(output);
        }
        match moment {
            // Before writing, and between writing and carrying.
            0 | 1 => carried.clear(),
            // Amid carrying.
            2 => carried.truncate(carried.len() / 2),
            _ => {}
        }
        self.outputs.extend(carried);
        if dies {
            let (_, down) = self.deaths.pop_front().expect("it was looked at");
            self.engine = None;
            self.back_at = now + down;
            self.died.set(self.died.get() + 1);
        }
    }

    fn come_back(&mut self, now: Micros) {
        let mut engine = engine::build(self.config.clone());
        (self.damage)(&mut self.written);
        let replayed = replay(engine.as_mut(), self.written.iter().cloned(), |_| {})
            .expect("every record was made by this process");
        assert!(replayed.at <= now);
        self.engine = Some(engine);
        for call in replayed.unknown_calls {
            let result = Err(CallError::ConnectionLost);
            self.take(now, Input::Response { call, result });
        }
        self.take(now, Input::Wake);
    }
}

impl Engine for Mortal {
    fn handle(&mut self, now: Micros, input: Input) {
        if self.engine.is_none() && now >= self.back_at {
            self.come_back(now);
        }
        // Nobody is there to take what comes to a dead process; answers to calls of its former life come to nobody.
        self.take(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        match &self.engine {
            Some(engine) => engine.poll_timeout(),
            None => Some(self.back_at),
        }
    }
}

fn mortal(
    scenario: &Scenario,
    strategy: Strategy,
    seed: u64,
    crashes: usize,
    damage: Damage,
) -> (Played, usize) {
    let died = Rc::new(Cell::new(0));
    let count = died.clone();
    let opening = scenario.opening.0;
    let build = move |config: EngineConfig| -> Box<dyn Engine> {
        let mut stream = Seed(seed).stream("process", "crashes", 0);
        // Most during the sale, some before it, some while it settles.
        let mut deaths: Vec<(Micros, Micros)> = (0..crashes)
            .map(|_| {
                let at = Micros(stream.below(opening + 40 * 60 * 1_000_000));
                let down = Micros::from_millis(10 + stream.below(60_000));
                (at, down)
            })
            .collect();
        deaths.sort();
        Box::new(Mortal {
            engine: Some(engine::build(config.clone())),
            config,
            written: Vec::new(),
            damage,
            deaths: deaths.into(),
            back_at: Micros::ZERO,
            outputs: VecDeque::new(),
            stream,
            died: count,
        })
    };
    let played = play_with(&Setup::new(scenario, seed, strategy), build, |_, _| {});
    (played, died.get())
}

#[test]
fn escrow_keeps_its_promises_over_twenty_crashes() {
    let scenario = scenario("flash-sale-10min");
    let promised = over_seeds(12, |seed| {
        let (run, died) = mortal(&scenario, Strategy::Escrow, seed, CRASHES, |_| {});
        assert_eq!(died, CRASHES, "seed {seed}");
        let total = run.total();
        assert_eq!(total.oversold_units, 0, "seed {seed}");
        assert_eq!(total.lost_orders, 0, "seed {seed}");
        assert!(run.outcome.converged, "seed {seed}: {:?}", run.outcome.open);
        assert!(total.accepted_units > 1_000, "seed {seed}");
        let (verdict, promised) = run.verdict("no_oversell");
        assert_eq!(verdict, Verdict::Holds, "seed {seed}");
        promised
    });
    assert!(promised.iter().filter(|held| **held).count() >= 11);
}

#[test]
fn a_mirror_comes_back_and_loses_no_order() {
    let mut scenario = scenario("flash-sale-10min");
    // A count that was let go just before a crash may land after the one that was sent on coming back. Only a sweep mends
    // that, and the usual one comes too late for this run.
    scenario.strategy.mirror.sweep_every = Micros::from_secs(30 * 60);
    over_seeds(4, |seed| {
        let (run, died) = mortal(&scenario, Strategy::Mirror, seed, CRASHES, |_| {});
        assert_eq!(died, CRASHES, "seed {seed}");
        assert_eq!(run.total().lost_orders, 0, "seed {seed}");
        assert!(run.outcome.converged, "seed {seed}: {:?}", run.outcome.open);
    });
}

/// An engine that is rebuilt without a crash of anything else goes on as if nothing had been.
#[test]
fn a_replay_is_the_engine_itself() {
    /// Rebuilds the engine from its records before every hundredth input, with nothing lost.
    struct Reborn {
        config: EngineConfig,
        engine: Box<dyn Engine>,
        written: Vec<InputRecord>,
        births: Rc<Cell<usize>>,
    }
    impl Engine for Reborn {
        fn handle(&mut self, now: Micros, input: Input) {
            if self.written.len() % 997 == 996 && self.written.len() < 20_000 {
                self.engine = engine::build(self.config.clone());
                replay(self.engine.as_mut(), self.written.iter().cloned(), |_| {}).unwrap();
                self.births.set(self.births.get() + 1);
            }
            self.written.push(InputRecord::of(now, &input).unwrap());
            self.engine.handle(now, input);
        }
        fn poll_output(&mut self) -> Option<Output> {
            self.engine.poll_output()
        }
        fn poll_timeout(&self) -> Option<Micros> {
            self.engine.poll_timeout()
        }
    }
    let scenario = scenario("flash-sale-10min");
    for strategy in [Strategy::Trigger, Strategy::Mirror, Strategy::Escrow] {
        let births = Rc::new(Cell::new(0));
        let count = births.clone();
        let setup = Setup::new(&scenario, 5, strategy);
        let reborn = play_with(
            &setup,
            |config| {
                Box::new(Reborn {
                    engine: engine::build(config.clone()),
                    config,
                    written: Vec::new(),
                    births: count,
                })
            },
            |_, _| {},
        );
        let whole = common::play(&scenario, strategy, 5);
        assert_eq!(
            reborn.outcome.trace_hash,
            whole.outcome.trace_hash,
            "{}",
            strategy.name()
        );
        assert!(births.get() > 0, "{}", strategy.name());
    }
}

/// A store that forgets what was sent before the crash must be caught, or this file proves nothing.
#[test]
fn a_store_that_forgets_is_caught() {
    let scenario = scenario("evening");
    let mut caught = 0;
    for seed in 1..=3 {
        // The younger half is gone at each crash: grants, orders, all of it.
        let run = std::panic::catch_unwind(|| {
            mortal(&scenario, Strategy::Escrow, seed, CRASHES, |written| {
                written.truncate(written.len() / 2);
            })
        });
        // The engine may stop itself over it; what counts is what the ledger sees.
        if let Ok((run, _)) = run {
            let total = run.total();
            caught += usize::from(total.oversold_units > 0 || total.lost_orders > 0);
        }
    }
    assert!(caught > 0);
}

/// An engine whose state was written out as bytes and read back goes on as if nothing had been.
#[test]
fn a_snapshot_is_the_engine_itself() {
    /// Makes a new engine of the state before every 19th input.
    struct Restored {
        config: EngineConfig,
        engine: SyncEngine,
        inputs: usize,
        births: Rc<Cell<usize>>,
    }
    impl Engine for Restored {
        fn handle(&mut self, now: Micros, input: Input) {
            self.inputs += 1;
            if self.inputs.is_multiple_of(19) {
                let bytes = self.engine.snapshot().unwrap();
                let restored =
                    SyncEngine::restored(self.config.clone(), Box::new(Forgetful), &bytes);
                self.engine = restored.unwrap();
                assert!(self.engine.snapshot().unwrap() == bytes, "{now}");
                self.births.set(self.births.get() + 1);
            }
            self.engine.handle(now, input);
        }
        fn poll_output(&mut self) -> Option<Output> {
            self.engine.poll_output()
        }
        fn poll_timeout(&self) -> Option<Micros> {
            self.engine.poll_timeout()
        }
    }
    let scenario = scenario("flash-sale-10min");
    for strategy in [
        Strategy::Spreadsheet,
        Strategy::Trigger,
        Strategy::Mirror,
        Strategy::Escrow,
    ] {
        let births = Rc::new(Cell::new(0));
        let count = births.clone();
        let setup = Setup::new(&scenario, 6, strategy);
        let restored = play_with(
            &setup,
            |config| {
                Box::new(Restored {
                    engine: SyncEngine::new(config.clone(), Box::new(Forgetful)),
                    config,
                    inputs: 0,
                    births: count,
                })
            },
            |_, _| {},
        );
        assert!(births.get() >= 5, "{}: {}", strategy.name(), births.get());
        let usual = play_with(&setup, engine::build, |_, _| {});
        assert_eq!(
            restored.outcome.trace_hash,
            usual.outcome.trace_hash,
            "{}",
            strategy.name()
        );
    }
}
