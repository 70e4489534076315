//! Why units are oversold (docs/causes.md): every oversold unit has one cause, and it is the right one.

use std::process::Command;

use oversell::engine::config::Strategy;
use oversell::experiment::replications::{ReplicationsDocument, SeedRow};
use oversell::experiment::{Contender, Experiment, RunResult};
use oversell::measure::causes::{CauseLabel, Causes, Chain, Step};
use oversell::report::RunFiles;
use oversell::scenario::Scenario;

use crate::common::has;

fn played(
    name: &str,
    seeds: impl Iterator<Item = u64>,
    contenders: Vec<Contender>,
) -> Vec<RunResult> {
    let experiment = Experiment {
        seeds: seeds.collect(),
        contenders,
        causes: true,
        ..Experiment::new(Scenario::load(name).unwrap().scenario)
    };
    experiment.run().unwrap().runs
}

fn causes(run: &RunResult) -> &Causes {
    run.measured.causes.as_ref().unwrap()
}

#[track_caller]
fn is_explained(run: &RunResult) {
    let who = format!("{} on seed {}", run.name(), run.seed);
    let causes = causes(run);
    assert_eq!(causes.units, run.figures().oversold_units, "{who}");
    for (channel, figures) in &run.measured.channels {
        let rows = causes.rows.iter().filter(|row| row.channel == *channel);
        let units: u64 = rows.map(|row| row.units).sum();
        assert_eq!(units, figures.oversold_units, "{who} on {channel}");
    }
    let unknown = causes
        .rows
        .iter()
        .find(|row| row.label == CauseLabel::Unknown);
    assert!(unknown.is_none(), "{who}: {unknown:?}");
    let mut next = 1;
    for chain in &run.measured.chains {
        assert_eq!(chain.unit, next, "{who}");
        next += chain.units;
        let happened = chain.at_s - chain.delays.total_s();
        assert!(happened >= -1e-6, "{who}: {chain:?}");
        assert!(chain.delays.parts().iter().all(|part| *part >= 0.0));
    }
}

/// Four seeds of a flash sale in which everybody oversells.
#[test]
fn every_oversold_unit_of_every_strategy_has_one_cause_and_none_is_unknown() {
    let contenders = [Strategy::Mirror, Strategy::Trigger, Strategy::Spreadsheet];
    let contenders = contenders.map(Contender::from).to_vec();
    let runs = played("flash-sale-10min", 1..=4, contenders);
    let mut units = 0;
    for run in &runs {
        is_explained(run);
        units += causes(run).units;
    }
    assert!(units > 4_000, "{units}");
}

/// Twenty seeds of a small shop, played as a user does: the causes that the document adds up are those of the rows, seed by
/// seed they are the oversold units of every channel, and none is unknown. The engines of the examples are judged like the
/// strategies.
#[test]
fn the_causes_of_twenty_seeds_add_up_for_strategies_and_example_engines() {
    let here = env!("CARGO_MANIFEST_DIR");
    let place = tempfile::tempdir().unwrap();
    let shop = std::fs::read_to_string(format!("{here}/examples/two_shops.toml")).unwrap();
    let file = place.path().join("shop.toml");
    std::fs::write(&file, shop).unwrap();
    let out = place.path().join("seeds");
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulate"));
    command.arg(&file).args(["--seeds", "20", "--causes"]);
    command.args(["--strategies", "mirror,trigger,spreadsheet"]);
    let mut names = vec!["spreadsheet", "trigger", "mirror"];
    for (program, engine, name) in [
        ("python3", "mirror_engine.py", "python"),
        ("node", "mirror_engine.js", "node"),
    ] {
        if has(program) {
            let engine = format!("{program} '{here}/examples/{engine}'");
            command.args(["--engine-command", &engine, "--engine-name", name]);
            names.push(name);
        }
    }
    let run = command.arg("--out").arg(&out).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let rows = std::fs::read_to_string(out.join("seeds.jsonl")).unwrap();
    let rows: Vec<SeedRow> = rows
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 20 * names.len());
    for row in &rows {
        let who = format!("{} on seed {}", row.contender, row.seed);
        let causes = row.causes.as_ref().unwrap();
        assert_eq!(causes.units, row.figures.oversold_units, "{who}");
        for (channel, figures) in &row.channels {
            let own = causes.rows.iter().filter(|it| it.channel == *channel);
            let units: u64 = own.map(|it| it.units).sum();
            assert_eq!(units, figures.oversold_units, "{who} on {channel}");
        }
        assert!(
            causes.rows.iter().all(|it| it.label != CauseLabel::Unknown),
            "{who}: {causes:?}"
        );
    }
    let document = std::fs::read_to_string(out.join("replications.json")).unwrap();
    let document: ReplicationsDocument = serde_json::from_str(&document).unwrap();
    for name in names {
        let summary = document.summaries.iter().find(|it| it.contender == name);
        let summary = summary.unwrap();
        let own = || rows.iter().filter(|row| row.contender == name);
        let oversold: u64 = own().map(|row| row.figures.oversold_units).sum();
        let causes = summary.causes.as_ref().unwrap();
        assert!(oversold > 20, "{name} oversells: {oversold}");
        assert_eq!(causes.units, oversold, "{name}");
        for parts in [&causes.labels, &causes.channels] {
            assert_eq!(
                parts.iter().map(|it| it.units).sum::<u64>(),
                oversold,
                "{name}"
            );
            let a_run: f64 = parts.iter().filter_map(|it| it.per_run.mean).sum();
            let mean = summary.figures["oversold_units"].mean.unwrap();
            assert!((a_run - mean).abs() < 1e-9, "{name}: {a_run} {mean}");
            assert!(parts.iter().all(|it| it.per_run.runs == 20), "{name}");
        }
        let delay: f64 = own()
            .flat_map(|row| &row.causes.as_ref().unwrap().rows)
            .map(|row| row.delays.total_s())
            .sum();
        let a_unit = causes.delays.total_s();
        assert!(
            (a_unit * oversold as f64 - delay).abs() < 1e-6 * delay.max(1.0),
            "{name}"
        );
    }
}

