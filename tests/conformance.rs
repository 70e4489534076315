//! A scenario without faults comes to the same in virtual time and over HTTP. What is compared is the canonical outcome,
//! taken from the ledgers of both by the same code: orders and their lines, what reached the merchant's own system, what
//! left which warehouse, what the channels show as shipped, what was cancelled, returned, edited, found damaged or
//! looked up, and every displayed count at the end.
//!
//! The scenarios are made so that timing cannot decide any of that. In the quiet one there is more stock than demand, and
//! no delay, limit, fault or cancellation. In the busy one things that meet are minutes apart: orders come within two
//! minutes, are cancelled ten minutes later, shipped after twenty, touched in the warehouse at half an hour, and returned
//! after thirty-five. Times, and the order of events on different channels, are not compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use channel_mocks::core::Seed;
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::scenario::Scenario;
use oversell::sim::Setup;
use oversell::world::World;
use oversell::world::ledger::Recorder;
use oversell::world::records::{LedgerLines, RecordNames};
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
/// The same for the busy scenario, which has minutes between any two things that meet.
const BUSY_SPEED: &str = "120";
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

/// The shops with everything that happens besides checkouts: buyers cancel and return, Amazon sells and ships a few units
/// of each SKU from its own warehouse, stock arrives, breaks and is counted, counts are edited, support agents look
/// things up, and one order is far larger than the stock, so that the staff cancel it after an hour. The edit that makes
/// room for it comes at the same instant: no engine can come between.
fn busy() -> String {
    let text = scenario(Strategy::Mirror)
        .replace("opening = \"10min\"", "opening = \"5min\"")
        .replace("duration = \"2min\"", "duration = \"40min\"")
        .replace("support_reads_per_second = 0.0", "support_reads_per_second = 0.02")
        .replace(
            "profile = \"amazon-ideal\"",
            "profile = \"amazon-ideal\"\noverride = { fba = { ship_delay = { fixed = \"20min\" } } }",
        )
        .replace("{ fixed = \"1min\" }", "{ fixed = \"20min\" }")
        .replace(
            "[catalogue]",
            "[[warehouse.location]]\ncode = \"fba\"\nshare = 0.0\nchannels = [\"amazon\"]\n\n[catalogue]",
        )
        .replace("units = 600", "units = 600\nfba_units = 4");
    text + BUSY
}

/// What [`busy`] adds.
const BUSY: &str = r#"
[cancellations]
share = 0.2
delay = { fixed = "10min" }

[removals]
edited = 0.1
refunded = 0.3
by_buyer = 0.1
delay = { fixed = "10min" }

[returns]
share = 0.4
delay = { fixed = "35min" }
restockable = 0.5

[[happening]]
kind = "edit"
at = "3min"
channel = "amazon"
sku = 6
units = 6000

[[happening]]
kind = "checkout"
at = "3min"
channel = "amazon"
sku = 6
units = 5000

[[happening]]
kind = "checkout"
at = "4min"
channel = "web"
sku = 5
units = 3

[[happening]]
kind = "remove_units"
at = "12min"
channel = "web"
sku = 5
units = 2
by = "edit"

[[happening]]
kind = "damage"
at = "30min"
sku = 1
location = "east"
units = 11

[[happening]]
kind = "recount"
at = "30min"
sku = 3
location = "west"
counted = 123

[[happening]]
kind = "edit"
at = "31min"
channel = "web"
sku = 4
units = 1
"#;

fn named(text: &str) -> Scenario {
    common::parsed(text)
}

