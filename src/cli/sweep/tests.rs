//! Sweeps as a user meets them.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::cli::tests::{command, scarce};

fn files(place: &Path) -> BTreeMap<String, String> {
    let of = |folder: &Path| -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|it| it.unwrap().path())
            .filter(|it| it.is_file())
            .collect()
    };
    let mut all = of(place);
    all.extend(of(&place.join("cells")));
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let name = |path: &Path| path.strip_prefix(place).unwrap().display().to_string();
    all.iter().map(|path| (name(path), text(path))).collect()
}

/// A sweep that was broken off goes on without doing anything twice; its shards come to the same bytes.
#[test]
fn a_sweep_goes_on_where_it_was_and_can_be_shared_out() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let path = |name: &str| place.path().join(name).display().to_string();
    let swept = |out: &str, more: &[&str]| {
        let out = path(out);
        let mut arguments = vec![
            "sweep",
            "--scenario",
            &scenario,
            "--strategies",
            "mirror,escrow",
            "--vary",
            "strategy.mirror.buffer=0..6..3",
            "--seeds",
            "2",
            "--threshold",
            "oversold_units{contender=mirror} == 0",
            "--out",
            &out,
        ];
        arguments.extend(more);
        command(&arguments)
    };
    let (exit, table, err) = swept("whole", &[]);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""), "{table}");
    for said in ["buffer", "escrow *", "fails", "frontier.svg"] {
        assert!(table.contains(said), "{said}: {table}");
    }
    let rows = table
        .lines()
        .filter(|line| line.contains(" mirror") || line.contains("oversold"));
    let rows: Vec<&str> = rows
        .filter(|line| !line.contains("simulate sweep"))
        .collect();
    assert!(
        rows.iter().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    // What has no room beside the others stands in a block below, with the names of its rows.
    for figure in ["oversold", "calls/order", "cost", "limits"] {
        let heads = table.lines().filter(|line| line.contains("contender"));
        let heads = heads.filter(|line| line.split_whitespace().any(|it| it == figure));
        assert_eq!(heads.count(), 1, "{figure}: {table}");
    }
    let whole = files(Path::new(&path("whole")));
    assert_eq!(
        whole.keys().filter(|it| it.starts_with("cells/")).count(),
        4
    );
    let picture = &whole["frontier.svg"];
    assert!(
        picture.matches("<circle").count() >= 8 && picture.ends_with("</svg>\n"),
        "{picture}"
    );
    // The way of a contender through the values of the one key; plain escrow knows nothing of a buffer and stays where it is.
    assert!(picture.contains("<title>mirror, as strategy.mirror.buffer changes</title>"));
    assert!(!picture.contains("<title>escrow, as "), "{picture}");
    // Two seeds that differ have an interval; it is drawn through the mean, and said beside it.
    let shown = picture.matches("stroke-opacity").count();
    let wide = |line: &str| {
        let words: Vec<&str> = line.split(',').collect();
        let is_it = ["oversold_units", "net_undersell_units"].contains(&words[2]);
        is_it && words[5].parse().is_ok_and(|it: f64| it > 0.0)
    };
    let wide: std::collections::BTreeSet<String> = whole["sweep.csv"]
        .lines()
        .skip(1)
        .filter(|line| wide(line))
        .map(|line| line.split(',').take(2).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(shown, wide.len(), "{wide:?}");
    assert!(shown > 0 && picture.contains(" ± "), "{picture}");
    assert_eq!(
        whole["sweep.csv"].lines().next(),
        Some("strategy.mirror.buffer,contender,figure,runs,mean,half_width")
    );
    // Broken off: two cells were done, and one of them is marked, so that it shows whether it is done again.
    let marked =
        whole["cells/00001.json"].replace("\"runs_without_calls\": 0", "\"runs_without_calls\": 1");
    std::fs::create_dir_all(path("broken/cells")).unwrap();
    std::fs::write(path("broken/definition.json"), &whole["definition.json"]).unwrap();
    std::fs::write(path("broken/cells/00001.json"), &marked).unwrap();
    std::fs::write(path("broken/cells/00002.json.part"), "{").unwrap();
    let (exit, _, err) = swept("broken", &["--format", "csv"]);
    assert_eq!(exit, Exit::Pass);
    assert!(err.contains("1 of 4 cells"), "{err}");
    let again = files(Path::new(&path("broken")));
    assert_eq!(again["cells/00001.json"], marked);
    assert_eq!(again["cells/00003.json"], whole["cells/00003.json"]);
    // Another sweep is not mixed with it.
    let (exit, _, err) = swept("whole", &["--vary", "demand.scale=1,2"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("another sweep"), "{err}");
    for shard in ["1/2", "2/2"] {
        let (exit, said, _) = swept(&format!("part-{}", &shard[..1]), &["--shard", shard]);
        assert_eq!(exit, Exit::Pass);
        assert!(
            said.contains(&format!("shard {shard}: 2 of 4 cells")),
            "{said}"
        );
    }
    let merged = |out: &str, parts: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|it| path(it)).collect();
        let out = path(out);
        let mut arguments = vec!["merge", "--out", &out];
        arguments.extend(parts.iter().map(String::as_str));
        command(&arguments)
    };
    let (exit, _, err) = merged("less", &["part-1"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(err.contains("missing: cell 1, 3"), "{err}");
    let (exit, _, err) = merged("more", &["part-1", "part-2", "part-1"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(err.contains("there twice: cell 0, 2"), "{err}");
    let (exit, same, _) = merged("merged", &["part-2", "part-1"]);
    assert_eq!(exit, Exit::Pass);
    assert!(
        files(Path::new(&path("merged"))) == whole,
        "every file is the same"
    );
    let body = |table: &str| table.split("written to").next().unwrap().to_string();
    assert_eq!(body(&same), body(&table));
    // The whole takes no shard's place, by whatever name that goes, and that of nothing else.
    let parts = ["part-1", "part-2"].map(|it| files(Path::new(&path(it))));
    for out in ["part-1", "part-2/../part-1", "part-2"] {
        let (exit, _, err) = merged(out, &["part-1", "part-2"]);
        assert_eq!(exit, Exit::Usage, "{err}");
        assert!(err.contains("would be spoilt"), "{err}");
    }
    assert!(parts == ["part-1", "part-2"].map(|it| files(Path::new(&path(it)))));
    std::fs::create_dir(path("mine")).unwrap();
    std::fs::write(path("mine/sweep.csv"), "mine").unwrap();
    for out in ["mine", "merged"] {
        let (exit, table, err) = merged(out, &["part-1", "part-2"]);
        assert_eq!(exit, Exit::Pass, "{err}");
        assert!(err.contains("holds something already") && table.contains(&format!("{out}-2")));
        assert!(
            files(Path::new(&path(&format!("{out}-2")))) == whole,
            "{out}"
        );
    }
    assert_eq!(
        std::fs::read_to_string(path("mine/sweep.csv")).unwrap(),
        "mine"
    );
    // A shard that is not there is missing; one of another study is none.
    let (exit, _, err) = merged("less", &["part-1", "nonexistent"]);
    assert_eq!(exit, Exit::ShardsMissing);
    assert!(
        err.contains("there is no ") && err.contains("nonexistent"),
        "{err}"
    );
    std::fs::create_dir(path("search")).unwrap();
    std::fs::write(path("search/definition.json"), "{\"kind\": \"capacity\"}").unwrap();
    let (exit, _, err) = merged("less", &["part-1", "search"]);
    assert_eq!(exit, Exit::Usage);
    assert!(
        err.contains("of another kind, `capacity`: a sweep"),
        "{err}"
    );
    assert!(!Path::new(&path("less")).exists());
}

/// What is in a directory and not of this sweep is neither mixed with it nor written over.
#[test]
fn a_directory_of_something_else_is_left_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let path = |name: &str| place.path().join(name);
    let swept = |out: &str| {
        let out = path(out).display().to_string();
        let vary = "strategy.mirror.buffer=1,2";
        let arguments = ["sweep", "--scenario", &scenario, "--vary", vary];
        let rest = ["--strategies", "mirror", "--seeds", "1", "--out", &out];
        command(&[&arguments[..], &rest].concat())
    };
    let (exit, _, err) = swept("done");
    assert_eq!(exit, Exit::Pass, "{err}");
    std::fs::create_dir(path("mine")).unwrap();
    std::fs::write(path("mine/sweep.csv"), "mine").unwrap();
    std::fs::write(path("file"), "mine").unwrap();
    std::fs::create_dir_all(path("search")).unwrap();
    std::fs::write(path("search/definition.json"), "{\"kind\": \"capacity\"}").unwrap();
    std::fs::create_dir_all(path("spoilt")).unwrap();
    std::fs::write(path("spoilt/definition.json"), "{").unwrap();
    // Cells without what they are cells of.
    std::fs::remove_file(path("done/definition.json")).unwrap();
    for (out, said) in [
        ("mine", "holds files, and no sweep"),
        ("file", "is a file"),
        ("search", "another kind, `capacity`"),
        ("spoilt", "name another one"),
        ("done", "holds files, and no sweep"),
    ] {
        let before = path(out)
            .is_dir()
            .then(|| std::fs::read_dir(path(out)).unwrap().count());
        let (exit, table, err) = swept(out);
        let expected = match out {
            "file" => Exit::Unexpected,
            _ => Exit::Usage,
        };
        assert_eq!((exit, table.as_str()), (expected, ""), "{out}: {err}");
        assert!(err.contains(said), "{out}: {err}");
        let after = path(out)
            .is_dir()
            .then(|| std::fs::read_dir(path(out)).unwrap().count());
        assert_eq!(after, before, "{out}");
    }
    // One that was broken off before it said what it is about goes on.
    std::fs::create_dir_all(path("begun/cells")).unwrap();
    std::fs::write(path("begun/definition.json.7.part"), "{").unwrap();
    let (exit, _, err) = swept("begun");
    assert_eq!(exit, Exit::Pass, "{err}");
}

#[test]
fn what_cannot_be_varied_is_told_before_anything_runs() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let out = place.path().join("nothing").display().to_string();
    for (vary, said) in [
        ("strategy.mirror.bufer=1,2", "buffer"),
        ("channel.ebay.share=0.5", "first, second"),
        ("catalogue.skus=2,many", "catalogue.skus=many"),
        ("demand.scale=0", "above 0"),
        (
            "strategy.mirror.buffer=1,-2",
            "with strategy.mirror.buffer=-2",
        ),
        (
            "strategy.trigger.attempts=1,2",
            "nobody who runs goes by it",
        ),
        ("title=a,b", "no run depends on it"),
        ("demand.phase.7.rate=1/s", "there is no `7`"),
        ("settle", "no values"),
    ] {
        let (exit, _, err) = command(&[
            "sweep",
            "--scenario",
            &scenario,
            "--strategies",
            "mirror,escrow",
            "--vary",
            vary,
            "--out",
            &out,
        ]);
        assert_eq!(exit, Exit::Usage, "{vary}: {err}");
        assert!(err.contains(said), "{vary}: {err}");
        assert!(
            !err.contains("╭▸"),
            "no line of a text that nobody has seen: {err}"
        );
        assert!(!Path::new(&out).exists());
    }
}
