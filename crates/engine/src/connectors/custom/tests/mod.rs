//! The connector as a shop meets it: what it asks, and what it reads out of answers and webhooks.

use super::super::fixtures::{
    CUSTOM, at, body_of, config, json_of, parsed, parsed_with, response, target_of,
};
use super::super::{Change, Event, Operation, QuantityWrite, WriteOutcome};
use super::*;
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState, ShipTo, Shipment};
use http::StatusCode;

fn connector() -> CustomConnector {
    CustomConnector::new(&config(), CUSTOM)
}

/// One that knows the first and the third SKU.
fn with_catalogue() -> CustomConnector {
    let mut connector = connector();
    let page = r#"{"products":[{"sku":"MUG","quantity":3},{"sku":"PEN/10 \"blue\"","quantity":1},{"sku":"HAT"},{"sku":"MUG"}],"next_cursor":null}"#;
    let read = parsed(
        &mut connector,
        &Operation::ReadCatalogue { cursor: None },
        page,
    );
    assert_eq!(
        read,
        [Event::CatalogueRead {
            listings: 2,
            next: None
        }]
    );
    connector
}

const ORDER: &str = r#"{"id":"700000005","status":"open","created_at":"2026-11-20T01:00:00.000Z","updated_at":"2026-11-20T01:00:02.500Z",
    "ship_to":{"country":"DE","postal_code":"01067"},"lines":[{"id":"1","sku":"MUG","quantity":3,"cancelled_quantity":1,"restocked_quantity":1},
    {"id":"2","sku":"CAP","quantity":1,"cancelled_quantity":0,"restocked_quantity":0}]}"#;

fn order() -> Order {
    Order {
        key: OrderKey(700_000_005),
        state: OrderState::Open,
        created_at: at(1, 0, 0),
        updated_at: at(1, 0, 2) + Micros::from_millis(500),
        lines: vec![
            Line {
                id: LineKey(1),
                sku: SkuIndex(0),
                units: 3,
                current_units: 2,
            },
            Line {
                id: LineKey(2),
                sku: SkuIndex(1),
                units: 1,
                current_units: 1,
            },
        ],
        ship_to: Some(ShipTo {
            country: *b"DE",
            postal_code: 1_067,
        }),
        restocked: Some(true),
        lacked_stock: false,
    }
}

#[test]
fn every_call_carries_host_and_token() {
    let mut connector = with_catalogue();
    for operation in crate::connectors::fixtures::every_operation() {
        let request = connector.build(Micros::ZERO, &operation);
        if request.uri() != "/" {
            assert_eq!(
                request.headers()["authorization"],
                "Bearer key-1",
                "{operation:?}"
            );
            assert_eq!(request.headers()["host"], "shop.custom.example");
        }
    }
}

