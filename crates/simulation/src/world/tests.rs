//! The world as a whole: drawn buyers keep their rates, shares and identities.

use super::*;
use crate::scenario::model::Assortment;

/// A scenario of one hour with two channels, two phases, several lines a basket.
pub fn scenario(more: &str) -> Scenario {
    let text = format!(
        r#"
version = 1
name = "test"
title = "Test"
start = "2026-11-27T08:00:00Z"
opening = "5min"
duration = "1h"
settle = "10min"

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-ideal"
share = 0.7

[[channel]]
name = "market"
platform = "amazon"
profile = "amazon-ideal"
share = 0.3

[warehouse]
profile = "warehouse-ideal"
[[warehouse.location]]
code = "east"
share = 0.6
[[warehouse.location]]
code = "west"
share = 0.4

[catalogue]
skus = 100
hot_skus = 3
hot_share = 0.9

[stock]
cover = 1.5

[demand]
lines_mean = 2.0
units = [0.85, 0.10, 0.05]
[[demand.phase]]
shape = "constant"
lasts = "30min"
rate = "4/s"
[[demand.phase]]
shape = "constant"
lasts = "20min"
rate = "8/s"
hot = true
shares = [0.2, 0.8]
{more}
"#
    );
    toml::from_str(&text).expect("the test's scenario reads")
}

fn all(scenario: &Scenario, seed: u64) -> Vec<ExternalEvent> {
    let mut world = World::new(scenario, Seed(seed), None).unwrap();
    std::iter::from_fn(|| world.next_external_event()).collect()
}

type Buyer<'a> = (Micros, ChannelIndex, &'a channel_mocks::core::Basket);

fn checkouts(events: &[ExternalEvent]) -> Vec<Buyer<'_>> {
    events
        .iter()
        .filter_map(|event| match &event.kind {
            ExternalEventKind::Checkout { channel, basket } => Some((event.at, *channel, basket)),
            _ => None,
        })
        .collect()
}

/// Asserts that `count` of `n` is within four standard errors of `share`.
fn near(count: usize, n: usize, share: f64) {
    let error = (share * (1.0 - share) / n as f64).sqrt();
    let found = count as f64 / n as f64;
    assert!(
        (found - share).abs() < 4.0 * error,
        "{found} against {share}"
    );
}

