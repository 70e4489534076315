//! Verdicts and what is promised.

use channel_mocks::core::{CallKind, CallOutcome, OrderRef, Party};

use super::*;
use crate::world::ledger::CallTarget;

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
    assert_eq!(measured.total.calls_per_order, Some(2.0));
    assert_eq!(measured.total.calls_per_order_split.write, Some(1.0));
    assert_eq!(measured.total.throttled_share, Some(0.25));
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
    assert_eq!(measured.total.wrong_warehouse_rate, Some(0.5));
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
