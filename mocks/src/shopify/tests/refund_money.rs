//! What orders come to after refunds, removals and cancellations (docs/platforms/shopify.md 3.2 and 3.3).

use serde_json::{Value, json};

use super::made_orders::{create, money, paid};
use super::rest::body;
use super::{Bench, ideal};
use crate::core::{Micros, OrderRef, Removal, RemovalKind, Storefront};

const FIRST: &str = "orders/5001000000001";
const ORDER: &str = "gid://shopify/Order/5001000000001";

fn order(bench: &mut Bench) -> Value {
    let shown = bench.rest("GET", &format!("{FIRST}.json"), Value::Null);
    body(&shown)["order"].clone()
}

fn refund(bench: &mut Bench, refund: Value) -> Value {
    let path = format!("{FIRST}/refunds.json");
    let made = bench.rest("POST", &path, json!({ "refund": refund }));
    assert_eq!(made.status().as_u16(), 201, "{}", body(&made));
    body(&made)["refund"].clone()
}

fn current(order: &Value) -> (&str, &str) {
    let text = |name: &str| order[name].as_str().unwrap();
    (text("current_subtotal_price"), text("current_total_price"))
}

fn row(line: u64, quantity: u32) -> Value {
    json!({ "line_item_id": 6_001_000_000_000 + line, "quantity": quantity, "restock_type": "cancel" })
}

#[test]
fn current_prices_follow_the_units_that_are_left() {
    let mut bench = Bench::ideal();
    // Three for 23.49 and one for 10.00.
    bench.checkout(&[(0, 3), (1, 1)]);
    assert_eq!(current(&order(&mut bench)), ("80.47", "80.47"));
    // Two and the other are refunded for less than they cost: what is missing is told, and stays part of the total.
    let made = refund(
        &mut bench,
        json!({ "refund_line_items": [row(1, 2), row(2, 1)], "discrepancy_reason": "damage", "transactions": [{ "kind": "refund", "amount": "50.00" }] }),
    );
    let adjustment = &made["order_adjustments"][0];
    assert_eq!(adjustment["amount"], "6.98");
    assert_eq!(adjustment["kind"], "refund_discrepancy");
    assert_eq!(adjustment["reason"], "Damage");
    assert_eq!(current(&order(&mut bench)), ("23.49", "30.47"));
    // Money alone is paid back beyond any line.
    let made = refund(
        &mut bench,
        json!({ "transactions": [{ "kind": "refund", "amount": "4.00" }] }),
    );
    assert_eq!(made["order_adjustments"][0]["amount"], "-4.00");
    assert_eq!(made["order_adjustments"][0]["reason"], "Refund discrepancy");
    assert_eq!(current(&order(&mut bench)), ("23.49", "26.47"));
    let shown = bench.graphql(
        "query($id: ID!) { order(id: $id) { currentSubtotalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } } refunds(first: 3) { orderAdjustments(first: 2) { nodes { reason amountSet { shopMoney { amount } } } } } } }",
        json!({ "id": ORDER }),
    );
    let shown = &shown["data"]["order"];
    assert_eq!(
        (
            &shown["currentSubtotalPriceSet"]["shopMoney"]["amount"],
            &shown["currentTotalPriceSet"]["shopMoney"]["amount"]
        ),
        (&json!("23.49"), &json!("26.47"))
    );
    let told = |at: usize| &shown["refunds"][at]["orderAdjustments"]["nodes"][0];
    assert_eq!(told(0)["reason"], "DAMAGE");
    assert_eq!(told(0)["amountSet"]["shopMoney"]["amount"], "6.98");
    assert_eq!(told(1)["reason"], "REFUND_DISCREPANCY");
    assert_eq!(told(1)["amountSet"]["shopMoney"]["amount"], "-4.0");
}

