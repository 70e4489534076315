use md5::{Digest, Md5};

use super::*;
use crate::amazon::profile::PendingShare;

const RECEIVE: &str = r#"{"QueueUrl":"http://127.0.0.1:9324/111122223333/q1","MaxNumberOfMessages":10,"AttributeNames":["All"]}"#;

fn statuses(bodies: &[Value]) -> Vec<&str> {
    bodies
        .iter()
        .map(|body| {
            body["Payload"]["OrderChangeNotification"]["Summary"]["OrderStatus"]
                .as_str()
                .unwrap()
        })
        .collect()
}

#[test]
fn orders_notify_on_every_status_and_on_placement_if_switched_on() {
    for (at_placement, expected) in [
        (true, &["Pending", "Unshipped", "Shipped"][..]),
        (false, &["Unshipped", "Shipped"]),
    ] {
        let mut profile = ideal();
        profile.notifications.order_change_at_placement = at_placement;
        profile.orders.pending = vec![PendingShare {
            share: 1.0,
            hold: fixed(60),
        }];
        let mut bench = Bench::new(profile);
        bench.open_with(5);
        bench.subscribe("ORDER_CHANGE");
        let order = bench.order(2);
        bench.pass(60);
        bench.confirm(order, "1", 2);
        let bodies = bench.empty_queue("q1");
        assert_eq!(statuses(&bodies), expected);
        let items = &bodies[0]["Payload"]["OrderChangeNotification"]["Summary"]["OrderItems"];
        assert_eq!(
            (&items[0]["SellerSKU"], &items[0]["Quantity"]),
            (&"SKU-1".into(), &2.into())
        );
    }
}

#[test]
fn a_request_to_cancel_has_its_own_type() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    let order = bench.order(1);
    bench.empty_queue("q1");
    bench.amazon.cancel_by_buyer(bench.now, order);
    let bodies = bench.empty_queue("q1");
    let change = &bodies[0]["Payload"]["OrderChangeNotification"];
    assert_eq!(change["OrderChangeType"], "BuyerRequestedChange");
    assert_eq!(
        change["Summary"]["OrderItems"][0]["IsBuyerRequestedCancel"],
        true
    );
}

#[test]
fn quantity_changes_come_through_the_event_bus() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    bench.subscribe("LISTINGS_ITEM_MFN_QUANTITY_CHANGE");
    bench.order(1);
    bench.set(9);
    bench.set(9);
    let bodies = bench.empty_queue("eventbridge");
    let quantities: Vec<&Value> = bodies
        .iter()
        .map(|body| &body["detail"]["Payload"]["Quantity"])
        .collect();
    assert_eq!(
        quantities,
        [4, 9],
        "a write of the same value changes nothing"
    );
    assert_eq!(
        bodies[0]["detail-type"],
        "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"
    );
    assert_eq!(
        bodies[0]["source"],
        "aws.partner/sellingpartnerapi.amazon.com/111122223333/amzn1.sp.solution.sim"
    );
}

#[test]
fn payload_in_full() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(2);
    let (_, received) = bench.queue("ReceiveMessage", RECEIVE);
    let message = &received["Messages"][0];
    let body = message["Body"].as_str().unwrap();
    let digest: String = Md5::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(message["MD5OfBody"], digest.as_str());
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
    insta::assert_snapshot!("order_change", body);
}

#[test]
fn duplicates_drops_and_silence() {
    let mut profile = ideal();
    profile.notifications.duplicate_share = 1.0;
    let mut bench = Bench::new(profile.clone());
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(1);
    let bodies = bench.empty_queue("q1");
    assert_eq!(bodies.len(), 2);
    let id = |body: &Value| body["NotificationMetadata"]["NotificationId"].clone();
    assert_eq!(id(&bodies[0]), id(&bodies[1]));
    profile.notifications.drop_share = 1.0;
    let mut bench = Bench::new(profile.clone());
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(1);
    assert!(bench.empty_queue("q1").is_empty());
    profile.notifications.drop_share = 0.0;
    profile.notifications.silent = true;
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(1);
    assert!(bench.empty_queue("q1").is_empty());
}

