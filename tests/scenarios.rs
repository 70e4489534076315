//! The built-in scenarios show what they say: a good engine comes through every one of them, and the others fail as
//! docs/theory.md F expects.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{self, over_seeds, play, play_with, scenario};
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::measure::Verdict;
use oversell::scenario::builtin;
use oversell::sim::Setup;
use oversell::world::ledger::Entry;
use oversell::world::{ChannelIndex, SkuIndex};

/// Those of docs/theory.md F and the evening that many of them begin from, with how many seeds each is played on here.
const PLAYED: &[(&str, usize)] = &[
    ("evening", 3),
    ("live-stream-spike", 2),
    ("channel-launch", 2),
    ("restock-race", 3),
    ("bad-count", 3),
    ("webhook-outage", 3),
    ("amazon-throttling-storm", 3),
    ("tiktok-schema-drift", 3),
    ("token-expiry", 3),
    ("engine-crash", 3),
    ("returns-wave", 2),
    ("multi-warehouse", 3),
    ("cancellation-storm", 3),
    ("catalogue-backfill", 1),
    ("clock-skew", 3),
    ("foreign-writer", 3),
    ("bfcm-day", 1),
];

fn oversold(name: &str, strategy: Strategy, seeds: usize) -> Vec<u64> {
    let scenario = scenario(name);
    over_seeds(seeds, |seed| {
        play(&scenario, strategy, seed).total().oversold_units
    })
}

#[test]
fn every_scenario_of_the_theory_is_built_in_and_says_what_engines_make_of_it() {
    for (name, _) in PLAYED {
        let text = builtin::text(name).unwrap_or_else(|| panic!("{name} is built in"));
        let own = scenario(name);
        for kind in ["naive engine", "batch engine"] {
            assert!(
                own.description.contains(kind),
                "{name}: {}",
                own.description
            );
            assert!(text.starts_with("# "), "{name} begins with what it shows");
        }
        assert!(own.description.contains("good"), "{name}");
    }
}

