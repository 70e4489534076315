use super::*;
use crate::core::{ActOutcome, Cause};

fn item(bench: &mut Bench, sku: &str) -> (Value, Value) {
    let path = format!(
        "/listings/2021-08-01/items/A1SIMSELLER/{sku}?marketplaceIds={US}&includedData=attributes,fulfillmentAvailability"
    );
    let body = bench.get(&path);
    (
        body["attributes"]["fulfillment_availability"][0].clone(),
        body["fulfillmentAvailability"][0].clone(),
    )
}

#[test]
fn a_write_is_accepted_at_once_and_live_later() {
    let mut profile = ideal();
    profile.inventory.write_to_live = fixed(60);
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    bench.facts.clear();
    assert_eq!(bench.set(7)["status"], "ACCEPTED");
    let (submitted, live) = item(&mut bench, "SKU-1");
    assert_eq!(
        (&submitted["quantity"], &live["quantity"]),
        (&7.into(), &5.into())
    );
    assert_eq!(
        bench.amazon.poll_timeout().unwrap().at,
        Micros::from_secs(60)
    );
    assert!(bench.facts_of().is_empty());
    bench.pass(60);
    let cause = Cause::Write {
        sent_at: Micros::ZERO,
        received_at: Micros::ZERO,
    };
    assert_eq!(
        bench.facts_of(),
        [Fact::Displayed {
            listing: LISTING,
            from: 5,
            to: 7,
            cause
        }]
    );
    bench.set(7);
    bench.pass(60);
    assert!(
        matches!(
            bench.facts_of()[..],
            [Fact::Displayed { from: 7, to: 7, .. }]
        ),
        "a write of the same value confirms it"
    );
}

#[test]
fn an_absolute_write_puts_units_sold_meanwhile_back_on_sale() {
    for (reconcile, expected) in [(false, 5), (true, 2)] {
        let mut profile = ideal();
        profile.inventory.write_to_live = fixed(60);
        profile.inventory.reconcile_decrements = reconcile;
        let mut bench = Bench::new(profile);
        bench.open_with(5);
        bench.set(5);
        bench.order(3);
        assert_eq!(bench.displayed(), 2);
        bench.pass(60);
        assert_eq!(bench.displayed(), expected, "reconcile: {reconcile}");
    }
}

#[test]
fn a_stuck_write_never_becomes_live() {
    let mut profile = ideal();
    profile.inventory.stuck_share = 1.0;
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    assert_eq!(bench.set(9)["status"], "ACCEPTED");
    bench.pass(86_400);
    bench.log_in();
    let (submitted, live) = item(&mut bench, "SKU-1");
    assert_eq!(
        (&submitted["quantity"], &live["quantity"]),
        (&9.into(), &5.into())
    );
}

#[test]
fn writes_apply_in_the_order_of_becoming_live() {
    let mut profile = ideal();
    profile.inventory.write_to_live = Distribution::exponential(Micros::from_secs(100));
    for stale_writes_apply in [true, false] {
        profile.inventory.stale_writes_apply = stale_writes_apply;
        overtaking_writes(&profile);
    }
}

fn overtaking_writes(profile: &Profile) {
    let mut bench = Bench::new(profile.clone());
    for units in 1..=20 {
        bench.set(units);
    }
    bench.facts.clear();
    bench.pass(100_000);
    let order: Vec<i64> = bench
        .facts_of()
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Displayed { to, .. } => Some(to),
            _ => None,
        })
        .collect();
    if profile.inventory.stale_writes_apply {
        assert_eq!(order.len(), 20);
        assert!(!order.is_sorted(), "independent delays overtake: {order:?}");
    } else {
        assert!(order.len() < 20, "what was overtaken is dropped: {order:?}");
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(order.last(), Some(&20), "the newest submission wins");
    }
    assert_eq!(Some(&bench.displayed()), order.last());
}

