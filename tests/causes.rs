//! Why units are oversold (docs/causes.md): every oversold unit has one cause, and it is the right one.

use oversell::engine::config::Strategy;
use oversell::experiment::{Contender, Experiment, RunResult};
use oversell::measure::causes::{CauseLabel, Causes};
use oversell::scenario::Scenario;

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

/// Twenty seeds of a flash sale in which everybody oversells.
#[test]
fn every_oversold_unit_of_every_strategy_has_one_cause_and_none_is_unknown() {
    let contenders = [Strategy::Mirror, Strategy::Trigger, Strategy::Spreadsheet];
    let contenders = contenders.map(Contender::from).to_vec();
    let runs = played("flash-sale-10min", 1..=20, contenders);
    let mut units = 0;
    for run in &runs {
        is_explained(run);
        units += causes(run).units;
    }
    assert!(units > 10_000, "{units}");
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
