//! Verdicts and what is promised.

use channel_mocks::core::{CallKind, CallOutcome, Cause, OrderRef, Party};

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

/// A line of another SKU than most.
fn of_sku(entry: Entry, other: u32) -> Entry {
    let mut entry = entry;
    match &mut entry {
        Entry::Offered { sku, .. }
        | Entry::Accepted { sku, .. }
        | Entry::Stock { sku, .. }
        | Entry::Displayed { sku, .. } => *sku = SkuIndex(other),
        _ => unreachable!("the test needs no other"),
    }
    entry
}

#[test]
fn lost_stock_voids_the_promise_for_so_many_units_of_its_sku_and_not_the_verdict() {
    let lost = |units: i64| Entry::Stock {
        sku: SKU,
        delta: -units,
    };
    let sold_twice = |units| [offered(SHOP, units, 0, 0), accepted(SHOP, 0, units, units)];
    let promised = |before: &[Entry], units: u32, after: &[Entry]| {
        let entries = [before, &sold_twice(units), after].concat();
        let measured = measure(Engine::Escrow, &entries);
        let no_oversell = verdict(&measured, "no_oversell");
        assert_eq!(no_oversell.verdict, Verdict::Violated);
        let extent = no_oversell.extent.as_ref().unwrap();
        assert_eq!((extent.broken, extent.of), (units.into(), units.into()));
        (no_oversell.promised, extent.excused)
    };
    assert_eq!(promised(&[lost(3)], 1, &[]), (false, 1));
    assert_eq!(promised(&[lost(3)], 4, &[]), (true, 3), "one too many");
    let other = of_sku(lost(3), 1);
    assert_eq!(promised(&[other], 1, &[]), (true, 0), "of another SKU");
    assert_eq!(promised(&[], 1, &[lost(3)]), (true, 0), "lost afterwards");
    let edit = |from, to| Entry::Displayed {
        channel: SHOP,
        sku: SKU,
        from,
        to,
        sellable: 10,
        cause: Cause::Edit,
    };
    assert_eq!(promised(&[edit(4, 6)], 2, &[]), (false, 2));
    assert_eq!(promised(&[edit(4, 6)], 3, &[]), (true, 2));
    assert_eq!(promised(&[edit(6, 4)], 1, &[]), (true, 0), "it sells less");
}

/// One unit sold twice, with so many left.
fn sold_beyond(sellable: i64) -> Entry {
    let mut entry = accepted(SHOP, 0, 1, 1);
    if let Entry::Accepted {
        sellable: left,
        shared_after,
        ..
    } = &mut entry
    {
        (*left, *shared_after) = (sellable, sellable - 1);
    }
    entry
}

/// Of no SKU is more oversold than stood on the books, and nobody is held to units that the records had and the warehouse had
/// not, whichever sale was the last.
#[test]
fn units_that_are_missing_are_not_held_against_the_books() {
    let gone = Entry::RestockedGone {
        channel: SHOP,
        sku: SKU,
        units: 1,
    };
    let judged = |lent: i64, gone: &[Entry]| {
        let mut scenario = scenario();
        scenario.strategy.escrow.loan_price = Some(0.5);
        let mut meter = Meter::new(&scenario, Engine::Escrow);
        let sold = [
            offered(SHOP, 3, 0, 0),
            sold_beyond(0),
            sold_beyond(-1),
            sold_beyond(-2),
        ];
        for (second, entry) in gone.iter().chain(&sold).enumerate() {
            meter.record(seconds(10 + second as u64), entry);
        }
        let measured = meter.finish(RunFacts {
            lent: Some(vec![lent]),
            ..facts()
        });
        let found = verdict(&measured, "oversold_within_budget");
        let extent = found.extent.as_ref().unwrap();
        (found.verdict, found.promised, extent.broken, extent.excused)
    };
    assert_eq!(judged(3, &[]), (Verdict::Holds, true, 0, 0));
    assert_eq!(judged(2, &[]), (Verdict::Violated, true, 1, 0));
    let gone = std::slice::from_ref(&gone);
    assert_eq!(judged(2, gone), (Verdict::Violated, false, 1, 1));
    assert_eq!(judged(1, gone), (Verdict::Violated, true, 2, 1));
}

#[test]
fn a_unit_that_is_missing_excuses_its_sales_for_as_long_as_it_is_missing() {
    let gone = Entry::RestockedGone {
        channel: SHOP,
        sku: SKU,
        units: 1,
    };
    let promised = |second: i64| {
        let entries = [
            gone.clone(),
            offered(SHOP, 2, 0, 0),
            sold_beyond(0),
            sold_beyond(second),
        ];
        let measured = measure(Engine::Escrow, &entries);
        let no_oversell = verdict(&measured, "no_oversell");
        (
            no_oversell.promised,
            no_oversell.extent.as_ref().unwrap().excused,
        )
    };
    assert_eq!(promised(0), (false, 2), "sold, cancelled and sold again");
    assert_eq!(promised(-1), (true, 1), "two more than there are");
}

