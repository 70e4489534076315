//! The rules of the stage one by one, and what must hold of it under any outcomes.

use std::collections::BTreeMap;

use channel_mocks::core::{
    ActOutcome, BasketLine, ListingIndex, LocationIndex, Micros, OrderRef, RemovalKind, Seed,
};
use channel_mocks::warehouse::ItemIndex;
use proptest::prelude::*;

use super::staff::StaffHabits;
use super::*;
use crate::scenario::Scenario;
use crate::world::{ChannelIndex, SkuIndex, World};

const WEB: ChannelIndex = ChannelIndex(0);
const AMAZON: ChannelIndex = ChannelIndex(1);

/// Ten minutes of buyers, some of whom cancel or return; the stock is touched three times.
const SHOPS: &str = r#"
version = 1
name = "stage"
title = "Two shops"
start = "2026-11-27T00:00:00Z"
opening = "5min"
duration = "10min"
settle = "1h"
support_reads_per_second = 0.05
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }, { code = "fba", share = 0.0, channels = ["amazon"] }] }
catalogue = { skus = 5 }
stock = { units = 100, fba_units = 10 }
cancellations = { share = 0.3, delay = { fixed = "3min" } }
returns = { share = 0.5, delay = { fixed = "4min" }, restockable = 0.5 }

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-ideal"
share = 0.5

[[channel]]
name = "amazon"
platform = "amazon"
profile = "amazon-ideal"
share = 0.5

[demand]
lines_mean = 1.8
phase = [{ shape = "constant", lasts = "10min", rate = "0.2/s" }]

[[happening]]
kind = "receive"
at = "2min"
sku = 2
location = "main"
units = 7

[[happening]]
kind = "damage"
at = "3min"
sku = 1
location = "main"
units = 4

[[happening]]
kind = "edit"
at = "3min"
channel = "web"
sku = 3
units = 9
"#;

fn scenario(text: &str) -> Scenario {
    Scenario::parse("stage.toml", text).unwrap().scenario
}

fn stage_of(text: &str, seed: u64, habits: StaffHabits) -> Stage {
    let scenario = scenario(text);
    let world = World::new(&scenario, Seed(seed), None).unwrap();
    let systems = Systems {
        api_cancels: vec![true, false],
        returns_to: LocationIndex(0),
        amazon: Some(LocationIndex(1)),
    };
    Stage::new(&scenario, Seed(seed), world, systems, habits)
}

/// Every buyer cancels.
fn cancelling() -> Stage {
    let text = SHOPS.replace("share = 0.3, delay", "share = 1.0, delay");
    stage_of(&text, 1, StaffHabits::default())
}

/// Every buyer returns what was bought; it can be sold again with this probability.
fn returning(restockable: f64, habits: StaffHabits) -> Stage {
    let text = SHOPS
        .replace("share = 0.3, delay", "share = 0.0, delay")
        .replace("share = 0.5, delay", "share = 1.0, delay")
        .replace(
            "restockable = 0.5",
            &format!("restockable = {restockable:?}"),
        );
    stage_of(&text, 1, habits)
}

fn acts(stage: &mut Stage) -> Vec<Act> {
    let outputs = std::iter::from_fn(|| stage.poll_output());
    let acts = outputs.filter_map(|output| match output {
        Output::Act(act) => Some(act),
        Output::Occurred(_) => None,
    });
    acts.collect()
}

/// The acts of what is due next, which is to come at `at`.
fn acts_at(stage: &mut Stage, at: Micros, reason: Reason) -> Vec<Act> {
    let due = stage.poll_timeout().unwrap();
    assert_eq!((due.at, due.reason), (at, reason));
    stage.handle(at, Input::Wake(due));
    let found = acts(stage);
    stage.handle(at, Input::Wake(due));
    assert_eq!(acts(stage), [], "it has been done");
    found
}

fn accept(stage: &mut Stage, at: Micros, order: OrderRef, lines: &[(u32, u32)]) {
    let lines = lines.iter().map(|&(listing, units)| BasketLine {
        listing: ListingIndex(listing),
        units,
    });
    let accepted = Input::Accepted {
        channel: WEB,
        order,
        buyer: 3,
        lines: &lines.collect::<Vec<_>>(),
    };
    stage.handle(at, accepted);
    assert_eq!(acts(stage), []);
}

fn done(stage: &mut Stage, act: ShopAct, outcome: ActOutcome) -> Vec<Act> {
    let input = Input::Done {
        channel: WEB,
        act,
        outcome,
    };
    stage.handle(Micros::ZERO, input);
    acts(stage)
}

