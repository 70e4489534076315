//! What cannot be meant is told where it stands, with the way out and a code of its own.

use std::path::Path;

use serde_json::Value;

use super::{run, scenario, simulate};

#[test]
fn unknown_names_end_with_a_suggestion() {
    let place = tempfile::tempdir().unwrap();
    for (name, more, suggestion) in [
        ("flash-sale-10mn", &[][..], "flash-sale-10min"),
        (
            "flash-sale-10min",
            &["--strategies", "mirror,escro"][..],
            "escrow",
        ),
    ] {
        let (code, out, err) = scenario(place.path(), name, more);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains(suggestion), "{err}");
        assert!(!place.path().join("run").exists());
    }
}

/// A small scenario in which all is well.
const SOUND: &str = r#"version = 1
name = "small"
title = "Two shops"
start = "2026-11-27T00:00:00Z"
opening = "60s"
duration = "2min"
settle = "3h"

[[channel]]
name = "first"
platform = "shopify"
profile = "shopify-plus"
share = 0.5

[[channel]]
name = "second"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.5

[warehouse]
profile = "warehouse-default"

[[warehouse.location]]
code = "east"
share = 1.0

[catalogue]
skus = 2

[stock]
units = 10

[demand]

[[demand.phase]]
shape = "constant"
lasts = "2min"
rate = "1/s"
"#;

/// The sound scenario with one text replaced; the number of the line in which it stood.
fn spoiled(place: &Path, from: &str, to: &str) -> (String, usize) {
    assert_eq!(SOUND.matches(from).count(), 1, "{from}");
    let path = place.join("spoiled.toml");
    std::fs::write(&path, SOUND.replace(from, to)).unwrap();
    let before = SOUND.find(from).unwrap();
    (
        path.display().to_string(),
        SOUND[..before].matches('\n').count() + 1,
    )
}

#[test]
fn mistakes_in_a_scenario_are_shown_where_they_are() {
    let place = tempfile::tempdir().unwrap();
    for (from, to, shown, help) in [
        // An unknown key.
        ("settle = \"3h\"", "setle = \"3h\"", "setle", "settle"),
        // A unit that is none.
        (
            "duration = \"2min\"",
            "duration = \"2 parsecs\"",
            "2 parsecs",
            "min",
        ),
        // A unit forgotten.
        ("opening = \"60s\"", "opening = 60", "60", "s"),
        // Less than nothing.
        ("units = 10", "units = -10", "-10", "0"),
        // Shares that do not add up.
        (
            "profile = \"tiktok-default\"\nshare = 0.5",
            "profile = \"tiktok-default\"\nshare = 0.7",
            "share",
            "1",
        ),
        // A profile that is not there.
        (
            "\"shopify-plus\"",
            "\"shopify-pluss\"",
            "shopify-pluss",
            "shopify-plus",
        ),
    ] {
        let (path, line) = spoiled(place.path(), from, to);
        let (code, out, err) = scenario(place.path(), &path, &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{to}: {err}");
        assert!(err.contains("spoiled.toml"), "{err}");
        let numbered = err.lines().any(|row| {
            let shown_line = row
                .trim_start()
                .strip_prefix(&(line + to.matches('\n').count()).to_string());
            shown_line
                .is_some_and(|rest| rest.trim_start().starts_with('│') && rest.contains(shown))
        });
        assert!(numbered, "line {line}, {to}: {err}");
        assert!(err.contains(help), "{to}: {err}");
        assert!(!place.path().join("run").exists());
    }
}

#[test]
fn a_run_in_which_nothing_can_be_sold_proves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (path, _) = spoiled(place.path(), "units = 10", "units = 0");
    let (code, out, _) = scenario(place.path(), &path, &["--format", "json"]);
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&out).unwrap();
    for run in document["strategies"].as_array().unwrap() {
        assert_eq!(run["figures"]["accepted_units"], 0);
        for guarantee in run["guarantees"].as_array().unwrap() {
            let name = guarantee["name"].as_str().unwrap();
            let quotas = run["figures"]["displayed_counts"] == "quotas";
            let verdict = match name {
                // Calls are made whether anything is sold or not.
                "rate_limits_respected" => "holds",
                "exposure_margin" if !quotas => "not_judged",
                _ => "unknown",
            };
            assert_eq!(
                guarantee["verdict"], verdict,
                "{name} under {}",
                run["strategy"]
            );
        }
    }
    std::fs::remove_dir_all(place.path().join("run")).unwrap();
    let (_, table, _) = scenario(place.path(), &path, &[]);
    assert!(table.contains("unknown"), "{table}");
}

#[test]
fn what_cannot_be_written_and_what_selects_nothing_have_codes_of_their_own() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let (code, _, err) = run(simulate()
        .args(["last-unit", "--strategies", "escrow", "--out"])
        .arg(file.join("run")));
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("choose another place with --out"), "{err}");
    let (code, out, err) = scenario(place.path(), "last-unit", &["--strategies", ""]);
    assert_eq!((code, out.as_str()), (4, ""), "{err}");
    assert!(err.contains("--strategies"), "{err}");
}
