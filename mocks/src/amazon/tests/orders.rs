use serde_json::json;

use super::*;
use crate::amazon::profile::PendingShare;
use crate::core::{ActOutcome, Cause, Party, Removal, RemovalKind};

fn ids(body: &Value) -> Vec<String> {
    let orders = body["orders"]
        .as_array()
        .or(body["payload"]["Orders"].as_array());
    orders
        .unwrap()
        .iter()
        .map(|order| {
            let id = &order["orderId"];
            if id.is_null() {
                &order["AmazonOrderId"]
            } else {
                id
            }
            .as_str()
            .unwrap()
            .to_owned()
        })
        .collect()
}

const SEARCH: &str = "/orders/2026-01-01/orders?lastUpdatedAfter=2026-11-23T00:00:00Z";

fn pending_for(seconds: u64) -> Profile {
    let mut profile = ideal();
    profile.orders.pending = vec![PendingShare {
        share: 1.0,
        hold: fixed(seconds),
    }];
    profile
}

#[test]
fn an_order_is_not_listed_in_its_first_two_minutes() {
    let mut profile = ideal();
    profile.orders.list_excludes_last = Micros::from_secs(120);
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    bench.pass(300);
    let order = bench.order(1);
    bench.pass(119);
    assert!(ids(&bench.get(SEARCH)).is_empty());
    bench.pass(1);
    assert_eq!(
        ids(&bench.get(SEARCH)),
        [bench.amazon.native_order_id(order)]
    );
    let late = "/orders/2026-01-01/orders?lastUpdatedAfter=2026-11-23T00:00:00Z&lastUpdatedBefore=2026-11-23T10:05:01Z";
    assert_eq!(bench.call("GET", late, "").0, 400);
}

#[test]
fn a_listed_order_can_be_older_than_an_earlier_watermark() {
    let mut profile = ideal();
    profile.orders.list_lag = fixed(600);
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    let order = bench.order(1);
    bench.pass(599);
    assert!(ids(&bench.get(SEARCH)).is_empty());
    // By id the order is there at once.
    let id = bench.amazon.native_order_id(order);
    bench.get(&format!("/orders/v0/orders/{id}"));
    bench.pass(1);
    let listed = bench.get(SEARCH);
    assert_eq!(ids(&listed), [id]);
    assert_eq!(
        listed["orders"][0]["lastUpdatedTime"],
        "2026-11-23T10:00:00.000Z"
    );
    assert_eq!(listed["lastUpdatedBefore"], "2026-11-23T10:10:00.000Z");
    let naive = "/orders/2026-01-01/orders?lastUpdatedAfter=2026-11-23T10:09:00Z";
    assert!(
        ids(&bench.get(naive)).is_empty(),
        "a watermark at the last poll loses it"
    );
}

#[test]
fn reads_by_id_can_lag_too() {
    let mut profile = pending_for(60);
    profile.orders.by_id_lag = fixed(10);
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    let order = bench.order(1);
    let path = format!("/orders/v0/orders/{}", bench.amazon.native_order_id(order));
    assert_eq!(bench.call("GET", &path, "").0, 404);
    bench.pass(10);
    assert_eq!(bench.get(&path)["payload"]["OrderStatus"], "Pending");
    bench.pass(59);
    assert_eq!(bench.get(&path)["payload"]["OrderStatus"], "Pending");
    bench.pass(1);
    assert_eq!(bench.get(&path)["payload"]["OrderStatus"], "Unshipped");
}

#[test]
fn pages_cover_every_order_once_in_both_versions() {
    let mut bench = Bench::new(ideal());
    bench.open_with(1_000);
    let expected: Vec<String> = (0..25)
        .map(|_| {
            bench.pass(1);
            let order = bench.order(1);
            bench.amazon.native_order_id(order)
        })
        .collect();
    for axis in ["lastUpdatedAfter", "createdAfter"] {
        let first =
            format!("/orders/2026-01-01/orders?{axis}=2026-11-23T00:00:00Z&maxResultsPerPage=10");
        let mut seen = Vec::new();
        let mut path = first.clone();
        loop {
            let page = bench.get(&path);
            seen.extend(ids(&page));
            let Some(token) = page["pagination"]["nextToken"].as_str() else {
                break;
            };
            path = format!("{first}&paginationToken={token}");
            bench.pass(1);
        }
        assert_eq!(seen, expected, "{axis}");
    }
    let mut seen = Vec::new();
    let mut path = format!(
        "/orders/v0/orders?MarketplaceIds={US}&CreatedAfter=2026-11-23T00:00:00Z&MaxResultsPerPage=7"
    );
    loop {
        let page = bench.get(&path);
        seen.extend(ids(&page));
        let Some(token) = page["payload"]["NextToken"].as_str() else {
            break;
        };
        path = format!("/orders/v0/orders?MarketplaceIds={US}&NextToken={token}");
    }
    assert_eq!(seen, expected);
}

