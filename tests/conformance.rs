//! One scenario without faults comes to the same in virtual time and over HTTP. What is compared is the canonical outcome,
//! taken from the ledgers of both by the same code: orders and their lines, what reached the merchant's own system, what
//! left which warehouse, what the channels show as shipped, and every displayed count at the end.
//!
//! The scenario is made so that timing cannot decide any of that: there is more stock than demand, and no delay, limit,
//! fault or cancellation. Times, and the order of events on different channels, are not compared.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use channel_mocks::core::Seed;
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::scenario::Scenario;
use oversell::serve::ledger_lines::LedgerLines;
use oversell::sim::Setup;
use oversell::world::World;
use oversell::world::ledger::Recorder;
use serde_json::Value;

/// Three shops and two warehouses, two minutes of buyers.
const SHOPS: &str = r#"
version = 1
name = "conformance"
title = "Three shops, more stock than demand"
start = "2026-11-27T00:00:00Z"
opening = "10min"
duration = "2min"
settle = "6h"
support_reads_per_second = 0.0

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-ideal"
share = 0.5

[[channel]]
name = "amazon"
platform = "amazon"
profile = "amazon-ideal"
share = 0.3

[[channel]]
name = "tiktok"
platform = "tiktok_shop"
profile = "tiktok-ideal"
share = 0.2

[warehouse]
profile = "warehouse-ideal"
override = { fulfillment = { pick_and_ship = { fixed = "1min" } } }

[[warehouse.location]]
code = "east"
share = 0.5
postal_prefixes = "01234"

[[warehouse.location]]
code = "west"
share = 0.5
postal_prefixes = "56789"

[catalogue]
skus = 6

[stock]
units = 600

[demand]
lines_mean = 1.4
units = [0.8, 0.2]

[[demand.phase]]
shape = "constant"
lasts = "2min"
rate = "1.5/s"
"#;

/// Simulated seconds in a real second.
const SPEED: &str = "60";
const SEED: u64 = 11;

/// The scenario with listings that show at the opening what the strategy converges to, so that an engine which starts
/// late refuses nobody.
fn scenario(strategy: Strategy) -> String {
    let display = match strategy {
        Strategy::Mirror => "stock",
        _ => "share",
    };
    let mut text = SHOPS.replace(
        "settle =",
        &format!("opening_display = \"{display}\"\nsettle ="),
    );
    if strategy == Strategy::Mirror {
        // A delivery in the middle of it. Quotas of escrow would divide it by what each channel has sold by then, which is a
        // matter of timing; a mirror shows all of it everywhere.
        text.push_str(
            "\n[[happening]]\nkind = \"receive\"\nat = \"60s\"\nsku = 2\nlocation = \"east\"\nunits = 50\n",
        );
    }
    text
}

fn named(text: &str) -> Scenario {
    common::parsed(text)
}

