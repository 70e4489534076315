//! A served scenario and an engine beside it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// A sale of ten minutes after three minutes of opening, at half a minute a second, with platforms that let orders go within
/// minutes and a warehouse that picks soon, so that every order can be seen to its end. Buyers change their mind before
/// anything is picked: a platform sells units of a cancelled order again at once, before any engine can know that they had
/// left (H8 of docs/theory.md A5).
const SALE: &str = r#"
extends = "flash-sale-10min"
name = "kill-sale"
title = "The small flash sale, quickly opened"
description = "For an engine that is killed again and again."
opening = "3min"

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-plus"
share = 0.5

[[channel]]
name = "amazon"
platform = "amazon"
profile = "amazon-default"
share = 0.3
[channel.override.orders]
pending = [{ share = 1.0, hold = { uniform = ["1min", "3min"] } }]

[[channel]]
name = "tiktok"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.2
[channel.override.orders]
hold = "2min"
unpaid_share = 0.0

[stock]
fba_units = 0

[warehouse.override.fulfillment]
pick_and_ship = { p50 = "8min", p99 = "12min", max = "15min" }

[cancellations]
share = 0.02
delay = { p50 = "1min", p99 = "2min", max = "3min" }
"#;

/// Open shops from whose orders Amazon ships none itself: what it ships is none of the merchant's.
const SHOPS: &str = r#"
extends = "storefronts"
name = "shops"
title = "Three open shops without buyers and without units at Amazon's"
description = "For whoever looks into the engine's tables."

[stock]
units = 1000
fba_units = 0
"#;

/// A process that is ended with its test.
pub struct Process(pub Child);

impl Process {
    pub fn start(arguments: &[&str], place: &Path) -> Process {
        Process(
            Command::new(env!("CARGO_BIN_EXE_simulate"))
                .args(arguments)
                .current_dir(place)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }

    /// Waits for the first line on standard output; with everything on standard error when there is none.
    pub fn first_line(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        let out = self.0.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        serde_json::from_str(&line).map_err(|_| {
            let mut said = String::new();
            self.0
                .stderr
                .as_mut()
                .unwrap()
                .read_to_string(&mut said)
                .unwrap();
            said
        })
    }

    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    pub fn interrupted(mut self) -> Option<i32> {
        self.signal("-INT");
        self.0.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A served scenario in a folder of its own, with a configuration for an engine.
pub struct Place {
    pub folder: tempfile::TempDir,
    served: Option<Process>,
    control: String,
}

impl Place {
    pub fn serve(arguments: &[&str]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sale.toml"), SALE).unwrap();
        std::fs::write(folder.path().join("shops.toml"), SHOPS).unwrap();
        let own = [
            "serve",
            "--engine-config",
            "engine.toml",
            "--out",
            "run",
            "--format",
            "json",
        ];
        let mut served = Process::start(&[&own, arguments].concat(), folder.path());
        let urls = served.first_line().unwrap();
        let control = urls["control"]["url"].as_str().unwrap();
        Place {
            control: control.strip_prefix("http://").unwrap().to_string(),
            served: Some(served),
            folder,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn engine(&self) -> Process {
        self.engine_with(&[])
    }

    pub fn engine_with(&self, arguments: &[&str]) -> Process {
        let own = ["engine", "--config", "engine.toml", "--format", "json"];
        Process::start(&[&own, arguments].concat(), self.folder.path())
    }

    /// Platform time.
    pub fn at_s(&self) -> f64 {
        self.asked("time")["at_s"].as_f64().unwrap()
    }

    /// Waits until platform time is `at_s`.
    pub fn wait_for(&self, at_s: f64) {
        while self.at_s() < at_s {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// An engine that is expected to end by itself.
    pub fn refused(&self, config: &str) -> String {
        let output = simulate(&["engine", "--config", config], self.folder.path());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        said(&output)
    }

    pub fn snapshot(&self) -> Value {
        self.asked("snapshot")
    }

    /// What the control API answers.
    pub fn asked(&self, what: &str) -> Value {
        let host = &self.control;
        let request = format!("GET /_oversell/{what} HTTP/1.1\r\nHost: {host}\r\n");
        self.exchanged(&request, "")
    }

    /// Tells the control API something.
    pub fn told(&self, what: &str, body: &str) -> Value {
        let (host, length) = (&self.control, body.len());
        let request = format!(
            "POST /_oversell/{what} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"
        );
        self.exchanged(&request, body)
    }

    fn exchanged(&self, request: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(&self.control).unwrap();
        let request = format!("{request}Connection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    pub fn database(&self) -> Connection {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Connection::open_with_flags(self.path("engine.db"), flags).unwrap()
    }

    /// Ends the service and gives its ledger's lines.
    pub fn ledger(&mut self) -> Vec<Value> {
        let served = self.served.take().unwrap();
        assert_eq!(served.interrupted(), Some(0));
        let ledger = std::fs::read_to_string(self.path("run/ledger.jsonl")).unwrap();
        ledger
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A command that is expected to end by itself, and within minutes on any machine.
pub fn simulate(arguments: &[&str], place: &Path) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(arguments)
        .current_dir(place)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..1_200 {
        if process.try_wait().unwrap().is_some() {
            return process.wait_with_output().unwrap();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    process.kill().unwrap();
    let output = process.wait_with_output().unwrap();
    panic!("{arguments:?} did not end: {}", said(&output));
}

/// What stands on standard error, as one line.
pub fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).replace('│', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn rows<T: rusqlite::types::FromSql>(database: &Connection, query: &str) -> Vec<(String, T)> {
    let mut statement = database.prepare(query).unwrap();
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}
