//! Unmodified clients by the front door (docs/connect.md).

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{PATIENCE_S, here, node_modules, python, skip};

/// Client libraries as they are, with the platforms' own hosts, against two shops on each platform: the proxy in their
/// environment is all they are told.
#[test]
fn clients_with_fixed_hosts_come_in_by_the_front_door() {
    let Some(python) = python() else {
        return skip("several_shops.py", "python3");
    };
    come_in_by_the_front_door(Command::new("timeout").args([
        PATIENCE_S.as_ref(),
        python.as_os_str(),
        "-B".as_ref(),
        here("tests/clients/front/several_shops.py").as_os_str(),
    ]));
}

/// The same of Node's, which obeys the proxy from version 22.21 on by itself.
#[test]
fn javascript_with_fixed_hosts_comes_in_by_the_front_door() {
    let Some(folder) = node_modules() else {
        return skip("several_shops.mjs", "node and npm");
    };
    come_in_by_the_front_door(
        Command::new("timeout")
            .args([PATIENCE_S, "node", "--no-warnings"])
            .args(["--import", "./through_the_proxy.mjs", "several_shops.mjs"])
            .current_dir(folder),
    );
}

/// Runs a script that prints a line for each platform, with the environment of `serve --front --tls`.
fn come_in_by_the_front_door(command: &mut Command) {
    const SEEDED_ORDERS: &str = "6";
    let folder = tempfile::tempdir().unwrap();
    let scenario = here("examples/two_of_each.toml");
    let env = folder.path().join("engine.env");
    let mut served = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args([
            "serve",
            "--format",
            "json",
            "--tls",
            "--front",
            "0",
            "--orders",
            SEEDED_ORDERS,
        ])
        .arg("--scenario")
        .arg(&scenario)
        .arg("--env")
        .arg(&env)
        .arg("--out")
        .arg(folder.path().join("run"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let read = BufReader::new(served.stdout.take().unwrap()).read_line(&mut line);
    command.env("SEEDED_ORDERS", SEEDED_ORDERS);
    let variables = std::fs::read_to_string(&env).unwrap_or_default();
    for (name, value) in variables.lines().filter_map(|it| it.split_once('=')) {
        command.env(name, value.trim_matches('\''));
    }
    let output = command.stdin(Stdio::null()).output();
    // It may have ended already.
    let _ = served.kill();
    let _ = served.wait();
    assert!(read.is_ok() && line.starts_with('{'), "{line}");
    let output = output.unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{text}");
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("ok  ").count(), 3, "{text}");
}
