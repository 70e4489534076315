//! The command as a user meets it, with streams in memory.

use std::path::Path;

use super::*;
use crate::report::Document;

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

pub(super) fn scarce(place: &Path) -> String {
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

/// Thresholds of a file and of the command line are judged side by side, and only a broken one that fails turns the job red.
#[test]
fn thresholds_are_judged_after_the_run() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("scarce.toml");
    let gate = "\n[[threshold]]\ncheck = \"oversold_units{contender=escrow} == 0\"\n\n[[threshold]]\ncheck = \"oversold_units{contender=trigger} == 0\"\n";
    std::fs::write(&path, format!("{SCARCE}{gate}")).unwrap();
    let scenario = path.display().to_string();
    let played = |out: &str, more: &[&str]| {
        let out = place.path().join(out).display().to_string();
        let mut arguments = vec!["--scenario", &scenario, "--seed", "3", "--out", &out];
        arguments.extend(more);
        command(&arguments)
    };
    let warned = [
        "--threshold-warn",
        "oversold{channel=first} <= 0",
        "--threshold-warn",
        "propagation_s{contender=escrow}.p99 < 1h",
    ];
    let (exit, table, err) = played("warned", &warned);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""), "{table}");
    let block = table
        .split("Thresholds: ")
        .nth(1)
        .unwrap_or_else(|| panic!("{table}"));
    let block = block.split("\n\n").next().unwrap();
    insta::assert_snapshot!(block);
    assert!(block.lines().all(|line| line.chars().count() <= 80));
    let written = std::fs::read_to_string(place.path().join("warned/figures.json")).unwrap();
    let written: Document = serde_json::from_str(&written).unwrap();
    assert_eq!(written.thresholds.len(), 5);
    // The same run with the same limit that fails.
    let (exit, table, _) = played("failed", &["--threshold", "oversold{channel=first} <= 0"]);
    assert_eq!(exit, Exit::GuaranteeFailed, "{table}");
    let failed = std::fs::read_to_string(place.path().join("failed/figures.json")).unwrap();
    let failed: Document = serde_json::from_str(&failed).unwrap();
    assert!(failed.fails_a_threshold());
    assert_eq!(
        failed.strategies[0].trace_hash,
        written.strategies[0].trace_hash
    );
}

#[test]
fn a_threshold_that_cannot_be_judged_is_told_before_anything_runs() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let out = place.path().join("run").display().to_string();
    for (option, check, told) in [
        (
            "--threshold",
            "oversold_unit == 0",
            "did you mean `oversold_units`?",
        ),
        (
            "--threshold",
            "oversold{channel=frist} == 0",
            "did you mean `first`?",
        ),
        (
            "--threshold-warn",
            "oversold{contender=trigger} == 0",
            "one of mirror, escrow, oracle",
        ),
        ("--threshold", "staleness.p99 < 5", "write it with us, ms"),
        ("--threshold", "", "there is no figure here"),
        ("--threshold", "\u{1b}[31m < 5", "no figure"),
    ] {
        let (exit, table, err) = command(&["--scenario", &scenario, "--out", &out, option, check]);
        assert_eq!((exit, table.as_str()), (Exit::Usage, ""), "{check}: {err}");
        assert!(err.contains(told) && err.contains(option), "{check}: {err}");
        assert!(!err.contains('\u{1b}'), "{err}");
        assert!(!Path::new(&out).exists(), "nothing ran");
    }
    let text = format!("{SCARCE}\n[[threshold]]\ncheck = \"stale.p99 < 5s\"\n");
    std::fs::write(&scenario, text).unwrap();
    let (exit, _, err) = command(&["--scenario", &scenario, "--out", &out]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("scarce.toml:20:10"), "{err}");
}

