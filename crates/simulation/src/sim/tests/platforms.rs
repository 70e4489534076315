//! Whole runs with the real emulators and the built-in engines.

use channel_mocks::core::Micros;

use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::sim::{Outcome, RunError, Setup, SetupError, run};
use crate::world::ledger::{Entry, Recorder};

const SCENARIO: &str = r#"
version = 1
name = "three-platforms"
title = "Three platforms and two warehouses"
start = "2026-11-27T00:00:00Z"
opening = "10min"
duration = "10min"
settle = "12h"

[[channel]]
name = "shop"
platform = "shopify"
profile = "shopify-ideal"
share = 0.5

[[channel]]
name = "marketplace"
platform = "amazon"
profile = "amazon-ideal"
share = 0.3

[[channel]]
name = "video"
platform = "tiktok_shop"
profile = "tiktok-ideal"
share = 0.2

[warehouse]
profile = "warehouse-ideal"
[[warehouse.location]]
code = "east"
postal_prefixes = "01234"
share = 0.6
[[warehouse.location]]
code = "west"
postal_prefixes = "56789"
share = 0.4

[catalogue]
skus = 8

[stock]
units = 60

[demand]
[[demand.phase]]
shape = "constant"
lasts = "10min"
rate = "30/min"
"#;

#[derive(Default)]
struct Counts {
    accepted: u32,
    oversold: u32,
    ingested: u32,
}

impl Recorder for Counts {
    fn record(&mut self, _at: Micros, entry: &Entry) {
        match entry {
            Entry::Accepted {
                units,
                oversold_units,
                ..
            } => {
                self.accepted += units;
                self.oversold += oversold_units;
            }
            Entry::Ingested { .. } => self.ingested += 1,
            _ => {}
        }
    }
}

fn play(scenario: &Scenario, strategy: Strategy) -> (Result<Outcome, RunError>, Counts) {
    let mut counts = Counts::default();
    let setup = Setup::new(scenario, 5, strategy);
    let outcome = run(&setup, &mut counts, &mut |_| {});
    (outcome, counts)
}

#[test]
fn every_strategy_sells_and_conserves_units_and_repeats() {
    let scenario: Scenario = toml::from_str(SCENARIO).unwrap();
    let mut buyers = Vec::new();
    for strategy in Strategy::ALL {
        let (outcome, counts) = play(&scenario, strategy);
        let outcome = outcome.unwrap_or_else(|error| panic!("{}: {error}", strategy.name()));
        let (again, _) = play(&scenario, strategy);
        assert_eq!(outcome.trace_hash, again.unwrap().trace_hash);
        assert!(counts.accepted > 100, "{}", strategy.name());
        assert!(counts.ingested > 100, "{}", strategy.name());
        if matches!(strategy, Strategy::Escrow | Strategy::InformedEscrow) {
            assert_eq!(counts.oversold, 0, "{}", strategy.name());
        }
        buyers.push(outcome.buyers_hash);
    }
    buyers.dedup();
    assert_eq!(buyers.len(), 1, "no strategy moves a buyer");
}

#[test]
fn unknown_profiles_and_wrong_overrides_are_named() {
    let scenario: Scenario = toml::from_str(SCENARIO).unwrap();
    let refuse = |change: &dyn Fn(&mut Scenario)| {
        let mut scenario = scenario.clone();
        change(&mut scenario);
        match play(&scenario, Strategy::Mirror).0 {
            Err(RunError::Setup(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    for channel in 0..3 {
        let error = refuse(&|scenario| scenario.channels[channel].profile = "gold".to_string());
        assert!(matches!(&error, SetupError::Profile { .. }), "{error}");
        assert!(error.to_string().contains("-ideal"), "{error}");
        let error = refuse(&|scenario| {
            scenario.channels[channel].overrides = "no_such_key = 1".parse().unwrap();
        });
        assert!(error.to_string().contains("no_such_key"), "{error}");
    }
    let error = refuse(&|scenario| scenario.warehouse.profile = "shed".to_string());
    assert!(error.to_string().contains("warehouse-ideal"), "{error}");
}
