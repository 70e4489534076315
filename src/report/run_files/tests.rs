//! Run directories as they are, and as they should not be.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::experiment::Experiment;
use crate::report::RunDirectory;
use crate::scenario::Scenario;

/// A run of two strategies, written as the command writes it.
fn written() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let scenario = Scenario::load("last-unit").unwrap().scenario;
    let mut experiment = Experiment::new(scenario);
    let wanted = ["mirror", "escrow"];
    experiment
        .contenders
        .retain(|contender| wanted.contains(&contender.name()));
    let results = experiment.run().unwrap();
    let document = Document::new(&results, 1);
    let expanded = experiment.scenario.expanded();
    RunDirectory::claim(&place.path().join("run"))
        .unwrap()
        .write(&document, results.of_seed(1), &expanded, None)
        .unwrap();
    place
}

fn add_to_manifest(run: &Path, name: &str, text: &str) {
    let path = run.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
    let mut manifest: Manifest = serde_json::from_str(&manifest).unwrap();
    manifest.files.push(name.to_string());
    let text = serde_json::to_string(&manifest).unwrap();
    fs::write(run.join("manifest.json"), text).unwrap();
}

/// What is said when a run directory cannot be read, with its own place left out.
fn refused(run: &Path) -> String {
    let error = RunFiles::read(run).expect_err("it is broken");
    error.to_string().replace(&run.display().to_string(), "RUN")
}

#[test]
fn a_run_is_read_as_it_was_written() {
    let place = written();
    let run = place.path().join("run");
    let read = RunFiles::read(&run).unwrap();
    let text = fs::read_to_string(run.join("figures.json")).unwrap();
    assert_eq!(read.document.to_json(), text, "nothing is lost on the way");
    assert!(read.scenario.unwrap().contains("last-unit"));
    let names: Vec<&str> = read.contenders.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["mirror", "escrow"]);
    for (document, files) in read.document.strategies.iter().zip(&read.contenders) {
        let series = files.series.as_deref().unwrap();
        let all = series.iter().filter(|row| row.channel == "all");
        let accepted: u64 = all.map(|row| row.accepted_units).sum();
        assert_eq!(accepted, document.figures.accepted_units, "{}", files.name);
        let staleness = &files.histograms["staleness"];
        assert_eq!(staleness.count, document.figures.staleness_s.count);
        assert_eq!(
            (&files.chains, &files.ledger, &files.calls),
            (&None, &None, &None)
        );
    }
    assert_eq!(RunFiles::lives(&run), [run]);
}

#[test]
fn kept_records_of_either_time_are_found() {
    let place = written();
    let run = place.path().join("run");
    for (name, file) in [
        ("mirror", "ledger/mirror.jsonl"),
        ("escrow", "engines/escrow/ledger.jsonl"),
    ] {
        let path = run.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "{}\n").unwrap();
        let read = RunFiles::read(&run).unwrap();
        let own = read.contenders.iter().find(|it| it.name == name).unwrap();
        assert_eq!(own.ledger.as_ref(), Some(&path));
    }
    fs::create_dir_all(run.join("life-2")).unwrap();
    fs::create_dir_all(run.join("life-4")).unwrap();
    assert_eq!(RunFiles::lives(&run), [run.clone(), run.join("life-2")]);
}

#[test]
fn what_is_no_whole_run_is_said_with_the_way_out() {
    let place = written();
    let run = place.path().join("run");
    let figures = run.join("figures.json");
    let absent = RunFiles::read(&place.path().join("gone")).unwrap_err();
    assert!(
        absent
            .to_string()
            .contains("gone: there is no such directory"),
        "{absent}"
    );
    let file = RunFiles::read(&figures).unwrap_err().to_string();
    assert!(
        file.ends_with("this is a file; give the run directory that holds it"),
        "{file}"
    );
    let other = RunFiles::read(place.path()).unwrap_err().to_string();
    assert!(other.contains("this is no run directory"), "{other}");
    let claimed = RunDirectory::claim(&place.path().join("begun")).unwrap();
    let begun = RunFiles::read(claimed.path()).unwrap_err().to_string();
    assert!(begun.contains("the run is not finished"), "{begun}");

    fs::remove_file(run.join("series/escrow.csv")).unwrap();
    assert!(refused(&run).starts_with("RUN/series/escrow.csv: the file is missing"));
    let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
    let newer = manifest.replace(
        "\"schema_version\": 3",
        "\"schema_version\": 4, \"more\": {}",
    );
    fs::write(run.join("manifest.json"), newer).unwrap();
    let said = refused(&run);
    assert!(
        said.contains("schema_version is 4, and this program reads 3"),
        "{said}"
    );
    assert!(said.contains("run it again: simulate"), "{said}");
    fs::write(run.join("manifest.json"), "{\"schema_version\": 4}").unwrap();
    let said = refused(&run);
    let way_out =
        "read it with the version of `simulate` that wrote it, or play its scenario again";
    assert!(said.ends_with(way_out), "{said}");
    let out = manifest.replace("series/escrow.csv", "../escrow.csv");
    fs::write(run.join("manifest.json"), out).unwrap();
    assert_eq!(
        refused(&run),
        "RUN/manifest.json: \"../escrow.csv\" is no file of this directory"
    );
}

