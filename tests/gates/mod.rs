//! The CI job of docs/ci.md, as far as it runs without GitHub: its workflow is checked by GitHub's own schema, and its steps are
//! run with the tests' `simulate`, a file for the summary, and an engine that is made worse on purpose.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::common::python::{self, must};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// A repository that has the workflow, with a shop in which two channels fight over few units.
struct Repository {
    place: tempfile::TempDir,
}

/// What one job came to.
struct Job {
    code: i32,
    summary: String,
    junit: String,
}

impl Repository {
    fn new() -> Repository {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("ci/baselines")).unwrap();
        Repository { place }
    }

    fn file(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    /// Writes the scenario, with settings of the engine and thresholds.
    fn shop(&self, more: &str) {
        let shop = r#"
version = 1
name = "shop"
title = "Two shops, sixty units"
start = "2026-11-27T00:00:00Z"
opening = "60s"
duration = "3min"
settle = "30min"
channel = [
    { name = "first", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
    { name = "second", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
]
warehouse = { profile = "warehouse-default", location = [{ code = "east", share = 1.0 }] }
catalogue = { skus = 3 }
stock = { units = 20 }
demand = { phase = [{ shape = "constant", lasts = "3min", rate = "1/s" }] }
"#;
        std::fs::write(self.file("ci/shop.toml"), format!("{shop}{more}")).unwrap();
    }

    /// A shell as the workflow's runner starts it, in the repository, with the tests' `simulate`.
    fn shell(&self, script: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_simulate")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("bash");
        shell
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.place.path())
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("NAME", "shop")
            .env("GITHUB_STEP_SUMMARY", self.file("summary.md"));
        shell
    }

    fn forget(&self) {
        for left in ["run", "new-baselines"] {
            let _ = std::fs::remove_dir_all(self.file(left));
        }
        for left in ["summary.md", "junit.xml", "played", "compared"] {
            let _ = std::fs::remove_file(self.file(left));
        }
    }

    fn job(&self, code: i32) -> Job {
        let read = |name: &str| std::fs::read_to_string(self.file(name)).unwrap_or_default();
        Job {
            code,
            summary: read("summary.md"),
            junit: read("junit.xml"),
        }
    }

    /// Runs the workflow's steps, one after the other, until one fails.
    fn workflow(&self, steps: &Value) -> Job {
        self.forget();
        let mut code = 0;
        for step in steps["steps"].as_array().unwrap() {
            let mut shell = self.shell(step["run"].as_str().unwrap());
            for (name, value) in steps["env"].as_object().unwrap() {
                let value = value.as_str().unwrap();
                if !value.contains("${{") {
                    shell.env(name, value);
                }
            }
            let output = output(&mut shell);
            code = output.status.code().unwrap();
            let last = step["name"] == "Verdict";
            assert!(
                code == 0 || last,
                "{step}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        self.job(code)
    }

    /// Runs the snippet of docs/ci.md for other servers.
    fn snippet(&self) -> Job {
        let page = std::fs::read_to_string(here("docs/ci.md")).unwrap();
        let section = page.split("## Any other server").nth(1).unwrap();
        let script = section
            .split("```sh\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        self.forget();
        let output = output(&mut self.shell(&format!("set +e\n{script}")));
        self.job(output.status.code().unwrap())
    }

    fn keep_the_new_baseline(&self) {
        std::fs::copy(
            self.file("new-baselines/shop.json"),
            self.file("ci/baselines/shop.json"),
        )
        .unwrap();
    }
}

const GATE: &str = "[[threshold]]\ncheck = \"staleness.p99 < 1min\"\n";
const SLOWER: &str = "[strategy.mirror]\npublish_every = \"2min\"\n";

/// What the summary must say when the engine writes every two minutes alone.
fn says_what_got_worse_and_why(job: &Job, figures: &Path) {
    let summary = &job.summary;
    for told in [
        "set otherwise: strategy.mirror.publish\\_every: \"0s\" and \"2min\"",
        "### mirror: mixed",
        "| oversold\\_units |",
        "| staleness\\_s.p99 |",
        "| publish\\_wait\\_s.mean |",
    ] {
        assert!(summary.contains(told), "{told}\n{summary}");
    }
    let worse = summary.find("| oversold\\_units |").unwrap();
    assert!(
        worse < summary.find("<details>").unwrap(),
        "what is worse is not folded\n{summary}"
    );
    assert!(job.junit.contains("<failure message="), "{}", job.junit);
    // Where the run knows its causes, the summary does.
    let document: Value = serde_json::from_str(&std::fs::read_to_string(figures).unwrap()).unwrap();
    if document["strategies"][0]["causes"].is_object() {
        assert!(
            summary.contains("Why: oversold units by cause"),
            "{summary}"
        );
    }
}

#[test]
fn the_workflow_turns_red_for_the_right_reason() {
    let Some(python) = python::python("gates", "tests/gates/requirements.txt") else {
        eprintln!("skipped: there is no python3");
        return;
    };
    let workflow = here("docs/ci/oversell.yml");
    let mut check = Command::new(python.with_file_name("check-jsonschema"));
    must(
        check
            .args(["--builtin-schema", "vendor.github-workflows"])
            .arg(&workflow),
    );
    let steps = must(
        Command::new(&python)
            .arg(here("tests/gates/steps.py"))
            .arg(&workflow),
    );
    let steps: Value = serde_json::from_str(&steps).unwrap();
    let names: Vec<&str> = steps["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Install simulate", "Play", "Compare", "Verdict"]);

    let repository = Repository::new();
    repository.shop(GATE);
    let first = repository.workflow(&steps);
    assert_eq!(first.code, 0, "{}", first.summary);
    assert!(
        first
            .summary
            .contains("There is no ci/baselines/shop.json yet"),
        "{}",
        first.summary
    );
    assert!(
        first.summary.contains("### Thresholds: 1 of 1 hold"),
        "{}",
        first.summary
    );
    repository.keep_the_new_baseline();

    let same = repository.workflow(&steps);
    assert_eq!(same.code, 0, "{}", same.summary);
    assert!(
        same.summary.starts_with("## unchanged: shop, seed 1"),
        "{}",
        same.summary
    );
    assert!(!same.junit.contains("<failure"), "{}", same.junit);

    // Through the baseline alone, then through the threshold as well.
    repository.shop(SLOWER);
    let worse = repository.workflow(&steps);
    assert_eq!(worse.code, 98, "{}", worse.summary);
    says_what_got_worse_and_why(&worse, &repository.file("run/figures.json"));
    repository.shop(&format!("{SLOWER}{GATE}"));
    let broken = repository.workflow(&steps);
    assert_eq!(broken.code, 99, "{}", broken.summary);
    says_what_got_worse_and_why(&broken, &repository.file("run/figures.json"));
    assert!(
        broken
            .summary
            .contains("| fails | mirror | staleness.p99 &lt; 1min |"),
        "{}",
        broken.summary
    );

    // A scenario that cannot be read is no regression.
    repository.shop("[strategy.mirror]\npublish_evry = \"2min\"\n");
    let unread = repository.workflow(&steps);
    assert_eq!(unread.code, 2);
    assert!(
        unread.summary.contains("did not come to the end"),
        "{}",
        unread.summary
    );
}

#[test]
fn the_snippet_for_other_servers_does_the_same() {
    let repository = Repository::new();
    repository.shop(GATE);
    assert_eq!(repository.snippet().code, 0, "without a baseline");
    repository.keep_the_new_baseline();
    assert_eq!(repository.snippet().code, 0);
    repository.shop(SLOWER);
    let worse = repository.snippet();
    assert_eq!(worse.code, 98, "{}", worse.summary);
    says_what_got_worse_and_why(&worse, &repository.file("run/figures.json"));
    repository.shop(&format!("{SLOWER}{GATE}"));
    assert_eq!(repository.snippet().code, 99);
}

/// Baselines of built-in scenarios are of the same format as a user's own.
#[test]
fn a_committed_baseline_is_compared_like_any_other() {
    let place = tempfile::tempdir().unwrap();
    let simulate = || Command::new(env!("CARGO_BIN_EXE_simulate"));
    let baseline = here("reports/baselines/last-unit.json");
    let played = |seed: &str, out: &str| {
        let mut command = simulate();
        command
            .args(["--scenario", "last-unit", "--seed", seed, "--baseline"])
            .arg(&baseline);
        output(command.arg("--out").arg(place.path().join(out)))
    };
    let same = played("1", "same");
    let table = String::from_utf8_lossy(&same.stdout);
    assert_eq!(same.status.code(), Some(0), "{table}");
    assert!(table.contains("unchanged: last-unit, seed 1"), "{table}");
    let other = played("2", "other");
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("seeds: 1 and 2"));
    assert!(!place.path().join("other").exists());
}
