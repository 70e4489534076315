//! Readers that others wrote: of a run's histograms, and of the scenario files' schema.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{here, must, node_modules, python, skip};

/// The small sale of a tenth of an hour under one strategy, in a run directory.
fn played(place: &Path) -> PathBuf {
    let run = place.join("run");
    must(
        Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args(["--scenario", "flash-sale-10min", "--strategies", "mirror"])
            .args(["--format", "json", "--out"])
            .arg(&run),
        "simulate",
    );
    run
}

/// Count, maximum and mean of each histogram, as the reader prints them, are those of `figures.json`.
fn agrees_with_figures(run: &Path, read: &str) {
    let figures: Value =
        serde_json::from_slice(&std::fs::read(run.join("figures.json")).unwrap()).unwrap();
    let figures = &figures["strategies"][0]["figures"];
    let mut compared = 0;
    for line in read.lines().filter(|line| line.starts_with("mirror.")) {
        let cells: Vec<&str> = line.split(' ').collect();
        let [file, numbers @ ..] = cells.as_slice() else {
            panic!("{line}");
        };
        let numbers: Vec<f64> = numbers.iter().map(|it| it.parse().unwrap()).collect();
        let kind = file.split('.').nth(1).unwrap();
        let spread = match kind {
            "support_read_age" => &figures["support_read_age_s"],
            _ => &figures[format!("{kind}_s")],
        };
        assert_eq!(numbers[0], spread["count"].as_f64().unwrap(), "{line}");
        for (number, name) in numbers[1..].iter().zip(["max", "mean"]) {
            let own = spread[name].as_f64().unwrap_or(0.0);
            let off = (number / 1e6 - own).abs();
            assert!(off <= own * 0.002 + 1e-6, "{line}: {name} is {own}");
        }
        compared += 1;
    }
    assert_eq!(compared, 5, "{read}");
}

const READ_BY_PYTHON: &str = r#"
import os, sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
for name in sorted(os.listdir(sys.argv[1])):
    into = HdrHistogram(1, 60 * 60 * 1000 * 1000 * 1000, 3)
    reader = HistogramLogReader(os.path.join(sys.argv[1], name), into)
    read = reader.get_next_interval_histogram()
    assert read is not None and reader.get_next_interval_histogram() is None
    into.add(read)
    print(name, into.get_total_count(), read.get_max_value(), read.get_mean_value())
"#;

const READ_BY_JAVASCRIPT: &str = r#"
import { readdirSync, readFileSync } from "node:fs";
import { build, HistogramLogReader } from "hdr-histogram-js";
const folder = process.argv[1];
for (const name of readdirSync(folder).sort()) {
  const reader = new HistogramLogReader(readFileSync(`${folder}/${name}`, "utf8"));
  const read = reader.nextIntervalHistogram();
  if (!read || reader.nextIntervalHistogram()) throw new Error(name);
  const into = build({ numberOfSignificantValueDigits: 3, bitBucketSize: 64 });
  into.add(read);
  console.log(name, into.totalCount, read.maxValue, read.mean);
}
"#;

fn printed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{error}");
    text
}

#[test]
fn python_reads_the_histograms() {
    let Some(python) = python() else {
        return skip("reading histograms", "python3");
    };
    let place = tempfile::tempdir().unwrap();
    let run = played(place.path());
    let mut command = Command::new(python);
    command.args(["-c", READ_BY_PYTHON]);
    let read = printed(command.arg(run.join("histograms")));
    agrees_with_figures(&run, &read);
}

#[test]
fn javascript_reads_the_histograms() {
    let Some(folder) = node_modules() else {
        return skip("reading histograms", "node and npm");
    };
    let place = tempfile::tempdir().unwrap();
    let run = played(place.path());
    let mut command = Command::new("node");
    command.args(["--input-type=module", "-e", READ_BY_JAVASCRIPT]);
    let read = printed(command.arg(run.join("histograms")).current_dir(folder));
    agrees_with_figures(&run, &read);
}

/// Taplo, which completes and checks TOML in editors, finds the schema by a file's first line, accepts what we ship and
/// what the documentation shows, and underlines a mistake.
#[test]
fn taplo_checks_scenarios_by_the_schema() {
    let Some(folder) = node_modules() else {
        return skip("taplo", "node and npm");
    };
    let place = tempfile::tempdir().unwrap();
    let schema = printed(Command::new(env!("CARGO_BIN_EXE_simulate")).arg("schema"));
    std::fs::write(place.path().join("oversell.schema.json"), schema).unwrap();
    let file = |name: &str, text: &str| {
        let text = format!("#:schema ./oversell.schema.json\n{text}");
        std::fs::write(place.path().join(name), text).unwrap();
        name.to_string()
    };
    let lint = |names: &[String]| {
        let output = Command::new(folder.join("node_modules/.bin/taplo"))
            .arg("lint")
            .args(names)
            .current_dir(place.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), told)
    };
    let mut files = Vec::new();
    for shipped in ["scenarios", "scenarios/theory"] {
        for entry in std::fs::read_dir(here(shipped)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "toml") {
                files.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let page = std::fs::read_to_string(here("docs/scenarios.md")).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    files.extend(blocks.map(|block| block.split("```").next().unwrap().to_string()));
    assert!(files.len() >= 27, "{} files", files.len());
    let numbered = files.iter().enumerate();
    let names: Vec<String> = numbered
        .map(|(number, text)| file(&format!("{number}.toml"), text))
        .collect();
    let (accepted, told) = lint(&names);
    assert!(accepted, "{told}");
    let wrong = "extends = \"flash-sale\"\nname = \"x\"\nsetle = \"1h\"\n";
    let (accepted, told) = lint(&[file("wrong.toml", wrong)]);
    assert!(!accepted && told.contains("setle"), "{told}");
    let (accepted, told) = lint(&[file("short.toml", "name = \"x\"\nversion = 1\n")]);
    assert!(
        !accepted && told.contains("catalogue"),
        "without a base it has to be whole: {told}"
    );
}
