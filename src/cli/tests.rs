//! The command as a user meets it, with streams in memory.

use std::path::Path;

use super::*;
use crate::report::Document;

fn command(arguments: &[&str]) -> (Exit, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        program: "simulate",
        out: &mut out,
        err: &mut err,
        colour: false,
        watched: false,
    };
    let arguments = std::iter::once("simulate").chain(arguments.iter().copied());
    let exit = run(arguments.map(OsString::from), &mut streams);
    (
        exit,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

/// Two shops that want more than there is, for two minutes.
const SCARCE: &str = r#"
version = 1
name = "scarce"
title = "Two shops, ten units"
start = "2026-11-27T00:00:00Z"
opening = "60s"
duration = "2min"
settle = "30min"
channel = [
    { name = "first", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
    { name = "second", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
]
warehouse = { profile = "warehouse-default", location = [{ code = "east", share = 1.0 }] }
catalogue = { skus = 2 }
stock = { units = 10 }
demand = { phase = [{ shape = "constant", lasts = "2min", rate = "1/s" }] }
strategies = ["mirror", "escrow", "oracle"]
"#;

fn scarce(place: &Path) -> String {
    let path = place.join("scarce.toml");
    std::fs::write(&path, SCARCE).unwrap();
    path.display().to_string()
}

#[test]
fn a_run_ends_in_a_directory_and_a_document() {
    let place = tempfile::tempdir().unwrap();
    let (scenario, out) = (scarce(place.path()), place.path().join("run"));
    let out_text = out.display().to_string();
    let arguments = [
        "--scenario",
        &scenario,
        "--seed",
        "3",
        "--out",
        &out_text,
        "--format",
        "json",
    ];
    let (exit, json, err) = command(&arguments);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    let document: Document = serde_json::from_str(&json).unwrap();
    assert_eq!(
        std::fs::read_to_string(out.join("figures.json")).unwrap(),
        json
    );
    let names: Vec<&str> = document
        .strategies
        .iter()
        .map(|run| run.strategy.as_str())
        .collect();
    assert_eq!(names, ["mirror", "escrow", "oracle"]);
    for run in &document.strategies {
        assert_eq!(run.buyers_hash, document.strategies[0].buyers_hash);
        assert_eq!(
            run.figures.offered_units,
            document.strategies[0].figures.offered_units
        );
        assert!(run.figures.accepted_units >= run.figures.oversold_units);
        assert!(run.figures.oversold_above_oracle_units.is_some());
        assert_eq!(run.channels.len(), 2);
        assert!(out.join(format!("series/{}.csv", run.strategy)).is_file());
    }
    assert_eq!(document.strategies[1].figures.oversold_units, 0);
    // The same again is the same run, in a directory of its own.
    let (_, again, _) = command(&arguments);
    let again: Document = serde_json::from_str(&again).unwrap();
    let hashes = |document: &Document| -> Vec<String> {
        document
            .strategies
            .iter()
            .map(|run| run.trace_hash.clone())
            .collect()
    };
    assert_eq!(hashes(&again), hashes(&document));
    assert!(place.path().join("run-2/manifest.json").is_file());
    assert!(place.path().join("run/manifest.json").is_file());
    // The expanded scenario reads back.
    let expanded = out.join("scenario.toml").display().to_string();
    assert!(crate::scenario::Scenario::load(&expanded).is_ok());
}

#[test]
fn the_table_says_it_all_in_plain_letters() {
    let place = tempfile::tempdir().unwrap();
    let (scenario, out) = (scarce(place.path()), place.path().join("run"));
    let out = out.display().to_string();
    let arguments = [
        "--scenario",
        &scenario,
        "--strategies",
        "escrow,mirror,escrow",
        "--out",
        &out,
    ];
    let (exit, table, err) = command(&arguments);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    assert!(table.contains("escrow sold"), "{table}");
    assert!(
        table.contains("--strategies mirror,escrow\n"),
        "each once, in order: {table}"
    );
    assert!(!table.contains('\u{1b}'));
    assert!(table.lines().all(|line| line.chars().count() <= 100
        || line.contains(&out)
        || line.contains("--scenario")));
}

#[test]
fn mistakes_are_named_with_the_way_out() {
    let (exit, _, err) = command(&["--scenario", "flash-sale", "--strategies", "miror"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("did you mean `mirror`"), "{err}");
    let (exit, _, err) = command(&["--scenario", "flash-sal"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("flash-sale"), "{err}");
    let (exit, _, err) = command(&["--scenario", "retail-replay"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("--orders"), "{err}");
    let (exit, _, err) = command(&[]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("--scenario"), "{err}");
}

#[test]
fn no_strategy_is_nothing_to_do() {
    let (exit, out, err) = command(&["--scenario", "flash-sale", "--strategies", ""]);
    assert_eq!((exit, out.as_str()), (Exit::NothingSelected, ""), "{err}");
    assert!(err.contains("--strategies"), "{err}");
}

#[test]
fn answers_go_to_standard_output() {
    let (exit, out, _) = command(&["list"]);
    assert_eq!(exit, Exit::Pass);
    assert!(
        out.contains("flash-sale") && out.contains("escrow"),
        "{out}"
    );
    let (_, schema, _) = command(&["schema", "--output"]);
    assert!(
        serde_json::from_str::<serde_json::Value>(&schema).unwrap()["properties"]["strategies"]
            .is_object()
    );
    let (_, schema, _) = command(&["schema"]);
    assert!(
        serde_json::from_str::<serde_json::Value>(&schema).unwrap()["properties"]["channel"]
            .is_object()
    );
    let (exit, help, _) = command(&["--help"]);
    assert_eq!(exit, Exit::Pass);
    assert!(help.contains("Exit codes"), "{help}");
}

#[test]
fn exit_codes_do_not_change() {
    let codes = [
        (Exit::Pass, 0),
        (Exit::Unexpected, 1),
        (Exit::Usage, 2),
        (Exit::NothingSelected, 4),
        (Exit::HarnessWrong, 70),
        (Exit::GuaranteeFailed, 99),
        (Exit::Interrupted, 105),
    ];
    for (exit, code) in codes {
        assert_eq!(exit.code(), code);
    }
}