/// A run is kept, and later ones are compared with it: by name, by file and by run directory.
#[test]
fn runs_are_compared_with_a_baseline() {
    let place = tempfile::tempdir().unwrap();
    let (scenario, kept) = (scarce(place.path()), place.path().join("kept"));
    let kept_text = kept.display().to_string();
    let out = |name: &str| place.path().join(name).display().to_string();
    let played = |scenario: &str, out: &str, more: &[&str]| {
        let mut arguments = vec![
            "--scenario",
            scenario,
            "--seed",
            "3",
            "--out",
            out,
            "--baseline-dir",
            &kept_text,
        ];
        arguments.extend(more);
        command(&arguments)
    };
    let (exit, _, err) = played(&scenario, &out("first"), &["--save-baseline", "main"]);
    assert_eq!(exit, Exit::Pass, "{err}");
    assert!(
        err.starts_with("baseline written to ") && kept.join("main.json").is_file(),
        "{err}"
    );
    let (exit, table, _) = played(&scenario, &out("same"), &["--baseline", "main"]);
    assert_eq!(exit, Exit::Pass);
    assert!(
        table.contains("unchanged: scarce, seed 3") && table.contains("the same, event by event"),
        "{table}"
    );
    // The same engine that lets go of its writes every two minutes alone.
    let slower = place.path().join("slower.toml");
    let text = "extends = \"scarce.toml\"\nname = \"slower\"\n[strategy.mirror]\npublish_every = \"2min\"\n";
    std::fs::write(&slower, text).unwrap();
    let slower = slower.display().to_string();
    let file = kept.join("main.json").display().to_string();
    let (exit, table, _) = played(&slower, &out("worse"), &["--baseline", &file]);
    assert_eq!(exit, Exit::Regressed, "{table}");
    let written = std::fs::read_to_string(place.path().join("worse/figures.json")).unwrap();
    let written: Document = serde_json::from_str(&written).unwrap();
    let comparison = written.comparison.unwrap();
    assert!(comparison.change.fails() && comparison.contenders.len() == 3);
    let unchanged = |it: &crate::experiment::compare::ContenderChange| it.same_trace == Some(true);
    assert_eq!(
        comparison
            .contenders
            .iter()
            .filter(|it| unchanged(it))
            .count(),
        2,
        "escrow and the oracle"
    );
    // The command says the same of the directories.
    let compared = |format: &str| {
        let (first, worse) = (out("first"), out("worse"));
        command(&["compare", &first, &worse, "--format", format])
    };
    let (exit, table, err) = compared("table");
    assert_eq!((exit, err.as_str()), (Exit::Regressed, ""));
    let table = table.replace(&place.path().display().to_string(), "");
    insta::assert_snapshot!("a_comparison_on_the_terminal", table);
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    let (_, markdown, _) = compared("md");
    insta::assert_snapshot!(
        "a_comparison_as_markdown",
        markdown.replace(&place.path().display().to_string(), "")
    );
    let (_, junit, _) = compared("junit");
    assert!(
        junit.contains("<testsuite name=\"slower: mirror") && junit.contains("<failure message="),
        "{junit}"
    );
    let (_, json, _) = compared("json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["comparisons"][0]["contenders"][0]["contender"],
        "mirror"
    );
    // Both of several that come after are compared with the one before.
    let (exit, several, _) = command(&[
        "compare",
        &out("first"),
        &out("same"),
        &out("worse"),
        "--format",
        "json",
    ]);
    let several: serde_json::Value = serde_json::from_str(&several).unwrap();
    assert_eq!(
        (exit, several["comparisons"].as_array().unwrap().len()),
        (Exit::Regressed, 2)
    );
}