#[test]
fn page_tokens_expire_and_keep_to_their_query() {
    let mut bench = Bench::new(ideal());
    bench.open_with(10);
    for _ in 0..3 {
        bench.order(1);
    }
    let first = format!("{SEARCH}&maxResultsPerPage=1");
    let page = bench.get(&first);
    let token = page["pagination"]["nextToken"].as_str().unwrap().to_owned();
    let other = format!("{first}&fulfilledBy=AMAZON&paginationToken={token}");
    assert_eq!(bench.call("GET", &other, "").0, 400);
    bench.pass(86_401);
    bench.log_in();
    assert_eq!(
        bench
            .call("GET", &format!("{first}&paginationToken={token}"), "")
            .0,
        400
    );
}

#[test]
fn filters_select() {
    let mut bench = Bench::new(pending_for(100));
    bench.open_with(10);
    let early = bench.order(1);
    bench.pass(90);
    bench.order(1);
    bench.pass(20);
    let id = bench.amazon.native_order_id(early);
    assert_eq!(
        ids(&bench.get(&format!("{SEARCH}&fulfillmentStatuses=UNSHIPPED,SHIPPED"))),
        std::slice::from_ref(&id)
    );
    assert!(ids(&bench.get(&format!("{SEARCH}&fulfilledBy=AMAZON"))).is_empty());
    assert_eq!(
        bench
            .call("GET", &format!("{SEARCH}&fulfillmentStatuses=CANCELED"), "")
            .0,
        400
    );
    let v0 = format!("/orders/v0/orders?MarketplaceIds={US}");
    assert_eq!(ids(&bench.get(&format!("{v0}&AmazonOrderIds={id}"))), [id]);
    let window = format!("{v0}&CreatedAfter=2026-11-23T00:00:00Z");
    assert_eq!(
        ids(&bench.get(&format!(
            "{window}&OrderStatuses=Pending&OrderStatuses=Canceled"
        )))
        .len(),
        1
    );
    assert!(ids(&bench.get(&format!("{window}&FulfillmentChannels=AFN"))).is_empty());
    assert_eq!(
        bench
            .call(
                "GET",
                &format!("{window}&LastUpdatedAfter=2026-11-23T00:00:00Z"),
                ""
            )
            .0,
        400
    );
    assert_eq!(bench.call("GET", &v0, "").0, 400, "no window");
    assert_eq!(
        bench
            .call("GET", "/orders/v0/orders?CreatedAfter=2026-11-23", "")
            .0,
        400
    );
    let abroad = "/orders/v0/orders?MarketplaceIds=A1PA6795UKMFR9&CreatedAfter=2026-11-23";
    assert_eq!(bench.call("GET", abroad, "").0, 403);
    let canada = "/orders/v0/orders?MarketplaceIds=A2EUQ1WTGCTBG2&CreatedAfter=2026-11-23";
    assert!(ids(&bench.get(canada)).is_empty());
}

#[test]
fn pending_hides_price_and_address() {
    let mut bench = Bench::new(pending_for(60));
    bench.open_with(5);
    let order = bench.order(2);
    let id = bench.amazon.native_order_id(order);
    let path = format!("/orders/v0/orders/{id}");
    let newer =
        format!("/orders/2026-01-01/orders/{id}?includedData=FULFILLMENT,RECIPIENT,PROCEEDS");
    let pending = bench.get(&path);
    assert!(pending["payload"]["OrderTotal"].is_null());
    assert!(pending["payload"]["ShippingAddress"].is_null());
    let items = bench.get(&format!("{path}/orderItems"));
    assert_eq!(items["payload"]["OrderItems"][0]["SellerSKU"], "SKU-1");
    assert!(items["payload"]["OrderItems"][0]["ItemPrice"].is_null());
    let pending = bench.get(&newer);
    assert_eq!(
        pending["order"]["fulfillment"]["fulfillmentStatus"],
        "PENDING"
    );
    assert!(pending["order"]["proceeds"].is_null() && pending["order"]["recipient"].is_null());
    assert!(pending["order"]["orderItems"][0]["product"]["price"].is_null());
    bench.pass(60);
    assert_eq!(bench.get(&path)["payload"]["OrderTotal"]["Amount"], "39.98");
    let items = bench.get(&format!("{path}/orderItems"));
    assert_eq!(
        items["payload"]["OrderItems"][0]["ItemPrice"]["Amount"],
        "39.98"
    );
    let open = bench.get(&newer);
    assert_eq!(
        open["order"]["recipient"]["deliveryAddress"]["postalCode"],
        "48110"
    );
}

