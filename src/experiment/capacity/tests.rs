//! Capacity: the answer of many runs beside that of arithmetic.

use super::*;
use crate::engine::config::Strategy;
use crate::experiment::shard::Shard;
use crate::experiment::vary::{CHANNELS, DEMAND_SCALE};
use crate::scenario::Scenario;

/// Two shops with a budget of two writes a second each, which the engine knows, and far more goods than are asked for.
const PLENTY: &str = r#"
version = 1
name = "plenty"
title = "Two shops with a budget for writes"
start = "2026-11-27T00:00:00Z"
opening = "30min"
duration = "10min"
settle = "1h"
channel = [
    { name = "first", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5, known_limits = { write = { burst = 20.0, rate = 2.0 } }, override = { skus_per_product = 1, limits = { write = { rate_per_second = 2.0, burst = 20.0 }, burst_guard_per_second = 1000.0 } } },
    { name = "second", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5, known_limits = { write = { burst = 20.0, rate = 2.0 } }, override = { skus_per_product = 1, limits = { write = { rate_per_second = 2.0, burst = 20.0 }, burst_guard_per_second = 1000.0 } } },
]
warehouse = { profile = "warehouse-default", location = [{ code = "east", share = 1.0 }] }
catalogue = { skus = 600, exponent = 0.0 }
stock = { units = 60000 }
demand = { phase = [{ shape = "constant", lasts = "10min", rate = "1/s" }] }
strategies = ["mirror"]
"#;

/// How far the bound from measured use may lie from that of arithmetic: chance among 600 and 700 orders.
const TOLERANCE: f64 = 0.1;

#[test]
fn the_answer_lies_below_the_utilisation_law() {
    let experiment = Experiment::new(Scenario::parse("plenty", PLENTY).unwrap().scenario);
    let check = "publish_wait_s{channel=second}.p99 < 30s";
    let capacity = |from: f64, threads: usize| {
        let search = Capacity {
            experiment: &experiment,
            key: DEMAND_SCALE.to_string(),
            from,
            most: 8.0,
            precision: 0.2,
            seeds: SeedSet::parse("1..3").unwrap(),
            thresholds: vec![Threshold::parse(check, ThresholdLevel::Fail).unwrap()],
            threads,
        };
        let found = search.run(&|_, _| {}, &Cancellation::default()).unwrap();
        found.into_iter().next().unwrap()
    };
    let found = capacity(1.0, 2);
    let (low, high) = (found.carries.unwrap(), found.beyond.unwrap());
    let tried: Vec<(f64, Carried)> = found
        .probes
        .iter()
        .map(|it| (it.value, it.carried))
        .collect();
    assert_eq!(found.ended, Ended::Bracketed);
    assert!(high / low <= 1.2 + 1e-9, "{tried:?}");
    // An order makes one write on each channel, the shop's own or the other's; each may take two a second (docs/theory.md A6, F7).
    let bound = &found.bounds[0];
    assert_eq!(bound.limit, "write");
    assert!(
        (bound.value / 2.0 - 1.0).abs() < TOLERANCE,
        "{:?}",
        found.bounds
    );
    // No engine carries more; this one begins to wait at a good half of it.
    assert!(low < bound.value && high > bound.value / 2.0, "{tried:?}");
    let threshold = found.threshold.as_ref().unwrap();
    assert_eq!(
        (threshold.check.as_str(), threshold.channel.as_deref()),
        (check, Some("second"))
    );
    assert_eq!(found.not_monotone, None, "{tried:?}");
    assert_eq!(found.probes.last().map(|it| it.carried), Some(Carried::No));
    // Where the first value is too much already, it is halved; threads change nothing.
    let from_above = capacity(2.0, 1);
    assert_eq!(from_above.probes[0], found.probes[0]);
    assert_eq!(
        (from_above.carries, from_above.beyond),
        (Some(low), Some(high))
    );
}