#[test]
fn bad_submissions_are_200_invalid_and_change_nothing() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    for (sku, op, entry) in [
        (
            "SKU-1",
            "replace",
            r#"{"fulfillment_channel_code":"DEFAULT","quantity":-1}"#,
        ),
        (
            "SKU-1",
            "replace",
            r#"{"fulfillment_channel_code":"DEFAULT","quantity":"7"}"#,
        ),
        (
            "SKU-1",
            "replace",
            r#"{"fulfillment_channel_code":"DEFAULT","quantity":[7]}"#,
        ),
        ("SKU-1", "merge", r#"{"quantity":7}"#),
        (
            "SKU-1",
            "merge",
            r#"{"fulfillment_channel_code":"MOON","quantity":7}"#,
        ),
        (
            "SKU-1",
            "merge",
            r#"{"fulfillment_channel_code":"AMAZON_NA"}"#,
        ),
        ("SKU-1", "merge", ""),
    ] {
        let body = bench.patch(sku, op, entry);
        assert_eq!(body["status"], "INVALID", "{entry}");
        let issue = &body["issues"][0];
        assert_eq!(issue["severity"], "ERROR");
        assert!(issue["code"].is_string() && issue["categories"][0].is_string());
        assert_eq!(bench.displayed(), 5);
    }
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    let preview = format!("{path}&mode=VALIDATION_PREVIEW&includedData=issues,identifiers");
    let body = r#"{"productType":"PRODUCT","patches":[{"op":"merge","path":"/attributes/fulfillment_availability","value":[{"fulfillment_channel_code":"DEFAULT","quantity":9}]}]}"#;
    let (_, answer) = bench.call("PATCH", &preview, body);
    assert_eq!(answer["status"], "VALID");
    assert_eq!(answer["identifiers"][0]["asin"], "B0SIM00000");
    assert_eq!(bench.displayed(), 5);
    assert_eq!(bench.call("PATCH", &path, "{").0, 400);
    assert_eq!(
        bench
            .call("PATCH", &path, r#"{"productType":"P","patches":[]}"#)
            .0,
        400
    );
    let nested = body.replace("availability\"", "availability/0/quantity\"");
    assert_eq!(bench.call("PATCH", &path, &nested).0, 400);
    let foreign = path.replace("A1SIMSELLER", "A2OTHER");
    assert_eq!(bench.call("PATCH", &foreign, body).0, 403);
}

#[test]
fn replace_resets_the_handling_time_and_merge_keeps_it() {
    let mut bench = Bench::new(ideal());
    let with =
        r#"{"fulfillment_channel_code":"DEFAULT","quantity":1,"lead_time_to_ship_max_days":3}"#;
    let without = r#"{"fulfillment_channel_code":"DEFAULT","quantity":2}"#;
    bench.patch("SKU-1", "replace", with);
    bench.patch("SKU-1", "merge", without);
    assert_eq!(item(&mut bench, "SKU-1").0["lead_time_to_ship_max_days"], 3);
    bench.patch("SKU-1", "replace", without);
    assert!(item(&mut bench, "SKU-1").0["lead_time_to_ship_max_days"].is_null());
}

#[test]
fn put_sets_a_quantity_too() {
    let mut bench = Bench::new(ideal());
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    let body = r#"{"productType":"PRODUCT","requirements":"LISTING","attributes":{"brand":[{"value":"x"}],"fulfillment_availability":[{"fulfillment_channel_code":"DEFAULT","quantity":4}]}}"#;
    assert_eq!(bench.call("PUT", &path, body).1["status"], "ACCEPTED");
    assert_eq!(bench.displayed(), 4);
}

#[test]
fn searches_page_and_filter() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let base = format!("/listings/2021-08-01/items/A1SIMSELLER?marketplaceIds={US}");
    let page = bench.get(&format!("{base}&pageSize=2&sortBy=sku&sortOrder=ASC"));
    assert_eq!(page["numberOfResults"], 5);
    assert_eq!(page["items"][1]["sku"], "SKU-2");
    let token = page["pagination"]["nextToken"].as_str().unwrap();
    let next = format!("{base}&pageSize=2&sortBy=sku&sortOrder=ASC&pageToken={token}");
    let page = bench.get(&next);
    assert_eq!(page["items"][0]["sku"], "SKU-3");
    assert!(page["pagination"]["previousToken"].is_string());
    let named = bench.get(&format!(
        "{base}&identifiersType=SKU&identifiers=SKU-2,SKU-4,SKU-X"
    ));
    assert_eq!(named["numberOfResults"], 2);
    let buyable = bench.get(&format!("{base}&withStatus=BUYABLE"));
    assert_eq!(buyable["items"][0]["summaries"][0]["status"][0], "BUYABLE");
    assert_eq!(buyable["numberOfResults"], 1);
    assert_eq!(bench.call("GET", &format!("{base}&pageSize=21"), "").0, 400);
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-X?marketplaceIds={US}");
    assert_eq!(bench.call("GET", &path, "").0, 404);
}

