//! Thresholds and comparisons, as a CI job meets them.

use super::*;

/// Thresholds of a file and of the command line are judged side by side, and only a broken one that fails turns the job red.
#[test]
fn thresholds_are_judged_after_the_run() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("scarce.toml");
    let gate = "\n[[threshold]]\ncheck = \"oversold_units{contender=escrow} == 0\"\n\n[[threshold]]\ncheck = \"oversold_units{contender=trigger} == 0\"\n";
    std::fs::write(&path, format!("{SCARCE}{gate}")).unwrap();
    let scenario = path.display().to_string();
    let played = |out: &str, more: &[&str]| {
        let out = place.path().join(out).display().to_string();
        let mut arguments = vec!["--scenario", &scenario, "--seed", "4", "--out", &out];
        arguments.extend(more);
        command(&arguments)
    };
    let warned = [
        "--threshold-warn",
        "oversold{channel=first} <= 0",
        "--threshold-warn",
        "propagation_s{contender=escrow}.p99 < 1h",
    ];
    let (exit, table, err) = played("warned", &warned);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""), "{table}");
    let block = table
        .split("Thresholds: ")
        .nth(1)
        .unwrap_or_else(|| panic!("{table}"));
    let block = block.split("\n\n").next().unwrap();
    insta::assert_snapshot!(block);
    assert!(block.lines().all(|line| line.chars().count() <= 80));
    let written = std::fs::read_to_string(place.path().join("warned/figures.json")).unwrap();
    let written: Document = serde_json::from_str(&written).unwrap();
    assert_eq!(written.thresholds.len(), 5);
    // The same run with the same limit that fails.
    let (exit, table, _) = played("failed", &["--threshold", "oversold{channel=first} <= 0"]);
    assert_eq!(exit, Exit::GuaranteeFailed, "{table}");
    let failed = std::fs::read_to_string(place.path().join("failed/figures.json")).unwrap();
    let failed: Document = serde_json::from_str(&failed).unwrap();
    assert!(failed.fails_a_threshold());
    assert_eq!(
        failed.strategies[0].trace_hash,
        written.strategies[0].trace_hash
    );
}

#[test]
fn a_threshold_that_cannot_be_judged_is_told_before_anything_runs() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let out = place.path().join("run").display().to_string();
    for (option, check, told) in [
        (
            "--threshold",
            "oversold_unit == 0",
            "did you mean `oversold_units`?",
        ),
        (
            "--threshold",
            "oversold{channel=frist} == 0",
            "did you mean `first`?",
        ),
        (
            "--threshold-warn",
            "oversold{contender=trigger} == 0",
            "one of mirror, escrow, informed-escrow",
        ),
        ("--threshold", "staleness.p99 < 5", "write it with us, ms"),
        ("--threshold", "", "there is no figure here"),
        ("--threshold", "\u{1b}[31m < 5", "no figure"),
    ] {
        let (exit, table, err) = command(&["--scenario", &scenario, "--out", &out, option, check]);
        assert_eq!((exit, table.as_str()), (Exit::Usage, ""), "{check}: {err}");
        assert!(err.contains(told) && err.contains(option), "{check}: {err}");
        assert!(!err.contains('\u{1b}'), "{err}");
        assert!(!Path::new(&out).exists(), "nothing ran");
    }
    let text = format!("{SCARCE}\n[[threshold]]\ncheck = \"stale.p99 < 5s\"\n");
    std::fs::write(&scenario, text).unwrap();
    let (exit, _, err) = command(&["--scenario", &scenario, "--out", &out]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("scarce.toml:20:10"), "{err}");
}

