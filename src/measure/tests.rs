//! Small runs with figures worked out by hand.

use channel_mocks::core::{CallKind, CallOutcome, Cause, Micros, OrderRef, Party};
use proptest::prelude::*;

use super::*;
use crate::engine::config::Strategy as Engine;
use crate::scenario::Scenario;
use crate::world::ledger::{CallTarget, Entry, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

const SHOP: ChannelIndex = ChannelIndex(0);
const MARKET: ChannelIndex = ChannelIndex(1);
const SKU: SkuIndex = SkuIndex(0);

fn scenario() -> Scenario {
    toml::from_str(
        r#"
        version = 1
        name = "small"
        title = "Two channels"
        start = "2026-11-27T00:00:00Z"
        opening = "10s"
        duration = "100s"
        settle = "10s"
        channel = [
            { name = "shop", platform = "shopify", profile = "shopify-plus", share = 0.5 },
            { name = "market", platform = "amazon", profile = "amazon", share = 0.5 },
        ]
        warehouse = { profile = "warehouse", location = [{ code = "east", share = 1.0 }] }
        catalogue = { skus = 2 }
        stock = { units = 5 }
        demand = { phase = [{ shape = "constant", lasts = "100s", rate = "1/s" }] }
        "#,
    )
    .unwrap()
}

fn meter(strategy: Engine) -> Meter {
    Meter::new(&scenario(), strategy)
}

fn facts() -> RunFacts {
    RunFacts {
        demand_from: seconds(10),
        demand_until: seconds(110),
        simulated: seconds(120),
        converged: true,
        convergence: Some(seconds(3)),
        rerun: "simulate --scenario small --seed 1 --strategies mirror".to_string(),
        ..RunFacts::default()
    }
}

fn seconds(seconds: u64) -> Micros {
    Micros::from_secs(seconds)
}

pub(super) fn offered(channel: ChannelIndex, units: u32, age: u64, sellable: i64) -> Entry {
    Entry::Offered {
        channel,
        sku: SKU,
        units,
        displayed_age: seconds(age),
        count_error_units: 0,
        sellable,
        first_line: true,
    }
}

fn accepted(channel: ChannelIndex, order: u32, units: u32, oversold_units: u32) -> Entry {
    Entry::Accepted {
        channel,
        order: OrderRef(order),
        sku: SKU,
        units,
        oversold_units,
        displayed: 2,
        sellable: i64::from(units) - i64::from(oversold_units),
        price_cents: 1_000,
        first_line: true,
        first_oversold_line: oversold_units > 0,
    }
}

fn refused(channel: ChannelIndex, units: u32, in_stock: bool) -> Entry {
    Entry::Refused {
        channel,
        sku: SKU,
        units,
        in_stock,
        price_cents: 1_000,
    }
}

fn sku_closed(supplied_units: i64, sellable: i64) -> Entry {
    Entry::SkuClosed {
        sku: SKU,
        supplied_units,
        sellable,
    }
}

fn measure(strategy: Engine, entries: &[Entry]) -> Measured {
    let mut meter = meter(strategy);
    for (second, entry) in entries.iter().enumerate() {
        meter.record(seconds(10 + second as u64), entry);
    }
    meter.finish(facts())
}

fn verdict<'a>(measured: &'a Measured, name: &str) -> &'a Guarantee {
    measured
        .guarantees
        .iter()
        .find(|guarantee| guarantee.name == name)
        .unwrap()
}