/// Each channel brings buyers of its own, and each order makes a write on every channel (docs/theory.md A6, F7): half an order a
/// second of each fills two writes a second with four channels. A sweep writes every count again: two in ten minutes fill them with
/// 600 products less what orders write.
#[test]
fn channels_and_products_are_carried_up_to_the_utilisation_law() {
    let mut scenario = Scenario::parse("plenty", PLENTY).unwrap().scenario;
    let channels = searched(&scenario, CHANNELS, 1.0, 8.0);
    let tried = |found: &Found| -> Vec<(f64, Carried)> {
        found
            .probes
            .iter()
            .map(|it| (it.value, it.carried))
            .collect()
    };
    let (low, high) = (channels.carries.unwrap(), channels.beyond.unwrap());
    let bound = &channels.bounds[0];
    assert_eq!(bound.limit, "write");
    assert!(
        (bound.value / 4.0 - 1.0).abs() < TOLERANCE,
        "{:?}",
        channels.bounds
    );
    assert!(
        low < bound.value * (1.0 + TOLERANCE) && high > bound.value / 2.0,
        "{:?}",
        tried(&channels)
    );

    scenario.strategy.mirror.sweep_every = crate::engine::Micros::from_secs(5 * 60);
    let slow = [Setting {
        key: DEMAND_SCALE.to_string(),
        value: "0.2".to_string(),
    }];
    let scenario = applied(&scenario, &slow).unwrap();
    let products = searched(&scenario, "catalogue.skus", 100.0, 6_400.0);
    let bound = &products.bounds[0];
    assert_eq!(bound.limit, "write");
    let by_orders = 0.2 / 2.0;
    let law = 600.0 * (1.0 - by_orders);
    assert!(
        (bound.value / law - 1.0).abs() < TOLERANCE,
        "{:?}",
        products.bounds
    );
    for probe in &products.probes {
        let writes = probe.limits.iter().filter(|it| it.limit == "write");
        let busy = writes.map(|it| it.busy).fold(0.0, f64::max);
        let law = (probe.value / 600.0 + by_orders).min(1.0);
        assert!((busy - law).abs() < TOLERANCE, "{}: {busy}", probe.value);
        assert_eq!(probe.value.fract(), 0.0);
    }
    // A sweep gives way to what sold, so that nothing waits where its writes have filled the limit.
    let low = products.carries.unwrap();
    assert!(
        low > bound.value && products.beyond.is_some(),
        "{:?}",
        tried(&products)
    );
}

/// What a mirror carries with writes that wait for less than half a minute.
fn searched(scenario: &Scenario, key: &str, from: f64, most: f64) -> Found {
    let experiment = Experiment::new(scenario.clone());
    let check = "publish_wait_s.p99 < 30s";
    let search = Capacity {
        experiment: &experiment,
        key: key.to_string(),
        from,
        most,
        precision: 0.2,
        seeds: SeedSet::parse("1..3").unwrap(),
        thresholds: vec![Threshold::parse(check, ThresholdLevel::Fail).unwrap()],
        threads: 2,
    };
    let found = search.run(&|_, _| {}, &Cancellation::default()).unwrap();
    found.into_iter().next().unwrap()
}

/// What is carried, then not, then carried again is told.
#[test]
fn a_response_that_goes_up_and_down_is_told() {
    let experiment = Experiment {
        contenders: vec![Strategy::Mirror.into()],
        ..Experiment::new(Scenario::parse("plenty", PLENTY).unwrap().scenario)
    };
    let search = Capacity {
        experiment: &experiment,
        key: "settle".to_string(),
        from: 1.0,
        most: 1.0,
        precision: 0.1,
        seeds: SeedSet::parse("1..1").unwrap(),
        thresholds: Vec::new(),
        threads: 1,
    };
    // A key that takes no plain number is told with its value.
    let error = search
        .run(&|_, _| {}, &Cancellation::default())
        .unwrap_err();
    assert!(error.to_string().contains("settle=1"), "{error}");
    let search = Capacity {
        key: DEMAND_SCALE.to_string(),
        from: 0.02,
        most: 0.02,
        ..search
    };
    let probe = search.probe(0, 0.02, &Cancellation::default()).unwrap();
    let at = |value: f64, carried| Probe {
        value,
        carried,
        ..probe.clone()
    };
    let probes = vec![
        at(1.0, Carried::Yes),
        at(2.0, Carried::No),
        at(4.0, Carried::Open),
        at(8.0, Carried::Yes),
    ];
    let found = concluded(
        DEMAND_SCALE,
        "mirror".to_string(),
        Some(1.0),
        Some(2.0),
        probes,
    );
    assert_eq!(found.not_monotone, Some((2.0, 8.0)));
}

