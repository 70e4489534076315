//! Engines on hosts that fail: processes that die at any moment, are slow, have a wrong clock, or are two at once.

use crate::common::{Played, over_seeds, parsed, play_with};
use channel_mocks::core::{Distribution, Seed};
use oversell::engine::config::Strategy;
use oversell::engine::{self, Micros};
use oversell::scenario::Scenario;
use oversell::sim::Setup;
use oversell::sim::host::{
    self, CrashPlan, Frequency, HostFault, JournalKeeping, Moment, Plan, Window,
};
use oversell::stage::faults::Counts;

/// Three platforms, twelve SKUs of three units, more buyers than units, and cancellations.
fn last_units(more: &str) -> Scenario {
    parsed(&format!(
        r#"
version = 1
name = "last-units"
title = "A few units of a few SKUs on three platforms"
start = "2026-11-18T12:00:00Z"
opening = "30min"
duration = "20min"
settle = "12h"
catalogue = {{ skus = 12 }}
stock = {{ units = 3 }}
cancellations = {{ share = 0.25, delay = {{ exponential = "3min" }} }}

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-plus"
share = 0.4

[[channel]]
name = "amazon"
platform = "amazon"
profile = "amazon-default"
share = 0.3
[channel.override.inventory]
write_to_live = {{ p50 = "5s", p99 = "40s", max = "60s" }}
[channel.override.orders]
list_lag = {{ p50 = "10s", p99 = "60s", max = "2min" }}

[[channel]]
name = "tiktok"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.3

[warehouse]
profile = "warehouse-default"
[[warehouse.location]]
code = "main"
share = 1.0

[[demand.phase]]
shape = "constant"
lasts = "20min"
rate = "6/min"
{more}"#
    ))
}

fn crashes(frequency: Frequency) -> Plan {
    Plan::of([HostFault::Crash(CrashPlan {
        window: Window::ALWAYS,
        frequency,
        moments: Moment::ALL.to_vec(),
        restart_after: Distribution::exponential(Micros::from_secs(20))
            .bounded(Micros::from_secs(120)),
    })])
}

fn on_host(scenario: &Scenario, strategy: Strategy, seed: u64, plan: &Plan) -> (Played, Counts) {
    let mut counts = None;
    let build = |config| {
        let hosted = host::wrap(plan, engine::build(config), Seed(seed)).unwrap();
        counts = Some(hosted.counts);
        hosted.engine
    };
    let played = play_with(&Setup::new(scenario, seed, strategy), build, |_, _| {});
    let counts = counts.expect("the engine was made").fault_counts();
    (played, counts[0].1)
}

/// Random inputs at random moments kill it, dozens of times a run.
#[test]
fn escrow_that_dies_at_random_points_oversells_nothing_and_loses_nothing() {
    let scenario = last_units("");
    let runs = over_seeds(24, |seed| {
        let plan = crashes(Frequency::Probability(0.01));
        let (run, counts) = on_host(&scenario, Strategy::Escrow, seed, &plan);
        assert!(counts.injected >= 5, "seed {seed}: {counts:?}");
        assert!(
            counts.noticed > 0 && counts.noticed <= counts.injected,
            "seed {seed}: {counts:?}"
        );
        let total = run.total();
        assert_eq!(total.oversold_units, 0, "seed {seed}");
        assert_eq!(total.lost_orders, 0, "seed {seed}");
        total.accepted_units
    });
    assert!(runs.iter().sum::<u64>() > 24 * 20, "{runs:?}");
}

#[test]
fn the_same_seed_dies_the_same_deaths() {
    let scenario = last_units("");
    let hashes = |seed| {
        let plan = crashes(Frequency::Probability(0.01));
        let run = || {
            on_host(&scenario, Strategy::Escrow, seed, &plan)
                .0
                .outcome
                .trace_hash
        };
        [run(), run()]
    };
    let [first, again] = hashes(5);
    assert_eq!(first, again);
    assert_ne!(first, hashes(6)[0]);
}