#[test]
fn one_oversold_order_of_two() {
    let measured = measure(
        Engine::Mirror,
        &[
            offered(SHOP, 2, 0, 2),
            accepted(SHOP, 0, 2, 0),
            offered(MARKET, 2, 4, 0),
            accepted(MARKET, 0, 2, 2),
            Entry::Short {
                channel: MARKET,
                order: OrderRef(0),
                units: 2,
                first_of_order: true,
            },
            sku_closed(2, -2),
        ],
    );
    let total = &measured.total;
    assert_eq!((total.offered_units, total.accepted_units), (4, 4));
    assert_eq!((total.oversold_units, total.oversold_orders), (2, 1));
    assert_eq!((total.oversold_rate, total.seller_cancel_rate), (0.5, 0.5));
    assert_eq!(total.unfillable_units, 2);
    assert_eq!(
        measured.channels[1].1.unfillable_units, 2,
        "booked where it happened"
    );
    assert_eq!(total.orders_per_simulated_s, 0.02);
    // 2 x (15 + 10 % of 10), one ticket of 7.
    assert_eq!((total.cost_split.oversold, total.cost), (32.0, 39.0));
    let verdict = verdict(&measured, "no_oversell");
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(!verdict.promised, "a mirror promises nothing");
    let example = verdict.counter_example.as_ref().unwrap();
    assert_eq!((example.at_s, example.channel.as_str()), (13.0, "market"));
    assert_eq!(
        (example.sku, example.displayed, example.sellable),
        (Some(1), Some(2), Some(0))
    );
    assert!(verdict.rerun.as_ref().unwrap().contains("--seed 1"));
}

#[test]
fn lost_sales_are_only_what_was_left() {
    let measured = measure(
        Engine::Escrow,
        &[
            offered(SHOP, 6, 0, 8),
            refused(SHOP, 6, true),
            offered(MARKET, 3, 0, 8),
            refused(MARKET, 3, true),
            refused(MARKET, 9, false),
            sku_closed(8, 4),
        ],
    );
    assert_eq!(measured.total.rejected_in_stock_units, 9);
    assert_eq!(measured.total.net_undersell_units, 4);
    let parts: Vec<u64> = measured
        .channels
        .iter()
        .map(|(_, figures)| figures.net_undersell_units)
        .collect();
    assert_eq!(parts, [2, 2], "4 x 6/9, rounded down, and the rest");
    assert_eq!(measured.total.cost_split.lost_sales, 16.0, "4 x 40 % of 10");
}

#[test]
fn no_oversell_is_unknown_while_nothing_was_scarce() {
    let plenty = [
        offered(SHOP, 1, 0, 5),
        accepted(SHOP, 0, 1, 0),
        sku_closed(5, 4),
    ];
    let measured = measure(Engine::Escrow, &plenty);
    assert_eq!(verdict(&measured, "no_oversell").verdict, Verdict::Unknown);
    assert_eq!(
        verdict(&measured, "every_order_ingested").verdict,
        Verdict::Holds
    );
    let scarce = [
        offered(SHOP, 1, 0, 1),
        accepted(SHOP, 0, 1, 0),
        offered(MARKET, 1, 0, 0),
        refused(MARKET, 1, false),
        sku_closed(1, 0),
    ];
    let measured = measure(Engine::Escrow, &scarce);
    assert_eq!(verdict(&measured, "no_oversell").verdict, Verdict::Holds);
    assert!(verdict(&measured, "no_oversell").promised);
    let nothing = measure(Engine::Escrow, &[sku_closed(5, 5)]);
    assert!(
        nothing
            .guarantees
            .iter()
            .all(|guarantee| guarantee.verdict == Verdict::Unknown)
    );
}

#[test]
fn lost_stock_voids_the_promise_not_the_verdict() {
    let measured = measure(
        Engine::Escrow,
        &[
            Entry::Stock {
                sku: SKU,
                delta: -3,
            },
            offered(SHOP, 1, 0, 0),
            accepted(SHOP, 0, 1, 1),
            sku_closed(0, -1),
        ],
    );
    let no_oversell = verdict(&measured, "no_oversell");
    assert_eq!(
        (no_oversell.verdict, no_oversell.promised),
        (Verdict::Violated, false)
    );
}

