//! Refunds through the API.

use serde_json::{Value, json};

use super::Bench;
use super::rest::body;
use crate::core::{Cause, OrderRef};

const REFUND: &str = "mutation($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
  refund { id note totalRefundedSet { shopMoney { amount } } refundLineItems(first: 5) { nodes { quantity restockType location { id } } } }
  order { id displayFinancialStatus displayFulfillmentStatus } userErrors { field message } } }";
const ORDER: &str = "gid://shopify/Order/5001000000001";
const LINE: &str = "gid://shopify/LineItem/6001000000001";

fn input(rows: Value, amount: &str) -> Value {
    json!({"orderId": ORDER, "note": "damaged", "refundLineItems": rows,
           "transactions": [{"orderId": ORDER, "kind": "REFUND", "gateway": "shopify_payments", "amount": amount}]})
}

fn row(quantity: i64, restock: &str) -> Value {
    json!({"lineItemId": LINE, "quantity": quantity, "restockType": restock})
}

fn refund(bench: &mut Bench, key: &str, input: Value) -> Value {
    let answer = bench.graphql(REFUND, json!({"input": input, "key": key}));
    answer["data"]["refundCreate"].clone()
}

/// Committed units are those that open fulfillment orders still have to ship.
fn check_books(bench: &Bench) {
    let state = &bench.shop.store.state;
    let committed: i64 = (0..2).map(|at| state.stock.level(0, at).committed).sum();
    let lines = state.fulfillment_order_lines.iter();
    let remaining: i64 = lines
        .filter(|line| state.lines[line.line as usize].listing == 0)
        .map(|line| i64::from(line.remaining))
        .sum();
    assert_eq!(committed, remaining);
    let available: i64 = (0..2).map(|at| state.stock.level(0, at).available).sum();
    assert_eq!(available, bench.displayed(0));
}

#[test]
fn unshipped_units_go_back_on_sale_once_however_often_the_key_comes() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let wish = input(json!([row(1, "CANCEL")]), "23.49");
    let first = refund(&mut bench, "a", wish.clone());
    assert_eq!(first["userErrors"], json!([]), "{first}");
    assert_eq!(
        first["order"]["displayFinancialStatus"],
        "PARTIALLY_REFUNDED"
    );
    assert_eq!(first["refund"]["note"], "damaged");
    assert_eq!(
        first["refund"]["totalRefundedSet"]["shopMoney"]["amount"],
        "23.49"
    );
    assert_eq!(
        first["refund"]["refundLineItems"]["nodes"][0]["restockType"],
        "CANCEL"
    );
    assert_eq!(refund(&mut bench, "a", wish), first, "no second effect");
    assert_eq!(bench.displayed(0), 8);
    assert_eq!(
        bench.displayed_facts().last(),
        Some(&(7, 8, Cause::Removed(OrderRef(0))))
    );
    check_books(&bench);
    let other = refund(&mut bench, "a", input(json!([row(2, "CANCEL")]), "1.00"));
    assert_eq!(
        other["userErrors"][0]["message"],
        "The same idempotency key cannot be used with different operation parameters."
    );
    // What is left ships as a whole order.
    let shipped = bench.graphql(
        "mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000001\" }] }) { fulfillment { totalQuantity order { displayFulfillmentStatus } } userErrors { message } } }",
        json!({}),
    );
    let fulfillment = &shipped["data"]["fulfillmentCreate"]["fulfillment"];
    assert_eq!(fulfillment["totalQuantity"], 2);
    assert_eq!(
        fulfillment["order"]["displayFulfillmentStatus"],
        "FULFILLED"
    );
    check_books(&bench);
    // Shipped units come back by a return, to the location named.
    let mut back = row(1, "RETURN");
    back["locationId"] = json!("gid://shopify/Location/1101000000002");
    let returned = refund(&mut bench, "b", input(json!([back]), "23.49"));
    assert_eq!(returned["userErrors"], json!([]), "{returned}");
    assert_eq!(
        bench.displayed_facts().last(),
        Some(&(8, 9, Cause::Returned(OrderRef(0))))
    );
    assert_eq!(bench.shop.store.state.stock.level(0, 1).available, 1);
    check_books(&bench);
}

