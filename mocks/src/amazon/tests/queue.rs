//! The queue's own administration, as the AWS clients use it.

use super::*;

#[test]
fn queues_are_listed_changed_and_deleted() {
    let mut bench = Bench::new(ideal());
    assert_eq!(bench.queue("ListQueues", "{}").1, serde_json::json!({}));
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    bench.queue("CreateQueue", r#"{"QueueName":"other"}"#);
    let (_, listed) = bench.queue("ListQueues", r#"{"QueueNamePrefix":"q"}"#);
    assert_eq!(
        listed["QueueUrls"],
        serde_json::json!(["http://127.0.0.1:9324/111122223333/q1"])
    );
    let set = r#"{"QueueUrl":"http://x/111122223333/q1","Attributes":{"VisibilityTimeout":"5","ReceiveMessageWaitTimeSeconds":"2","Policy":"{}"}}"#;
    assert_eq!(bench.queue("SetQueueAttributes", set).0, 200);
    let (_, read) = bench.queue(
        "GetQueueAttributes",
        r#"{"QueueUrl":"http://x/111122223333/q1","AttributeNames":["All"]}"#,
    );
    assert_eq!(read["Attributes"]["VisibilityTimeout"], "5");
    assert_eq!(read["Attributes"]["ReceiveMessageWaitTimeSeconds"], "2");
    let waiting = bench.queue_request(
        "ReceiveMessage",
        r#"{"QueueUrl":"http://x/111122223333/q1"}"#,
    );
    assert!(
        bench.take(waiting).is_none(),
        "the queue's own wait holds the answer back"
    );
    assert_eq!(
        bench
            .queue("DeleteQueue", r#"{"QueueUrl":"http://x/111122223333/q1"}"#)
            .0,
        200
    );
    assert!(
        bench.take(waiting).is_some(),
        "nobody waits at a queue that is gone"
    );
    assert_eq!(bench.queue("GetQueueUrl", r#"{"QueueName":"q1"}"#).0, 400);
    let bad = r#"{"QueueName":"q2","Attributes":{"VisibilityTimeout":"43201"}}"#;
    assert_eq!(bench.queue("CreateQueue", bad).0, 400);
}

#[test]
fn a_deleted_queue_comes_back_empty_and_destinations_still_reach_it() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    bench.subscribe("ORDER_CHANGE");
    bench.order(1);
    bench.queue("DeleteQueue", r#"{"QueueUrl":"http://x/111122223333/q1"}"#);
    bench.order(1);
    bench.pass(60);
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    assert!(bench.empty_queue("q1").is_empty());
    bench.order(1);
    assert_eq!(bench.empty_queue("q1").len(), 1);
}

#[test]
fn sent_messages_are_received_as_they_were() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    let (_, sent) = bench.queue(
        "SendMessage",
        r#"{"QueueUrl":"http://x/111122223333/q1","MessageBody":"hello \"you\"","DelaySeconds":3}"#,
    );
    assert_eq!(sent["MD5OfMessageBody"].as_str().unwrap().len(), 32);
    let receive = r#"{"QueueUrl":"http://x/111122223333/q1","VisibilityTimeout":100}"#;
    assert_eq!(
        bench.queue("ReceiveMessage", receive).1,
        serde_json::json!({})
    );
    bench.pass(3);
    let (_, received) = bench.queue("ReceiveMessage", receive);
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], "hello \"you\"");
    assert_eq!(message["MD5OfBody"], sent["MD5OfMessageBody"]);
    assert_eq!(message["MessageId"], sent["MessageId"]);
    let handle = message["ReceiptHandle"].as_str().unwrap();
    let batch = format!(
        r#"{{"QueueUrl":"http://x/111122223333/q1","Entries":[{{"Id":"a","ReceiptHandle":"{handle}","VisibilityTimeout":0}},{{"Id":"b","ReceiptHandle":"x","VisibilityTimeout":0}}]}}"#
    );
    let (_, changed) = bench.queue("ChangeMessageVisibilityBatch", &batch);
    assert_eq!(
        (&changed["Successful"][0]["Id"], &changed["Failed"][0]["Id"]),
        (&"a".into(), &"b".into())
    );
    assert_eq!(
        bench.queue("ReceiveMessage", receive).1["Messages"][0]["Body"],
        "hello \"you\"",
        "visible again at once"
    );
}

#[test]
fn refusals_carry_the_old_code_too() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    for (action, body, expected) in [
        (
            "GetQueueUrl",
            r#"{"QueueName":"none"}"#,
            "AWS.SimpleQueueService.NonExistentQueue;Sender",
        ),
        (
            "DeleteMessage",
            r#"{"QueueUrl":"http://x/111122223333/q1","ReceiptHandle":"x"}"#,
            "ReceiptHandleIsInvalid;Sender",
        ),
        (
            "DeleteMessageBatch",
            r#"{"QueueUrl":"http://x/111122223333/q1","Entries":[]}"#,
            "AWS.SimpleQueueService.EmptyBatchRequest;Sender",
        ),
        (
            "DeleteMessageBatch",
            r#"{"QueueUrl":"http://x/111122223333/q1","Entries":[{"Id":"a","ReceiptHandle":"x"},{"Id":"a","ReceiptHandle":"y"}]}"#,
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender",
        ),
        (
            "ReceiveMessage",
            r#"{"QueueUrl":"http://x/111122223333/q1","WaitTimeSeconds":21}"#,
            "InvalidParameterValue;Sender",
        ),
        (
            "SendMessage",
            r#"{"QueueUrl":"http://x/111122223333/q1"}"#,
            "MissingParameter;Sender",
        ),
        ("TagQueue", "{}", "InvalidAction;Sender"),
    ] {
        let id = bench.queue_request(action, body);
        let (_, response) = bench.take(id).unwrap();
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers()["x-amzn-query-error"],
            expected,
            "{action}"
        );
        assert_eq!(
            response.headers()["content-type"],
            "application/x-amz-json-1.0"
        );
    }
}

