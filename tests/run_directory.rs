//! What a run found out is not lost, whatever befalls the place it is written to.

#![expect(
    clippy::disallowed_methods,
    reason = "waits, for so long at most, for processes of its own"
)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A sale that takes a second or two under two strategies.
const RUN: [&str; 4] = [
    "--scenario",
    "flash-sale-10min",
    "--strategies",
    "mirror,escrow",
];

fn simulate(out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulate"));
    command.args(RUN).arg("--out").arg(out);
    command.stdin(Stdio::null());
    command
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn names(place: &Path) -> Vec<String> {
    let files = std::fs::read_dir(place).unwrap();
    let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Every file of a run directory that is there is whole, and the manifest names them all.
fn is_complete(run: &Path) {
    let read = |name: &str| std::fs::read(run.join(name)).unwrap();
    let manifest: Value = serde_json::from_slice(&read("manifest.json")).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        let file = file.as_str().unwrap();
        // Where nothing was oversold, there is nothing to explain.
        let may_be_empty = file.starts_with("causes/");
        assert!(may_be_empty || !read(file).is_empty(), "{file}");
    }
    let figures: Value = serde_json::from_slice(&read("figures.json")).unwrap();
    assert_eq!(figures["strategies"].as_array().unwrap().len(), 2);
    assert_eq!(
        names(run),
        [
            "causes",
            "figures.json",
            "frontier.csv",
            "histograms",
            "manifest.json",
            "one_order.json",
            "playback",
            "report.html",
            "scenario.toml",
            "series",
            "signals.json"
        ]
    );
}

#[test]
fn a_place_that_cannot_be_written_to_is_said_before_anything_runs() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    // Nobody, not even root, makes directories there.
    for wanted in [file.clone(), file.join("below"), "/proc/oversell".into()] {
        let begun = Instant::now();
        let (code, out, err) = said(&simulate(&wanted).output().unwrap());
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains("--out DIR"), "{err}");
        assert!(begun.elapsed() < Duration::from_secs(2), "nothing was run");
    }
    assert_eq!(names(place.path()), ["file"]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
}

/// A limit on the size of files stands for a full disk: what is longer cannot be written.
#[test]
fn a_full_disk_costs_the_files_and_not_the_answer() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    for (format, shown) in [("table", "oversold units"), ("json", "\"oversold_units\"")] {
        let mut shell = Command::new("bash");
        shell
            .arg("-c")
            .arg("trap '' XFSZ; ulimit -f 6; exec \"$@\"")
            .args(["bash", env!("CARGO_BIN_EXE_simulate")])
            .args(RUN)
            .args(["--format", format, "--out"])
            .arg(&run)
            .stdin(Stdio::null());
        let (code, out, err) = said(&shell.output().unwrap());
        assert_eq!(code, Some(1), "{err}");
        assert!(out.contains(shown), "{out}");
        assert!(!out.contains("written to"), "{out}");
        assert!(err.contains("cannot write"), "{err}");
        assert!(err.contains("--out DIR"), "{err}");
        let left = names(&run);
        assert!(!left.contains(&"manifest.json".to_string()), "{left:?}");
        assert!(left.iter().all(|name| !name.ends_with(".part")), "{left:?}");
        std::fs::remove_dir_all(&run).unwrap();
    }
}

#[test]
fn a_directory_that_goes_while_the_run_lasts_is_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    let mut command = simulate(&run);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !run.join("unfinished").exists() {
        assert!(Instant::now() < until, "the directory is claimed first");
        std::thread::sleep(Duration::from_millis(1));
    }
    // The claim is complete some moments later, the run some seconds.
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(names(&run), ["unfinished"], "the run lasts still");
    std::fs::remove_dir_all(&run).unwrap();
    let (code, out, err) = said(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("written to"), "{out}");
    is_complete(&run);
}

#[test]
fn two_runs_at_once_into_one_directory_get_two() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    std::fs::create_dir(&run).unwrap();
    let children = [(); 2].map(|()| {
        let mut command = simulate(&run);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    for child in children {
        let (code, _, err) = said(&child.wait_with_output().unwrap());
        assert_eq!(code, Some(0), "{err}");
    }
    assert_eq!(names(place.path()), ["run", "run-2"]);
    is_complete(&run);
    is_complete(&place.path().join("run-2"));
}

/// Of what cannot run nothing is left but what its engine said, so that the next run takes another directory.
#[test]
fn a_run_that_fails_leaves_what_its_engine_said_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulate"));
    command.args(["--scenario", "last-unit", "--strategies", ""]);
    command
        .args(["--engine-command", "false", "--out"])
        .arg(&run);
    let (code, _, err) = said(&command.stdin(Stdio::null()).output().unwrap());
    assert_ne!(code, Some(0), "{err}");
    assert_eq!(names(place.path()), ["run"]);
    assert_eq!(names(&run), ["engines"]);
}
