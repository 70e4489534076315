use proptest::prelude::*;

use super::*;

fn methods() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "BREW"])
}

fn paths() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/auth/o2/token",
        "/orders/v0/orders",
        "/orders/v0/orders/902-2718281-8284590/orderItems",
        "/orders/v0/orders/902-2718281-8284590/shipmentConfirmation",
        "/orders/2026-01-01/orders",
        "/listings/2021-08-01/items/A1SIMSELLER",
        "/listings/2021-08-01/items/A1SIMSELLER/SKU-1",
        "/fba/inventory/v1/summaries",
        "/notifications/v1/destinations",
        "/feeds/2021-06-30/documents",
        "/feeds/2021-06-30/feeds",
        "/feeds/2021-06-30/feeds/50001",
        "/reports/2021-06-30/reports",
        "/reports/2021-06-30/documents/x",
        "/documents/amzn1.tortuga.4.na.x.00000000",
        "/fba/outbound/2020-07-01/fulfillmentOrders",
        "/fba/outbound/2020-07-01/fulfillmentOrders/O-1/cancel",
        "/tokens/2021-03-01/restrictedDataToken",
        "/notifications/v1/subscriptions/ORDER_CHANGE",
        "/",
    ]);
    let pair = (
        prop::sample::select(vec![
            "MarketplaceIds",
            "marketplaceIds",
            "createdAfter",
            "CreatedAfter",
            "LastUpdatedAfter",
            "lastUpdatedBefore",
            "NextToken",
            "paginationToken",
            "maxResultsPerPage",
            "pageToken",
            "nextToken",
            "granularityType",
            "granularityId",
            "startDateTime",
            "AmazonOrderIds",
            "includedData",
            "mode",
            "identifiers",
            "identifiersType",
            "pageSize",
        ]),
        prop::sample::select(vec![
            US,
            "2026-11-23T10:00:00Z",
            "0001-01-01",
            "9999-12-31T23:59:59Z",
            "%FF%00",
            "-1",
            "1",
            "99999999999999999999",
            "Marketplace",
            "902-2718281-8284590",
            "SKU",
            "a,b",
            "",
        ]),
    );
    let query = prop::collection::vec(pair, 0..5);
    let path = prop_oneof![
        known.prop_map(str::to_owned),
        "(/[a-zA-Z0-9%._-]{0,12}){1,8}"
    ];
    (path, query).prop_map(|(path, query)| {
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("{path}?{}", query.join("&"))
    })
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::sample::select(vec![
            r#"{"productType":"P","patches":[{"op":"merge","path":"/attributes/fulfillment_availability","value":[{"fulfillment_channel_code":"DEFAULT","quantity":9223372036854775807,"lead_time_to_ship_max_days":-1}]}]}"#,
            r#"{"QueueUrl":"/111122223333/q1","MaxNumberOfMessages":10,"WaitTimeSeconds":20,"VisibilityTimeout":43200,"ReceiptHandle":"é"}"#,
            r#"{"QueueUrl":"/111122223333/q1","MaxNumberOfMessages":18446744073709551615}"#,
            r#"{"marketplaceId":"ATVPDKIKX0DER","packageDetail":{"packageReferenceId":"1","carrierCode":"é","trackingNumber":"1","shipDate":"2026-11-23","orderItems":[{"orderItemId":"10000000000001","quantity":4294967295},{"orderItemId":"99999999999999","quantity":1}]}}"#,
            r#"{"name":"n","resourceSpecification":{"sqs":{"arn":"arn:aws:sqs:"}}}"#,
            r#"{"contentType":"é"}"#,
            r#"{"reportType":"GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL","marketplaceIds":["ATVPDKIKX0DER"],"dataStartTime":"0001-01-01T00:00:00Z"}"#,
            r#"{"restrictedResources":[{"method":"GET","path":"//{}//%FF"}]}"#,
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_request_panics_and_every_answer_is_json(
        requests in prop::collection::vec((methods(), paths(), bodies(), 0..4u8), 1..12),
    ) {
        let mut profile = Profile::named("amazon-default").unwrap();
        profile.orders.pending.truncate(2);
        let mut bench = Bench::new(profile);
        bench.open_with(100);
        bench.amazon.set_fba_stock(ListingIndex(1), 5);
        bench.queue("CreateQueue", r#"{"QueueName":"q1"}"#);
        bench.order(3);
        for (method, path, body, kind) in requests {
            bench.pass(700);
            let mut builder = http::Request::builder().method(method).uri(path);
            builder = match kind {
                0 => builder,
                1 => builder.header("x-amz-access-token", bench.token.as_str()),
                2 => builder.header("x-amz-target", "AmazonSQS.ReceiveMessage"),
                _ => builder.header("x-amz-target", "AmazonSQS.DeleteMessage"),
            };
            let Ok(request) = builder.body(body) else { continue };
            let id = bench.send(request);
            bench.pass(20);
            let (_, response) = bench.take(id).expect("every request is answered");
            // The store of documents speaks XML.
            if response.headers().get("content-type").is_none_or(|kind| kind != "application/xml") {
                read(&response);
            }
        }
    }

    /// Whatever is sold, cancelled, returned and written: what is displayed follows from the facts alone, and is never
    /// negative.
    #[test]
    fn displayed_is_the_sum_of_its_facts(acts in prop::collection::vec((0..7u8, 1..4u32), 1..60)) {
        let mut profile = Profile::named("amazon-default").unwrap();
        profile.limits = ideal().limits;
        profile.orders.pending_cancel_share = 0.3;
        let mut bench = Bench::new(profile);
        bench.open_with(6);
        let mut orders: Vec<OrderRef> = Vec::new();
        for (kind, units) in acts {
            let picked = orders.last().copied().unwrap_or(OrderRef(0));
            match kind {
                0..3 => if let CheckoutOutcome::Accepted { order, .. } = bench.buy(units) {
                    orders.push(order);
                },
                3 => { bench.amazon.cancel_by_buyer(bench.now, picked); }
                4 => { bench.amazon.return_units(bench.now, picked, 0, 1, true); }
                5 => {
                    bench.log_in();
                    bench.set(i64::from(units));
                }
                _ => bench.pass(600),
            }
            bench.drain();
        }
        bench.pass(400_000);
        let mut expected = 6;
        for fact in &bench.facts {
            if let Fact::Displayed { listing, from, to, .. } = fact {
                prop_assert_eq!(*listing, LISTING);
                prop_assert_eq!(*from, expected);
                prop_assert!(*to >= 0);
                expected = *to;
            }
        }
        prop_assert_eq!(bench.displayed(), expected);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = || {
        let mut bench = Bench::new(Profile::named("amazon-default").unwrap());
        bench.open_with(100);
        bench.subscribe("ORDER_CHANGE");
        for _ in 0..20 {
            bench.order(1);
            bench.set(50);
            bench.pass(97);
        }
        let bodies = bench.empty_queue("q1");
        let answers: Vec<String> = bodies.iter().map(Value::to_string).collect();
        (answers, format!("{:?}", bench.facts))
    };
    assert_eq!(run(), run());
}
