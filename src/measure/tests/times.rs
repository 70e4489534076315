//! Ages, delays, and what theory makes of them.

use channel_mocks::core::{Cause, Micros, OrderRef};

use super::*;

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
