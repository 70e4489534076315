mod fulfillment;
mod signals;

use http::header::HeaderName;
use proptest::prelude::*;
use serde_json::json;

use super::ShopifyConnector;
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState, ShipTo, Shipment, SkuIndex};
use crate::connectors::fixtures::{
    SHOPIFY, at, body_of, config, json_of, parsed, parsed_with, response, target_of,
};
use crate::connectors::{Change, Connector, Event, Operation, QuantityWrite, WriteOutcome};
use crate::machine::Request;
use oversell_kernel::Micros;

/// A connector that has signed in and knows MUG as item 31, CAP as item 32 and location 11.
fn ready() -> ShopifyConnector {
    let mut shopify = ShopifyConnector::new(&config(), SHOPIFY);
    let token = r#"{"access_token":"shpat_1","scope":"read_orders","expires_in":86399}"#;
    assert_eq!(
        parsed(&mut shopify, &Operation::Authenticate, token),
        [Event::Authenticated {
            valid_until: Micros::from_secs(86_399)
        }]
    );
    let locations = r#"{"data":{"locations":{"nodes":[{"id":"gid://shopify/Location/11"},
        {"id":"gid://shopify/Location/12"}]}}}"#;
    assert_eq!(
        parsed(&mut shopify, &Operation::SetUp { step: 0 }, locations),
        [Event::Done]
    );
    let variants = r#"{"data":{"productVariants":{"nodes":[
        {"sku":"MUG","inventoryItem":{"id":"gid://shopify/InventoryItem/31"}},
        {"sku":"MUG","inventoryItem":{"id":"gid://shopify/InventoryItem/39"}},
        {"sku":null,"inventoryItem":{"id":"gid://shopify/InventoryItem/38"}},
        {"sku":"CAP","inventoryItem":{"id":"gid://shopify/InventoryItem/32"}}],
        "pageInfo":{"hasNextPage":true,"endCursor":"c1"}}}}"#;
    assert_eq!(
        parsed(
            &mut shopify,
            &Operation::ReadCatalogue { cursor: None },
            variants
        ),
        [Event::CatalogueRead {
            listings: 2,
            next: Some("c1".to_owned())
        }]
    );
    shopify
}

fn set(sku: u32, to: i64) -> QuantityWrite {
    QuantityWrite {
        sku: SkuIndex(sku),
        change: Change::Set(to),
    }
}

fn written(sku: u32, outcome: WriteOutcome) -> Event {
    Event::Written {
        sku: SkuIndex(sku),
        outcome,
    }
}

#[test]
fn the_catalogue_makes_skus_known() {
    let shopify = ready();
    let known = [0, 1, 2, 3].map(|sku| shopify.knows(SkuIndex(sku)));
    assert_eq!(known, [true, true, false, false]);
}

#[test]
fn requests_carry_the_token_and_the_version() {
    let request = ready().build(Micros::ZERO, &Operation::SetUp { step: 1 });
    let path = format!("/admin/api/{}/graphql.json", super::API_VERSION);
    assert_eq!(target_of(&request), format!("POST {path}"));
    assert_eq!(request.headers()["x-shopify-access-token"], "shpat_1");
    assert_eq!(request.headers()["host"], "demo.myshopify.com");
    let variables = &json_of(&request)["variables"];
    assert_eq!(variables["topic"], "ORDERS_CREATE");
    assert_eq!(
        variables["subscription"]["uri"],
        "https://engine.example/shop-us"
    );
    assert_eq!(variables["subscription"]["includeFields"][0], "id");
}

#[test]
fn a_subscription_that_is_there_already_is_done() {
    let body = r#"{"data":{"webhookSubscriptionCreate":{"webhookSubscription":null,"userErrors":[
        {"field":["webhookSubscription","callbackUrl"],"message":"Address for this topic has already been taken"}]}}}"#;
    assert_eq!(
        parsed(&mut ready(), &Operation::SetUp { step: 1 }, body),
        [Event::Done]
    );
    let body = body.replace(
        "has already been taken",
        "protocol http:// is not supported",
    );
    let events = parsed(&mut ready(), &Operation::SetUp { step: 1 }, &body);
    assert!(
        matches!(events[..], [Event::Failed { retry: false, .. }]),
        "{events:?}"
    );
}

const ORDER: &str = r#"{"id":"gid://shopify/Order/5001","createdAt":"2026-11-20T13:05:11Z",
    "updatedAt":"2026-11-20T13:05:12Z","cancelledAt":null,"displayFulfillmentStatus":"UNFULFILLED",
    "shippingAddress":{"countryCodeV2":"US","zip":"01234-5678"},
    "lineItems":{"nodes":[{"id":"gid://shopify/LineItem/6001","sku":"MUG","quantity":2}],
    "pageInfo":{"hasNextPage":false}}}"#;

