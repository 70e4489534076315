//! The trace hashes and figures of every built-in scenario on seed 1 are those that are committed in `reports/baselines`: a change of
//! figures is a change of a file, made on purpose and seen in review.

use std::path::{Path, PathBuf};

use oversell::experiment::{Experiment, Results};
use oversell::report::baseline::{self, Baseline};
use oversell::scenario::{Scenario, builtin};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/baselines")
}

fn played(name: &str) -> Results {
    let scenario = Scenario::load(name).unwrap().scenario;
    Experiment::new(scenario).run().unwrap()
}

/// What is wrong with a scenario's baseline; empty when nothing is.
fn differences(name: &str) -> String {
    let path = baseline::path(&directory(), name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        return format!("{name}: there is no {}\n", path.display());
    };
    let committed: Baseline = match serde_json::from_str(&text) {
        Ok(committed) => committed,
        Err(error) => return format!("{name}: {} cannot be read: {error}\n", path.display()),
    };
    let today = Baseline::from(&played(name));
    let mut lines = today.differences(&committed);
    if lines.is_empty() && today.to_json() != text {
        lines.push("the same figures are written in another way".to_string());
    }
    lines
        .iter()
        .map(|line| format!("{name}: {line}\n"))
        .collect()
}

#[test]
fn figures_are_those_that_are_committed() {
    let mut found = String::new();
    for name in baseline::scenarios() {
        let differences = differences(name);
        if !differences.is_empty() {
            found.push_str(&differences);
            found.push_str(&format!(
                "  if that is meant: cargo run --release -- baseline --scenario {name} --write reports/baselines\n"
            ));
        }
    }
    assert!(
        found.is_empty(),
        "figures are not those of reports/baselines:\n{found}"
    );
}

#[test]
fn every_scenario_that_needs_nothing_else_has_a_baseline() {
    let with: Vec<&str> = baseline::scenarios().collect();
    let without: Vec<&str> = builtin::names()
        .filter(|name| !with.contains(name))
        .collect();
    assert_eq!(
        without,
        ["retail-replay", "long-tail", "long-tail-rush"],
        "one replays a log that is not ours, two have 100,000 SKUs"
    );
}