/// A run is kept, and later ones are compared with it: by name, by file and by run directory.
#[test]
fn runs_are_compared_with_a_baseline() {
    let place = tempfile::tempdir().unwrap();
    let (scenario, kept) = (scarce(place.path()), place.path().join("kept"));
    let kept_text = kept.display().to_string();
    let out = |name: &str| place.path().join(name).display().to_string();
    let played = |scenario: &str, out: &str, more: &[&str]| {
        let mut arguments = vec![
            "--scenario",
            scenario,
            "--seed",
            "3",
            "--out",
            out,
            "--baseline-dir",
            &kept_text,
        ];
        arguments.extend(more);
        command(&arguments)
    };
    let (exit, _, err) = played(&scenario, &out("first"), &["--save-baseline", "main"]);
    assert_eq!(exit, Exit::Pass, "{err}");
    assert!(
        err.starts_with("baseline written to ") && kept.join("main.json").is_file(),
        "{err}"
    );
    let (exit, table, _) = played(&scenario, &out("same"), &["--baseline", "main"]);
    assert_eq!(exit, Exit::Pass);
    assert!(
        table.contains("unchanged: scarce, seed 3") && table.contains("the same, event by event"),
        "{table}"
    );
    // The same engine that lets go of its writes every two minutes alone.
    let slower = place.path().join("slower.toml");
    let text = "extends = \"scarce.toml\"\nname = \"slower\"\n[strategy.mirror]\npublish_every = \"2min\"\n";
    std::fs::write(&slower, text).unwrap();
    let slower = slower.display().to_string();
    let file = kept.join("main.json").display().to_string();
    let (exit, table, _) = played(&slower, &out("worse"), &["--baseline", &file]);
    assert_eq!(exit, Exit::Regressed, "{table}");
    let written = std::fs::read_to_string(place.path().join("worse/figures.json")).unwrap();
    let written: Document = serde_json::from_str(&written).unwrap();
    let comparison = written.comparison.unwrap();
    assert!(comparison.change.fails() && comparison.contenders.len() == 3);
    let unchanged = |it: &crate::experiment::compare::ContenderChange| it.same_trace == Some(true);
    assert_eq!(
        comparison
            .contenders
            .iter()
            .filter(|it| unchanged(it))
            .count(),
        2,
        "escrow and informed escrow"
    );
    // The command says the same of the directories.
    let compared = |format: &str| {
        let (first, worse) = (out("first"), out("worse"));
        command(&["compare", &first, &worse, "--format", format])
    };
    let (exit, table, err) = compared("table");
    assert_eq!((exit, err.as_str()), (Exit::Regressed, ""));
    let table = table.replace(&place.path().display().to_string(), "");
    insta::assert_snapshot!("a_comparison_on_the_terminal", table);
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    let (_, markdown, _) = compared("md");
    insta::assert_snapshot!(
        "a_comparison_as_markdown",
        markdown.replace(&place.path().display().to_string(), "")
    );
    let (_, junit, _) = compared("junit");
    assert!(
        junit.contains("<testsuite name=\"slower: mirror") && junit.contains("<failure message="),
        "{junit}"
    );
    let (_, json, _) = compared("json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["comparisons"][0]["contenders"][0]["contender"],
        "mirror"
    );
    // Both of several that come after are compared with the one before.
    let (exit, several, _) = command(&[
        "compare",
        &out("first"),
        &out("same"),
        &out("worse"),
        "--format",
        "json",
    ]);
    let several: serde_json::Value = serde_json::from_str(&several).unwrap();
    assert_eq!(
        (exit, several["comparisons"].as_array().unwrap().len()),
        (Exit::Regressed, 2)
    );
}