#[test]
fn units_that_are_not_restocked_leave_the_order_and_nothing_else() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let facts = bench.displayed_facts().len();
    let done = refund(
        &mut bench,
        "a",
        input(json!([row(2, "NO_RESTOCK")]), "46.98"),
    );
    assert_eq!(done["userErrors"], json!([]), "{done}");
    assert_eq!(bench.displayed_facts().len(), facts);
    assert_eq!(bench.shop.store.state.stock.level(0, 0).committed, 1);
    assert!(done["refund"]["refundLineItems"]["nodes"][0]["location"].is_null());
    check_books(&bench);
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_the_key_unused() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let mut message = |rows: Value, amount: &str| {
        let answer = refund(&mut bench, "a", input(rows, amount));
        assert!(answer["refund"].is_null());
        answer["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        message(json!([row(4, "CANCEL")]), "1.00"),
        "Quantity cannot refund more items than were purchased"
    );
    assert_eq!(
        message(json!([row(0, "CANCEL")]), "1.00"),
        "Quantity must be greater than 0"
    );
    assert!(message(json!([]), "70.48").contains("greater than net payment received €70.47"));
    let bare = bench.graphql(
        "mutation($input: RefundInput!) { refundCreate(input: $input) { userErrors { message } } }",
        json!({"input": input(json!([]), "1.00")}),
    );
    assert_eq!(bare["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    assert_eq!(
        refund(&mut bench, "a", input(json!([]), "70.47"))["userErrors"],
        json!([])
    );
}

#[test]
fn transactions_of_a_refund_are_checked_and_the_order_is_shown_beside_the_error() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2)]);
    bench.checkout(&[(1, 1)]);
    let mut refused = |key: &str, changes: Value| {
        let mut wish = input(json!([]), "2.00");
        let transaction = wish["transactions"][0].as_object_mut().unwrap();
        transaction.extend(changes.as_object().unwrap().clone());
        let answer = refund(&mut bench, key, wish);
        assert!(answer["refund"].is_null(), "{answer}");
        assert_eq!(
            answer["order"]["displayFinancialStatus"], "PAID",
            "{answer}"
        );
        answer["userErrors"][0].clone()
    };
    let capture = refused("a", json!({"kind": "CAPTURE"}));
    assert_eq!(
        capture,
        json!({"field": null, "message": "Kind capture is not a valid transaction"})
    );
    // The sale of the other order is no parent of this one's refund.
    let foreign = refused(
        "b",
        json!({"parentId": "gid://shopify/OrderTransaction/1401000000002"}),
    );
    assert_eq!(foreign["field"], json!(["transactions"]), "{foreign}");
    let over = refused("c", json!({"amount": "46.99"}));
    assert_eq!(over["field"], json!(null), "{over}");
    let mut wish = input(json!([]), "2.00");
    wish["transactions"][0]["parentId"] = json!("gid://shopify/OrderTransaction/1401000000001");
    assert_eq!(refund(&mut bench, "d", wish)["userErrors"], json!([]));
}

#[test]
fn units_that_never_left_can_be_returned_and_are_on_sale_again() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let done = refund(&mut bench, "a", input(json!([row(2, "RETURN")]), "46.98"));
    assert_eq!(done["userErrors"], json!([]), "{done}");
    assert_eq!(
        done["refund"]["refundLineItems"]["nodes"][0]["restockType"],
        "RETURN"
    );
    assert_eq!(bench.displayed(0), 9);
    check_books(&bench);
}

#[test]
fn the_rest_twin_books_the_same() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let wish = json!({"refund": {"note": "late", "refund_line_items": [{"line_item_id": 6_001_000_000_001u64, "quantity": 1, "restock_type": "cancel"}],
                      "transactions": [{"kind": "refund", "amount": "23.49"}]}});
    let path = "orders/5001000000001/refunds.json";
    let made = bench.rest("POST", path, wish);
    assert_eq!(made.status(), 201, "{}", body(&made));
    let made = body(&made);
    assert_eq!(made["refund"]["note"], "late");
    assert_eq!(made["refund"]["refund_line_items"][0]["subtotal"], 23.49);
    let listed = body(&bench.rest("GET", path, Value::Null));
    assert_eq!(listed["refunds"], json!([made["refund"]]));
    assert_eq!(bench.displayed(0), 8);
    check_books(&bench);
    let wish = json!({"refund": {"refund_line_items": [{"line_item_id": 6_001_000_000_001u64, "quantity": 3, "restock_type": "cancel"}]}});
    let refused = bench.rest("POST", path, wish);
    assert_eq!(refused.status(), 422);
    assert!(body(&refused)["errors"]["quantity"].is_array());
}
