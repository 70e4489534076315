//! One seed is one run: the same trace twice in a process and once more in another, under every strategy; the same buyers
//! under all strategies, whatever the platforms are like; other buyers under another seed (law 3).

use std::sync::Mutex;

use crate::common::{self, over_seeds, play, play_with, scenario};
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::report::Document;
use oversell::scenario::Scenario;
use oversell::sim::Setup;
use oversell::world::ledger::Entry;

const SCENARIO: &str = "flash-sale-10min";
const SEED: u64 = 7;

/// The document of a run in a process of its own.
fn in_another_process(seed: u64) -> Document {
    let place = tempfile::tempdir().unwrap();
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args([
            "--scenario",
            SCENARIO,
            "--format",
            "json",
            "--seed",
            &seed.to_string(),
        ])
        .arg("--out")
        .arg(place.path().join("run"))
        .assert()
        .success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

#[test]
fn a_seed_is_a_run() {
    let scenario = scenario(SCENARIO);
    let document = in_another_process(SEED);
    assert_eq!(document.strategies.len(), Strategy::ALL.len());
    let buyers = Mutex::new(Vec::new());
    over_seeds(Strategy::ALL.len(), |number| {
        let strategy = Strategy::ALL[number as usize - 1];
        let (first, second) = (
            play(&scenario, strategy, SEED),
            play(&scenario, strategy, SEED),
        );
        let name = strategy.name();
        assert_eq!(
            first.outcome.trace_hash, second.outcome.trace_hash,
            "{name}"
        );
        assert_eq!(first.outcome.events, second.outcome.events, "{name}");
        assert_eq!(first.measured.total, second.measured.total, "{name}");
        let other = document
            .strategies
            .iter()
            .find(|run| run.strategy == name)
            .unwrap();
        assert_eq!(
            format!("{:016x}", first.outcome.trace_hash),
            other.trace_hash,
            "{name}"
        );
        assert_eq!(
            format!("{:016x}", first.outcome.buyers_hash),
            other.buyers_hash,
            "{name}"
        );
        assert_eq!(first.outcome.events, other.events, "{name}");
        buyers
            .lock()
            .unwrap()
            .push((first.outcome.buyers_hash, first.outcome.trace_hash));
    });
    let mut buyers = buyers.into_inner().unwrap();
    assert!(
        buyers.iter().all(|(hash, _)| *hash == buyers[0].0),
        "all strategies meet the same buyers"
    );
    buyers.sort_unstable();
    buyers.dedup();
    assert_eq!(
        buyers.len(),
        Strategy::ALL.len(),
        "each strategy does something else"
    );
}

#[test]
fn another_seed_is_another_run() {
    let scenario = scenario(SCENARIO);
    let mut hashes = over_seeds(6, |seed| {
        let run = play(&scenario, Strategy::Spreadsheet, seed);
        (run.outcome.buyers_hash, run.outcome.trace_hash)
    });
    hashes.sort_unstable();
    hashes.dedup_by_key(|(buyers, _)| *buyers);
    assert_eq!(hashes.len(), 6);
}

/// When, on which channel, which SKU and how many units a buyer asked for.
type Wish = (u64, u16, u32, u32);

/// When, where, what and how many: all that buyers ask for.
fn asked_for(scenario: &Scenario) -> (u64, u64, Vec<Wish>) {
    let mut lines = Vec::new();
    let run = play_with(
        &Setup::new(scenario, SEED, Strategy::Mirror),
        engine::build,
        |at, entry| {
            if let Entry::Offered {
                channel,
                sku,
                units,
                ..
            } = entry
            {
                lines.push((at.0, channel.0, sku.0, *units));
            }
        },
    );
    (run.outcome.buyers_hash, run.outcome.trace_hash, lines)
}

#[test]
fn a_platform_override_moves_no_buyer() {
    let plain = scenario(SCENARIO);
    let slower = common::parsed(
        "extends = \"flash-sale-10min\"\nname = \"slower\"\n\
         [[channel]]\nname = \"web\"\noverride = { webhooks = { latency = { fixed = \"40s\" } } }\n\
         [[channel]]\nname = \"amazon\"\noverride = { inventory = { write_to_live = { fixed = \"5min\" } } }\n\
         [[channel]]\nname = \"tiktok\"\n",
    );
    let (buyers, trace, lines) = asked_for(&plain);
    let (slow_buyers, slow_trace, slow_lines) = asked_for(&slower);
    assert!(lines.len() > 1_000);
    assert_eq!(lines, slow_lines);
    assert_eq!(buyers, slow_buyers);
    assert_ne!(
        trace, slow_trace,
        "the override changes what happens to them"
    );
}