#[test]
fn rates_shares_and_baskets_come_out_within_four_standard_errors() {
    let events = all(&scenario(""), 11);
    let buyers = checkouts(&events);
    assert!(buyers.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let begins = Micros::from_secs(300);
    let split = begins + Micros::from_secs(1_800);
    let (plain, hot): (Vec<&Buyer<'_>>, Vec<&Buyer<'_>>) =
        buyers.iter().partition(|buyer| buyer.0 < split);
    assert!(buyers[0].0 >= begins && hot.last().unwrap().0 <= begins + Micros::from_secs(3_000));
    for (found, expected) in [(plain.len(), 7_200.0f64), (hot.len(), 9_600.0)] {
        assert!((found as f64 - expected).abs() < 4.0 * expected.sqrt());
    }
    let web = |buyers: &[&Buyer<'_>]| {
        buyers
            .iter()
            .filter(|buyer| buyer.1 == ChannelIndex(0))
            .count()
    };
    near(web(&plain), plain.len(), 0.7);
    near(web(&hot), hot.len(), 0.2);
    let singles = buyers
        .iter()
        .filter(|buyer| buyer.2.lines.len() == 1)
        .count();
    near(singles, buyers.len(), 0.5);
    // The first line of a basket is an unconditioned draw.
    let first_hot = hot
        .iter()
        .filter(|buyer| buyer.2.lines[0].listing.0 < 3)
        .count();
    near(first_hot, hot.len(), 0.9);
    let twos = buyers
        .iter()
        .filter(|buyer| buyer.2.lines[0].units == 2)
        .count();
    near(twos, buyers.len(), 0.10);
    for (_, _, basket) in &buyers {
        let mut listings: Vec<u32> = basket.lines.iter().map(|line| line.listing.0).collect();
        listings.sort_unstable();
        listings.dedup();
        assert_eq!(listings.len(), basket.lines.len(), "no SKU twice");
        assert!((501..=99_950).contains(&basket.postal_code) && basket.country == "US");
    }
}

#[test]
fn one_seed_gives_the_same_buyers_and_another_seed_others() {
    let hash = |events: &[ExternalEvent]| events.iter().fold(0, |hash, h| h.fold_into(hash));
    let first = hash(&all(&scenario(""), 1));
    assert_eq!(first, hash(&all(&scenario(""), 1)));
    assert_ne!(first, hash(&all(&scenario(""), 2)));
}

#[test]
fn nothing_but_their_own_settings_moves_buyers() {
    let plain = all(&scenario(""), 5);
    let mut other = scenario("");
    other.channels[1]
        .overrides
        .insert("limits".to_string(), toml::Value::Table(toml::Table::new()));
    other.channels[0].poll_orders_every = Micros::from_secs(1);
    other.stock.cover = Some(0.2);
    other.cancellations.share = 0.5;
    other.settle = Micros::from_secs(7_200);
    other.strategy.mirror.coalesce = false;
    assert_eq!(plain, all(&other, 5));

    let mut shorter_baskets = scenario("");
    shorter_baskets.demand.lines_mean = 1.0;
    let shorter = all(&shorter_baskets, 5);
    for (a, b) in checkouts(&plain).iter().zip(&checkouts(&shorter)) {
        assert_eq!((a.0, a.1, a.2.postal_code), (b.0, b.1, b.2.postal_code));
    }
}

/// Opening hours move the buyers of the closed channel to the open one, and nobody else; and those take nothing else with them.
#[test]
fn buyers_of_a_closed_channel_go_to_the_others_and_nobody_else_moves() {
    let plain = all(&scenario(""), 5);
    let mut with_hours = scenario("");
    with_hours.channels[1].opens_at = Some(Micros::from_secs(600));
    with_hours.channels[0].closes_at = Some(Micros::from_secs(2_400));
    let moved = all(&with_hours, 5);
    let opening = Micros::from_secs(300);
    let (mut to_web, mut to_market) = (0, 0);
    assert_eq!(plain.len(), moved.len());
    for (before, after) in checkouts(&plain).iter().zip(&checkouts(&moved)) {
        assert_eq!(
            (before.0, before.2),
            (after.0, after.2),
            "who comes when, for what"
        );
        let at = before.0.since(opening);
        let expected = match before.1 {
            ChannelIndex(1) if at < Micros::from_secs(600) => ChannelIndex(0),
            ChannelIndex(0) if at >= Micros::from_secs(2_400) => ChannelIndex(1),
            own => own,
        };
        assert_eq!(after.1, expected, "at {at}");
        to_web += u32::from(before.1 != expected && expected == ChannelIndex(0));
        to_market += u32::from(before.1 != expected && expected == ChannelIndex(1));
    }
    // 0.3 of 4/s in ten minutes, and 0.2 of 8/s in the last ten.
    assert!((600..840).contains(&to_web) && (800..1_120).contains(&to_market));

    // A third channel: the closed one's buyers are shared out as the open ones' shares say.
    let mut three = scenario("");
    let mut third = three.channels[1].clone();
    third.name = "third".to_string();
    three.channels.push(third);
    three.demand.phases.truncate(1);
    for (channel, share) in three.channels.iter_mut().zip([0.3, 0.1, 0.6]) {
        channel.share = share;
    }
    let own = all(&three, 6);
    three.channels[2].opens_at = Some(Micros::from_secs(1_799));
    let shared = all(&three, 6);
    let pairs = checkouts(&own).into_iter().zip(checkouts(&shared));
    let gone: Vec<ChannelIndex> = pairs
        .filter(|(before, after)| before.1 != after.1)
        .map(|(_, after)| after.1)
        .collect();
    let web = gone.iter().filter(|channel| channel.0 == 0).count();
    near(web, gone.len(), 0.75);
}

#[test]
fn scripted_things_come_in_time_order_and_before_buyers_of_the_same_instant() {
    let mut with_script = scenario("");
    with_script.demand.phases.clear();
    with_script.catalogue.skus = 3;
    with_script.catalogue.hot_skus = 0;
    let text = r#"
        happening = [
            { kind = "checkout", at = "20s", channel = "market", sku = 2, units = 4 },
            { kind = "receive_all", at = "10s", location = "west", units = 5 },
            { kind = "damage_all", at = "15s", location = "east", units = 2 },
            { kind = "edit", at = "20s", channel = "web", sku = 1, units = 9 },
        ]"#;
    #[derive(serde::Deserialize)]
    struct Holder {
        happening: Vec<crate::scenario::model::ScriptedEvent>,
    }
    with_script.happenings = toml::from_str::<Holder>(text).unwrap().happening;
    let events = all(&with_script, 1);
    let at: Vec<u64> = events.iter().map(|h| h.at.whole_secs()).collect();
    assert_eq!(at, [310, 310, 310, 315, 315, 315, 320, 320]);
    assert_eq!(
        events[2].kind,
        ExternalEventKind::Receive {
            sku: SkuIndex(2),
            location: 1,
            units: 5
        }
    );
    assert_eq!(
        events[4].kind,
        ExternalEventKind::Damage {
            sku: SkuIndex(1),
            location: 0,
            units: 2
        }
    );
    assert!(matches!(
        &events[6].kind,
        ExternalEventKind::Checkout { channel: ChannelIndex(1), basket } if basket.lines[0].listing.0 == 1
    ));
    assert!(matches!(events[7].kind, ExternalEventKind::Edit { .. }));
}

#[test]
fn cover_is_a_multiple_of_what_buyers_want() {
    let scenario = scenario("");
    let world = World::new(&scenario, Seed(3), None).unwrap();
    let stock: u64 = world.catalogue.skus.iter().map(Sku::units).sum();
    let mut wanted = 0u64;
    for (_, _, basket) in checkouts(&all(&scenario, 3)) {
        wanted += basket
            .lines
            .iter()
            .map(|line| u64::from(line.units))
            .sum::<u64>();
    }
    let ratio = stock as f64 / wanted as f64;
    assert!((ratio - 1.5).abs() < 0.06, "{ratio}");
    let hot: u64 = world.catalogue.skus[..3].iter().map(Sku::units).sum();
    // 9,600 hot attempts of two lines of 1.2 units, nine tenths of them hot, against 7,200 plain ones.
    assert!(hot as f64 > 0.5 * stock as f64);
    assert!(world.catalogue.skus[0].hot && !world.catalogue.skus[3].hot);
}

/// Buyers of a channel want what it lists by its weight there, and the stock that is worked out from demand follows them.
#[test]
fn buyers_want_what_their_channel_lists_and_nobody_changes_the_channel_for_it() {
    let whole = scenario("");
    let mut parted = scenario("");
    parted.channels[0].assortment = Assortment::Without(vec![1, 5]);
    parted.channels[1].assortment = Assortment::Only((1..=20).chain([41]).collect());
    let world = World::new(&parted, Seed(3), None).unwrap();
    let assortments = &world.catalogue.assortments;
    let mut wanted = vec![0u64; world.catalogue.skus.len()];
    let (parted, whole) = (all(&parted, 3), all(&whole, 3));
    let (parted, whole) = (checkouts(&parted), checkouts(&whole));
    assert_eq!(parted.len(), whole.len());
    for ((at, channel, basket), (usual_at, usual_channel, _)) in parted.iter().zip(&whole) {
        assert_eq!((at, channel), (usual_at, usual_channel));
        for line in &basket.lines {
            let sku = SkuIndex(line.listing.0);
            assert!(assortments.lists(*channel, sku), "{channel:?} {sku:?}");
            wanted[line.listing.0 as usize] += u64::from(line.units);
        }
    }
    assert!(wanted[0] > 0, "the second channel sells it");
    let stock: Vec<u64> = world.catalogue.skus.iter().map(Sku::units).collect();
    let sum = |units: &[u64]| units.iter().sum::<u64>() as f64;
    let ratio = sum(&stock) / sum(&wanted);
    assert!((ratio - 1.5).abs() < 0.06, "{ratio}");
    // SKU 41 is one of few on a channel: more is wanted of it than of its neighbour, and more is there.
    let is_more = |units: &[u64]| units[40] as f64 > 1.2 * units[41] as f64;
    assert!(is_more(&wanted) && is_more(&stock));
}

#[test]
fn a_log_without_a_replay_and_a_replay_without_a_log_are_refused() {
    let plain = scenario("");
    assert!(matches!(
        World::new(&plain, Seed(1), Some(&"orders.csv".into())),
        Err(WorldError::OrdersUnused { .. })
    ));
    assert!(matches!(
        World::new(&scenario("[replay]"), Seed(1), None),
        Err(WorldError::OrdersMissing)
    ));
}
