//! The `simulate` binary as a user and a CI job meet it: what it prints where, what it leaves behind, and how it ends.

use std::collections::BTreeSet;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn simulate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulate"));
    command.env_remove("NO_COLOR");
    command
}

/// Set in the process that [`a_panic_on_any_thread_is_exit_code_70`] starts.
const IN_CHILD: &str = "OVERSELL_TEST_PANICS";

/// A bug is planted in a process of its own: this test, run once more, with a thread that panics while another waits for it.
#[test]
fn a_panic_on_any_thread_is_exit_code_70() {
    if std::env::var_os(IN_CHILD).is_some() {
        oversell::cli::end_on_panic();
        let outcome = std::thread::spawn(|| panic!("planted")).join();
        unreachable!("the process went on after {outcome:?}");
    }
    let (code, _, err) = run(Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_panic_on_any_thread_is_exit_code_70",
            "--nocapture",
        ])
        .env(IN_CHILD, "1"));
    assert_eq!(code, 70, "{err}");
    assert!(err.contains("planted"), "{err}");
    assert!(err.contains("the harness itself is wrong"), "{err}");
}

/// The last words of an interrupted run may go nowhere; it is interrupted all the same.
#[test]
#[cfg(target_os = "linux")]
fn an_interruption_that_cannot_be_told_is_exit_code_105() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["--scenario", "steady-day"])
        .stdout(std::process::Stdio::null())
        .stderr(full)
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    // Before it catches interruptions, one would end it as a signal does.
    let catches = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let caught = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))
            .unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & 0b10 != 0
    };
    while !catches() {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "it ended before it was interrupted"
        );
        std::thread::yield_now();
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(105));
}

/// Exit code, standard output, standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Runs a scenario into `place/run`.
fn scenario(place: &Path, name: &str, more: &[&str]) -> (i32, String, String) {
    run(simulate()
        .args(["--scenario", name])
        .args(more)
        .arg("--out")
        .arg(place.join("run")))
}

fn files_below(place: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(place).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files_below(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name);
        }
    }
}

/// Names between backquotes in the first cells of the tables below a heading of docs/output.md, up to the next heading.
fn documented(heading: &str) -> Vec<String> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md"))
            .unwrap();
    let start = text.find(&format!("\n{heading}\n")).unwrap() + heading.len() + 2;
    let section = text[start..].split("\n#").next().unwrap();
    let rows = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    rows.flat_map(|cell| {
        let cell = format!("`{cell}");
        let names: Vec<String> = cell
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_string)
            .collect();
        names
    })
    .collect()
}

#[test]
fn the_main_job_as_json() {
    let place = tempfile::tempdir().unwrap();
    let (code, out, err) = scenario(place.path(), "flash-sale-10min", &["--format", "json"]);
    assert_eq!(
        (code, err.as_str()),
        (0, ""),
        "a pipe sees no progress and no warning"
    );
    let document: Value = serde_json::from_str(&out).unwrap();
    for key in [
        "schema_version",
        "scenario",
        "title",
        "currency",
        "seed",
        "simulated_s",
        "wall_s",
        "rerun",
        "strategies",
    ] {
        assert!(!document[key].is_null(), "{key}");
    }
    let strategies = document["strategies"].as_array().unwrap();
    let names: Vec<&str> = strategies
        .iter()
        .map(|run| run["strategy"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "spreadsheet",
            "trigger",
            "mirror",
            "escrow",
            "informed-escrow"
        ]
    );
    let (figures, guarantees) = (documented("### Figures"), documented("### Guarantees"));
    assert!(
        figures.len() >= 40 && guarantees.len() == 12,
        "{figures:?} {guarantees:?}"
    );
    for run in strategies {
        for key in [
            "trace_hash",
            "buyers_hash",
            "events",
            "simulated_s",
            "wall_s",
            "orders_per_wall_s",
            "figures",
            "channels",
            "guarantees",
            "assumptions",
            "phases",
            "took_part",
            "prediction",
            "limits",
            "warehouse_calls",
        ] {
            assert!(run.get(key).is_some(), "{key}");
        }
        for channel in std::iter::once(&run["figures"])
            .chain(["web", "amazon", "tiktok"].map(|name| &run["channels"][name]))
        {
            for key in &figures {
                assert!(
                    channel.get(key).is_some(),
                    "docs/output.md promises `{key}`"
                );
            }
            for key in channel.as_object().unwrap().keys() {
                assert!(
                    figures.contains(key),
                    "docs/output.md does not know `{key}`"
                );
            }
        }
        let judged: Vec<&str> = run["guarantees"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        // What a budget promises stands in the place of what is promised without one.
        let documented: Vec<&String> = guarantees
            .iter()
            .filter(|name| !["oversold_within_budget", "budget_kept"].contains(&name.as_str()))
            .collect();
        assert_eq!(judged, documented);
    }
    let mut found = BTreeSet::new();
    files_below(&place.path().join("run"), "", &mut found);
    let mut expected: BTreeSet<String> = [
        "manifest.json",
        "scenario.toml",
        "figures.json",
        "frontier.csv",
        "one_order.json",
        "report.html",
        "signals.json",
    ]
    .map(str::to_string)
    .into();
    for (name, run) in names.iter().zip(strategies) {
        expected.insert(format!("causes/{name}.jsonl"));
        let figures = &run["figures"];
        let trouble = ["oversold_units", "rejected_in_stock_units"];
        if trouble.iter().any(|key| figures[key] != 0) {
            expected.insert(format!("playback/{name}.json"));
        }
        expected.insert(format!("series/{name}.limits.csv"));
        expected.insert(format!("series/{name}.csv"));
        expected.insert(format!("series/{name}.skus.csv"));
        for kind in [
            "staleness",
            "propagation",
            "publish_wait",
            "ingestion",
            "support_read_age",
        ] {
            expected.insert(format!("histograms/{name}.{kind}.hdr"));
        }
    }
    assert_eq!(found, expected);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(place.path().join("run/manifest.json")).unwrap())
            .unwrap();
    for file in manifest["files"].as_array().unwrap() {
        assert!(found.contains(file.as_str().unwrap()), "{file}");
    }
}

