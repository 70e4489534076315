//! `simulate fuzz` from outside, and every failure that it has found and that has been kept (docs/fuzzing.md).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::{play, scenario};
use assert_cmd::Command;
use oversell::engine::config::{Strategy, StrategySettings};
use oversell::engine::planted::{self, PlantedBug};
use oversell::experiment::Contender;
use oversell::experiment::fuzz::{Budget, FailureKind, Fuzz};
use oversell::experiment::shrink::file::Header;
use oversell::measure::{Promise, Verdict};
use oversell::scenario::model::{FaultFamily, FaultKind};
use serde_json::Value;

fn fuzz(arguments: &[&str], place: &Path) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("fuzz")
        .args(arguments)
        .arg("--out")
        .arg(place)
        .timeout(Duration::from_secs(600))
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// All files of failures that are kept.
fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions");
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn regressions() {
    let mut mended = 0;
    for path in kept() {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let header = Header::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut strategies = Strategy::ALL.into_iter();
        // Its settings, if it has any, stand in the file.
        let plain = header.contender.split(':').next();
        let strategy = strategies.find(|it| plain == Some(it.name()));
        let strategy = strategy.unwrap_or_else(|| panic!("{name}: who is {}?", header.contender));
        let played = play(&scenario(&name), strategy, header.seed);
        mended += usize::from(header.is_mended);
        let (verdict, _) = played.verdict(&header.failure);
        let is_seen = verdict == Verdict::Violated;
        assert_eq!(is_seen, !header.is_mended, "{name}: {}", header.failure);
    }
    assert!(
        kept().len() > mended,
        "a failure that must be seen is among them"
    );
}

#[test]
fn a_mirror_is_found_out_and_its_failure_made_small() {
    let place = tempfile::tempdir().unwrap();
    let arguments = ["--contender", "mirror", "--seeds", "50", "--format", "json"];
    let found: Vec<Value> = (0..2)
        .map(|_| {
            let (code, out, err) = fuzz(&arguments, place.path());
            assert_eq!(
                (code, err.as_str()),
                (99, ""),
                "nothing beside the result in a pipe"
            );
            let mut document: Value = serde_json::from_str(&out).unwrap();
            assert!(document["wall"]["seeds_per_s"].as_f64().unwrap() > 0.0);
            document["wall"] = Value::Null;
            document
        })
        .collect();
    assert_eq!(found[0], found[1], "the same seeds, the same bytes");
    let failure = &found[0]["failures"][0];
    assert_eq!(failure["kind"], "no_oversell");
    let size = &failure["small_size"];
    assert_eq!(size["skus"], 1);
    assert!(size["channels"].as_u64().unwrap() <= 3 && size["faults"].as_u64().unwrap() <= 3);

    // The file fails without the search, by the command that stands above it.
    let file = failure["small_file"].as_str().unwrap();
    let again = failure["again"].as_str().unwrap();
    assert!(std::fs::read_to_string(file).unwrap().contains(again));
    let mut words = again.split(' ');
    assert_eq!(words.next(), Some("simulate"));
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(words)
        .args(["--format", "json", "--out"])
        .arg(place.path().join("run"))
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        document["strategies"][0]["figures"]["oversold_units"]
            .as_u64()
            .unwrap()
            > 0
    );
}

/// A search that passes proves something only where things went wrong: every kind that is drawn strikes and shows, and the
/// engine comes through all that it can come through.
#[test]
fn what_goes_wrong_strikes_and_shows_and_escrow_keeps_what_it_promises() {
    let place = tempfile::tempdir().unwrap();
    let (code, out, _) = fuzz(&["--seeds", "1500", "--format", "json"], place.path());
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0, "{}", document["failures"]);
    let faults = document["faults"].as_array().unwrap();
    assert_eq!(faults.len(), FaultKind::ALL.len());
    let mut families = BTreeSet::new();
    for fault in faults {
        let number = |key: &str| fault[key].as_u64().unwrap();
        if number("drawn") > 0 {
            assert!(number("injected") > 0 && number("noticed") > 0, "{fault}");
            families.insert(fault["family"].as_str().unwrap());
        }
    }
    // What people do wrong breaks assumptions, and is drawn with `--break`.
    let all = FaultFamily::ALL.len();
    assert_eq!(families.len(), all - 1, "{families:?}");
    for state in document["engine"].as_array().unwrap() {
        assert!(state["runs"].as_u64().unwrap() > 0, "{state}");
    }
}

/// Escrow that shows the same units on several channels, whatever goes wrong beside it.
fn lender() -> Contender {
    let mut settings = StrategySettings::default();
    settings.escrow.loan_price = Some(0.5);
    Contender::variant("escrow:loan_price=0.5", Strategy::Escrow, settings)
}

/// With loans on, through crashes and faults: of no SKU more is oversold than stood on the books (docs/theory.md A9).
#[test]
fn loans_are_the_most_that_is_oversold() {
    let search = Fuzz {
        budget: Budget::Seeds(150),
        fails_on: vec!["oversold_within_budget".to_string()],
        ..Fuzz::new(lender())
    };
    let found = search.run().unwrap();
    let failure = found.failures.first();
    assert!(failure.is_none(), "seed {:?}", failure.map(|it| it.seed));
}

