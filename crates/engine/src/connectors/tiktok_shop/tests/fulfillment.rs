//! Shipping and cancelling.

use super::*;

fn confirm() -> Operation {
    Operation::ConfirmFulfillment {
        shipments: vec![Shipment {
            order: KEY,
            lines: vec![(LineKey(11), 1), (LineKey(12), 1)],
            carrier: "ups".to_owned(),
            tracking_number: "TRK1".to_owned(),
            shipped_at: Micros::ZERO,
        }],
    }
}

#[test]
fn a_shipment_names_its_lines_and_a_listed_carrier() {
    let request = ready().build(Micros::ZERO, &confirm());
    assert_eq!(
        request.uri().path(),
        "/fulfillment/202309/orders/576460000000000001/packages"
    );
    assert_eq!(
        json_of(&request),
        json!({"tracking_number": "TRK1", "shipping_provider_id": "663", "order_line_item_ids": ["11", "12"]})
    );
    let shipped = data(r#"{"order_id":"576460000000000001","package_id":"115"}"#);
    let events = parsed(&mut ready(), &confirm(), &shipped);
    let lines = vec![(LineKey(11), 1), (LineKey(12), 1)];
    assert_eq!(events, [Event::FulfillmentConfirmed { order: KEY, lines }]);
}

#[test]
fn an_order_on_hold_is_not_ready() {
    let refused = |code: i64| {
        let body = format!(r#"{{"code":{code},"message":"no","request_id":"r"}}"#);
        parsed(&mut ready(), &confirm(), &body)
    };
    assert_eq!(
        refused(21_011_044),
        [Event::FulfillmentNotReady { order: KEY }]
    );
    assert!(matches!(
        refused(21_008_111)[..],
        [Event::FulfillmentRefused { .. }]
    ));
}

#[test]
fn an_order_is_cancelled_whole() {
    let operation = Operation::CancelOrder { order: KEY };
    let request = ready().build(Micros::ZERO, &operation);
    assert_eq!(request.uri().path(), "/return_refund/202602/cancellations");
    assert_eq!(json_of(&request)["order_id"], "576460000000000001");
    let done = data(r#"{"cancel_id":"403","cancel_status":"CANCELLATION_REQUEST_SUCCESS"}"#);
    assert_eq!(
        parsed(&mut ready(), &operation, &done),
        [Event::OrderCancelled { order: KEY }]
    );
}