#[test]
fn only_as_many_units_as_had_left_may_be_sold_twice() {
    for (units, promised) in [(1, false), (2, true)] {
        let entries = [
            Entry::RestockedGone {
                channel: SHOP,
                sku: SKU,
                units: 1,
            },
            offered(SHOP, units, 0, 0),
            accepted(SHOP, 0, units, units),
            sku_closed(0, -i64::from(units)),
        ];
        let measured = measure(Engine::Escrow, &entries);
        let no_oversell = verdict(&measured, "no_oversell");
        assert_eq!(
            (no_oversell.verdict, no_oversell.promised),
            (Verdict::Violated, promised)
        );
    }
}

#[test]
fn staleness_of_whole_counts_is_sampled_at_buyers() {
    let entries: Vec<Entry> = (0..100).map(|age| offered(SHOP, 1, age, 5)).collect();
    let staleness = measure(Engine::Mirror, &entries).total.staleness_s;
    assert_eq!((staleness.count, staleness.max), (100, 99.0));
    assert!((staleness.p50 - 49.0).abs() < 0.05, "{staleness:?}");
    assert!((staleness.p99 - 98.0).abs() < 0.1, "{staleness:?}");
}

#[test]
fn staleness_of_quotas_is_sampled_at_live_writes() {
    let write = Entry::Displayed {
        channel: MARKET,
        sku: SKU,
        from: 3,
        to: 5,
        cause: Cause::Write {
            sent_at: seconds(4),
            received_at: seconds(5),
        },
        sellable: 5,
    };
    let escrow = measure(Engine::Escrow, std::slice::from_ref(&write)).total;
    assert_eq!((escrow.staleness_s.count, escrow.staleness_s.max), (1, 6.0));
    assert_eq!(escrow.useful_write_share, 1.0);
    assert_eq!(measure(Engine::Mirror, &[write]).total.staleness_s.count, 0);
}

#[test]
fn ingestion_support_and_propagation() {
    let ingested = |age, duplicate| Entry::Ingested {
        channel: SHOP,
        order: OrderRef(0),
        duplicate,
        age: seconds(age),
    };
    let measured = measure(
        Engine::Mirror,
        &[
            ingested(2, false),
            ingested(2, true),
            Entry::SupportRead {
                channel: SHOP,
                age: seconds(61),
            },
            Entry::SupportRead {
                channel: SHOP,
                age: seconds(0),
            },
            Entry::Propagated {
                channel: MARKET,
                sku: SKU,
                own_sale: false,
                happened_at: seconds(4),
                known_at: seconds(9),
                sent_at: seconds(11),
                oldest_of_write: true,
            },
        ],
    );
    let total = &measured.total;
    assert_eq!((total.ingestion_s.count, total.ingestion_s.max), (1, 2.0));
    assert_eq!(total.duplicate_submissions, 1);
    assert_eq!(total.support_read_shares.over_60s, 0.5);
    assert_eq!(total.support_read_shares.over_15min, 0.0);
    assert_eq!(
        (total.propagation_s.max, total.publish_wait_s.max),
        (10.0, 2.0)
    );
}

#[test]
fn a_mirror_is_predicted_from_its_delays_and_the_demand() {
    let mut meter = meter(Engine::Mirror);
    for channel in [SHOP, MARKET] {
        meter.record(seconds(10), &offered(channel, 1, 0, 5));
        meter.record(
            seconds(12),
            &Entry::Learned {
                channel,
                sku: SKU,
                accepted_at: seconds(10),
                known_at: seconds(12),
            },
        );
        for own_sale in [false, true] {
            meter.record(
                seconds(20),
                &Entry::Propagated {
                    channel,
                    sku: SKU,
                    own_sale,
                    happened_at: seconds(10),
                    known_at: seconds(12),
                    sent_at: seconds(13),
                    oldest_of_write: !own_sale,
                },
            );
        }
    }
    meter.record(seconds(30), &Entry::SoldOut { sku: SKU });
    // One unit a second on each channel: 10 units on each within a + b = 2 + 8 s; less 1/2.
    for step in 0..40u64 {
        for channel in [SHOP, MARKET] {
            meter.record(
                Micros::from_millis(30_500 + step * 1_000),
                &offered(channel, 1, 0, -1),
            );
        }
    }
    let measured = meter.finish(facts());
    assert_eq!(
        measured.total.propagation_s.count, 2,
        "own sales do not propagate"
    );
    let prediction = measured.prediction.unwrap();
    assert!(
        (prediction.oversold_units - 19.5).abs() < 1.0,
        "{prediction:?}"
    );
    assert_eq!(prediction.stock_outs, 1);
}

