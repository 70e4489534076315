//! Orders of before the doors opened, however many there are and whatever day it is.

use serde_json::Value;

use super::served::{Served, exchange};

fn of_kind(ledger: &[Value], kind: &str, channel: &str) -> usize {
    let own = ledger.iter().filter(|it| it["channel"] == channel);
    own.filter(|it| it["kind"] == kind).count()
}

/// Lists of so many take longer than a token lives, and the last of them longer than there is time.
#[test]
fn many_orders_are_seeded_and_the_oldest_shipped() {
    let mut served = Served::start(&["--orders", "6100"]);
    let (status, ledger) = served.terminate();
    assert!(status.success());
    for (channel, shipped) in [("shopify", 200), ("amazon", 100), ("tiktok_shop", 190)] {
        assert_eq!(of_kind(&ledger, "accepted", channel), 6_100, "{channel}");
        let confirmed = of_kind(&ledger, "fulfillment_confirmed", channel);
        assert!(
            confirmed >= shipped,
            "{channel}: {confirmed}; Amazon ships every other one itself, and some buyers of TikTok's never pay"
        );
    }
}

#[test]
fn orders_are_seeded_on_any_day_of_the_calendar() {
    for (day, version) in [("2019-06-30", "2019-04"), ("2023-02-03", "2023-01")] {
        let mut served = Served::start(&["--as-of", day, "--orders", "6"]);
        let shopify = served.address("shopify");
        let token = served.urls["shopify"]["access_token"].as_str().unwrap();
        let headers = [("X-Shopify-Access-Token", token)];
        let status = |version: &str| {
            let path = format!("/admin/api/{version}/shop.json");
            exchange(&shopify, "GET", &path, &headers, b"").status
        };
        assert_eq!((status(version), status("2026-10")), (200, 404), "{day}");
        let (ended, ledger) = served.terminate();
        assert!(ended.success());
        let confirmed = of_kind(&ledger, "fulfillment_confirmed", "shopify");
        assert_eq!(confirmed, 2, "{day}: a third is shipped");
    }
}