#[test]
fn what_was_scarce_before_a_receipt_was_put_to_the_test() {
    let entries = |asked| {
        [
            offered(SHOP, 1, 0, 1),
            accepted(SHOP, 0, 1, 0),
            offered(MARKET, asked, 0, 0),
            refused(MARKET, asked, false),
            Entry::Stock { sku: SKU, delta: 9 },
            sku_closed(10, 9),
        ]
    };
    let measured = measure(Engine::Escrow, &entries(1));
    assert_eq!(verdict(&measured, "no_oversell").verdict, Verdict::Holds);
    // Two buyers, refused one after the other, wanted more together than there was for either.
    let dark = [
        offered(SHOP, 3, 0, 5),
        refused(SHOP, 3, true),
        offered(MARKET, 3, 0, 5),
        accepted(MARKET, 0, 3, 0),
        sku_closed(5, 2),
    ];
    let measured = measure(Engine::Escrow, &dark);
    assert_eq!(verdict(&measured, "no_oversell").verdict, Verdict::Holds);
}

fn allocated(wrong_warehouse: bool) -> Entry {
    Entry::Allocated {
        channel: SHOP,
        units: 1,
        wrong_warehouse,
        split: false,
    }
}

/// Pr[Poisson(1) >= 5] is .0037, >= 6 is .0006; of mean 8 it is .0016 for 18 and .0007 for 19.
#[test]
fn more_than_chance_brings_at_the_tolerated_share_is_a_violation_and_a_hair_above_it_is_none() {
    for (lines, most) in [(961, 5), (1_000, 5), (8_000, 18)] {
        for (wrong, expected) in [
            (1, Verdict::Holds),
            (most, Verdict::Holds),
            (most + 1, Verdict::Violated),
            (lines, Verdict::Violated),
        ] {
            let entries: Vec<Entry> = (0..lines).map(|line| allocated(line < wrong)).collect();
            let measured = measure(Engine::Escrow, &entries);
            let place = verdict(&measured, "shipped_from_the_right_place");
            assert_eq!(place.verdict, expected, "{wrong} of {lines}");
            let extent = place.extent.as_ref().unwrap();
            assert_eq!((extent.broken, extent.of), (wrong, lines));
        }
    }
    // Of a handful the second one tells.
    let of_ten = |wrong| -> Vec<Entry> { (0..10).map(|line| allocated(line < wrong)).collect() };
    for (wrong, expected) in [(1, Verdict::Holds), (2, Verdict::Violated)] {
        let measured = measure(Engine::Escrow, &of_ten(wrong));
        let place = verdict(&measured, "shipped_from_the_right_place");
        assert_eq!(place.verdict, expected, "{wrong} of ten");
    }
}

#[test]
fn one_in_a_thousand_is_tolerated_of_every_contender() {
    for (wrong, expected) in [(1, Verdict::Holds), (9, Verdict::Violated)] {
        let entries: Vec<Entry> = (0..1_000).map(|line| allocated(line < wrong)).collect();
        for strategy in [Engine::Spreadsheet, Engine::InformedEscrow] {
            let mut measured = measure(strategy, &entries);
            let place = verdict(&measured, "shipped_from_the_right_place");
            assert_eq!(place.verdict, expected);
            assert_eq!(place.extent.as_ref().unwrap().tolerated_share, 0.001);
            let judged = |measured: &Measured| {
                let found = verdict(measured, "shipped_from_the_right_place");
                (
                    found.matters(),
                    found.extent.as_ref().unwrap().informed_escrow_share,
                )
            };
            assert_eq!(judged(&measured), (expected == Verdict::Violated, None));
            // As bad as perfect knowledge under the same delays: nobody needs to look at it.
            let informed = measured.clone();
            measured.compare_with_informed(&informed);
            assert_eq!(judged(&measured), (false, Some(wrong as f64 / 1_000.0)));
        }
    }
}

fn measure_subject(subject: Subject, from: u64, entries: &[Entry]) -> Measured {
    let mut meter = Meter::open_ended(&scenario(), subject, seconds(from));
    for (second, entry) in entries.iter().enumerate() {
        meter.record(seconds(10 + second as u64), entry);
    }
    meter.finish(RunFacts {
        converged: false,
        ..facts()
    })
}

fn call(target: CallTarget, outcome: CallOutcome) -> Entry {
    Entry::Call {
        target,
        kind: CallKind::Write,
        outcome,
    }
}

