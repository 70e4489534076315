//! The `simulate` binary as a user and a CI job meet it: what it prints where, what it leaves behind, and how it ends.

mod mistakes;
mod names;

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
            "command_line::a_panic_on_any_thread_is_exit_code_70",
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
