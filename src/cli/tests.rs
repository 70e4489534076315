//! The command as a user meets it, with streams in memory.

mod explain;
mod gates;
mod rerun;

use std::path::Path;

use super::*;
use crate::report::Document;
use crate::scenario::samples::SCARCE;

pub(super) fn command(arguments: &[&str]) -> (Exit, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        program: "simulate",
        out: &mut out,
        err: &mut err,
        layout: Layout::PIPE,
        page: Page::default(),
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

pub(super) fn scarce(place: &Path) -> String {
    let path = place.join("scarce.toml");
    std::fs::write(&path, SCARCE).unwrap();
    path.display().to_string()
}

/// With `--scenario` and without it, and with the same words when there is none of that name.
#[test]
fn a_scenario_is_named_the_same_way_wherever_one_is_played() {
    let commands: [&[&str]; 3] = [
        &[],
        &["sweep", "--vary", "demand.scale=1,2"],
        &["capacity", "--threshold", "oversold_units == 0"],
    ];
    let said = |own: &[&str], more: &[&str]| command(&[own, more].concat());
    let (_, _, first) = said(&[], &["flsh-sale"]);
    assert!(first.contains("did you mean `flash-sale`?"), "{first}");
    for own in commands {
        for more in [&["flsh-sale"][..], &["--scenario", "flsh-sale"]] {
            let (exit, _, err) = said(own, more);
            assert_eq!((exit, &err), (Exit::Usage, &first), "{own:?} {more:?}");
        }
        let (exit, _, err) = said(own, &["--scenario", "evening", "evening"]);
        assert!(
            exit == Exit::Usage && err.contains("cannot be used with"),
            "{err}"
        );
        let (exit, _, err) = said(own, &["--seed", "1"]);
        assert!(exit == Exit::Usage && err.contains("<NAME|FILE>"), "{err}");
    }
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
    // What is printed says beside the figures where they are.
    assert_eq!(document.run_directory.as_ref(), Some(&out_text));
    let written = std::fs::read_to_string(out.join("figures.json")).unwrap();
    let written: Document = serde_json::from_str(&written).unwrap();
    let printed = Document {
        run_directory: None,
        fault_windows: Vec::new(),
        ..document.clone()
    };
    assert_eq!(written, printed);
    let names: Vec<&str> = document
        .strategies
        .iter()
        .map(|run| run.strategy.as_str())
        .collect();
    assert_eq!(names, ["mirror", "escrow", "informed-escrow"]);
    for run in &document.strategies {
        assert_eq!(run.buyers_hash, document.strategies[0].buyers_hash);
        assert_eq!(
            run.figures.offered_units,
            document.strategies[0].figures.offered_units
        );
        assert!(run.figures.accepted_units >= run.figures.oversold_units);
        assert!(run.figures.lost_against_pool_units.is_some());
        assert_eq!(run.channels.len(), 2);
        assert!(out.join(format!("series/{}.csv", run.strategy)).is_file());
    }
    assert_eq!(document.strategies[1].figures.oversold_units, 0);
    // The same again is the same run, in a directory of its own.
    let (_, again, err) = command(&arguments);
    let again: Document = serde_json::from_str(&again).unwrap();
    let elsewhere = format!("{out_text}-2");
    assert_eq!(again.run_directory.as_ref(), Some(&elsewhere));
    assert_eq!(
        err,
        format!("note: {out_text} holds something already, so this run is in {elsewhere}\n")
    );
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
        (Exit::ShardsMissing, 106),
    ];
    for (exit, code) in codes {
        assert_eq!(exit.code(), code);
    }
}