#[test]
fn what_cannot_be_compared_is_told_before_anything_runs() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let kept = place.path().join("kept").display().to_string();
    let out = |name: &str| place.path().join(name).display().to_string();
    let (first, run) = (out("first"), out("run"));
    let base = [
        "--scenario",
        &scenario,
        "--strategies",
        "mirror",
        "--baseline-dir",
        &kept,
    ];
    let with = |more: &[&str]| command(&[&base[..], more].concat());
    assert_eq!(
        with(&["--save-baseline", "main", "--out", &first]).0,
        Exit::Pass
    );
    let broken = place.path().join("broken.json");
    std::fs::write(&broken, "{").unwrap();
    let edited = place.path().join("edited.json");
    let text = std::fs::read_to_string(place.path().join("kept/main.json")).unwrap();
    std::fs::write(
        &edited,
        text.replacen("\"settle\": \"30min\"", "\"settle\": \"31min\"", 1),
    )
    .unwrap();
    let (broken, edited) = (broken.display().to_string(), edited.display().to_string());
    for (more, told) in [
        (&["--baseline", "mian"][..], "did you mean `main`?"),
        (&["--baseline", "../main.json"], "No such file"),
        (&["--baseline", ""], "is no name of a baseline"),
        (&["--save-baseline", "a/b"], "is no name of a baseline"),
        (&["--save-baseline", ".hidden"], "the first no dot"),
        (&["--baseline", &broken], "broken.json: EOF"),
        (&["--baseline", &edited], "save it anew"),
        (&["--baseline", &kept], "there is no run in it"),
        (&["--baseline", "main", "--seed", "2"], "seeds: 1 and 2"),
        (
            &["--baseline", "main", "--strategies", "escrow"],
            "contenders mirror and escrow",
        ),
        (&["--force"], "--baseline"),
        (
            &["--baseline", "main", "--wire"],
            "no run in real time repeats another",
        ),
    ] {
        // The last of an option given twice would be an error of its own.
        let own = more.contains(&"--strategies");
        let base = if own {
            &[&base[..2], &base[4..]].concat()[..]
        } else {
            &base[..]
        };
        let (exit, table, err) = command(&[base, more, &["--out", &run]].concat());
        assert_eq!((exit, table.as_str()), (Exit::Usage, ""), "{more:?}: {err}");
        assert!(err.contains(told), "{more:?}: {err}");
        assert!(!Path::new(&run).exists(), "{more:?}: nothing ran");
    }
    let (exit, _, err) = with(&[
        "--baseline",
        "main",
        "--seed",
        "2",
        "--force",
        "--out",
        &out("forced"),
    ]);
    assert!(matches!(exit, Exit::Pass | Exit::Regressed), "{err}");
    for (arguments, told) in [
        (vec!["compare", &first], "<AFTER>"),
        (vec!["compare", &first, "nowhere"], "No such file"),
        (
            vec!["compare", &first, &first, "--format", "html"],
            "invalid value",
        ),
    ] {
        let (exit, _, err) = command(&arguments);
        assert_eq!(exit, Exit::Usage, "{err}");
        assert!(err.contains(told), "{err}");
    }
    // Another scenario is refused value by value.
    let other = place.path().join("other.toml");
    let text =
        "extends = \"scarce.toml\"\nname = \"other\"\nsettle = \"40min\"\n[stock]\nunits = 12\n";
    std::fs::write(&other, text).unwrap();
    let other = other.display().to_string();
    let (exit, _, err) = command(&[
        "--scenario",
        &other,
        "--baseline",
        "main",
        "--baseline-dir",
        &kept,
        "--out",
        &run,
    ]);
    assert_eq!(exit, Exit::Usage);
    assert!(
        err.contains("settle: \"30min\" and \"40min\"") && err.contains("stock.units: 10 and 12"),
        "{err}"
    );
}