#[test]
fn asking_for_causes_changes_nothing_of_a_run() {
    let contenders = Strategy::ALL.map(Contender::from).to_vec();
    let asked = played("last-unit", 1..=3, contenders.clone());
    let plain = Experiment {
        seeds: vec![1, 2, 3],
        contenders,
        ..Experiment::new(Scenario::load("last-unit").unwrap().scenario)
    };
    let plain = plain.run().unwrap().runs;
    for (asked, plain) in asked.iter().zip(&plain) {
        is_explained(asked);
        assert_eq!(asked.trace_hash(), plain.trace_hash());
        assert_eq!(asked.figures(), plain.figures());
        assert!(plain.measured.causes.is_none());
    }
}

/// What `examples/habits.py` does on the two shops of `examples/two_shops.toml`, with some of its values replaced.
fn habit(name: &str, replaced: &[(&str, &str)]) -> Option<(Causes, Vec<Chain>)> {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 is missing, and a CI job does not skip"
        );
        eprintln!("skipped: there is no python3");
        return None;
    }
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let mut scenario = std::fs::read_to_string(format!("{examples}/two_shops.toml")).unwrap();
    for (old, new) in replaced {
        assert!(scenario.contains(old));
        scenario = scenario.replace(old, new);
    }
    let place = tempfile::tempdir().unwrap();
    let (file, out) = (place.path().join("two.toml"), place.path().join("run"));
    std::fs::write(&file, scenario).unwrap();
    let engine = format!("python3 '{examples}/habits.py' {name}");
    let run = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .arg(&file)
        .args(["--engine-command", &engine, "--engine-name", name, "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let files = RunFiles::read(&out).unwrap();
    let found = files.contenders().find(|(run, _)| run.strategy == name);
    let (run, kept) = found.unwrap();
    let (causes, chains) = (run.causes.clone()?, kept.chains.clone()?);
    assert_eq!(causes.units, run.figures.oversold_units, "{name}");
    let units: u64 = chains.iter().map(|chain| chain.units).sum();
    assert_eq!(units, causes.units);
    assert!(
        chains.iter().all(|it| it.label != CauseLabel::Unknown),
        "{name}"
    );
    Some((causes, chains))
}

fn units_of(causes: &Causes, labels: &[CauseLabel]) -> u64 {
    let rows = causes.rows.iter().filter(|row| labels.contains(&row.label));
    rows.map(|row| row.units).sum()
}

/// Whether a chain of a label says so of a step.
fn says(chains: &[Chain], label: CauseLabel, step: Step, text: &str) -> bool {
    let mut links = chains
        .iter()
        .filter(|it| it.label == label)
        .flat_map(|it| &it.links);
    links.any(|link| link.step == step && link.what.contains(text))
}

#[test]
fn two_shops_that_write_each_others_old_counts() {
    let Some((causes, chains)) = habit("echo", &[]) else {
        return;
    };
    use CauseLabel::*;
    let put_back = units_of(&causes, &[Resurrection, StaleWrite]);
    assert!(put_back > 5 && put_back * 2 >= causes.units, "{causes:?}");
    let back = "sold 1 unit, which a write put back on sale";
    assert!(says(&chains, StaleWrite, Step::Happened, back));
}

#[test]
fn an_older_count_that_was_compared_with_what_had_just_been_read() {
    let Some((causes, chains)) = habit("compare-and-set", &[]) else {
        return;
    };
    use CauseLabel::*;
    let older = units_of(&causes, &[Resurrection, StaleWrite]);
    assert!(older > 5 && older * 2 > causes.units, "{causes:?}");
    let heard = "after the engine had heard better";
    assert!(says(&chains, StaleWrite, Step::Displayed, heard));
    assert!(!says(&chains, Resurrection, Step::Displayed, heard));
}

#[test]
fn jobs_that_hold_old_quantities() {
    let Some((causes, chains)) = habit("old-jobs", &[]) else {
        return;
    };
    let stale = units_of(&causes, &[CauseLabel::StaleWrite]);
    assert!(stale > 50 && stale * 2 > causes.units, "{causes:?}");
    let heard = "after the engine had heard better";
    assert!(says(
        &chains,
        CauseLabel::StaleWrite,
        Step::Displayed,
        heard
    ));
}

#[test]
fn an_engine_that_is_slower_than_it_had_to_be() {
    let wide = [
        ("skus = 1 ", "skus = 60 "),
        ("units = 60 ", "units = 6 "),
        ("rate = \"1/s\"", "rate = \"4/s\""),
    ];
    let Some((causes, chains)) = habit("own-pace", &wide) else {
        return;
    };
    let (mut paced, mut all) = (0.0, 0.0);
    for row in &causes.rows {
        paced += row.delays.paced_s;
        all += row.delays.total_s();
    }
    assert!(causes.units > 10 && paced > 0.6 * all, "{causes:?}");
    let pace = "meanwhile it sent 2/s of 100/s allowed, for";
    assert!(says(&chains, CauseLabel::InFlight, Step::Sent, pace));
}

/// A mirror in two shops, while a fault keeps it from hearing of TikTok Shop's orders. The news comes with the next reading after
/// that, or is read once it has its own shape again.
const UNHEARD: &str = r#"
version = 1
name = "unheard"
title = "Two shops, one of which cannot be heard"
start = "2026-11-18T12:00:00Z"
opening = "5min"
duration = "40min"
settle = "2h"
channel = [
    { name = "web", platform = "shopify", profile = "shopify-ideal", share = 0.5 },
    { name = "tiktok", platform = "tiktok_shop", profile = "tiktok-ideal", share = 0.5 },
]
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }] }
catalogue = { skus = 60 }
stock = { units = 8 }
demand = { phase = [{ shape = "constant", lasts = "40min", rate = "20/min" }] }
"#;