fn order() -> Order {
    Order {
        key: OrderKey(5001),
        state: OrderState::Open,
        created_at: at(13, 5, 11),
        updated_at: at(13, 5, 12),
        lines: vec![Line {
            id: LineKey(6001),
            sku: SkuIndex(0),
            units: 2,
            current_units: 2,
        }],
        ship_to: Some(ShipTo {
            country: *b"US",
            postal_code: 1234,
        }),
        restocked: None,
        lacked_stock: false,
    }
}

fn page(orders: &[&str]) -> String {
    format!(
        r#"{{"data":{{"orders":{{"nodes":[{}],"pageInfo":{{"hasNextPage":true,"endCursor":"c2"}}}}}},
        "extensions":{{"cost":{{"requestedQueryCost":101,"actualQueryCost":4,"throttleStatus":
        {{"maximumAvailable":4000.0,"currentlyAvailable":3996,"restoreRate":200.0}}}}}}}}"#,
        orders.join(",")
    )
}

fn poll() -> Operation {
    Operation::PollOrders {
        since: at(13, 0, 0) + Micros(999_999),
        cursor: None,
    }
}

#[test]
fn the_poll_filters_by_the_second() {
    let variables = json_of(&ready().build(Micros::ZERO, &poll()))["variables"].clone();
    assert_eq!(
        variables,
        json!({"query": "updated_at:>='2026-11-20T13:00:00Z'", "after": null})
    );
}

#[test]
fn an_order_of_which_everything_was_taken_out_has_not_shipped() {
    let emptied = ORDER
        .replace("UNFULFILLED", "FULFILLMENT_NOT_REQUIRED")
        .replace("\"quantity\":2", "\"quantity\":2,\"currentQuantity\":0");
    let events = parsed(&mut ready(), &poll(), &page(&[&emptied]));
    let mut expected = order();
    expected.lines[0].current_units = 0;
    assert!(events.contains(&Event::OrderSeen(expected)), "{events:?}");
}

#[test]
fn a_page_gives_orders_budget_and_watermark() {
    let events = parsed(&mut ready(), &poll(), &page(&[ORDER]));
    assert_eq!(
        events,
        [
            Event::BudgetTold {
                bucket: 0,
                available: Some(3996.0),
                capacity: Some(4000.0),
                rate_per_second: Some(200.0),
            },
            Event::OrderSeen(order()),
            Event::FeedRead {
                orders: 1,
                next: Some("c2".to_owned()),
                latest_change: Some(at(13, 5, 12)),
            },
        ]
    );
}

