//! Clients and arguments that are not as they should be.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;

use super::served::{Served, exchange, graphql, raw};

#[test]
fn hostile_clients_cost_themselves_and_nobody_else() {
    let mut served = Served::start(&[]);
    let shopify = served.address("shopify");
    // Half-open and slow connections that never finish.
    let mut idle: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(&shopify).unwrap())
        .collect();
    for stream in &mut idle[..50] {
        stream.write_all(b"POST /admin/api/2026-07/graphql.json HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").unwrap();
    }
    let large = raw(
        &shopify,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
    );
    assert_eq!(large.status, 413);
    let long = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "a".repeat(200_000)
    );
    assert_eq!(raw(&shopify, long.as_bytes()).status, 431);
    let many = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "A: b\r\n".repeat(500)
    );
    assert_eq!(raw(&shopify, many.as_bytes()).status, 431);
    assert_eq!(raw(&shopify, b"\x00\xff nonsense\r\n\r\n").status, 400);
    let token = served.urls["shopify"]["access_token"].as_str().unwrap();
    let headers = [
        ("X-Shopify-Access-Token", token),
        ("Content-Type", "application/json"),
    ];
    for body in [
        "",
        "{",
        "null",
        "{\"query\": 5}",
        "{\"query\": \"{{{{\"}",
        "{\"query\": \"{ orders(first: ) }\"}",
    ] {
        let answer = exchange(
            &shopify,
            "POST",
            "/admin/api/2026-07/graphql.json",
            &headers,
            body.as_bytes(),
        );
        assert!(
            (200..500).contains(&answer.status),
            "{body}: {}",
            answer.head
        );
    }
    for system in ["amazon", "sqs", "tiktok_shop", "warehouse", "control"] {
        for body in [&b"\xff\xfe{"[..], b"[[[[", b"{\"a\":"] {
            let answer = exchange(
                &served.address(system),
                "POST",
                "/v1/allocations?a=%zz&&=",
                &[],
                body,
            );
            assert!(
                (400..500).contains(&answer.status),
                "{system}: {}",
                answer.head
            );
        }
    }
    // Everybody else is served all the while.
    assert!(graphql(&served, "{ shop { name } }")["data"]["shop"]["name"].is_string());
    assert!(served.terminate().0.success());
}

#[test]
fn pages_of_a_browser_and_other_machines_are_kept_out() {
    let served = Served::start(&[]);
    let control = served.address("control");
    let page = [("Origin", "https://shop.example")];
    assert_eq!(
        exchange(&control, "POST", "/_oversell/reset", &page, b"{}").status,
        403
    );
    let refused = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["serve", "--listen", "0.0.0.0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("--beyond-loopback"), "{said}");
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
            .arg("serve")
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, said) = run(&["--scenario", "flash-sal"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("flash-sale"), "{said}");
    let (code, said) = run(&["--speed", "0"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("0.1 to"), "{said}");
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("keys.toml");
    std::fs::write(&config, "[shopify]\ntokn = \"x\"\n").unwrap();
    let (code, said) = run(&["--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("keys.toml") && said.contains("tokn"),
        "{said}"
    );
}
