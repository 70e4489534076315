//! Webhooks as a receiver sees them.

use super::*;
use crate::core::{Tells, Told};

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

#[test]
fn subscribers_are_told_of_what_they_asked_for_with_a_signature() {
    let mut world = World::ideal("");
    world.subscribe(&["order.created", "quantity.changed"]);
    let order = world.buy(&[(0, 1)]);
    let now = world.now;
    world.shop.cancel_by_buyer(now, order);
    assert!(world.drain().is_none());
    let sent = world.answer_webhooks(DeliveryOutcome::Answered(204));
    let topics: Vec<_> = sent
        .iter()
        .map(|it| it.headers()["x-topic"].to_str().unwrap())
        .collect();
    assert_eq!(
        topics,
        ["quantity.changed", "order.created", "quantity.changed"]
    );
    let signer = Signer::new(&Credentials::default().webhook_secret);
    for request in &sent {
        assert_eq!(request.uri(), "http://engine.example/hook");
        assert_eq!(
            request.headers()["x-signature"],
            signer.header(request.body())
        );
    }
    assert_eq!(
        body(&sent[0])["product"],
        json!({"sku": "SKU-0", "quantity": 9})
    );
    let created = body(&sent[1]);
    assert_eq!(created["order"]["lines"][0]["quantity"], json!(1));
    let mut extensions = sent[1].extensions().clone();
    assert_eq!(
        Tells::detach(&mut extensions),
        Some(Tells(vec![Told::Sale(order)]))
    );
    world.run_for(Micros::from_secs(86_400));
    assert!(
        world.deliveries.is_empty(),
        "what was answered is not sent again"
    );
}

#[test]
fn thin_webhooks_name_the_order_alone() {
    let mut world = World::ideal("[webhooks]\nwith_order = false");
    world.subscribe(&["order.created", "order.updated"]);
    let order = world.buy(&[(0, 1)]);
    let sent = world.answer_webhooks(DeliveryOutcome::Answered(200));
    let told = body(&sent[0])["order"].clone();
    let expected =
        json!({"id": "700000001", "status": "open", "updated_at": "2026-11-27T00:00:00.000Z"});
    assert_eq!(told, expected);
    let mut extensions = sent[0].extensions().clone();
    assert_eq!(
        Tells::detach(&mut extensions),
        Some(Tells(vec![Told::Named(order)]))
    );
}

#[test]
fn what_is_not_answered_comes_again_until_the_retries_are_used_up() {
    let mut world = World::ideal("[webhooks]\nretries = [\"1min\", \"5min\"]");
    world.subscribe(&["order.created"]);
    world.buy(&[(0, 1)]);
    let mut at = Vec::new();
    for _ in 0..4 {
        let failed = DeliveryOutcome::Failed;
        at.extend(
            world
                .answer_webhooks(failed)
                .iter()
                .map(|_| world.now.whole_secs()),
        );
        let wait = world
            .shop
            .poll_timeout()
            .map_or(Micros::ZERO, |it| it.at.since(world.now));
        world.run_for(wait);
    }
    assert_eq!(at, [0, 60, 360]);
}

#[test]
fn lost_doubled_and_wrongly_signed_webhooks_are_counted() {
    let mut world = World::ideal(
        "[webhooks]\ndrop_share = 0.3\nduplicate_share = 0.3\nwrong_signature_share = 0.3",
    );
    world.subscribe(&["order.created"]);
    world.put("SKU-0", 100_000, "");
    for _ in 0..400 {
        world.buy(&[(0, 1)]);
    }
    let sent = world.answer_webhooks(DeliveryOutcome::Answered(200));
    let signer = Signer::new(&Credentials::default().webhook_secret);
    let forged = sent
        .iter()
        .filter(|it| it.headers()["x-signature"] != signer.header(it.body()));
    let counts = world.shop.fault_counts();
    assert_eq!(counts.wrongly_signed_signal.injected, forged.count() as u64);
    let (lost, doubled) = (
        counts.dropped_signal.injected,
        counts.duplicated_signal.injected,
    );
    assert_eq!(sent.len() as u64, 400 - lost + doubled);
    for struck in [lost, doubled] {
        assert!((80..160).contains(&struck), "{struck}");
    }
}

#[test]
fn subscriptions_are_listed_replaced_by_their_address_deleted_and_dropped() {
    let mut world = World::ideal("");
    let first = world.subscribe(&["order.created"]);
    let again = world.subscribe(&["order.updated"]);
    assert_eq!(first, again);
    let listed = world.get("/v1/webhooks").body;
    assert_eq!(listed["webhooks"][0]["topics"], json!(["order.updated"]));
    for wrong in [
        json!({"url": "engine", "topics": ["order.created"]}),
        json!({"url": "http://e.example/", "topics": []}),
        json!({"url": "http://e.example/", "topics": ["orders"]}),
    ] {
        assert_eq!(
            world.post("/v1/webhooks", &wrong).code(),
            "unprocessable",
            "{wrong}"
        );
    }
    let path = format!("/v1/webhooks/{first}");
    let delete = world.request(Method::DELETE, &path, &Value::Null);
    assert_eq!(world.send(delete.clone()).status, 204);
    assert_eq!(world.send(delete).status, 404);
    world.subscribe(&["order.created", "order.updated"]);
    let now = world.now;
    assert_eq!(world.shop.drop_subscriptions(now), 1);
    assert!(world.drain().is_none());
    let removed = |topic: &'static str| Fact::SubscriptionRemoved { topic };
    assert!(world.facts.contains(&removed("order.created")));
    assert_eq!(
        (world.shop.subscriptions(), world.get("/v1/webhooks").body),
        (0, json!({"webhooks": []}))
    );
    for number in 0..25 {
        let url = format!("http://engine.example/{number}");
        let made = world.post(
            "/v1/webhooks",
            &json!({"url": url, "topics": ["order.created"]}),
        );
        assert_eq!(made.status, if number < 20 { 201 } else { 409 });
    }
}