#[test]
fn the_main_job_as_a_table() {
    let place = tempfile::tempdir().unwrap();
    let (code, out, err) = scenario(place.path(), "flash-sale-10min", &["--seed", "2"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(!out.contains('\u{1b}'), "no colours in a pipe");
    for name in [
        "spreadsheet",
        "trigger",
        "mirror",
        "escrow",
        "informed-escrow",
        "written to",
    ] {
        assert!(out.contains(name), "{out}");
    }
    // The command that the table gives repeats the run.
    let rerun = out.lines().find_map(|line| {
        line.find("simulate --scenario")
            .map(|at| line[at..].to_string())
    });
    let rerun = rerun.expect("the table says how to repeat the run");
    let words: Vec<&str> = rerun.split_whitespace().skip(1).collect();
    let (code, again, _) = run(simulate()
        .args(words)
        .args(["--format", "json", "--out"])
        .arg(place.path().join("again")));
    assert_eq!(code, 0);
    let first = std::fs::read_to_string(place.path().join("run/figures.json")).unwrap();
    let hashes = |text: &str| -> Vec<String> {
        let document: Value = serde_json::from_str(text).unwrap();
        let runs = document["strategies"].as_array().unwrap();
        runs.iter()
            .map(|run| run["trace_hash"].to_string())
            .collect()
    };
    assert_eq!(hashes(&first), hashes(&again));
}

#[test]
fn list_and_schema_answer_on_standard_output() {
    let (code, out, err) = run(simulate().arg("list"));
    assert_eq!((code, err.as_str()), (0, ""));
    for name in oversell::scenario::builtin::names() {
        assert!(out.contains(name), "{name}");
    }
    for arguments in [&["schema"][..], &["schema", "--output"]] {
        let (code, out, err) = run(simulate().args(arguments));
        assert_eq!((code, err.as_str()), (0, ""));
        let schema: Value = serde_json::from_str(&out).unwrap();
        assert!(schema["$schema"].is_string() && schema["properties"].is_object());
    }
}

/// The command under the name of its package.
fn oversell() -> Command {
    Command::new(env!("CARGO_BIN_EXE_oversell"))
}

#[test]
fn the_command_speaks_of_itself_by_the_name_it_was_called() {
    for (mut command, name, other) in [
        (simulate(), "simulate", "oversell "),
        (oversell(), "oversell", "simulate "),
    ] {
        let (code, help, _) = run(command.arg("--help"));
        assert_eq!(code, 0);
        assert!(help.contains(&format!("Usage: {name} ")), "{help}");
        assert!(help.contains(&format!("(`{name} list`)")), "{help}");
        assert!(!help.contains(other), "{help}");
    }
    let (code, list, _) = run(oversell().arg("list"));
    assert_eq!(code, 0);
    assert!(list.contains("(oversell --scenario NAME)"), "{list}");
    let (_, version, _) = run(oversell().arg("--version"));
    assert!(version.starts_with("oversell "), "{version}");
}

/// The subcommands that the help lists.
fn subcommands() -> Vec<String> {
    let (_, help, _) = run(simulate().arg("--help"));
    let from = help.find("\nCommands:\n").unwrap();
    let lines = help[from..].lines().skip(2);
    let lines = lines.take_while(|line| line.starts_with("  "));
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_string)
        .collect()
}

#[test]
fn shells_complete_what_there_is() {
    let names = subcommands();
    assert!(names.len() >= 7, "{names:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        for (mut command, name) in [(simulate(), "simulate"), (oversell(), "oversell")] {
            let (code, script, err) = run(command.args(["completions", shell]));
            assert_eq!((code, err.as_str()), (0, ""));
            assert!(script.contains(name), "{shell}: {script}");
            for subcommand in &names {
                assert!(
                    script.contains(subcommand.as_str()),
                    "{shell} does not know {subcommand}"
                );
            }
            assert!(script.contains("engine-command"), "{shell}: {script}");
        }
    }
    let (code, out, err) = run(simulate().args(["completions", "tcsh"]));
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("bash"), "{err}");
}

