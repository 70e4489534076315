//! `docs/first-engine.md`, followed word for word in an empty folder.

use std::path::Path;
use std::process::Command;

/// What the page has one write or type, in its order.
enum Step<'a> {
    /// A file of this name and text.
    File(&'a str, String),
    /// A line for the shell, and the code that it ends with.
    Command(&'a str, i32),
}

fn steps(page: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(name) = kind.strip_prefix("python ") {
            steps.push(Step::File(name, block.join("\n") + "\n"));
        } else if kind == "console" {
            for line in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                let (command, code) = match line.split_once("  # exits with ") {
                    Some((command, code)) => (command, code.parse().expect("a code")),
                    None => (line, 0),
                };
                steps.push(Step::Command(command, code));
            }
        } else {
            panic!("a block of a kind that nobody follows: {line}");
        }
    }
    steps
}

#[test]
fn the_page_can_be_followed_word_for_word() {
    let has_python = Command::new("python3").arg("--version").output().is_ok();
    if !has_python {
        assert!(std::env::var_os("CI").is_none(), "CI has Python");
        eprintln!("skipped: there is no python3 here");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/first-engine.md")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_simulate")).parent().unwrap();
    let search = std::env::var_os("PATH").unwrap_or_default();
    let search = std::env::join_paths(
        [binary.to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&search)),
    )
    .unwrap();
    let steps = steps(&page);
    let commands = steps
        .iter()
        .filter(|step| matches!(step, Step::Command(..)));
    assert!(commands.count() >= 6, "the page has been cut");
    let mut shown = Vec::new();
    for step in steps {
        match step {
            Step::File(name, text) => std::fs::write(place.path().join(name), text).unwrap(),
            Step::Command(line, code) => {
                let ended = Command::new("sh")
                    .args(["-c", line])
                    .current_dir(place.path())
                    .env("PATH", &search)
                    .env("OVERSELL", root)
                    .env("PYTHONDONTWRITEBYTECODE", "1")
                    .output()
                    .unwrap();
                let out = String::from_utf8_lossy(&ended.stdout).into_owned();
                let err = String::from_utf8_lossy(&ended.stderr).into_owned();
                assert_eq!(ended.status.code(), Some(code), "{line}\n{out}\n{err}");
                shown.push(out);
            }
        }
    }
    let figures = |run: &str| -> serde_json::Value {
        let text = std::fs::read(place.path().join(run).join("figures.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let oversold = |run: &str, strategy: &str| {
        figures(run)["strategies"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["strategy"] == strategy)
            .and_then(|row| row["figures"]["oversold_units"].as_u64())
            .unwrap()
    };
    assert!(oversold("first", "engine") >= 1, "a mirror sells it twice");
    assert_eq!(oversold("first", "escrow"), 0);
    assert_eq!(oversold("second", "quotas"), 0);
    assert!(
        shown.iter().any(|out| out.contains("engine")),
        "the command says whose unit it explains"
    );
}
