//! `simulate report` as people and CI jobs use it, and its CSV as analysts read it.

mod records;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

fn simulate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulate"));
    command.stdin(Stdio::null());
    command
}

/// Exit code, standard output, standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

/// A run of two strategies, one of which oversells.
fn played(place: &Path, name: &str, more: &[&str]) -> PathBuf {
    let run_directory = place.join(name);
    let (code, _, err) = run(simulate()
        .args(["--scenario", "last-unit", "--strategies", "mirror,escrow"])
        .args(more)
        .arg("--out")
        .arg(&run_directory));
    assert!(code == 0 || code == 99, "{code}: {err}");
    run_directory
}

fn report(directories: &[&Path], format: &str) -> (i32, String, String) {
    run(simulate()
        .arg("report")
        .args(directories)
        .args(["--format", format]))
}

fn document(directory: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(directory.join("figures.json")).unwrap()).unwrap()
}

#[test]
fn a_run_is_shown_in_every_form_and_always_the_same() {
    let place = tempfile::tempdir().unwrap();
    let thresholds = [
        "--threshold",
        "oversold_units <= 1000",
        "--threshold",
        "lost_orders < 0",
    ];
    let directory = played(place.path(), "run", &thresholds);
    for format in ["html", "md", "json", "csv", "junit"] {
        let (code, text, err) = report(&[&directory], format);
        assert_eq!((code, err.as_str()), (0, ""), "{format}");
        assert_eq!(report(&[&directory], format).1, text, "{format}");
        let file = place.path().join(format);
        let (code, out, _) = run(simulate()
            .arg("report")
            .arg(&directory)
            .args(["--format", format, "--output"])
            .arg(&file));
        assert_eq!((code, out.as_str()), (0, ""));
        assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    }
    // What reports are made from is not written over; a link is followed, and a pipe is no file to be replaced.
    let figures = std::fs::read_to_string(directory.join("figures.json")).unwrap();
    let write_to = |file: &Path| {
        run(simulate()
            .arg("report")
            .arg(&directory)
            .args(["--format", "csv", "--output"])
            .arg(file))
    };
    let (code, _, err) = write_to(&directory.join("figures.json"));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("a file of the run"), "{err}");
    let (target, link) = (place.path().join("target"), place.path().join("link"));
    std::fs::write(&target, "before").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert_eq!(write_to(&link).0, 0);
    assert!(link.is_symlink());
    let table = report(&[&directory], "csv").1;
    assert_eq!(std::fs::read_to_string(&target).unwrap(), table);
    let pipe = place.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let read = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    assert_eq!(write_to(&pipe).0, 0);
    assert_eq!(read.join().unwrap(), table);
    assert!(!pipe.is_file());
    assert_eq!(
        figures,
        std::fs::read_to_string(directory.join("figures.json")).unwrap()
    );
    assert_eq!(report(&[&directory], "json").1, figures);
    let page = std::fs::read_to_string(directory.join("report.html")).unwrap();
    assert_eq!(report(&[&directory], "html").1, page, "as the run made it");
    let summary = report(&[&directory], "md").1;
    let first: Vec<&str> = summary
        .lines()
        .filter(|it| !it.is_empty())
        .take(2)
        .collect();
    assert_eq!(first[0], "# last-unit, seed 1");
    assert!(first[1].contains("2 thresholds broken"), "{}", first[1]);
    assert!(summary.contains("<details><summary>Guarantees</summary>\n\n|"));
    let junit = report(&[&directory], "junit").1;
    assert_eq!(junit.matches("<failure").count(), 2, "{junit}");
    assert!(junit.contains("type=\"threshold_broken\""), "{junit}");
}

/// Every file below a directory.
fn files_below(place: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place).unwrap();
    let paths = entries.map(|it| it.unwrap().path());
    let below = paths.flat_map(|path| match path.is_dir() {
        true => files_below(&path),
        false => vec![path],
    });
    below.collect()
}

/// A colon and a percent sign stand in no file name; what is written is found again, of one run and of many.
#[test]
fn variants_have_files_that_every_system_and_store_takes() {
    let place = tempfile::tempdir().unwrap();
    let variants = "mirror:buffer=0,escrow:budget=0.01%";
    let directory = place.path().join("run");
    let play = |out: &Path, more: &[&str]| {
        let (code, _, err) = run(simulate()
            .args(["--scenario", "last-unit", "--strategies", variants])
            .args(more)
            .arg("--out")
            .arg(out));
        assert!(code == 0 || code == 99, "{code}: {err}");
    };
    play(&directory, &[]);
    for path in files_below(&directory) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_safe = |it: char| it.is_ascii_alphanumeric() || "-_.=+~".contains(it);
        assert!(name.chars().all(is_safe), "{name}");
    }
    assert!(directory.join("series/escrow+budget=0.01~25.csv").is_file());
    let (code, html, err) = report(&[&directory], "html");
    assert_eq!((code, err.as_str()), (0, ""));
    // Where the data of its charts lies; slashes are written otherwise in a page.
    for file in ["mirror+buffer=0.csv", "mirror+buffer=0.json"] {
        assert!(html.contains(file), "{file}");
    }
    let explain = simulate()
        .arg("explain")
        .arg(&directory)
        .args(["--strategy", "mirror:buffer=0", "--unit", "1"])
        .output()
        .unwrap();
    assert!(explain.status.success(), "{explain:?}");

    let seeds = ["--seeds", "2"];
    let shards = ["1/2", "2/2"].map(|shard| {
        let out = place.path().join(shard.replace('/', "-of-"));
        play(&out, &[seeds[0], seeds[1], "--shard", shard]);
        out
    });
    let merged = place.path().join("merged");
    let (code, _, err) = run(simulate()
        .arg("merge")
        .args(&shards)
        .arg("--out")
        .arg(&merged));
    assert!(code == 0 || code == 99, "{code}: {err}");
    assert!(
        merged
            .join("histograms/mirror+buffer=0.ingestion.hdr")
            .is_file()
    );
}