#[test]
fn a_refund_of_what_its_lines_cost_and_one_without_money_tell_no_difference() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2), (1, 2)]);
    let exact = json!({ "refund_line_items": [row(1, 1)], "transactions": [{ "kind": "refund", "amount": "23.49" }] });
    assert_eq!(refund(&mut bench, exact)["order_adjustments"], json!([]));
    assert_eq!(current(&order(&mut bench)), ("43.49", "43.49"));
    let nothing = refund(&mut bench, json!({ "refund_line_items": [row(2, 2)] }));
    assert_eq!(nothing["order_adjustments"], json!([]));
    assert_eq!(
        nothing["transactions"],
        json!([]),
        "no money, no transaction"
    );
    assert_eq!(current(&order(&mut bench)), ("23.49", "23.49"));
    // What is owed for it is paid back later by money alone, which is no difference either.
    let later = refund(
        &mut bench,
        json!({ "transactions": [{ "kind": "refund", "amount": "20.00" }] }),
    );
    assert_eq!(later["order_adjustments"], json!([]));
    assert_eq!(current(&order(&mut bench)), ("23.49", "23.49"));
}

#[test]
fn an_edit_lowers_the_current_prices_and_pays_nothing_back() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 3)]);
    let removal = Removal {
        line: 0,
        units: 2,
        kind: RemovalKind::Edit,
        restock: true,
    };
    bench.shop.remove_units(bench.now, OrderRef(0), removal);
    bench.drain();
    let edited = order(&mut bench);
    assert_eq!(current(&edited), ("10.00", "10.00"));
    assert_eq!(edited["financial_status"], "paid");
}

#[test]
fn discounts_taxes_and_shipping_leave_with_their_units() {
    let mut bench = Bench::ideal();
    let lines = json!([{ "title": "Engraving", "quantity": 4, "priceSet": money("10.00") }]);
    let mut wish = paid("SALE", "42.00", lines);
    wish["taxLines"] = json!([{ "title": "VAT", "rate": 0.1, "priceSet": money("4.00") }]);
    wish["discountCode"] =
        json!({ "itemFixedDiscountCode": { "code": "TWO", "amountSet": money("8.00") } });
    wish["shippingLines"] = json!([{ "title": "Post", "priceSet": money("6.00") }]);
    let made = create(&mut bench, wish, "BYPASS");
    assert_eq!(made["userErrors"], json!([]), "{made}");
    let shown = order(&mut bench);
    assert_eq!(current(&shown), ("32.00", "42.00"));
    // One unit with a quarter of the discount and the tax, and half of the shipping.
    let made = refund(
        &mut bench,
        json!({ "refund_line_items": [{ "line_item_id": 6_001_000_000_001_u64, "quantity": 1, "restock_type": "no_restock" }], "shipping": { "amount": "3.00" }, "transactions": [{ "kind": "refund", "amount": "12.00" }] }),
    );
    let adjustments = made["order_adjustments"].as_array().unwrap();
    assert_eq!(adjustments.len(), 1, "{made}");
    assert_eq!(adjustments[0]["kind"], "shipping_refund");
    assert_eq!(adjustments[0]["amount"], "-3.00");
    let shown = order(&mut bench);
    assert_eq!(current(&shown), ("24.00", "30.00"));
    assert_eq!(shown["current_total_tax"], "3.00");
    assert_eq!(shown["current_total_discounts"], "6.00");
    assert_eq!(shown["total_outstanding"], "0.00");
}

fn cancel(bench: &mut Bench, refund: bool) {
    let done = bench.graphql(
        "mutation($id: ID!, $refund: Boolean!) { orderCancel(orderId: $id, reason: STAFF, restock: true, refund: $refund, notifyCustomer: false) { userErrors { message } } }",
        json!({ "id": ORDER, "refund": refund }),
    );
    assert_eq!(
        done["data"]["orderCancel"]["userErrors"],
        json!([]),
        "{done}"
    );
    let end = bench.now + Micros::from_secs(60);
    bench.run_until(end);
}

