//! Many seeds as a user meets them, whole and in shards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::cli::tests::{command, scarce};

/// Everything in a directory but how long it took.
fn files(place: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![place.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("timing.json") {
                let name = path.strip_prefix(place).unwrap().to_path_buf();
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

fn assert_same(own: &Path, known: &Path) {
    let (own, known) = (files(own), files(known));
    assert_eq!(
        own.keys().collect::<Vec<_>>(),
        known.keys().collect::<Vec<_>>()
    );
    for (name, text) in &known {
        for (number, (own, known)) in own[name].lines().zip(text.lines()).enumerate() {
            assert_eq!(own, known, "{}:{}", name.display(), number + 1);
        }
        assert_eq!(own[name].len(), text.len(), "{}", name.display());
    }
}

struct Place {
    folder: tempfile::TempDir,
    scenario: String,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let scenario = scarce(folder.path());
        Place { folder, scenario }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn played(&self, name: &str, more: &[&str]) -> (Exit, String, String) {
        let out = self.path(name).display().to_string();
        let mut arguments = vec!["--scenario", &self.scenario, "--out", &out];
        arguments.extend(more);
        command(&arguments)
    }

    fn merged(&self, name: &str, shards: &[&str]) -> (Exit, String, String) {
        let out = self.path(name).display().to_string();
        let shards = shards.iter().map(|it| self.path(it).display().to_string());
        let shards: Vec<String> = shards.collect();
        let mut arguments = vec!["merge", "--out", &out];
        arguments.extend(shards.iter().map(String::as_str));
        command(&arguments)
    }
}

/// One thread, two, and three shards that are put together in any order: the same bytes, the same table, the same verdict.
#[test]
fn shards_put_together_are_the_whole() {
    let place = Place::new();
    let gate = [
        "--threshold",
        "oversold{contender=mirror} <= 2",
        "--seeds",
        "7",
        "--seed",
        "3",
    ];
    let with = |more: &[&'static str]| [&gate[..], more].concat();
    let (exit, table, _) = place.played("one", &with(&["--threads", "1"]));
    assert_eq!(exit, Exit::GuaranteeFailed, "{table}");
    for said in [
        "7 seeds (3..9)",
        "±",
        "held in 7 of 7 (at most 34.8 % broken)",
        "less mirror",
        "fails",
    ] {
        assert!(table.contains(said), "{said}: {table}");
    }
    assert!(
        table
            .lines()
            .all(|line| line.chars().count() <= 80 || line.contains("simulate --")),
        "{table}"
    );
    place.played("two", &with(&["--threads", "2", "--format", "json"]));
    assert_same(&place.path("two"), &place.path("one"));
    let rows = std::fs::read_to_string(place.path("one/seeds.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 21);
    for shard in ["1/3", "2/3", "3/3"] {
        let name = format!("part-{}", &shard[..1]);
        let (exit, said, err) = place.played(&name, &with(&["--shard", shard]));
        assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
        assert!(
            said.contains(&format!("shard {shard}: ")) && said.contains("of 7 seeds"),
            "{said}"
        );
        assert!(!place.path(&name).join("replications.json").exists());
    }
    let (exit, merged, err) = place.merged("merged", &["part-3", "part-1", "part-2"]);
    assert_eq!((exit, err.as_str()), (Exit::GuaranteeFailed, ""));
    assert_same(&place.path("merged"), &place.path("one"));
    let body = |table: &str| table.split("written to").next().unwrap().to_string();
    assert_eq!(body(&merged), body(&table));

    let (exit, _, err) = place.merged("less", &["part-3", "part-1"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(err.contains("missing: shard 2/3"), "{err}");
    let (exit, _, err) = place.merged("more", &["part-1", "part-2", "part-3", "part-2"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(err.contains("2/3 is there twice"), "{err}");
    let (exit, _, err) = place.merged("whole", &["one"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("is no shard"), "{err}");
    // A shard of other seeds is no part of it.
    place.played("odd", &["--seeds", "8", "--shard", "2/3"]);
    let (exit, _, err) = place.merged("mixed", &["part-1", "odd", "part-3"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("another set of seeds"), "{err}");
    // One that was killed has rows, aside, and no manifest.
    std::fs::create_dir(place.path("killed")).unwrap();
    std::fs::write(place.path("killed/seeds.jsonl.part"), &rows).unwrap();
    let (exit, _, err) = place.merged("early", &["part-1", "killed", "part-3"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(err.contains("no manifest.json"), "{err}");
    let (exit, _, err) = place.merged("early", &["part-1", "nonexistent", "part-3"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(
        err.contains("there is no ") && err.contains("nonexistent"),
        "{err}"
    );
    // It is done again in the same place.
    let (_, _, err) = place.played("killed", &with(&["--shard", "2/3"]));
    assert_eq!(err, "");
    assert_same(&place.path("killed"), &place.path("part-2"));
    // A shard is compared with nothing: its seeds are a part of them.
    let part = place.path("part-1").display().to_string();
    let (exit, _, err) = command(&["compare", &part, &part]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("it is shard 1/3"), "{err}");
    // A row of one contender that is missing may be what has become worse.
    let (kept, whole) = (place.path("one"), place.path("one").display().to_string());
    std::fs::create_dir(place.path("cut")).unwrap();
    for name in ["manifest.json", "replications.json", "scenario.toml"] {
        std::fs::copy(kept.join(name), place.path("cut").join(name)).unwrap();
    }
    let cut = place.path("cut").display().to_string();
    let mut left: Vec<&str> = rows.lines().collect();
    left.remove(4);
    std::fs::write(place.path("cut/seeds.jsonl"), left.join("\n") + "\n").unwrap();
    for sides in [[&whole, &cut], [&cut, &whole]] {
        let (exit, _, err) = command(&["compare", sides[0], sides[1]]);
        assert_eq!(exit, Exit::Usage);
        assert!(
            err.contains("cut/seeds.jsonl: the row of ") && err.contains(" is missing"),
            "{err}"
        );
    }
    // Without one of its files it is no whole either.
    let lost = place.path("part-3/histograms/mirror.ingestion.hdr");
    let text = std::fs::read(&lost).unwrap();
    std::fs::remove_file(&lost).unwrap();
    let (exit, _, err) = place.merged("lost", &["part-1", "part-2", "part-3"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(err.contains("mirror.ingestion.hdr is missing"), "{err}");
    std::fs::write(&lost, text).unwrap();
    // A row that somebody has touched is named by its line.
    let touched = place.path("part-2/seeds.jsonl");
    let text = std::fs::read_to_string(&touched).unwrap();
    std::fs::write(&touched, text.replacen("\"seed\":7", "\"seed\":8", 1)).unwrap();
    let (exit, _, err) = place.merged("touched", &["part-1", "part-2", "part-3"]);
    assert_eq!(exit, Exit::Usage);
    assert!(
        err.contains("seeds.jsonl:4") && err.contains("seed 8"),
        "{err}"
    );
    for nothing in ["less", "more", "whole", "mixed", "early", "lost", "touched"] {
        assert!(!place.path(nothing).exists(), "{nothing}");
    }
}

/// Shards without a page are put together to a whole without one, as if it had never been apart.
#[test]
fn shards_without_a_page_make_a_whole_without_one() {
    let place = Place::new();
    let with = |more: &[&'static str]| {
        [
            &["--strategies", "mirror", "--seeds", "3", "--no-report"][..],
            more,
        ]
        .concat()
    };
    place.played("one", &with(&[]));
    place.played("part-1", &with(&["--shard", "1/2"]));
    place.played("part-2", &with(&["--shard", "2/2"]));
    let (_, table, err) = place.merged("merged", &["part-1", "part-2"]);
    assert!(!table.contains("report.html"), "{table}{err}");
    assert_same(&place.path("merged"), &place.path("one"));
    assert!(!place.path("merged/report.html").exists());
    // One that was to have a page brings it.
    let paged = ["--strategies", "mirror", "--seeds", "3", "--shard", "2/2"];
    place.played("paged", &paged);
    place.merged("with", &["part-1", "paged"]);
    assert!(place.path("with/report.html").exists());
}

/// Figures go by the names of thresholds, and each is told by what became of it.
#[test]
fn a_width_is_said_of_each_figure() {
    let place = Place::new();
    let arguments = [
        "--strategies",
        "mirror",
        "--seeds",
        "12",
        "--until-half-width",
        "40%",
    ];
    let of = "sold,last_transfer_s,accepted_units,staleness.p99";
    let (exit, table, err) =
        place.played("of", &[&arguments[..], &["--half-width-of", of]].concat());
    assert_eq!(exit, Exit::Pass, "{err}");
    let said = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("40.0 % of the mean was reached for accepted_units, and NOT reached with the most seeds allowed for staleness_s.p99, and NOT reached for last_transfer_s, without samples on any seed."),
        "{table}"
    );
    let text = std::fs::read_to_string(place.path("of/replications.json")).unwrap();
    let document: ReplicationsDocument = serde_json::from_str(&text).unwrap();
    let until = document.frame.until.unwrap();
    assert_eq!((document.runs, until.reached), (12, false));
    assert_eq!(
        until.figures,
        ["accepted_units", "last_transfer_s", "staleness_s.p99"]
    );
}

#[test]
fn what_cannot_be_played_is_told_before_anything_runs() {
    let place = Place::new();
    for (arguments, said) in [
        (&["--seeds", "0"][..], "no seed"),
        (&["--seeds", "1..2,2"], "named twice"),
        (
            &["--seeds", "1..2", "--seed", "5"],
            "leave one of the two out",
        ),
        (&["--seeds", "4", "--until-half-width", "-1"], "5%"),
        (&["--seeds", "-4"], "3,7,9"),
        (&["--shard", "1/2"], "--seeds"),
        (&["--threads", "2"], "--seeds"),
        (&["--seeds", "4", "--threads", "0"], "1 to 1024"),
        (&["--seeds", "4", "--shard", "5/4"], "counted from 1/4"),
        (
            &["--seeds", "4", "--shard", "1/2", "--until-half-width", "5%"],
            "shard",
        ),
        (&["--until-half-width", "0"], "5%"),
        (
            &[
                "--until-half-width",
                "5%",
                "--half-width-of",
                "oversold_unit",
            ],
            "oversold_units",
        ),
        (&["--seeds", "4", "--wire"], "virtual time"),
        (
            &["--seeds", "4", "--shard", "1/2", "--save-baseline", "mine"],
            "`merge`",
        ),
        (
            &["--seeds", "4", "--shard", "1/2", "--format", "csv"],
            "`merge`",
        ),
        (&["--seeds", "4", "--baseline", "mine"], "no baseline"),
        (
            &["--seeds", "10001", "--save-baseline", "mine"],
            "10000 seeds at most",
        ),
    ] {
        let (exit, out, err) = place.played("nothing", arguments);
        let expected = if said == "no seed" {
            Exit::NothingSelected
        } else {
            Exit::Usage
        };
        assert_eq!((exit, out.as_str()), (expected, ""), "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
        assert!(!place.path("nothing").exists(), "{arguments:?}");
    }
}

/// Many seeds are kept, and later ones compared with them seed by seed: unchanged, surely worse, on other seeds, and in shards.
#[test]
fn many_seeds_are_compared_with_a_baseline() {
    let place = Place::new();
    let kept = place.path("kept").display().to_string();
    let with = |more: &[&str]| -> Vec<String> {
        let always = ["--strategies", "mirror,escrow", "--baseline-dir", &kept];
        always.iter().chain(more).map(|it| it.to_string()).collect()
    };
    let played = |name: &str, more: &[&str]| {
        let arguments = with(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        place.played(name, &arguments)
    };
    let (exit, _, err) = played("first", &["--seeds", "8", "--save-baseline", "main"]);
    assert_eq!(exit, Exit::Pass, "{err}");
    assert!(err.starts_with("baseline written to "), "{err}");
    let (exit, table, err) = played("same", &["--seeds", "8", "--baseline", "main"]);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""), "{table}");
    assert!(table.contains("unchanged: scarce, 8 seeds"), "{table}");

    let slower = place.path("slower.toml");
    let text = "extends = \"scarce.toml\"\nname = \"slower\"\n[strategy.mirror]\npublish_every = \"2min\"\n";
    std::fs::write(&slower, text).unwrap();
    let slower = slower.display().to_string();
    let slow = |name: &str, more: &[&str]| {
        let out = place.path(name).display().to_string();
        let mut arguments = vec!["--scenario".to_string(), slower.clone()];
        arguments.extend(["--out".to_string(), out]);
        arguments.extend(with(more));
        command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (exit, table, _) = slow("worse", &["--seeds", "8", "--baseline", "main"]);
    assert_eq!(exit, Exit::Regressed, "{table}");
    let compared = table.split(": slower, 8 seeds").nth(1).unwrap_or_default();
    let figures = compared.lines().filter(|it| it.contains("before,"));
    assert!(
        figures.count() > 3,
        "with intervals, rows have no room beside themselves: {table}"
    );
    let is_told = |line: &str| line.starts_with("  worse") || line.contains("before,");
    let mut told = compared.lines().filter(|it| is_told(it));
    assert!(told.all(|it| it.chars().count() <= 80), "{table}");
    let worse = place.path("worse").display().to_string();
    let (_, junit, _) = command(&["report", &worse, "--format", "junit"]);
    let cases: Vec<&str> = junit
        .split("<testcase ")
        .filter(|it| it.contains("as before or better, against"))
        .collect();
    assert_eq!(cases.len(), 2, "{junit}");
    for (case, who) in cases.iter().zip(["mirror", "escrow"]) {
        assert!(case.contains(&format!("classname=\"{who}\"")), "{case}");
        assert_eq!(case.contains("<failure"), who == "mirror", "{case}");
    }
    let document = std::fs::read_to_string(place.path("worse/replications.json")).unwrap();
    let document: ReplicationsDocument = serde_json::from_str(&document).unwrap();
    let comparison = document.comparison.unwrap();
    assert_eq!(comparison.seeds, (1..=8).collect::<Vec<u64>>());
    let mirror = &comparison.contenders[0];
    assert_eq!(mirror.contender, "mirror");
    let oversold = mirror
        .figures
        .iter()
        .find(|it| it.figure == "oversold_units");
    let oversold = oversold.unwrap_or_else(|| panic!("{table}"));
    let (low, high) = oversold.interval.unwrap();
    assert!(
        oversold.pairs == 8 && 0.0 < low && low < high,
        "{oversold:?}"
    );
    assert_eq!(comparison.contenders[1].same_trace, Some(true), "escrow");
    // The command says the same of the file and the directory.
    let file = format!("{kept}/main.json");
    let worse = place.path("worse").display().to_string();
    let (exit, said, _) = command(&["compare", &file, &worse, "--format", "json"]);
    assert_eq!(exit, Exit::Regressed);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let own = serde_json::to_value(&comparison.contenders).unwrap();
    assert_eq!(said["comparisons"][0]["contenders"], own);

    let (exit, out, err) = played("other", &["--seeds", "9", "--baseline", "main"]);
    assert_eq!((exit, out.as_str()), (Exit::Usage, ""));
    assert!(
        err.contains("seeds: 1, 2") && err.contains("--force"),
        "{err}"
    );
    assert!(!place.path("other").exists(), "nothing ran");
    let narrow = ["--until-half-width", "35%", "--baseline", "main"];
    let (exit, _, err) = played("open", &narrow);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("not known before"), "{err}");

    for shard in ["1/2", "2/2"] {
        slow(
            &format!("part-{}", &shard[..1]),
            &["--seeds", "8", "--shard", shard],
        );
    }
    let parts = ["part-1", "part-2"].map(|it| place.path(it).display().to_string());
    let whole = place.path("whole").display().to_string();
    let asked = [
        "--baseline",
        "main",
        "--baseline-dir",
        &kept,
        "--out",
        &whole,
    ];
    let arguments: Vec<&str> = ["merge", &parts[0], &parts[1]]
        .into_iter()
        .chain(asked)
        .collect();
    let (exit, _, err) = command(&arguments);
    assert_eq!((exit, err.as_str()), (Exit::Regressed, ""));
    assert_same(&place.path("whole"), &place.path("worse"));
}

/// Enough is enough in whole batches, and how many there were can be played again by number.
#[test]
fn seeds_until_the_interval_is_narrow_can_be_played_again() {
    let place = Place::new();
    let wanted = [
        "--strategies",
        "mirror",
        "--until-half-width",
        "35%",
        "--seeds",
        "60",
        "--format",
        "csv",
    ];
    let (exit, csv, err) = place.played("until", &wanted);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    let row = csv
        .lines()
        .find(|line| line.starts_with("mirror,,,oversold_units,"));
    let row: Vec<&str> = row.unwrap().split(',').collect();
    let number = |place: usize| row[place].parse::<f64>().unwrap();
    assert!(number(6) <= 0.35 * number(5), "{row:?}");
    let count = number(4) as u64;
    assert!(
        (10..60).contains(&count) && count.is_multiple_of(10),
        "{count}"
    );
    place.played(
        "again",
        &["--strategies", "mirror", "--seeds", &count.to_string()],
    );
    let rows = |name: &str| std::fs::read_to_string(place.path(name).join("seeds.jsonl")).unwrap();
    assert_eq!(rows("until"), rows("again"));
}

/// One seed says for which counts it is too little; many say how sure they are.
#[test]
fn one_seed_says_when_it_is_too_little() {
    let place = Place::new();
    let (_, table, _) = place.played("alone", &["--strategies", "mirror", "--no-report"]);
    let note = table.replace('\n', " ");
    assert!(
        note.contains("one seed is too little") && note.contains("--seeds 20"),
        "{table}"
    );
}

#[test]
fn what_an_engine_carries_is_told_with_what_runs_out() {
    let place = Place::new();
    let out = place.path("carried").display().to_string();
    let searched = |more: &[&str]| {
        let mut arguments = vec![
            "capacity",
            "--scenario",
            &place.scenario,
            "--seeds",
            "3",
            "--out",
            &out,
        ];
        arguments.extend(more);
        command(&arguments)
    };
    let (exit, _, err) = searched(&["--strategies", "mirror"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("--threshold"), "{err}");
    // A threshold about another ends nothing.
    let other = "oversold_units{contender=mirror} == 0";
    let (exit, _, err) = searched(&["--strategies", "mirror,escrow", "--threshold", other]);
    assert_eq!(exit, Exit::Usage);
    assert!(
        err.contains("nothing ends the growth of escrow") && err.contains("leave escrow out"),
        "{err}"
    );
    let limits = [
        "--strategies",
        "mirror,escrow",
        "--most",
        "4",
        "--threshold",
        "oversold_units == 0",
    ];
    let (exit, table, err) = searched(&limits);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    let flat = table.replace("\n    ", " ");
    for said in [
        "mirror carries demand.scale=",
        "limiting threshold: oversold_units == 0 is broken",
        "limiting resource: ",
        "escrow carries demand.scale=4, the most that was tried.",
    ] {
        assert!(flat.contains(said), "{said}: {table}");
    }
    let json = std::fs::read_to_string(place.path("carried/capacity.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["found"][1]["ended"], "carries_the_most");
}

/// Every value of a search in two shards, which were broken off and go on, is the search in one piece.
#[test]
fn the_values_of_a_search_are_shared_out() {
    let place = Place::new();
    let searched = |name: &str, more: &[&str]| {
        let out = place.path(name).display().to_string();
        let mut arguments = vec!["capacity", "--scenario", &place.scenario, "--out", &out];
        arguments.extend(["--strategies", "mirror", "--seeds", "2", "--every-value"]);
        arguments.extend(["--vary", "demand.scale", "--vary", "demand.scale.first"]);
        arguments.extend(["--from", "0.25", "--most", "1", "--precision", "99%"]);
        arguments.extend(["--threshold", "oversold_units <= 4"]);
        arguments.extend(more);
        command(&arguments)
    };
    let (exit, table, err) = searched("whole", &[]);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""), "{table}");
    for said in [
        "mirror carries ",
        "demand.scale.first=",
        "again with:",
        "--every-value",
    ] {
        assert!(table.contains(said), "{said}: {table}");
    }
    for shard in ["1/2", "2/2"] {
        let name = format!("part-{}", &shard[..1]);
        let (exit, said, _) = searched(&name, &["--shard", shard]);
        assert_eq!(exit, Exit::Pass);
        assert!(said.contains("5 of 10 values"), "{said}");
    }
    // Broken off before its last value.
    std::fs::remove_file(place.path("part-2/values/00003.json")).unwrap();
    let (exit, _, err) = place.merged("less", &["part-1", "part-2"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(err.contains("missing: value 3"), "{err}");
    let (exit, _, err) = searched("part-2", &["--shard", "2/2"]);
    assert_eq!(exit, Exit::Pass);
    assert!(err.contains("4 of 10 values are there already"), "{err}");
    let (exit, merged, err) = place.merged("merged", &["part-2", "part-1"]);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    assert_same(&place.path("merged"), &place.path("whole"));
    let body = |table: &str| table.split("written to").next().unwrap().to_string();
    assert_eq!(body(&merged), body(&table));
    let (exit, _, err) = searched("whole", &["--seed", "9"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("another search for capacity"), "{err}");
}
