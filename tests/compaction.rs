//! The engine's database in virtual time: its journal is compacted while the engine works, the process ends and begins again
//! now and then, and what it does is what an engine does that never had a database.

use crate::common::kept::{kept, open};
use crate::common::{play_with, scenario};
use oversell::engine::config::Strategy;
use oversell::engine::{self, Micros};
use oversell::process::store::compaction::CompactionStep;
use oversell::sim::Setup;

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
