//! `simulate --wire` as its users meet it: real time, real sockets, engines that are other processes.

#[path = "common/hang_up.rs"]
mod hang_up;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use oversell::realtime::clock::calendar_unix_micros;
use serde_json::Value;

use hang_up::hang_ups_are_ignored;

/// A shop that shows its whole stock and sells for twenty seconds.
const SHOP: &str = r#"
version = 1
name = "one-shop"
title = "One shop, twenty seconds"
start = "2026-11-27T00:00:00Z"
opening = "5s"
duration = "20s"
settle = "5s"
opening_display = "stock"
channel = [{ name = "web", platform = "shopify", profile = "shopify-plus", share = 1.0 }]
warehouse = { profile = "warehouse-default", location = [{ code = "main", share = 1.0 }] }
catalogue = { skus = 3 }
stock = { units = 1000 }
demand = { phase = [{ shape = "constant", lasts = "20s", rate = "5/s" }] }
support_reads_per_second = 1.0
strategies = ["escrow"]
"#;

fn simulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(arguments)
        .output()
        .unwrap()
}

fn scenario(place: &Path, text: &str) -> String {
    let path = place.join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Reads one request; gives its head and body.
fn read_request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let (mut bytes, mut part) = (Vec::new(), [0; 4_096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return (head, bytes[end + 4..].to_vec());
            }
        }
        let count = stream.read(&mut part).unwrap();
        assert!(count > 0, "the request broke off");
        bytes.extend_from_slice(&part[..count]);
    }
}

/// The least of an engine: takes the connection document, looks at the warehouse's stock, and is content. It listens for as
/// long as the listener that its thread gives back.
fn tiny_engine() -> (String, JoinHandle<(Value, TcpListener)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/connect", listener.local_addr().unwrap());
    let engine = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (head, body) = read_request(&mut stream);
        assert!(head.starts_with("post /connect "), "{head}");
        let document: Value = serde_json::from_slice(&body).unwrap();
        let warehouse = document["warehouse"]["url"].as_str().unwrap();
        let address = warehouse.strip_prefix("http://").unwrap();
        let token = document["warehouse"]["token"].as_str().unwrap();
        let mut call = TcpStream::connect(address).unwrap();
        let request = format!(
            "GET /v1/stock HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        call.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        call.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            .unwrap();
        (document, listener)
    });
    (url, engine)
}

#[test]
fn an_engine_elsewhere_is_told_where_everything_is_and_judged() {
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOP);
    let (url, engine) = tiny_engine();
    let out = place.path().join("run");
    let out_text = out.display().to_string();
    let output = simulate(&[
        "--scenario",
        &file,
        "--seed",
        "5",
        "--wire",
        "--speed",
        "10",
        "--engine",
        &url,
        "--engine-name",
        "tiny",
        "--format",
        "json",
        "--lag-limit",
        "2s",
        "--out",
        &out_text,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let warning = "warning: tiny never called web: look whether it works at all\n";
    assert_eq!(said(&output), warning, "nothing else where nobody watches");
    let (told, _listening) = engine.join().unwrap();
    assert_eq!(told["channels"][0]["name"], "web");
    assert_eq!(told["clock"]["speed"], 10.0);
    assert_eq!(
        told["control"],
        Value::Null,
        "it is no business of an engine"
    );

    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let written = std::fs::read(out.join("figures.json")).unwrap();
    let mut printed = document.clone();
    let written_to = printed.as_object_mut().unwrap().remove("run_directory");
    assert_eq!(written_to, Some(Value::from(out_text)));
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written, printed);
    assert_eq!(document["time"], "real");
    assert_eq!(document["speed"], 10.0);
    let run = &document["strategies"][0];
    assert_eq!(run["strategy"], "tiny");
    assert_eq!(run["warehouse_calls"], 1);
    let figures = &run["figures"];
    assert_eq!(figures["accepted_orders"], figures["offered_orders"]);
    assert_eq!(
        figures["lost_orders"], figures["accepted_orders"],
        "it took none in"
    );
    assert!(figures["support_read_age_s"]["count"].as_u64().unwrap() > 5);

    let real = &run["real_time"];
    assert_eq!(real["is_measurement"], true);
    assert_eq!(
        real["arrival_lag_real_s"]["count"],
        figures["offered_orders"]
    );
    assert_eq!(real["calls"][0]["system"], "warehouse");
    assert_eq!(real["calls"][0]["kind"], "read");
    let (total, overhead) = (
        &real["calls"][0]["total_real_s"],
        &real["calls"][0]["overhead_real_s"],
    );
    assert!(total["max"].as_f64() > overhead["max"].as_f64());

    // The same buyers as in virtual time: the same seed makes the same draws.
    let virtually = simulate(&[
        "--scenario",
        &file,
        "--seed",
        "5",
        "--format",
        "json",
        "--out",
        &place.path().join("virtual").display().to_string(),
    ]);
    let virtually: Value = serde_json::from_slice(&virtually.stdout).unwrap();
    let buyers = |document: &Value| document["strategies"][0]["buyers_hash"].clone();
    assert_eq!(buyers(&document), buyers(&virtually));
    let offered = |document: &Value| document["strategies"][0]["figures"]["offered_units"].clone();
    assert_eq!(offered(&document), offered(&virtually));

    for file in [
        "manifest.json",
        "scenario.toml",
        "series/tiny.csv",
        "engines/tiny/ledger.jsonl",
        "histograms/tiny.arrival_lag.hdr",
        "histograms/tiny.call_overhead.warehouse.read.hdr",
    ] {
        assert!(out.join(file).exists(), "{file}");
    }
}