/// Its settings are what is played, and what its promises are read from: units that are lent are sold twice here and there, which
/// such an engine does not promise to avoid.
#[test]
fn a_search_plays_the_settings_of_its_contender() {
    let search = |fails_on: &[&str]| {
        let fuzz = Fuzz {
            budget: Budget::Seeds(20),
            fails_on: fails_on.iter().map(|name| name.to_string()).collect(),
            shrink_runs: 0,
            ..Fuzz::new(lender())
        };
        fuzz.run().unwrap()
    };
    let found = search(&["no_oversell"]);
    let failure = found.failures.first().expect("units are lent");
    assert_eq!(failure.scenario.strategy.escrow.loan_price, Some(0.5));
    assert_eq!(
        failure
            .scenario
            .compact()
            .matches("loan_price = 0.5")
            .count(),
        1
    );
    assert_eq!(search(&[]).failed, 0);
}

/// A bug that is planted into `escrow` is found among a few hundred seeds, and what remains of the shop is small.
#[test]
fn planted_bugs_are_found_and_made_small() {
    for bug in [PlantedBug::CancelsToPool, PlantedBug::QuotasRoundedUp] {
        let planted = Contender::own("planted", move |config| planted::build(config, bug));
        let fuzz = Fuzz {
            budget: Budget::Seeds(300),
            ..Fuzz::new(
                planted
                    .displaying_quotas()
                    .promising(&[Promise::NoOversell]),
            )
        };
        let found = fuzz.run().unwrap();
        let name = bug.name();
        let failure = found.failures.first();
        let failure = failure.unwrap_or_else(|| panic!("{name} was not found"));
        let shrunk = failure.shrunk.as_ref().unwrap();
        let small = &shrunk.scenario;
        eprintln!(
            "{name}: seed {}, small after {} runs and {:.1} s",
            failure.seed, shrunk.runs, found.shrink_wall_s
        );
        assert_eq!(
            shrunk.failure.kind,
            FailureKind::Guarantee("no_oversell".to_string())
        );
        let is_small =
            small.catalogue.skus == 1 && small.channels.len() <= 3 && small.faults.len() <= 3;
        assert!(is_small, "{name}:\n{}", small.compact());
        // The sound engine holds where the bug does not.
        let sound = play(small, Strategy::Escrow, failure.seed);
        assert_ne!(sound.verdict("no_oversell").0, Verdict::Violated, "{name}");
    }
}

/// The example engine in Rust goes through the same search. It sells the stock on Amazon alone, and leaves on display elsewhere what
/// stood there when it came.
#[test]
fn the_engine_of_the_example_goes_through_the_search() {
    let found = crate::own_engine::search(60, &[]).unwrap();
    let said = crate::own_engine::found(&found);
    let failure = found.failures.first().expect("it is found out");
    let kind = FailureKind::Guarantee("no_oversell".to_string());
    assert_eq!(failure.failure.kind, kind, "{said}");
    let small = &failure.shrunk.as_ref().unwrap().scenario;
    let is_small = small.catalogue.skus == 1 && small.channels.len() == 2;
    assert!(is_small && small.faults.is_empty(), "{said}");
}

#[test]
fn what_cannot_be_searched_for_is_said_with_a_way_out() {
    let place = tempfile::tempdir().unwrap();
    for (arguments, code, said) in [
        (&["--seeds", "0"][..], 4, "no seed"),
        (&["--break", "H9"], 2, "H1 to H8"),
        (&["--break", "h7"], 2, "H7 cannot be broken"),
        (
            &["--fails-on", "no-oversel"],
            2,
            "did you mean `no_oversell`",
        ),
        (&["--contender", "mirorr"], 2, "did you mean `mirror`"),
        (&["--scenario", "retail-replay"], 2, "draws its buyers"),
        (
            &["--contender", "mirror", "--engine-command", "true"],
            2,
            "one contender",
        ),
        (
            &["--first-seed", "18446744073709551615", "--seeds", "2"],
            2,
            "no 2 seeds",
        ),
    ] {
        let (exit, out, err) = fuzz(arguments, place.path());
        assert_eq!((exit, out.as_str()), (code, ""), "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
    assert!(std::fs::read_dir(place.path()).unwrap().next().is_none());
    // What would be found has to have a place before it is looked for.
    let (exit, out, err) = fuzz(&["--contender", "mirror"], Path::new("/dev/null/here"));
    assert_eq!((exit, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("cannot be written to"), "{err}");
}

#[test]
fn an_engine_that_dies_is_a_failure_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let (code, out, _) = fuzz(
        &[
            "--engine-command",
            "true",
            "--seeds",
            "3",
            "--shrink-runs",
            "20",
        ],
        place.path(),
    );
    assert_eq!(code, 65, "{out}");
    assert!(out.contains("engine_failed"), "{out}");
}