/// A mirror that learns of orders from webhooks alone: no poll comes before the run is over. What it has acknowledged no
/// platform will tell it again.
#[test]
fn a_mirror_that_does_not_write_webhooks_down_loses_acknowledged_orders() {
    let text = |name: &str| {
        format!(
            "[[channel]]\nname = \"{name}\"\nplatform = \"shopify\"\nprofile = \"shopify-plus\"\nshare = 0.5\n\
             poll_orders_every = \"2d\"\noverride = {{ faults = {{ drop = 0.0 }} }}\n"
        )
    };
    let scenario = parsed(&format!(
        "version = 1\nname = \"webhooks-only\"\ntitle = \"Webhooks alone\"\nstart = \"2026-11-18T12:00:00Z\"\n\
         opening = \"30min\"\nduration = \"20min\"\nsettle = \"12h\"\ncatalogue = {{ skus = 5 }}\n\
         stock = {{ units = 200 }}\n{}{}\
         [warehouse]\nprofile = \"warehouse-default\"\n[[warehouse.location]]\ncode = \"main\"\nshare = 1.0\n\
         [[demand.phase]]\nshape = \"constant\"\nlasts = \"20min\"\nrate = \"30/min\"\n",
        text("one"),
        text("two")
    ));
    let lost = |journal| -> u64 {
        let lost = over_seeds(6, |seed| {
            let plan = Plan {
                journal,
                ..crashes(Frequency::Every(60))
            };
            let (run, counts) = on_host(&scenario, Strategy::Mirror, seed, &plan);
            assert!(counts.injected >= 10, "seed {seed}: {counts:?}");
            run.total().lost_orders
        });
        lost.iter().sum()
    };
    assert_eq!(lost(JournalKeeping::WriteAhead), 0);
    assert!(lost(JournalKeeping::WithoutDeliveries) > 0);
}

/// The same words in a scenario file, with all of the family at once.
#[test]
fn a_scenario_can_ask_for_every_fault_of_the_engine() {
    let faults = r#"
[[fault]]
kind = "crash"
from = "2min"
for = "10min"
every = 50
restart_after = "15s"

[[fault]]
kind = "slow_engine"
probability = 0.3
delay = { uniform = ["10ms", "400ms"] }

[[fault]]
kind = "clock_skew"
from = "4min"
for = "8min"
behind = "20s"

[[fault]]
kind = "clock_jump"
from = "13min"
for = "5min"
every = 40
ahead = "500ms"

[[fault]]
kind = "second_engine"
from = "15min"
for = "2min"
"#;
    let plain = last_units("");
    let hostile = last_units(faults);
    let play = |scenario: &Scenario, strategy| {
        play_with(&Setup::new(scenario, 4, strategy), engine::build, |_, _| {})
    };
    let run = play(&hostile, Strategy::Escrow);
    let counts = &run.outcome.faults;
    assert_eq!(counts.len(), 5);
    for (fault, counts) in counts.iter().enumerate() {
        assert!(
            counts.injected > 0 && counts.noticed > 0,
            "{fault}: {counts:?}"
        );
        assert!(counts.noticed <= counts.injected, "{fault}: {counts:?}");
        assert!(counts.injected <= counts.eligible, "{fault}: {counts:?}");
    }
    let quiet = play(&plain, Strategy::Escrow);
    assert!(quiet.outcome.faults.is_empty());
    assert_eq!(
        run.outcome.buyers_hash, quiet.outcome.buyers_hash,
        "no buyer moves"
    );
    // The host of informed escrow never fails.
    let informed = play(&hostile, Strategy::InformedEscrow).outcome;
    assert_eq!(
        informed.trace_hash,
        play(&plain, Strategy::InformedEscrow).outcome.trace_hash
    );
}

/// A slow engine and one with a wrong clock still keep escrow's promise: it rests on the order of events, not on speed.
#[test]
fn escrow_on_a_slow_machine_with_a_jumping_clock_oversells_nothing() {
    let scenario = last_units(
        "[[fault]]\nkind = \"slow_engine\"\ndelay = { p50 = \"200ms\", p99 = \"3s\", max = \"20s\" }\n\
         [[fault]]\nkind = \"clock_skew\"\nahead = \"25s\"\nfrom = \"3min\"\nfor = \"5min\"\n\
         [[fault]]\nkind = \"clock_jump\"\nbehind = \"5s\"\nfirst = 4\nfrom = \"9min\"\nfor = \"4min\"\n",
    );
    over_seeds(12, |seed| {
        let setup = Setup::new(&scenario, seed, Strategy::Escrow);
        let run = play_with(&setup, engine::build, |_, _| {});
        assert_eq!(run.total().oversold_units, 0, "seed {seed}");
        assert_eq!(run.total().lost_orders, 0, "seed {seed}");
    });
}
