//! What must hold of any run.

use channel_mocks::core::{Micros, Seed};

use super::engines::{Deaf, Hanging, Mirror, Shared, Spinning};
use super::shop;
use crate::engine::config::{EngineConfig, Strategy};
use crate::engine::{CallError, Engine, Truth};
use crate::scenario::Scenario;
use crate::sim::heap::Ties;
use crate::sim::{Limits, Outcome, Progress, RunError, RunPhase, Setup, run_on};
use crate::world::ledger::{Entry, Recorder};

const SCENARIO: &str = r#"
version = 1
name = "two-shops"
title = "Two shops and one warehouse"
start = "2026-11-27T00:00:00Z"
opening = "10s"
duration = "2min"
settle = "1h"
opening_display = "stock"
support_reads_per_second = 0.5

[[channel]]
name = "north"
platform = "shopify"
profile = "test"
share = 0.7

[[channel]]
name = "south"
platform = "amazon"
profile = "test"
share = 0.3

[warehouse]
profile = "warehouse-ideal"
override = { fulfillment = { pick_and_ship = { uniform = ["1min", "5min"] } } }
[[warehouse.location]]
code = "main"
share = 1.0

[catalogue]
skus = 5

[stock]
units = 30

[demand]
lines_mean = 1.3
[[demand.phase]]
shape = "constant"
lasts = "2min"
rate = "2/s"

[cancellations]
share = 0.1
delay = { exponential = "30s" }
"#;

fn scenario() -> Scenario {
    toml::from_str(SCENARIO).unwrap()
}

/// Counts what a run records.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counts {
    accepted: u32,
    refused: u32,
    oversold: u32,
    ingested: u32,
    short: u32,
    shipped: u32,
    confirmed: u32,
    cancelled: u32,
    support_reads: u32,
    last_at: Micros,
}

impl Recorder for Counts {
    fn record(&mut self, at: Micros, entry: &Entry) {
        assert!(at >= self.last_at, "time went backwards");
        self.last_at = at;
        match entry {
            Entry::Accepted {
                units,
                oversold_units,
                ..
            } => {
                self.accepted += units;
                self.oversold += oversold_units;
            }
            Entry::Refused { units, .. } => self.refused += units,
            Entry::Ingested { .. } => self.ingested += 1,
            Entry::Short { .. } => self.short += 1,
            Entry::Shipped { units, .. } => self.shipped += units,
            Entry::FulfillmentConfirmed { .. } => self.confirmed += 1,
            Entry::Cancelled { .. } => self.cancelled += 1,
            Entry::SupportRead { .. } => self.support_reads += 1,
            _ => {}
        }
    }
}

fn play(
    setup: &Setup,
    engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>,
) -> (Result<Outcome, RunError>, Counts) {
    let mut counts = Counts::default();
    let outcome = run_on(setup, &shop::open, engine, &mut counts, &mut |_| {});
    (outcome, counts)
}

fn mirror(config: EngineConfig) -> Box<dyn Engine> {
    Box::new(Mirror::new(config, 30))
}

