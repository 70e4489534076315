//! Guarantees about planned faults, and the margin of quotas.

use channel_mocks::core::{Cause, OrderRef};

use super::*;

fn low(margin_units: i64) -> Entry {
    Entry::MarginLow {
        sku: SKU,
        margin_units,
        since: seconds(9),
    }
}

#[test]
fn quotas_beyond_what_can_be_sold_are_counted_at_their_worst() {
    let sold = [offered(SHOP, 1, 0, 9), accepted(SHOP, 0, 1, 0)];
    let margin = |engine, more: &[Entry]| {
        let measured = measure(engine, &[&sold[..], more].concat());
        let found = verdict(&measured, "exposure_margin").clone();
        let extent = found.extent.as_ref();
        let counts = extent.map(|it| (it.broken, it.excused));
        (found.verdict, counts, found.caveat)
    };
    let clean = (Verdict::Holds, Some((0, 0)), None);
    assert_eq!(margin(Engine::Escrow, &[]), clean);
    let deep = margin(Engine::Escrow, &[low(-2), low(-5)]);
    assert_eq!(deep, (Verdict::Violated, Some((5, 0)), None));
    let whole_stock = margin(Engine::Mirror, &[low(-2)]);
    assert_eq!(whole_stock, (Verdict::NotJudged, None, None));
    let lost = Entry::Stock {
        sku: SKU,
        delta: -3,
    };
    let (verdict, counts, caveat) = margin(Engine::Escrow, &[lost, low(-4)]);
    assert_eq!((verdict, counts), (Verdict::Violated, Some((4, 3))));
    assert_eq!(
        caveat.unwrap(),
        "in part outside its assumptions: H8 on warehouse, 3 units lost that records had"
    );
}

/// What stood on display before the engine had written anything is nobody's fault until it has been taken off; what it does
/// afterwards is.
#[test]
fn counts_that_were_too_high_from_the_start_excuse_as_much_and_no_more() {
    let opened = Entry::OpenedBeyond { sku: SKU, units: 4 };
    let lowered = Entry::Displayed {
        channel: SHOP,
        sku: SKU,
        from: 2,
        to: 0,
        sellable: -2,
        cause: Cause::Write {
            sent_at: seconds(9),
            received_at: seconds(9),
        },
    };
    let once_more = Entry::Accepted {
        channel: MARKET,
        order: OrderRef(1),
        sku: SKU,
        units: 1,
        oversold_units: 1,
        displayed: 1,
        sellable: -2,
        shared_after: -3,
        own_units: false,
        price_cents: 1_000,
        first_line: true,
        first_oversold_line: true,
    };
    let judged = |more: &[Entry]| {
        let sold = [
            opened.clone(),
            offered(SHOP, 7, 0, 5),
            accepted(SHOP, 0, 7, 2),
        ];
        let measured = measure(Engine::Escrow, &[&sold[..], more].concat());
        ["no_oversell", "exposure_margin"].map(|name| {
            let found = verdict(&measured, name).clone();
            let extent = found.extent.unwrap();
            (extent.broken, extent.excused, found.promised, found.caveat)
        })
    };
    let said = |part: &str| {
        let words = "outside its assumptions: H6 on all channels, 4 units too many on display from the start";
        Some(format!("{part}{words}"))
    };
    let [sales, margin] = judged(&[low(-4), lowered.clone()]);
    assert_eq!(sales, (2, 2, false, said("")));
    assert_eq!(margin, (4, 4, false, said("")));
    // Two are off display, so that a third unit sold twice is the engine's own.
    let asked = offered(MARKET, 1, 0, -2);
    let [sales, margin] = judged(&[lowered, asked, once_more, low(-3)]);
    assert_eq!(sales, (3, 2, true, said("in part ")));
    assert_eq!(margin, (3, 2, false, said("in part ")));
}

fn followed(acknowledged: u64, altered: u64) -> Entry {
    Entry::OrdersFollowed {
        channel: SHOP,
        acknowledged,
        altered,
    }
}

fn lost(acknowledged: bool, altered: bool) -> Entry {
    Entry::FollowedOrderLost {
        channel: SHOP,
        order: OrderRef(4),
        accepted_at: seconds(33),
        acknowledged,
        altered,
    }
}

#[test]
fn an_acknowledged_webhook_survives_a_crash_or_the_promise_is_broken() {
    let judged = |crashes, entries: &[Entry]| {
        let mut meter = meter(Engine::Escrow);
        for entry in entries {
            meter.record(seconds(50), entry);
        }
        let measured = meter.finish(RunFacts {
            engine_crashes: crashes,
            ..facts()
        });
        verdict(&measured, "acknowledged_webhooks_survive").clone()
    };
    let kept = judged(1, &[followed(7, 0)]);
    assert_eq!((kept.verdict, kept.promised), (Verdict::Holds, true));
    let broken = judged(1, &[followed(7, 0), lost(true, false)]);
    assert_eq!((broken.verdict, broken.promised), (Verdict::Violated, true));
    let extent = broken.extent.unwrap();
    assert_eq!((extent.broken, extent.of), (1, 7));
    assert_eq!(broken.counter_example.unwrap().at_s, 33.0);
    let other = judged(1, &[followed(7, 1), lost(false, true)]);
    assert_eq!(other.verdict, Verdict::Holds, "it was never acknowledged");
    for unexercised in [
        judged(0, &[followed(7, 0), lost(true, false)]),
        judged(3, &[followed(0, 2)]),
    ] {
        assert_eq!(unexercised.verdict, Verdict::Unknown);
    }
}

