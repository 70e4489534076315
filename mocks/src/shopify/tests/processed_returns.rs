//! Refunds of units that a return has processed: no unit leaves the order, or goes on sale, twice (docs/platforms/shopify.md 3.6).

use serde_json::{Value, json};

use super::Bench;
use super::rest::body;

const ORDER: &str = "gid://shopify/Order/5001000000001";
const LINE: &str = "gid://shopify/LineItem/6001000000001";
const BERLIN: &str = "gid://shopify/Location/1101000000001";

fn ask(bench: &mut Bench, query: &str, variables: Value) -> Value {
    let answer = bench.graphql(query, variables);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let it = answer["data"]["it"].clone();
    assert_eq!(it["userErrors"], json!([]), "{answer}");
    it
}

/// An order of `ordered` units, of which `shipped` have left and `processed` have come back by a return: the answer that
/// made the return.
fn processed(bench: &mut Bench, ordered: u32, shipped: u32, processed: u32) -> Value {
    bench.checkout(&[(0, ordered)]);
    let row = json!({ "id": "gid://shopify/FulfillmentOrderLineItem/19701000000001", "quantity": shipped });
    let group = json!({ "fulfillmentOrderId": "gid://shopify/FulfillmentOrder/9701000000001", "fulfillmentOrderLineItems": [row] });
    ask(
        bench,
        "mutation($it: FulfillmentInput!) { it: fulfillmentCreate(fulfillment: $it) { userErrors { message } } }",
        json!({ "it": { "lineItemsByFulfillmentOrder": [group] } }),
    );
    let row = json!({ "fulfillmentLineItemId": "gid://shopify/FulfillmentLineItem/17401000000001", "quantity": processed, "returnReason": "OTHER" });
    let made = ask(
        bench,
        "mutation($it: ReturnInput!) { it: returnCreate(returnInput: $it) { return { id returnLineItems(first: 1) { nodes { id } } reverseFulfillmentOrders(first: 1) { nodes { lineItems(first: 1) { nodes { id } } } } } userErrors { message } } }",
        json!({ "it": { "orderId": ORDER, "returnLineItems": [row] } }),
    );
    let row =
        json!({ "id": made["return"]["returnLineItems"]["nodes"][0]["id"], "quantity": processed });
    ask(
        bench,
        "mutation($it: ReturnProcessInput!) { it: returnProcess(input: $it) { userErrors { message } } }",
        json!({ "it": { "returnId": made["return"]["id"], "returnLineItems": [row] } }),
    );
    made
}

fn restock(bench: &mut Bench, made: &Value, quantity: u32) {
    let reverse = &made["return"]["reverseFulfillmentOrders"]["nodes"][0];
    let line = &reverse["lineItems"]["nodes"][0]["id"];
    let row = json!({ "reverseFulfillmentOrderLineItemId": line, "quantity": quantity, "dispositionType": "RESTOCKED", "locationId": BERLIN });
    ask(
        bench,
        "mutation($rows: [ReverseFulfillmentOrderDisposeInput!]!) { it: reverseFulfillmentOrderDispose(dispositionInputs: $rows) { userErrors { message } } }",
        json!({ "rows": [row] }),
    );
}

fn refund(bench: &mut Bench, key: &str, quantity: u32, restock: &str, amount: &str) -> Value {
    let row = json!({ "lineItemId": LINE, "quantity": quantity, "restockType": restock });
    let paid = json!({ "orderId": ORDER, "kind": "REFUND", "gateway": "shopify_payments", "amount": amount });
    let answer = bench.graphql(
        "mutation($it: RefundInput!, $key: String!) { it: refundCreate(input: $it) @idempotent(key: $key) { refund { id } userErrors { message } } }",
        json!({ "it": { "orderId": ORDER, "refundLineItems": [row], "transactions": [paid] }, "key": key }),
    );
    answer["data"]["it"]["userErrors"].clone()
}

/// Ordered, current and unfulfilled units of the line, and what can be refunded of it.
fn line(bench: &mut Bench) -> (u64, u64, u64, u64) {
    let shown = bench.graphql(
        "query($id: ID!) { node(id: $id) { ... on LineItem { quantity currentQuantity unfulfilledQuantity refundableQuantity } } }",
        json!({ "id": LINE }),
    );
    let number = |name: &str| shown["data"]["node"][name].as_u64().unwrap();
    (
        number("quantity"),
        number("currentQuantity"),
        number("unfulfilledQuantity"),
        number("refundableQuantity"),
    )
}

