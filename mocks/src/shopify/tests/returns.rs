//! Returns that apps keep.

use serde_json::{Value, json};

use super::Bench;
use crate::core::{Cause, OrderRef};

const ORDER: &str = "gid://shopify/Order/5001000000001";
const RETURN: &str = "return { id name status totalQuantity closedAt decline { reason note }
  returnLineItems(first: 5) { nodes { id quantity processedQuantity unprocessedQuantity ... on ReturnLineItem { returnReason fulfillmentLineItem { id } } } }
  reverseFulfillmentOrders(first: 5) { nodes { id status lineItems(first: 5) { nodes { id totalQuantity dispositions { type quantity location { id } } } } } } }
  userErrors { code field message }";

/// A shop whose first order, of three units, has shipped.
fn shipped() -> Bench {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 3)]);
    let answer = bench.graphql(
        "mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000001\" }] }) { userErrors { message } } }",
        json!({}),
    );
    let refusals = &answer["data"]["fulfillmentCreate"]["userErrors"];
    assert_eq!(*refusals, json!([]));
    bench
}

fn run(bench: &mut Bench, call: &str, variables: Value, declared: &str) -> Value {
    let query = format!("mutation({declared}) {{ it: {call} {{ {RETURN} }} }}");
    let answer = bench.graphql(&query, variables);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

fn ask(bench: &mut Bench, quantity: i64) -> Value {
    let line = json!({ "fulfillmentLineItemId": "gid://shopify/FulfillmentLineItem/17401000000001", "quantity": quantity, "returnReason": "DEFECTIVE" });
    let input = json!({ "orderId": ORDER, "returnLineItems": [line] });
    run(
        bench,
        "returnRequest(input: $input)",
        json!({ "input": input }),
        "$input: ReturnRequestInput!",
    )
}

fn by_id(bench: &mut Bench, mutation: &str, id: &Value) -> Value {
    run(
        bench,
        &format!("{mutation}(id: $id)"),
        json!({ "id": id }),
        "$id: ID!",
    )
}

fn approve(bench: &mut Bench, id: &Value) -> Value {
    run(
        bench,
        "returnApproveRequest(input: { id: $id })",
        json!({ "id": id }),
        "$id: ID!",
    )
}

fn message(done: &Value) -> &str {
    done["userErrors"][0]["message"].as_str().unwrap_or("")
}

#[test]
fn a_return_goes_through_its_states_and_no_other_way() {
    let mut bench = shipped();
    let asked = ask(&mut bench, 2);
    let id = asked["return"]["id"].clone();
    assert_eq!(asked["return"]["name"], "#1001-R1");
    assert_eq!(asked["return"]["status"], "REQUESTED");
    assert_eq!(
        asked["return"]["reverseFulfillmentOrders"]["nodes"],
        json!([])
    );
    let line = &asked["return"]["returnLineItems"]["nodes"][0];
    assert_eq!(
        (&line["returnReason"], &line["unprocessedQuantity"]),
        (&json!("DEFECTIVE"), &json!(2))
    );
    // What is in one return is not free for another.
    let beyond = ask(&mut bench, 2);
    assert_eq!(
        beyond["userErrors"][0]["field"],
        json!(["input", "returnLineItems", "0", "quantity"])
    );
    for mutation in ["returnClose", "returnReopen"] {
        let refused = by_id(&mut bench, mutation, &id);
        assert_eq!(refused["userErrors"][0]["code"], "INVALID_STATE");
        assert_eq!(message(&refused), "Return status is invalid.");
    }
    let status = |bench: &mut Bench| {
        let read = bench.graphql(
            "query($id: ID!) { order(id: $id) { returnStatus returns(first: 5) { nodes { status } } } }",
            json!({ "id": ORDER }),
        );
        read["data"]["order"]["returnStatus"].clone()
    };
    assert_eq!(status(&mut bench), "RETURN_REQUESTED");
    let approved = approve(&mut bench, &id);
    assert_eq!(approved["return"]["status"], "OPEN");
    let coming = &approved["return"]["reverseFulfillmentOrders"]["nodes"][0];
    assert_eq!(coming["lineItems"]["nodes"][0]["totalQuantity"], 2);
    assert_eq!(status(&mut bench), "IN_PROGRESS");
    assert_eq!(
        approve(&mut bench, &id)["userErrors"][0]["field"],
        json!(["input", "id"])
    );
    let closed = by_id(&mut bench, "returnClose", &id);
    assert_eq!(closed["return"]["status"], "CLOSED");
    assert_ne!(closed["return"]["closedAt"], Value::Null);
    assert_eq!(by_id(&mut bench, "returnClose", &id), closed, "once more");
    let removed = run(
        &mut bench,
        "removeFromReturn(returnId: $id, returnLineItems: [])",
        json!({ "id": id }),
        "$id: ID!",
    );
    assert_eq!(message(&removed), "Return status is invalid.");
    let reopened = by_id(&mut bench, "returnReopen", &id);
    assert_eq!(reopened["return"]["closedAt"], Value::Null);
    let cancelled = by_id(&mut bench, "returnCancel", &id);
    assert_eq!(cancelled["return"]["status"], "CANCELED");
    // Its units are free again, and a wish for them can be declined once.
    let other = ask(&mut bench, 3)["return"]["id"].clone();
    let decline = "returnDeclineRequest(input: { id: $id, declineReason: FINAL_SALE, declineNote: \"sold as seen\" })";
    let declined = run(&mut bench, decline, json!({ "id": other }), "$id: ID!");
    assert_eq!(
        declined["return"]["decline"],
        json!({ "reason": "FINAL_SALE", "note": "sold as seen" })
    );
    let again = run(&mut bench, decline, json!({ "id": other }), "$id: ID!");
    assert_eq!(message(&again), "The return is already declined.");
    let unknown = json!("gid://shopify/Return/15265000009999");
    assert_eq!(
        by_id(&mut bench, "returnCancel", &unknown)["userErrors"][0]["code"],
        "NOT_FOUND"
    );
}

#[test]
fn processed_units_leave_the_order_and_only_restocked_ones_are_on_sale() {
    let mut bench = shipped();
    assert_eq!(bench.displayed(0), 7);
    let asked = ask(&mut bench, 3);
    let (id, line) = (
        asked["return"]["id"].clone(),
        asked["return"]["returnLineItems"]["nodes"][0]["id"].clone(),
    );
    let opened = approve(&mut bench, &id);
    let coming = &opened["return"]["reverseFulfillmentOrders"]["nodes"][0];
    let coming = coming["lineItems"]["nodes"][0]["id"].clone();
    let process = |bench: &mut Bench, quantity: i64, dispositions: Value| {
        let row = json!({ "id": line, "quantity": quantity, "dispositions": dispositions });
        let input = json!({ "returnId": id, "returnLineItems": [row] });
        run(
            bench,
            "returnProcess(input: $input)",
            json!({ "input": input }),
            "$input: ReturnProcessInput!",
        )
    };
    let lyon = "gid://shopify/Location/1101000000002";
    let restocked = json!([{ "reverseFulfillmentOrderLineItemId": coming, "dispositionType": "RESTOCKED", "quantity": 1, "locationId": lyon }]);
    let done = process(&mut bench, 2, restocked);
    assert_eq!(done["userErrors"], json!([]), "{done}");
    assert_eq!(done["return"]["status"], "OPEN");
    assert_eq!(
        done["return"]["returnLineItems"]["nodes"][0]["unprocessedQuantity"],
        1
    );
    assert_eq!(bench.displayed(0), 8);
    let back = (7, 8, Cause::Returned(OrderRef(0)));
    assert_eq!(bench.displayed_facts().last(), Some(&back));
    let read = bench.graphql(
        "query($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { quantity currentQuantity } } } }",
        json!({ "id": ORDER }),
    );
    assert_eq!(
        read["data"]["order"]["lineItems"]["nodes"][0],
        json!({ "quantity": 3, "currentQuantity": 1 })
    );
    let refused = process(&mut bench, 2, json!([]));
    assert_eq!(
        refused["userErrors"][0]["field"],
        json!(["input", "returnLineItems", "0", "quantity"])
    );
    assert_eq!(
        message(&by_id(&mut bench, "returnCancel", &id)),
        "Return is not cancelable."
    );
    // What became of the others is said afterwards, and no count moves.
    let dispose = |bench: &mut Bench, quantity: i64, location: &str| {
        let row = json!({ "reverseFulfillmentOrderLineItemId": coming, "dispositionType": "NOT_RESTOCKED", "quantity": quantity, "locationId": location });
        let answer = bench.graphql(
            "mutation($rows: [ReverseFulfillmentOrderDisposeInput!]!) { it: reverseFulfillmentOrderDispose(dispositionInputs: $rows) { reverseFulfillmentOrderLineItems { dispositions { type quantity } } userErrors { code field } } }",
            json!({ "rows": [row] }),
        );
        answer["data"]["it"].clone()
    };
    let nowhere = dispose(&mut bench, 3, "gid://shopify/Location/1101000000099");
    assert_eq!(
        nowhere["userErrors"],
        json!([
            { "code": "NOT_FOUND", "field": ["dispositionInputs", "0", "locationId"] },
            { "code": "INVALID", "field": ["dispositionInputs", "0", "quantity"] },
        ])
    );
    let told = dispose(&mut bench, 2, lyon);
    assert_eq!(
        told["reverseFulfillmentOrderLineItems"][0]["dispositions"],
        json!([{ "type": "RESTOCKED", "quantity": 1 }, { "type": "NOT_RESTOCKED", "quantity": 2 }])
    );
    assert_eq!(bench.displayed(0), 8);
}

#[test]
fn a_unit_goes_back_on_sale_once_by_a_disposition_or_by_a_refund() {
    let lyon = "gid://shopify/Location/1101000000002";
    let refund = |bench: &mut Bench, quantity: i64| {
        let row = json!({ "lineItemId": "gid://shopify/LineItem/6001000000001", "quantity": quantity, "restockType": "RETURN", "locationId": lyon });
        let input = json!({ "orderId": ORDER, "refundLineItems": [row], "transactions": [] });
        let answer = bench.graphql(
            "mutation($input: RefundInput!) { it: refundCreate(input: $input) @idempotent(key: \"KEY\") { refund { id } userErrors { message } } }"
                .replace("KEY", &format!("refund-of-{quantity}"))
                .as_str(),
            json!({ "input": input }),
        );
        assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
    };
    let restock = |bench: &mut Bench, coming: &Value, quantity: i64| {
        let row = json!({ "reverseFulfillmentOrderLineItemId": coming, "dispositionType": "RESTOCKED", "quantity": quantity, "locationId": lyon });
        let answer = bench.graphql(
            "mutation($rows: [ReverseFulfillmentOrderDisposeInput!]!) { it: reverseFulfillmentOrderDispose(dispositionInputs: $rows) { userErrors { message } } }",
            json!({ "rows": [row] }),
        );
        assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
    };
    let process = |bench: &mut Bench, asked: &Value, quantity: i64| {
        let line = &asked["return"]["returnLineItems"]["nodes"][0]["id"];
        let input = json!({ "returnId": asked["return"]["id"], "returnLineItems": [{ "id": line, "quantity": quantity }] });
        let done = run(
            bench,
            "returnProcess(input: $input)",
            json!({ "input": input }),
            "$input: ReturnProcessInput!",
        );
        assert_eq!(done["userErrors"], json!([]), "{done}");
    };
    let coming = |bench: &mut Bench, asked: &Value| {
        let opened = approve(bench, &asked["return"]["id"]);
        opened["return"]["reverseFulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]["id"]
            .clone()
    };
    // Two are restocked, and then refunded: the third alone comes back by a refund.
    let mut bench = shipped();
    let asked = ask(&mut bench, 3);
    let reverse = coming(&mut bench, &asked);
    restock(&mut bench, &reverse, 2);
    assert_eq!(bench.displayed(0), 9);
    refund(&mut bench, 2);
    assert_eq!(bench.displayed(0), 9, "they were on sale already");
    refund(&mut bench, 1);
    assert_eq!(bench.displayed(0), 10);
    // What has been refunded is neither processed out of the order nor put on sale once more.
    process(&mut bench, &asked, 3);
    restock(&mut bench, &reverse, 1);
    assert_eq!(bench.displayed(0), 10);
    let line = &bench.shop.store.state.lines[0];
    assert_eq!((line.returned, line.current_quantity), (3, 0));

    // Restocked ahead and then processed, two are out of the order: a refund pays for these first, and of three it brings
    // the third.
    let mut bench = shipped();
    let asked = ask(&mut bench, 3);
    let reverse = coming(&mut bench, &asked);
    restock(&mut bench, &reverse, 2);
    process(&mut bench, &asked, 2);
    refund(&mut bench, 1);
    assert_eq!(bench.displayed(0), 9, "one of the processed ones");
    refund(&mut bench, 2);
    assert_eq!(bench.displayed(0), 10);
    restock(&mut bench, &reverse, 1);
    assert_eq!(bench.displayed(0), 10, "the refund brought it");
}

#[test]
fn notes_of_returns_have_their_lengths() {
    let mut bench = shipped();
    let line = |note: &str, letters: usize| json!({ "orderId": ORDER, "returnLineItems": [{ "fulfillmentLineItemId": "gid://shopify/FulfillmentLineItem/17401000000001", "quantity": 1, "returnReason": "OTHER", note: "n".repeat(letters) }] });
    let mut made = |call: &str, ty: &str, input: Value| {
        let done = run(
            &mut bench,
            call,
            json!({ "input": input }),
            &format!("$input: {ty}!"),
        );
        (done["userErrors"].clone(), done["return"]["id"].clone())
    };
    let refused = |field: Value, words: &str| json!([{ "code": "TOO_LONG", "field": field, "message": words }]);
    let create = ("returnCreate(returnInput: $input)", "ReturnInput");
    let ask = ("returnRequest(input: $input)", "ReturnRequestInput");
    let (errors, _) = made(create.0, create.1, line("returnReasonNote", 256));
    let place = json!(["returnInput", "returnLineItems", "0", "returnReasonNote"]);
    let words = "Return reason note is too long (maximum is 255 characters)";
    assert_eq!(errors, refused(place, words));
    assert_eq!(
        made(create.0, create.1, line("returnReasonNote", 255)).0,
        json!([])
    );
    let (errors, _) = made(ask.0, ask.1, line("customerNote", 301));
    let place = json!(["input", "returnLineItems", "0", "customerNote"]);
    assert_eq!(
        errors,
        refused(
            place,
            "Customer note is too long (maximum is 300 characters)"
        )
    );
    let (errors, id) = made(ask.0, ask.1, line("customerNote", 300));
    assert_eq!(errors, json!([]));
    let decline = (
        "returnDeclineRequest(input: $input)",
        "ReturnDeclineRequestInput",
    );
    let no = |letters: usize| json!({ "id": id, "declineReason": "OTHER", "declineNote": "n".repeat(letters) });
    let (errors, _) = made(decline.0, decline.1, no(501));
    let place = json!(["input", "declineNote"]);
    assert_eq!(
        errors,
        refused(
            place,
            "Decline note is too long (maximum is 500 characters)"
        )
    );
    assert_eq!(made(decline.0, decline.1, no(500)).0, json!([]));
}