#[test]
fn a_driver_that_was_late_measures_nothing_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOP);
    let (url, engine) = tiny_engine();
    let out = place.path().join("run");
    // No machine is as punctual as that.
    let output = simulate(&[
        "--scenario",
        &file,
        "--wire",
        "--speed",
        "20",
        "--engine",
        &url,
        "--lag-limit",
        "1us",
        "--out",
        &out.display().to_string(),
    ]);
    let _listening = engine.join().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", said(&output));
    assert!(
        said(&output).contains("engine: not a measurement: 1 in 100 arrivals"),
        "{}",
        said(&output)
    );
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("NOT A MEASUREMENT"), "{shown}");
    let figures = std::fs::read_to_string(out.join("figures.json")).unwrap();
    let figures: Value = serde_json::from_str(&figures).unwrap();
    let real = &figures["strategies"][0]["real_time"];
    assert_eq!(
        real["is_measurement"], false,
        "the figures are written all the same"
    );
}

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

/// Three shops without delays, for an engine that polls every five minutes.
const SHOPS: &str = r#"
version = 1
name = "three-shops"
title = "Three shops, one minute"
start = "2026-11-27T00:00:00Z"
opening = "5min"
duration = "1min"
settle = "6h"
opening_display = "stock"
channel = [
  { name = "web", platform = "shopify", profile = "shopify-ideal", share = 0.4 },
  { name = "amazon", platform = "amazon", profile = "amazon-ideal", share = 0.3 },
  { name = "tiktok", platform = "tiktok_shop", profile = "tiktok-ideal", share = 0.3 },
]
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }], override = { fulfillment = { pick_and_ship = { fixed = "1min" } } } }
catalogue = { skus = 3 }
stock = { units = 1000 }
demand = { phase = [{ shape = "constant", lasts = "1min", rate = "1/s" }] }
"#;

