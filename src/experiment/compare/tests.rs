use std::collections::BTreeMap;

use super::*;
use crate::experiment::thresholds::Better;
use crate::measure::causes::{CauseLabel, CauseRow, DelayParts};
use crate::measure::{Causes, Figures, Spread};
use crate::scenario::Scenario;

fn run(oversold_units: u64, staleness_p99: f64) -> SideRun {
    let figures = Figures {
        oversold_units,
        accepted_units: 100,
        staleness_s: Spread {
            count: 10,
            p99: Some(staleness_p99),
            ..Spread::default()
        },
        convergence_s: Some(60.0),
        ..Figures::default()
    };
    let verdict = match oversold_units {
        0 => Verdict::Holds,
        _ => Verdict::Violated,
    };
    SideRun {
        channels: BTreeMap::from([("amazon".to_string(), figures.clone())]),
        figures,
        guarantees: BTreeMap::from([("no_oversell".to_string(), verdict)]),
        causes: None,
        trace_hash: format!("{oversold_units}-{staleness_p99}"),
        buyers_hash: "b".to_string(),
    }
}

fn side(runs: impl IntoIterator<Item = SideRun>) -> Side {
    let runs = runs.into_iter().zip(1..);
    Side {
        name: "kept".to_string(),
        scenario: "shop".to_string(),
        runs: runs
            .map(|(run, seed)| ((seed, "mirror".to_string()), run))
            .collect(),
        ..Side::default()
    }
}

fn of(
    before: impl IntoIterator<Item = SideRun>,
    after: impl IntoIterator<Item = SideRun>,
) -> ContenderChange {
    let comparison = compare(&side(before), &side(after), false).unwrap();
    assert_eq!(comparison.change, comparison.contenders[0].change);
    comparison.contenders.into_iter().next().unwrap()
}

#[test]
fn one_seed_is_compared_exactly() {
    let same = of([run(5, 2.0)], [run(5, 2.0)]);
    assert_eq!(
        (same.change, same.same_trace),
        (Change::Unchanged, Some(true))
    );
    assert!(same.figures.is_empty() && same.guarantees.is_empty() && same.compared > 30);
    let worse = of([run(5, 2.0)], [run(6, 2.0)]);
    assert_eq!(
        (worse.change, worse.same_trace),
        (Change::Regressed, Some(false))
    );
    let [figure] = worse.figures.as_slice() else {
        panic!("{worse:?}");
    };
    assert_eq!(
        (figure.figure.as_str(), figure.better),
        ("oversold_units", Better::Lower)
    );
    assert_eq!(
        (figure.before, figure.after, figure.difference),
        (Some(5.0), Some(6.0), Some(1.0))
    );
    assert_eq!(figure.channels[0].channel, "amazon");
    // The least there is between two numbers is a difference.
    let less = f64::from_bits(2.0_f64.to_bits() - 1);
    assert_eq!(of([run(5, 2.0)], [run(5, less)]).change, Change::Improved);
    assert_eq!(of([run(5, 2.0)], [run(6, less)]).change, Change::Mixed);
}

#[test]
fn the_worst_comes_first_and_what_has_no_direction_last() {
    let mut after = run(6, 4.0);
    after.figures.accepted_units = 90;
    after.figures.net_undersell_units = 1;
    after.figures.count_too_high_units = Some(1.0);
    let changed = of([run(5, 2.0)], [after]);
    let order: Vec<(&str, Change)> = changed
        .figures
        .iter()
        .map(|it| (it.figure.as_str(), it.change))
        .collect();
    assert_eq!(
        order,
        [
            ("net_undersell_units", Change::Regressed),
            ("oversold_units", Change::Regressed),
            ("staleness_s.p99", Change::Regressed),
            ("count_too_high_units", Change::Changed),
            ("accepted_units", Change::Changed),
        ],
        "units before times, and among units what was nothing before"
    );
    assert_eq!(changed.change, Change::Regressed);
}