#[test]
fn what_cannot_be_compared_is_told_before_anything_runs() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let kept = place.path().join("kept").display().to_string();
    let out = |name: &str| place.path().join(name).display().to_string();
    let (first, run) = (out("first"), out("run"));
    let base = [
        "--scenario",
        &scenario,
        "--strategies",
        "mirror",
        "--baseline-dir",
        &kept,
    ];
    let with = |more: &[&str]| command(&[&base[..], more].concat());
    assert_eq!(
        with(&["--save-baseline", "main", "--out", &first]).0,
        Exit::Pass
    );
    let broken = place.path().join("broken.json");
    std::fs::write(&broken, "{").unwrap();
    let edited = place.path().join("edited.json");
    let text = std::fs::read_to_string(place.path().join("kept/main.json")).unwrap();
    std::fs::write(
        &edited,
        text.replacen("\"settle\": \"30min\"", "\"settle\": \"31min\"", 1),
    )
    .unwrap();
    let (broken, edited) = (broken.display().to_string(), edited.display().to_string());
    for (more, told) in [
        (&["--baseline", "mian"][..], "did you mean `main`?"),
        (&["--baseline", "../main.json"], "No such file"),
        (&["--baseline", ""], "is no name of a baseline"),
        (&["--save-baseline", "a/b"], "is no name of a baseline"),
        (&["--save-baseline", ".hidden"], "the first no dot"),
        (&["--baseline", &broken], "broken.json: EOF"),
        (&["--baseline", &edited], "save it anew"),
        (&["--baseline", &kept], "there is no run in it"),
        (&["--baseline", "main", "--seed", "2"], "seeds: 1 and 2"),
        (
            &["--baseline", "main", "--strategies", "escrow"],
            "contenders mirror and escrow",
        ),
        (&["--force"], "--baseline"),
        (
            &["--baseline", "main", "--wire"],
            "no run in real time repeats another",
        ),
    ] {
        // The last of an option given twice would be an error of its own.
        let own = more.contains(&"--strategies");
        let base = if own {
            &[&base[..2], &base[4..]].concat()[..]
        } else {
            &base[..]
        };
        let (exit, table, err) = command(&[base, more, &["--out", &run]].concat());
        assert_eq!((exit, table.as_str()), (Exit::Usage, ""), "{more:?}: {err}");
        assert!(err.contains(told), "{more:?}: {err}");
        assert!(!Path::new(&run).exists(), "{more:?}: nothing ran");
    }
    let (exit, _, err) = with(&[
        "--baseline",
        "main",
        "--seed",
        "2",
        "--force",
        "--out",
        &out("forced"),
    ]);
    assert!(matches!(exit, Exit::Pass | Exit::Regressed), "{err}");
    for (arguments, told) in [
        (vec!["compare", &first], "<AFTER>"),
        (vec!["compare", &first, "nowhere"], "No such file"),
        (
            vec!["compare", &first, &first, "--format", "html"],
            "invalid value",
        ),
    ] {
        let (exit, _, err) = command(&arguments);
        assert_eq!(exit, Exit::Usage, "{err}");
        assert!(err.contains(told), "{err}");
    }
    // Another scenario is refused value by value.
    let other = place.path().join("other.toml");
    let text =
        "extends = \"scarce.toml\"\nname = \"other\"\nsettle = \"40min\"\n[stock]\nunits = 12\n";
    std::fs::write(&other, text).unwrap();
    let other = other.display().to_string();
    let (exit, _, err) = command(&[
        "--scenario",
        &other,
        "--baseline",
        "main",
        "--baseline-dir",
        &kept,
        "--out",
        &run,
    ]);
    assert_eq!(exit, Exit::Usage);
    assert!(
        err.contains("settle: \"30min\" and \"40min\"") && err.contains("stock.units: 10 and 12"),
        "{err}"
    );
}

