//! What a queue takes and refuses, as SQS bounds it.

use super::*;

fn kind(answer: &(u16, Value)) -> &str {
    assert_eq!(answer.0, 400, "{}", answer.1);
    answer.1["__type"]
        .as_str()
        .unwrap()
        .rsplit('#')
        .next()
        .unwrap()
}

#[test]
fn a_queue_is_made_again_only_as_it_is() {
    let mut bench = Bench::new(ideal());
    let made = r#"{"QueueName":"q1","Attributes":{"VisibilityTimeout":"7","Policy":"{}"}}"#;
    for _ in 0..2 {
        assert_eq!(bench.queue("CreateQueue", made).0, 200);
    }
    assert_eq!(bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#).0, 200);
    for other in [
        r#"{"VisibilityTimeout":"8"}"#,
        r#"{"Policy":"{ }"}"#,
        r#"{"DelaySeconds":"1"}"#,
        r#"{"RedrivePolicy":"{}"}"#,
    ] {
        let body = format!(r#"{{"QueueName":"q1","Attributes":{other}}}"#);
        let answer = bench.queue("CreateQueue", &body);
        assert_eq!(kind(&answer), "QueueNameExists", "{other}");
    }
    let read = r#"{"QueueUrl":"http://x/111122223333/q1","AttributeNames":["VisibilityTimeout"]}"#;
    let (_, told) = bench.queue("GetQueueAttributes", read);
    assert_eq!(
        told["Attributes"],
        serde_json::json!({"VisibilityTimeout": "7"})
    );
    for (attributes, expected) in [
        (r#"{"FifoQueue":"true"}"#, "InvalidParameterValueException"),
        (r#"{"FifoQueue":"false"}"#, "InvalidAttributeName"),
        (r#"{"Colour":"red"}"#, "InvalidAttributeName"),
        (
            r#"{"MaximumMessageSize":"1023"}"#,
            "InvalidParameterValueException",
        ),
    ] {
        let body = format!(r#"{{"QueueName":"q2","Attributes":{attributes}}}"#);
        let answer = bench.queue("CreateQueue", &body);
        assert_eq!(kind(&answer), expected, "{attributes}");
    }
    assert_eq!(bench.queue("GetQueueUrl", r#"{"QueueName":"q2"}"#).0, 400);
}

#[test]
fn a_minute_passes_between_purges_and_before_a_name_comes_back() {
    let mut bench = Bench::new(ideal());
    let queue = r#"{"QueueUrl":"http://x/111122223333/q1"}"#;
    let name = r#"{"QueueName":"q1"}"#;
    bench.queue("CreateQueue", name);
    assert_eq!(bench.queue("PurgeQueue", queue).0, 200);
    bench.pass(59);
    assert_eq!(
        kind(&bench.queue("PurgeQueue", queue)),
        "PurgeQueueInProgress"
    );
    bench.pass(1);
    assert_eq!(bench.queue("PurgeQueue", queue).0, 200);
    bench.queue("DeleteQueue", queue);
    bench.pass(59);
    assert_eq!(
        kind(&bench.queue("CreateQueue", name)),
        "QueueDeletedRecently"
    );
    bench.pass(1);
    assert_eq!(bench.queue("CreateQueue", name).0, 200);
    assert_eq!(bench.queue("PurgeQueue", queue).0, 200);
}

#[test]
fn messages_are_of_characters_and_lengths_that_a_queue_takes() {
    let mut bench = Bench::new(ideal());
    let made =
        r#"{"QueueName":"q1","Attributes":{"MaximumMessageSize":"1024","DelaySeconds":"5"}}"#;
    bench.queue("CreateQueue", made);
    bench.queue("CreateQueue", r#"{"QueueName":"wide"}"#);
    let message = |queue: &str, text: &str| {
        serde_json::json!({"QueueUrl": format!("http://x/111122223333/{queue}"), "MessageBody": text})
            .to_string()
    };
    let fits = message("q1", &"x".repeat(1_024));
    assert_eq!(bench.queue("SendMessage", &fits).0, 200);
    let receive = r#"{"QueueUrl":"http://x/111122223333/q1"}"#;
    assert_eq!(
        bench.queue("ReceiveMessage", receive).1,
        serde_json::json!({})
    );
    bench.pass(5);
    assert!(bench.queue("ReceiveMessage", receive).1["Messages"].is_array());
    for (queue, text, expected) in [
        ("q1", "x".repeat(1_025), "InvalidParameterValueException"),
        (
            "wide",
            "x".repeat(262_145),
            "InvalidParameterValueException",
        ),
        ("wide", "\u{b}".to_owned(), "InvalidMessageContents"),
        ("wide", "\u{fffe}".to_owned(), "InvalidMessageContents"),
    ] {
        let answer = bench.queue("SendMessage", &message(queue, &text));
        assert_eq!(kind(&answer), expected);
    }
    let batch = |id: &str, text: &str| {
        serde_json::json!({"QueueUrl": "http://x/111122223333/wide", "Entries": [{"Id": id, "MessageBody": text}, {"Id": "other", "MessageBody": "ok"}]}).to_string()
    };
    for id in ["", "a b", "a.b", &"x".repeat(81)] {
        let answer = bench.queue("SendMessageBatch", &batch(id, "x"));
        assert_eq!(kind(&answer), "InvalidBatchEntryId", "{id}");
    }
    let answer = bench.queue("SendMessageBatch", &batch("a", &"x".repeat(1 << 20)));
    assert_eq!(kind(&answer), "BatchRequestTooLong");
    // Attributes count as they do of a single message.
    let with_attribute = |length: usize| {
        let note = serde_json::json!({"DataType": "String", "StringValue": "x".repeat(1_000)});
        serde_json::json!({"QueueUrl": "http://x/111122223333/wide", "Entries": [
            {"Id": "a", "MessageBody": "x".repeat(length), "MessageAttributes": {"note": note}},
        ]})
    };
    for (length, expected) in [
        ((1 << 20) - 1_009, "BatchRequestTooLong"),
        ((1 << 20) - 1_010, "InvalidParameterValue"),
    ] {
        let answer = bench.queue("SendMessageBatch", &with_attribute(length).to_string());
        let told = match &answer.1["Failed"][0]["Code"] {
            Value::String(code) => code.clone(),
            _ => kind(&answer).to_owned(),
        };
        assert_eq!(told, expected, "{length}");
    }
    let (_, answer) = bench.queue("SendMessageBatch", &batch("a", "\u{1}"));
    assert_eq!(answer["Successful"][0]["Id"], "other");
    assert_eq!(answer["Failed"][0]["Code"], "InvalidMessageContents");
}

#[test]
fn hiding_a_batch_is_held_against_the_same_bounds() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    for text in ["one", "two"] {
        let sent = format!(r#"{{"QueueUrl":"http://x/111122223333/q1","MessageBody":"{text}"}}"#);
        bench.queue("SendMessage", &sent);
    }
    let receive = r#"{"QueueUrl":"http://x/111122223333/q1","MaxNumberOfMessages":2,"AttributeNames":["SenderId","ApproximateFirstReceiveTimestamp"]}"#;
    let (_, received) = bench.queue("ReceiveMessage", receive);
    let message = |index: usize| &received["Messages"][index];
    let told: Vec<&String> = message(0)["Attributes"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(told.len(), 2, "those that were named: {told:?}");
    assert_eq!(message(0)["Attributes"]["SenderId"], "111122223333");
    let hide = serde_json::json!({"QueueUrl": "http://x/111122223333/q1", "Entries": [
        {"Id": "a", "ReceiptHandle": message(0)["ReceiptHandle"], "VisibilityTimeout": 43_201},
        {"Id": "b", "ReceiptHandle": message(1)["ReceiptHandle"], "VisibilityTimeout": 0},
        {"Id": "c", "ReceiptHandle": "x", "VisibilityTimeout": 1},
    ]});
    let (_, answer) = bench.queue("ChangeMessageVisibilityBatch", &hide.to_string());
    assert_eq!(answer["Successful"], serde_json::json!([{"Id": "b"}]));
    let codes: Vec<&Value> = answer["Failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["Code"])
        .collect();
    assert_eq!(codes, ["InvalidParameterValue", "ReceiptHandleIsInvalid"]);
    bench.pass(10);
    let again = r#"{"QueueUrl":"http://x/111122223333/q1","MessageSystemAttributeNames":["All"]}"#;
    let (_, received) = bench.queue("ReceiveMessage", again);
    let attributes = &received["Messages"][0]["Attributes"];
    assert_eq!(attributes["ApproximateReceiveCount"], "2");
    assert_eq!(
        attributes["ApproximateFirstReceiveTimestamp"],
        attributes["SentTimestamp"]
    );
    let wrong =
        r#"{"QueueUrl":"http://x/111122223333/q1","MessageSystemAttributeNames":["Colour"]}"#;
    assert_eq!(
        kind(&bench.queue("ReceiveMessage", wrong)),
        "InvalidAttributeName"
    );
}

#[test]
fn attributes_of_a_queue_are_told_as_they_were_set() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    bench.pass(30);
    let set = r#"{"QueueUrl":"http://x/111122223333/q1","Attributes":{"Policy":"{\"a\":1}","RedrivePolicy":"{}","DelaySeconds":"07"}}"#;
    assert_eq!(bench.queue("SetQueueAttributes", set).0, 200);
    let all = r#"{"QueueUrl":"http://x/111122223333/q1","AttributeNames":["All"]}"#;
    let (_, told) = bench.queue("GetQueueAttributes", all);
    let told = &told["Attributes"];
    assert_eq!(
        (&told["Policy"], &told["RedrivePolicy"]),
        (&r#"{"a":1}"#.into(), &"{}".into())
    );
    assert_eq!(
        (&told["DelaySeconds"], &told["MaximumMessageSize"]),
        (&"7".into(), &"262144".into())
    );
    let seconds = |name: &str| told[name].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(
        seconds("LastModifiedTimestamp") - seconds("CreatedTimestamp"),
        30
    );
    let away = r#"{"QueueUrl":"http://x/111122223333/q1","Attributes":{"Policy":""}}"#;
    bench.queue("SetQueueAttributes", away);
    assert!(bench.queue("GetQueueAttributes", all).1["Attributes"]["Policy"].is_null());
    let wrong = r#"{"QueueUrl":"http://x/111122223333/q1","AttributeNames":["Colour"]}"#;
    assert_eq!(
        kind(&bench.queue("GetQueueAttributes", wrong)),
        "InvalidAttributeName"
    );
}

/// A number below the least is refused as one above the most, in both protocols.
#[test]
fn numbers_below_zero_are_out_of_range() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    for (action, name, rest, bounds) in [
        ("ReceiveMessage", "MaxNumberOfMessages", "", "1 and 10"),
        ("ReceiveMessage", "WaitTimeSeconds", "", "0 and 20"),
        ("ReceiveMessage", "VisibilityTimeout", "", "0 and 43200"),
        ("SendMessage", "DelaySeconds", "MessageBody", "0 and 900"),
    ] {
        for value in [-1, -2_147_483_648_i64, 50_000] {
            let message =
                format!("Value {value} for parameter {name} is invalid. Must be between {bounds}.");
            let more = if rest.is_empty() {
                ""
            } else {
                r#","MessageBody":"x""#
            };
            let body =
                format!(r#"{{"QueueUrl":"http://x/111122223333/q1","{name}":{value}{more}}}"#);
            let id = bench.queue_request(action, &body);
            let (_, response) = bench.take(id).unwrap();
            assert_eq!(response.status(), 400, "{body}");
            assert_eq!(
                response.headers()["x-amzn-query-error"],
                "InvalidParameterValue;Sender"
            );
            assert_eq!(read(&response)["message"], message);

            let more = if rest.is_empty() {
                ""
            } else {
                "&MessageBody=x"
            };
            let form = format!("Action={action}&{name}={value}{more}&Version=2012-11-05");
            let request = http::Request::builder()
                .method("POST")
                .uri("/111122223333/q1")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.into_bytes())
                .unwrap();
            let id = bench.send(request);
            let (_, response) = bench.take(id).unwrap();
            let text = String::from_utf8(response.body().to_vec()).unwrap();
            assert_eq!(response.status(), 400, "{text}");
            assert!(
                text.contains("<Code>InvalidParameterValue</Code>"),
                "{text}"
            );
            assert!(text.contains(&message), "{text}");
        }
    }
}

#[test]
fn a_queue_is_of_an_account() {
    let mut bench = Bench::new(ideal());
    bench.subscribe("ORDER_CHANGE");
    let foreign = r#"{"name":"theirs","resourceSpecification":{"sqs":{"arn":"arn:aws:sqs:us-east-1:444455556666:q1"}}}"#;
    let (status, made) = bench.call("POST", "/notifications/v1/destinations", foreign);
    assert_eq!(status, 200, "{made}");
    let ask = |url: &str| serde_json::json!({"QueueUrl": url, "MessageBody": "m"}).to_string();
    for action in [
        "SendMessage",
        "ReceiveMessage",
        "PurgeQueue",
        "GetQueueAttributes",
        "DeleteQueue",
    ] {
        for (url, expected) in [
            ("http://x/777788889999/q1", "QueueDoesNotExist"),
            ("http://x/111122223333/q9", "QueueDoesNotExist"),
            ("q1", "InvalidAddress"),
            ("http://x/q1", "InvalidAddress"),
            ("http://x/111122223333/", "InvalidAddress"),
        ] {
            let answer = bench.queue(action, &ask(url));
            assert_eq!((answer.0, kind(&answer)), (400, expected), "{action} {url}");
        }
    }
    assert_eq!(
        bench
            .queue("SendMessage", &ask("http://x/444455556666/q1"))
            .0,
        200
    );
    bench.open_with(1);
    bench.order(1);
    let ours = bench.empty_queue("q1");
    assert_eq!(ours.len(), 1, "what came to their queue is not in ours");
    assert_eq!(ours[0]["NotificationType"], "ORDER_CHANGE");
    let theirs = bench.queue("ReceiveMessage", &ask("http://x/444455556666/q1"));
    assert_eq!(theirs.1["Messages"][0]["Body"], "m");
    let (_, list) = bench.queue("ListQueues", "{}");
    assert_eq!(list["QueueUrls"].as_array().unwrap().len(), 1);
    for (owner, expected) in [
        ("111122223333", "/111122223333/q1"),
        ("444455556666", "/444455556666/q1"),
        ("777788889999", ""),
    ] {
        let asked = serde_json::json!({"QueueName": "q1", "QueueOwnerAWSAccountId": owner});
        let (_, answer) = bench.queue("GetQueueUrl", &asked.to_string());
        let url = answer["QueueUrl"].as_str().unwrap_or("");
        assert!(
            url.ends_with(expected) && url.is_empty() == expected.is_empty(),
            "{answer}"
        );
    }
}

#[test]
fn what_a_call_leaves_out_is_named() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    let url = r#""QueueUrl":"http://x/111122223333/q1""#;
    for (action, body, missing) in [
        ("CreateQueue", "{}".to_owned(), "QueueName"),
        ("GetQueueUrl", "{}".to_owned(), "QueueName"),
        ("ReceiveMessage", "{}".to_owned(), "QueueUrl"),
        ("SendMessage", format!("{{{url}}}"), "MessageBody"),
        ("DeleteMessage", format!("{{{url}}}"), "ReceiptHandle"),
        (
            "ChangeMessageVisibility",
            format!("{{{url}}}"),
            "ReceiptHandle",
        ),
    ] {
        let answer = bench.queue(action, &body);
        assert_eq!(kind(&answer), "MissingParameterException", "{action}");
        assert_eq!(
            answer.1["message"],
            format!("The request must contain the parameter {missing}.")
        );
    }
    bench.queue("SendMessage", &format!(r#"{{{url},"MessageBody":"m"}}"#));
    let (_, received) = bench.queue("ReceiveMessage", &format!("{{{url}}}"));
    let handle = received["Messages"][0]["ReceiptHandle"].as_str().unwrap();
    let body = format!(r#"{{{url},"ReceiptHandle":"{handle}"}}"#);
    let answer = bench.queue("ChangeMessageVisibility", &body);
    assert_eq!(
        answer.1["message"],
        "The request must contain the parameter VisibilityTimeout."
    );
    assert_eq!(kind(&answer), "MissingParameterException");
}

#[test]
fn a_message_comes_back_with_the_group_that_it_was_sent_in() {
    let mut bench = Bench::new(ideal());
    bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
    let url = "http://x/111122223333/q1";
    let send = |group: Value, id: Value| {
        serde_json::json!({"QueueUrl": url, "MessageBody": "m", "MessageGroupId": group, "MessageDeduplicationId": id}).to_string()
    };
    for group in ["", "a b", "é", &"x".repeat(129)] {
        let answer = bench.queue("SendMessage", &send(group.into(), Value::Null));
        assert_eq!(kind(&answer), "InvalidParameterValueException", "{group}");
    }
    let answer = bench.queue("SendMessage", &send(Value::Null, "once".into()));
    assert_eq!(kind(&answer), "InvalidParameterValueException");
    assert!(
        answer.1["message"]
            .as_str()
            .unwrap()
            .contains("not valid for this queue type")
    );
    let batch = serde_json::json!({"QueueUrl": url, "Entries": [
        {"Id": "a", "MessageBody": "a", "MessageGroupId": "shop-7"},
        {"Id": "b", "MessageBody": "b"},
        {"Id": "c", "MessageBody": "c", "MessageGroupId": "no group"},
    ]});
    let (_, sent) = bench.queue("SendMessageBatch", &batch.to_string());
    assert_eq!(sent["Failed"][0]["Id"], "c");
    let ask = |names: &[&str]| {
        serde_json::json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "MessageSystemAttributeNames": names}).to_string()
    };
    for (names, of_others) in [
        (&["MessageGroupId"][..], Value::Null),
        (&["All"][..], Value::from("1")),
    ] {
        let (_, received) = bench.queue("ReceiveMessage", &ask(names));
        for message in received["Messages"].as_array().unwrap() {
            let attributes = &message["Attributes"];
            if message["Body"] == "a" {
                assert_eq!(attributes["MessageGroupId"], "shop-7");
            } else {
                assert!(attributes["MessageGroupId"].is_null());
                assert_eq!(attributes.is_null(), of_others.is_null());
            }
        }
        assert_eq!(received["Messages"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn what_asks_the_queue_for_no_action_of_its_own_is_told_so() {
    let mut bench = Bench::new(ideal());
    let mut ask = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let id = bench.send(request.body(body.as_bytes().to_vec()).unwrap());
        let response = bench.take(id).unwrap().1;
        let text = String::from_utf8(response.body().clone()).unwrap();
        (response.status().as_u16(), text)
    };
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for path in ["/", "/111122223333/q1"] {
        let (status, text) = ask("POST", path, &form, "Version=2012-11-05");
        assert_eq!(status, 400);
        assert!(text.contains("<Code>MissingAction</Code>"), "{text}");
        let (_, text) = ask("POST", path, &form, "Action=Fly&Version=2012-11-05");
        assert!(text.contains("<Code>InvalidAction</Code>"), "{text}");
    }
    for method in ["GET", "PUT", "DELETE"] {
        let (status, text) = ask(method, "/111122223333/q1", &[], "");
        assert_eq!((status, text.trim()), (404, "<UnknownOperationException/>"));
    }
    for target in [
        "AmazonSQS.Fly",
        "DynamoDB_20120810.GetItem",
        "ReceiveMessage",
    ] {
        let (status, text) = ask("POST", "/", &[("x-amz-target", target)], "{}");
        assert_eq!(status, 400);
        assert!(
            text.contains("UnknownOperationException"),
            "{target}: {text}"
        );
    }
    let (status, text) = ask("GET", "/orders/v1/orders", &[], "");
    assert_eq!(status, 403, "a path of the other API: {text}");
}