#[test]
fn verdicts_and_what_never_comes_count() {
    let broken = of([run(0, 2.0)], [run(1, 2.0)]);
    assert_eq!(broken.guarantees[0].change, Change::Regressed);
    assert_eq!(
        (broken.guarantees[0].before, broken.guarantees[0].after),
        (Verdict::Holds, Verdict::Violated)
    );
    let mut unknown = run(0, 2.0);
    unknown
        .guarantees
        .insert("no_oversell".to_string(), Verdict::Unknown);
    assert_eq!(
        of([run(0, 2.0)], [unknown]).guarantees[0].change,
        Change::Changed
    );
    let mut never = run(0, 2.0);
    never.figures.convergence_s = None;
    assert_eq!(of([run(0, 2.0)], [never.clone()]).change, Change::Regressed);
    assert_eq!(of([never.clone()], [run(0, 2.0)]).change, Change::Improved);
    // Of two seeds one ceases to converge, however much sooner the other does.
    let mut sooner = run(0, 2.0);
    sooner.figures.convergence_s = Some(1.0);
    assert_eq!(
        of([run(0, 2.0), run(0, 2.0)], [never, sooner]).change,
        Change::Regressed
    );
}

#[test]
fn several_seeds_are_compared_in_pairs() {
    // Seeds differ among themselves by far more than before from after.
    let ages = [1.0, 50.0, 900.0, 7.0, 300.0];
    let runs = |more: [f64; 5]| {
        ages.into_iter()
            .zip(more)
            .map(|(age, more)| run(3, age + more))
            .collect::<Vec<_>>()
    };
    let surely = of(runs([0.0; 5]), runs([1.0, 1.2, 0.9, 1.1, 1.0]));
    assert_eq!(surely.change, Change::Regressed);
    let figure = &surely.figures[0];
    let (low, high) = figure.interval.unwrap();
    assert!(low > 0.8 && high < 1.3 && figure.pairs == 5, "{figure:?}");
    let unsure = of(runs([0.0; 5]), runs([1.0, -1.2, 0.9, -1.1, 0.5]));
    assert_eq!(
        (unsure.change, unsure.figures[0].change),
        (Change::Unchanged, Change::Unchanged)
    );
    // That one seed of five begins to oversell is no mean to speak of, but a promise broken where it was kept.
    let before: Vec<SideRun> = vec![run(0, 2.0); 5];
    let mut after = before.clone();
    after[3] = run(1, 2.0);
    let once = of(before, after);
    assert_eq!(
        (once.figures[0].change, once.change),
        (Change::Unchanged, Change::Regressed)
    );
    assert_eq!(
        (
            once.guarantees[0].violated_before,
            once.guarantees[0].violated_after
        ),
        (0, 1)
    );
}

#[test]
fn what_is_not_about_the_same_is_refused_leaf_by_leaf() {
    let setting = |more: &str| {
        let text = format!("extends = \"flash-sale-10min\"\nname = \"x\"\n{more}");
        Setting::of(&Scenario::parse("x.toml", &text).unwrap().scenario)
    };
    let with = |setting: Setting| Side {
        setting: Some(setting),
        ..side([run(0, 1.0)])
    };
    let plain = with(setting(""));
    let gated = setting(
        "title = \"other words\"\nstrategies = [\"mirror\"]\n[[threshold]]\ncheck = \"oversold == 0\"\n",
    );
    assert_eq!(
        gated.hash(),
        plain.setting.as_ref().unwrap().hash(),
        "what no run depends on"
    );
    assert!(compare(&plain, &with(gated), false).is_ok());
    let other = with(setting(
        "settle = \"7min\"\n[[channel]]\nname = \"amazon\"\noverride.inventory.write_to_live = { fixed = \"1s\" }\n",
    ));
    let Err(Refusal::Different(found)) = compare(&plain, &other, false) else {
        panic!("compared");
    };
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("settle: \"") && line.ends_with("and \"7min\"")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("channel.amazon.override.inventory.write_to_live.")),
        "{found:?}"
    );
    let forced = compare(&plain, &other, true).unwrap();
    assert_eq!(forced.forced_over, found);
    // How an engine is set is a part of what is compared.
    let slower = with(setting("[strategy.mirror]\npublish_every = \"2min\"\n"));
    let compared = compare(&plain, &slower, false).unwrap();
    assert_eq!(
        compared.engine_settings,
        ["strategy.mirror.publish_every: \"0s\" and \"2min\""]
    );
    // Seeds, buyers and times.
    let mut later = side([run(0, 1.0), run(0, 1.0)]);
    let found = compare(&side([run(0, 1.0)]), &later, false).unwrap_err();
    assert_eq!(
        found,
        Refusal::Different(vec!["seeds: 1 and 1, 2".to_string()])
    );
    assert_eq!(
        compare(&side([run(0, 1.0)]), &later, true).unwrap().seeds,
        [1]
    );
    later
        .runs
        .values_mut()
        .for_each(|run| run.buyers_hash = "c".to_string());
    let found = compare(&side([run(0, 1.0), run(0, 1.0)]), &later, false).unwrap_err();
    assert!(
        matches!(&found, Refusal::Different(lines) if lines[0].contains("buyers of seed 1")),
        "{found:?}"
    );
    later.real_time = true;
    assert!(matches!(
        compare(&later.clone(), &later, true),
        Err(Refusal::RealTime(_))
    ));
    let mut stranger = side([run(0, 1.0)]);
    stranger.runs = stranger
        .runs
        .into_iter()
        .map(|((seed, _), run)| ((seed, "mine".to_string()), run))
        .collect();
    let found = compare(&side([run(0, 1.0)]), &stranger, false).unwrap_err();
    assert!(
        matches!(&found, Refusal::NothingInCommon(why) if why.contains("mine")),
        "{found:?}"
    );
}

