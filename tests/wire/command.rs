//! An engine that the run itself starts.

use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use super::setting::{SHOP, said, scenario, simulate};

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
fn with_script(place: &Path, script: &str, more: &[&str]) -> Output {
    let (file, path) = (scenario(place, SHOP), place.join("engine.py"));
    std::fs::write(&path, script).unwrap();
    let port = free_port();
    let arguments = [
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
    ];
    simulate(&[&arguments, more].concat())
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
        // It takes the document and never answers, closes the connection, or answers what is no HTTP.
        (
            "import time; time.sleep(60)",
            65,
            "it took the connection and gave no answer within 3 s",
        ),
        (
            "self.close_connection = True; return",
            65,
            "it took the connection",
        ),
        (
            "self.wfile.write(b'\\x00 no http\\r\\n\\r\\n'); return",
            65,
            "it took the connection",
        ),
        // It dies.
        (
            "sys.stderr.write('out of ideas\\n'); sys.stderr.flush(); import os; os._exit(3)",
            65,
            "the engine was gone before the end",
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let patience = ["--engine-patience", "3s"];
        let output = with_script(place.path(), &SCRIPT.replace("STEP", step), &patience);
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

/// An engine with the shop's own host built in is told nothing: its environment leads it through the front door.
#[cfg(feature = "tls")]
#[test]
fn a_started_engine_with_fixed_hosts_comes_in_by_the_front_door() {
    let step = "import os, urllib.request; \
        own = {'X-Shopify-Access-Token': os.environ['SHOPIFY_ACCESS_TOKEN']}; \
        asked = urllib.request.Request('https://demo.myshopify.com/admin/api/2026-07/shop.json', headers=own); \
        print('came in', urllib.request.urlopen(asked).read(), file=sys.stderr, flush=True)";
    let place = tempfile::tempdir().unwrap();
    let script = SCRIPT.replace("STEP", step);
    let output = with_script(place.path(), &script, &["--front", "0", "--tls"]);
    let text = said(&output);
    if text.contains("cannot be started") {
        eprintln!("skipped: there is no python3");
        return;
    }
    let errors = place.path().join("run/engines/engine/engine.stderr");
    let errors = std::fs::read_to_string(errors).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}\n{errors}");
    assert!(errors.contains("came in b'{\"shop\":"), "{text}\n{errors}");
    assert!(text.is_empty() || !text.contains("no call"), "{text}");
}