#[test]
fn cancelling_what_nobody_has_paid_voids_it() {
    let lines = || json!([{ "title": "Engraving", "quantity": 2, "priceSet": money("15.50") }]);
    let authorized = paid("AUTHORIZATION", "31.00", lines());
    let pending = json!({ "lineItems": lines(), "financialStatus": "PENDING" });
    for (wish, is_authorized) in [(authorized, true), (pending, false)] {
        for refund in [true, false] {
            let mut bench = Bench::ideal();
            let made = create(&mut bench, wish.clone(), "BYPASS");
            assert_eq!(made["userErrors"], json!([]), "{made}");
            cancel(&mut bench, refund);
            let shown = order(&mut bench);
            assert_eq!(shown["financial_status"], "voided");
            assert_eq!(shown["total_outstanding"], "0.00");
            assert_eq!(current(&shown), ("0.00", "0.00"));
            assert_eq!(shown["refunds"][0]["transactions"], json!([]));
            assert_eq!(shown["refunds"][0]["refund_line_items"][0]["quantity"], 2);
            let read = bench.graphql(
                "query($id: ID!) { order(id: $id) { displayFinancialStatus fullyPaid totalCapturable transactions { kind } } }",
                json!({ "id": ORDER }),
            );
            let read = &read["data"]["order"];
            assert_eq!(read["displayFinancialStatus"], "VOIDED");
            assert_eq!(read["fullyPaid"], false);
            assert_eq!(read["totalCapturable"], "0.00");
            let kinds = read["transactions"].as_array().unwrap();
            let is_voided = kinds.iter().any(|one| one["kind"] == "VOID");
            assert_eq!(is_voided, is_authorized, "{read}");
        }
    }
    // REST cancels by the same rule.
    let mut bench = Bench::ideal();
    create(
        &mut bench,
        paid("AUTHORIZATION", "31.00", lines()),
        "BYPASS",
    );
    bench.rest("POST", &format!("{FIRST}/cancel.json"), json!({}));
    assert_eq!(order(&mut bench)["financial_status"], "voided");
}

#[test]
fn a_paid_order_that_is_cancelled_without_its_money_comes_to_nothing_and_owes_it() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 2)]);
    cancel(&mut bench, false);
    let shown = order(&mut bench);
    assert_eq!(current(&shown), ("0.00", "0.00"));
    assert_eq!(shown["financial_status"], "paid");
    assert_eq!(
        shown["refunds"][0]["refund_line_items"][0]["restock_type"],
        "cancel"
    );
    assert_eq!(shown["refunds"][0]["transactions"], json!([]));
    let later = refund(
        &mut bench,
        json!({ "transactions": [{ "kind": "refund", "amount": "20.00" }] }),
    );
    assert_eq!(later["order_adjustments"], json!([]));
    assert_eq!(order(&mut bench)["financial_status"], "refunded");
}

#[test]
fn an_order_that_was_refunded_in_full_is_cancelled_without_a_second_refund() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 1)]);
    refund(
        &mut bench,
        json!({ "refund_line_items": [row(1, 1)], "transactions": [{ "kind": "refund", "amount": "10.00" }] }),
    );
    cancel(&mut bench, true);
    let shown = order(&mut bench);
    assert_eq!(shown["refunds"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown["financial_status"], "refunded");
    assert_ne!(shown["cancelled_at"], Value::Null);
}

#[test]
fn a_shop_archives_what_is_paid_and_shipped_if_it_is_set_to() {
    for (setting, is_archived) in [("", false), ("[shop]\narchives_orders = true", true)] {
        let mut bench = Bench::new(ideal(setting));
        bench.shop.open_with(crate::core::ListingIndex(0), 10);
        bench.checkout(&[(0, 1)]);
        let ship = json!({ "fulfillment": { "line_items_by_fulfillment_order": [{ "fulfillment_order_id": 9_701_000_000_001_u64 }] } });
        let shipped = bench.rest("POST", "fulfillments.json", ship);
        assert_eq!(shipped.status().as_u16(), 201);
        assert_eq!(body(&shipped)["fulfillment"]["name"], "#1001.1");
        assert_eq!(order(&mut bench)["closed_at"].is_string(), is_archived);
        let closed = bench.rest("GET", "orders/count.json?status=closed", Value::Null);
        assert_eq!(body(&closed)["count"], u64::from(is_archived));
        // What is opened again stays open.
        bench.graphql(
            "mutation($id: ID!) { orderOpen(input: { id: $id }) { userErrors { message } } }",
            json!({ "id": ORDER }),
        );
        assert_eq!(order(&mut bench)["closed_at"], Value::Null);
        let named = bench.graphql(
            "query($id: ID!) { order(id: $id) { fulfillments(first: 1) { name } } }",
            json!({ "id": ORDER }),
        );
        assert_eq!(named["data"]["order"]["fulfillments"][0]["name"], "#1001.1");
    }
}
