//! An engine in virtual time with the database that its process keeps: its journal is compacted while it works, and the
//! process ends and begins again now and then.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::{Engine, Input, Micros, Output, SyncEngine};
use oversell::process::store::{Decisions, Store};
use oversell::realtime::clock::calendar_unix_micros;
use oversell::scenario::Scenario;
use oversell::sim::Setup;

use super::{Played, play_with};

/// Inputs that share a commit.
const BATCH: usize = 64;

/// An engine with its open database.
pub struct Opened {
    /// The engine, where its database leaves it.
    pub engine: SyncEngine,
    /// Its database.
    pub store: Rc<RefCell<Store>>,
    /// Entries that were replayed.
    pub replayed: u64,
}

/// What a process does when it starts.
pub fn open(path: &Path, config: &EngineConfig, compact_after: i64) -> Opened {
    let mut store = Store::open(path).unwrap();
    store.compact_after(compact_after);
    let saved = store.saved().unwrap();
    let store = Rc::new(RefCell::new(store));
    let replaying = Rc::new(Cell::new(true));
    let decisions = Box::new(Decisions::new(store.clone(), replaying.clone(), config));
    let mut engine = match &saved {
        None => SyncEngine::new(config.clone(), decisions),
        Some(saved) => SyncEngine::restored(config.clone(), decisions, &saved.state).unwrap(),
    };
    let replayed = store
        .borrow_mut()
        .replay(&mut engine, saved.as_ref(), |_| {});
    replaying.set(false);
    Opened {
        engine,
        replayed: replayed.unwrap().inputs,
        store,
    }
}

/// An engine that writes down what it is told, and is begun again before every so many inputs.
struct Kept {
    path: PathBuf,
    config: EngineConfig,
    compact_after: i64,
    restart_every: usize,
    opened: Option<Opened>,
    outputs: VecDeque<Output>,
    inputs: usize,
    counts: Rc<Cell<Counts>>,
}

/// What became of the database in a run.
#[derive(Copy, Clone, Default)]
pub struct Counts {
    /// Inputs of the engine, each an entry of the journal.
    pub inputs: usize,
    /// How often the process began again.
    pub starts: u64,
    /// How often the journal was compacted.
    pub compactions: u64,
    /// The most entries that a start replayed.
    pub most_replayed: u64,
    /// Time that the longest compaction took, milliseconds.
    pub longest_compaction_ms: f64,
}

impl Kept {
    fn compact(&mut self, now: Micros) {
        let Some(opened) = &mut self.opened else {
            return;
        };
        let mut store = opened.store.borrow_mut();
        if !store.wants_compaction() {
            return;
        }
        let begun = calendar_unix_micros();
        store.compact(now, &opened.engine, |_| {}).unwrap();
        let mut counts = self.counts.get();
        counts.compactions += 1;
        let took_ms = (calendar_unix_micros() - begun) as f64 / 1_000.0;
        counts.longest_compaction_ms = counts.longest_compaction_ms.max(took_ms);
        self.counts.set(counts);
    }
}

impl Engine for Kept {
    fn handle(&mut self, now: Micros, input: Input) {
        self.inputs += 1;
        if self.inputs.is_multiple_of(BATCH) || self.inputs.is_multiple_of(self.restart_every) {
            if let Some(opened) = &self.opened {
                opened.store.borrow_mut().commit().unwrap();
            }
            self.compact(now);
        }
        if self.inputs.is_multiple_of(self.restart_every) {
            // The old one must let go of the file.
            self.opened = None;
            let opened = open(&self.path, &self.config, self.compact_after);
            let mut counts = self.counts.get();
            counts.starts += 1;
            counts.most_replayed = counts.most_replayed.max(opened.replayed);
            self.counts.set(counts);
            self.opened = Some(opened);
        }
        let mut counts = self.counts.get();
        counts.inputs = self.inputs;
        self.counts.set(counts);
        let opened = self.opened.as_mut().unwrap();
        opened.store.borrow_mut().record(now, &input).unwrap();
        opened.engine.handle(now, input);
        while let Some(output) = opened.engine.poll_output() {
            opened.store.borrow_mut().put_out(&output);
            self.outputs.push_back(output);
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.opened.as_ref()?.engine.poll_timeout()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(opened) = &self.opened {
            opened.store.borrow_mut().close().unwrap();
        }
    }
}

/// Plays a scenario with a database at `path`.
pub fn kept(
    scenario: &Scenario,
    strategy: Strategy,
    path: &Path,
    compact_after: i64,
    restart_every: usize,
) -> (Played, Counts, EngineConfig) {
    let counts = Rc::new(Cell::new(Counts::default()));
    let own = counts.clone();
    let kept_config = Rc::new(RefCell::new(None));
    let config_of = kept_config.clone();
    let played = play_with(
        &Setup::new(scenario, 3, strategy),
        |config| {
            *config_of.borrow_mut() = Some(config.clone());
            Box::new(Kept {
                opened: Some(open(path, &config, compact_after)),
                path: path.to_path_buf(),
                config,
                compact_after,
                restart_every,
                outputs: VecDeque::new(),
                inputs: 0,
                counts: own,
            })
        },
        |_, _| {},
    );
    let config = kept_config.borrow_mut().take().unwrap();
    (played, counts.get(), config)
}