#[test]
fn runs_stand_side_by_side_unless_they_must_not() {
    let place = tempfile::tempdir().unwrap();
    let one = played(place.path(), "one", &[]);
    let other = played(place.path(), "other", &["--seed", "2"]);
    let (code, summary, _) = report(&[&one, &other], "md");
    assert_eq!(code, 0);
    assert!(summary.starts_with("# 2 runs\n"), "{summary}");
    for row in [
        "| last-unit, seed 1 | `mirror` |",
        "| last-unit, seed 2 | `mirror` |",
    ] {
        assert!(summary.contains(row), "{summary}");
    }
    let (code, _, err) = report(&[&one, &other], "html");
    assert_eq!(code, 2);
    assert!(
        err.contains("shows one run, and 2 directories are named"),
        "{err}"
    );
    // The second one as if it had been in real time.
    let figures = other.join("figures.json");
    let text = std::fs::read_to_string(&figures).unwrap();
    std::fs::write(&figures, text.replacen("\"virtual\"", "\"real\"", 1)).unwrap();
    let (code, _, err) = report(&[&one, &other], "csv");
    assert_eq!(code, 2);
    assert!(err.contains("never shown together"), "{err}");
    assert!(err.contains(other.to_str().unwrap()), "{err}");
}

#[test]
fn what_cannot_be_read_is_named_with_the_way_out() {
    let place = tempfile::tempdir().unwrap();
    let directory = played(place.path(), "run", &[]);
    let (code, _, err) = report(&[&place.path().join("gone")], "md");
    assert_eq!(code, 2);
    assert!(
        err.contains("there is no such directory; `--out` of the run"),
        "{err}"
    );
    let (code, _, err) = report(&[&directory], "pdf");
    assert_eq!(code, 2);
    assert!(
        err.contains("html, md, json, csv, junit, svg, trace"),
        "{err}"
    );
    let series = directory.join("series/mirror.csv");
    let whole = std::fs::read_to_string(&series).unwrap();
    let cut: String = whole
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&series, format!("{cut}12.0,")).unwrap();
    let (code, _, err) = report(&[&directory], "md");
    assert_eq!(code, 2);
    assert!(err.contains("series/mirror.csv:4: "), "{err}");
    std::fs::remove_file(&series).unwrap();
    let (code, _, err) = report(&[&directory], "md");
    assert_eq!(code, 2);
    assert!(err.contains("mirror.csv: the file is missing"), "{err}");
}