#[test]
fn a_scenario_may_be_named_either_way_and_a_command_misspelt() {
    for (arguments, wanted) in [
        (&["flash-sal"][..], "did you mean `flash-sale`?"),
        (&["serv"], "did you mean `simulate serve`?"),
        (
            &["--scenario", "serv"],
            "there is no built-in scenario `serv`",
        ),
        (
            &["last-unit", "--scenario", "last-unit"],
            "cannot be used with",
        ),
        (
            &["last-unit", "--seed", "-1"],
            "a seed is a whole number from 0 to 18446744073709551615",
        ),
        (
            &["serve", "--seed", "-1"],
            "a seed is a whole number from 0",
        ),
        (&["last-unit", "--seed", "1e3"], "a seed is a whole number"),
        (&["--seed", "3"], "--scenario <NAME|FILE>"),
    ] {
        let (exit, out, err) = command(arguments);
        assert_eq!(
            (exit, out.as_str()),
            (Exit::Usage, ""),
            "{arguments:?}: {err}"
        );
        assert!(err.contains(wanted), "{arguments:?}: {err}");
    }
    let place = tempfile::tempdir().unwrap();
    let (scenario, out) = (scarce(place.path()), place.path().join("run"));
    let out = out.display().to_string();
    let (exit, table, err) = command(&[&scenario, "--out", &out]);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    assert!(table.contains("scarce: Two shops, ten units"), "{table}");
    for line in table
        .lines()
        .filter(|line| !line.contains("simulate --scenario"))
    {
        assert!(line.chars().count() <= 80 || line.contains(&out), "{line}");
    }
}

#[test]
fn nothing_typed_or_read_makes_a_terminal_do_anything() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("\u{1b}[2Jrun").display().to_string();
    let (exit, table, _) = command(&["last-unit", "--strategies", "escrow", "--out", &out]);
    assert_eq!(exit, Exit::Pass);
    assert!(
        table.contains("\\u{1b}[2Jrun") && !table.contains('\u{1b}'),
        "{table}"
    );
    let odd = "no\u{1b}]0;title\u{7}\u{9b}2Jsuch\r.toml";
    let file = place.path().join("odd.toml");
    std::fs::write(
        &file,
        "version = 1\n\"\u{1b}[31m\" = 3\nname = \"\u{1b}[2J\"\n",
    )
    .unwrap();
    let file = file.display().to_string();
    let escaped = place.path().join("escaped.toml");
    let title = SCARCE.replace("Two shops, ten units", "\\u001b[2Jshops");
    std::fs::write(&escaped, title).unwrap();
    let escaped = escaped.display().to_string();
    for arguments in [
        &["--scenario", odd][..],
        &[odd],
        &["--scenario", &file],
        &["--scenario", &escaped],
        &["last-unit", "--strategies", odd],
        &["last-unit", "--seed", odd],
        &["last-unit", odd],
        &["serve", "--config", odd],
        &["engine", "--config", odd],
        &["man", odd],
        &["baseline", "--scenario", odd],
        &[
            "last-unit",
            "--strategies",
            "",
            "--engine-command",
            odd,
            "--engine-name",
            odd,
        ],
        &["last-unit", "--wire", "--engine", odd],
    ] {
        let (exit, out, err) = command(arguments);
        assert_eq!(exit, Exit::Usage, "{arguments:?}: {err}");
        assert!(!out.contains('\u{1b}'), "{arguments:?}: {out:?}");
        let hidden = err
            .chars()
            .find(|letter| letter.is_control() && *letter != '\n');
        assert_eq!(hidden, None, "{arguments:?}: {err:?}");
    }
}

#[test]
fn a_value_of_a_megabyte_is_not_echoed_whole() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("huge.toml");
    let huge = "9".repeat(1_000_000);
    for text in [
        format!("duration = \"{huge}\"\n"),
        format!("stock = {huge}\n"),
        format!("{huge} = 1\n"),
        format!("version = 1\nname = \"{huge}\"\n"),
        format!("extends = \"{huge}\"\n"),
        SCARCE.replace("\"mirror\"", &format!("\"{huge}\"")),
        SCARCE.replace("\"tiktok-default\"", &format!("\"{huge}\"")),
        SCARCE.replace("2026-11-27T00:00:00Z", &huge),
        SCARCE.replace("\"1/s\"", &format!("\"{huge}/s\"")),
    ] {
        std::fs::write(&file, &text).unwrap();
        let (exit, _, err) = command(&["--scenario", &file.display().to_string()]);
        assert_eq!(exit, Exit::Usage);
        assert!(err.len() < 20_000, "{}: {}", err.len(), &err[..2_000]);
        assert!(err.contains("huge.toml"), "{err}");
    }
}

#[test]
fn every_exit_code_is_documented_and_named_by_the_help() {
    let (_, help, _) = command(&["--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(&Exit::sentence()), "{help}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section = page
        .split("\n## Exit codes\n")
        .nth(1)
        .expect("it has a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
    let codes: Vec<u8> = rows
        .filter_map(|row| row.split(" |").next()?.trim().parse().ok())
        .collect();
    assert_eq!(codes, Exit::ALL.map(Exit::code));
}