fn closed_with_lost_orders() -> Entry {
    Entry::ChannelClosed {
        channel: SHOP,
        lost_orders: 1,
        first_lost: Some((seconds(10), OrderRef(0))),
        unshipped_orders: 0,
        unconfirmed_fulfillments: 1,
        unsynced_listings: 0,
    }
}

#[test]
fn an_engine_with_books_of_its_own_is_judged_for_its_counts_alone() {
    let engine = |promises| Subject::foreign("mine".into(), false, promises);
    let shop = CallTarget::Channel(SHOP);
    let entries = |target| {
        [
            accepted(SHOP, 0, 1, 0),
            call(target, CallOutcome::Served),
            closed_with_lost_orders(),
        ]
    };
    let verdicts = |subject: Subject, target| {
        let measured = measure_subject(subject, 0, &entries(target));
        let names = ["every_order_ingested", "shipped_in_time", "converged"];
        names.map(|name| verdict(&measured, name).verdict)
    };
    let unjudged = [Verdict::NotJudged, Verdict::NotJudged, Verdict::Holds];
    let found_out = verdicts(engine(Vec::new()), shop);
    assert_eq!(found_out, unjudged, "it never called the warehouse");
    let own = engine(Vec::new()).with_books(Books::Own);
    assert_eq!(verdicts(own, CallTarget::Warehouse), unjudged);
    let judged = [Verdict::Violated; 3];
    assert_eq!(verdicts(engine(Vec::new()), CallTarget::Warehouse), judged);
    let promised = engine(vec![Promise::EveryOrderIngested]);
    assert_eq!(
        verdicts(promised, shop),
        judged,
        "a promise is kept or broken"
    );
    let told = engine(Vec::new()).with_books(Books::Warehouse);
    assert_eq!(verdicts(told, shop), judged);
    let strategy = Subject::from(Engine::Mirror).with_books(Books::Own);
    assert_eq!(verdicts(strategy, shop), judged);
}

#[test]
fn where_nobody_came_nobody_is_judged() {
    let shop = CallTarget::Channel(SHOP);
    let whoever = || Subject::whoever_comes("engine".into(), false);
    let nobody = [
        call(shop, CallOutcome::Throttled),
        accepted(SHOP, 0, 1, 1),
        closed_with_lost_orders(),
    ];
    // The first entry is of before the doors opened.
    let measured = measure_subject(whoever(), 11, &nobody);
    for guarantee in &measured.guarantees {
        assert_eq!(guarantee.verdict, Verdict::NotJudged, "{}", guarantee.name);
        assert_eq!((&guarantee.extent, &guarantee.rerun), (&None, &None));
    }
    let visitor = measure_subject(whoever(), 10, &nobody);
    let limits = verdict(&visitor, "rate_limits_respected").verdict;
    assert_eq!(limits, Verdict::Violated, "who calls is judged for calling");
    assert_eq!(verdict(&visitor, "no_oversell").verdict, Verdict::NotJudged);
    let ingested = Entry::Ingested {
        channel: SHOP,
        order: OrderRef(0),
        duplicate: false,
        age: seconds(1),
    };
    let entries = [nobody.as_slice(), &[ingested]].concat();
    let engine = measure_subject(whoever(), 10, &entries);
    for name in ["no_oversell", "every_order_ingested", "converged"] {
        assert_eq!(verdict(&engine, name).verdict, Verdict::Violated, "{name}");
    }
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
    let answered = |target, kind, outcome| Entry::Call {
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
            answered(shop, CallKind::Read, CallOutcome::Served),
            answered(shop, CallKind::Write, CallOutcome::Served),
            answered(shop, CallKind::Write, CallOutcome::Throttled),
            answered(shop, CallKind::Write, CallOutcome::Throttled),
            answered(shop, CallKind::Token, CallOutcome::Served),
            answered(shop, CallKind::Read, CallOutcome::Refused),
            answered(CallTarget::Warehouse, CallKind::Write, CallOutcome::Served),
            answered(CallTarget::Warehouse, CallKind::Read, CallOutcome::Refused),
        ],
    );
    assert_eq!(measured.total.calls_per_order, Some(3.0));
    assert_eq!(measured.total.calls_per_order_split.write, Some(1.5));
    assert_eq!(measured.total.throttled_share, Some(2.0 / 6.0));
    assert_eq!(measured.total.refused_share, Some(1.0 / 6.0));
    assert_eq!(measured.warehouse_calls, 2);
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
            allocated(false),
            allocated(true),
            allocated(true),
            allocated(false),
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
    for (name, broken, of, at_s) in [
        ("shipped_from_the_right_place", 2, 4, 12.0),
        ("shipped_in_time", 4, 4, 15.0),
    ] {
        let guarantee = verdict(&measured, name);
        let extent = guarantee.extent.as_ref().unwrap();
        assert_eq!((extent.broken, extent.of), (broken, of), "{name}");
        let example = guarantee.counter_example.as_ref().unwrap();
        assert_eq!(example.at_s, at_s, "{name}");
    }
}

