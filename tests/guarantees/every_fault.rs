//! A scenario file with every kind of fault: each strikes and shows, and one that cannot strike says so in every verdict.

use std::collections::BTreeSet;

use oversell::engine::config::Strategy;
use oversell::measure::Verdict;
use oversell::scenario::model::{FaultKind, FaultValue};

use crate::common::{Played, over_seeds, parsed, play, scenario};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/guarantees/every_fault.toml"
);

/// The keys of the fault tables of a kind.
fn keys_of(tables: &[toml::Value], kind: &str) -> BTreeSet<String> {
    let of_kind = tables.iter().filter_map(toml::Value::as_table);
    let of_kind = of_kind.filter(|table| table["kind"].as_str() == Some(kind));
    of_kind.flat_map(|table| table.keys().cloned()).collect()
}

#[test]
fn the_file_has_every_kind_with_every_value_that_it_takes() {
    let file: toml::Table = std::fs::read_to_string(FILE).unwrap().parse().unwrap();
    let tables = file["fault"].as_array().unwrap();
    let mut all = BTreeSet::new();
    for kind in FaultKind::ALL {
        let described = kind.describe();
        let keys = keys_of(tables, described.name);
        assert!(!keys.is_empty(), "the file lacks `{}`", described.name);
        for value in described.needs.iter().chain(described.takes) {
            let has_one = value.keys().iter().any(|key| keys.contains(*key));
            assert!(has_one, "`{}` lacks {:?}", described.name, value.keys());
        }
        all.extend(keys);
    }
    let values = FaultValue::ALL.iter().flat_map(|value| value.keys());
    let often = ["probability", "first", "every", "from", "for", "channel"];
    for key in values.chain(&often) {
        assert!(all.contains(*key), "no table has `{key}`");
    }
}

/// What one of the two does not do cannot be struck: a mirror reads no counts of channels, and quotas are seldom written.
#[test]
fn every_declared_fault_strikes_and_shows() {
    let scenario = scenario(FILE);
    let strategies = [Strategy::Mirror, Strategy::Escrow];
    let runs = over_seeds(2, |number| {
        play(&scenario, strategies[number as usize - 1], 1)
            .outcome
            .faults
    });
    let mut silent = Vec::new();
    for (place, fault) in scenario.faults.iter().enumerate() {
        let counts = runs.iter().map(|faults| faults[place]);
        let (mut injected, mut noticed) = (0, 0);
        for counts in counts {
            assert!(counts.injected <= counts.eligible, "{fault:?}: {counts:?}");
            injected += counts.injected;
            noticed += counts.noticed;
        }
        if injected == 0 || noticed == 0 {
            let (kind, from) = (fault.kind.describe().name, fault.from);
            silent.push(format!(
                "{kind} from {from}: {injected} struck, {noticed} showed"
            ));
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

fn told(run: &Played, verdict: Verdict) -> Vec<String> {
    let found = run.measured.guarantees.iter();
    found
        .filter(|it| it.verdict == verdict)
        .map(|it| it.name.clone())
        .collect()
}

/// Nobody cancels an order there, so that it makes no difference what becomes of the units of cancelled ones.
#[test]
fn what_held_without_a_declared_fault_is_unknown_and_what_broke_is_broken() {
    let plain = "extends = \"evening\"\nname = \"unstruck\"\ncancellations = { share = 0.0 }\n";
    let never = "[[fault]]\nkind = \"restock_on_cancel\"\nchannel = \"tiktok\"\nrestocks = false\nfor = \"1s\"\n";
    for strategy in [Strategy::Escrow, Strategy::Mirror] {
        let without = play(&parsed(plain), strategy, 1);
        let with = play(&parsed(&format!("{plain}{never}")), strategy, 1);
        assert_eq!(with.total(), without.total(), "nothing happens otherwise");
        assert!(!told(&without, Verdict::Holds).is_empty());
        assert_eq!(told(&with, Verdict::Holds), [""; 0]);
        assert_eq!(
            told(&with, Verdict::Violated),
            told(&without, Verdict::Violated)
        );
        for name in told(&without, Verdict::Holds) {
            let mut all = with.measured.guarantees.iter();
            let found = all.find(|it| it.name == name).unwrap();
            assert_eq!(found.verdict, Verdict::Unknown, "{name}");
            let caveat = found.caveat.as_deref();
            assert_eq!(caveat, Some("never fired: restock_on_cancel at tiktok"));
        }
    }
}
