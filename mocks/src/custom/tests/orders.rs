//! Orders: lists, shipments, cancellations, returns.

use super::*;
use crate::core::{ActOutcome, Party, Removal, RemovalKind, Tells, Told};

impl World {
    fn id(&self, order: OrderRef) -> String {
        self.shop.native_order_id(order)
    }

    fn order(&mut self, order: OrderRef) -> Value {
        let id = self.id(order);
        let answer = self.get(&format!("/v1/orders/{id}"));
        assert_eq!(answer.status, 200);
        answer.body
    }

    fn fulfill(&mut self, order: OrderRef, tracking: &str, lines: Value) -> Answer {
        let path = format!("/v1/orders/{}/fulfillments", self.id(order));
        let body = json!({"carrier": "DHL", "tracking_number": tracking, "lines": lines});
        self.post(&path, &body)
    }
}

#[test]
fn an_order_shows_what_was_bought_and_the_list_shows_it_after_its_lag() {
    let mut world = World::ideal("[orders]\nlist_lag = { fixed = \"7s\" }");
    world.put("SKU-2", 5, "");
    world.run_for(Micros::from_secs(90));
    let order = world.buy(&[(0, 2), (2, 1)]);
    assert_eq!((world.displayed(0), world.displayed(2)), (8, 4));
    let list = "/v1/orders?updated_since=2026-11-27T00:01:30Z";
    assert_eq!(world.get(list).body["orders"], json!([]));
    world.run_for(Micros::from_secs(7));
    let answer = world.get(list);
    let shown = &answer.body["orders"][0];
    assert_eq!(shown["id"], json!("700000001"));
    assert_eq!(shown["status"], json!("open"));
    assert_eq!(shown["created_at"], json!("2026-11-27T00:01:30.000Z"));
    assert_eq!(
        shown["ship_to"],
        json!({"country": "DE", "postal_code": "01067"})
    );
    let lines: Vec<_> = shown["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["id"].as_str().unwrap(),
                it["sku"].as_str().unwrap(),
                it["quantity"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(lines, [("1", "SKU-0", 2), ("2", "SKU-2", 1)]);
    let mut extensions = answer.response.extensions().clone();
    assert_eq!(
        Tells::detach(&mut extensions),
        Some(Tells(vec![Told::Sale(order)]))
    );
    let later = world.get("/v1/orders?updated_since=2026-11-27T00:01:31%2B00:00");
    assert_eq!(later.body["orders"], json!([]));
    assert_eq!(
        world.get("/v1/orders?updated_since=yesterday").code(),
        "bad_request"
    );
    assert_eq!(world.get("/v1/orders/1").code(), "not_found");
}

#[test]
fn shipments_are_booked_once_and_never_beyond_what_was_bought() {
    let mut world = World::ideal("[orders]\nship_within = \"1h\"");
    let order = world.buy(&[(0, 3)]);
    assert_eq!(
        world
            .fulfill(order, "T1", json!([{"id": "1", "quantity": 4}]))
            .code(),
        "unprocessable"
    );
    assert_eq!(
        world
            .fulfill(order, "T1", json!([{"id": "2", "quantity": 1}]))
            .code(),
        "unprocessable"
    );
    let first = world.fulfill(order, "T1", json!([{"id": "1", "quantity": 2}]));
    assert_eq!(
        (first.status, world.order(order)["status"].clone()),
        (201, json!("open"))
    );
    let again = world.fulfill(order, "T1", json!([{"id": "1", "quantity": 2}]));
    assert_eq!((again.status, again.body), (200, first.body));
    let path = format!("/v1/orders/{}/cancel", world.id(order));
    assert_eq!(world.post(&path, &Value::Null).code(), "shipped");
    world.run_for(Micros::from_secs(3_601));
    assert_eq!(world.fulfill(order, "T2", json!([])).status, 201);
    let shown = world.order(order);
    assert_eq!(
        (&shown["status"], &shown["lines"][0]["fulfilled_quantity"]),
        (&json!("fulfilled"), &json!(3))
    );
    assert_eq!(world.fulfill(order, "T3", json!([])).code(), "fulfilled");
    let confirmed: Vec<_> = world
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::FulfillmentConfirmed {
                units,
                complete,
                late,
                ..
            } => Some((*units, *complete, *late)),
            _ => None,
        })
        .collect();
    assert_eq!(confirmed, [(2, false, false), (1, true, true)]);
    let now = world.now;
    assert_eq!(
        world.shop.return_units(now, order, 0, 2, true),
        ActOutcome::Done
    );
    assert!(matches!(
        world.shop.return_units(now, order, 0, 2, true),
        ActOutcome::Refused(_)
    ));
    assert_eq!(
        (
            world.displayed(0),
            world.order(order)["lines"][0]["returned_quantity"].clone()
        ),
        (9, json!(2))
    );
}