fn report(stage: &mut Stage, at: Micros, report: Report) -> Vec<Act> {
    stage.handle(at, Input::Reported(report));
    acts(stage)
}

const fn min(minutes: u64) -> Micros {
    Micros::from_secs(60 * minutes)
}

#[test]
fn a_buyer_cancels_after_the_delay() {
    let mut stage = cancelling();
    let order = OrderRef(4);
    accept(&mut stage, min(1), order, &[(0, 1)]);
    let act = ShopAct::CancelByBuyer(order);
    assert_eq!(
        acts_at(&mut stage, min(4), Reason::BuyerAct),
        [Act::Shop { channel: WEB, act }]
    );
    assert_eq!(done(&mut stage, act, ActOutcome::Done), []);
    assert_eq!(stage.poll_timeout(), None);
}

#[test]
fn units_are_taken_out_of_orders_of_several_after_the_delay() {
    let text = SHOPS
        .replace("share = 0.3, delay", "share = 0.0, delay")
        .replace("share = 0.5, delay", "share = 0.0, delay")
        .replace(
            "returns = {",
            "removals = { refunded = 1.0, restocked = 0.0, delay = { fixed = \"3min\" } }\nreturns = {",
        );
    let mut stage = stage_of(&text, 1, StaffHabits::default());
    let order = OrderRef(4);
    accept(&mut stage, min(1), OrderRef(3), &[(0, 1)]);
    assert_eq!(stage.poll_timeout(), None, "of one unit none can go");
    accept(&mut stage, min(1), order, &[(0, 1), (2, 3)]);
    let found = acts_at(&mut stage, min(4), Reason::BuyerAct);
    let [
        Act::Shop {
            channel: WEB,
            act: ShopAct::RemoveUnits { order: of, removal },
        },
    ] = found[..]
    else {
        panic!("{found:?}");
    };
    assert_eq!(of, order);
    assert_eq!(
        (removal.kind, removal.restock),
        (RemovalKind::Refund, false)
    );
    assert!(removal.line < 2 && (1..=3).contains(&removal.units));
}

fn book(order: OrderRef, line: usize, units: u32, restock: bool) -> ShopAct {
    ShopAct::ReturnUnits {
        order,
        line,
        units,
        restock,
    }
}

fn shop(act: ShopAct) -> Act {
    Act::Shop { channel: WEB, act }
}

fn shelved(item: u32, units: u32) -> Act {
    Act::Warehouse(WarehouseAct {
        item: ItemIndex(item),
        location: LocationIndex(0),
        kind: WarehouseActKind::Return,
        units,
    })
}

#[test]
fn an_order_comes_back_line_by_line_and_what_was_booked_reaches_the_shelf() {
    let mut stage = returning(1.0, StaffHabits::default());
    let order = OrderRef(7);
    accept(&mut stage, min(2), order, &[(3, 1), (0, 2), (4, 5)]);
    let [first, second, third] =
        [(0, 1), (1, 2), (2, 5)].map(|(line, units)| book(order, line, units, false));
    assert_eq!(acts_at(&mut stage, min(6), Reason::BuyerAct), [shop(first)]);
    let after_first = done(&mut stage, first, ActOutcome::Done);
    assert_eq!(after_first, [shelved(3, 1), shop(second)]);
    let after_second = done(&mut stage, second, ActOutcome::Refused("not shipped"));
    assert_eq!(after_second, [shop(third)]);
    assert_eq!(done(&mut stage, third, ActOutcome::Done), [shelved(4, 5)]);
    assert_eq!(
        done(&mut stage, third, ActOutcome::Done),
        [],
        "the return is over"
    );
}

#[test]
fn what_cannot_be_sold_again_reaches_no_shelf_and_platforms_restock_by_habit_only() {
    let habits = StaffHabits {
        restocks_returns_on_platform: true,
        ..StaffHabits::default()
    };
    for (restockable, restock) in [(0.0, false), (1.0, true)] {
        let mut stage = returning(restockable, habits);
        let order = OrderRef(0);
        accept(&mut stage, Micros::ZERO, order, &[(1, 2)]);
        let act = book(order, 0, 2, restock);
        assert_eq!(acts_at(&mut stage, min(4), Reason::BuyerAct), [shop(act)]);
        let shelved = done(&mut stage, act, ActOutcome::Done).len();
        assert_eq!(shelved, usize::from(restock));
    }
}