#[test]
fn one_of_a_thing_is_told_in_the_singular() {
    let mut meter = meter(Engine::Mirror);
    meter.record(seconds(10), &accepted(SHOP, 0, 1, 0));
    let end = Entry::ChannelClosed {
        channel: SHOP,
        lost_orders: 1,
        first_lost: Some((seconds(10), OrderRef(0))),
        unshipped_orders: 2,
        unconfirmed_fulfillments: 1,
        unsynced_listings: 1,
    };
    meter.record(seconds(8_000), &end);
    let measured = meter.finish(RunFacts {
        converged: false,
        ..facts()
    });
    let words = |name| {
        let example = verdict(&measured, name).counter_example.as_ref();
        example.expect("it is violated").what.as_str()
    };
    assert_eq!(
        words("converged"),
        "still open: 1 stale listing, 1 order not received, 2 orders not shipped, 1 shipment not confirmed"
    );
    assert_eq!(
        words("shipped_in_time"),
        "1 shipped order was never confirmed"
    );
}

#[test]
fn the_example_of_what_has_not_converged_is_of_what_is_counted() {
    let converged = |lost_elsewhere: u64| {
        let mut meter = meter(Engine::Mirror);
        meter.record(seconds(10), &accepted(SHOP, 0, 1, 0));
        for (channel, lost_orders, unshipped_orders) in [(SHOP, 0, 3), (MARKET, lost_elsewhere, 0)]
        {
            let end = Entry::ChannelClosed {
                channel,
                lost_orders,
                first_lost: (lost_orders > 0).then_some((seconds(10), OrderRef(0))),
                unshipped_orders,
                unconfirmed_fulfillments: 0,
                unsynced_listings: 0,
            };
            meter.record(seconds(8_000), &end);
        }
        let measured = meter.finish(RunFacts {
            converged: false,
            ..facts()
        });
        let found = verdict(&measured, "converged");
        let (extent, example) = (found.extent.as_ref(), found.counter_example.as_ref());
        let (extent, example) = (extent.unwrap(), example.unwrap());
        (extent.broken, extent.what.clone(), example.what.clone())
    };
    let (broken, what, example) = converged(2);
    assert_eq!(broken, 2);
    assert!(what.ends_with("orders not received"), "{what}");
    assert!(example.contains("2 orders not received"), "{example}");
    let (broken, what, example) = converged(0);
    assert_eq!(broken, 1);
    assert!(what.contains("shipments still open"), "{what}");
    assert!(example.contains("3 orders not shipped"), "{example}");
}

#[test]
fn what_left_a_moment_before_the_end_may_be_confirmed_still() {
    for (minutes, expected) in [(59, Verdict::Unknown), (61, Verdict::Violated)] {
        let mut meter = meter(Engine::Mirror);
        let left = Entry::Shipped {
            channel: SHOP,
            sku: SKU,
            order: Some(OrderRef(0)),
            units: 1,
            location: 0,
            beyond_order_units: 0,
            never_ordered_units: 0,
        };
        meter.record(seconds(10), &left);
        let end = Entry::ChannelClosed {
            channel: SHOP,
            lost_orders: 0,
            first_lost: None,
            unshipped_orders: 0,
            unconfirmed_fulfillments: 1,
            unsynced_listings: 0,
        };
        meter.record(seconds(10 + minutes * 60), &end);
        let measured = meter.finish(facts());
        assert_eq!(verdict(&measured, "shipped_in_time").verdict, expected);
    }
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
fn what_is_still_open_is_told_of_all_channels_together_as_it_is_counted() {
    let mut meter = meter(Engine::Mirror);
    meter.record(seconds(10), &accepted(SHOP, 0, 1, 0));
    for (channel, lost_orders, unsynced_listings) in [(SHOP, 79, 2), (MARKET, 56, 1)] {
        let end = Entry::ChannelClosed {
            channel,
            lost_orders,
            first_lost: Some((seconds(10), OrderRef(0))),
            unshipped_orders: 4,
            unconfirmed_fulfillments: 0,
            unsynced_listings,
        };
        meter.record(seconds(8_000), &end);
    }
    let measured = meter.finish(RunFacts {
        converged: false,
        ..facts()
    });
    let found = verdict(&measured, "converged");
    assert_eq!(found.extent.as_ref().unwrap().broken, 79 + 56 + 2 + 1);
    let example = found.counter_example.as_ref().unwrap();
    assert_eq!(
        (example.channel.as_str(), example.what.as_str()),
        (
            "all channels",
            "still open: 3 stale listings, 135 orders not received, 8 orders not shipped, 0 shipments not confirmed"
        )
    );
}