#[test]
fn causes_say_what_rose_and_where_the_time_went() {
    let causes = |in_flight: u64, restock: u64, engine_s: f64| Causes {
        units: in_flight + restock,
        rows: [
            (CauseLabel::InFlight, in_flight, engine_s),
            (CauseLabel::PlatformRestock, restock, 0.0),
        ]
        .into_iter()
        .map(|(label, units, engine_s)| CauseRow {
            channel: "amazon".to_string(),
            label,
            units,
            delays: DelayParts {
                engine_s: engine_s * units as f64,
                ..DelayParts::default()
            },
        })
        .collect(),
        worst_skus: Vec::new(),
    };
    let with = |units, causes| SideRun {
        causes: Some(causes),
        ..run(units, 1.0)
    };
    let changed = of(
        [with(10, causes(6, 4, 2.0))],
        [with(15, causes(12, 3, 30.0))],
    );
    let why = changed.causes.unwrap();
    let labels: Vec<(CauseLabel, u64, u64)> = why
        .labels
        .iter()
        .map(|it| (it.label, it.units_before, it.units_after))
        .collect();
    assert_eq!(
        labels,
        [
            (CauseLabel::InFlight, 6, 12),
            (CauseLabel::PlatformRestock, 4, 3)
        ]
    );
    assert_eq!(why.delay_before.unwrap().engine_s, 1.2);
    assert_eq!(why.delay_after.unwrap().engine_s, 24.0);
    assert_eq!(of([run(1, 1.0)], [with(2, causes(2, 0, 1.0))]).causes, None);
}

#[test]
fn a_replay_of_other_orders_is_about_something_else() {
    let replay = |orders: &str, stock: Option<&str>| {
        let mut scenario = Scenario::load("retail-replay").unwrap().scenario;
        let replay = scenario.replay.as_mut().unwrap();
        replay.orders_hash = Some(orders.to_string());
        replay.stock_hash = stock.map(str::to_string);
        Side {
            setting: Some(Setting::of(&scenario)),
            ..side([run(5, 2.0)])
        }
    };
    let before = replay("0123456789abcdef", None);
    assert!(compare(&before, &before, false).is_ok());
    let after = replay("fedcba9876543210", Some("00112233445566778"));
    assert_eq!(
        compare(&before, &after, false).unwrap_err(),
        Refusal::Different(vec![
            "replay.orders_hash: \"0123456789abcdef\" and \"fedcba9876543210\"".to_string(),
            "replay.stock_hash: nothing and \"00112233445566778\"".to_string(),
        ])
    );
}

/// A mean is of the seeds on which something came, and how many those are not is known.
#[test]
fn seeds_on_which_it_never_came_are_counted() {
    let converged = |after: Option<f64>| {
        let mut run = run(5, 2.0);
        run.figures.convergence_s = after;
        run
    };
    let runs = |all: [Option<f64>; 3]| all.map(converged);
    let changed = of(runs([Some(62.2), None, None]), runs([None, None, None]));
    let [figure] = changed.figures.as_slice() else {
        panic!("{changed:?}");
    };
    assert_eq!((figure.never_before, figure.never_after), (2, 3));
    let one = of([converged(Some(62.2))], [converged(None)]);
    assert_eq!(
        (one.figures[0].never_before, one.figures[0].never_after),
        (0, 0)
    );
}
