//! Runs that end before their time: interrupted, hung up, without their engine or without their driver.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use oversell::realtime::clock::calendar_unix_micros;
use serde_json::Value;

use super::setting::{SHOP, said, scenario, tiny_engine};
use crate::common::hang_up::hang_ups_are_ignored;

#[test]
fn an_interrupted_run_keeps_its_ledger() {
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), &SHOP.replace("20s", "10min"));
    let (url, engine) = tiny_engine();
    let out = place.path().join("run");
    let child = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args([
            "--scenario",
            &file,
            "--wire",
            "--speed",
            "10",
            "--engine",
            &url,
            "--out",
        ])
        .arg(&out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _listening = engine.join().unwrap();
    let ledger: PathBuf = out.join("engines/engine/ledger.jsonl");
    // The opening is half a second; then somebody buys every twenty milliseconds.
    std::thread::sleep(Duration::from_secs(2));
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(105), "{}", said(&output));
    assert!(said(&output).contains("interrupted"), "{}", said(&output));
    let lines = std::fs::read_to_string(ledger).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["kind"], "channel_closed", "the books were closed");
    assert!(
        !out.join("manifest.json").exists(),
        "the run is not complete"
    );
}

/// Starts a run of ten minutes.
fn long_run(place: &Path, more: &[&str]) -> Child {
    let file = scenario(place, &SHOP.replace("20s", "10min"));
    Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["--scenario", &file, "--wire", "--out"])
        .arg(place.join("run"))
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The process of a driver's engine, once there is one.
fn engine_of(driver: &Child) -> String {
    let parent = driver.id().to_string();
    loop {
        let found = Command::new("pgrep").args(["-P", &parent]).output();
        let found = String::from_utf8(found.unwrap().stdout).unwrap();
        if let Some(id) = found.lines().next() {
            return id.to_string();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The run has ended because its engine is gone: the error says why and where the ledger is, which is whole so far.
fn ended_without_engine(output: &Output, place: &Path, name: &str, why: &str) {
    let said = said(output);
    let text = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(
        text.contains("the engine was gone before the end"),
        "{said}"
    );
    assert!(text.contains("there are no figures"), "{said}");
    assert!(text.contains(why), "{said}");
    assert!(output.stdout.is_empty());
    let run = place.join("run");
    let ledger = run.join("engines").join(name).join("ledger.jsonl");
    let lines = std::fs::read_to_string(ledger).unwrap();
    assert!(lines.lines().last().unwrap().contains("channel_closed"));
    assert!(!run.join("manifest.json").exists());
}

#[test]
fn a_built_in_engine_that_is_killed_ends_the_run_with_an_error() {
    let place = tempfile::tempdir().unwrap();
    let child = long_run(place.path(), &["--strategies", "escrow"]);
    let engine = engine_of(&child);
    let killed = Command::new("kill").args(["-KILL", &engine]).status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    ended_without_engine(&output, place.path(), "escrow", "signal: 9");
}

/// The driver is killed as hard as can be: its engine does not stay behind, and the ledger is complete but for the last
/// moment.
#[test]
fn an_engine_does_not_outlive_its_driver() {
    let place = tempfile::tempdir().unwrap();
    let mut child = long_run(place.path(), &["--strategies", "mirror", "--speed", "10"]);
    let engine = engine_of(&child);
    let is_there = || Path::new("/proc").join(&engine).exists();
    let run = place.path().join("run/engines/mirror");
    // The opening is half a second; then somebody buys every twenty milliseconds.
    std::thread::sleep(Duration::from_secs(4));
    assert!(is_there());
    let killed_at = calendar_unix_micros();
    child.kill().unwrap();
    child.wait().unwrap();
    let written_at = std::fs::metadata(run.join("ledger.jsonl")).unwrap();
    let written_at = written_at.modified().unwrap();
    let written_at = written_at.duration_since(std::time::UNIX_EPOCH).unwrap();
    let behind_micros = killed_at - written_at.as_micros() as i64;
    assert!(behind_micros < 1_000_000, "{behind_micros}");
    let lines = std::fs::read_to_string(run.join("ledger.jsonl")).unwrap();
    let last: Value = serde_json::from_str(lines.lines().nth_back(1).unwrap()).unwrap();
    assert!(last["at_s"].as_f64().unwrap() > 15.0, "{last}");
    for _ in 0..200 {
        if !is_there() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!is_there(), "the engine has outlived its driver");
    let said = std::fs::read_to_string(run.join("engine.log")).unwrap();
    assert!(
        said.contains("everything is in"),
        "it ended in order: {said}"
    );
}

#[test]
fn a_hang_up_ends_a_run_as_an_interruption_does() {
    if hang_ups_are_ignored() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let child = long_run(place.path(), &["--strategies", "mirror", "--speed", "10"]);
    let engine = engine_of(&child);
    std::thread::sleep(Duration::from_secs(1));
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-HUP", &id]).status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(105), "{}", said(&output));
    assert!(!Path::new("/proc").join(engine).exists());
}

#[test]
fn an_engine_elsewhere_that_listens_no_more_ends_the_run_with_an_error() {
    let place = tempfile::tempdir().unwrap();
    let (url, engine) = tiny_engine();
    let arguments = ["--engine", &url, "--engine-patience", "2s"];
    let child = long_run(place.path(), &arguments);
    drop(engine.join().unwrap());
    let output = child.wait_with_output().unwrap();
    let why = format!("nobody has listened at {url} for 2 s");
    ended_without_engine(&output, place.path(), "engine", &why);
}
