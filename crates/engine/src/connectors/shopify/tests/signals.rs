//! Webhooks.

use super::*;

fn webhook(topic: &str, signature: &str, body: &str) -> Request {
    let mut request = Request::new(body.as_bytes().to_vec());
    for (name, value) in [
        ("x-shopify-topic", topic),
        ("x-shopify-hmac-sha256", signature),
    ] {
        let name = HeaderName::from_static(name);
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

fn signed(shopify: &ShopifyConnector, body: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(shopify.signer.sign(&[body.as_bytes()]))
}

fn received(topic: &str, body: &str) -> (u16, Vec<Event>) {
    let mut shopify = ready();
    let request = webhook(topic, &signed(&shopify, body), body);
    let mut events = Vec::new();
    let answer = shopify.receive(Micros::ZERO, &request, &mut events);
    (answer.status().as_u16(), events)
}

#[test]
fn signatures_are_verified_by_the_published_rule() {
    let mut shopify = ready();
    let signature = "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=";
    let mut events = Vec::new();
    let good = webhook("orders/create", signature, r#"{"id":1}"#);
    assert_eq!(
        shopify.receive(Micros::ZERO, &good, &mut events).status(),
        200
    );
    assert!(
        matches!(
            events[..],
            [Event::Quarantined {
                order: Some(OrderKey(1)),
                ..
            }]
        ),
        "{events:?}"
    );
    let bad = webhook("orders/create", signature, r#"{"id":2}"#);
    events.clear();
    assert_eq!(
        shopify.receive(Micros::ZERO, &bad, &mut events).status(),
        401
    );
    assert!(
        matches!(events[..], [Event::Quarantined { order: None, .. }]),
        "{events:?}"
    );
}

const HOOK: &str = r#"{"id":5001,"name":"x","created_at":"2026-11-20T08:05:11-05:00",
    "updated_at":"2026-11-20T08:05:12-05:00","cancelled_at":null,"fulfillment_status":null,
    "total_price":"51.96","line_items":[{"id":6001,"sku":"MUG","quantity":2,"price":"23.49"}],
    "shipping_address":{"zip":"01234","country_code":"US"},"refunds":[]}"#;

#[test]
fn an_order_webhook_is_the_order() {
    assert_eq!(
        received("orders/create", HOOK),
        (200, vec![Event::OrderSeen(order())])
    );
}

#[test]
fn a_cancelled_order_says_whether_it_was_restocked() {
    // The order has two units.
    for (refunded, restocked) in [
        (&[("no_restock", 2)][..], Some(false)),
        (&[("no_restock", 1), ("no_restock", 1)], Some(false)),
        (&[("no_restock", 1)], None),
        (&[("no_restock", 1), ("cancel", 1)], Some(true)),
        (&[("cancel", 2)], Some(true)),
        (&[("other", 2)], None),
    ] {
        let refunds = refunded.iter().map(|(kind, quantity)| {
            format!(
                r#"{{"refund_line_items":[{{"restock_type":"{kind}","quantity":{quantity}}}]}}"#
            )
        });
        let lines = format!("[{}]", refunds.collect::<Vec<_>>().join(","));
        let body = HOOK
            .replace(
                "\"cancelled_at\":null",
                "\"cancelled_at\":\"2026-11-20T08:05:12-05:00\"",
            )
            .replace("\"refunds\":[]", &format!("\"refunds\":{lines}"));
        let (_, events) = received("orders/cancelled", &body);
        let expected = Order {
            state: OrderState::Cancelled,
            restocked,
            ..order()
        };
        assert_eq!(events, [Event::OrderSeen(expected)]);
    }
}

#[test]
fn an_unreadable_order_webhook_keeps_the_order_id() {
    let (status, events) = received("orders/create", r#"{"id":5001,"line_items":"none"}"#);
    assert_eq!(status, 200, "it is kept, so it need not come again");
    assert!(matches!(
        events[..],
        [Event::Quarantined {
            order: Some(OrderKey(5001)),
            ..
        }]
    ));
}

#[test]
fn stock_webhooks_count_at_our_location_only() {
    let body = r#"{"inventory_item_id":32,"location_id":11,"available":8,"updated_at":"x"}"#;
    let signal = Event::QuantitySignalled {
        sku: SkuIndex(1),
        displayed: 8,
    };
    assert_eq!(received("inventory_levels/update", body).1, [signal]);
    let elsewhere = body.replace("11", "12");
    assert_eq!(
        received("inventory_levels/update", &elsewhere).1,
        [Event::Done]
    );
}

#[test]
fn a_shipment_made_elsewhere_signals_its_order() {
    let body = r#"{"id":9,"order_id":5001,"updated_at":"2026-11-20T10:15:02-05:00"}"#;
    let signal = Event::OrderSignalled {
        order: OrderKey(5001),
        updated_at: at(15, 15, 2),
        state: None,
    };
    assert_eq!(received("fulfillments/create", body).1, [signal]);
}

proptest! {
    #[test]
    fn any_signed_body_is_read_or_quarantined(body in "\\PC{0,200}", topic in 0_usize..4) {
        let topics = ["orders/create", "refunds/create", "inventory_levels/update", "other"];
        let (status, events) = received(topics[topic], &body);
        prop_assert_eq!(status, 200);
        prop_assert!(!events.is_empty());
    }
}
