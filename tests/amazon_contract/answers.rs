//! Answers and notifications are as the models have them.

use channel_mocks::amazon::coverage;
use channel_mocks::core::{Coverage, Distribution, Micros};

use super::FEEDS;
use super::bench::{Bench, profile};
use super::calls::{amazons_stock, feeds_and_reports, listings, notifications, orders};
use super::contract::Contract;

/// Everything that is served, in success and in error.
#[test]
fn every_answer_is_as_the_models_have_it() {
    let Some(contract) = Contract::read() else {
        return;
    };
    let held = r#"{"share": 1.0, "hold": {"fixed": "30min"}}"#;
    let mut profile = profile();
    profile.orders.pending = vec![serde_json::from_str(held).expect("a hold")];
    profile.authorization.token_lifetime = Micros::from_secs(30 * 86_400);
    profile.fba.outbound_planning = Distribution::fixed(Micros::from_secs(600));
    profile.feeds.queue = Distribution::fixed(Micros::from_secs(1));
    profile.reports.queue = Distribution::fixed(Micros::from_secs(1));
    let mut bench = Bench::new(&contract, profile);
    let kinds = [
        ("ORDER_CHANGE", "OrderChangeNotification"),
        (
            "FEED_PROCESSING_FINISHED",
            "FeedProcessingFinishedNotification",
        ),
        (
            "REPORT_PROCESSING_FINISHED",
            "ReportProcessingFinishedNotification",
        ),
        (
            "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
            "ListingsItemMfnQuantityChange",
        ),
    ];
    let ids = kinds.map(|(kind, _)| bench.subscribe(kind));
    orders(&mut bench);
    listings(&mut bench);
    amazons_stock(&mut bench);
    feeds_and_reports(&mut bench);
    for (kind, schema) in kinds {
        let bus = kind.starts_with("LISTINGS_ITEM");
        let received = bench.received(if bus { "eventbridge" } else { kind });
        assert!(!received.is_empty(), "{kind}");
        for mut notification in received {
            if bus {
                notification = notification["detail"].take();
            }
            contract.check_document(&format!("notifications/{schema}.json"), &notification);
        }
    }
    notifications(&mut bench, &ids[0].0, &ids[0].1);

    let seen = contract.seen.borrow();
    for served in coverage() {
        let mut modelled = contract.operations.iter();
        if served.coverage == Coverage::NotServed
            || !modelled.any(|operation| operation.text() == served.path)
        {
            continue;
        }
        for (success, what) in [(true, "succeed"), (false, "fail")] {
            let place = (served.path.to_owned(), success);
            assert!(
                seen.contains(&place),
                "{} was never seen to {what}",
                served.path
            );
        }
    }
}

#[test]
fn throttled_and_failed_calls_are_as_the_models_have_them() {
    let Some(contract) = Contract::read() else {
        return;
    };
    let mut slow = profile();
    slow.limits.get_feed.burst = 0.0;
    slow.limits.get_feed.rate = 0.0;
    let mut bench = Bench::new(&contract, slow);
    bench.call("GET", &format!("{FEEDS}/1"), "", 429);
    let mut broken = profile();
    broken.faults.server_error_share = 1.0;
    let mut bench = Bench::new(&contract, broken);
    bench.call("GET", &format!("{FEEDS}/1"), "", 500);
    bench.call("GET", "/orders/v0/orders", "", 500);
}