#[test]
fn calls_per_order_and_limits() {
    let call = |target, kind, outcome| Entry::Call {
        target,
        kind,
        outcome,
    };
    let shop = CallTarget::Channel(SHOP);
    let measured = measure(
        Engine::Mirror,
        &[
            accepted(SHOP, 0, 1, 0),
            accepted(MARKET, 0, 1, 0),
            call(shop, CallKind::Read, CallOutcome::Served),
            call(shop, CallKind::Write, CallOutcome::Served),
            call(shop, CallKind::Write, CallOutcome::Throttled),
            call(shop, CallKind::Token, CallOutcome::Served),
            call(CallTarget::Warehouse, CallKind::Write, CallOutcome::Served),
        ],
    );
    assert_eq!(measured.total.calls_per_order, 2.0);
    assert_eq!(measured.total.calls_per_order_split.write, 1.0);
    assert_eq!(measured.total.throttled_share, 0.25);
    assert_eq!(measured.warehouse_calls, 1);
    let limits = verdict(&measured, "rate_limits_respected");
    assert_eq!(limits.verdict, Verdict::Violated);
    assert_eq!(limits.counter_example.as_ref().unwrap().at_s, 14.0);
}

#[test]
fn lost_orders_and_late_shipments_are_named() {
    let measured = measure(
        Engine::Trigger,
        &[
            accepted(SHOP, 0, 1, 0),
            Entry::Allocated {
                channel: SHOP,
                units: 1,
                wrong_warehouse: false,
            },
            Entry::Allocated {
                channel: SHOP,
                units: 1,
                wrong_warehouse: true,
            },
            Entry::FulfillmentConfirmed {
                channel: SHOP,
                order: OrderRef(0),
                units: 1,
                late: true,
            },
            Entry::Cancelled {
                channel: SHOP,
                order: OrderRef(0),
                by: Party::Platform,
                units: 1,
            },
            Entry::ChannelClosed {
                channel: SHOP,
                lost_orders: 2,
                first_lost: Some((seconds(7), OrderRef(5))),
                unshipped_orders: 0,
                unconfirmed_fulfillments: 3,
                unsynced_listings: 0,
            },
        ],
    );
    assert_eq!(measured.total.lost_orders, 2);
    assert_eq!(measured.total.wrong_warehouse_rate, 0.5);
    assert_eq!(
        (
            measured.total.late_fulfillments,
            measured.total.unconfirmed_fulfillments
        ),
        (1, 3)
    );
    assert_eq!(measured.total.cancelled_by_platform, 1);
    let lost = verdict(&measured, "every_order_ingested");
    let example = lost.counter_example.as_ref().unwrap();
    assert_eq!((lost.verdict, example.at_s), (Verdict::Violated, 7.0));
    assert!(example.what.contains("order 5"));
    let fulfilled = verdict(&measured, "fulfilled_in_time_from_the_right_warehouse");
    assert_eq!(
        fulfilled.counter_example.as_ref().unwrap().at_s,
        12.0,
        "the first of three"
    );
}

#[test]
fn a_run_that_does_not_come_to_rest_has_not_converged() {
    let mut meter = meter(Engine::Escrow);
    meter.record(seconds(11), &accepted(SHOP, 0, 1, 0));
    let measured = meter.finish(RunFacts {
        converged: false,
        convergence: None,
        ..facts()
    });
    let converged = verdict(&measured, "converged");
    assert_eq!(
        (converged.verdict, converged.promised),
        (Verdict::Violated, true)
    );
    assert_eq!(measured.total.convergence_s, None);
}