/// No machine may be woken for ever while time hardly passes.
#[test]
fn an_engine_that_spins_ends_the_run_at_once() {
    let scenario = scenario();
    let setup = Setup::new(&scenario, 1, Strategy::Mirror);
    let (outcome, _) = play(&setup, |_| Box::new(Spinning { now: Micros::ZERO }));
    match outcome {
        Err(RunError::EngineFailed { at, what, .. }) => {
            assert_eq!(at, Micros::ZERO);
            assert!(
                what.contains("woken more than 10000 times within one second"),
                "{what}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_ends_when_everything_is_shipped_and_confirmed() {
    let scenario = scenario();
    let mut setup = Setup::new(&scenario, 1, Strategy::Mirror);
    setup.staff.cancels_short_order_after = Micros::from_secs(300);
    let (outcome, counts) = play(&setup, mirror);
    let outcome = outcome.unwrap();
    assert!(outcome.converged);
    assert!(outcome.open.is_empty(), "{:?}", outcome.open);
    assert!(outcome.simulated < outcome.demand_until + scenario.settle);
    assert_eq!(outcome.demand_from, Micros::from_secs(10));
    assert_eq!(outcome.demand_until, Micros::from_secs(130));
    assert_eq!(outcome.conservation.accepted, i64::from(counts.accepted));
    let books = &outcome.conservation;
    assert_eq!(
        books.shipped + books.shipped_beyond,
        i64::from(counts.shipped)
    );
    // The staff cannot cancel an order of which another line has been shipped: its short line stays open.
    assert!(books.open < i64::from(counts.short), "{books:?}");
    assert!(counts.accepted > 100 && counts.refused > 0, "{counts:?}");
    assert!(
        counts.oversold > 0 && counts.short > 0,
        "a mirror oversells the last units: {counts:?}"
    );
    assert!(counts.cancelled > counts.short / 2, "{counts:?}");
    assert!(counts.ingested > 0 && counts.confirmed > 0);
    // 120 s at 0.5 a second: 60 with a standard deviation of 7.7.
    assert!((30..90).contains(&counts.support_reads), "{counts:?}");
    let names: Vec<&str> = outcome
        .limits_used
        .iter()
        .map(|(of, _)| of.as_str())
        .collect();
    assert_eq!(names, ["north", "south", "warehouse"]);
}

#[test]
fn one_seed_gives_one_trace_and_another_seed_another() {
    let scenario = scenario();
    let run = |seed| play(&Setup::new(&scenario, seed, Strategy::Mirror), mirror);
    let (first, first_counts) = run(1);
    let (again, again_counts) = run(1);
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!(first.trace_hash, again.trace_hash);
    assert_eq!(first.events, again.events);
    assert_eq!(first_counts, again_counts);
    let (other, _) = run(2);
    let other = other.unwrap();
    assert_ne!(first.trace_hash, other.trace_hash);
    assert_ne!(first.buyers_hash, other.buyers_hash);
}

#[test]
fn engines_do_not_move_buyers() {
    let scenario = scenario();
    let setup = Setup::new(&scenario, 1, Strategy::Mirror);
    let (good, _) = play(&setup, mirror);
    let heard = Shared::default();
    let (deaf, _) = play(&setup, |_| {
        Box::new(Deaf {
            heard: heard.clone(),
        })
    });
    let (good, deaf) = (good.unwrap(), deaf.unwrap());
    assert_eq!(good.buyers_hash, deaf.buyers_hash);
    assert_eq!(good.checkouts, deaf.checkouts);
    assert_ne!(good.trace_hash, deaf.trace_hash);
    assert!(!deaf.converged, "nobody fetched an order");
    assert_eq!(deaf.simulated, deaf.demand_until + scenario.settle);
}

#[test]
fn unanswered_webhooks_fail_after_the_patience_of_the_platform_and_come_again() {
    let mut scenario = scenario();
    scenario.settle = Micros::from_secs(60);
    let heard = Shared::default();
    let setup = Setup::new(&scenario, 1, Strategy::Mirror);
    let (outcome, counts) = play(&setup, |_| {
        Box::new(Deaf {
            heard: heard.clone(),
        })
    });
    let orders = outcome.unwrap().open.uningested_orders as usize;
    assert!(orders > 50, "{counts:?}");
    // Each is repeated every 2 s for at least the 60 s of settling.
    assert!(heard.borrow().deliveries > orders * 25);
}

#[test]
fn a_call_without_an_answer_times_out_when_the_patience_is_over() {
    let scenario = scenario();
    let heard = Shared::default();
    let setup = Setup::new(&scenario, 1, Strategy::Mirror);
    let (outcome, _) = play(&setup, |_| {
        Box::new(Hanging {
            heard: heard.clone(),
            outputs: Default::default(),
        })
    });
    outcome.unwrap();
    let patience = scenario.channels[0].network.patience.0;
    assert_eq!(heard.borrow().errors, [(patience, CallError::TimedOut)]);
}

#[test]
fn informed_escrow_alone_is_told_the_truth_and_all_of_it() {
    let mut scenario = scenario();
    scenario.happenings.push(
        toml::from_str("kind = \"receive\"\nat = \"5s\"\nsku = 2\nlocation = \"main\"\nunits = 4")
            .unwrap(),
    );
    let heard = Shared::default();
    let setup = Setup::new(&scenario, 1, Strategy::InformedEscrow);
    let (outcome, counts) = play(&setup, |_| {
        Box::new(Deaf {
            heard: heard.clone(),
        })
    });
    outcome.unwrap();
    let heard = heard.borrow();
    let (mut sold, mut cancelled, mut stock) = (0, 0, Vec::new());
    for truth in &heard.truths {
        match truth {
            Truth::Sold { units, order, .. } => {
                assert!((70_000..80_000).contains(&order.0), "digits of 7-0000");
                sold += units;
            }
            Truth::Cancelled {
                units, restocked, ..
            } => {
                assert_eq!(units, restocked, "the test shop puts units back");
                cancelled += units;
            }
            Truth::Stock { sku, delta } => stock.push((sku.0, *delta)),
            Truth::Live { .. } => panic!("a deaf engine writes nothing"),
        }
    }
    assert_eq!(sold, counts.accepted);
    assert!(cancelled > 0 && counts.cancelled > 0);
    assert_eq!(stock, [(1, 4)], "SKU by rank 2 is index 1");
}

#[test]
fn a_machine_that_never_rests_is_stopped_with_its_reason_and_the_seed() {
    let mut scenario = scenario();
    scenario.channels[1].profile = "restless".to_string();
    let mut setup = Setup::new(&scenario, 77, Strategy::Mirror);
    setup.limits.max_events_at_one_instant = 1_000;
    let (outcome, _) = play(&setup, mirror);
    let error = outcome.unwrap_err();
    assert!(!error.is_defect_of_harness());
    let text = error.to_string();
    for part in [
        "1000 events at one instant",
        "the shop never rests",
        "seed 77",
        "simulate --scenario two-shops",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn every_limit_stops_a_run() {
    let scenario = scenario();
    let stop = |limits| {
        let mut setup = Setup::new(&scenario, 1, Strategy::Mirror);
        setup.limits = limits;
        play(&setup, mirror).0.unwrap_err().to_string()
    };
    let usual = Limits::default();
    let few = stop(Limits {
        max_events: 100,
        ..usual
    });
    assert!(few.contains("more than 100 events"), "{few}");
    let pending = stop(Limits {
        max_pending: 5,
        ..usual
    });
    assert!(pending.contains("5 events pending"), "{pending}");
    let long = stop(Limits {
        max_simulated: Micros::from_secs(60),
        ..usual
    });
    assert!(long.contains("at most 1min"), "{long}");
}

#[test]
fn other_orders_of_things_that_happen_at_once_can_be_explored() {
    let mut scenario = scenario();
    // Without any delay on the way, many things happen at once.
    for channel in &mut scenario.channels {
        let zero = channel_mocks::core::Distribution::fixed(Micros::ZERO);
        channel.network.request = zero;
        channel.network.reply = zero;
        channel.network.delivery = zero;
    }
    let run = |ties| {
        let mut setup = Setup::new(&scenario, 1, Strategy::Mirror);
        setup.ties = ties;
        play(&setup, mirror).0.unwrap()
    };
    let drawn = |n| Ties::Drawn(Seed(1).stream("sim", "tie", n));
    let (fixed, one, again) = (run(Ties::Scheduled), run(drawn(1)), run(drawn(1)));
    assert_eq!(one.trace_hash, again.trace_hash);
    assert_eq!(one.buyers_hash, fixed.buyers_hash);
    assert_ne!(one.trace_hash, fixed.trace_hash);
}

#[test]
fn progress_tells_the_phases_in_order_and_the_clock_is_read_at_their_borders() {
    let scenario = scenario();
    let (mut phases, reads) = (Vec::new(), std::cell::Cell::new(0.0));
    let clock = || {
        reads.set(reads.get() + 1.0);
        reads.get()
    };
    let mut setup = Setup::new(&scenario, 1, Strategy::Mirror);
    setup.clock = &clock;
    let mut counts = Counts::default();
    let mut progress = |progress: Progress| {
        if phases.last() != Some(&progress.phase) {
            phases.push(progress.phase);
        }
    };
    let outcome = run_on(&setup, &shop::open, mirror, &mut counts, &mut progress).unwrap();
    let all = [
        RunPhase::Opening,
        RunPhase::Demand,
        RunPhase::Settling,
        RunPhase::Over,
    ];
    assert_eq!(phases, all);
    assert_eq!(reads.get(), 4.0);
    assert_eq!((outcome.wall.total_s, outcome.wall.demand_s), (3.0, 1.0));
}
