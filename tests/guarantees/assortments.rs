//! Channels that list some of the SKUs alone: nobody buys, counts or is told to write what is not listed, and what one channel alone
//! lists is sold there.

use channel_mocks::core::Seed;
use oversell::experiment::Contender;
use oversell::experiment::fuzz::{Budget, Fuzz, Swarm};
use oversell::scenario::model::Assortment;
use oversell::world::{Assortments, ChannelIndex, SkuIndex, World};

use super::*;

/// Four shops on four platforms. The web shop lists no SKU 1, TikTok Shop three SKUs, Amazon a part of them that the seed draws.
const SHOPS: &str = r#"
version = 1
name = "assortments"
title = "Four shops that list different SKUs"
start = "2026-11-27T00:00:00Z"
opening = "10min"
duration = "1h"
settle = "6h"
channel = [
    { name = "web", platform = "shopify", profile = "shopify-plus", share = 0.4, assortment = { without = [1] } },
    { name = "amazon", platform = "amazon", profile = "amazon-default", share = 0.3, assortment = "50%" },
    { name = "tiktok", platform = "tiktok_shop", profile = "tiktok-default", share = 0.2, assortment = { only = [1, 2, 3] } },
    { name = "own", platform = "custom", profile = "custom-default", share = 0.1 },
]
warehouse = { profile = "warehouse-default", location = [{ code = "main", share = 1.0 }] }
catalogue = { skus = 12 }
stock = { units = 25 }
cancellations = { share = 0.05, delay = { exponential = "3min" } }
demand = { lines_mean = 1.4, phase = [{ shape = "constant", lasts = "1h", rate = "6/min" }] }
"#;

fn assortments(scenario: &Scenario, seed: u64) -> Assortments {
    let world = World::new(scenario, Seed(seed), None).unwrap();
    world.catalogue.assortments
}

#[test]
fn nothing_happens_to_what_a_channel_does_not_list_whatever_the_strategy() {
    let scenario = parsed(SHOPS);
    for strategy in Strategy::ALL {
        for seed in 1..=4 {
            let listed = assortments(&scenario, seed);
            let absent = (0..12).filter(|sku| !listed.lists(ChannelIndex(1), SkuIndex(*sku)));
            assert!((1..12).contains(&absent.count()), "seed {seed} draws some");
            let mut of_listings = 0;
            let run = play_with(
                &Setup::new(&scenario, seed, strategy),
                engine::build,
                |at, entry| {
                    let (Entry::Offered { channel, sku, .. }
                    | Entry::Accepted { channel, sku, .. }
                    | Entry::Displayed { channel, sku, .. }) = entry
                    else {
                        return;
                    };
                    of_listings += 1;
                    let name = strategy.name();
                    assert!(
                        listed.lists(*channel, *sku),
                        "{name}, seed {seed}, {at}: {entry:?}"
                    );
                },
            );
            assert!(of_listings > 300, "{of_listings}");
            if strategy.describe().promises.is_empty() {
                continue;
            }
            assert!(
                run.outcome.converged,
                "{}: {:?}",
                strategy.name(),
                run.outcome.open
            );
            assert_eq!(run.total().oversold_units, 0, "seed {seed}");
        }
    }
}

/// One SKU that TikTok Shop alone lists, one that it does not, and more buyers than units. No unit may wait for a channel that will
/// never sell it, with and without loans, in a compare-and-set shop as in one that can only be overwritten.
#[test]
fn what_one_channel_alone_lists_is_sold_there_to_the_last_unit() {
    for (alone, others) in [("tiktok", ["web", "amazon"]), ("web", ["tiktok", "amazon"])] {
        let mut scenario = parsed(SHOPS);
        scenario.channels.retain(|it| it.name != "own");
        scenario.catalogue.skus = 2;
        scenario.cancellations.share = 0.0;
        for channel in &mut scenario.channels {
            channel.share = if channel.name == alone { 0.2 } else { 0.4 };
            let is_another = others.contains(&channel.name.as_str());
            channel.assortment = Assortment::Only(vec![if is_another { 2 } else { 1 }]);
        }
        for budget in [None, Some(0.5)] {
            scenario.strategy.escrow.loan_price = budget;
            let mut sold = [0u32; 2];
            let run = play_with(
                &Setup::new(&scenario, 1, Strategy::Escrow),
                engine::build,
                |_, entry| {
                    if let Entry::Accepted { sku, units, .. } = entry {
                        sold[sku.0 as usize] += units;
                    }
                },
            );
            let asked = run.channel(alone).offered_units;
            assert!(asked > 50, "{alone}: there are buyers for all: {asked}");
            assert_eq!(sold[0], 25, "{alone}, {budget:?}: {sold:?}");
        }
    }
}

/// An engine that is not told what Amazon lists learns it by asking; what it learns there it does not hold back elsewhere.
#[test]
fn an_engine_that_is_not_told_learns_what_amazon_lists() {
    let scenario = parsed(SHOPS);
    for seed in 1..=3 {
        let listed = assortments(&scenario, seed);
        let absent = (0..12).find(|sku| !listed.lists(ChannelIndex(1), SkuIndex(*sku)));
        let absent = SkuIndex(absent.unwrap());
        let sold = |is_told: bool| {
            let mut sold = 0;
            let run = play_with(
                &Setup::new(&scenario, seed, Strategy::Escrow),
                |mut config| {
                    if !is_told {
                        config.channels[1].assortment = None;
                    }
                    engine::build(config)
                },
                |_, entry| {
                    if let Entry::Accepted { sku, units, .. } = entry
                        && *sku == absent
                    {
                        sold += units;
                    }
                },
            );
            assert_eq!(run.total().oversold_units, 0, "seed {seed}");
            assert!(run.outcome.converged, "{:?}", run.outcome.open);
            sold
        };
        let (told, untold) = (sold(true), sold(false));
        assert!(told > 0 && untold > 0, "seed {seed}: {told}, {untold}");
        assert!(told.abs_diff(untold) <= 3, "seed {seed}: {told}, {untold}");
    }
}

/// Whatever goes wrong beside it, units of SKUs that are listed here and there are sold once.
#[test]
fn no_fault_oversells_what_channels_list_differently() {
    let search = Fuzz {
        budget: Budget::Seeds(60),
        swarm: Swarm {
            base: Some(parsed(SHOPS)),
            ..Fuzz::new(Contender::from(Strategy::Escrow)).swarm
        },
        ..Fuzz::new(Contender::from(Strategy::Escrow))
    };
    let found = search.run().unwrap();
    let failure = found.failures.first();
    assert!(
        failure.is_none(),
        "{:?}",
        failure.map(|it| (it.seed, &it.failure))
    );
}
