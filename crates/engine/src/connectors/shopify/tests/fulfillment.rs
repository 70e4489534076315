//! Preparing and telling shipments, and cancelling.

use super::*;

fn shipment(lines: &[(u64, u32)]) -> Shipment {
    Shipment {
        order: OrderKey(5001),
        lines: lines
            .iter()
            .map(|&(line, units)| (LineKey(line), units))
            .collect(),
        carrier: "UPS".to_owned(),
        tracking_number: "1ZSIM".to_owned(),
        shipped_at: Micros::ZERO,
    }
}

fn prepare(shopify: &mut ShopifyConnector, fulfillment_orders: &str) -> Vec<Event> {
    let operation = Operation::PrepareFulfillment {
        orders: vec![OrderKey(5001)],
    };
    let body = format!(
        r#"{{"data":{{"nodes":[{{"id":"gid://shopify/Order/5001","fulfillmentOrders":{{"nodes":[{fulfillment_orders}]}}}}]}}}}"#
    );
    parsed(shopify, &operation, &body)
}

fn fulfillment_order(id: u64, status: &str, lines: &[(u64, u64, u32)]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|(id, line, remaining)| {
            format!(
                r#"{{"id":"gid://shopify/FulfillmentOrderLineItem/{id}","remainingQuantity":{remaining},
                "lineItem":{{"id":"gid://shopify/LineItem/{line}"}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"id":"gid://shopify/FulfillmentOrder/{id}","status":"{status}","lineItems":{{"nodes":[{}]}}}}"#,
        lines.join(",")
    )
}

#[test]
fn readiness_follows_the_fulfillment_orders() {
    let order = OrderKey(5001);
    let shopify = &mut ready();
    assert_eq!(prepare(shopify, ""), [Event::FulfillmentNotReady { order }]);
    let held = fulfillment_order(1, "ON_HOLD", &[(2, 6001, 1)]);
    assert_eq!(
        prepare(shopify, &held),
        [Event::FulfillmentNotReady { order }]
    );
    let open = fulfillment_order(1, "OPEN", &[(2, 6001, 1)]);
    assert_eq!(prepare(shopify, &open), [Event::FulfillmentReady { order }]);
    let closed = fulfillment_order(1, "CLOSED", &[(2, 6001, 0)]);
    let events = prepare(shopify, &closed);
    assert!(
        matches!(events[..], [Event::FulfillmentRefused { .. }]),
        "{events:?}"
    );
}

#[test]
fn a_shipment_names_the_fulfillment_order_lines() {
    let order = OrderKey(5001);
    let shopify = &mut ready();
    let split = [
        fulfillment_order(71, "OPEN", &[(81, 6001, 1)]),
        fulfillment_order(72, "OPEN", &[(82, 6001, 2), (83, 6002, 1)]),
    ];
    assert_eq!(
        prepare(shopify, &split.join(",")),
        [Event::FulfillmentReady { order }]
    );
    let operation = Operation::ConfirmFulfillment {
        shipments: vec![shipment(&[(6001, 2), (6002, 1)])],
    };
    let body = json_of(&shopify.build(Micros::ZERO, &operation));
    assert_eq!(
        body["variables"]["f0"],
        json!({"lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/71", "fulfillmentOrderLineItems":
                [{"id": "gid://shopify/FulfillmentOrderLineItem/81", "quantity": 1}]},
            {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/72", "fulfillmentOrderLineItems":
                [{"id": "gid://shopify/FulfillmentOrderLineItem/82", "quantity": 1},
                 {"id": "gid://shopify/FulfillmentOrderLineItem/83", "quantity": 1}]}],
            "notifyCustomer": false, "trackingInfo": {"company": "UPS", "number": "1ZSIM"}})
    );
    let accepted =
        r#"{"data":{"f0":{"fulfillment":{"id":"gid://shopify/Fulfillment/9"},"userErrors":[]}}}"#;
    assert_eq!(
        parsed(shopify, &operation, accepted),
        [Event::FulfillmentConfirmed {
            order,
            lines: vec![(LineKey(6001), 1), (LineKey(6001), 1), (LineKey(6002), 1)]
        }]
    );
    // One unit of the first line is left.
    let rest = Operation::ConfirmFulfillment {
        shipments: vec![shipment(&[(6001, 1)])],
    };
    let body = json_of(&shopify.build(Micros::ZERO, &rest));
    let groups = &body["variables"]["f0"]["lineItemsByFulfillmentOrder"];
    assert_eq!(
        groups[0]["fulfillmentOrderId"],
        "gid://shopify/FulfillmentOrder/72"
    );
    assert_eq!(groups.as_array().unwrap().len(), 1);
}

#[test]
fn an_unprepared_shipment_asks_first() {
    let shopify = &mut ready();
    let operation = Operation::ConfirmFulfillment {
        shipments: vec![shipment(&[(6001, 1)])],
    };
    assert!(body_of(&shopify.build(Micros::ZERO, &operation)).contains("query FulfillmentOrders"));
    let body = format!(
        r#"{{"data":{{"nodes":[{{"fulfillmentOrders":{{"nodes":[{}]}}}}]}}}}"#,
        fulfillment_order(71, "OPEN", &[(81, 6001, 1)])
    );
    let ready = [Event::FulfillmentReady {
        order: OrderKey(5001),
    }];
    assert_eq!(parsed(shopify, &operation, &body), ready);
    assert!(
        body_of(&shopify.build(Micros::ZERO, &operation)).contains("mutation CreateFulfillments")
    );
}

#[test]
fn a_closed_order_refuses_a_shipment_and_a_replaced_one_is_learned_anew() {
    let operation = Operation::ConfirmFulfillment {
        shipments: vec![shipment(&[(6001, 1)])],
    };
    for (message, refused) in [
        (
            "Fulfillment order 71 has an unfulfillable status= closed.",
            true,
        ),
        ("Fulfillment order does not exist.", false),
    ] {
        let shopify = &mut ready();
        prepare(shopify, &fulfillment_order(71, "OPEN", &[(81, 6001, 1)]));
        let body = format!(
            r#"{{"data":{{"f0":{{"fulfillment":null,"userErrors":[{{"field":["fulfillment"],"message":"{message}"}}]}}}}}}"#
        );
        let events = parsed(shopify, &operation, &body);
        assert_eq!(
            matches!(events[..], [Event::FulfillmentRefused { .. }]),
            refused
        );
        assert_eq!(
            matches!(events[..], [Event::FulfillmentNotReady { .. }]),
            !refused
        );
    }
}

#[test]
fn cancelling_twice_is_cancelling() {
    let operation = Operation::CancelOrder {
        order: OrderKey(5001),
    };
    for errors in [
        "",
        r#"{"code":"INVALID","message":"Cannot cancel an order that has already been canceled"}"#,
    ] {
        let body = format!(
            r#"{{"data":{{"orderCancel":{{"job":{{"id":"gid://shopify/Job/1"}},"orderCancelUserErrors":[{errors}]}}}}}}"#
        );
        let events = parsed(&mut ready(), &operation, &body);
        assert_eq!(
            events,
            [Event::OrderCancelled {
                order: OrderKey(5001)
            }]
        );
    }
}
