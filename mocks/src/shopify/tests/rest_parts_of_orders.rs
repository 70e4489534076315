//! What REST has of single orders, fulfillment orders, levels and items beyond lists.

use serde_json::{Value, json};

use super::Bench;
use super::rest::body;

const ORDER: &str = "orders/5001000000001";
const FULFILLMENT_ORDER: &str = "fulfillment_orders/9701000000001";

fn get(bench: &mut Bench, path: &str) -> (u16, Value) {
    let answer = bench.rest("GET", path, Value::Null);
    (answer.status().as_u16(), body(&answer))
}

#[test]
fn a_list_takes_no_page_number_and_no_more_than_fifty_ids() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    for path in ["orders.json?status=any&page=2", "products.json?page=1"] {
        let refused = get(&mut bench, path);
        let text = "page cannot be passed. See https://shopify.dev/api/usage/pagination-rest for more information.";
        assert_eq!(
            refused,
            (400, json!({ "errors": { "page": text } })),
            "{path}"
        );
    }
    let ids = |count: u64| {
        let ids = (0..count).map(|at| (3_001_000_000_001 + at).to_string());
        ids.collect::<Vec<_>>().join(",")
    };
    let many = format!("inventory_levels.json?inventory_item_ids={}", ids(51));
    assert_eq!(get(&mut bench, &many).0, 422);
    let fifty = format!("inventory_levels.json?inventory_item_ids={}", ids(50));
    assert_eq!(get(&mut bench, &fifty).0, 200);
}

#[test]
fn refunds_are_calculated_and_shown_one_by_one_with_their_transactions() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2)]);
    bench.checkout(&[(1, 1)]);
    let row =
        json!({ "line_item_id": 6_001_000_000_001_u64, "quantity": 1, "restock_type": "cancel" });
    let asked = json!({ "refund": { "refund_line_items": [row] } });
    let path = format!("{ORDER}/refunds/calculate.json");
    let calculated = body(&bench.rest("POST", &path, asked))["refund"].clone();
    let suggested = &calculated["transactions"][0];
    assert_eq!(suggested["kind"], "suggested_refund");
    assert_eq!(suggested["amount"], "23.49");
    assert_eq!(suggested["maximum_refundable"], "46.98");
    assert_eq!(calculated["refund_line_items"][0]["subtotal"], "23.49");
    assert_eq!(bench.displayed(0), 8, "nothing has happened");
    // What was calculated is what is refunded.
    let mut paid = suggested.clone();
    paid["kind"] = json!("refund");
    let wish = json!({ "refund": { "refund_line_items": calculated["refund_line_items"], "transactions": [paid] } });
    let made = bench.rest("POST", &format!("{ORDER}/refunds.json"), wish);
    let made = body(&made)["refund"].clone();
    assert_eq!(made["order_adjustments"], json!([]), "{made}");
    let one = get(&mut bench, &format!("{ORDER}/refunds/{}.json", made["id"]));
    assert_eq!(one, (200, json!({ "refund": made })));
    let other = format!("orders/5001000000002/refunds/{}.json", made["id"]);
    assert_eq!(get(&mut bench, &other).0, 404, "of another order");

    let (_, listed) = get(&mut bench, &format!("{ORDER}/transactions.json"));
    let listed = listed["transactions"].as_array().unwrap().clone();
    let kinds: Vec<&Value> = listed.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["sale", "refund"]);
    assert_eq!(listed[1]["parent_id"], listed[0]["id"]);
    assert_eq!(listed[1]["amount"], "23.49");
    let one = format!("{ORDER}/transactions/{}.json", listed[0]["id"]);
    assert_eq!(get(&mut bench, &one).1, json!({ "transaction": listed[0] }));
    let count = get(&mut bench, &format!("{ORDER}/transactions/count.json"));
    assert_eq!(count.1, json!({ "count": 2 }));
}