#[test]
fn payloads_in_full() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let order = bench.order(2);
    bench.pass(60);
    assert_eq!(bench.confirm(order, "1", 1).0, 204);
    let id = bench.amazon.native_order_id(order);
    let v0 = bench.response("GET", &format!("/orders/v0/orders/{id}"), "");
    insta::assert_snapshot!("order_v0", String::from_utf8(v0.into_body()).unwrap());
    let items = bench.response("GET", &format!("/orders/v0/orders/{id}/orderItems"), "");
    insta::assert_snapshot!(
        "order_items_v0",
        String::from_utf8(items.into_body()).unwrap()
    );
    let path = format!(
        "/orders/2026-01-01/orders/{id}?includedData=FULFILLMENT,PACKAGES,PROCEEDS,RECIPIENT,CANCELLATION,BUYER"
    );
    let newer = bench.response("GET", &path, "");
    insta::assert_snapshot!("order_2026", String::from_utf8(newer.into_body()).unwrap());
}

#[test]
fn a_buyer_cancels_freely_while_pending_and_asks_afterwards() {
    let mut bench = Bench::new(pending_for(60));
    bench.open_with(5);
    let first = bench.order(2);
    bench.facts.clear();
    assert_eq!(
        bench.amazon.cancel_by_buyer(bench.now, first),
        ActOutcome::Done
    );
    bench.drain();
    assert_eq!(
        bench.facts_of(),
        [
            Fact::OrderCancelled {
                order: first,
                by: Party::Buyer
            },
            Fact::Displayed {
                listing: LISTING,
                from: 3,
                to: 5,
                cause: Cause::Cancelled(first)
            },
        ]
    );
    let timer = bench.amazon.poll_timeout();
    assert_eq!(timer, None, "a cancelled order leaves no timer behind");
    let second = bench.order(1);
    bench.pass(60);
    let asked = bench.amazon.cancel_by_buyer(bench.now, second);
    assert_eq!(asked, ActOutcome::Refused("cancellation requested"));
    let id = bench.amazon.native_order_id(second);
    let path = format!("/orders/2026-01-01/orders/{id}?includedData=CANCELLATION,FULFILLMENT");
    let order = bench.get(&path);
    assert_eq!(
        order["order"]["fulfillment"]["fulfillmentStatus"],
        "UNSHIPPED"
    );
    let request = &order["order"]["orderItems"][0]["cancellation"]["cancellationRequest"];
    assert_eq!(request["requester"], "BUYER");
    assert_eq!(bench.displayed(), 4);
    assert_eq!(
        bench.amazon.cancel_by_seller(bench.now, second),
        ActOutcome::Done
    );
    assert_eq!(bench.displayed(), 4, "reason NoInventory restores nothing");
    let canceled = bench.get(&format!("/orders/v0/orders/{id}"));
    assert_eq!(canceled["payload"]["OrderStatus"], "Canceled");
    let canceled = bench.get(&path);
    assert_eq!(
        canceled["order"]["fulfillment"]["fulfillmentStatus"],
        "CANCELLED"
    );
}

#[test]
fn the_seller_cannot_touch_a_pending_order() {
    let mut bench = Bench::new(pending_for(60));
    bench.open_with(5);
    let order = bench.order(1);
    assert!(matches!(
        bench.amazon.cancel_by_seller(bench.now, order),
        ActOutcome::Refused(_)
    ));
    assert_eq!(bench.confirm(order, "1", 1).0, 400);
    bench.pass(60);
    assert_eq!(bench.confirm(order, "1", 1).0, 204);
}

#[test]
fn pending_orders_can_fail_and_give_their_units_back() {
    let mut profile = pending_for(60);
    profile.orders.pending_cancel_share = 1.0;
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    let order = bench.order(2);
    bench.facts.clear();
    bench.pass(60);
    assert_eq!(bench.displayed(), 5);
    assert_eq!(
        bench.facts[0],
        Fact::OrderCancelled {
            order,
            by: Party::Platform
        }
    );
}

#[test]
fn amazon_cancels_what_is_not_shipped() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let forgotten = bench.order(1);
    let shipped = bench.order(1);
    bench.confirm(shipped, "1", 1);
    let deadline = Micros::from_secs(7 * 86_400);
    assert_eq!(bench.amazon.poll_timeout().unwrap().at, deadline);
    bench.facts.clear();
    bench.run_until(deadline);
    assert_eq!(
        bench.facts[0],
        Fact::OrderCancelled {
            order: forgotten,
            by: Party::Platform
        }
    );
    assert_eq!(bench.amazon.poll_timeout(), None);
}