/// A line's text is null or one that nobody knows; read closely, the variant tells: ours, somebody else's, or none at all.
#[test]
fn an_order_whose_sku_is_in_doubt_is_read_closely() {
    let fetch = Operation::FetchOrders {
        orders: vec![OrderKey(5001)],
    };
    let variant = |text: &str| {
        let with = format!(r#""sku":null,"variant":{text}"#);
        let order = ORDER.replace(r#""sku":"MUG""#, &with);
        format!(r#"{{"data":{{"nodes":[{order}]}}}}"#)
    };
    for text in ["null", r#""BRAND_NEW""#] {
        let shopify = &mut ready();
        let plain = body_of(&shopify.build(Micros::ZERO, &fetch)).to_owned();
        let cost = shopify.charge(&fetch).tokens;
        let in_doubt = ORDER.replace(r#""MUG""#, text);
        let events = parsed(shopify, &poll(), &page(&[&in_doubt]));
        let is_seen = |event: &Event| matches!(event, Event::OrderSeen(_));
        assert!(!events.iter().any(is_seen), "{events:?}");
        let closely = body_of(&shopify.build(Micros::ZERO, &fetch)).to_owned();
        assert_ne!(closely, plain);
        assert!(shopify.charge(&fetch).tokens > cost);
        let item = r#"{"inventoryItem":{"id":"gid://shopify/InventoryItem/31"}}"#;
        assert_eq!(
            parsed(shopify, &fetch, &variant(item)),
            [Event::OrderSeen(order())]
        );
        assert_eq!(body_of(&shopify.build(Micros::ZERO, &fetch)), plain);
    }
    for none_of_ours in [
        "null",
        r#"{"inventoryItem":{"id":"gid://shopify/InventoryItem/777"}}"#,
    ] {
        let events = parsed(&mut ready(), &fetch, &variant(none_of_ours));
        let [Event::Quarantined { .. }, Event::OrderSeen(seen)] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(seen.lines, []);
    }
}

#[test]
fn one_bad_order_does_not_cost_the_others() {
    let broken = r#"{"id":"gid://shopify/Order/5002","createdAt":7}"#;
    let nameless = r#"{"name":"\#1003"}"#.replace('\\', "");
    let timeless = ORDER
        .replace("2026-11-20T13:05:12Z", "yesterday")
        .replace("5001", "5004");
    let events = parsed(
        &mut ready(),
        &poll(),
        &page(&[broken, &nameless, &timeless, ORDER]),
    );
    let quarantined: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Quarantined { order, .. } => Some(*order),
            _ => None,
        })
        .collect();
    assert_eq!(
        quarantined,
        [Some(OrderKey(5002)), None, Some(OrderKey(5004))]
    );
    assert!(events.contains(&Event::OrderSeen(order())));
    assert!(matches!(
        events.last(),
        Some(Event::FeedRead { orders: 4, .. })
    ));
}

#[test]
fn unknown_values_hold_the_order_and_are_counted() {
    let odd = ORDER.replace("UNFULFILLED", "TELEPORTED").replace(
        "}],",
        r#"},{"id":"gid://shopify/LineItem/6002","sku":"HAT","variant":null,"quantity":1}],"#,
    );
    let events = parsed(&mut ready(), &poll(), &page(&[&odd]));
    let counted = events.iter().filter(|event| {
        matches!(
            event,
            Event::Quarantined {
                order: Some(OrderKey(5001)),
                ..
            }
        )
    });
    assert_eq!(counted.count(), 2, "{events:?}");
    let held = Order {
        state: OrderState::Held,
        ..order()
    };
    assert!(events.contains(&Event::OrderSeen(held)), "{events:?}");
}

#[test]
fn an_order_with_more_lines_is_fetched() {
    let long = ORDER.replace("\"hasNextPage\":false", "\"hasNextPage\":true");
    let events = parsed(&mut ready(), &poll(), &page(&[&long]));
    let signalled = Event::OrderSignalled {
        order: OrderKey(5001),
        updated_at: at(13, 5, 12),
        state: None,
    };
    assert!(events.contains(&signalled), "{events:?}");
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::OrderSeen(_)))
    );
}

#[test]
fn unknown_orders_of_a_fetch_are_quarantined() {
    let fetch = Operation::FetchOrders {
        orders: vec![OrderKey(4999), OrderKey(5001)],
    };
    let ids = json_of(&ready().build(Micros::ZERO, &fetch))["variables"]["ids"].clone();
    assert_eq!(
        ids,
        json!(["gid://shopify/Order/4999", "gid://shopify/Order/5001"])
    );
    let body = format!(r#"{{"data":{{"nodes":[null,{ORDER}]}}}}"#);
    let events = parsed(&mut ready(), &fetch, &body);
    assert!(matches!(
        events[0],
        Event::Quarantined {
            order: Some(OrderKey(4999)),
            ..
        }
    ));
    assert_eq!(events[1], Event::OrderSeen(order()));
    assert_eq!(events.len(), 2);
}

#[test]
fn throttling_tells_how_long_to_wait() {
    let body = r#"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],
        "extensions":{"cost":{"requestedQueryCost":862,"actualQueryCost":null,
        "throttleStatus":{"maximumAvailable":4000.0,"currentlyAvailable":572,"restoreRate":200.0}}}}"#;
    let events = parsed(&mut ready(), &poll(), body);
    assert_eq!(
        events[0],
        Event::Throttled {
            wait: Some(Micros(1_450_000))
        }
    );
    assert!(matches!(
        events[1],
        Event::BudgetTold {
            available: Some(572.0),
            ..
        }
    ));
    assert_eq!(events.len(), 2);
}