/// The ledger of a run in virtual time, written as runs over HTTP write theirs.
fn virtual_ledger(scenario: &Scenario, strategy: Strategy) -> String {
    let world = World::new(scenario, Seed(SEED), None).unwrap();
    let mut bytes = Vec::new();
    let skus = world.catalogue.skus.iter().map(|it| it.code.clone());
    let names = RecordNames::new(scenario, skus.collect());
    let mut lines = LedgerLines::new(&mut bytes, names);
    let setup = Setup::new(scenario, SEED, strategy);
    common::play_with(&setup, engine::build, |at, entry| lines.record(at, entry));
    lines.flush().unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The ledger of a run over HTTP, with the built-in engine as a process of its own.
fn ledger_over_http(text: &str, strategy: Strategy, speed: &str, place: &Path) -> String {
    let file = place.join("conformance.toml");
    std::fs::write(&file, text).unwrap();
    let out: PathBuf = place.join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .arg("--scenario")
        .arg(&file)
        .args(["--seed", &SEED.to_string(), "--strategies", strategy.name()])
        // How late anything is does not matter here.
        .args(["--wire", "--speed", speed, "--lag-limit", "1h", "--out"])
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
            "units_removed" => {
                let (units, by) = (word("units"), word("by"));
                add(
                    format!("removed {channel} {order}"),
                    format!("{units} of {sku} by the {by}"),
                );
            }
            "restocked_gone" => add(format!("restocked gone {channel} {sku}"), word("units")),
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
                if word("cause") == "edit" {
                    add(format!("edited {channel} {sku}"), word("to"));
                }
                outcome.insert(format!("displayed {channel} {sku}"), vec![word("to")]);
            }
            "orders_followed" => add(
                format!("followed {channel}"),
                format!("{} acknowledged", word("acknowledged")),
            ),
            "followed_order_lost" => add(format!("lost {channel} {order}"), String::new()),
            "support_read" => add(format!("support read {channel}"), String::new()),
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

fn count(outcome: &Outcome, about: &str) -> usize {
    outcome.keys().filter(|it| it.starts_with(about)).count()
}

/// Plays a scenario over HTTP and compares it with what it came to in virtual time.
fn the_same_over_http(virtually: &Outcome, text: &str, strategy: Strategy, speed: &str) {
    let place = tempfile::tempdir().unwrap();
    let ledger = ledger_over_http(text, strategy, speed, place.path());
    let differing = differences(virtually, &outcome(&ledger));
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Plays the quiet scenario in both times and compares them; gives the outcome.
fn the_same_in_both_times(strategy: Strategy) -> Outcome {
    let text = scenario(strategy);
    let virtually = outcome(&virtual_ledger(&named(&text), strategy));
    let count = |about: &str| count(&virtually, about);
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

    the_same_over_http(&virtually, &text, strategy, SPEED);
    virtually
}

/// The busy scenario's outcome in virtual time, with everything in it that it is there for.
fn busy_outcome(text: &str) -> Outcome {
    let virtually = outcome(&virtual_ledger(&named(text), Strategy::Mirror));
    let facts = |about: &str| -> Vec<&str> {
        let of = virtually.iter().filter(|(it, _)| it.starts_with(about));
        of.flat_map(|(_, facts)| facts.iter().map(String::as_str))
            .collect()
    };
    for (about, at_least) in [
        ("order ", 120),
        ("cancelled web ", 5),
        ("cancelled tiktok ", 2),
        ("removed web ", 2),
        ("removed amazon ", 1),
        ("removed tiktok ", 1),
        ("edited web ", 1),
        ("edited amazon ", 1),
        ("short amazon ", 1),
        ("support read ", 3),
    ] {
        let found = count(&virtually, about);
        assert!(found >= at_least, "{found} of {about:?}");
    }
    assert!(facts("cancelled ").contains(&"buyer"));
    assert_eq!(facts("cancelled amazon "), ["seller"], "by the staff");
    let reads = facts("support read ").len();
    assert!((20..80).contains(&reads), "{reads} look-ups, 48 expected");
    let shipped = facts("shipped ");
    for code in ["from east", "from west", "from fba"] {
        assert!(shipped.iter().any(|it| it.ends_with(code)), "{code}");
    }
    let stock = facts("stock ");
    assert!(stock.contains(&"50"), "a delivery: {stock:?}");
    assert!(stock.contains(&"-11"), "damage: {stock:?}");
    let returned = stock.iter().filter(|it| ["1", "2"].contains(it)).count();
    assert!(returned > 10, "returns: {stock:?}");
    virtually
}

#[test]
fn everything_besides_checkouts_comes_to_the_same_in_virtual_time_and_over_http() {
    let text = busy();
    let virtually = busy_outcome(&text);
    the_same_over_http(&virtually, &text, Strategy::Mirror, BUSY_SPEED);
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
    let text = busy();
    let ledger = virtual_ledger(&named(&text), Strategy::Mirror);
    let whole = outcome(&ledger);
    assert_eq!(differences(&whole, &outcome(&ledger)), [""; 0]);
    let lines: Vec<Value> = ledger
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last_of = |kind: &str, cause: Option<&str>| {
        let wanted =
            |line: &Value| line["kind"] == kind && cause.is_none_or(|it| line["cause"] == it);
        lines
            .iter()
            .rposition(wanted)
            .unwrap_or_else(|| panic!("no {kind}"))
    };
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(it, _)| *it != left_out);
        kept.map(|(_, line)| format!("{line}\n"))
            .collect::<String>()
    };
    // A line that is missing.
    for (kind, cause) in [
        ("accepted", None),
        ("ingested", None),
        ("cancelled", None),
        ("short", None),
        ("shipped", None),
        ("fulfillment_confirmed", None),
        ("stock", None),
        ("sold_out", None),
        ("displayed", Some("edit")),
        ("support_read", None),
        ("sku_closed", None),
        ("channel_closed", None),
    ] {
        let differing = differences(&whole, &outcome(&without(last_of(kind, cause))));
        assert_eq!(differing.len(), 1, "{kind}: {differing:?}");
    }
    // A value that is another.
    for (kind, cause, key, value) in [
        ("accepted", None, "sku", Value::from("SKU-09999")),
        ("accepted", None, "units", Value::from(77)),
        ("accepted", None, "oversold_units", Value::from(1)),
        ("ingested", None, "duplicate", Value::from(true)),
        ("cancelled", None, "by", Value::from("platform")),
        ("short", None, "units", Value::from(77)),
        ("shipped", None, "location", Value::from("north")),
        ("shipped", None, "units", Value::from(77)),
        ("stock", None, "units", Value::from(-77)),
        ("displayed", Some("edit"), "to", Value::from(-1)),
        ("displayed", None, "to", Value::from(-1)),
        ("sku_closed", None, "sellable", Value::from(-1)),
        ("channel_closed", None, "units", Value::from(1)),
    ] {
        let position = last_of(kind, cause);
        let changed = lines.iter().enumerate().map(|(index, line)| {
            let mut line = line.clone();
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

#[test]
fn another_rule_of_the_stage_comes_to_something_else() {
    // Everything that happens besides checkouts shows: without it, the outcome is another.
    let text = busy();
    let plain = busy_outcome(&text);
    for (from, to, shows_in) in [
        ("share = 0.2\ndelay", "share = 0.0\ndelay", "cancelled "),
        ("share = 0.4\ndelay", "share = 0.0\ndelay", "stock "),
        ("restockable = 0.5", "restockable = 0.4", "stock "),
        (
            "support_reads_per_second = 0.02",
            "support_reads_per_second = 0.0",
            "support read ",
        ),
        ("units = 11", "units = 12", "stock "),
        ("counted = 123", "counted = 124", "stock "),
        ("units = 1\n", "units = 2\n", "edited web "),
        ("units = 50\n", "units = 51\n", "stock "),
        ("fba_units = 4", "fba_units = 3", "shipped amazon "),
    ] {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let other = text.replace(from, to);
        let other = outcome(&virtual_ledger(&named(&other), Strategy::Mirror));
        let differing = differences(&plain, &other);
        assert!(
            differing.iter().any(|it| it.starts_with(shows_in)),
            "{to}: {differing:?}"
        );
    }
}