#[test]
fn shipments_in_parts_then_edits_then_refusals() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let order = bench.order(3);
    bench.facts.clear();
    assert_eq!(bench.confirm(order, "1", 1).0, 204);
    assert_eq!(bench.confirm(order, "2", 5).0, 400, "more than is left");
    assert_eq!(bench.confirm(order, "2", 2).0, 204);
    assert_eq!(bench.confirm(order, "2", 2).0, 204, "edits the package");
    let (status, body) = bench.confirm(order, "3", 1);
    assert_eq!(
        (status, &body["errors"][0]["code"]),
        (400, &"InvalidInput".into())
    );
    assert_eq!(
        bench.facts_of(),
        [
            Fact::FulfillmentConfirmed {
                order,
                units: 1,
                complete: false,
                late: false
            },
            Fact::FulfillmentConfirmed {
                order,
                units: 2,
                complete: true,
                late: false
            },
            Fact::FulfillmentRefused { order },
        ]
    );
    assert_eq!(bench.confirm(order, "0", 1).0, 400);
    let unknown = "/orders/v0/orders/902-0000000-0000000/shipmentConfirmation";
    assert_eq!(bench.call("POST", unknown, "{}").0, 404);
}

#[test]
fn late_is_after_the_latest_ship_date() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let order = bench.order(1);
    bench.pass(2 * 86_400 + 1);
    bench.log_in();
    bench.facts.clear();
    bench.confirm(order, "1", 1);
    assert!(bench.facts.contains(&Fact::FulfillmentConfirmed {
        order,
        units: 1,
        complete: true,
        late: true
    }));
}

#[test]
fn returns_are_bounded_and_restock_when_asked() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let order = bench.order(2);
    let refused = bench.amazon.return_units(bench.now, order, 0, 1, true);
    assert!(
        matches!(refused, ActOutcome::Refused(_)),
        "nothing shipped yet"
    );
    bench.confirm(order, "1", 2);
    assert_eq!(
        bench.amazon.return_units(bench.now, order, 0, 1, true),
        ActOutcome::Done
    );
    assert_eq!(
        bench.amazon.return_units(bench.now, order, 0, 1, false),
        ActOutcome::Done
    );
    assert_eq!(bench.displayed(), 4);
    assert!(matches!(
        bench.amazon.return_units(bench.now, order, 0, 1, true),
        ActOutcome::Refused(_)
    ));
    assert!(matches!(
        bench.amazon.return_units(bench.now, order, 9, 1, true),
        ActOutcome::Refused(_)
    ));
}

fn removal(units: u32, kind: RemovalKind, restock: bool) -> Removal {
    Removal {
        line: 0,
        units,
        kind,
        restock,
    }
}

#[test]
fn a_part_of_an_item_is_cancelled_and_restored_by_the_rule_for_cancels() {
    let mut bench = Bench::new(ideal());
    bench.open_with(10);
    let order = bench.order(5);
    let id = bench.amazon.native_order_id(order);
    bench.facts_of();
    let quantity = |bench: &mut Bench| {
        let items = bench.get(&format!("/orders/v0/orders/{id}/orderItems"));
        items["payload"]["OrderItems"][0]["QuantityOrdered"].clone()
    };
    for (kind, restock, done, displayed, ordered) in [
        (RemovalKind::Edit, true, false, 5, 5),
        (RemovalKind::Refund, true, true, 6, 4),
        (RemovalKind::Refund, false, true, 6, 3),
        // A request changes nothing.
        (RemovalKind::BuyerRequest, true, false, 6, 3),
    ] {
        let outcome = bench
            .amazon
            .remove_units(bench.now, order, removal(1, kind, restock));
        bench.drain();
        assert_eq!(outcome == ActOutcome::Done, done, "{kind:?}: {outcome:?}");
        assert_eq!(bench.displayed(), displayed, "{kind:?}");
        assert_eq!(quantity(&mut bench), ordered, "{kind:?}");
    }
    let removed = |restocked| Fact::UnitsRemoved {
        order,
        listing: LISTING,
        units: 1,
        by: Party::Seller,
        restocked,
    };
    let facts = bench.facts_of();
    assert_eq!(
        facts,
        [
            removed(true),
            Fact::Displayed {
                listing: LISTING,
                from: 5,
                to: 6,
                cause: Cause::Removed(order)
            },
            removed(false),
        ]
    );
    assert_eq!(bench.confirm(order, "1", 4).0, 400, "more than is left");
    assert_eq!(bench.confirm(order, "1", 2).0, 204);
    let rest = removal(1, RemovalKind::Refund, true);
    let outcome = bench.amazon.remove_units(bench.now, order, rest);
    bench.drain();
    assert_eq!(outcome, ActOutcome::Done);
    let shown = bench.get(&format!("/orders/v0/orders/{id}"));
    assert_eq!(
        shown["payload"]["OrderStatus"], "Shipped",
        "nothing is left"
    );
}

