use proptest::prelude::*;
use serde_json::json;

use super::AmazonConnector;
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState, ShipTo, Shipment, SkuIndex};
use crate::config::Strategy;
use crate::connectors::fixtures::{
    AMAZON, at, body_of, config, json_of, parsed, parsed_with, response, target_of,
};
use crate::connectors::{Change, Connector, Event, Operation, QuantityWrite, WriteOutcome};
use oversell_kernel::Micros;

const KEY: OrderKey = OrderKey(90_200_000_010_000_001);

/// A connector that has signed in and been set up, for a strategy that wants every notification.
fn ready() -> AmazonConnector {
    let mut config = config();
    config.strategy = Strategy::Escrow;
    let mut amazon = AmazonConnector::new(&config, AMAZON);
    let token = r#"{"access_token":"Atza|1","token_type":"bearer","expires_in":3600}"#;
    assert_eq!(
        parsed(&mut amazon, &Operation::Authenticate, token),
        [Event::Authenticated {
            valid_until: Micros::from_secs(3600)
        }]
    );
    let answers = [
        r#"{"QueueUrl":"http://sqs/111122223333/oversell-amazon-us"}"#,
        r#"{"access_token":"Atza|2","expires_in":3600}"#,
        r#"{"payload":{"destinationId":"d-1","name":"q","resource":{}}}"#,
        r#"{"payload":{"destinationId":"d-2","name":"e","resource":{}}}"#,
        r#"{"payload":[]}"#,
        r#"{"payload":{"subscriptionId":"s-1"}}"#,
        r#"{"payload":{"subscriptionId":"s-2"}}"#,
    ];
    assert_eq!(answers.len(), usize::from(amazon.set_up_steps()));
    for (step, answer) in (0..).zip(answers) {
        let operation = Operation::SetUp { step };
        amazon.build(Micros::ZERO, &operation);
        let events = parsed(&mut amazon, &operation, answer);
        assert_eq!(events, [Event::Done], "step {step}");
    }
    amazon
}

#[test]
fn only_who_wants_quantity_changes_subscribes_to_them() {
    let steps = |strategy| {
        let mut config = config();
        config.strategy = strategy;
        AmazonConnector::new(&config, AMAZON).set_up_steps()
    };
    assert_eq!(steps(Strategy::Spreadsheet), 0);
    assert_eq!(steps(Strategy::Mirror) + 1, steps(Strategy::Escrow));
}

#[test]
fn tokens_are_asked_for_by_form() {
    let request = ready().build(Micros::ZERO, &Operation::Authenticate);
    assert_eq!(target_of(&request), "POST /auth/o2/token");
    assert_eq!(
        body_of(&request),
        "grant_type=refresh_token&refresh_token=Atzr%7Cgrant&client_id=amzn1.client&client_secret=se%26cret"
    );
    let refused = response(400, r#"{"error":"invalid_grant","error_description":"no"}"#);
    let events = parsed_with(&mut ready(), &Operation::Authenticate, &refused);
    assert!(
        matches!(events[..], [Event::Failed { retry: false, .. }]),
        "{events:?}"
    );
}

#[test]
fn the_set_up_subscribes_each_type_to_its_destination() {
    let mut amazon = ready();
    let queue = amazon.build(Micros::ZERO, &Operation::SetUp { step: 0 });
    assert_eq!(queue.headers()["x-amz-target"], "AmazonSQS.CreateQueue");
    assert_eq!(json_of(&queue), json!({"QueueName": amazon.queue_name}));
    let destination = amazon.build(Micros::ZERO, &Operation::SetUp { step: 2 });
    assert_eq!(destination.headers()["x-amz-access-token"], "Atza|2");
    assert_eq!(
        json_of(&destination)["resourceSpecification"]["sqs"]["arn"],
        "arn:aws:sqs:us-east-1:111122223333:oversell-amazon-us"
    );
    for (step, kind, id) in [
        (5, "ORDER_CHANGE", "d-1"),
        (6, "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "d-2"),
    ] {
        let request = amazon.build(Micros::ZERO, &Operation::SetUp { step });
        assert_eq!(
            target_of(&request),
            format!("POST /notifications/v1/subscriptions/{kind}")
        );
        assert_eq!(request.headers()["x-amz-access-token"], "Atza|1");
        assert_eq!(
            json_of(&request),
            json!({"payloadVersion": "1.0", "destinationId": id})
        );
    }
}

#[test]
fn what_an_earlier_start_left_behind_is_found() {
    let mut amazon = AmazonConnector::new(&config(), AMAZON);
    let conflict = response(
        409,
        r#"{"errors":[{"code":"Conflict","message":"exists"}]}"#,
    );
    for step in [2, 3, 5, 6] {
        let events = parsed_with(&mut amazon, &Operation::SetUp { step }, &conflict);
        assert_eq!(events, [Event::Done]);
    }
    let list = r#"{"payload":[
        {"destinationId":"other","name":"x","resource":{"sqs":{"arn":"arn:aws:sqs:us-east-1:1:x"}}},
        {"destinationId":"d-7","name":"q","resource":{"sqs":{"arn":"arn:aws:sqs:us-east-1:111122223333:oversell-amazon-us"}}},
        {"destinationId":"d-8","name":"e","resource":{"eventBridge":{"name":"n","region":"us-east-1","accountId":"111122223333"}}}]}"#;
    assert_eq!(
        parsed(&mut amazon, &Operation::SetUp { step: 4 }, list),
        [Event::Done]
    );
    for (step, id) in [(5, "d-7"), (6, "d-8")] {
        let request = amazon.build(Micros::ZERO, &Operation::SetUp { step });
        assert_eq!(json_of(&request)["destinationId"], id);
    }
}

