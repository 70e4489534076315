//! Parts of orders that are cancelled while the rest goes on.

use super::*;
use crate::core::{ActOutcome, Cause, Party, Removal, RemovalKind};

const HOUR: Micros = Micros::from_secs(3_600);

fn removal(line: usize, units: u32, kind: RemovalKind) -> Removal {
    Removal {
        line,
        units,
        kind,
        restock: false,
    }
}

#[test]
fn a_part_is_cancelled_line_by_line_and_the_rest_ships() {
    let mut world = World::ideal("");
    world.shop.open_with(ListingIndex(1), 10);
    world.subscribe("CANCELLATION_STATUS_CHANGE");
    let order = world.buy(&[(0, 2), (1, 1)]);
    let edit = removal(0, 1, RemovalKind::Edit);
    assert!(matches!(
        world.shop.remove_units(world.now, order, edit),
        ActOutcome::Refused(_)
    ));
    let refund = removal(0, 1, RemovalKind::Refund);
    world.run_for(Micros::from_secs(60));
    assert_eq!(
        world.shop.remove_units(world.now, order, refund),
        ActOutcome::Done
    );
    world.drain();
    assert!(world.facts.ends_with(&[
        Fact::UnitsRemoved {
            order,
            listing: ListingIndex(0),
            units: 1,
            by: Party::Seller,
            restocked: true,
        },
        Fact::Displayed {
            listing: ListingIndex(0),
            from: 8,
            to: 9,
            cause: Cause::Removed(order)
        },
    ]));
    let id = world.shop.native_order_id(order);
    let shown = world.get("/order/202507/orders", &format!("ids={id}"));
    let shown = &shown.data()["orders"][0];
    assert_eq!(shown["status"], "AWAITING_SHIPMENT");
    assert_eq!(shown["update_time"], world.seconds(), "searches find it");
    let lines: Vec<&str> = shown["line_items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["display_status"].as_str().unwrap())
        .collect();
    assert_eq!(
        lines,
        ["CANCELLED", "AWAITING_SHIPMENT", "AWAITING_SHIPMENT"]
    );
    assert_eq!(world.ship(order).code(), 0);
    assert_eq!(
        world.order_status(order),
        "AWAITING_COLLECTION",
        "no unit waits"
    );
    assert!(matches!(
        world
            .facts
            .iter()
            .rev()
            .find(|it| matches!(it, Fact::FulfillmentConfirmed { .. })),
        Some(Fact::FulfillmentConfirmed {
            units: 2,
            complete: true,
            ..
        })
    ));
    let back = world.shop.return_units(world.now, order, 0, 2, false);
    assert!(matches!(back, ActOutcome::Refused(_)), "one never left");
    world.run_for(Micros::from_secs(1));
    let told = world.receive(DeliveryOutcome::Answered(200));
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_buyer_asks_for_a_part_after_the_hold_and_the_whole_order_gives_the_rest_free() {
    let mut world = World::ideal("[orders]\nhold = \"1h\"\ncancel_auto_approve = \"24h\"");
    let order = world.buy(&[(0, 4)]);
    let wish = removal(0, 1, RemovalKind::BuyerRequest);
    assert_eq!(
        world.shop.remove_units(world.now, order, wish),
        ActOutcome::Done
    );
    world.drain();
    assert_eq!(world.displayed(0), 7, "at once within the hold");
    world.run_until(HOUR);
    assert_eq!(
        world.shop.remove_units(world.now, order, wish),
        ActOutcome::Done
    );
    world.drain();
    assert_eq!(world.displayed(0), 7, "a request alone frees nothing");
    assert!(matches!(
        world.shop.remove_units(world.now, order, wish),
        ActOutcome::Refused(_)
    ));
    world.run_until(Micros::from_secs(25 * 3_600));
    assert_eq!(world.displayed(0), 8, "approved");
    assert_eq!(
        world.shop.cancel_by_seller(world.now, order),
        ActOutcome::Done
    );
    world.drain();
    assert_eq!(world.displayed(0), 10, "the other two, and no unit twice");
}

#[test]
fn line_items_are_cancelled_through_the_api_where_a_part_may_be() {
    for (up_front, code) in [(false, 0), (true, 25_001_002)] {
        let mut world = World::ideal(&format!("[orders]\npackages_up_front = {up_front}"));
        let order = world.buy(&[(0, 3)]);
        let id = world.shop.native_order_id(order);
        let shown = world.get("/order/202507/orders", &format!("ids={id}"));
        let line = shown.data()["orders"][0]["line_items"][1]["id"].clone();
        let body = serde_json::json!({"order_id": id, "cancel_reason": "out of stock",
            "order_line_item_ids": [line]})
        .to_string();
        let path = "/return_refund/202602/cancellations";
        assert_eq!(world.post(path, "", &body).code(), code);
        assert_eq!(world.displayed(0), if up_front { 7 } else { 8 });
        let again = world.post(path, "", &body).code();
        assert_ne!(again, 0, "the line does not wait any more, or never may be");
        let refund = removal(0, 1, RemovalKind::Refund);
        let outcome = world.shop.remove_units(world.now, order, refund);
        assert_eq!(outcome == ActOutcome::Done, !up_front, "the same rule");
    }
}

/// A line item without an id names nothing, and must not stand for the whole order.
#[test]
fn a_line_item_without_an_id_cancels_nothing() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 2)]);
    let id = format!("57646000000000000{}", order.0 + 1);
    let body = format!(
        r#"{{"order_id":"{id}","cancel_reason":"seller_cancel_reason_out_of_stock","order_line_list":[{{}}]}}"#
    );
    let answer = world.post("/return_refund/202602/cancellations", "", &body);
    assert_eq!(answer.code(), 36_009_004);
    let text = "OrderLineItemId of OrderLineList is a required field and has not been provided.";
    assert_eq!(answer.message(), text);
    let detail = world.get("/order/202507/orders", &format!("ids={id}"));
    assert_ne!(detail.data()["orders"][0]["status"], "CANCELLED");
}
