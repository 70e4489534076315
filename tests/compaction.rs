//! The engine's database in virtual time: its journal is compacted while the engine works, the process ends and begins again
//! now and then, and what it does is what an engine does that never had a database.

mod common;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use common::{Played, play_with, scenario};
use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::{self, Engine, Input, Micros, Output, SyncEngine};
use oversell::process::store::compaction::CompactionStep;
use oversell::process::store::{Decisions, Store};
use oversell::realtime::clock::calendar_unix_micros;
use oversell::scenario::Scenario;
use oversell::sim::Setup;

/// Inputs that share a commit.
const BATCH: usize = 64;

/// An engine with its open database.
struct Opened {
    engine: SyncEngine,
    store: Rc<RefCell<Store>>,
    /// Entries that were replayed.
    replayed: u64,
}

/// What a process does when it starts.
fn open(path: &Path, config: &EngineConfig, compact_after: i64) -> Opened {
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

#[derive(Copy, Clone, Default)]
struct Counts {
    inputs: usize,
    starts: u64,
    compactions: u64,
    most_replayed: u64,
    longest_compaction_ms: f64,
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
fn kept(
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

#[test]
fn a_compacted_journal_leads_to_the_same_engine_and_stays_short() {
    let scenario = scenario("flash-sale-10min");
    for strategy in [Strategy::Mirror, Strategy::Escrow] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engine.db");
        let (played, counts, config) = kept(&scenario, strategy, &path, 300, 701);
        let usual = play_with(
            &Setup::new(&scenario, 3, strategy),
            engine::build,
            |_, _| {},
        );
        let name = strategy.name();
        assert_eq!(
            played.outcome.trace_hash, usual.outcome.trace_hash,
            "{name}"
        );
        assert!(counts.starts >= 3, "{name}: {} starts", counts.starts);
        assert!(counts.compactions >= 3, "{name}: {}", counts.compactions);
        // The journal is never longer than two states, and its entries are there once.
        let left = open(&path, &config, 300);
        let entries = left.store.borrow().entries();
        assert_eq!(entries, counts.inputs as i64, "{name}");
        assert!(
            left.replayed < entries as u64 / 2,
            "{name}: {}",
            left.replayed
        );
        assert!(counts.most_replayed > 0, "{name}");
    }
}

/// A process that is killed while it compacts finds either the old database or the new one: at every step the files are
/// copied as they are, and each copy leads to the same engine.
#[test]
fn a_compaction_that_is_cut_off_leaves_the_old_database_or_the_new_one() {
    let mut scenario = scenario("flash-sale-10min");
    scenario.settle = Micros::from_secs(60);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("engine.db");
    let (_, counts, config) = kept(&scenario, Strategy::Escrow, &path, i64::MAX, usize::MAX);
    let whole = open(&path, &config, i64::MAX);
    let state = whole.engine.snapshot().unwrap();
    let mut steps = Vec::new();
    let copy = |step: CompactionStep| {
        let folder = place.path().join(format!("{step:?}"));
        std::fs::create_dir(&folder).unwrap();
        for name in ["engine.db", "engine.db-wal"] {
            let from = place.path().join(name);
            if from.exists() {
                std::fs::copy(from, folder.join(name)).unwrap();
            }
        }
        steps.push((step, folder.join("engine.db")));
    };
    let at = Micros(u64::MAX >> 2);
    let mut store = whole.store.borrow_mut();
    store.compact(at, &whole.engine, copy).unwrap();
    assert_eq!(steps.len(), 5);
    for (step, path) in steps {
        let found = open(&path, &config, i64::MAX);
        let is_new = matches!(step, CompactionStep::Committed | CompactionStep::Done);
        let replayed = if is_new { 0 } else { counts.inputs as u64 };
        assert_eq!(found.replayed, replayed, "{step:?}");
        assert!(found.engine.snapshot().unwrap() == state, "{step:?}");
        let entries = found.store.borrow().entries();
        assert_eq!(entries, counts.inputs as i64, "{step:?}");
    }
}

/// Size and start of a database with and without compaction, for docs/engine.md.
#[test]
#[ignore = "measures"]
fn what_compaction_saves() {
    let seconds = std::env::var("SALE_SECONDS").unwrap_or("60".to_string());
    let seconds: u64 = seconds.parse().unwrap();
    let text = format!(
        "extends = \"flash-sale\"\nname = \"long-sale\"\ntitle = \"Long\"\ndescription = \"Long\"\nduration = \"{seconds}s\"\n\
         [demand]\nphase = [{{ shape = \"constant\", lasts = \"{seconds}s\", rate = \"100/s\" }}]\n\
         [stock]\nunits = 100000\n"
    );
    let scenario = common::parsed(&text);
    for compact_after in [i64::MAX, 20_000] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engine.db");
        let (played, counts, config) = kept(
            &scenario,
            Strategy::Escrow,
            &path,
            compact_after,
            usize::MAX,
        );
        let begun = calendar_unix_micros();
        let found = open(&path, &config, compact_after);
        let start_ms = (calendar_unix_micros() - begun) as f64 / 1_000.0;
        let state = found.engine.snapshot().unwrap().len();
        drop(found);
        let bytes = std::fs::metadata(&path).unwrap().len();
        eprintln!(
            "{} orders, {} inputs: database {:.1} MB, start {start_ms:.0} ms ({} compactions, the longest {:.0} ms, state {:.2} MB)",
            played.total().accepted_orders,
            counts.inputs,
            bytes as f64 / 1e6,
            counts.compactions,
            counts.longest_compaction_ms,
            state as f64 / 1e6
        );
    }
}