#[test]
fn the_staff_cancel_what_is_short_where_no_api_can() {
    let habits = StaffHabits {
        cancels_short_order_after: min(20),
        ..StaffHabits::default()
    };
    let mut stage = stage_of(SHOPS, 1, habits);
    let order = OrderRef(2);
    let short = |channel| Report::Short { channel, order };
    assert_eq!(report(&mut stage, min(1), short(WEB)), []);
    assert_eq!((stage.poll_timeout(), stage.staff_cancels()), (None, 0));
    assert_eq!(report(&mut stage, min(1), short(AMAZON)), []);
    assert_eq!(stage.staff_cancels(), 1);
    let act = ShopAct::CancelBySeller(order);
    let channel = AMAZON;
    assert_eq!(
        acts_at(&mut stage, min(21), Reason::StaffCancel),
        [Act::Shop { channel, act }]
    );
    assert_eq!(stage.staff_cancels(), 1, "under way");
    done(&mut stage, act, ActOutcome::Refused("shipped"));
    assert_eq!(stage.staff_cancels(), 0);
}

#[test]
fn what_amazon_sells_leaves_its_own_location_once_when_it_is_shipped() {
    let mut stage = stage_of(SHOPS, 1, StaffHabits::default());
    let channel = AMAZON;
    let sold = |order, sku, units| Report::SoldByAmazon {
        channel,
        order,
        sku: SkuIndex(sku),
        units,
    };
    let shipped = |order| Report::ShownAsShipped { channel, order };
    let [kept, cancelled, own] = [OrderRef(1), OrderRef(5), OrderRef(6)];
    for (order, sku, units) in [(kept, 3, 1), (kept, 0, 2), (cancelled, 2, 1)] {
        assert_eq!(report(&mut stage, min(1), sold(order, sku, units)), []);
    }
    let by_amazon = |stage: &Stage| {
        [kept, cancelled, own].map(|order| stage.is_fulfilled_by_amazon(channel, order))
    };
    assert_eq!(by_amazon(&stage), [true, true, false]);
    assert!(!stage.is_fulfilled_by_amazon(WEB, kept));
    let leaves = |order, lines: &[(u32, u32)]| Act::ShipFromAmazon {
        channel,
        order,
        location: LocationIndex(1),
        lines: lines
            .iter()
            .map(|&(sku, units)| (SkuIndex(sku), units))
            .collect(),
    };
    let order = cancelled;
    report(&mut stage, min(2), Report::Cancelled { channel, order });
    assert_eq!(
        report(&mut stage, min(3), shipped(kept)),
        [leaves(Some(kept), &[(3, 1), (0, 2)])]
    );
    for order in [kept, cancelled, own] {
        assert_eq!(report(&mut stage, min(4), shipped(order)), [], "{order:?}");
    }
    assert_eq!(by_amazon(&stage), [true, true, false], "shipped or not");
    let sku = SkuIndex(4);
    let for_others = Report::ShippedForOthers {
        channel,
        sku,
        units: 3,
    };
    assert_eq!(
        report(&mut stage, min(5), for_others),
        [leaves(None, &[(4, 3)])]
    );
}

#[test]
fn nothing_happens_by_itself_before_demand_begins() {
    let mut stage = stage_of(SHOPS, 1, StaffHabits::default());
    stage.look_ahead(min(60));
    assert_eq!(stage.poll_timeout(), None);
    assert_eq!(stage.poll_scheduled(), None);
    assert!(!stage.demand_is_over());
}

/// How a test driver asks what is due.
#[derive(Copy, Clone, PartialEq)]
enum Asks {
    /// As real time does.
    Timeout,
    /// As the event heap of virtual time does.
    Scheduled,
}