#[test]
fn amazon_sells_its_own_pool_first_and_ships_by_itself() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    assert!(bench.amazon.set_fba_stock(LISTING, 3));
    assert!(!bench.amazon.set_fba_stock(ListingIndex(99), 3));
    bench.facts.clear();
    let order = bench.order(2);
    assert_eq!(
        bench.facts_of(),
        [Fact::FbaSold {
            order,
            listing: LISTING,
            units: 2
        }]
    );
    assert_eq!((bench.amazon.fba_units(LISTING), bench.displayed()), (1, 5));
    let summaries = format!(
        "/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId={US}&marketplaceIds={US}&details=true&sellerSkus=SKU-1-FBA"
    );
    let summary = bench.get(&summaries)["payload"]["inventorySummaries"][0].clone();
    assert_eq!(summary["inventoryDetails"]["fulfillableQuantity"], 1);
    assert_eq!(
        summary["inventoryDetails"]["reservedQuantity"]["pendingCustomerOrderQuantity"],
        2
    );
    assert_eq!(summary["totalQuantity"], 3);
    let id = bench.amazon.native_order_id(order);
    assert_eq!(
        bench.get(&format!("/orders/v0/orders/{id}"))["payload"]["FulfillmentChannel"],
        "AFN"
    );
    assert_eq!(bench.confirm(order, "1", 2).0, 400);
    let merchant = bench.order(2);
    assert_eq!(bench.displayed(), 3, "one unit at Amazon cannot serve two");
    bench.facts.clear();
    bench.pass(3_600);
    bench.log_in();
    assert!(bench.facts.contains(&Fact::FulfillmentConfirmed {
        order,
        units: 2,
        complete: true,
        late: false
    }));
    assert_ne!(order, merchant);
    assert_eq!(
        bench.get(&summaries)["payload"]["inventorySummaries"][0]["totalQuantity"],
        1
    );
}

#[test]
fn a_quantity_on_an_fba_offer_flips_it() {
    let mut bench = Bench::new(ideal());
    bench.open_with(1);
    bench.amazon.set_fba_stock(LISTING, 3);
    assert_eq!(
        item(&mut bench, "SKU-1-FBA").1["fulfillmentChannelCode"],
        "AMAZON_NA"
    );
    bench.patch(
        "SKU-1-FBA",
        "merge",
        r#"{"fulfillment_channel_code":"DEFAULT","quantity":4}"#,
    );
    assert_eq!((bench.amazon.fba_units(LISTING), bench.displayed()), (0, 5));
    bench.facts.clear();
    let order = bench.order(3);
    assert!(
        matches!(
            bench.facts_of()[..],
            [Fact::Displayed { from: 5, to: 2, .. }]
        ),
        "the merchant has to ship it"
    );
    assert_eq!(bench.confirm(order, "1", 3).0, 204);
    bench.patch(
        "SKU-1-FBA",
        "merge",
        r#"{"fulfillment_channel_code":"AMAZON_NA"}"#,
    );
    assert_eq!((bench.amazon.fba_units(LISTING), bench.displayed()), (3, 1));
}

#[test]
fn checkout_is_decided_by_the_displayed_quantity() {
    let mut bench = Bench::new(ideal());
    bench.open_with(2);
    bench.facts.clear();
    assert_eq!(
        bench.buy(3),
        CheckoutOutcome::Refused {
            listing: LISTING,
            displayed: 2
        }
    );
    assert!(bench.facts.is_empty());
    let order = bench.order(2);
    let cause = Cause::Checkout(order);
    assert_eq!(
        bench.facts_of(),
        [Fact::Displayed {
            listing: LISTING,
            from: 2,
            to: 0,
            cause
        }]
    );
    let both = Basket {
        buyer: 2,
        lines: vec![
            BasketLine {
                listing: ListingIndex(1),
                units: 1,
            },
            BasketLine {
                listing: LISTING,
                units: 1,
            },
        ],
        country: "US",
        postal_code: 1,
    };
    bench.amazon.open_with(ListingIndex(1), 5);
    let refused = bench.amazon.checkout(bench.now, &both);
    assert_eq!(
        refused,
        CheckoutOutcome::Refused {
            listing: LISTING,
            displayed: 0
        }
    );
    assert_eq!(bench.amazon.displayed(ListingIndex(1)), 5, "all or nothing");
    assert_eq!(
        bench.amazon.edit_count(bench.now, LISTING, 1),
        ActOutcome::Done
    );
    assert!(matches!(
        bench.amazon.checkout(bench.now, &both),
        CheckoutOutcome::Accepted { .. }
    ));
}

/// Whether a listing can be bought, and what it shows of its live quantity.
fn shown(bench: &mut Bench, sku: &str) -> (bool, Value) {
    let path = format!(
        "/listings/2021-08-01/items/A1SIMSELLER/{sku}?marketplaceIds={US}&includedData=summaries,fulfillmentAvailability"
    );
    let body = bench.get(&path);
    let status = body["summaries"][0]["status"].as_array().unwrap();
    let is_buyable = status.contains(&"BUYABLE".into());
    (is_buyable, body["fulfillmentAvailability"].clone())
}