#[test]
fn top_level_errors_are_sorted_by_whether_to_retry() {
    for (code, again) in [("INTERNAL_SERVER_ERROR", true), ("ACCESS_DENIED", false)] {
        let body = format!(
            r#"{{"errors":[{{"message":"x","extensions":{{"code":"{code}"}}}}],"data":null}}"#
        );
        let events = parsed(&mut ready(), &poll(), &body);
        assert!(
            matches!(events[..], [Event::Failed { retry, .. }] if retry == again),
            "{events:?}"
        );
    }
    let refused = response(401, r#"{"errors":"[API] Invalid API key or access token"}"#);
    assert_eq!(
        parsed_with(&mut ready(), &poll(), &refused),
        [Event::Unauthorized]
    );
}

#[test]
fn writes_are_absolute_compared_or_relative() {
    let mut shopify = ready();
    let compared = Change::CompareAndSet { from: 5, to: 3 };
    let writes = vec![
        set(0, 7),
        set(2, 9),
        QuantityWrite {
            sku: SkuIndex(1),
            change: compared,
        },
    ];
    let operation = Operation::WriteQuantities {
        writes,
        idempotency_key: 1,
    };
    let body = json_of(&shopify.build(Micros::ZERO, &operation));
    assert!(
        body["query"]
            .as_str()
            .unwrap()
            .contains("@idempotent(key:$key)")
    );
    assert_eq!(
        body["variables"]["input"],
        json!({"name": "available", "reason": "correction", "quantities": [
            {"inventoryItemId": "gid://shopify/InventoryItem/31",
             "locationId": "gid://shopify/Location/11", "quantity": 7, "changeFromQuantity": null},
            {"inventoryItemId": "gid://shopify/InventoryItem/32",
             "locationId": "gid://shopify/Location/11", "quantity": 3, "changeFromQuantity": 5}]})
    );
    let writes = vec![QuantityWrite {
        sku: SkuIndex(0),
        change: Change::Adjust(-2),
    }];
    let operation = Operation::WriteQuantities {
        writes,
        idempotency_key: 2,
    };
    let body = json_of(&shopify.build(Micros::ZERO, &operation));
    assert!(
        body["query"]
            .as_str()
            .unwrap()
            .contains("inventoryAdjustQuantities")
    );
    assert_eq!(
        body["variables"]["input"]["changes"],
        json!([{"inventoryItemId": "gid://shopify/InventoryItem/31",
            "locationId": "gid://shopify/Location/11", "delta": -2, "changeFromQuantity": null}])
    );
}

fn write_answer(errors: &str) -> Vec<Event> {
    let operation = Operation::WriteQuantities {
        writes: vec![set(0, 7), set(2, 9), set(1, 3)],
        idempotency_key: 1,
    };
    let body = format!(r#"{{"data":{{"inventorySetQuantities":{{"userErrors":[{errors}]}}}}}}"#);
    parsed(&mut ready(), &operation, &body)
}

#[test]
fn each_row_gets_its_outcome() {
    let events = write_answer("");
    assert_eq!(events[0], written(0, WriteOutcome::Live));
    assert!(matches!(
        events[1],
        Event::Written {
            sku: SkuIndex(2),
            outcome: WriteOutcome::Refused(_)
        }
    ));
    assert_eq!(events[2], written(1, WriteOutcome::Live));

    // The third row was the second one sent.
    let events = write_answer(
        r#"{"field":["input","quantities","1","quantity"],"code":"INVALID_QUANTITY_TOO_HIGH","message":"too high"}"#,
    );
    assert_eq!(
        events[0],
        written(0, WriteOutcome::Stale),
        "nothing was applied"
    );
    let reason = "INVALID_QUANTITY_TOO_HIGH: too high".to_owned();
    assert_eq!(events[2], written(1, WriteOutcome::Refused(reason)));
}

#[test]
fn one_failed_comparison_makes_every_row_stale() {
    let events = write_answer(
        r#"{"field":["input","quantities","0","changeFromQuantity"],"code":"CHANGE_FROM_QUANTITY_STALE","message":"no"}"#,
    );
    assert_eq!(events[0], written(0, WriteOutcome::Stale));
    assert_eq!(events[2], written(1, WriteOutcome::Stale));
}

#[test]
fn passing_trouble_fails_the_whole_call() {
    let events = write_answer(r#"{"field":null,"code":"SERVICE_UNAVAILABLE","message":"later"}"#);
    assert!(
        matches!(events[..], [Event::Failed { retry: true, .. }]),
        "{events:?}"
    );
}

#[test]
fn quantities_are_those_of_the_location() {
    let skus = vec![SkuIndex(0), SkuIndex(2), SkuIndex(1)];
    let operation = Operation::ReadQuantities { skus };
    let body = r#"{"data":{"nodes":[
        {"id":"gid://shopify/InventoryItem/31","inventoryLevel":{"quantities":[{"quantity":-2}]}},
        {"id":"gid://shopify/InventoryItem/32","inventoryLevel":null}]}}"#;
    let events = parsed(&mut ready(), &operation, body);
    assert_eq!(
        events[0],
        Event::QuantityRead {
            sku: SkuIndex(0),
            displayed: -2
        }
    );
    assert!(matches!(
        events[1..],
        [Event::Quarantined { .. }, Event::Quarantined { .. }]
    ));
}