const ORDER: &str = r#"{"orderId":"902-0000001-0000001","createdTime":"2026-11-20T10:00:00.000Z",
    "lastUpdatedTime":"2026-11-20T10:31:07.250Z","salesChannel":{"channelName":"AMAZON"},
    "fulfillment":{"fulfillmentStatus":"UNSHIPPED","fulfilledBy":"MERCHANT"},
    "recipient":{"deliveryAddress":{"countryCode":"US","postalCode":"48110"}},
    "orderItems":[{"orderItemId":"10000000000001","quantityOrdered":2,"product":{"asin":"B0","sellerSku":"MUG"}}]}"#;

fn order() -> Order {
    Order {
        key: KEY,
        state: OrderState::Open,
        created_at: at(10, 0, 0),
        updated_at: at(10, 31, 7) + Micros::from_millis(250),
        lines: vec![Line {
            id: LineKey(10_000_000_000_001),
            sku: SkuIndex(0),
            units: 2,
            current_units: 2,
        }],
        ship_to: Some(ShipTo {
            country: *b"US",
            postal_code: 48_110,
        }),
        restocked: None,
        lacked_stock: false,
    }
}

fn poll() -> Operation {
    Operation::PollOrders {
        since: at(10, 0, 0),
        cursor: Some("a+b/c=".to_owned()),
    }
}

#[test]
fn the_poll_repeats_its_filters_with_the_token() {
    let request = ready().build(Micros::ZERO, &poll());
    assert_eq!(
        target_of(&request),
        "GET /orders/2026-01-01/orders?lastUpdatedAfter=2026-11-20T10%3A00%3A00.000Z\
&marketplaceIds=ATVPDKIKX0DER&maxResultsPerPage=100&includedData=FULFILLMENT,RECIPIENT\
&paginationToken=a%2Bb%2Fc%3D"
    );
    assert_eq!(request.headers()["x-amz-access-token"], "Atza|1");
}

#[test]
fn a_page_keeps_what_can_be_read() {
    let body = format!(
        r#"{{"orders":[{{"orderId":"902-0000001-0000002"}},{ORDER},{{"orderId":7}}],"pagination":{{"nextToken":"n"}}}}"#
    );
    let mut answer = response(200, &body);
    answer
        .headers_mut()
        .insert("x-amzn-ratelimit-limit", "0.0112".parse().unwrap());
    let events = parsed_with(&mut ready(), &poll(), &answer);
    let bad = OrderKey(90_200_000_010_000_002);
    assert!(matches!(&events[0], Event::Quarantined { order: Some(key), .. } if *key == bad));
    assert_eq!(events[1], Event::OrderSeen(order()));
    assert!(matches!(&events[2], Event::Quarantined { order: None, .. }));
    let latest_change = Some(order().updated_at);
    assert_eq!(
        events[3..],
        [
            Event::FeedRead {
                orders: 3,
                next: Some("n".to_owned()),
                latest_change
            },
            Event::BudgetTold {
                bucket: 0,
                available: None,
                capacity: None,
                rate_per_second: Some(0.0112),
            },
        ]
    );
}

