//! Orders: the hold, payment, cancellation, shipping, search.

use super::*;
use crate::core::{ActOutcome, Cause, Party};

const HOUR: Micros = Micros::from_secs(3_600);

fn search(world: &mut World, query: &str, body: &str) -> Vec<String> {
    let answer = world.post("/order/202309/orders/search", query, body);
    answer.data()["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| order["id"].as_str().unwrap().to_string())
        .collect()
}

fn ids(world: &World, orders: &[u32]) -> Vec<String> {
    orders
        .iter()
        .map(|n| world.shop.native_order_id(OrderRef(*n)))
        .collect()
}

#[test]
fn on_hold_for_an_hour_and_not_shippable_meanwhile() {
    let mut world = World::ideal("[orders]\nhold = \"1h\"");
    world.subscribe("ORDER_STATUS_CHANGE");
    let order = world.buy(&[(0, 1)]);
    let id = world.shop.native_order_id(order);
    let held = world.get("/order/202507/orders", &format!("ids={id}"));
    let shown = &held.data()["orders"][0];
    assert_eq!(shown["status"], "ON_HOLD");
    assert_eq!(shown["recipient_address"], serde_json::json!({}));
    assert_eq!(world.ship(order).code(), 21_011_044);
    let timer = world.shop.poll_timeout().unwrap();
    assert_eq!((timer.at, timer.reason), (HOUR, "hold ends"));
    world.run_until(HOUR);
    let free = world.get("/order/202507/orders", &format!("ids={id}"));
    let shown = &free.data()["orders"][0];
    assert_eq!(shown["status"], "AWAITING_SHIPMENT");
    assert_eq!(shown["is_on_hold_order"], true);
    assert_eq!(shown["recipient_address"]["postal_code"], "02139");
    assert_eq!(shown["update_time"], world.seconds());
    assert_eq!(world.ship(order).code(), 0);
    let told: Vec<Value> = world.receive(DeliveryOutcome::Answered(200));
    let told: Vec<&str> = told
        .iter()
        .map(|body| body["data"]["order_status"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        ["ON_HOLD", "AWAITING_SHIPMENT", "AWAITING_COLLECTION"]
    );
}

#[test]
fn buyers_cancel_freely_in_the_hold_and_ask_after_it() {
    let mut world = World::ideal("[orders]\nhold = \"1h\"\ncancel_auto_approve = \"24h\"");
    world.subscribe("CANCELLATION_STATUS_CHANGE");
    let first = world.buy(&[(0, 2)]);
    assert_eq!(
        world.shop.cancel_by_buyer(world.now, first),
        ActOutcome::Done
    );
    world.drain();
    assert_eq!(world.displayed(0), 10);
    assert!(world.facts.ends_with(&[
        Fact::OrderCancelled {
            order: first,
            by: Party::Buyer
        },
        Fact::Displayed {
            listing: ListingIndex(0),
            from: 8,
            to: 10,
            cause: Cause::Cancelled(first)
        },
    ]));

    let (second, third) = (world.buy(&[(0, 1)]), world.buy(&[(0, 1)]));
    world.run_until(HOUR);
    for order in [second, third] {
        assert_eq!(
            world.shop.cancel_by_buyer(world.now, order),
            ActOutcome::Done
        );
        assert!(matches!(
            world.shop.cancel_by_buyer(world.now, order),
            ActOutcome::Refused(_)
        ));
    }
    world.drain();
    assert_eq!(world.displayed(0), 8, "a request gives nothing back");
    assert_eq!(world.ship(third).code(), 0, "the shipment overtakes it");
    world.run_for(Micros::from_secs(86_400));
    assert_eq!(world.displayed(0), 9);
    assert_eq!(world.order_status(second), "CANCELLED");
    assert_eq!(world.order_status(third), "AWAITING_COLLECTION");
    let told = world.receive(DeliveryOutcome::Answered(200));
    let told: Vec<&str> = told
        .iter()
        .map(|body| body["data"]["cancel_status"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "CANCELLATION_REQUEST_SUCCESS",
            "CANCELLATION_REQUEST_PENDING",
            "CANCELLATION_REQUEST_PENDING",
            "CANCELLATION_REQUEST_CANCELLED",
            "CANCELLATION_REQUEST_SUCCESS",
        ]
    );
    let list = world.post(
        "/return_refund/202602/cancellations/search",
        "page_size=10",
        "",
    );
    assert_eq!(list.data()["total_count"], 3);
    assert_eq!(
        list.data()["cancellations"][0]["cancel_status"],
        "CANCELLATION_REQUEST_CANCEL"
    );
}

#[test]
fn the_seller_decides_requests() {
    let mut world = World::ideal("[orders]\ncancel_auto_approve = \"24h\"");
    let orders = [world.buy(&[(0, 1)]), world.buy(&[(0, 1)])];
    for order in orders {
        world.shop.cancel_by_buyer(world.now, order);
    }
    let decide = |world: &mut World, cancel: &str, verdict: &str| {
        let path = format!("/return_refund/202309/cancellations/{cancel}/{verdict}");
        world
            .post(&path, "", r#"{"reject_reason":"packed"}"#)
            .code()
    };
    assert_eq!(decide(&mut world, "4030000000000000001", "approve"), 0);
    assert_eq!(decide(&mut world, "4030000000000000002", "reject"), 0);
    assert_ne!(decide(&mut world, "4030000000000000002", "approve"), 0);
    assert_eq!(world.order_status(orders[0]), "CANCELLED");
    assert_eq!(world.order_status(orders[1]), "AWAITING_SHIPMENT");
    assert_eq!(world.shop.poll_timeout(), None, "no stale timer is left");
}

#[test]
fn the_api_cancels_whole_orders_once() {
    let mut world =
        World::ideal("[orders]\npackages_up_front = true\n[inventory]\nauto_restock = false");
    let order = world.buy(&[(0, 2)]);
    let id = world.shop.native_order_id(order);
    let cancel = |world: &mut World, rest: &str| {
        let body = format!(r#"{{"order_id":"{id}","cancel_reason":"out_of_stock"{rest}}}"#);
        world.post("/return_refund/202309/cancellations", "", &body)
    };
    let part = format!(r#","skus":[{{"sku_id":"{SKU_0}","quantity":1}}]"#);
    assert_ne!(cancel(&mut world, &part).code(), 0);
    assert_eq!(
        cancel(&mut world, "").data()["cancel_status"],
        "CANCELLATION_REQUEST_SUCCESS"
    );
    assert_ne!(cancel(&mut world, "").code(), 0);
    assert!(world.facts.contains(&Fact::OrderCancelled {
        order,
        by: Party::Seller
    }));
    assert_eq!(world.displayed(0), 8, "restocking by hand");
    assert_ne!(world.ship(order).code(), 0);
    assert!(world.facts.contains(&Fact::FulfillmentRefused { order }));
}

#[test]
fn unpaid_orders_commit_expire_and_are_paid() {
    let mut world = World::ideal("[orders]\nunpaid_share = 1.0\nhold = \"1h\"");
    let (first, second) = (world.buy(&[(0, 1)]), world.buy(&[(0, 2)]));
    assert_eq!(world.displayed(0), 7, "committed at placement");
    assert_eq!(world.order_status(first), "UNPAID");
    assert_ne!(world.ship(first).code(), 0);
    assert_eq!(world.shop.pay(world.now, first), ActOutcome::Done);
    assert!(matches!(
        world.shop.pay(world.now, first),
        ActOutcome::Refused(_)
    ));
    world.drain();
    assert_eq!(world.order_status(first), "ON_HOLD");
    world.run_for(Micros::from_secs(48 * 3_600));
    assert_eq!(world.order_status(second), "CANCELLED");
    assert_eq!(world.displayed(0), 9);
    assert!(world.facts.contains(&Fact::OrderCancelled {
        order: second,
        by: Party::Platform
    }));
}

#[test]
fn stock_committed_at_payment_may_be_gone_by_then() {
    let mut world = World::ideal("[orders]\nunpaid_share = 1.0\ncommit_at = \"payment\"");
    let (first, second) = (world.buy(&[(0, 6)]), world.buy(&[(0, 6)]));
    assert_eq!(world.displayed(0), 10);
    assert_eq!(world.shop.pay(world.now, first), ActOutcome::Done);
    assert!(matches!(
        world.shop.pay(world.now, second),
        ActOutcome::Refused(_)
    ));
    world.drain();
    assert_eq!(world.displayed(0), 4);
    assert_eq!(world.order_status(second), "CANCELLED");
}

#[test]
fn the_ship_deadline_cancels_and_late_shipments_are_late() {
    let mut world = World::ideal("[orders]\nauto_cancel_after = \"120h\"\ndispatch_sla = \"48h\"");
    let (first, second) = (world.buy(&[(0, 1)]), world.buy(&[(0, 1)]));
    world.run_until(Micros(48 * HOUR.0 + 1));
    world.ship(first).data();
    assert!(world.facts.contains(&Fact::FulfillmentConfirmed {
        order: first,
        units: 1,
        complete: true,
        late: true
    }));
    world.run_until(Micros(120 * HOUR.0));
    assert_eq!(world.order_status(second), "CANCELLED");
    assert_eq!(world.order_status(first), "AWAITING_COLLECTION");
}

#[test]
fn carriers_move_shipped_orders_on() {
    let mut world = World::ideal(
        "[orders]\ncarrier_scans = true\ncollection = { fixed = \"1h\" }\ntransit = { fixed = \"2h\" }\ncompletion = { fixed = \"3h\" }",
    );
    let order = world.buy(&[(0, 1)]);
    world.ship(order).data();
    for (hours, status) in [(1, "IN_TRANSIT"), (2, "DELIVERED"), (3, "COMPLETED")] {
        world.run_for(Micros(hours * HOUR.0));
        assert_eq!(world.order_status(order), status);
    }
    assert_eq!(world.shop.poll_timeout(), None);
}

#[test]
fn parts_leave_in_packages_of_their_own() {
    let mut world = World::ideal("");
    world.subscribe("PACKAGE_UPDATE");
    world.shop.open_with(ListingIndex(1), 5);
    let order = world.buy(&[(0, 2), (1, 1)]);
    let id = world.shop.native_order_id(order);
    let path = format!("/fulfillment/202610/orders/{id}/packages");
    let part = format!(
        r#"{{"order_line_list":[{{"order_line_id":"577000000000000001"}}],"shipping_info_list":[{{"tracking_number":"T1","shipping_provider_id":"{PROVIDER}"}}]}}"#
    );
    let first = world.post(&path, "", &part);
    assert_eq!(first.data()["order_line_item_ids"][0], "577000000000000001");
    assert_eq!(world.order_status(order), "PARTIALLY_SHIPPING");
    assert_ne!(world.post(&path, "", &part).code(), 0, "not twice");
    world.ship(order).data();
    assert_eq!(world.order_status(order), "AWAITING_COLLECTION");
    let split = world.receive(DeliveryOutcome::Answered(200));
    assert_eq!(split[0]["type"], 4);
    assert_eq!(split[0]["data"]["sc_type"], "SPLIT");

    let package = first.data()["package_id"].as_str().unwrap().to_string();
    let detail = world.get(&format!("/fulfillment/202309/packages/{package}"), "");
    assert_eq!(detail.data()["tracking_number"], "T1");
    assert_eq!(detail.data()["orders"][0]["skus"][0]["quantity"], 1);
    let list = world.post("/fulfillment/202309/packages/search", "page_size=10", "");
    assert_eq!(list.data()["total_count"], 2);
    let unknown = world.post(
        &path,
        "",
        r#"{"shipping_info_list":[{"tracking_number":"T","shipping_provider_id":"1"}]}"#,
    );
    assert_eq!(unknown.code(), 11_007_021);
}

#[test]
fn packages_up_front_are_shipped_by_their_id() {
    let mut world = World::ideal("[orders]\npackages_up_front = true");
    let order = world.buy(&[(0, 1)]);
    let id = world.shop.native_order_id(order);
    let shown = world.get("/order/202309/orders", &format!("ids={id}"));
    let line = &shown.data()["orders"][0]["line_items"][0];
    assert_eq!(line["package_status"], "TO_FULFILL");
    let package = line["package_id"].as_str().unwrap().to_string();
    let path = format!("/fulfillment/202309/packages/{package}/ship");
    let body = format!(
        r#"{{"self_shipment":{{"tracking_number":"T1","shipping_provider_id":"{PROVIDER}"}}}}"#
    );
    world.post(&path, "", &body).data();
    assert_eq!(world.order_status(order), "AWAITING_COLLECTION");
    assert_ne!(world.post(&path, "", &body).code(), 0);
    assert!(world.facts.contains(&Fact::FulfillmentRefused { order }));
    let shown = world.get("/order/202309/orders", &format!("ids={id}"));
    assert_eq!(
        shown.data()["orders"][0]["packages"][0]["id"],
        package.as_str()
    );
}

#[test]
fn search_filters_sorts_and_takes_half_open_windows() {
    let mut world = World::ideal("");
    for n in 0..6 {
        world.now = Micros::from_secs(n * 10);
        world.buy(&[(0, 1)]);
    }
    world.now = Micros::from_secs(100);
    world.ship(OrderRef(1)).data();
    let by_update = "page_size=50&sort_field=update_time&sort_order=ASC";
    let window = |from: i64, to: i64, kind: &str| {
        format!(
            r#"{{"{kind}_time_ge":{},"{kind}_time_lt":{}}}"#,
            EPOCH_SECONDS + from,
            EPOCH_SECONDS + to
        )
    };
    assert_eq!(
        search(&mut world, by_update, ""),
        ids(&world, &[0, 2, 3, 4, 5, 1])
    );
    assert_eq!(
        search(&mut world, "page_size=50", "[]"),
        ids(&world, &[5, 4, 3, 2, 1, 0]),
        "newest first by creation"
    );
    let found = search(&mut world, by_update, &window(20, 40, "update"));
    assert_eq!(found, ids(&world, &[2, 3]));
    let found = search(&mut world, by_update, &window(0, 30, "create"));
    assert_eq!(found, ids(&world, &[0, 2, 1]));
    let found = search(
        &mut world,
        "page_size=50&sort_order=ASC",
        &window(40, 101, "update"),
    );
    assert_eq!(
        found,
        ids(&world, &[1, 4, 5]),
        "the window drives, the key sorts"
    );
    let found = search(
        &mut world,
        by_update,
        r#"{"order_status":"AWAITING_COLLECTION"}"#,
    );
    assert_eq!(found, ids(&world, &[1]));
    let answer = world.post(
        "/order/202309/orders/search",
        "page_size=50",
        r#"{"order_status":"SHIPPED"}"#,
    );
    assert_eq!(answer.code(), 36_009_004);
    assert_eq!(
        world.post("/order/202309/orders/search", "", "").code(),
        36_009_004,
        "page_size is required"
    );
}

#[test]
fn pages_neither_skip_nor_repeat_in_any_order() {
    let mut world = World::ideal("");
    world.shop.open_with(ListingIndex(0), 100);
    for n in 0..25 {
        world.now = Micros::from_secs(n);
        world.buy(&[(0, 1)]);
    }
    let narrow = format!(r#"{{"update_time_ge":{}}}"#, EPOCH_SECONDS + 15);
    for body in ["", &narrow] {
        for field in ["create_time", "update_time"] {
            for order in ["ASC", "DESC"] {
                let all = format!("page_size=100&sort_field={field}&sort_order={order}");
                let expected = search(&mut world, &all, body);
                let mut seen = Vec::new();
                let mut token = String::new();
                loop {
                    let query = format!(
                        "page_size=4&sort_field={field}&sort_order={order}&page_token={token}"
                    );
                    let page = world.post("/order/202309/orders/search", &query, body);
                    let data = page.data();
                    assert_eq!(data["total_count"], expected.len());
                    let rows = data["orders"].as_array().unwrap();
                    seen.extend(
                        rows.iter()
                            .map(|row| row["id"].as_str().unwrap().to_string()),
                    );
                    token = data["next_page_token"]
                        .as_str()
                        .unwrap()
                        .replace('+', "%2B");
                    if token.is_empty() {
                        break;
                    }
                }
                assert_eq!(seen, expected, "{field} {order}");
            }
        }
    }
}

#[test]
fn search_lags_and_detail_does_not() {
    let mut world = World::ideal("[orders]\nsearch_lag = { fixed = \"10s\" }");
    let order = world.buy(&[(0, 1)]);
    let by_update = "page_size=50&sort_field=update_time";
    assert!(search(&mut world, by_update, "").is_empty());
    assert_eq!(world.order_status(order), "AWAITING_SHIPMENT");
    world.run_until(Micros::from_secs(10));
    assert_eq!(search(&mut world, by_update, "").len(), 1);
    world.ship(order).data();
    let shown = |world: &mut World| {
        let answer = world.post("/order/202309/orders/search", by_update, "");
        let order = &answer.data()["orders"][0];
        (
            order["status"].as_str().unwrap().to_string(),
            order["update_time"].as_i64().unwrap() - EPOCH_SECONDS,
        )
    };
    assert_eq!(shown(&mut world), ("AWAITING_SHIPMENT".to_string(), 0));
    world.run_until(Micros::from_secs(20));
    assert_eq!(shown(&mut world), ("AWAITING_COLLECTION".to_string(), 10));
}

#[test]
fn detail_takes_fifty_ids_in_any_spelling() {
    let mut world = World::ideal("");
    for _ in 0..2 {
        world.buy(&[(0, 1)]);
    }
    let [one, two] = &ids(&world, &[0, 1])[..] else {
        unreachable!()
    };
    for query in [format!("ids={one}%2C{two}"), format!("ids={one}&ids={two}")] {
        let answer = world.get("/order/202507/orders", &query);
        assert_eq!(answer.data()["orders"].as_array().unwrap().len(), 2);
    }
    let many = vec![one.as_str(); 51].join(",");
    assert_eq!(
        world
            .get("/order/202507/orders", &format!("ids={many}"))
            .code(),
        36_009_004
    );
    assert_eq!(
        world.get("/order/202507/orders", "ids=17").code(),
        21_008_111
    );
}

#[test]
fn a_basket_is_all_or_nothing() {
    let mut world = World::ideal("");
    let refused = world.try_buy(&[(0, 1), (1, 1)]);
    assert_eq!(
        refused,
        CheckoutOutcome::Refused {
            listing: ListingIndex(1),
            displayed: 0
        }
    );
    assert_eq!(world.displayed(0), 10);
}

#[test]
fn products_are_found_and_paged() {
    let mut world = World::ideal("");
    let page = world.post("/product/202502/products/search", "page_size=1", "");
    assert_eq!(page.data()["total_count"], 2);
    let first = &page.data()["products"][0];
    assert_eq!(first["skus"].as_array().unwrap().len(), 10);
    assert_eq!(first["title"], "Shirt \"0\"");
    let by_sku = world.post(
        "/product/202309/products/search",
        "page_size=10",
        r#"{"seller_skus":["SKU-011"]}"#,
    );
    assert_eq!(by_sku.data()["products"][0]["id"], "1729000000000001000");
    let detail = world.get(&format!("/product/202309/products/{PRODUCT}"), "");
    assert_eq!(detail.data()["skus"][0]["inventory"][0]["quantity"], 10);
    let carriers = world.get(
        "/logistics/202309/delivery_options/7090000000000000001/shipping_providers",
        "",
    );
    assert_eq!(carriers.data()["shipping_providers"][0]["id"], PROVIDER);
    let places = world.get("/logistics/202309/warehouses", "");
    assert_eq!(places.data()["warehouses"][0]["id"], WAREHOUSE_0);
    let options = world.get(
        &format!("/logistics/202309/warehouses/{WAREHOUSE_0}/delivery_options"),
        "",
    );
    assert_eq!(
        options.data()["delivery_options"][0]["id"],
        "7090000000000000001"
    );
}
