//! Whatever arrives, the emulator answers once and goes on.

use proptest::prelude::*;
use serde_json::json;

use super::Bench;
use crate::core::{Fact, ListingIndex, OrderRef, Request, Storefront};

#[test]
fn a_query_whose_leaves_are_free_does_not_write_without_end() {
    let mut many = super::shop();
    many.listings = (0..250)
        .map(|number| crate::core::ListingSeed {
            sku: format!("SKU-{number}"),
            title: "A title of some length".into(),
            price_cents: 1_000,
        })
        .collect();
    let mut bench = Bench::ideal();
    bench.shop = super::Shopify::new(many, super::ideal(""), super::Credentials::default());
    let leaves = |count: usize| -> String {
        (0..count)
            .map(|number| format!("a{number}: displayName "))
            .collect()
    };
    let ask = |count| {
        format!(
            "{{ productVariants(first: 250) {{ nodes {{ {} }} }} }}",
            leaves(count)
        )
    };
    let small = bench.graphql(&ask(100), json!({}));
    assert_eq!(
        small["data"]["productVariants"]["nodes"][249]["a99"],
        small["data"]["productVariants"]["nodes"][249]["a0"]
    );
    let large = bench.graphql(&ask(4_900), json!({}));
    assert!(
        large["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("answer is too large"),
        "{large:.300}"
    );
    assert!(large.get("data").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_requests_are_answered(
        method in "(GET|POST|PUT|DELETE|PATCH)",
        path in "(/admin/api/2026-07/graphql\\.json|/admin/oauth/access_token|/admin/api/2026-07/(orders|orders/5001000000001|orders/5001000000001/(cancel|refunds)|inventory_levels/(set|adjust)|fulfillments|webhooks|inventory_levels)\\.json[?&=a-z_0-9,%]{0,30}|/bulk_operations/[a-f0-9.-]{0,40}|/admin/[a-z0-9/.-]{0,20}|/[!-~&&[^#]]{0,20})",
        header in proptest::collection::vec(any::<u8>(), 0..20),
        with_token in any::<bool>(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bench = Bench::ideal();
        bench.checkout(&[(0, 2)]);
        let mut request = Request::new(body);
        *request.method_mut() = method.parse().unwrap();
        let Ok(uri) = path.parse() else { return Ok(()) };
        *request.uri_mut() = uri;
        let token = if with_token { bench.token.clone().into_bytes() } else { header };
        if let Ok(token) = http::HeaderValue::from_bytes(&token) {
            request.headers_mut().insert("x-shopify-access-token", token);
        }
        let (_, response) = bench.send(request);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
    }

    #[test]
    fn arbitrary_queries_and_variables_are_answered(
        query in "[{}a-z(): $!\"@\\[\\]0-9]{0,60}",
        variables in "(\\{\"a\":[0-9\\[\\]\"{}]{0,10}\\}|[0-9]{1,4}|null|\\[\\])",
        input in "(null|\\{\\}|\\[1\\]|\"x\"|\\{\"name\":\"available\",\"reason\":\"correction\",\"quantities\":[\\[\\]{}0-9]{0,6}\\})",
    ) {
        let mut bench = Bench::ideal();
        let text = serde_json::to_string(&query).unwrap();
        bench.post("/admin/api/2026-07/graphql.json", format!("{{\"query\":{text},\"variables\":{variables}}}"));
        let set = "mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) @idempotent(key: \\\"k\\\") { userErrors { code } } }";
        let (_, response) = bench.post(
            "/admin/api/2026-07/graphql.json",
            format!("{{\"query\":\"{set}\",\"variables\":{{\"input\":{input}}}}}"),
        );
        prop_assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
    }
}

/// One step of the invariant test below.
#[derive(Clone, Debug)]
enum Step {
    Buy(u32, u32),
    Cancel(u32, bool),
    Ship(u32, u32),
    Return(u32),
    Set(u32, i64),
    SetByRest(u32, i64),
    Refund(u32, u32, bool),
    Move(u32, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3u32, 1..5u32).prop_map(|(listing, units)| Step::Buy(listing, units)),
        (0..6u32, any::<bool>()).prop_map(|(order, by_buyer)| Step::Cancel(order, by_buyer)),
        (0..6u32, 1..4u32).prop_map(|(order, units)| Step::Ship(order, units)),
        (0..6u32).prop_map(Step::Return),
        (0..3u32, 0..20i64).prop_map(|(listing, units)| Step::Set(listing, units)),
        (0..3u32, 0..20i64).prop_map(|(listing, units)| Step::SetByRest(listing, units)),
        (0..6u32, 1..4u32, any::<bool>())
            .prop_map(|(order, units, restock)| Step::Refund(order, units, restock)),
        (0..6u32, 1..4u32).prop_map(|(order, units)| Step::Move(order, units)),
    ]
}

proptest! {
    #[test]
    fn quantities_stay_consistent(steps in proptest::collection::vec(step(), 1..25)) {
        let mut bench = Bench::ideal();
        for step in steps {
            let now = bench.now;
            match step {
                Step::Buy(listing, units) => {
                    bench.try_checkout(&[(listing, units)]);
                }
                Step::Cancel(order, true) => {
                    bench.shop.cancel_by_buyer(now, OrderRef(order));
                }
                Step::Cancel(order, false) => {
                    bench.shop.cancel_by_seller(now, OrderRef(order));
                }
                Step::Ship(order, units) => {
                    let id = format!("gid://shopify/FulfillmentOrder/{}", 9_701_000_000_001u64 + u64::from(order));
                    let line = format!("gid://shopify/FulfillmentOrderLineItem/{}", 19_701_000_000_001u64 + u64::from(order));
                    bench.graphql(
                        "mutation($id: ID!, $line: ID!, $units: Int!) { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: $id, fulfillmentOrderLineItems: [{ id: $line, quantity: $units }] }] }) { userErrors { message } } }",
                        json!({"id": id, "line": line, "units": units}),
                    );
                }
                Step::Return(order) => {
                    bench.shop.return_units(now, OrderRef(order), 0, 1, true);
                }
                Step::SetByRest(listing, units) => {
                    let item = 3_001_000_000_001u64 + u64::from(listing);
                    let body = json!({"inventory_item_id": item, "location_id": 1_101_000_000_002u64, "available": units});
                    bench.rest("POST", "inventory_levels/set.json", body);
                }
                Step::Refund(order, units, restock) => {
                    let line = 6_001_000_000_001u64 + u64::from(order);
                    let kind = if restock { "cancel" } else { "no_restock" };
                    let rows = json!([{"line_item_id": line, "quantity": units, "restock_type": kind}]);
                    let path = format!("orders/{}/refunds.json", 5_001_000_000_001u64 + u64::from(order));
                    bench.rest("POST", &path, json!({"refund": {"refund_line_items": rows}}));
                }
                Step::Move(order, units) => {
                    let id = format!("gid://shopify/FulfillmentOrder/{}", 9_701_000_000_001u64 + u64::from(order));
                    let line = format!("gid://shopify/FulfillmentOrderLineItem/{}", 19_701_000_000_001u64 + u64::from(order));
                    bench.graphql(
                        "mutation($id: ID!, $line: ID!, $units: Int!) { fulfillmentOrderMove(id: $id, newLocationId: \"gid://shopify/Location/1101000000002\", fulfillmentOrderLineItems: [{ id: $line, quantity: $units }]) { userErrors { message } } }",
                        json!({"id": id, "line": line, "units": units}),
                    );
                }
                Step::Set(listing, units) => {
                    bench.shop.edit_count(now, ListingIndex(listing), units);
                }
            }
            bench.drain();
            let state = &bench.shop.store.state;
            for listing in 0..3u32 {
                let levels: Vec<_> = (0..2).map(|location| state.stock.level(listing, location)).collect();
                prop_assert_eq!(levels.iter().map(|level| level.available).sum::<i64>(), bench.displayed(listing));
                // What is committed is exactly what open fulfillment orders still have to ship.
                let remaining: i64 = state
                    .fulfillment_order_lines
                    .iter()
                    .filter(|line| state.lines[line.line as usize].listing == listing)
                    .map(|line| i64::from(line.remaining))
                    .sum();
                prop_assert_eq!(levels.iter().map(|level| level.committed).sum::<i64>(), remaining);
            }
            // The ledger's chain of displayed quantities has no gap.
            let mut known = [10i64; 3];
            for fact in &bench.facts {
                if let Fact::Displayed { listing, from, to, .. } = fact {
                    prop_assert_eq!(known[listing.0 as usize], *from);
                    known[listing.0 as usize] = *to;
                }
            }
        }
    }
}