/// Bash itself takes the script, and completes with it.
#[test]
fn bash_completes_a_subcommand() {
    let (_, script, _) = run(simulate().args(["completions", "bash"]));
    let asked = format!(
        "{script}\nCOMP_WORDS=(simulate ser); COMP_CWORD=1; _simulate simulate ser simulate\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let Ok(output) = std::process::Command::new("bash")
        .args(["-c", &asked])
        .output()
    else {
        eprintln!("skipped: there is no bash");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "serve\n", "{said}");
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let (code, page, err) = run(simulate().arg("man"));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(page.contains(".TH simulate 1"), "{page}");
    for section in ["SYNOPSIS", "DESCRIPTION", "OPTIONS", "SUBCOMMANDS"] {
        assert!(page.contains(&format!(".SH {section}")), "{section}");
    }
    for name in subcommands() {
        let (code, page, err) = run(oversell().args(["man", &name]));
        assert_eq!((code, err.as_str()), (0, ""), "{name}");
        assert!(page.contains(&format!("oversell-{name}")), "{page}");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    let (code, out, err) = run(simulate().args(["man", "serv"]));
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("serve"), "{err}");
}

#[test]
fn a_baseline_is_printed_or_written_and_is_the_same_every_time() {
    let place = tempfile::tempdir().unwrap();
    let arguments = [
        "baseline",
        "--scenario",
        "last-unit",
        "--scenario",
        "theory/v10",
    ];
    let (code, printed, err) = run(simulate().args(arguments));
    assert_eq!((code, err.as_str()), (0, ""));
    let (code, paths, err) = run(simulate().args(arguments).arg("--write").arg(place.path()));
    assert_eq!((code, err.as_str()), (0, ""));
    let written: String = ["last-unit.json", "theory/v10.json"]
        .map(|name| {
            let path = place.path().join(name);
            assert!(paths.contains(&path.display().to_string()), "{paths}");
            std::fs::read_to_string(path).unwrap()
        })
        .concat();
    assert_eq!(written, printed);
    assert!(
        written.contains("\n        \"oversold_units\": "),
        "{written}"
    );
    assert!(
        !written.contains("wall"),
        "what differs from machine to machine is left out"
    );
    for unknown in ["retail-replay", "last-unti"] {
        let (code, out, _) = run(simulate().args(["baseline", "--scenario", unknown]));
        assert_eq!((code, out.as_str()), (2, ""), "{unknown}");
    }
}

#[test]
fn unknown_names_end_with_a_suggestion() {
    let place = tempfile::tempdir().unwrap();
    for (name, more, suggestion) in [
        ("flash-sale-10mn", &[][..], "flash-sale-10min"),
        (
            "flash-sale-10min",
            &["--strategies", "mirror,escro"][..],
            "escrow",
        ),
    ] {
        let (code, out, err) = scenario(place.path(), name, more);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains(suggestion), "{err}");
        assert!(!place.path().join("run").exists());
    }
}

