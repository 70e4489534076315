//! Webhooks.

use super::*;

fn webhook(signature: &str, body: &str) -> Request {
    let mut request = Request::new(body.as_bytes().to_vec());
    request
        .headers_mut()
        .insert(AUTHORIZATION, signature.parse().unwrap());
    request
}

fn received(body: &str) -> Vec<Event> {
    let mut tiktok = ready();
    let mut signature = Vec::new();
    hexadecimal::push(
        &mut signature,
        &tiktok.signer.sign(&[b"6demo0key", body.as_bytes()]),
    );
    let request = webhook(std::str::from_utf8(&signature).unwrap(), body);
    let mut events = Vec::new();
    assert_eq!(
        tiktok.receive(Micros::ZERO, &request, &mut events).status(),
        200
    );
    events
}

#[test]
fn webhook_signatures_follow_the_vectors() {
    let body = r#"{"type":1,"tts_notification_id":"7400000000000000001","shop_id":"7490000000000000001","timestamp":1767225600,"data":{"order_id":"576460000000000001","order_status":"AWAITING_SHIPMENT","is_on_hold_order":false,"update_time":1767225599}}"#;
    let signature = "c8f9051709c90044147b51cdbb9787f802da69d0c2f6aaef3a6e1ba2bd749a63";
    let mut tiktok = TiktokShopConnector::new(&config_of_vectors(1_767_225_590), TIKTOK);
    let mut events = Vec::new();
    let answer = tiktok.receive(Micros::ZERO, &webhook(signature, body), &mut events);
    assert_eq!(answer.status(), 200);
    assert!(answer.body().is_empty());
    let updated_at = Micros::from_secs(9);
    assert_eq!(
        events,
        [Event::OrderSignalled {
            order: KEY,
            updated_at,
            state: Some(OrderState::Open),
        }]
    );
    events.clear();
    let changed = body.replace("AWAITING_SHIPMENT", "CANCEL");
    let answer = tiktok.receive(Micros::ZERO, &webhook(signature, &changed), &mut events);
    assert_eq!(answer.status(), 401);
    assert!(matches!(
        events[..],
        [Event::Quarantined { order: None, .. }]
    ));
}

#[test]
fn thin_webhooks_signal_orders_and_quantities() {
    let cancelled = r#"{"type":11,"timestamp":1795176068,"data":{"order_id":"576460000000000001",
        "cancellations_role":"BUYER","cancel_status":"X","cancel_id":"403","create_time":1795176067}}"#;
    let signal = Event::OrderSignalled {
        order: KEY,
        updated_at: at(12, 1, 7),
        state: None,
    };
    assert_eq!(received(cancelled), [signal]);
    for (sku, expected) in [
        (
            "22",
            Event::QuantitySignalled {
                sku: SkuIndex(1),
                displayed: 37,
            },
        ),
        (
            "\"22\"",
            Event::QuantitySignalled {
                sku: SkuIndex(1),
                displayed: 37,
            },
        ),
        ("99", Event::Done),
    ] {
        let stock = format!(
            r#"{{"type":71,"timestamp":1,"data":{{"shop_id":7490000000000000001,"product_id":20,"sku_id":{sku},
            "quantity_snapshot_after_change":{{"total_quantity":40,"total_available_quantity":37,"total_committed_quantity":3}}}}}}"#
        );
        assert_eq!(received(&stock), [expected]);
    }
}

#[test]
fn unknown_webhooks_are_counted() {
    let unknown = received(r#"{"type":999,"data":{"order_id":"5"}}"#);
    assert!(matches!(
        unknown[..],
        [Event::Quarantined {
            order: Some(OrderKey(5)),
            ..
        }]
    ));
    let unreadable = received(r#"{"type":"one","data":{"order_id":"5"}}"#);
    assert!(matches!(
        unreadable[..],
        [Event::Quarantined {
            order: Some(OrderKey(5)),
            ..
        }]
    ));
    assert_eq!(
        received(r#"{"type":5,"data":{"product_id":20}}"#),
        [Event::Done]
    );
}

proptest! {
    #[test]
    fn any_signed_body_is_read_or_quarantined(body in "\\PC{0,200}") {
        prop_assert!(!received(&body).is_empty());
    }
}
