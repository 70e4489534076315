//! Units taken out of an order before it ships.

use serde_json::{Value, json};

use super::Bench;
use super::webhooks::CREATE;
use crate::core::{
    ActOutcome, Cause, Fact, ListingIndex, OrderRef, Party, Removal, RemovalKind, Storefront,
};

const READ: &str = "{ order(id: \"gid://shopify/Order/5001000000001\") { displayFinancialStatus
  lineItems(first: 5) { nodes { quantity currentQuantity } }
  fulfillmentOrders(first: 5) { nodes { lineItems(first: 5) { nodes { totalQuantity remainingQuantity } } } } } }";

fn subscribe(bench: &mut Bench, topic: &str) {
    let input = json!({"uri": "http://hook.test/x"});
    let answer = bench.graphql(CREATE, json!({"topic": topic, "input": input}));
    let errors = &answer["data"]["webhookSubscriptionCreate"]["userErrors"];
    assert_eq!(errors, &json!([]), "{answer}");
}

fn remove(bench: &mut Bench, units: u32, kind: RemovalKind, restock: bool) -> ActOutcome {
    let removal = Removal {
        line: 0,
        units,
        kind,
        restock,
    };
    let outcome = bench.shop.remove_units(bench.now, OrderRef(0), removal);
    bench.run_until(bench.now);
    bench.drain();
    outcome
}

/// Ordered and current quantity, then what the fulfillment order still has of the line.
fn shown(bench: &mut Bench) -> (Value, Value, Value) {
    let order = bench.graphql(READ, json!({}))["data"]["order"].clone();
    let line = &order["lineItems"]["nodes"][0];
    let assigned = &order["fulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0];
    (
        line["quantity"].clone(),
        line["currentQuantity"].clone(),
        assigned["remainingQuantity"].clone(),
    )
}

#[test]
fn an_edit_takes_units_out_and_tells_the_difference_alone() {
    let mut bench = Bench::ideal();
    subscribe(&mut bench, "ORDERS_EDITED");
    bench.checkout(&[(0, 5)]);
    bench.facts.clear();
    assert_eq!(
        remove(&mut bench, 2, RemovalKind::Edit, true),
        ActOutcome::Done
    );
    assert_eq!(shown(&mut bench), (json!(5), json!(3), json!(3)));
    assert_eq!(bench.displayed(0), 7);
    let removed = Fact::UnitsRemoved {
        order: OrderRef(0),
        listing: ListingIndex(0),
        units: 2,
        by: Party::Seller,
        restocked: true,
    };
    assert_eq!(bench.facts.first(), Some(&removed));
    assert_eq!(
        bench.displayed_facts(),
        [(5, 7, Cause::Removed(OrderRef(0)))]
    );
    let body: Value = serde_json::from_slice(bench.deliveries[0].2.body()).unwrap();
    assert_eq!(
        body["order_edit"]["line_items"],
        json!({"additions": [], "removals": [{"id": 6_001_000_000_001u64, "delta": 2}]})
    );
}

#[test]
fn units_come_back_on_sale_only_where_the_staff_say_so() {
    let mut bench = Bench::ideal();
    subscribe(&mut bench, "REFUNDS_CREATE");
    bench.checkout(&[(0, 5)]);
    assert_eq!(
        remove(&mut bench, 1, RemovalKind::Refund, false),
        ActOutcome::Done
    );
    assert_eq!((bench.displayed(0), shown(&mut bench).1), (5, json!(4)));
    let body: Value = serde_json::from_slice(bench.deliveries[0].2.body()).unwrap();
    assert_eq!(body["refund_line_items"][0]["restock_type"], "no_restock");
    assert_eq!(
        remove(&mut bench, 1, RemovalKind::Edit, false),
        ActOutcome::Done
    );
    assert_eq!((bench.displayed(0), shown(&mut bench).1), (5, json!(3)));
    assert_eq!(
        remove(&mut bench, 1, RemovalKind::BuyerRequest, false),
        ActOutcome::Done
    );
    assert_eq!(bench.displayed(0), 6, "as when a buyer cancels it all");
    assert!(matches!(
        remove(&mut bench, 3, RemovalKind::Edit, true),
        ActOutcome::Refused(_)
    ));
    let cancelled = bench.shop.cancel_by_buyer(bench.now, OrderRef(0));
    bench.drain();
    assert_eq!(cancelled, ActOutcome::Done);
    assert_eq!(
        bench.displayed(0),
        8,
        "the two that were left, no unit twice"
    );
}

#[test]
fn an_order_with_nothing_left_to_ship_says_so_from_2026_10_on() {
    let mut bench = Bench::ideal();
    let status = |bench: &mut Bench, order: u64| {
        let query = format!(
            "{{ order(id: \"gid://shopify/Order/{}\") {{ displayFulfillmentStatus }} }}",
            5_001_000_000_001u64 + order
        );
        ["2026-07", "2026-10"].map(|version| {
            let answer = bench.graphql_in(version, &query, json!({}));
            answer["data"]["order"]["displayFulfillmentStatus"].clone()
        })
    };
    let nothing = [json!("UNFULFILLED"), json!("FULFILLMENT_NOT_REQUIRED")];
    bench.checkout(&[(0, 3)]);
    remove(&mut bench, 2, RemovalKind::Edit, true);
    assert_eq!(status(&mut bench, 0), ["UNFULFILLED", "UNFULFILLED"]);
    remove(&mut bench, 1, RemovalKind::Refund, true);
    assert_eq!(status(&mut bench, 0), nothing);

    bench.checkout(&[(1, 2)]);
    let cancel = "mutation { orderCancel(orderId: \"gid://shopify/Order/5001000000002\", reason: OTHER, restock: true) { orderCancelUserErrors { code } } }";
    let answer = bench.graphql_in("2026-10", cancel, json!({}));
    assert_eq!(
        answer["data"]["orderCancel"]["orderCancelUserErrors"],
        json!([]),
        "{answer}"
    );
    bench.run_until(bench.now);
    assert_eq!(status(&mut bench, 1), nothing);

    // What has left is shipped.
    bench.checkout(&[(2, 2)]);
    let ship = "mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000003\" }] }) { userErrors { message } } }";
    let answer = bench.graphql(ship, json!({}));
    assert_eq!(
        answer["data"]["fulfillmentCreate"]["userErrors"],
        json!([]),
        "{answer}"
    );
    assert_eq!(status(&mut bench, 2), ["FULFILLED", "FULFILLED"]);
}
