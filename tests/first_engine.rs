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

/// Counts that each platform refuses in its own way, and one that it takes, as `await set_quantity` tells of them.
#[test]
fn the_kits_tell_which_counts_were_taken() {
    let python = r#"
import sys
sys.path.insert(0, KIT)
from oversell_kit import Engine, run

class Asking(Engine):
    async def on_start(self):
        for name, refused in (("web", 2_000_000_000), ("amazon", -1), ("tiktok", -1)):
            for units in (refused, 1):
                taken = await self.channels[name].set_quantity(self.skus[0], units)
                with open("told.txt", "a") as told:
                    told.write(f"{name} {units} {'taken' if taken else 'refused'}\n")

run(Asking)
"#;
    let node = r#"
import { appendFileSync } from "node:fs";
const { Engine, run } = await import(KIT);

class Asking extends Engine {
  async onStart() {
    for (const [name, refused] of [["web", 2_000_000_000], ["amazon", -1], ["tiktok", -1]]) {
      for (const units of [refused, 1]) {
        const channel = this.channels.get?.(name) ?? this.channels[name];
        const taken = await channel.setQuantity(this.skus[0], units);
        appendFileSync("told.txt", `${name} ${units} ${taken ? "taken" : "refused"}\n`);
      }
    }
  }
}

run(Asking);
"#;
    let kits = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/kit");
    for (program, file, text, kit) in [
        ("python3", "asking.py", python, kits.clone()),
        ("node", "asking.mjs", node, kits.join("oversell_kit.mjs")),
    ] {
        if Command::new(program).arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI has {program}");
            eprintln!("skipped: there is no {program} here");
            continue;
        }
        let place = tempfile::tempdir().unwrap();
        let text = text.replace("KIT", &format!("{:?}", kit.display().to_string()));
        std::fs::write(place.path().join(file), text).unwrap();
        let ended = Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args(["--scenario", "last-unit", "--strategies", "", "--no-report"])
            .args(["--engine-command", &format!("{program} {file}")])
            .args(["--out", "run"])
            .current_dir(place.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&ended.stderr);
        let told = std::fs::read_to_string(place.path().join("told.txt"));
        let told = told.unwrap_or_else(|error| panic!("{program}: {error}\n{err}"));
        assert_eq!(
            told,
            "web 2000000000 refused\nweb 1 taken\namazon -1 refused\namazon 1 taken\ntiktok -1 refused\ntiktok 1 taken\n",
            "{program}"
        );
    }
}