/// The ledger of a run in virtual time, written as runs over HTTP write theirs.
fn virtual_ledger(scenario: &Scenario, strategy: Strategy) -> String {
    let world = World::new(scenario, Seed(SEED), None).unwrap();
    let mut bytes = Vec::new();
    let mut lines = LedgerLines::new(
        &mut bytes,
        scenario.channels.iter().map(|it| it.name.clone()).collect(),
        world
            .catalogue
            .skus
            .iter()
            .map(|it| it.code.clone())
            .collect(),
        scenario
            .warehouse
            .locations
            .iter()
            .map(|it| it.code.clone())
            .collect(),
    );
    let setup = Setup::new(scenario, SEED, strategy);
    common::play_with(&setup, engine::build, |at, entry| lines.record(at, entry));
    lines.flush().unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The ledger of a run over HTTP, with the built-in engine as a process of its own.
fn wire_ledger(text: &str, strategy: Strategy, place: &Path) -> String {
    let file = place.join("conformance.toml");
    std::fs::write(&file, text).unwrap();
    let out: PathBuf = place.join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .arg("--scenario")
        .arg(&file)
        .args(["--seed", &SEED.to_string(), "--strategies", strategy.name()])
        // How late anything is does not matter here.
        .args(["--wire", "--speed", SPEED, "--lag-limit", "1h", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}\n{shown}");
    let ledger = out
        .join("engines")
        .join(strategy.name())
        .join("ledger.jsonl");
    std::fs::read_to_string(ledger).unwrap()
}

/// What a ledger came to: facts by what they are about, without times.
type Outcome = BTreeMap<String, Vec<String>>;

fn outcome(ledger: &str) -> Outcome {
    let mut outcome = Outcome::new();
    for line in ledger.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| match &line[key] {
            Value::String(text) => text.clone(),
            Value::Null => "-".to_string(),
            other => other.to_string(),
        };
        let (channel, sku, order) = (word("channel"), word("sku"), word("order"));
        let mut add = |about: String, fact: String| outcome.entry(about).or_default().push(fact);
        match line["kind"].as_str().unwrap() {
            "accepted" => {
                let (units, oversold) = (word("units"), word("oversold_units"));
                add(
                    format!("order {channel} {order}"),
                    format!("{units} of {sku}, {oversold} oversold"),
                );
            }
            "refused" => add(format!("refused {channel} {sku}"), word("units")),
            "ingested" => add(
                format!("ingested {channel} {order}"),
                format!("again: {}", word("duplicate")),
            ),
            "short" => add(format!("short {channel} {order}"), word("units")),
            "cancelled" => add(format!("cancelled {channel} {order}"), word("by")),
            "order_unknown" => add(format!("unknown order {channel}"), String::new()),
            "shipped" => {
                let (units, location) = (word("units"), word("location"));
                add(
                    format!("shipped {channel} {order}"),
                    format!("{units} of {sku} from {location}"),
                );
            }
            "fulfillment_confirmed" => add(
                format!("shown as shipped {channel} {order}"),
                format!("{} units, late: {}", word("units"), word("late")),
            ),
            // The last one stands.
            "displayed" => {
                outcome.insert(format!("displayed {channel} {sku}"), vec![word("to")]);
            }
            "stock" => add(format!("stock {sku}"), word("units")),
            "sold_out" => add(format!("sold out {sku}"), String::new()),
            "sku_closed" => {
                let (supplied, left) = (word("units"), word("sellable"));
                add(
                    format!("end {sku}"),
                    format!("{supplied} supplied, {left} left"),
                );
            }
            "channel_closed" => add(
                format!("end {channel}"),
                format!("{} orders lost", word("units")),
            ),
            // What buyers saw, and reservations before they are shipped, are matters of the moment.
            "offered" | "allocated" => {}
            other => panic!("unknown kind {other}"),
        }
    }
    for facts in outcome.values_mut() {
        facts.sort();
    }
    outcome
}

/// Lines that tell how two outcomes differ; none when they are the same.
fn differences(virtually: &Outcome, over_http: &Outcome) -> Vec<String> {
    let about: std::collections::BTreeSet<&String> =
        virtually.keys().chain(over_http.keys()).collect();
    let differing = about
        .into_iter()
        .filter(|it| virtually.get(*it) != over_http.get(*it));
    differing
        .map(|it| {
            format!(
                "{it}: {:?} in virtual time, {:?} over HTTP",
                virtually.get(it),
                over_http.get(it)
            )
        })
        .collect()
}

/// Plays both and compares them; gives the outcome.
fn the_same_in_both_times(strategy: Strategy) -> Outcome {
    let text = scenario(strategy);
    let virtually = outcome(&virtual_ledger(&named(&text), strategy));
    let count = |about: &str| virtually.keys().filter(|it| it.starts_with(about)).count();
    let orders = count("order ");
    assert!(orders > 120, "{orders} orders are too few to show anything");
    for every_order in ["ingested ", "shipped ", "shown as shipped "] {
        assert_eq!(count(every_order), orders, "{every_order}");
    }
    assert_eq!(count("displayed "), 18, "every listing has changed");
    for never in ["refused ", "short ", "cancelled ", "sold out "] {
        assert_eq!(count(never), 0, "{never}");
    }
    let locations = |code: &str| virtually.values().flatten().any(|it| it.contains(code));
    assert!(locations("from east") && locations("from west"));

    let place = tempfile::tempdir().unwrap();
    let over_http = outcome(&wire_ledger(&text, strategy, place.path()));
    let differing = differences(&virtually, &over_http);
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    virtually
}

#[test]
fn mirror_comes_to_the_same_in_virtual_time_and_over_http() {
    let outcome = the_same_in_both_times(Strategy::Mirror);
    assert_eq!(
        outcome.keys().filter(|it| it.starts_with("stock ")).count(),
        1
    );
}

#[test]
fn escrow_comes_to_the_same_in_virtual_time_and_over_http() {
    the_same_in_both_times(Strategy::Escrow);
}

#[test]
fn any_difference_between_two_ledgers_is_found() {
    let text = scenario(Strategy::Mirror);
    let ledger = virtual_ledger(&named(&text), Strategy::Mirror);
    let whole = outcome(&ledger);
    assert_eq!(differences(&whole, &outcome(&ledger)), [""; 0]);
    let last_of = |kind: &str| {
        let wanted = format!("\"kind\":\"{kind}\"");
        let found = ledger
            .lines()
            .enumerate()
            .filter(|(_, it)| it.contains(&wanted));
        found.last().unwrap_or_else(|| panic!("no {kind}")).0
    };
    let without = |left_out: usize| {
        let kept = ledger.lines().enumerate().filter(|(it, _)| *it != left_out);
        kept.map(|(_, line)| format!("{line}\n"))
            .collect::<String>()
    };
    // A line that is missing.
    for kind in [
        "accepted",
        "ingested",
        "shipped",
        "fulfillment_confirmed",
        "stock",
        "sku_closed",
        "channel_closed",
    ] {
        let differing = differences(&whole, &outcome(&without(last_of(kind))));
        assert_eq!(differing.len(), 1, "{kind}: {differing:?}");
    }
    // A value that is another.
    for (kind, key, value) in [
        ("accepted", "sku", Value::from("SKU-09999")),
        ("accepted", "units", Value::from(77)),
        ("accepted", "oversold_units", Value::from(1)),
        ("shipped", "location", Value::from("north")),
        ("shipped", "units", Value::from(77)),
        ("displayed", "to", Value::from(-1)),
        ("sku_closed", "sellable", Value::from(-1)),
        ("channel_closed", "units", Value::from(1)),
    ] {
        let position = last_of(kind);
        let changed = ledger.lines().enumerate().map(|(index, line)| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if index == position {
                assert_ne!(line[key], value, "{kind} {key}");
                line[key] = value.clone();
            }
            format!("{line}\n")
        });
        let differing = differences(&whole, &outcome(&changed.collect::<String>()));
        assert_eq!(differing.len(), 1, "{kind} {key}: {differing:?}");
    }
}

#[test]
fn an_engine_that_behaves_otherwise_comes_to_something_else() {
    // The same buyers, and a mirror that holds one unit back: only the counts differ. Other buyers: the orders do.
    let text = scenario(Strategy::Mirror);
    let plain = outcome(&virtual_ledger(&named(&text), Strategy::Mirror));
    let careful = format!("{text}\n[strategy.mirror]\nbuffer = 1\n");
    let careful = outcome(&virtual_ledger(&named(&careful), Strategy::Mirror));
    let differing = differences(&plain, &careful);
    assert_eq!(differing.len(), 18, "{differing:?}");
    assert!(differing.iter().all(|it| it.starts_with("displayed ")));
    let elsewhere = text.replace("01234", "0123").replace("56789", "456789");
    let elsewhere = outcome(&virtual_ledger(&named(&elsewhere), Strategy::Mirror));
    let differing = differences(&plain, &elsewhere);
    assert!(!differing.is_empty());
    assert!(
        differing.iter().all(|it| it.starts_with("shipped ")),
        "{differing:?}"
    );
}