/// Run directories of several seeds beside each other are one side, whose pairs have intervals.
#[test]
fn directories_of_runs_are_compared_seed_by_seed() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let slower = place.path().join("slower.toml");
    let text = "extends = \"scarce.toml\"\nname = \"slower\"\n[strategy.mirror]\npublish_every = \"2min\"\n";
    std::fs::write(&slower, text).unwrap();
    let slower = slower.display().to_string();
    for (side, scenario) in [("before", &scenario), ("after", &slower)] {
        for seed in ["1", "2", "3", "4", "5"] {
            let out = place.path().join(side).join(seed).display().to_string();
            let (exit, _, err) = command(&[
                "--scenario",
                scenario,
                "--strategies",
                "mirror",
                "--seed",
                seed,
                "--out",
                &out,
            ]);
            assert_eq!(exit, Exit::Pass, "{err}");
        }
    }
    let side = |name: &str| place.path().join(name).display().to_string();
    let (exit, json, err) = command(&[
        "compare",
        &side("before"),
        &side("after"),
        "--format",
        "json",
    ]);
    assert_eq!((exit, err.as_str()), (Exit::Regressed, ""), "{json}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let comparison = &json["comparisons"][0];
    assert_eq!(comparison["seeds"], serde_json::json!([1, 2, 3, 4, 5]));
    let figures = comparison["contenders"][0]["figures"].as_array().unwrap();
    let staleness = figures
        .iter()
        .find(|it| it["figure"] == "staleness_s.p99")
        .unwrap();
    assert_eq!(
        (&staleness["change"], &staleness["pairs"]),
        (&"regressed".into(), &5.into())
    );
    assert!(
        staleness["interval"][0].as_f64().unwrap() > 0.0,
        "{staleness}"
    );
    // A seed that is there twice is no seed more.
    let (from, to) = (
        place.path().join("after/1"),
        place.path().join("after/once-more"),
    );
    std::fs::create_dir(&to).unwrap();
    for file in ["figures.json", "scenario.toml"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let (exit, _, err) = command(&["compare", &side("before"), &side("after")]);
    assert_eq!(exit, Exit::Usage);
    assert!(
        err.contains("mirror on seed 1 is beside it once more"),
        "{err}"
    );
}

#[test]
fn a_run_is_explained_unit_by_unit_and_bad_questions_get_the_way_out() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let run = |name: &str, more: &[&str]| {
        let out = place.path().join(name).display().to_string();
        let arguments = [
            &["--scenario", &scenario, "--seed", "3", "--out", &out],
            more,
        ]
        .concat();
        let (_, text, err) = command(&arguments);
        (out, text, err)
    };
    let (out, table, err) = run("run", &[]);
    let text = std::fs::read_to_string(place.path().join("run/figures.json")).unwrap();
    let document: Document = serde_json::from_str(&text).unwrap();
    let causes = document.strategies[0].causes.as_ref().unwrap();
    assert!(causes.units > 1, "the scenario is too easy: {table}{err}");
    let told = format!("\nmirror: of {} oversold units: ", causes.units);
    assert!(table.contains(&told), "{table}");
    assert!(
        table.contains("why, unit by unit: simulate explain "),
        "{table}"
    );

    let (exit, text, err) = command(&["explain", &out]);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    assert!(
        text.starts_with("scarce, seed 3: why mirror oversold\n"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let stories = text.matches(" until the sale went: ").count();
    assert_eq!(stories, causes.worst_skus.len(), "{text}");

    // The number of a unit leads to it, and each unit of the SKU has its place.
    let (_, text, _) = command(&["explain", &out, "--unit", "2", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let chain = &told["chains"][0];
    let (unit, units) = (
        chain["unit"].as_u64().unwrap(),
        chain["units"].as_u64().unwrap(),
    );
    assert!((unit..unit + units).contains(&2), "{text}");
    assert_eq!(told["causes"]["units"], causes.units);
    let worst = causes.worst_skus[0].sku;
    let by_code = format!("SKU-{worst:05}");
    let (exit, text, _) = command(&["explain", &out, "--sku", &by_code, "--strategy", "mirror"]);
    assert_eq!(exit, Exit::Pass);
    assert_eq!(
        text,
        command(&["explain", &out, "--sku", &worst.to_string()]).1
    );

    let (bare, ..) = run("bare", &["--no-report"]);
    let nowhere = place.path().join("nowhere").display().to_string();
    for (arguments, said) in [
        (&["explain", &nowhere][..], "there is no such directory"),
        (
            &["explain", &bare],
            "run it again without --no-report: simulate --scenario",
        ),
        (
            &["explain", &out, "--strategy", "miror"],
            "did you mean `mirror`?",
        ),
        (
            &["explain", &out, "--unit", "100000"],
            "give a number from 1 to ",
        ),
        (&["explain", &out, "--unit", "0"], "--unit"),
        (
            &["explain", &out, "--sku", "9"],
            "the worst SKUs of it are ",
        ),
        (&["explain", &out, "--sku", "ABC-1"], "like SKU-00001"),
        (
            &["explain", &out, "--strategy", "escrow", "--unit", "1"],
            "name another contender",
        ),
    ] {
        let (exit, text, err) = command(arguments);
        assert_eq!((exit, text.as_str()), (Exit::Usage, ""), "{arguments:?}");
        let joined = err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(said), "{arguments:?}: {err}");
    }
    std::fs::remove_file(place.path().join("run/causes/mirror.jsonl")).unwrap();
    let (exit, _, err) = command(&["explain", &out]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("the file is missing"), "{err}");
}