#[test]
fn a_refund_pays_for_processed_units_and_takes_nothing_else_out_of_the_order() {
    for (restock_type, displayed) in [("RETURN", 5), ("NO_RESTOCK", 5)] {
        let mut bench = Bench::ideal();
        let made = processed(&mut bench, 6, 3, 1);
        restock(&mut bench, &made, 1);
        assert_eq!((bench.displayed(0), line(&mut bench)), (5, (6, 5, 3, 6)));
        let committed = bench.shop.store.state.stock.level(0, 0).committed;
        assert_eq!(refund(&mut bench, "a", 1, restock_type, "23.49"), json!([]));
        assert_eq!(line(&mut bench), (6, 5, 3, 5), "{restock_type}");
        assert_eq!(bench.displayed(0), displayed, "one unit is on sale once");
        let level = bench.shop.store.state.stock.level(0, 0);
        assert_eq!(level.committed, committed, "what waits goes on waiting");
        let id = &made["return"]["returnLineItems"]["nodes"][0]["id"];
        let shown = bench.graphql(
            "query($id: ID!) { node(id: $id) { ... on ReturnLineItem { refundedQuantity refundableQuantity } } }",
            json!({ "id": id }),
        );
        assert_eq!(
            shown["data"]["node"],
            json!({ "refundedQuantity": 1, "refundableQuantity": 0 })
        );
    }
}

#[test]
fn a_refund_with_return_restocks_what_no_disposition_has() {
    let mut bench = Bench::ideal();
    let made = processed(&mut bench, 3, 3, 2);
    assert_eq!((bench.displayed(0), line(&mut bench)), (7, (3, 1, 0, 3)));
    assert_eq!(refund(&mut bench, "a", 2, "RETURN", "46.98"), json!([]));
    assert_eq!((bench.displayed(0), line(&mut bench)), (9, (3, 1, 0, 1)));
    restock(&mut bench, &made, 2);
    assert_eq!(bench.displayed(0), 9, "the refund has put them back");
    assert_eq!(refund(&mut bench, "b", 1, "RETURN", "23.49"), json!([]));
    assert_eq!((bench.displayed(0), line(&mut bench)), (10, (3, 0, 0, 0)));
    let beyond = refund(&mut bench, "c", 1, "NO_RESTOCK", "0.00");
    assert_eq!(
        beyond[0]["message"],
        "Quantity cannot refund more items than were purchased"
    );
}

#[test]
fn all_of_an_order_can_be_refunded_after_all_of_it_was_processed() {
    let mut bench = Bench::ideal();
    processed(&mut bench, 4, 4, 4);
    assert_eq!(line(&mut bench), (4, 0, 0, 4));
    assert_eq!(refund(&mut bench, "a", 4, "NO_RESTOCK", "93.96"), json!([]));
    assert_eq!((bench.displayed(0), line(&mut bench)), (6, (4, 0, 0, 0)));
}

/// An open return whose units a refund pays for before they are processed: processing takes them out no second time.
#[test]
fn processing_after_a_refund_means_the_same_units() {
    let mut bench = Bench::ideal();
    let made = processed(&mut bench, 5, 4, 1);
    let row = json!({ "fulfillmentLineItemId": "gid://shopify/FulfillmentLineItem/17401000000001", "quantity": 2, "returnReason": "OTHER" });
    let second = ask(
        &mut bench,
        "mutation($it: ReturnInput!) { it: returnCreate(returnInput: $it) { return { id returnLineItems(first: 1) { nodes { id } } } userErrors { message } } }",
        json!({ "it": { "orderId": ORDER, "returnLineItems": [row] } }),
    );
    restock(&mut bench, &made, 1);
    // One is processed, two are to come, one stays with the buyer, one waits.
    assert_eq!(line(&mut bench), (5, 4, 1, 5));
    assert_eq!(refund(&mut bench, "a", 3, "RETURN", "70.47"), json!([]));
    assert_eq!((bench.displayed(0), line(&mut bench)), (8, (5, 2, 1, 2)));
    let row = json!({ "id": second["return"]["returnLineItems"]["nodes"][0]["id"], "quantity": 2 });
    ask(
        &mut bench,
        "mutation($it: ReturnProcessInput!) { it: returnProcess(input: $it) { userErrors { message } } }",
        json!({ "it": { "returnId": second["return"]["id"], "returnLineItems": [row] } }),
    );
    assert_eq!((bench.displayed(0), line(&mut bench)), (8, (5, 2, 1, 2)));
}

#[test]
fn an_order_shows_its_returns_in_rest_and_webhooks_too() {
    let mut bench = Bench::ideal();
    processed(&mut bench, 2, 2, 2);
    let shown = bench.rest(
        "GET",
        "orders/5001000000001.json?fields=returns",
        Value::Null,
    );
    let returns = &body(&shown)["order"]["returns"];
    assert_eq!(returns[0]["name"], "#1001-R1");
    assert_eq!(returns[0]["status"], "open");
    assert_eq!(returns[0]["return_line_items"][0]["quantity"], 2);
    assert_eq!(
        returns[0]["return_line_items"][0]["line_item_id"],
        6_001_000_000_001_u64
    );
}