#[test]
fn escrow_comes_through_every_scenario_and_every_declared_fault_strikes() {
    let mut failed = Vec::new();
    for (name, seeds) in PLAYED {
        let scenario = scenario(name);
        let found = over_seeds(*seeds, |seed| {
            let run = play(&scenario, Strategy::Escrow, seed);
            let mut found = Vec::new();
            if run.total().accepted_orders < 100 {
                found.push(format!("{} orders", run.total().accepted_orders));
            }
            if run.total().oversold_units + run.total().lost_orders > 0 {
                found.push(format!(
                    "{} units oversold, {} orders lost",
                    run.total().oversold_units,
                    run.total().lost_orders
                ));
            }
            let broken = run.measured.guarantees.iter();
            for broken in broken.filter(|it| it.promised && it.verdict == Verdict::Violated) {
                found.push(format!("{}: {:?}", broken.name, broken.counter_example));
            }
            for (fault, counts) in scenario.faults.iter().zip(&run.outcome.faults) {
                if counts.injected == 0 {
                    found.push(format!(
                        "{} never struck: {counts:?}",
                        fault.kind.describe().name
                    ));
                }
            }
            found
                .into_iter()
                .map(|it| format!("{name}, seed {seed}: {it}"))
                .collect::<Vec<_>>()
        });
        failed.extend(found.into_iter().flatten());
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// What the listings of one SKU, or of all, have shown.
#[derive(Default)]
struct Shown {
    displayed: BTreeMap<(SkuIndex, ChannelIndex), i64>,
    sellable: BTreeMap<SkuIndex, i64>,
}

impl Shown {
    fn record(&mut self, entry: &Entry) {
        if let Entry::Displayed {
            channel,
            sku,
            to,
            sellable,
            ..
        } = *entry
        {
            self.displayed.insert((sku, channel), to.max(0));
            self.sellable.insert(sku, sellable.max(0));
        }
    }

    /// Everything on display over everything that can be sold (docs/theory.md B, exposure ratio).
    fn ratio(&self) -> f64 {
        let displayed: i64 = self.displayed.values().sum();
        let sellable: i64 = self.sellable.values().sum();
        displayed as f64 / sellable.max(1) as f64
    }
}

/// How much of the stock is on sale a few minutes before each channel opens, and at the end of the demand.
fn ratios_of_a_launch(strategy: Strategy) -> [f64; 3] {
    let scenario = scenario("channel-launch");
    let mut shown = Shown::default();
    let (mut ratios, mut next) = ([0.0; 3], 0);
    // After the opening of half an hour: 55 min, 1 h 55 min, 2 h 55 min.
    let looks = [85.0, 145.0, 205.0].map(|minutes| minutes * 60.0);
    play_with(
        &Setup::new(&scenario, 1, strategy),
        engine::build,
        |at, entry| {
            if next < looks.len() && at.as_secs_f64() >= looks[next] {
                ratios[next] = shown.ratio();
                next += 1;
            }
            shown.record(entry);
        },
    );
    ratios
}

#[test]
fn a_launch_doubles_and_triples_what_a_mirror_has_on_sale_and_nothing_of_escrow() {
    let mirror = ratios_of_a_launch(Strategy::Mirror);
    for (ratio, channels) in mirror.into_iter().zip([1.0, 2.0, 3.0]) {
        assert!((ratio - channels).abs() < 0.1, "{mirror:?}");
    }
    let escrow = ratios_of_a_launch(Strategy::Escrow);
    assert!(
        escrow.iter().all(|ratio| (0.6..=1.0).contains(ratio)),
        "{escrow:?}"
    );
    let sheet = ratios_of_a_launch(Strategy::Spreadsheet);
    assert!(
        sheet[2] > 1.5,
        "with its files the sheet doubles it too: {sheet:?}"
    );
    for strategy in [Strategy::Spreadsheet, Strategy::Trigger, Strategy::Mirror] {
        let units = oversold("channel-launch", strategy, 1);
        assert!(units[0] >= 10, "{}: {units:?}", strategy.name());
    }
}

/// The channels on which the first SKU was ever on display with more units than there had been.
fn channels_above(name: &str, strategy: Strategy, seed: u64, units: i64) -> usize {
    let scenario = scenario(name);
    let mut reached = BTreeSet::new();
    play_with(
        &Setup::new(&scenario, seed, strategy),
        engine::build,
        |_, entry| match *entry {
            Entry::Displayed {
                channel, sku, to, ..
            } if sku == SkuIndex(0) && to > units => {
                reached.insert(channel);
            }
            _ => {}
        },
    );
    reached.len()
}

#[test]
fn a_bad_count_reaches_every_channel_of_a_mirror_and_at_most_one_of_escrow() {
    for seed in 1..=2 {
        assert_eq!(channels_above("bad-count", Strategy::Mirror, seed, 400), 3);
        assert!(channels_above("bad-count", Strategy::Trigger, seed, 400) >= 2);
        assert!(channels_above("bad-count", Strategy::Escrow, seed, 400) <= 1);
    }
}

#[test]
fn a_receipt_posted_twice_is_on_sale_twice_with_a_mirror() {
    // 200 units to begin with, most of which are sold when 500 come in.
    for seed in 1..=2 {
        assert_eq!(
            channels_above("restock-race", Strategy::Mirror, seed, 700),
            3
        );
        assert_eq!(
            channels_above("restock-race", Strategy::Escrow, seed, 700),
            0
        );
    }
}

/// The same evening with a fault and without one: the buyers are the same, so the difference is the fault's.
#[test]
fn faults_cost_a_mirror_many_units_that_the_evening_without_them_does_not() {
    let sum = |name: &str| oversold(name, Strategy::Mirror, 3).into_iter().sum::<u64>();
    let without = sum("evening");
    assert!(without > 30, "{without}");
    for (name, times) in [
        ("webhook-outage", 2.0),
        ("token-expiry", 2.0),
        ("cancellation-storm", 1.1),
    ] {
        let with = sum(name);
        assert!(
            with as f64 >= times * without as f64,
            "{name}: {with} units, {without} without"
        );
    }
    for (name, at_least) in [
        ("bad-count", 150),
        ("restock-race", 100),
        ("amazon-throttling-storm", 300),
    ] {
        let mirror = oversold(name, Strategy::Mirror, 2);
        assert!(
            mirror.iter().all(|it| *it >= at_least),
            "{name}: {mirror:?}"
        );
    }
    for (name, at_least) in [("webhook-outage", 500), ("cancellation-storm", 500)] {
        let trigger: u64 = oversold(name, Strategy::Trigger, 2).into_iter().sum();
        assert!(trigger >= at_least, "{name}: {trigger}");
    }
}

#[test]
fn a_backfill_starves_who_works_it_off_in_order_and_not_escrow() {
    let scenario = scenario("catalogue-backfill");
    let backfill = play(&scenario, Strategy::Escrow, 1);
    let mut quiet = scenario.clone();
    quiet.happenings.clear();
    let without = play(&quiet, Strategy::Escrow, 1);
    let refused = |run: &common::Played| run.total().rejected_in_stock_units;
    assert!(
        refused(&backfill) * 10 <= refused(&without) * 11 + 50,
        "hot products are on sale as they would be without: {} units refused in stock, {} without",
        refused(&backfill),
        refused(&without)
    );
    let trigger = play(&scenario, Strategy::Trigger, 1);
    let mirror = play(&scenario, Strategy::Mirror, 1);
    assert!(trigger.total().oversold_units >= 5 * mirror.total().oversold_units.max(1));
    let age = trigger.total().staleness_s.p50.unwrap_or(0.0);
    assert!(
        age > 600.0,
        "in a queue behind the whole catalogue: {age} s"
    );
}