#[test]
fn delays_reorder() {
    let mut profile = ideal();
    profile.notifications.delay = Distribution::exponential(Micros::from_secs(100));
    let mut bench = Bench::new(profile);
    bench.open_with(50);
    bench.subscribe("ORDER_CHANGE");
    for _ in 0..20 {
        bench.order(1);
        bench.pass(1);
    }
    bench.pass(100_000);
    let times: Vec<String> = bench
        .empty_queue("q1")
        .iter()
        .map(|body| body["EventTime"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(times.len(), 20);
    assert!(!times.is_sorted());
}

#[test]
fn a_long_poll_ends_when_a_message_arrives_or_the_wait_is_over() {
    let mut profile = ideal();
    profile.notifications.delay = fixed(5);
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    let wait = r#"{"QueueUrl":"http://x/111122223333/q1","WaitTimeSeconds":20}"#;
    let empty = bench.queue_request("ReceiveMessage", wait);
    assert_eq!(
        bench.amazon.poll_timeout().unwrap().at,
        Micros::from_secs(20)
    );
    bench.pass(20);
    let (at, response) = bench.take(empty).unwrap();
    assert_eq!(
        (at, read(&response)),
        (Micros::from_secs(20), serde_json::json!({}))
    );
    let held = bench.queue_request("ReceiveMessage", wait);
    bench.pass(1);
    bench.order(1);
    assert!(bench.take(held).is_none());
    bench.pass(5);
    let (at, response) = bench.take(held).unwrap();
    assert_eq!(at, Micros::from_secs(26));
    assert_eq!(read(&response)["Messages"].as_array().unwrap().len(), 1);
    let next = bench.amazon.poll_timeout().unwrap();
    assert_eq!(
        next.reason, "an order has not been shipped in time",
        "nobody waits any more"
    );
}

#[test]
fn received_messages_come_back_unless_deleted() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(1);
    let (_, first) = bench.queue("ReceiveMessage", RECEIVE);
    let old = first["Messages"][0]["ReceiptHandle"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        bench.queue("ReceiveMessage", RECEIVE).1,
        serde_json::json!({})
    );
    bench.pass(30);
    let (_, second) = bench.queue("ReceiveMessage", RECEIVE);
    let message = &second["Messages"][0];
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(message["MessageId"], first["Messages"][0]["MessageId"]);
    let handle = message["ReceiptHandle"].as_str().unwrap().to_owned();
    let with = |handle: &str, more: &str| {
        format!(r#"{{"QueueUrl":"http://x/111122223333/q1","ReceiptHandle":"{handle}"{more}}}"#)
    };
    // An old receipt deletes nothing.
    assert_eq!(bench.queue("DeleteMessage", &with(&old, "")).0, 200);
    let shown = bench.queue(
        "ChangeMessageVisibility",
        &with(&handle, r#","VisibilityTimeout":0"#),
    );
    assert_eq!(shown.0, 200);
    let (_, third) = bench.queue("ReceiveMessage", RECEIVE);
    let handle = third["Messages"][0]["ReceiptHandle"]
        .as_str()
        .unwrap()
        .to_owned();
    let batch = format!(
        r#"{{"QueueUrl":"http://x/111122223333/q1","Entries":[{{"Id":"a","ReceiptHandle":"{handle}"}},{{"Id":"b","ReceiptHandle":"x"}}]}}"#
    );
    let (_, deleted) = bench.queue("DeleteMessageBatch", &batch);
    assert_eq!(deleted["Successful"][0]["Id"], "a");
    assert_eq!(deleted["Failed"][0]["Id"], "b");
    bench.pass(60);
    assert_eq!(
        bench.queue("ReceiveMessage", RECEIVE).1,
        serde_json::json!({})
    );
    assert_eq!(
        bench
            .queue(
                "ChangeMessageVisibility",
                &with(&handle, r#","VisibilityTimeout":1"#)
            )
            .0,
        400
    );
    assert_eq!(bench.queue("DeleteMessage", &with("nonsense", "")).0, 400);
}

#[test]
fn messages_end_with_their_retention() {
    let mut profile = ideal();
    profile.queue.retention = Micros::from_secs(100);
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(1);
    bench.pass(100);
    assert!(bench.empty_queue("q1").is_empty());
}

#[test]
fn queues_are_made_found_counted_and_purged() {
    let mut bench = Bench::new(ideal());
    let (_, made) = bench.queue(
        "CreateQueue",
        r#"{"QueueName":"q1","Attributes":{"VisibilityTimeout":"7"}}"#,
    );
    assert_eq!(made["QueueUrl"], "http://127.0.0.1:9324/111122223333/q1");
    assert_eq!(bench.queue("GetQueueUrl", r#"{"QueueName":"q1"}"#).1, made);
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(1);
    bench.order(1);
    let attributes = r#"{"QueueUrl":"http://x/111122223333/q1","AttributeNames":["All"]}"#;
    bench.queue(
        "ReceiveMessage",
        r#"{"QueueUrl":"http://x/111122223333/q1"}"#,
    );
    let (_, counted) = bench.queue("GetQueueAttributes", attributes);
    assert_eq!(counted["Attributes"]["ApproximateNumberOfMessages"], "1");
    assert_eq!(
        counted["Attributes"]["ApproximateNumberOfMessagesNotVisible"],
        "1"
    );
    assert_eq!(counted["Attributes"]["VisibilityTimeout"], "7");
    assert_eq!(
        counted["Attributes"]["QueueArn"],
        "arn:aws:sqs:us-east-1:111122223333:q1"
    );
    bench.queue("PurgeQueue", r#"{"QueueUrl":"http://x/111122223333/q1"}"#);
    bench.pass(60);
    assert!(bench.empty_queue("q1").is_empty());
    let id = bench.queue_request(
        "ReceiveMessage",
        r#"{"QueueUrl":"http://x/111122223333/q2"}"#,
    );
    let (_, response) = bench.take(id).unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(
        response.headers()["x-amzn-query-error"],
        "AWS.SimpleQueueService.NonExistentQueue;Sender"
    );
    assert_eq!(
        read(&response)["__type"],
        "com.amazonaws.sqs#QueueDoesNotExist"
    );
    assert_eq!(
        bench.queue("CreateQueue", r#"{"QueueName":"q.fifo"}"#).0,
        400
    );
    assert_eq!(bench.queue("TagQueue", "{}").0, 400);
}

#[test]
fn destinations_and_subscriptions_are_kept_once() {
    let mut bench = Bench::new(ideal());
    bench.subscribe("ORDER_CHANGE");
    let listed = bench.get("/notifications/v1/destinations");
    let destination = listed["payload"][0]["destinationId"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = bench.get(&format!("/notifications/v1/destinations/{destination}"));
    assert_eq!(
        one["payload"]["resource"]["sqs"]["arn"],
        "arn:aws:sqs:us-east-1:111122223333:q1"
    );
    let again = r#"{"name":"other","resourceSpecification":{"sqs":{"arn":"arn:aws:sqs:us-east-1:111122223333:q1"}}}"#;
    assert_eq!(
        bench
            .call("POST", "/notifications/v1/destinations", again)
            .0,
        409
    );
    let fifo = again.replace("q1\"", "q1.fifo\"");
    assert_eq!(
        bench
            .call("POST", "/notifications/v1/destinations", &fifo)
            .0,
        400
    );
    let subscriptions = "/notifications/v1/subscriptions";
    let body = format!(r#"{{"payloadVersion":"1.0","destinationId":"{destination}"}}"#);
    assert_eq!(
        bench
            .call("POST", &format!("{subscriptions}/ORDER_CHANGE"), &body)
            .0,
        409
    );
    assert_eq!(
        bench
            .call("POST", &format!("{subscriptions}/NO_SUCH_TYPE"), &body)
            .0,
        400
    );
    let wrong = bench.call(
        "POST",
        &format!("{subscriptions}/LISTINGS_ITEM_MFN_QUANTITY_CHANGE"),
        &body,
    );
    assert_eq!(wrong.0, 400, "EventBridge only");
    let kept = bench.get(&format!("{subscriptions}/ORDER_CHANGE"));
    let id = kept["payload"]["subscriptionId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        bench
            .call(
                "DELETE",
                &format!("/notifications/v1/destinations/{destination}"),
                ""
            )
            .0,
        403
    );
    assert_eq!(
        bench.get(&format!("{subscriptions}/ORDER_CHANGE/{id}")),
        kept
    );
    assert_eq!(
        bench
            .call("DELETE", &format!("{subscriptions}/ORDER_CHANGE/{id}"), "")
            .0,
        200
    );
    assert_eq!(
        bench
            .call("GET", &format!("{subscriptions}/ORDER_CHANGE"), "")
            .0,
        404
    );
    assert_eq!(
        bench
            .call(
                "DELETE",
                &format!("/notifications/v1/destinations/{destination}"),
                ""
            )
            .0,
        200
    );
    bench.open_with(1);
    bench.order(1);
    assert!(bench.empty_queue("q1").is_empty());
}

#[test]
fn a_filter_lets_only_its_types_pass() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let made = bench
        .call(
            "POST",
            "/notifications/v1/destinations",
            r#"{"name":"d","resourceSpecification":{"sqs":{"arn":"arn:aws:sqs:us-east-1:111122223333:q1"}}}"#,
        )
        .1;
    let destination = made["payload"]["destinationId"].as_str().unwrap();
    let body = format!(
        r#"{{"payloadVersion":"1.0","destinationId":"{destination}","processingDirective":{{"eventFilter":{{"eventFilterType":"ORDER_CHANGE","orderChangeTypes":["BuyerRequestedChange"]}}}}}}"#
    );
    assert_eq!(
        bench
            .call(
                "POST",
                "/notifications/v1/subscriptions/ORDER_CHANGE",
                &body
            )
            .0,
        200
    );
    let order = bench.order(1);
    assert!(bench.empty_queue("q1").is_empty());
    bench.amazon.cancel_by_buyer(bench.now, order);
    assert_eq!(bench.empty_queue("q1").len(), 1);
}