/// Every value one by one: the same values and figures as a search that tries them, whatever is there already, in two shards
/// as in one piece; and each key by itself.
#[test]
fn every_value_finds_what_a_search_does_and_can_be_shared_out() {
    use super::ladder::{Ladder, Rung};
    let experiment = Experiment {
        contenders: vec![Strategy::Mirror.into()],
        ..Experiment::new(Scenario::parse("plenty", PLENTY).unwrap().scenario)
    };
    let check = "publish_wait_s{channel=second}.p99 < 30s";
    let search = |key: &str| Capacity {
        experiment: &experiment,
        key: key.to_string(),
        from: 0.5,
        most: 2.0,
        precision: 0.5,
        seeds: SeedSet::parse("1..2").unwrap(),
        thresholds: vec![Threshold::parse(check, ThresholdLevel::Fail).unwrap()],
        threads: 2,
    };
    let keys = [DEMAND_SCALE, "demand.scale.second"];
    let played = |shard: Option<Shard>, there: &[Rung]| {
        let ladder = Ladder {
            searches: keys.map(search).to_vec(),
            shard,
        };
        let definition = ladder.definition().unwrap();
        let mut rungs = there.to_vec();
        let is_there = |number: u64| there.iter().any(|it| it.number == number);
        let mut keep = |rung: &Rung| {
            assert!(!is_there(rung.number), "{} once more", rung.number);
            rungs.push(rung.clone());
            Ok(())
        };
        let cancellation = Cancellation::default();
        let ended = ladder.run(&definition, &is_there, &mut keep, &|_, _| {}, &cancellation);
        ended.unwrap();
        rungs.sort_by_key(|it| it.number);
        (definition, rungs)
    };
    let shard = |index| Some(Shard { index, count: 2 });
    let (definition, first) = played(shard(1), &[]);
    let (_, whole) = played(None, &first);
    let (_, second) = played(shard(2), &[]);
    assert_eq!(first.len() + second.len(), whole.len());
    let mut together = [first, second].concat();
    together.sort_by_key(|it| it.number);
    assert_eq!(together, whole);
    // Half as much again is reached in two steps to the double.
    let values = format!("{:?}", definition.values);
    assert_eq!(values, "[0.5, 0.707107, 1.0, 1.41421, 2.0]");
    let found = definition.concluded(whole);
    let named: Vec<&str> = found.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(named, keys);
    let searched = search(DEMAND_SCALE);
    let searched = searched.run(&|_, _| {}, &Cancellation::default()).unwrap();
    assert_eq!(
        (found[0].carries, found[0].beyond),
        (searched[0].carries, searched[0].beyond)
    );
    for probe in &searched[0].probes {
        assert!(found[0].probes.contains(probe), "{}", probe.value);
    }
    // An order of either channel is written on the second, so that half of them alone may grow further.
    assert!(
        found[1].carries >= found[0].carries,
        "{:?}",
        found[1].carries
    );
}

/// What was played is not lost where the halving meets a value that the scenario cannot have.
#[test]
fn the_search_stops_at_the_last_value_that_the_scenario_can_have() {
    let experiment = Experiment {
        contenders: vec![Strategy::Mirror.into()],
        ..Experiment::new(Scenario::load("flash-sale-10min").unwrap().scenario)
    };
    let search = Capacity {
        experiment: &experiment,
        key: "catalogue.skus".to_string(),
        from: 20.0,
        most: 100.0,
        precision: 0.1,
        seeds: SeedSet::parse("1").unwrap(),
        thresholds: vec![Threshold::parse("oversold_units < 1", ThresholdLevel::Fail).unwrap()],
        threads: 1,
    };
    let found = search.run(&|_, _| {}, &Cancellation::default()).unwrap();
    let found = &found[0];
    assert_eq!(found.ended, Ended::CarriesNone);
    let refused = found.refused.as_ref().unwrap();
    let tried: Vec<f64> = found.probes.iter().map(|it| it.value).collect();
    assert_eq!(found.beyond, Some(refused.value + 1.0), "{tried:?}");
    assert_eq!(tried.first(), found.beyond.as_ref());
    assert_eq!(tried.last(), Some(&20.0));
    let of = format!("with catalogue.skus={}: ", refused.value);
    assert!(
        refused.why.starts_with(&of) && refused.why.len() > of.len(),
        "{}",
        refused.why
    );
    assert!(search.refusal(20.0).is_none());
}

/// What no run has a sample of is not known to be kept; beside what is kept it takes nothing away.
#[test]
fn nothing_is_carried_of_which_nothing_is_known() {
    let judged = |outcome: Outcome, level: ThresholdLevel| Judgement {
        outcome,
        level,
        ..Threshold::parse("oversold_units == 0", level)
            .unwrap()
            .judged("mirror", None)
    };
    let fail = ThresholdLevel::Fail;
    let of = |outcomes: &[Outcome]| {
        let all = outcomes.iter().map(|it| judged(*it, fail));
        carried(&all.collect::<Vec<_>>())
    };
    assert_eq!(of(&[Outcome::Unknown]), Carried::Unasked);
    assert_eq!(
        of(&[Outcome::Unknown, Outcome::NotJudged]),
        Carried::Unasked
    );
    assert_eq!(of(&[Outcome::Unknown, Outcome::Holds]), Carried::Yes);
    assert_eq!(of(&[Outcome::Unknown, Outcome::Fails]), Carried::No);
    assert_eq!(of(&[Outcome::Holds, Outcome::Warns]), Carried::Open);
    // Those that only warn are not asked.
    let warns = [
        judged(Outcome::Holds, fail),
        judged(Outcome::Fails, ThresholdLevel::Warn),
    ];
    assert_eq!(carried(&warns), Carried::Yes);
}
