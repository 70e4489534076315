use std::collections::BTreeSet;

use super::super::assumption::{Effect, unbreakable};
use super::super::coverage::ShopTrait;
use super::*;
use crate::scenario::model::FaultKind;

/// All swarms there are: the one that keeps every assumption, and those that may break one.
fn swarms() -> impl Iterator<Item = Swarm> {
    let broken = Hypothesis::ALL
        .into_iter()
        .filter(|it| unbreakable(*it).is_none());
    std::iter::once(None)
        .chain(broken.map(Some))
        .map(|broken| Swarm {
            base: None,
            broken,
            is_renewable: true,
        })
}

#[test]
fn every_seed_draws_a_scenario_that_can_be_saved_and_read() {
    for swarm in swarms() {
        for seed in 1..=60 {
            let drawn = swarm.scenario(seed);
            let text = drawn.compact();
            let read = match Scenario::parse("drawn.toml", &text) {
                Ok(loaded) => loaded.scenario,
                Err(error) => panic!("{:?}, seed {seed}: {error}\n{text}", swarm.broken),
            };
            assert_eq!(read.expanded(), drawn.expanded(), "seed {seed}");
            assert_eq!(swarm.scenario(seed).compact(), text, "seed {seed}");
        }
    }
}

#[test]
fn every_kind_of_fault_is_drawn_where_it_may_be() {
    let mut all = BTreeSet::new();
    for swarm in swarms() {
        let mut drawn = BTreeSet::new();
        for seed in 1..=400 {
            drawn.extend(swarm.scenario(seed).faults.iter().map(|fault| fault.kind));
        }
        for &kind in FaultKind::ALL {
            let may_be = Effect::of(kind).is_drawn(swarm.broken);
            assert_eq!(
                drawn.contains(&kind),
                may_be,
                "{kind:?} with {:?}",
                swarm.broken
            );
        }
        all.extend(drawn);
    }
    assert_eq!(all.len(), FaultKind::ALL.len());
}

/// What shops have is not left out where an assumption is to be broken.
#[test]
fn every_trait_of_a_shop_is_drawn_whatever_may_be_broken() {
    for swarm in swarms() {
        for it in ShopTrait::ALL {
            let runs = (1..=120).filter(|seed| it.is_in(&swarm.scenario(*seed)));
            let runs = runs.count();
            assert!(
                (4..=116).contains(&runs),
                "{it:?} in {runs} of 120 with {:?}",
                swarm.broken
            );
        }
    }
}

#[test]
fn an_engine_is_told_no_shorter_delays_than_hold() {
    let swarm = Swarm::default();
    for seed in 1..=300 {
        let scenario = swarm.scenario(seed);
        for channel in &scenario.channels {
            let told = believed::of(channel);
            let mut plain = channel.clone();
            plain.believed = Default::default();
            let holds = believed::of(&plain);
            let longest = |kinds: &[FaultKind]| {
                let faults = scenario.faults.iter().filter(|fault| {
                    kinds.contains(&fault.kind)
                        && fault.channel.as_ref().is_none_or(|it| *it == channel.name)
                });
                let delays = faults.filter_map(|fault| Some(fault.delay?.upper_bound().0));
                Micros(delays.sum())
            };
            let writes = [
                FaultKind::WritesLate,
                FaultKind::WritesUnordered,
                FaultKind::Latency,
            ];
            assert!(
                told.order_visibility_lag
                    >= holds.order_visibility_lag + longest(&[FaultKind::FeedLate])
                    && told.write_lifetime >= holds.write_lifetime + longest(&writes),
                "seed {seed}, {}",
                channel.name
            );
        }
    }
}

#[test]
fn a_scenario_keeps_its_shop_under_the_swarm() {
    let base = Scenario::load("last-unit").unwrap().scenario;
    let swarm = Swarm {
        base: Some(base.clone()),
        ..Swarm::default()
    };
    let drawn: Vec<Scenario> = (1..=50).map(|seed| swarm.scenario(seed)).collect();
    for scenario in &drawn {
        assert_eq!(scenario.name, base.name);
        assert_eq!(scenario.happenings.len(), base.happenings.len());
        assert_eq!(
            (scenario.duration, scenario.settle),
            (base.duration, base.settle)
        );
        assert!(Scenario::parse("drawn.toml", &scenario.compact()).is_ok());
    }
    assert!(drawn.iter().any(|scenario| !scenario.faults.is_empty()));
}
