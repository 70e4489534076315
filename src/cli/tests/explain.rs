//! Why a run oversold, asked for unit by unit.

use super::*;

#[test]
fn a_run_is_explained_unit_by_unit_and_bad_questions_get_the_way_out() {
    let place = tempfile::tempdir().unwrap();
    let scenario = scarce(place.path());
    let run = |name: &str, more: &[&str]| {
        let out = place.path().join(name).display().to_string();
        let arguments = [
            &["--scenario", &scenario, "--seed", "4", "--out", &out],
            more,
        ]
        .concat();
        let (_, text, err) = command(&arguments);
        (out, text, err)
    };
    let (out, table, err) = run("run", &[]);
    let text = std::fs::read_to_string(place.path().join("run/figures.json")).unwrap();
    let document: Document = serde_json::from_str(&text).unwrap();
    let causes = document.strategies[0].causes.as_ref().unwrap();
    assert!(causes.units > 1, "the scenario is too easy: {table}{err}");
    let told = format!("\nmirror: of {} oversold units: ", causes.units);
    assert!(table.contains(&told), "{table}");
    assert!(
        table.contains("why, unit by unit: simulate explain "),
        "{table}"
    );

    let (exit, text, err) = command(&["explain", &out]);
    assert_eq!((exit, err.as_str()), (Exit::Pass, ""));
    assert!(
        text.starts_with("scarce, seed 4: why mirror oversold\n"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let stories = text.matches(" until the sale went: ").count();
    assert_eq!(stories, causes.worst_skus.len(), "{text}");

    // The number of a unit leads to it, and each unit of the SKU has its place.
    let (_, text, _) = command(&["explain", &out, "--unit", "2", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let chain = &told["chains"][0];
    let (unit, units) = (
        chain["unit"].as_u64().unwrap(),
        chain["units"].as_u64().unwrap(),
    );
    assert!((unit..unit + units).contains(&2), "{text}");
    assert_eq!(told["causes"]["units"], causes.units);
    let worst = causes.worst_skus[0].sku;
    let by_code = format!("SKU-{worst:05}");
    let (exit, text, _) = command(&["explain", &out, "--sku", &by_code, "--strategy", "mirror"]);
    assert_eq!(exit, Exit::Pass);
    assert_eq!(
        text,
        command(&["explain", &out, "--sku", &worst.to_string()]).1
    );

    let (bare, ..) = run("bare", &["--no-report"]);
    let nowhere = place.path().join("nowhere").display().to_string();
    for (arguments, said) in [
        (&["explain", &nowhere][..], "there is no such directory"),
        (
            &["explain", &bare],
            "run it again without --no-report: simulate --scenario",
        ),
        (
            &["explain", &out, "--strategy", "miror"],
            "did you mean `mirror`?",
        ),
        (
            &["explain", &out, "--unit", "100000"],
            "give a number from 1 to ",
        ),
        (&["explain", &out, "--unit", "0"], "--unit"),
        (
            &["explain", &out, "--sku", "9"],
            "the worst SKUs of it are ",
        ),
        (&["explain", &out, "--sku", "ABC-1"], "like SKU-00001"),
        (
            &["explain", &out, "--strategy", "escrow", "--unit", "1"],
            "name another contender",
        ),
    ] {
        let (exit, text, err) = command(arguments);
        assert_eq!((exit, text.as_str()), (Exit::Usage, ""), "{arguments:?}");
        let joined = err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(said), "{arguments:?}: {err}");
    }
    std::fs::write(place.path().join("run/causes/mirror.jsonl"), "").unwrap();
    let (exit, _, err) = command(&["explain", &out, "--unit", "1"]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("mirror.jsonl was emptied"), "{err}");
    std::fs::remove_file(place.path().join("run/causes/mirror.jsonl")).unwrap();
    let (exit, _, err) = command(&["explain", &out]);
    assert_eq!(exit, Exit::Usage);
    assert!(err.contains("the file is missing"), "{err}");
}