#[test]
fn a_payload_that_was_altered_is_not_dropped() {
    let judged = |entries: &[Entry]| {
        let measured = measure(Engine::Escrow, entries);
        let found = verdict(&measured, "no_payload_dropped");
        (found.verdict, found.extent.as_ref().unwrap().broken)
    };
    assert_eq!(judged(&[followed(5, 0)]), (Verdict::Unknown, 0));
    assert_eq!(judged(&[followed(5, 3)]), (Verdict::Holds, 0));
    let dropped = [followed(5, 3), lost(false, true), lost(true, false)];
    assert_eq!(judged(&dropped), (Verdict::Violated, 1));
}

fn reached(channel: ChannelIndex) -> Entry {
    Entry::BadCountReached {
        channel,
        sku: SKU,
        units: 90,
    }
}

fn bad_count(channel: Option<ChannelIndex>, units: i64) -> Entry {
    Entry::BadCount {
        channel,
        sku: SKU,
        units,
    }
}

fn lowered(channel: ChannelIndex, from: i64, to: i64) -> Entry {
    Entry::Displayed {
        channel,
        sku: SKU,
        from,
        to,
        sellable: 10,
        cause: Cause::Write {
            sent_at: seconds(11),
            received_at: seconds(11),
        },
    }
}

#[test]
fn a_bad_count_on_one_channel_is_contained_and_on_two_is_not() {
    let judged = |entries: &[Entry]| {
        let measured = measure(Engine::Escrow, entries);
        let found = verdict(&measured, "bad_count_contained");
        (found.verdict, measured.bad_counts.clone())
    };
    assert_eq!(judged(&[]), (Verdict::Unknown, Vec::new()));
    // Entries are a second apart, from 10 s on.
    let (verdict, seen) = judged(&[
        bad_count(None, 90),
        reached(SHOP),
        reached(SHOP),
        lowered(SHOP, 100, 40),
        lowered(SHOP, 40, 10),
        bad_count(None, -90),
    ]);
    assert_eq!((verdict, seen.len()), (Verdict::Holds, 1));
    let times = |seen: &BadCountSeen| (seen.detected_after_s, seen.converged_after_s);
    assert_eq!(seen[0].channels_reached, 1);
    assert_eq!(times(&seen[0]), (Some(3.0), Some(4.0)));
    let (verdict, seen) = judged(&[bad_count(None, 90), reached(SHOP), reached(MARKET)]);
    assert_eq!((verdict, seen[0].channels_reached), (Verdict::Violated, 2));
    assert_eq!(times(&seen[0]), (None, None), "nobody has noticed yet");
    let (verdict, seen) = judged(&[bad_count(Some(MARKET), 90), bad_count(Some(MARKET), -90)]);
    assert_eq!((verdict, seen[0].channels_reached), (Verdict::Holds, 0));
    assert_eq!(times(&seen[0]), (Some(1.0), Some(0.0)));
    assert_eq!(seen[0].place, "market");
}

#[test]
fn a_counter_example_tells_the_last_six_things_that_happened_to_its_sku() {
    let mut entries = vec![accepted(SHOP, 0, 1, 0); 4];
    let learned = |accepted_at| Entry::Learned {
        channel: SHOP,
        sku: SKU,
        accepted_at: seconds(accepted_at),
        known_at: seconds(14),
    };
    entries.extend([learned(13), learned(10), learned(14)]);
    // Of another SKU, and nothing that explains a count.
    entries.push(Entry::Stock {
        sku: SkuIndex(1),
        delta: 3,
    });
    entries.push(refused(MARKET, 1, false));
    entries.push(lowered(MARKET, 0, 7));
    entries.push(Entry::Stock {
        sku: SKU,
        delta: -1,
    });
    entries.push(accepted(MARKET, 0, 2, 2));
    let measured = measure(Engine::Escrow, &entries);
    let example = verdict(&measured, "no_oversell").counter_example.as_ref();
    let told = example.unwrap().timeline.iter();
    let told: Vec<String> = told
        .map(|it| format!("{} {}: {}", it.at_s, it.place, it.what))
        .collect();
    assert_eq!(
        told,
        [
            "11 shop: sold 1 with 1 left",
            "12 shop: sold 1 with 1 left",
            "13 shop: sold 1 with 1 left",
            "16 shop: the engine was told of 3 orders, accepted up to 5 s before",
            "19 market: a write sent 8 s before went live: 7 shown, 0 before",
            "20 warehouse: 1 unit lost",
        ]
    );
}