#[test]
fn whoever_cancels_says_where_the_units_go_or_else_the_profile_does() {
    let mut world = World::ideal("[inventory]\nrestock_on_cancel = false");
    let orders = [
        world.buy(&[(0, 2)]),
        world.buy(&[(0, 1)]),
        world.buy(&[(0, 1)]),
    ];
    let now = world.now;
    assert_eq!(world.shop.cancel_by_buyer(now, orders[0]), ActOutcome::Done);
    assert!(world.drain().is_none());
    for (order, restock) in [
        (orders[1], json!({"restock": true})),
        (orders[2], json!({})),
    ] {
        let path = format!("/v1/orders/{}/cancel", world.id(order));
        let cancelled = world.post(&path, &restock);
        assert_eq!(cancelled.body["status"], json!("cancelled"));
        assert_eq!(
            world.post(&path, &restock).body,
            cancelled.body,
            "to cancel twice is no error"
        );
    }
    assert_eq!(world.displayed(0), 7);
    let restocked = orders.map(|order| {
        world.order(order)["lines"][0]["restocked_quantity"]
            .as_u64()
            .unwrap()
    });
    assert_eq!(restocked, [0, 1, 0]);
    assert_eq!(world.order(orders[0])["cancelled_by"], json!("buyer"));
    assert_eq!(world.fulfill(orders[0], "T", json!([])).code(), "cancelled");
    assert!(
        world
            .facts
            .contains(&Fact::FulfillmentRefused { order: orders[0] })
    );
}

#[test]
fn units_taken_out_of_an_order_are_told_and_the_last_ones_cancel_it() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 3)]);
    let removal = |units, kind| Removal {
        line: 0,
        units,
        kind,
        restock: false,
    };
    let now = world.now;
    let edited = world
        .shop
        .remove_units(now, order, removal(1, RemovalKind::Edit));
    assert!(matches!(edited, ActOutcome::Refused(_)));
    assert_eq!(
        world
            .shop
            .remove_units(now, order, removal(1, RemovalKind::Refund)),
        ActOutcome::Done
    );
    assert!(world.drain().is_none());
    assert_eq!(world.displayed(0), 8);
    let id = world.id(order);
    let answer = world.get(&format!("/v1/orders/{id}"));
    assert_eq!(answer.body["lines"][0]["cancelled_quantity"], json!(1));
    let told = Tells::detach(&mut answer.response.extensions().clone()).unwrap();
    assert_eq!(
        told.0,
        [Told::Sale(order), Told::Removal { order, units: 1 }]
    );
    assert_eq!(
        world
            .shop
            .remove_units(now, order, removal(2, RemovalKind::BuyerRequest)),
        ActOutcome::Done
    );
    assert!(world.drain().is_none());
    assert_eq!(world.displayed(0), 10);
    assert!(world.facts.contains(&Fact::OrderCancelled {
        order,
        by: Party::Buyer
    }));
}

#[test]
fn unpaid_orders_hold_their_units_until_they_are_paid_or_expire() {
    let mut world = World::ideal("[orders]\nunpaid_share = 1.0\nunpaid_expiry = \"30min\"");
    let (paid, unpaid) = (world.buy(&[(0, 4)]), world.buy(&[(0, 3)]));
    assert_eq!(world.displayed(0), 3);
    assert_eq!(world.fulfill(paid, "T", json!([])).code(), "pending");
    let now = world.now;
    assert_eq!(world.shop.pay(now, paid), ActOutcome::Done);
    assert!(matches!(world.shop.pay(now, paid), ActOutcome::Refused(_)));
    world.run_for(Micros::from_secs(1_800));
    assert_eq!(world.displayed(0), 6);
    assert_eq!(world.order(unpaid)["cancelled_by"], json!("platform"));
    assert_eq!(world.order(paid)["status"], json!("open"));
    assert!(world.shop.poll_timeout().is_none());
}

#[test]
fn held_orders_open_by_themselves() {
    let mut world = World::ideal("[orders]\nhold_share = 1.0\nhold = { fixed = \"5min\" }");
    let order = world.buy(&[(0, 1)]);
    assert_eq!(world.order(order)["status"], json!("pending"));
    world.run_for(Micros::from_secs(300));
    assert_eq!(world.order(order)["status"], json!("open"));
    assert_eq!(world.fulfill(order, "T", json!([])).status, 201);
}

#[test]
fn a_parcel_told_again_is_answered_by_its_number_alone() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 3)]);
    let first = world.fulfill(order, "T1", json!([{"id": "1", "quantity": 1.0}]));
    assert_eq!(first.status, 201);
    for lines in [
        json!([{"id": "99", "quantity": 2}]),
        json!([{"id": "1", "quantity": 3}]),
        json!([{"id": "1", "quantity": 0}]),
        json!([]),
        Value::Null,
    ] {
        let again = world.fulfill(order, "T1", lines);
        assert_eq!((again.status, &again.body), (200, &first.body));
    }
    for (lines, told) in [
        (json!([{"id": "1", "quantity": 0}]), "quantity is 0"),
        (json!([{"id": "1", "quantity": -4}]), "quantity is -4"),
        (json!([{"id": "01", "quantity": 1}]), "does not have"),
        (json!([{"id": "+1", "quantity": 1}]), "does not have"),
        (json!([["1", 1]]), "expected an object"),
    ] {
        let refused = world.fulfill(order, "T2", lines);
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert_eq!(refused.code(), "unprocessable");
        assert!(message.contains(told), "{message}");
    }
    assert_eq!(world.fulfill(order, "T2", Value::Null).status, 201);
}

#[test]
fn an_order_has_one_id_and_arrays_stand_for_no_objects() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 1)]);
    let id = world.id(order);
    for other in [format!("0{id}"), format!("+{id}"), format!("{id}.0")] {
        assert_eq!(
            world.get(&format!("/v1/orders/{other}")).status,
            404,
            "{other}"
        );
    }
    let cancel = world.post(&format!("/v1/orders/{id}/cancel"), &json!([false]));
    assert_eq!(cancel.code(), "unprocessable");
    assert_eq!(world.order(order)["status"], "open");
}