#[test]
fn addresses_lead_back_to_the_caller_unless_it_asked_the_platforms_own_host() {
    let mut bench = Bench::new(ideal());
    let mut url = |host: &str| {
        let request = http::Request::builder()
            .method("POST")
            .uri("/")
            .header("host", host)
            .header("x-amz-target", "AmazonSQS.CreateQueue")
            .body(br#"{"QueueName":"q1"}"#.to_vec())
            .unwrap();
        let id = bench.send(request);
        read(&bench.take(id).unwrap().1)["QueueUrl"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        url("localhost:4566"),
        "http://localhost:4566/111122223333/q1"
    );
    assert_eq!(
        url("sqs.us-east-1.amazonaws.com"),
        "http://sqs.us-east-1.amazonaws.com/111122223333/q1"
    );
}

#[test]
fn batches_are_sent_message_by_message_and_kept_as_long_as_was_set() {
    let mut bench = Bench::new(ideal());
    let made = r#"{"QueueName":"own","Attributes":{"MessageRetentionPeriod":"90"}}"#;
    assert_eq!(bench.queue("CreateQueue", made).0, 200);
    let short = r#"{"QueueName":"other","Attributes":{"MessageRetentionPeriod":"59"}}"#;
    assert_eq!(bench.queue("CreateQueue", short).0, 400);
    let asked =
        r#"{"QueueUrl":"http://x/111122223333/own","AttributeNames":["MessageRetentionPeriod"]}"#;
    let (_, told) = bench.queue("GetQueueAttributes", asked);
    assert_eq!(told["Attributes"]["MessageRetentionPeriod"], "90");

    let batch = r#"{"QueueUrl":"http://x/111122223333/own","Entries":[
        {"Id":"a","MessageBody":"one"},{"Id":"b","MessageBody":"","DelaySeconds":1},
        {"Id":"c","MessageBody":"three","DelaySeconds":30},{"Id":"d","MessageBody":"x","DelaySeconds":901}]}"#;
    let (status, answer) = bench.queue("SendMessageBatch", batch);
    assert_eq!(status, 200);
    let ids = |list: &str| -> Vec<String> {
        let rows = answer[list].as_array().unwrap();
        rows.iter()
            .map(|row| row["Id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids("Successful"), ["a", "c"]);
    assert_eq!(ids("Failed"), ["b", "d"]);
    assert_eq!(
        answer["Successful"][0]["MD5OfMessageBody"],
        crate::amazon::api::queue::message_digest("one")
    );
    let receive = r#"{"QueueUrl":"http://x/111122223333/own","MaxNumberOfMessages":10,"VisibilityTimeout":0}"#;
    let bodies = |answer: Value| -> Vec<String> {
        let rows = answer["Messages"].as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| row["Body"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(bodies(bench.queue("ReceiveMessage", receive).1), ["one"]);
    bench.pass(40);
    let mut both = bodies(bench.queue("ReceiveMessage", receive).1);
    both.sort();
    assert_eq!(both, ["one", "three"]);
    bench.pass(55);
    assert_eq!(bodies(bench.queue("ReceiveMessage", receive).1), ["three"]);
    bench.pass(60);
    assert!(bodies(bench.queue("ReceiveMessage", receive).1).is_empty());
    let empty = r#"{"QueueUrl":"http://x/111122223333/own","Entries":[]}"#;
    assert_eq!(bench.queue("SendMessageBatch", empty).0, 400);
}

/// The digests are those of the public clients: `timestamp` of type Number alone has 235c5c51...
#[test]
fn attributes_of_messages_come_back_with_their_digest() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    let send = r#"{"QueueUrl":"http://x/111122223333/q1","MessageBody":"hello","MessageAttributes":{
        "timestamp":{"DataType":"Number","StringValue":"1493147359900"},
        "photo":{"DataType":"Binary","BinaryValue":"AP8="}}}"#;
    let (_, sent) = bench.queue("SendMessage", send);
    let both = "0016441124057e14c17e061d09092a90";
    assert_eq!(sent["MD5OfMessageAttributes"], both);
    let mut receive = |names: &str| {
        let body = format!(
            r#"{{"QueueUrl":"http://x/111122223333/q1","VisibilityTimeout":0,"MessageAttributeNames":{names}}}"#
        );
        bench.queue("ReceiveMessage", &body).1["Messages"][0].clone()
    };
    let all = receive(r#"["All"]"#);
    assert_eq!(all["MD5OfMessageAttributes"], both);
    assert_eq!(
        all["MessageAttributes"]["photo"],
        serde_json::json!({"DataType": "Binary", "BinaryValue": "AP8="})
    );
    let one = receive(r#"["time.*", "timestamp"]"#);
    assert_eq!(
        one["MD5OfMessageAttributes"],
        "235c5c510d26fb653d073faed50ae77c"
    );
    assert!(one["MessageAttributes"].get("photo").is_none());
    assert!(receive("[]").get("MessageAttributes").is_none());
    for wrong in [
        r#"{"n":{"DataType":"Number","StringValue":"x"}}"#,
        r#"{"n":{"DataType":"Text","StringValue":"x"}}"#,
        r#"{"n":{"DataType":"String","StringValue":""}}"#,
        r#"{"a b":{"DataType":"String","StringValue":"x"}}"#,
        r#"{"":{"DataType":"String","StringValue":"x"}}"#,
        r#"{".a":{"DataType":"String","StringValue":"x"}}"#,
        r#"{"a..b":{"DataType":"String","StringValue":"x"}}"#,
        r#"{"aws.a":{"DataType":"String","StringValue":"x"}}"#,
        r#"{"n":{"DataType":"Binary","BinaryValue":"?"}}"#,
    ] {
        let send = format!(
            r#"{{"QueueUrl":"http://x/111122223333/q1","MessageBody":"m","MessageAttributes":{wrong}}}"#
        );
        assert_eq!(bench.queue("SendMessage", &send).0, 400, "{wrong}");
    }
}

/// A call as clients made it before the end of 2023, with the answer as they read it.
fn old(bench: &mut Bench, path: &str, form: &str) -> (u16, String) {
    let request = http::Request::builder()
        .method("POST")
        .uri(path)
        .header("host", "127.0.0.1:9324")
        .header(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .body(format!("{form}&Version=2012-11-05").into_bytes())
        .unwrap();
    let id = bench.send(request);
    let (_, response) = bench.take(id).expect("answered at once");
    assert_eq!(response.headers()["content-type"], "text/xml");
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    (response.status().as_u16(), text)
}

/// What stands between the first pair of tags of this name.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let rest = xml.split_once(&open).unwrap_or_else(|| panic!("{xml}")).1;
    rest.split_once(&close).unwrap().0
}

#[test]
fn the_older_protocol_has_the_same_queue_in_xml() {
    let mut bench = Bench::new(ideal());
    let (status, made) = old(
        &mut bench,
        "/",
        "Action=CreateQueue&QueueName=q1&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=7",
    );
    assert_eq!(status, 200, "{made}");
    let url = element(element(&made, "CreateQueueResult"), "QueueUrl").to_owned();
    assert_eq!(url, "http://127.0.0.1:9324/111122223333/q1");
    let path = "/111122223333/q1";

    let (_, sent) = old(
        &mut bench,
        path,
        "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=1%20%3C%20%26%202\
         &SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=timestamp\
         &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=Number\
         &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=1493147359900\
         &SendMessageBatchRequestEntry.2.Id=b",
    );
    let good = element(&sent, "SendMessageBatchResultEntry");
    let digest = "235c5c510d26fb653d073faed50ae77c";
    assert_eq!(element(good, "Id"), "a");
    assert_eq!(element(good, "MD5OfMessageAttributes"), digest);
    let bad = element(&sent, "BatchResultErrorEntry");
    assert_eq!(
        (element(bad, "Id"), element(bad, "SenderFault")),
        ("b", "true")
    );

    let (_, got) = old(
        &mut bench,
        path,
        "Action=ReceiveMessage&MaxNumberOfMessages=10&AttributeName.1=All&MessageAttributeName.1=All",
    );
    let message = element(&got, "Message");
    assert_eq!(element(message, "Body"), "1 &lt; &amp; 2");
    assert_eq!(element(message, "MD5OfMessageAttributes"), digest);
    let attribute = element(message, "MessageAttribute");
    assert_eq!(element(attribute, "Name"), "timestamp");
    assert_eq!(element(element(attribute, "Value"), "DataType"), "Number");
    assert!(message.contains("<Name>ApproximateReceiveCount</Name><Value>1</Value>"));
    let handle = element(message, "ReceiptHandle").to_owned();

    let hidden = old(
        &mut bench,
        path,
        &format!("Action=ChangeMessageVisibility&ReceiptHandle={handle}&VisibilityTimeout=0"),
    );
    assert_eq!(hidden.0, 200);
    let deleted = old(
        &mut bench,
        path,
        &format!(
            "Action=DeleteMessageBatch&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle={handle}"
        ),
    );
    assert_eq!(
        element(element(&deleted.1, "DeleteMessageBatchResultEntry"), "Id"),
        "a"
    );
    let (_, read) = old(
        &mut bench,
        "/",
        &format!("Action=GetQueueAttributes&QueueUrl={url}&AttributeName=All"),
    );
    assert!(
        read.contains("<Name>VisibilityTimeout</Name><Value>7</Value>"),
        "{read}"
    );
    assert!(read.contains("<Name>ApproximateNumberOfMessages</Name><Value>0</Value>"));

    let (status, none) = old(&mut bench, "/", "Action=GetQueueUrl&QueueName=none");
    assert_eq!(status, 400);
    let error = element(&none, "Error");
    assert_eq!(element(error, "Type"), "Sender");
    assert_eq!(
        element(error, "Code"),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
}

#[test]
fn a_long_poll_of_the_older_protocol_ends_in_xml() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    let request = http::Request::builder()
        .uri("/111122223333/q1?Action=ReceiveMessage&WaitTimeSeconds=20&Version=2012-11-05")
        .body(Vec::new())
        .unwrap();
    let waiting = bench.send(request);
    assert!(bench.take(waiting).is_none());
    bench.pass(5);
    let send = r#"{"QueueUrl":"http://x/111122223333/q1","MessageBody":"hello"}"#;
    bench.queue("SendMessage", send);
    let (_, response) = bench.take(waiting).expect("a message ends the wait");
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    assert_eq!(
        element(element(&text, "ReceiveMessageResult"), "Body"),
        "hello"
    );
}

/// Whatever a form holds, it is answered, and its numbers and depths cost nothing.
#[test]
fn forms_of_any_depth_and_number_are_answered() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    let deep = "SendMessageBatchRequestEntry.1.".repeat(20_000);
    for more in [
        format!("{deep}Id=a"),
        "SendMessageBatchRequestEntry.4294967295.Id=a".to_owned(),
        "SendMessageBatchRequestEntry.x.Id=a&AttributeName.=b&.=c&=d".to_owned(),
        "MaxNumberOfMessages=many&Attribute.1.Value=x".to_owned(),
    ] {
        let form = format!("Action=SendMessageBatch&{more}");
        let (status, text) = old(&mut bench, "/111122223333/q1", &form);
        assert_eq!(status, 400, "{text}");
        assert!(text.contains("<Code>"), "{text}");
    }
    let (status, text) = old(&mut bench, "/", "Action=Nothing");
    assert_eq!((status, element(&text, "Code")), (400, "InvalidAction"));
}