#[test]
fn a_directory_of_many_seeds_says_how_to_play_one() {
    let place = tempfile::tempdir().unwrap();
    let manifest = r#"{"schema_version": 1, "kind": "replications", "frame": {"seeds": "40..59",
        "contenders": [{"name": "mirror", "rerun": "simulate --scenario evening --seed {seed} --strategies mirror"}]}}"#;
    fs::write(place.path().join("manifest.json"), manifest).unwrap();
    let said = refused(place.path());
    assert!(said.contains("holds many seeds (40..59)"), "{said}");
    let command = "by itself: simulate --scenario evening --seed 40 --strategies mirror";
    assert!(said.ends_with(command), "{said}");
}

#[test]
fn a_broken_line_is_named() {
    let place = written();
    let run = place.path().join("run");
    let series = fs::read_to_string(run.join("series/mirror.csv")).unwrap();
    let mut lines: Vec<&str> = series.lines().collect();
    lines[4] = "twelve,1.0,all,0,0,0,0,,0";
    fs::write(run.join("series/mirror.csv"), lines.join("\n")).unwrap();
    let said = refused(&run);
    assert!(said.starts_with("RUN/series/mirror.csv:5: "), "{said}");
    assert!(said.contains("invalid float literal"), "{said}");
    fs::write(run.join("series/mirror.csv"), &series).unwrap();

    add_to_manifest(
        &run,
        "signals.json",
        "{\n \"mirror\": [\n  {\"channel\": 3}\n ]}",
    );
    let said = refused(&run);
    assert!(
        said.starts_with("RUN/signals.json:3: invalid type"),
        "{said}"
    );
    fs::write(run.join("signals.json"), "{\"mirror\": []}").unwrap();
    let read = RunFiles::read(&run).unwrap();
    assert_eq!(read.contenders[0].signals.as_deref(), Some(&[][..]));
    assert_eq!(read.contenders[1].signals, None);

    add_to_manifest(&run, "causes/escrow.jsonl", "\n{\"unit\": 1,\n");
    let said = refused(&run);
    assert!(
        said.starts_with("RUN/causes/escrow.jsonl:2: EOF while parsing"),
        "{said}"
    );
    fs::write(run.join("causes/escrow.jsonl"), b"{}\n\xff\xff\n").unwrap();
    assert!(refused(&run).starts_with("RUN/causes/escrow.jsonl:1: missing field"));

    fs::write(run.join("scenario.toml"), b"a = 1\nb = \"\xff\"\n").unwrap();
    fs::write(run.join("causes/escrow.jsonl"), "").unwrap();
    assert_eq!(refused(&run), "RUN/scenario.toml:2: it is not UTF-8 text");
}

#[test]
fn files_of_two_runs_are_not_taken_for_one() {
    let place = written();
    let run = place.path().join("run");
    let figures = fs::read_to_string(run.join("figures.json")).unwrap();
    fs::write(
        run.join("figures.json"),
        figures.replace("\"seed\": 1,", "\"seed\": 2,"),
    )
    .unwrap();
    assert!(refused(&run).contains("manifest.json beside it is another run's"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever became of one of the files: it is read, or an error names it (or the one it does not fit).
    #[test]
    fn a_damaged_file_never_panics(file in 0usize..64, at in 0usize..100_000, bytes in any::<Vec<u8>>(), cut in any::<bool>()) {
        // One run serves all cases: what a case damages, it puts back.
        static RUN: std::sync::OnceLock<TempDir> = std::sync::OnceLock::new();
        let run = RUN.get_or_init(written).path().join("run");
        let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
        let mut files = serde_json::from_str::<Manifest>(&manifest).unwrap().files;
        files.push("manifest.json".to_string());
        let path = run.join(&files[file % files.len()]);
        let whole = fs::read(&path).unwrap();
        let at = at % (whole.len() + 1);
        let rest = if cut { whole.len() } else { (at + bytes.len()).min(whole.len()) };
        let damaged = [&whole[..at], &bytes[..], &whole[rest..]].concat();
        fs::write(&path, damaged).unwrap();
        let read = RunFiles::read(&run);
        fs::write(&path, whole).unwrap();
        if let Err(error) = read {
            prop_assert!(error.to_string().contains(&run.display().to_string()), "{}", error);
        }
    }
}