#[test]
fn what_an_engine_could_not_read_or_was_not_told_is_the_faults() {
    for (fault, name) in [
        (
            "kind = \"field_removed\"\nfield = \"line_items\"\n",
            "field_removed at tiktok",
        ),
        (
            "kind = \"subscription_removed\"\n",
            "subscription_removed at tiktok",
        ),
    ] {
        let text = format!("{UNHEARD}[[fault]]\nchannel = \"tiktok\"\n{fault}");
        let play = |text: &str| {
            let experiment = Experiment {
                contenders: vec![Strategy::Mirror.into()],
                causes: true,
                ..Experiment::new(Scenario::parse("unheard.toml", text).unwrap().scenario)
            };
            experiment.run().unwrap().runs.remove(0)
        };
        let (struck, plain) = (play(&text), play(UNHEARD));
        is_explained(&struck);
        is_explained(&plain);
        let of_faults = units_of(causes(&struck), &[CauseLabel::Fault]);
        // A count that the engine's own write puts back remains that write's, whatever the engine was not told.
        let own = [CauseLabel::InFlight, CauseLabel::StaleWrite];
        let of_engine = units_of(causes(&struck), &own);
        eprintln!(
            "{name}: {:?} {:?}",
            causes(&struck).rows,
            causes(&plain).rows
        );
        assert!(of_faults > of_engine, "{name}: {of_faults}, {of_engine}");
        assert_eq!(units_of(causes(&plain), &[CauseLabel::Fault]), 0);
        let mut named = struck
            .measured
            .chains
            .iter()
            .filter_map(|it| it.fault.as_deref());
        assert!(named.all(|it| it == name), "{name}");
    }
}