/// A scenario that extends [`scarce`]'s, whose mirror writes its counts late.
fn slower(place: &std::path::Path) -> String {
    let file = place.join("slower.toml");
    let text = "extends = \"scarce.toml\"\nname = \"slower\"\n[strategy.mirror]\npublish_every = \"2min\"\n";
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// Run directories of several seeds beside each other are one side, whose pairs have intervals.
#[test]
fn directories_of_runs_are_compared_seed_by_seed() {
    let place = tempfile::tempdir().unwrap();
    let (scenario, slower) = (scarce(place.path()), slower(place.path()));
    for (side, scenario) in [("before", &scenario), ("after", &slower)] {
        for seed in ["1", "2", "3", "4", "5"] {
            let out = place.path().join(side).join(seed).display().to_string();
            let (exit, _, err) = command(&[
                "--scenario",
                scenario,
                "--strategies",
                "mirror",
                "--seed",
                seed,
                "--out",
                &out,
            ]);
            assert_eq!(exit, Exit::Pass, "{err}");
        }
    }
    let side = |name: &str| place.path().join(name).display().to_string();
    let (exit, json, err) = command(&[
        "compare",
        &side("before"),
        &side("after"),
        "--format",
        "json",
    ]);
    assert_eq!((exit, err.as_str()), (Exit::Regressed, ""), "{json}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let comparison = &json["comparisons"][0];
    assert_eq!(comparison["seeds"], serde_json::json!([1, 2, 3, 4, 5]));
    let figures = comparison["contenders"][0]["figures"].as_array().unwrap();
    let staleness = figures
        .iter()
        .find(|it| it["figure"] == "staleness_s.p99")
        .unwrap();
    assert_eq!(
        (&staleness["change"], &staleness["pairs"]),
        (&"regressed".into(), &5.into())
    );
    assert!(
        staleness["interval"][0].as_f64().unwrap() > 0.0,
        "{staleness}"
    );
    // A seed that is there twice is no seed more.
    let (from, to) = (
        place.path().join("after/1"),
        place.path().join("after/once-more"),
    );
    std::fs::create_dir(&to).unwrap();
    for file in ["figures.json", "scenario.toml", "manifest.json"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let (exit, _, err) = command(&["compare", &side("before"), &side("after")]);
    assert_eq!(exit, Exit::Usage);
    assert!(
        err.contains("mirror on seed 1 is beside it once more"),
        "{err}"
    );
}

/// What ended the command is on its page and in the summary of its job.
#[test]
fn the_page_and_the_summary_of_one_run_say_what_fails_the_command() {
    let place = tempfile::tempdir().unwrap();
    let (scenario, slower) = (scarce(place.path()), slower(place.path()));
    let out = |name: &str| place.path().join(name).display().to_string();
    let kept = out("kept");
    let played = |name: &str, scenario: &str, more: &[&str]| {
        let out = out(name);
        let always = ["--scenario", scenario, "--strategies", "mirror"];
        let places = ["--baseline-dir", &kept, "--out", &out];
        let (exit, _, err) = command(&[&always[..], &places, more].concat());
        let page = std::fs::read_to_string(place.path().join(name).join("report.html"));
        let (_, summary, _) = command(&["report", &out, "--format", "md"]);
        (exit, page.unwrap_or_else(|_| panic!("{err}")), summary)
    };
    let (exit, page, summary) = played("first", &scenario, &["--save-baseline", "main"]);
    assert_eq!(exit, Exit::Pass);
    assert!(!page.contains("fails the command") && !summary.contains('🟥'));

    let kept_limit = ["--baseline", "main", "--threshold", "accepted_units > 0"];
    let (exit, page, summary) = played("worse", &slower, &kept_limit);
    assert_eq!(exit, Exit::Regressed);
    let verdict = page.split("id=\"glance\"").next().unwrap();
    for said in [
        "No contender promises anything",
        "main.json it is ",
        ", which fails the command.",
        "accepted_units &gt; 0",
        "this run against ",
        "worse ",
    ] {
        assert!(verdict.contains(said), "{said}: {verdict}");
    }
    let head: Vec<&str> = summary.lines().take(3).collect();
    assert!(
        head[2].starts_with("🟥 **") && head[2].ends_with("** against the baseline."),
        "{head:?}"
    );
    assert!(summary.contains("this run against "), "{summary}");

    let (exit, page, summary) =
        played("broken", &scenario, &["--threshold", "accepted_units == 0"]);
    assert_eq!(exit, Exit::GuaranteeFailed);
    assert!(page.contains("1 threshold was broken, which fails the command."));
    assert!(summary.contains("🟥 **1 threshold broken.**"), "{summary}");
}

/// A run that is not whole, or of another format, is compared as little as it is shown.
#[test]
fn what_is_no_whole_run_is_compared_with_nothing() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let path = |name: &str| place.path().join(name);
    let out = |name: &str| path(name).display().to_string();
    let run = |name: &str, more: &[&str]| {
        let out = out(name);
        let always = [
            "--scenario",
            &scenario,
            "--strategies",
            "mirror",
            "--no-report",
        ];
        command(&[&always[..], &["--out", &out], more].concat())
    };
    assert_eq!(run("first", &[]).0, Exit::Pass);
    let altered = |name: &str, file: &str, to: &str| {
        std::fs::create_dir(path(name)).unwrap();
        for file in ["figures.json", "scenario.toml", "manifest.json"] {
            std::fs::copy(path("first").join(file), path(name).join(file)).unwrap();
        }
        let place = path(name).join(file);
        let text = std::fs::read_to_string(&place).unwrap();
        std::fs::write(&place, text.replacen("\"schema_version\": 3", to, 1)).unwrap();
    };
    altered("whole", "figures.json", "\"schema_version\": 3");
    altered("newer", "figures.json", "\"schema_version\": 99");
    altered("other", "manifest.json", "\"schema_version\": 99");
    altered("begun", "figures.json", "\"schema_version\": 3");
    std::fs::remove_file(path("begun/manifest.json")).unwrap();
    std::fs::write(path("begun/unfinished"), "").unwrap();
    std::fs::create_dir(path("claimed")).unwrap();
    std::fs::write(path("claimed/unfinished"), "").unwrap();
    assert_eq!(
        command(&["compare", &out("first"), &out("whole")]).0,
        Exit::Pass
    );
    for (name, said) in [
        ("newer", "schema_version is 99"),
        ("other", "schema_version is 99"),
        ("begun", "the run is not finished"),
        ("claimed", "the run is not finished"),
    ] {
        for (before, after) in [("first", name), (name, "first")] {
            let (exit, text, err) = command(&["compare", &out(before), &out(after)]);
            assert_eq!((exit, text.as_str()), (Exit::Usage, ""), "{name}: {err}");
            assert!(err.contains(said), "{name}: {err}");
        }
        let (exit, _, err) = run("again", &["--baseline", &out(name)]);
        assert_eq!(exit, Exit::Usage, "{name}: {err}");
        assert!(
            err.contains(said) && !path("again").exists(),
            "{name}: {err}"
        );
    }
}

/// Whatever a command is to write, a place that takes nothing ends it alike.
#[test]
fn a_place_that_cannot_be_written_to_is_unexpected_everywhere() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    std::fs::write(place.path().join("file"), "mine").unwrap();
    let below = place.path().join("file/below").display().to_string();
    let gate = "oversold_units == 0";
    let commands: [&[&str]; 6] = [
        &["--scenario", &scenario, "--out", &below],
        &["--scenario", &scenario, "--seeds", "2", "--out", &below],
        &[
            "--scenario",
            &scenario,
            "--baseline-dir",
            &below,
            "--save-baseline",
            "main",
        ],
        &[
            "sweep",
            "--scenario",
            &scenario,
            "--vary",
            "demand.scale=1",
            "--out",
            &below,
        ],
        &[
            "capacity",
            "--scenario",
            &scenario,
            "--threshold",
            gate,
            "--every-value",
            "--out",
            &below,
        ],
        &["fuzz", "--seeds", "1", "--out", &below],
    ];
    for arguments in commands {
        let (exit, text, err) = command(arguments);
        assert_eq!(
            (exit, text.as_str()),
            (Exit::Unexpected, ""),
            "{arguments:?}: {err}"
        );
        assert!(err.contains("file"), "{arguments:?}: {err}");
    }
}

/// Commands that are printed to be copied hold a place as a shell reads it.
#[test]
fn a_place_with_blanks_is_quoted_in_commands() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let out = place.path().join("o ü").display().to_string();
    let always = [
        "--scenario",
        &scenario,
        "--strategies",
        "mirror",
        "--out",
        &out,
    ];
    let (_, table, err) = command(&[&always[..], &["--seed", "4"]].concat());
    assert!(
        table.contains(&format!("explain '{out}'\n")),
        "{table}{err}"
    );
    assert!(
        table.contains(&format!("open '{out}/report.html'\n")),
        "{table}"
    );
    assert!(table.contains(&format!("written to {out}\n")), "{table}");
}
