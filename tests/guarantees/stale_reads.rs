//! Readings that show an older count than is on display (H5 of docs/theory.md A5): what is oversold after them lies outside the
//! assumptions, and by nothing but the ledger's word. Without them the same shop excuses nobody.

use crate::common::{Played, parsed, play_with};
use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::planted::{self, PlantedBug};
use oversell::engine::{self, Engine};
use oversell::measure::{AssumptionState, Verdict};
use oversell::sim::Setup;

/// One unit, which a buyer takes; another one comes, and two more buyers ask for it.
const SHOP: &str = r#"
version = 1
name = "one-more"
title = "One unit, and one more"
description = "The second unit comes after the first was sold, and two buyers ask for it."
start = "2026-11-18T12:00:00Z"
opening = "1min"
duration = "383s"
settle = "10min"
support_reads_per_second = 0.0
catalogue = { skus = 1 }
demand = {}
stock = { units = 1 }

[[channel]]
name = "market"
platform = "tiktok_shop"
profile = "tiktok-ideal"
share = 1.0

[channel.network]
request = { fixed = "50ms" }
reply = { fixed = "50ms" }
delivery = { fixed = "50ms" }

[warehouse]
profile = "warehouse-ideal"
location = [{ code = "main", share = 1.0 }]

[warehouse.network]
request = { fixed = "50ms" }
reply = { fixed = "50ms" }
delivery = { fixed = "50ms" }

[[happening]]
kind = "checkout"
at = "49s"
channel = "market"
sku = 1
units = 1

[[happening]]
kind = "receive"
at = "134s"
location = "main"
sku = 1
units = 1

[[happening]]
kind = "checkout"
at = "146s"
channel = "market"
sku = 1
units = 1

[[happening]]
kind = "checkout"
at = "382s"
channel = "market"
sku = 1
units = 1
"#;

/// For three minutes the platform's readings are half a minute old.
const STALE: &str = r#"
[[fault]]
kind = "reads_stale"
channel = "market"
for = "192s"
delay = { fixed = "32s" }
"#;

fn played(text: &str, engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>) -> Played {
    let scenario = parsed(text);
    let setup = Setup::new(&scenario, 1, Strategy::Escrow);
    play_with(&setup, engine, |_, _| {})
}

/// What became of H5, and when, where and how it was broken first.
fn acknowledgements(run: &Played) -> (AssumptionState, Option<(f64, String, String)>) {
    let mut all = run.measured.assumptions.iter();
    let found = all.find(|it| it.name == "H5").unwrap();
    let first = found.first.as_ref();
    let first = first.map(|it| (it.at_s, it.place.clone(), it.what.clone()));
    (found.state, first)
}

fn caveat(run: &Played) -> String {
    let mut all = run.measured.guarantees.iter();
    let found = all.find(|it| it.name == "no_oversell").unwrap();
    found.caveat.clone().unwrap_or_default()
}

#[test]
fn what_is_oversold_after_a_stale_reading_breaks_no_promise_and_names_the_reading() {
    let run = played(&format!("{SHOP}{STALE}"), engine::build);
    assert_eq!(run.total().oversold_units, 1);
    assert_eq!(run.verdict("no_oversell"), (Verdict::Violated, false));
    let (state, first) = acknowledgements(&run);
    assert_eq!(state, AssumptionState::Broken);
    let (at_s, place, what) = first.unwrap();
    assert!((109.0..442.0).contains(&at_s), "{at_s}");
    assert_eq!(place, "market");
    assert!(what.starts_with("a reading of "), "{what}");
    assert_eq!(
        caveat(&run),
        format!("outside its assumptions: H5 on market, {what}")
    );
}

#[test]
fn without_a_stale_reading_nothing_is_oversold_and_a_planted_bug_is_not_excused() {
    let sound = played(SHOP, engine::build);
    assert_eq!(sound.total().oversold_units, 0);
    assert_ne!(acknowledgements(&sound).0, AssumptionState::Broken);
    let bug = PlantedBug::ReceiptCountedTwice;
    let wrong = played(SHOP, |config| planted::build(config, bug));
    assert_eq!(wrong.total().oversold_units, 1);
    assert_eq!(wrong.verdict("no_oversell"), (Verdict::Violated, true));
    assert_eq!(caveat(&wrong), "");
    assert_ne!(acknowledgements(&wrong).0, AssumptionState::Broken);
}