#[test]
fn states_are_read_in_both_spellings() {
    let operation = Operation::FetchOrders { orders: vec![KEY] };
    for (status, state, counted) in [
        ("PENDING", OrderState::Held, 0),
        ("PARTIALLY_SHIPPED", OrderState::Open, 0),
        ("SHIPPED", OrderState::Shipped, 0),
        ("CANCELLED", OrderState::Cancelled, 0),
        ("Canceled", OrderState::Cancelled, 0),
        ("LOST_IN_SPACE", OrderState::Held, 1),
    ] {
        let body = format!(r#"{{"order":{}}}"#, ORDER.replace("UNSHIPPED", status));
        let events = parsed(&mut ready(), &operation, &body);
        assert_eq!(
            events.last(),
            Some(&Event::OrderSeen(Order { state, ..order() }))
        );
        assert_eq!(events.len(), counted + 1, "{status}");
    }
}

#[test]
fn an_order_that_is_not_there_is_quarantined() {
    let operation = Operation::FetchOrders { orders: vec![KEY] };
    let request = ready().build(Micros::ZERO, &operation);
    assert!(target_of(&request).starts_with("GET /orders/2026-01-01/orders/902-0000001-0000001?"));
    for answer in [
        response(404, "{}"),
        response(200, "{}"),
        response(200, r#"{"order":{"a":1}}"#),
    ] {
        let events = parsed_with(&mut ready(), &operation, &answer);
        assert!(
            matches!(&events[..], [Event::Quarantined { order: Some(key), .. }] if *key == KEY)
        );
    }
}

fn write(change: Change) -> Operation {
    let writes = vec![QuantityWrite {
        sku: SkuIndex(2),
        change,
    }];
    Operation::WriteQuantities {
        writes,
        idempotency_key: 1,
    }
}

#[test]
fn a_write_merges_the_quantity_only() {
    let request = ready().build(Micros::ZERO, &write(Change::Set(7)));
    assert_eq!(
        target_of(&request),
        "PATCH /listings/2021-08-01/items/A1SELLER/PEN%2F10%20%22blue%22?marketplaceIds=ATVPDKIKX0DER"
    );
    assert_eq!(
        json_of(&request),
        json!({"productType": "PRODUCT", "patches": [{"op": "merge",
            "path": "/attributes/fulfillment_availability",
            "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 7}]}]})
    );
}

#[test]
fn a_write_is_accepted_or_refused_with_status_200_both_times() {
    let outcome = |body: &str| match &parsed(&mut ready(), &write(Change::Set(7)), body)[..] {
        [
            Event::Written {
                sku: SkuIndex(2),
                outcome,
            },
        ] => outcome.clone(),
        events => panic!("{events:?}"),
    };
    let accepted = r#"{"sku":"PEN","status":"ACCEPTED","submissionId":"f","issues":[]}"#;
    assert_eq!(outcome(accepted), WriteOutcome::Accepted);
    let invalid = r#"{"sku":"PEN","status":"INVALID","submissionId":"f","issues":[
        {"code":"1","message":"note","severity":"WARNING"},{"code":"90220","message":"bad","severity":"ERROR"}]}"#;
    assert_eq!(
        outcome(invalid),
        WriteOutcome::Refused("90220: bad".to_owned())
    );
}

#[test]
fn a_comparison_is_refused_and_nothing_is_written() {
    let operation = write(Change::CompareAndSet { from: 2, to: 1 });
    assert_eq!(ready().build(Micros::ZERO, &operation).method(), "GET");
    let events = parsed(&mut ready(), &operation, "{}");
    assert!(matches!(
        events[..],
        [Event::Written {
            outcome: WriteOutcome::Refused(_),
            ..
        }]
    ));
}

#[test]
fn the_live_quantity_is_read_and_not_the_submitted_one() {
    let operation = Operation::ReadQuantities {
        skus: vec![SkuIndex(0)],
    };
    let body = r#"{"sku":"MUG","attributes":{"fulfillment_availability":[{"quantity":7}]},
        "fulfillmentAvailability":[{"fulfillmentChannelCode":"AMAZON_NA","quantity":9},
        {"fulfillmentChannelCode":"DEFAULT","quantity":6}]}"#;
    let read = Event::QuantityRead {
        sku: SkuIndex(0),
        displayed: 6,
    };
    assert_eq!(
        parsed(&mut ready(), &operation, body),
        std::slice::from_ref(&read),
        "a row without its channel may be anybody's"
    );
    let own = body.replace(
        "{\"quantity\":7}",
        r#"{"fulfillment_channel_code":"DEFAULT","quantity":7}"#,
    );
    let never = body.replace("[{\"quantity\":7}]", "[]");
    for (body, submitted) in [(own, Some(7)), (never, None)] {
        let told = Event::SubmissionRead {
            sku: SkuIndex(0),
            submitted,
        };
        assert_eq!(
            parsed(&mut ready(), &operation, &body),
            [told, read.clone()]
        );
    }
    let mut amazon = ready();
    let sku = SkuIndex(0);
    assert!(amazon.knows(sku));
    let events = parsed_with(&mut amazon, &operation, &response(404, "{}"));
    assert_eq!(events, [Event::NotListed { sku }]);
    assert!(!amazon.knows(sku) && amazon.knows(SkuIndex(1)));
}

fn confirm() -> Operation {
    Operation::ConfirmFulfillment {
        shipments: vec![Shipment {
            order: KEY,
            lines: vec![(LineKey(10_000_000_000_001), 2)],
            carrier: "UPS".to_owned(),
            tracking_number: "1ZSIM".to_owned(),
            shipped_at: at(12, 0, 0),
        }],
    }
}

#[test]
fn a_shipment_is_told_under_the_same_reference_each_time() {
    let first = ready().build(Micros::ZERO, &confirm());
    let path = "POST /orders/v0/orders/902-0000001-0000001/shipmentConfirmation";
    assert_eq!(target_of(&first), path);
    let again = ready().build(Micros::from_secs(9), &confirm());
    assert_eq!(json_of(&first), json_of(&again));
    let package = &json_of(&first)["packageDetail"];
    let reference: u64 = package["packageReferenceId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(reference > 0);
    assert_eq!(package["shipDate"], "2026-11-20T12:00:00.000Z");
    assert_eq!(
        package["orderItems"],
        json!([{"orderItemId": "10000000000001", "quantity": 2}])
    );
}

#[test]
fn a_shipment_waits_while_the_order_is_pending() {
    let answer = |status, message: &str| {
        let body = format!(
            r#"{{"errors":[{{"code":"InvalidInput","message":"{message}","details":""}}]}}"#
        );
        parsed_with(&mut ready(), &confirm(), &response(status, &body))
    };
    assert_eq!(
        answer(400, "The order is pending."),
        [Event::FulfillmentNotReady { order: KEY }]
    );
    assert!(matches!(
        answer(400, "cancelled")[..],
        [Event::FulfillmentRefused { .. }]
    ));
    let confirmed = parsed_with(&mut ready(), &confirm(), &response(204, ""));
    let lines = vec![(LineKey(10_000_000_000_001), 2)];
    assert_eq!(
        confirmed,
        [Event::FulfillmentConfirmed { order: KEY, lines }]
    );
}

#[test]
fn only_token_trouble_asks_for_a_token() {
    let refused = |details: &str| {
        let body = format!(
            r#"{{"errors":[{{"code":"Unauthorized","message":"Access to requested resource is denied.","details":"{details}"}}]}}"#
        );
        parsed_with(&mut ready(), &poll(), &response(403, &body))
    };
    assert_eq!(
        refused("The access token you provided has expired."),
        [Event::Unauthorized]
    );
    for details in ["", "The LWA secret token you provided has expired."] {
        let events = refused(details);
        assert!(
            matches!(events[..], [Event::Failed { retry: false, .. }]),
            "{events:?}"
        );
    }
}

const CHANGE: &str = r#"{"NotificationVersion":"1.0","NotificationType":"ORDER_CHANGE","PayloadVersion":"1.0",
    "EventTime":"2026-11-20T10:31:08.120Z","Payload":{"OrderChangeNotification":{"NotificationLevel":"OrderLevel",
    "SellerId":"A1SELLER","AmazonOrderId":"902-0000001-0000001","OrderChangeType":"OrderStatusChange",
    "OrderChangeTrigger":{"TimeOfOrderChange":"2026-11-20T10:31:07.250Z","ChangeReason":"x"},
    "Summary":{"MarketplaceId":"ATVPDKIKX0DER","OrderStatus":"Unshipped","PurchaseDate":"2026-11-20T10:00:00.000Z",
    "DestinationPostalCode":"48110","FulfillmentType":"MFN","OrderItems":[{"OrderItemId":"10000000000001",
    "SellerSKU":"MUG","SupplySourceId":null,"Quantity":2,"QuantityShipped":0}]}}},
    "NotificationMetadata":{"NotificationId":"n-1"}}"#;

fn messages(bodies: &[&str]) -> Vec<Event> {
    let messages: Vec<_> = (0..)
        .zip(bodies)
        .map(|(number, body)| json!({"MessageId": "m", "ReceiptHandle": format!("rh-{number}"), "Body": body}))
        .collect();
    let body = json!({"Messages": messages}).to_string();
    parsed(&mut ready(), &Operation::ReceiveMessages, &body)
}

fn handle(number: u32) -> Event {
    Event::MessageReceived {
        handle: format!("rh-{number}"),
    }
}

#[test]
fn an_order_change_is_the_order() {
    assert_eq!(messages(&[CHANGE]), [handle(0), Event::OrderSeen(order())]);
    let untimed = CHANGE
        .replace("\"2026-11-20T10:31:07.250Z\"", "null")
        .replace("08.120", "07.250");
    assert_eq!(
        messages(&[&untimed]),
        [handle(0), Event::OrderSeen(order())]
    );
}

#[test]
fn a_quantity_comes_bare_or_in_an_envelope() {
    let bare = r#"{"NotificationType":"LISTINGS_ITEM_MFN_QUANTITY_CHANGE","Payload":{"SellerId":"A1SELLER",
        "FulfillmentChannelCode":"DEFAULT","Sku":"CAP","Quantity":9}}"#;
    let wrapped = format!(
        r#"{{"version":"0","source":"aws.partner/x","detail-type":"LISTINGS_ITEM_MFN_QUANTITY_CHANGE","detail":{bare}}}"#
    );
    let signal = Event::QuantitySignalled {
        sku: SkuIndex(1),
        displayed: 9,
    };
    assert_eq!(
        messages(&[bare, &wrapped]),
        [handle(0), signal.clone(), handle(1), signal]
    );
}

#[test]
fn poison_is_received_and_quarantined() {
    let broken = CHANGE.replace("\"Quantity\":2", "\"Quantity\":\"two\"");
    let events = messages(&["hello", &broken, CHANGE]);
    assert_eq!(events[0], handle(0));
    assert!(matches!(events[1], Event::Quarantined { order: None, .. }));
    assert_eq!(events[2], handle(1));
    assert!(matches!(
        events[3],
        Event::Quarantined {
            order: Some(KEY),
            ..
        }
    ));
    assert_eq!(events[4..], [handle(2), Event::OrderSeen(order())]);
}

#[test]
fn an_empty_queue_is_an_answer() {
    assert_eq!(
        parsed(&mut ready(), &Operation::ReceiveMessages, "{}"),
        [Event::Done]
    );
}

#[test]
fn messages_are_deleted_ten_at_a_time() {
    let handles: Vec<String> = (0..12).map(|number| format!("rh-{number}")).collect();
    let operation = Operation::AcknowledgeMessages { handles };
    let request = ready().build(Micros::ZERO, &operation);
    assert_eq!(
        request.headers()["x-amz-target"],
        "AmazonSQS.DeleteMessageBatch"
    );
    let body = json_of(&request);
    assert_eq!(
        body["QueueUrl"],
        "http://sqs/111122223333/oversell-amazon-us"
    );
    assert_eq!(body["Entries"].as_array().unwrap().len(), 10);
    assert_eq!(
        body["Entries"][9],
        json!({"Id": "9", "ReceiptHandle": "rh-9"})
    );
    let done = r#"{"Successful":[{"Id":"0"}],"Failed":[]}"#;
    assert_eq!(parsed(&mut ready(), &operation, done), [Event::Done]);
}

proptest! {
    #[test]
    fn any_message_is_received(body in "\\PC{0,200}") {
        let events = messages(&[&body]);
        prop_assert_eq!(&events[0], &handle(0));
        prop_assert!(events.len() > 1 || body.contains("LISTINGS"));
    }
}