/// Plays a stage against systems that decide by `decisions` alone, and gives every act with its time.
fn play(mut stage: Stage, zero: Micros, decisions: &[u8], asks: Asks) -> (Vec<(Micros, Act)>, u64) {
    let mut heap: BTreeMap<(Micros, u8, usize), Due> = BTreeMap::new();
    let (mut pushed, mut decided, mut orders) = (0, 0, [0u32; 2]);
    let mut decide = || {
        decided += 1;
        decisions[decided % decisions.len()]
    };
    let mut done: Vec<(Micros, Act)> = Vec::new();
    stage.begin_demand(zero);
    loop {
        while let Some(due) = stage.poll_scheduled() {
            pushed += 1;
            let class = match due.reason {
                Reason::DemandEnd => 2,
                Reason::SupportRead => 1,
                _ => 0,
            };
            heap.insert((due.at, class, pushed), due);
        }
        let next = heap.pop_first().map(|(_, due)| due);
        assert_eq!(next, stage.poll_timeout());
        let next = match asks {
            Asks::Timeout => stage.poll_timeout(),
            Asks::Scheduled => next,
        };
        let Some(due) = next else { break };
        let now = due.at;
        stage.handle(now, Input::Wake(due));
        while let Some(output) = stage.poll_output() {
            let Output::Act(act) = output else { continue };
            done.push((now, act.clone()));
            match act {
                Act::Checkout { channel, basket } if decide() % 4 > 0 => {
                    let count = &mut orders[usize::from(channel.0)];
                    let order = OrderRef(*count);
                    *count += 1;
                    let accepted = Input::Accepted {
                        channel,
                        order,
                        buyer: basket.buyer,
                        lines: &basket.lines,
                    };
                    stage.handle(now, accepted);
                    let by_amazon = channel == AMAZON && decide() % 2 == 0;
                    for line in basket.lines.iter().filter(|_| by_amazon) {
                        let sold = Report::SoldByAmazon {
                            channel,
                            order,
                            sku: SkuIndex(line.listing.0),
                            units: line.units,
                        };
                        stage.handle(now, Input::Reported(sold));
                    }
                    let then = match decide() % 4 {
                        0 => Report::ShownAsShipped { channel, order },
                        1 => Report::Cancelled { channel, order },
                        _ => Report::Short { channel, order },
                    };
                    stage.handle(now, Input::Reported(then));
                }
                Act::Shop { channel, act } => {
                    let outcome = match decide() % 3 {
                        0 => ActOutcome::Refused("by chance"),
                        _ => ActOutcome::Done,
                    };
                    let input = Input::Done {
                        channel,
                        act,
                        outcome,
                    };
                    stage.handle(now, input);
                    if let (ShopAct::ReturnUnits { .. }, ActOutcome::Refused(_)) = (act, outcome) {
                        // What is refused puts nothing on the shelf.
                        done.pop();
                    }
                }
                _ => {}
            }
        }
        stage.look_ahead(now);
    }
    assert!(stage.demand_is_over());
    assert_eq!(stage.staff_cancels(), 0);
    (done, stage.external_hash())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the systems decide: both ways of asking give the same acts; the scenario's zero only shifts them; buyers
    /// act once on an order they have; what comes back and can be sold again is shelved, unit by unit; Amazon ships an
    /// order once.
    #[test]
    fn acts_follow_from_what_the_systems_decide(
        seed in 0u64..1_000,
        zero_s in 0u64..100_000,
        decisions in proptest::collection::vec(any::<u8>(), 1..50),
    ) {
        let text = SHOPS.replace("restockable = 0.5", "restockable = 1.0");
        let new = || stage_of(&text, seed, StaffHabits::default());
        let (acts, hash) = play(new(), Micros::ZERO, &decisions, Asks::Timeout);
        prop_assert_eq!(&play(new(), Micros::ZERO, &decisions, Asks::Scheduled), &(acts.clone(), hash));
        let zero = Micros::from_secs(zero_s);
        let (later, same_hash) = play(new(), zero, &decisions, Asks::Timeout);
        let later: Vec<(Micros, Act)> = later.into_iter().map(|(at, act)| (at.since(zero), act)).collect();
        prop_assert_eq!(&later, &acts);
        prop_assert_eq!(hash, same_hash);

        let until = min(15);
        let (mut returned, mut back_on_shelf) = (0, 0);
        let mut acted = std::collections::BTreeSet::new();
        let mut left = std::collections::BTreeSet::new();
        for (at, act) in &acts {
            match act {
                Act::Checkout { .. } | Act::SupportRead { .. } => prop_assert!(min(5) <= *at && *at < until),
                Act::Shop { channel, act: ShopAct::CancelByBuyer(order) } => {
                    prop_assert!(acted.insert((*channel, *order, 0)));
                }
                Act::Shop { channel, act: ShopAct::ReturnUnits { order, line, units, .. } } => {
                    prop_assert!(!acted.contains(&(*channel, *order, 0)) || *line > 0);
                    prop_assert!(acted.insert((*channel, *order, *line)), "a line comes back once");
                    returned += units;
                }
                Act::Shop { channel, act: ShopAct::CancelBySeller(_) } => prop_assert_eq!(*channel, AMAZON),
                Act::Warehouse(act) if act.kind == WarehouseActKind::Return => back_on_shelf += act.units,
                Act::ShipFromAmazon { channel, order, .. } => {
                    prop_assert_eq!(*channel, AMAZON);
                    prop_assert!(left.insert(*order), "an order leaves once");
                }
                Act::Shop { .. } | Act::Warehouse(_) => {}
                Act::Hours { .. } => prop_assert!(false, "both channels are open throughout"),
            }
        }
        prop_assert_eq!(returned, back_on_shelf);
        let reads = acts.iter().filter(|(_, act)| matches!(act, Act::SupportRead { .. })).count();
        // 30 expected.
        prop_assert!((8..60).contains(&reads), "{} reads", reads);
    }
}