/// A token that is refused at the door is no reason to sign in again at once, and again.
#[test]
fn a_token_that_is_refused_when_signing_in_is_a_failure() {
    let mut connector = connector();
    let revoked = response(401, r#"{"error":{"code":"revoked","message":"gone"}}"#);
    let events = parsed_with(&mut connector, &Operation::Authenticate, &revoked);
    assert!(matches!(events[..], [Event::Failed { retry: false, .. }]));
    let poll = Operation::PollOrders {
        since: Micros::ZERO,
        cursor: None,
    };
    let events = parsed_with(&mut connector, &poll, &revoked);
    assert_eq!(events, [Event::Unauthorized]);
    let signed_in = parsed(&mut connector, &Operation::Authenticate, r#"{"host":"h"}"#);
    let valid_until = Micros::MAX;
    assert_eq!(signed_in, [Event::Authenticated { valid_until }]);
}

#[test]
fn quantities_are_written_one_by_one_and_known_by_what_became_of_them() {
    let mut connector = with_catalogue();
    let write = |sku, change| Operation::WriteQuantities {
        writes: vec![QuantityWrite {
            sku: SkuIndex(sku),
            change,
        }],
        idempotency_key: 1,
    };
    let set = write(2, Change::Set(4));
    let request = connector.build(Micros::ZERO, &set);
    assert_eq!(
        target_of(&request),
        "PUT /v1/products/PEN%2F10%20%22blue%22/quantity"
    );
    assert_eq!(body_of(&request), r#"{"quantity":4}"#);
    let written = |outcome| {
        [Event::Written {
            sku: SkuIndex(2),
            outcome,
        }]
    };
    assert_eq!(
        parsed(&mut connector, &set, r#"{"status":"applied"}"#),
        written(WriteOutcome::Accepted),
        "an earlier write may still come"
    );
    assert_eq!(
        parsed(&mut connector, &set, r#"{"status":"accepted"}"#),
        written(WriteOutcome::Accepted)
    );
    let no = response(422, r#"{"error":{"code":"unprocessable","message":"no"}}"#);
    assert_eq!(
        parsed_with(&mut connector, &set, &no),
        written(WriteOutcome::Refused("unprocessable: no".into()))
    );
    // Nothing is written of a product that the shop has not listed, and no delta.
    for not_sent in [write(1, Change::Set(4)), write(0, Change::Adjust(-1))] {
        assert_eq!(connector.build(Micros::ZERO, &not_sent).method(), "GET");
        let read = parsed(&mut connector, &not_sent, r#"{"status":"applied"}"#);
        assert!(matches!(
            &read[..],
            [Event::Written {
                outcome: WriteOutcome::Refused(_),
                ..
            }]
        ));
    }
}

#[test]
fn quantities_are_read_by_sku_and_one_that_is_missing_is_noticed() {
    let mut connector = with_catalogue();
    let read = Operation::ReadQuantities {
        skus: vec![SkuIndex(2), SkuIndex(0)],
    };
    let request = connector.build(Micros::ZERO, &read);
    assert_eq!(
        target_of(&request),
        "GET /v1/products?skus=PEN%2F10%20%22blue%22&skus=MUG"
    );
    let events = parsed(
        &mut connector,
        &read,
        r#"{"products":[{"sku":"MUG","quantity":7}],"next_cursor":null}"#,
    );
    assert_eq!(
        events[0],
        Event::QuantityRead {
            sku: SkuIndex(0),
            displayed: 7
        }
    );
    assert!(matches!(events[1], Event::Quarantined { order: None, .. }));
}

#[test]
fn the_feed_is_read_order_by_order_where_one_cannot_be_read() {
    let mut connector = connector();
    let poll = Operation::PollOrders {
        since: at(0, 0, 30),
        cursor: Some("b+w=".into()),
    };
    let request = connector.build(Micros::ZERO, &poll);
    assert_eq!(
        target_of(&request),
        "GET /v1/orders?limit=100&updated_since=2026-11-20T00%3A00%3A30.000Z&cursor=b%2Bw%3D"
    );
    let page = |orders: &str| format!(r#"{{"orders":[{orders}],"next_cursor":"more"}}"#);
    let feed = |orders, latest_change| Event::FeedRead {
        orders,
        next: Some("more".into()),
        latest_change,
    };
    let latest = Some(order().updated_at);
    assert_eq!(
        parsed(&mut connector, &poll, &page(ORDER)),
        [Event::OrderSeen(order()), feed(1, latest)]
    );
    // The time of one is not one; its units count, and it is asked for again.
    let broken = ORDER
        .replace("2026-11-20T01:00:00.000Z", "yesterday")
        .replace("700000005", "700000006");
    let events = parsed(&mut connector, &poll, &page(&format!("{broken},{ORDER}")));
    assert!(matches!(
        &events[0],
        Event::Quarantined {
            order: Some(OrderKey(700_000_006)),
            ..
        }
    ));
    assert!(
        matches!(&events[1], Event::OrderSeen(it) if it.state == OrderState::Held && it.lines.len() == 2)
    );
    assert_eq!(events[2..], [Event::OrderSeen(order()), feed(2, latest)]);
}

#[test]
fn single_orders_are_fetched_and_a_missing_one_is_noticed() {
    let mut connector = connector();
    let fetch = Operation::FetchOrders {
        orders: vec![OrderKey(700_000_005)],
    };
    assert_eq!(
        target_of(&connector.build(Micros::ZERO, &fetch)),
        "GET /v1/orders/700000005"
    );
    assert_eq!(
        parsed(&mut connector, &fetch, ORDER),
        [Event::OrderSeen(order())]
    );
    let none = response(404, r#"{"error":{"code":"not_found","message":""}}"#);
    let events = parsed_with(&mut connector, &fetch, &none);
    assert!(matches!(
        events[..],
        [Event::Quarantined {
            order: Some(OrderKey(700_000_005)),
            ..
        }]
    ));
}

#[test]
fn shipments_wait_for_pending_orders_and_end_at_cancelled_ones() {
    let mut connector = connector();
    let confirm = Operation::ConfirmFulfillment {
        shipments: vec![Shipment {
            order: OrderKey(9),
            lines: vec![(LineKey(2), 3)],
            carrier: "DHL".into(),
            tracking_number: "T\"1".into(),
            shipped_at: Micros::ZERO,
        }],
    };
    let request = connector.build(Micros::ZERO, &confirm);
    assert_eq!(target_of(&request), "POST /v1/orders/9/fulfillments");
    let body = serde_json::json!({"carrier": "DHL", "tracking_number": "T\"1", "lines": [{"id": "2", "quantity": 3}]});
    assert_eq!(json_of(&request), body);
    let refused = |code| {
        response(
            409,
            &format!(r#"{{"error":{{"code":"{code}","message":"m"}}}}"#),
        )
    };
    let order = OrderKey(9);
    assert_eq!(
        parsed_with(&mut connector, &confirm, &refused("pending")),
        [Event::FulfillmentNotReady { order }]
    );
    let reason = "cancelled: m".to_owned();
    assert_eq!(
        parsed_with(&mut connector, &confirm, &refused("cancelled")),
        [Event::FulfillmentRefused { order, reason }]
    );
    let lines = vec![(LineKey(2), 3)];
    assert_eq!(
        parsed_with(&mut connector, &confirm, &response(201, "{}")),
        [Event::FulfillmentConfirmed { order, lines }]
    );
    let cancel = Operation::CancelOrder { order };
    let request = connector.build(Micros::ZERO, &cancel);
    assert_eq!(
        (target_of(&request).as_str(), body_of(&request)),
        ("POST /v1/orders/9/cancel", r#"{"restock":false}"#)
    );
}

/// Signed with another implementation: `openssl dgst -sha256 -hmac hook-secret`.
const SIGNED: (&str, &str) = (
    r#"{"id":"1","topic":"quantity.changed","created_at":"2026-11-20T00:00:00.000Z","product":{"sku":"CAP","quantity":4}}"#,
    "sha256=779371ae68dec7baeb118eb06b4f81a255680d85f2e609c7284ea73780bf0bb0",
);

#[test]
fn webhooks_are_believed_by_their_signature_alone() {
    let mut connector = connector();
    let mut receive = |body: &str, signature: &str| {
        let mut request = Request::new(body.as_bytes().to_vec());
        request
            .headers_mut()
            .insert("x-signature", signature.parse().unwrap());
        let mut events = Vec::new();
        let answer = connector.receive(Micros::ZERO, &request, &mut events);
        (answer.status(), events)
    };
    let (body, signature) = SIGNED;
    let told = Event::QuantitySignalled {
        sku: SkuIndex(1),
        displayed: 4,
    };
    assert_eq!(receive(body, signature), (StatusCode::OK, vec![told]));
    for wrong in [
        &signature[7..],
        "sha256=00",
        &signature.replace("sha256", "sha1"),
    ] {
        assert_eq!(receive(body, wrong).0, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    assert_eq!(
        receive(&body.replace('4', "5"), signature).0,
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn webhooks_tell_an_order_whole_or_by_its_id() {
    let connector = connector();
    let read = |topic: &str, order: &str| {
        let body = format!(r#"{{"topic":"{topic}","order":{order}}}"#);
        let mut request = Request::new(body.into_bytes());
        let signature = connector.signer.sign(&[request.body()]);
        let mut text = b"sha256=".to_vec();
        oversell_kernel::hexadecimal::push(&mut text, &signature);
        let header = HeaderValue::from_bytes(&text).unwrap();
        request.headers_mut().insert("x-signature", header);
        let mut events = Vec::new();
        connector.webhook_read(&request, &mut events);
        events
    };
    assert_eq!(read("order.created", ORDER), [Event::OrderSeen(order())]);
    // Only the order itself says where the units of a cancelled one went.
    for (status, state) in [
        ("fulfilled", Some(OrderState::Shipped)),
        ("cancelled", None),
    ] {
        let thin = format!(
            r#"{{"id":"700000005","status":"{status}","updated_at":"2026-11-20T01:00:03Z"}}"#
        );
        let signalled = Event::OrderSignalled {
            order: OrderKey(700_000_005),
            updated_at: at(1, 0, 3),
            state,
        };
        assert_eq!(read("order.updated", &thin), [signalled]);
    }
    for (topic, order) in [
        ("order.updated", "null"),
        ("order.shipped", ORDER),
        ("order.created", "{\"lines\":[]}"),
    ] {
        assert!(
            matches!(
                read(topic, order)[..],
                [Event::Quarantined { order: None, .. }]
            ),
            "{topic}"
        );
    }
}