/// Many seeds in every form, always the same; not beside a single run, and a shard not at all.
#[test]
fn many_seeds_are_shown_in_every_form() {
    let place = tempfile::tempdir().unwrap();
    let asked = [
        "--seeds",
        "6",
        "--causes",
        "--threshold",
        "lost_orders == 0",
        "--threshold-warn",
        "oversold_units{contender=mirror} <= 0",
    ];
    let directory = played(place.path(), "seeds", &asked);
    let mut shown = std::collections::BTreeMap::new();
    for format in ["html", "md", "json", "csv", "junit"] {
        let (code, text, err) = report(&[&directory], format);
        assert_eq!((code, err.as_str()), (0, ""), "{format}");
        assert_eq!(report(&[&directory], format).1, text, "{format}");
        shown.insert(format, text);
    }
    let written = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(shown["html"], written("report.html"));
    assert_eq!(shown["json"], written("replications.json"));
    let document: Value = serde_json::from_str(&shown["json"]).unwrap();
    let mirror = &document["summaries"][0];
    assert_eq!(mirror["contender"], "mirror");
    let labels = mirror["causes"]["labels"].as_array().unwrap();
    let first = labels[0]["label"].as_str().unwrap();
    let (mean, units) = (
        &labels[0]["per_run"]["mean"],
        mirror["causes"]["units"].as_u64(),
    );
    assert!(units > Some(0) && mean.as_f64() > Some(0.0), "{labels:?}");
    assert!(
        shown["csv"]
            .lines()
            .any(|line| line.starts_with(&format!("mirror,,,causes.{first}.units,6,{mean},"))),
        "{}",
        shown["csv"]
    );
    let summary = &shown["md"];
    assert!(
        summary.starts_with("# last-unit, 6 seeds \\(1..6\\)\n\n"),
        "{summary}"
    );
    for said in [
        "1 threshold not surely kept",
        "### Why units were oversold",
        "held in 6 of 6 \\(at most 39.3 % broken\\)",
        "| `mirror` |",
        "--seeds 1..6",
    ] {
        assert!(summary.contains(said), "{said}: {summary}");
    }
    assert_eq!(
        summary.matches("<details>").count(),
        summary.matches("</details>").count()
    );
    let junit = &shown["junit"];
    for said in [
        "<testsuite name=\"last-unit, 6 seeds (1..6)\"",
        "name=\"mirror.oversold_units\"",
        "at most 39.3 % broken",
        "over 6 seeds",
        "not promised. held on",
    ] {
        assert!(junit.contains(said), "{said}: {junit}");
    }
    assert!(!junit.contains("<failure"), "{junit}");

    let one = played(place.path(), "one", &["--seed", "1"]);
    let (code, _, err) = report(&[&one, &directory], "md");
    assert_eq!(code, 2);
    assert!(err.contains("never shown beside single runs"), "{err}");
    let (code, _, err) = report(&[&directory, &directory], "csv");
    assert_eq!(code, 2);
    assert!(err.contains("`md` and `junit` take several"), "{err}");
    let (code, both, _) = report(&[&directory, &directory], "junit");
    assert_eq!((code, both.matches("<testsuite ").count()), (0, 2));
    let shard = played(place.path(), "shard", &["--seeds", "6", "--shard", "1/2"]);
    let (code, _, err) = report(&[&shard], "md");
    assert_eq!(code, 2);
    assert!(
        err.contains("is shard 1/2") && err.contains("`merge`"),
        "{err}"
    );
}

/// Every command of the section of docs/output.md, one after the other in an empty directory.
#[test]
fn the_commands_of_the_documentation_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/output.md")).unwrap();
    let blocks: Vec<&str> = text
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert!(
        blocks
            .iter()
            .any(|block| block.contains("simulate report run --format csv"))
    );
    let place = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_simulate")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    for block in blocks {
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", block])
            .env("PATH", format!("{}:{path}", binary.display()))
            .current_dir(place.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}: {err}");
    }
    for file in ["summary.md", "junit.xml", "figures.csv"] {
        assert!(
            place.path().join(file).metadata().unwrap().len() > 100,
            "{file}"
        );
    }
}

/// A Python with the pinned packages beside the build's other results; none where they cannot be had.
fn python() -> Option<PathBuf> {
    let built = Path::new(env!("CARGO_BIN_EXE_simulate"));
    let folder = built.ancestors().nth(2).unwrap().join("exports");
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports/requirements.txt");
    let content = std::fs::read_to_string(&pinned).unwrap();
    let (python, stamp) = (folder.join("bin/python"), folder.join("installed.txt"));
    if std::fs::read_to_string(&stamp).is_ok_and(|it| it == content) {
        return Some(python);
    }
    let _ = std::fs::remove_dir_all(&folder);
    let done = |command: &mut Command| {
        let output = command.stdin(Stdio::null()).output();
        output.is_ok_and(|it| it.status.success())
    };
    let install = ["-m", "pip", "install", "--quiet", "--no-deps", "-r"];
    let installed = done(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        && done(Command::new(&python).args(install).arg(&pinned));
    installed.then(|| {
        std::fs::write(stamp, content).unwrap();
        python
    })
}

#[test]
fn analysts_read_the_csv_by_its_schema() {
    let Some(python) = python() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have Python and DuckDB"
        );
        eprintln!("SKIPPED: DuckDB for Python cannot be installed here");
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let one = played(place.path(), "one", &[]);
    let other = played(place.path(), "other", &["--seed", "18446744073709551615"]);
    let table = place.path().join("figures.csv");
    std::fs::write(&table, report(&[&one, &other], "csv").1).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports/read.py");
    let (code, out, err) = run(Command::new(python)
        .arg(script)
        .arg(&table)
        .stdin(Stdio::null()));
    assert_eq!(code, 0, "{err}");
    let read: Value = serde_json::from_str(&out).unwrap();
    for directory in [&one, &other] {
        let document = document(directory);
        for contender in document["strategies"].as_array().unwrap() {
            let strategy = contender["strategy"].as_str().unwrap();
            let key = format!("{}|{}|{strategy}", directory.display(), document["seed"]);
            assert_eq!(
                read["oversold_units"][&key].as_f64(),
                contender["figures"]["oversold_units"].as_f64(),
                "{key}"
            );
            let causes = contender["causes"]["units"].as_f64().unwrap();
            let told = read["causes"][&key].as_f64().unwrap_or(0.0);
            assert_eq!(told, causes, "{key}");
        }
    }
}
