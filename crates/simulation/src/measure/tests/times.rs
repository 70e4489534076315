//! Ages, delays, and what theory makes of them.

use channel_mocks::core::{Cause, Micros, OrderRef};

use super::*;

#[test]
fn staleness_of_whole_counts_is_sampled_at_buyers() {
    let entries: Vec<Entry> = (0..100).map(|age| offered(SHOP, 1, age, 5)).collect();
    let staleness = measure(Engine::Mirror, &entries).total.staleness_s;
    assert_eq!((staleness.count, staleness.max), (100, Some(99.0)));
    assert!(
        (staleness.p50.unwrap() - 49.0).abs() < 0.05,
        "{staleness:?}"
    );
    assert!((staleness.p99.unwrap() - 98.0).abs() < 0.1, "{staleness:?}");
}

fn written(from: i64, to: i64, cause: Cause) -> Entry {
    Entry::Displayed {
        channel: MARKET,
        sku: SKU,
        from,
        to,
        cause,
        sellable: 5,
    }
}

const WRITE: Cause = Cause::Write {
    sent_at: Micros::from_secs(4),
    received_at: Micros::from_secs(5),
};

#[test]
fn what_had_no_sample_is_no_number() {
    let nothing = measure(Engine::Mirror, &[]).total;
    assert_eq!(
        (nothing.staleness_s.count, nothing.staleness_s.p99),
        (0, None)
    );
    assert_eq!(nothing.ingestion_s.max, None);
    let shares = [
        nothing.oversold_rate,
        nothing.seller_cancel_rate,
        nothing.inconsistency_share,
        nothing.count_too_high_units,
        nothing.wrong_warehouse_rate,
        nothing.calls_per_order,
        nothing.throttled_share,
        nothing.useful_write_share,
        nothing.support_read_shares.over_60s,
    ];
    assert_eq!(shares, [None; 9]);
    let json = serde_json::to_value(&nothing).unwrap();
    assert!(json["staleness_s"]["p99"].is_null() && json["oversold_rate"].is_null());
}

#[test]
fn quotas_are_sampled_at_buyers_too_and_say_that_they_are_quotas() {
    let entries = [
        offered(SHOP, 1, 0, 5),
        offered(MARKET, 1, 8, 5),
        written(3, 5, WRITE),
    ];
    let escrow = measure(Engine::Escrow, &entries).total;
    assert_eq!(escrow.displayed_counts, DisplayedCounts::Quotas);
    assert_eq!(
        (escrow.staleness_s.count, escrow.staleness_s.max),
        (2, Some(8.0))
    );
    assert_eq!(escrow.inconsistency_share, Some(0.5));
    assert_eq!(escrow.useful_write_share, Some(1.0));
    let mirror = measure(Engine::Mirror, &entries).total;
    assert_eq!(mirror.displayed_counts, DisplayedCounts::WholeStock);
}

/// The last sale at 10 s, transfers at 11 s and 13 s, a write that changes nothing at 14 s.
#[test]
fn the_last_transfer_of_quotas_is_a_figure_of_its_own() {
    let entries = [
        accepted(SHOP, 0, 1, 0),
        written(3, 5, WRITE),
        offered(SHOP, 1, 0, 5),
        written(5, 2, WRITE),
        written(2, 2, WRITE),
    ];
    let escrow = measure(Engine::Escrow, &entries).total;
    assert_eq!(escrow.last_transfer_s, Some(3.0));
    assert_eq!(
        escrow.convergence_s,
        Some(3.0),
        "the ledger's, of these facts"
    );
    assert_eq!(
        measure(Engine::Mirror, &entries).total.last_transfer_s,
        None
    );
    assert_eq!(
        measure(Engine::Escrow, &entries[..1]).total.last_transfer_s,
        None
    );
    let edited = [&entries[..], &[written(2, 50, Cause::Edit)]].concat();
    let escrow = measure(Engine::Escrow, &edited).total;
    assert_eq!(escrow.last_transfer_s, Some(0.0), "before the edit");
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
    assert_eq!(
        (total.ingestion_s.count, total.ingestion_s.max),
        (1, Some(2.0))
    );
    assert_eq!(total.duplicate_submissions, 1);
    assert_eq!(total.support_read_shares.over_60s, Some(0.5));
    assert_eq!(total.support_read_shares.over_15min, Some(0.0));
    assert_eq!(
        (total.propagation_s.max, total.publish_wait_s.max),
        (Some(10.0), Some(2.0))
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
