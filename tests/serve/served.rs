//! A served process, and calls to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// A served process; ended when dropped.
pub struct Served {
    child: Child,
    pub urls: Value,
    directory: tempfile::TempDir,
}

impl Served {
    pub fn start(arguments: &[&str]) -> Served {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args(["serve", "--format", "json", "--out"])
            .arg(directory.path().join("run"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let urls = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Served {
            child,
            urls,
            directory,
        }
    }

    pub fn address(&self, system: &str) -> String {
        let url = self.urls[system]["url"].as_str().unwrap();
        url.strip_prefix("http://").unwrap().to_string()
    }

    pub fn ledger(&self) -> PathBuf {
        self.directory.path().join("run").join("ledger.jsonl")
    }

    pub fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = exchange(
            &self.address("control"),
            method,
            &format!("/_oversell/{path}"),
            &[],
            body.as_bytes(),
        );
        let value = serde_json::from_slice(&answer.body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&answer.body).into_owned()));
        (answer.status, value)
    }

    /// What the life wrote beside its ledger: the first one's at `.`, a later one's at `life-2`, and so on.
    pub fn figures(&self, life: &str) -> Value {
        let path = self.directory.path().join("run").join(life);
        let text = std::fs::read_to_string(path.join("figures.json")).unwrap();
        assert!(path.join("manifest.json").exists(), "it is complete");
        assert!(path.join("series/engine.csv").exists());
        assert!(path.join("histograms/engine.staleness.hdr").exists());
        serde_json::from_str(&text).unwrap()
    }

    pub fn terminate(&mut self) -> (ExitStatus, Vec<Value>) {
        self.ended_by("-TERM")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal, and waits for the end.
    pub fn ended_by(&mut self, signal: &str) -> (ExitStatus, Vec<Value>) {
        self.signal(signal);
        let status = self.child.wait().unwrap();
        let ledger = std::fs::read_to_string(self.ledger()).unwrap();
        let lines = ledger
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        (status, lines.collect())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

/// One request on a connection of its own.
pub fn exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    raw(address, &[head.as_bytes(), body].concat())
}

pub fn raw(address: &str, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // A server that refuses early may have closed its side.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n");
    let (head, body) = match end {
        Some(end) => (
            String::from_utf8_lossy(&answer[..end]).into_owned(),
            answer[end + 4..].to_vec(),
        ),
        None => (String::new(), Vec::new()),
    };
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|it| it.parse().ok())
        .unwrap_or(0);
    Answer { status, head, body }
}

pub fn graphql(served: &Served, query: &str) -> Value {
    let token = served.urls["shopify"]["access_token"].as_str().unwrap();
    let body = json!({"query": query}).to_string();
    let headers = [
        ("X-Shopify-Access-Token", token),
        ("Content-Type", "application/json"),
    ];
    let answer = exchange(
        &served.address("shopify"),
        "POST",
        "/admin/api/2026-07/graphql.json",
        &headers,
        body.as_bytes(),
    );
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert!(
        answer.head.contains("\r\nContent-Type: application/json"),
        "{}",
        answer.head
    );
    serde_json::from_slice(&answer.body).unwrap()
}