#[test]
fn a_deleted_listing_stays_off_sale_whatever_comes_back() {
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    let gone = (false, serde_json::json!([]));
    let mut bench = Bench::new(ideal());
    bench.open_with(9);
    let cancelled = bench.order(3);
    let shipped = bench.order(2);
    assert_eq!(bench.confirm(shipped, "1", 2).0, 204);
    let parted = bench.order(2);
    assert_eq!(bench.call("DELETE", &path, "").1["status"], "ACCEPTED");
    assert_eq!(shown(&mut bench, "SKU-1"), gone);
    bench.facts.clear();
    let now = bench.now;
    assert_eq!(
        bench.amazon.return_units(now, shipped, 0, 1, true),
        ActOutcome::Done
    );
    let removal = crate::core::Removal {
        line: 0,
        units: 1,
        kind: crate::core::RemovalKind::Refund,
        restock: true,
    };
    assert_eq!(
        bench.amazon.remove_units(now, parted, removal),
        ActOutcome::Done
    );
    bench.amazon.cancel_by_buyer(now, cancelled);
    bench.amazon.cancel_by_seller(now, parted);
    bench.pass(86_400 * 30);
    bench.log_in();
    let status = |bench: &mut Bench, order| {
        let id = bench.amazon.native_order_id(order);
        bench.get(&format!("/orders/v0/orders/{id}"))["payload"]["OrderStatus"].clone()
    };
    assert_eq!(status(&mut bench, cancelled), "Canceled");
    assert_eq!(shown(&mut bench, "SKU-1"), gone);
    assert_eq!(bench.displayed(), 0);
    assert!(
        bench.facts_of().iter().all(|fact| !matches!(
            fact,
            Fact::Displayed { .. }
                | Fact::UnitsRemoved {
                    restocked: true,
                    ..
                }
        )),
        "nothing is said to be on sale again"
    );
    bench.set(4);
    assert_eq!(bench.displayed(), 4, "a new offer has what it is given");
    let order = bench.order(3);
    bench.amazon.cancel_by_seller(bench.now, order);
    assert_eq!(
        shown(&mut bench, "SKU-1").1[0]["fulfillmentChannelCode"],
        "DEFAULT"
    );
}

#[test]
fn what_comes_back_to_an_offer_of_amazons_is_not_the_merchants() {
    let mut bench = Bench::new(ideal());
    bench.amazon.set_fba_stock(LISTING, 3);
    let own = r#"{"fulfillment_channel_code":"DEFAULT","quantity":4}"#;
    bench.patch("SKU-1-FBA", "merge", own);
    let order = bench.order(3);
    assert_eq!(bench.confirm(order, "1", 3).0, 204);
    let amazons = r#"{"fulfillment_channel_code":"AMAZON_NA"}"#;
    bench.patch("SKU-1-FBA", "merge", amazons);
    let now = bench.now;
    assert_eq!(
        bench.amazon.return_units(now, order, 0, 2, true),
        ActOutcome::Done
    );
    assert_eq!((bench.amazon.fba_units(LISTING), bench.displayed()), (3, 0));
}

#[test]
fn a_quantity_of_null_or_too_many_units_is_told_as_what_it_is() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let whole = "'quantity' must be a whole number of 0 or more.";
    let too_many = "'quantity' must not be greater than 2147483647.";
    for (quantity, message) in [
        ("null", whole),
        ("-3", whole),
        ("2.5", whole),
        ("2147483648", too_many),
        ("10000000000", too_many),
        ("18446744073709551615", too_many),
        ("100000000000000000000000", too_many),
    ] {
        for op in ["replace", "merge"] {
            let entry =
                format!(r#"{{"fulfillment_channel_code":"DEFAULT","quantity":{quantity}}}"#);
            let answer = bench.patch("SKU-1", op, &entry);
            assert_eq!(answer["status"], "INVALID", "{quantity}");
            assert_eq!(answer["issues"][0]["message"], message, "{quantity}");
        }
    }
    let lead_time = r#"{"fulfillment_channel_code":"DEFAULT","lead_time_to_ship_max_days":null}"#;
    assert_eq!(
        bench.patch("SKU-1", "merge", lead_time)["status"],
        "INVALID"
    );
    assert_eq!(bench.displayed(), 5);
    assert_eq!(bench.set(2_147_483_647)["status"], "ACCEPTED");
}