#[test]
fn the_oracle_is_the_measure() {
    let oracle = measure(Engine::Oracle, &[accepted(SHOP, 0, 3, 1)]);
    let mut mirror = measure(
        Engine::Mirror,
        &[accepted(SHOP, 0, 3, 3), accepted(MARKET, 0, 1, 1)],
    );
    assert_eq!(mirror.total.oversold_above_oracle_units, None);
    mirror.compare_with_oracle(&oracle);
    assert_eq!(mirror.total.oversold_above_oracle_units, Some(3));
    assert_eq!(mirror.channels[0].1.oversold_above_oracle_units, Some(2));
    assert_eq!(mirror.channels[1].1.oversold_above_oracle_units, Some(1));
}

#[test]
fn an_order_of_two_oversold_lines_is_one_oversold_order() {
    let first = accepted(SHOP, 0, 2, 1);
    let mut second = first.clone();
    if let Entry::Accepted {
        first_line,
        first_oversold_line,
        ..
    } = &mut second
    {
        (*first_line, *first_oversold_line) = (false, false);
    }
    let total = measure(Engine::Mirror, &[first, second, accepted(SHOP, 1, 1, 0)]).total;
    assert_eq!((total.accepted_orders, total.oversold_orders), (2, 1));
    assert_eq!((total.accepted_units, total.oversold_units), (5, 2));
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let channel = (0..2u16).prop_map(ChannelIndex);
    prop_oneof![
        (channel.clone(), 1..4u32, 0..50u64)
            .prop_map(|(channel, units, age)| offered(channel, units, age, 3)),
        (channel.clone(), 0..9u32, 1..4u32).prop_map(|(channel, order, units)| accepted(
            channel,
            order,
            units,
            units / 2
        )),
        (channel.clone(), 1..4u32, any::<bool>())
            .prop_map(|(channel, units, stock)| refused(channel, units, stock)),
        (channel, any::<bool>()).prop_map(|(channel, wrong_warehouse)| Entry::Allocated {
            channel,
            units: 1,
            wrong_warehouse
        }),
    ]
}

proptest! {
    #[test]
    fn totals_are_sums_over_channels(
        mut entries in proptest::collection::vec(any_entry(), 0..60),
        left in -20..20i64,
    ) {
        entries.push(sku_closed(10, left));
        let measured = measure(Engine::Mirror, &entries);
        let total = &measured.total;
        let sum = |figure: fn(&Figures) -> u64| measured.channels.iter().map(|(_, figures)| figure(figures)).sum::<u64>();
        prop_assert_eq!(total.offered_units, sum(|figures| figures.offered_units));
        prop_assert_eq!(total.accepted_units, sum(|figures| figures.accepted_units));
        prop_assert_eq!(total.accepted_orders, sum(|figures| figures.accepted_orders));
        prop_assert_eq!(total.oversold_units, sum(|figures| figures.oversold_units));
        prop_assert_eq!(total.oversold_orders, sum(|figures| figures.oversold_orders));
        prop_assert_eq!(total.unfillable_units, sum(|figures| figures.unfillable_units));
        prop_assert_eq!(total.net_undersell_units, sum(|figures| figures.net_undersell_units));
        prop_assert_eq!(total.staleness_s.count, sum(|figures| figures.staleness_s.count));
        let cost: f64 = measured.channels.iter().map(|(_, figures)| figures.cost).sum();
        prop_assert!((total.cost - cost).abs() < 1e-6);
        prop_assert!(total.net_undersell_units <= total.rejected_in_stock_units);
        prop_assert!(total.oversold_units <= total.accepted_units);
        let series: u64 = measured.series.rows().map(|row| row.accepted_units).sum();
        prop_assert_eq!(series, total.accepted_units);
    }
}