#[test]
fn the_python_mirror_of_the_documentation_serves_three_shops() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 is missing, and a CI job does not skip"
        );
        eprintln!("skipped: there is no python3");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOPS);
    let mut engine = Command::new("python3")
        .args(["-u", "-B", "examples/mirror_engine_http.py", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(engine.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim().strip_prefix("waiting at ").unwrap();
    let output = simulate(&[
        "--scenario",
        &file,
        "--wire",
        "--speed",
        "120",
        "--engine",
        url,
        "--engine-name",
        "python",
        "--promise",
        "every-order-ingested,converged",
        "--lag-limit",
        "1h",
        "--format",
        "json",
        "--out",
        &place.path().join("run").display().to_string(),
    ]);
    engine.kill().unwrap();
    engine.wait().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &document["strategies"][0];
    for guarantee in run["guarantees"].as_array().unwrap() {
        assert_ne!(guarantee["verdict"], "violated", "{guarantee}");
    }
    let figures = &run["figures"];
    assert!(figures["accepted_orders"].as_u64().unwrap() > 30);
    assert_eq!(figures["lost_orders"], 0);
    assert_eq!(figures["unshipped_orders"], 0);
    assert_eq!(figures["unconfirmed_fulfillments"], 0);
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOP);
    let refused = |more: &[&str], wanted: &[&str]| {
        let out = place.path().join("run").display().to_string();
        let arguments = [&["--scenario", &file, "--out", &out], more].concat();
        let output = simulate(&arguments);
        let text = said(&output)
            .split_whitespace()
            // The bar beside the further lines of a long message.
            .filter(|word| *word != "│")
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(output.status.code(), Some(2), "{more:?}: {text}");
        for part in wanted {
            assert!(text.contains(part), "{more:?}: {text}");
        }
        assert!(!place.path().join("run/manifest.json").exists());
    };
    refused(&["--engine", "builtin"], &["--wire"]);
    refused(&["--speed", "60"], &["--wire"]);
    let crash = simulate(&["--scenario", "engine-crash", "--wire"]);
    assert_eq!(crash.status.code(), Some(2));
    assert!(
        said(&crash).contains("`crash` strikes the engine itself"),
        "{}",
        said(&crash)
    );
    refused(&["--wire", "--speed", "0"], &["0.1 to"]);
    refused(&["--wire", "--lag-limit", "50"], &["50"]);
    refused(
        &["--wire", "--engine", "bultin"],
        &["bultin", "--engine builtin"],
    );
    refused(
        &["--wire", "--engine", "https://127.0.0.1:1/"],
        &["http: address"],
    );
    refused(
        &["--wire", "--engine", "http://192.0.2.1:8080/"],
        &["not on this machine", "127.0.0.1"],
    );
    refused(&["--wire", "--speed", "-1"], &["0.1 to"]);
    refused(
        &["--wire", "--strategies", "oracle"],
        &["virtual time only", "--strategies"],
    );
    refused(
        &[
            "--wire",
            "--engine",
            "http://127.0.0.1:1/",
            "--strategies",
            "escrow",
        ],
        &["--engine builtin"],
    );
    refused(
        &["--wire", "--engine-command", "true"],
        &["every --engine-command needs an --engine URL"],
    );
    refused(&["--wire", "--orders", "x.csv"], &["--orders"]);
    refused(&["--wire", "--engine-name", "mine"], &["--engine URL"]);
    refused(
        &[
            "--wire",
            "--engine",
            "http://127.0.0.1:1/",
            "--engine-patience",
            "200ms",
        ],
        &["no answer within", "docs/wire.md"],
    );
}

/// A port of this machine where nobody listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Whether a process runs, zombies not counted.
fn runs(id: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

/// Plays the shop against the engine of a Python script, which finds its port in its arguments.
fn with_script(place: &Path, script: &str) -> Output {
    let (file, path) = (scenario(place, SHOP), place.join("engine.py"));
    std::fs::write(&path, script).unwrap();
    let port = free_port();
    simulate(&[
        "--scenario",
        &file,
        "--wire",
        "--speed",
        "20",
        "--lag-limit",
        "1h",
        "--engine-command",
        &format!("python3 {} {port}", path.display()),
        "--engine",
        &format!("http://127.0.0.1:{port}/connect"),
        "--out",
        &place.join("run").display().to_string(),
    ])
}

/// Takes the connection document and then does what is put in its place.
const SCRIPT: &str = r#"
import subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Engine(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['content-length']))
        STEP
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass

worker = subprocess.Popen(['sleep', '1000'])
print('worker', worker.pid, file=sys.stderr, flush=True)
HTTPServer(('127.0.0.1', int(sys.argv[1])), Engine).serve_forever()
"#;

#[test]
fn an_engine_of_a_command_is_started_kept_and_ended_with_all_it_began() {
    for (step, code, wanted) in [
        // It lives and does nothing.
        ("pass", 65, "it made no call at all"),
        // It throws at its first step: the connection breaks off, and it lives on.
        (
            "self.send_error(500); raise ValueError('no such shop')",
            65,
            "it answered 500 instead of 2xx",
        ),
        // It dies.
        (
            "sys.stderr.write('out of ideas\\n'); sys.stderr.flush(); import os; os._exit(3)",
            65,
            "the engine was gone before the end",
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let output = with_script(place.path(), &SCRIPT.replace("STEP", step));
        let text = said(&output);
        if text.contains("cannot be started") {
            eprintln!("skipped: there is no python3");
            return;
        }
        assert_eq!(output.status.code(), Some(code), "{step}: {text}");
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(wanted), "{step}: {text}");
        let errors = place.path().join("run/engines/engine/engine.stderr");
        let errors = std::fs::read_to_string(errors).unwrap();
        let worker = errors.lines().find_map(|line| line.strip_prefix("worker "));
        let worker = worker.expect("it told the number of its worker");
        for _ in 0..100 {
            if !runs(worker) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!runs(worker), "{step}: its worker lives on");
        if step.contains("ideas") {
            assert!(
                errors.contains("out of ideas") && text.contains("out of ideas"),
                "{text}"
            );
        }
    }
}