/// A small scenario in which all is well.
const SOUND: &str = r#"version = 1
name = "small"
title = "Two shops"
start = "2026-11-27T00:00:00Z"
opening = "60s"
duration = "2min"
settle = "3h"

[[channel]]
name = "first"
platform = "shopify"
profile = "shopify-plus"
share = 0.5

[[channel]]
name = "second"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.5

[warehouse]
profile = "warehouse-default"

[[warehouse.location]]
code = "east"
share = 1.0

[catalogue]
skus = 2

[stock]
units = 10

[demand]

[[demand.phase]]
shape = "constant"
lasts = "2min"
rate = "1/s"
"#;

/// The sound scenario with one text replaced; the number of the line in which it stood.
fn spoiled(place: &Path, from: &str, to: &str) -> (String, usize) {
    assert_eq!(SOUND.matches(from).count(), 1, "{from}");
    let path = place.join("spoiled.toml");
    std::fs::write(&path, SOUND.replace(from, to)).unwrap();
    let before = SOUND.find(from).unwrap();
    (
        path.display().to_string(),
        SOUND[..before].matches('\n').count() + 1,
    )
}

#[test]
fn mistakes_in_a_scenario_are_shown_where_they_are() {
    let place = tempfile::tempdir().unwrap();
    for (from, to, shown, help) in [
        // An unknown key.
        ("settle = \"3h\"", "setle = \"3h\"", "setle", "settle"),
        // A unit that is none.
        (
            "duration = \"2min\"",
            "duration = \"2 parsecs\"",
            "2 parsecs",
            "min",
        ),
        // A unit forgotten.
        ("opening = \"60s\"", "opening = 60", "60", "s"),
        // Less than nothing.
        ("units = 10", "units = -10", "-10", "0"),
        // Shares that do not add up.
        (
            "profile = \"tiktok-default\"\nshare = 0.5",
            "profile = \"tiktok-default\"\nshare = 0.7",
            "share",
            "1",
        ),
        // A profile that is not there.
        (
            "\"shopify-plus\"",
            "\"shopify-pluss\"",
            "shopify-pluss",
            "shopify-plus",
        ),
    ] {
        let (path, line) = spoiled(place.path(), from, to);
        let (code, out, err) = scenario(place.path(), &path, &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{to}: {err}");
        assert!(err.contains("spoiled.toml"), "{err}");
        let numbered = err.lines().any(|row| {
            let shown_line = row
                .trim_start()
                .strip_prefix(&(line + to.matches('\n').count()).to_string());
            shown_line
                .is_some_and(|rest| rest.trim_start().starts_with('│') && rest.contains(shown))
        });
        assert!(numbered, "line {line}, {to}: {err}");
        assert!(err.contains(help), "{to}: {err}");
        assert!(!place.path().join("run").exists());
    }
}

#[test]
fn a_run_in_which_nothing_can_be_sold_proves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (path, _) = spoiled(place.path(), "units = 10", "units = 0");
    let (code, out, _) = scenario(place.path(), &path, &["--format", "json"]);
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&out).unwrap();
    for run in document["strategies"].as_array().unwrap() {
        assert_eq!(run["figures"]["accepted_units"], 0);
        for guarantee in run["guarantees"].as_array().unwrap() {
            let name = guarantee["name"].as_str().unwrap();
            let quotas = run["figures"]["displayed_counts"] == "quotas";
            let verdict = match name {
                // Calls are made whether anything is sold or not.
                "rate_limits_respected" => "holds",
                "exposure_margin" if !quotas => "not_judged",
                _ => "unknown",
            };
            assert_eq!(
                guarantee["verdict"], verdict,
                "{name} under {}",
                run["strategy"]
            );
        }
    }
    std::fs::remove_dir_all(place.path().join("run")).unwrap();
    let (_, table, _) = scenario(place.path(), &path, &[]);
    assert!(table.contains("unknown"), "{table}");
}

#[test]
fn what_cannot_be_written_and_what_selects_nothing_have_codes_of_their_own() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let (code, _, err) = run(simulate()
        .args(["last-unit", "--strategies", "escrow", "--out"])
        .arg(file.join("run")));
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("choose another place with --out"), "{err}");
    let (code, out, err) = scenario(place.path(), "last-unit", &["--strategies", ""]);
    assert_eq!((code, out.as_str()), (4, ""), "{err}");
    assert!(err.contains("--strategies"), "{err}");
}