#[test]
fn a_reader_of_an_older_change_still_sees_the_units() {
    let mut profile = ideal();
    profile.orders.by_id_lag = fixed(10);
    let mut bench = Bench::new(profile);
    bench.open_with(10);
    let order = bench.order(5);
    let path = format!(
        "/orders/2026-01-01/orders/{}?includedData=FULFILLMENT",
        bench.amazon.native_order_id(order)
    );
    bench.pass(60);
    bench
        .amazon
        .remove_units(bench.now, order, removal(2, RemovalKind::Refund, true));
    bench.drain();
    let shown = |bench: &mut Bench| {
        let order = bench.get(&path)["order"].clone();
        let item = &order["orderItems"][0];
        (
            order["lastUpdatedTime"].as_str().unwrap().to_owned(),
            item["quantityOrdered"].clone(),
            item["fulfillment"]["quantityUnfulfilled"].clone(),
        )
    };
    assert_eq!(
        shown(&mut bench),
        ("2026-11-23T10:00:00.000Z".to_owned(), json!(5), json!(5))
    );
    bench.pass(10);
    assert_eq!(
        shown(&mut bench),
        ("2026-11-23T10:01:00.000Z".to_owned(), json!(3), json!(3))
    );
}

/// Answers show seconds or milliseconds, and times here are finer: what was shown stands for the order all the same.
#[test]
fn a_window_ends_at_the_time_that_an_order_shows() {
    let mut bench = Bench::new(ideal());
    bench.open_with(9);
    bench.run_until(Micros(5_123_456));
    let first = bench.order(1);
    bench.run_until(Micros(6_123_999));
    let second = bench.order(1);
    bench.pass(600);
    let expected = [first, second].map(|order| bench.amazon.native_order_id(order));
    for (base, axes, path, times) in [
        (
            format!("/orders/v0/orders?MarketplaceIds={US}"),
            ["Created", "LastUpdated"],
            "/orders/v0/orders/",
            ["/payload/PurchaseDate", "/payload/LastUpdateDate"],
        ),
        (
            "/orders/2026-01-01/orders?marketplaceIds=".to_owned() + US,
            ["created", "lastUpdated"],
            "/orders/2026-01-01/orders/",
            ["/order/createdTime", "/order/lastUpdatedTime"],
        ),
    ] {
        for (axis, time) in axes.into_iter().zip(times) {
            for count in 1..=2 {
                let order = bench.get(&format!("{path}{}", expected[count - 1]));
                let at = order.pointer(time).unwrap().as_str().unwrap();
                let start = format!("{base}&{axis}After=2026-11-23T10:00:00Z");
                let listed = bench.get(&format!("{start}&{axis}Before={at}"));
                assert_eq!(ids(&listed), expected[..count], "{axis} {at}");
                let from = bench.get(&format!("{base}&{axis}After={at}"));
                assert_eq!(ids(&from), expected[count - 1..], "{axis} {at}");
                let only = format!("{base}&{axis}After={at}&{axis}Before={at}");
                assert_eq!(ids(&bench.get(&only)), expected[count - 1..count]);
            }
        }
    }
}

/// The end of a window that is told never reaches into the last two minutes.
#[test]
fn an_end_of_a_window_brings_no_order_forward() {
    let mut profile = ideal();
    profile.orders.list_excludes_last = Micros::from_secs(120);
    let mut bench = Bench::new(profile);
    bench.open_with(9);
    bench.run_until(Micros(5_900_000));
    let order = bench.order(1);
    let base = format!(
        "/orders/v0/orders?MarketplaceIds={US}&CreatedAfter=2026-11-23T10:00:00Z&CreatedBefore=2026-11-23T10:00:05Z"
    );
    bench.run_until(Micros(125_899_999));
    assert!(ids(&bench.get(&base)).is_empty());
    bench.run_until(Micros(125_900_000));
    assert_eq!(
        ids(&bench.get(&base)),
        [bench.amazon.native_order_id(order)]
    );
}
