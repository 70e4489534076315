//! What the tests share: a shop, the command, and the least of an engine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::thread::JoinHandle;

use serde_json::Value;

/// A shop that shows its whole stock and sells for twenty seconds.
pub const SHOP: &str = r#"
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

/// Runs the command to its end.
pub fn simulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Writes a scenario file; gives its path.
pub fn scenario(place: &Path, text: &str) -> String {
    let path = place.join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// What a command told its user beside its result.
pub fn said(output: &Output) -> String {
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
pub fn tiny_engine() -> (String, JoinHandle<(Value, TcpListener)>) {
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