#[test]
fn fulfillment_orders_are_held_moved_and_shipped_as_by_graphql() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let (_, lyon) = get(
        &mut bench,
        &format!("{FULFILLMENT_ORDER}/locations_for_move.json"),
    );
    assert_eq!(lyon["locations_for_move"][0]["movable"], true);
    let hold = json!({ "fulfillment_hold": { "reason": "inventory_out_of_stock", "reason_notes": "counting" } });
    let path = format!("{FULFILLMENT_ORDER}/hold.json");
    let held = body(&bench.rest("POST", &path, hold));
    assert_eq!(held["fulfillment_order"]["status"], "on_hold");
    assert_eq!(
        held["fulfillment_order"]["fulfillment_holds"][0]["reason"],
        "inventory_out_of_stock"
    );
    let path = format!("{FULFILLMENT_ORDER}/release_hold.json");
    let free = body(&bench.rest("POST", &path, json!({})));
    assert_eq!(free["fulfillment_order"]["status"], "open");
    let row = json!({ "id": 19_701_000_000_001_u64, "quantity": 1 });
    let wish = json!({ "fulfillment_order": { "new_location_id": 1_101_000_000_002_u64, "fulfillment_order_line_items": [row] } });
    let path = format!("{FULFILLMENT_ORDER}/move.json");
    let moved = body(&bench.rest("POST", &path, wish));
    assert_eq!(
        moved["moved_fulfillment_order"]["assigned_location_id"],
        1_101_000_000_002_u64
    );
    assert_eq!(
        moved["remaining_fulfillment_order"]["line_items"][0]["quantity"],
        2
    );
    let nowhere = json!({ "fulfillment_order": { "new_location_id": 7 } });
    let refused = bench.rest("POST", &path, nowhere);
    assert_eq!(
        (refused.status().as_u16(), body(&refused)),
        (422, json!({ "errors": ["Location not found."] }))
    );
    let ship = json!({ "fulfillment": { "line_items_by_fulfillment_order": [{ "fulfillment_order_id": 9_701_000_000_001_u64 }] } });
    let shipped = body(&bench.rest("POST", "fulfillments.json", ship))["fulfillment"].clone();
    let of_order = get(
        &mut bench,
        &format!("{ORDER}/fulfillments/{}.json", shipped["id"]),
    );
    assert_eq!(of_order.1["fulfillment"]["id"], shipped["id"]);
    let (_, listed) = get(
        &mut bench,
        &format!("{FULFILLMENT_ORDER}/fulfillments.json"),
    );
    assert_eq!(listed["fulfillments"][0]["id"], shipped["id"]);
    let other = &moved["moved_fulfillment_order"]["id"];
    let (_, listed) = get(
        &mut bench,
        &format!("fulfillment_orders/{other}/fulfillments.json"),
    );
    assert_eq!(listed["fulfillments"], json!([]));
}

#[test]
fn levels_and_items_are_counted_changed_and_removed() {
    let mut bench = Bench::ideal();
    assert_eq!(
        get(&mut bench, "locations/count.json").1,
        json!({ "count": 2 })
    );
    let (_, here) = get(
        &mut bench,
        "locations/1101000000002/inventory_levels.json?limit=2",
    );
    let here = here["inventory_levels"].as_array().unwrap().clone();
    assert_eq!(here.len(), 2);
    assert!(
        here.iter()
            .all(|it| it["location_id"] == 1_101_000_000_002_u64)
    );
    assert_eq!(get(&mut bench, "locations/9/inventory_levels.json").0, 404);
    let change = json!({ "inventory_item": { "sku": "TEE-BLUE-S", "tracked": true } });
    let changed = bench.rest("PUT", "inventory_items/3001000000001.json", change);
    assert_eq!(body(&changed)["inventory_item"]["sku"], "TEE-BLUE-S");
    let level = "inventory_levels.json?inventory_item_id=3001000000001&location_id=1101000000002";
    let gone = bench.rest("DELETE", level, Value::Null);
    assert_eq!((gone.status().as_u16(), gone.body().len()), (204, 0));
    assert!(!bench.shop.store.state.stock.level(0, 1).is_active);
    assert_eq!(
        bench.rest("DELETE", level, Value::Null).status().as_u16(),
        404
    );
    let last = level.replace("location_id=1101000000002", "location_id=1101000000001");
    assert_eq!(
        bench.rest("DELETE", &last, Value::Null).status().as_u16(),
        422
    );
}
