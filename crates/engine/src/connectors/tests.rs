//! What holds for every connector.

use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::fixtures::{AMAZON, CUSTOM, SHOPIFY, TIKTOK, config, every_operation, response};
use super::{Event, connector};
use crate::canonical::ChannelIndex;
use crate::config::{KnownLimit, Platform};
use crate::machine::Request;
use oversell_kernel::Micros;

#[test]
fn a_channel_gets_the_connector_of_its_platform() {
    let config = config();
    let batches = [SHOPIFY, AMAZON, TIKTOK, CUSTOM]
        .map(|channel| connector(&config, channel).capabilities().write_batch);
    assert_eq!(batches, [250, 1, 100, 1]);
}

#[test]
fn wrong_configurations_are_refused_by_the_platform_and_not_by_a_panic() {
    let mut config = config();
    config.channels[1].platform = Platform::Shopify;
    for channel in [ChannelIndex(1), ChannelIndex(9)] {
        let mut connector = connector(&config, channel);
        for operation in every_operation() {
            connector.build(Micros::ZERO, &operation);
        }
    }
}

#[test]
fn limits_are_known_by_the_buckets_names_and_what_the_merchant_knows_of_them_is_believed() {
    let mut known = std::collections::BTreeMap::new();
    for channel in [SHOPIFY, AMAZON, TIKTOK, CUSTOM] {
        let config = config();
        let buckets = connector(&config, channel).buckets();
        let names: Vec<_> = buckets.iter().map(|bucket| bucket.name).collect();
        assert_eq!(
            names,
            config.channels[usize::from(channel.0)]
                .platform
                .describe()
                .limit_names
        );
        for bucket in buckets {
            assert_eq!(bucket.or_known(&known), bucket);
        }
    }
    let limit = KnownLimit {
        burst: 40.0,
        rate: 2.0,
    };
    known.insert("patch_listings_item".to_string(), limit);
    let believed: Vec<_> = connector(&config(), AMAZON)
        .buckets()
        .into_iter()
        .map(|bucket| bucket.or_known(&known))
        .filter(|bucket| bucket.capacity == 40.0 && bucket.rate_per_second == 2.0)
        .collect();
    assert_eq!(believed.len(), 1);
}

#[test]
fn every_charge_names_a_bucket_that_can_pay_it() {
    for channel in [SHOPIFY, AMAZON, TIKTOK, CUSTOM] {
        let connector = connector(&config(), channel);
        let buckets = connector.buckets();
        for operation in every_operation() {
            let charge = connector.charge(&operation);
            if let Some(bucket) = charge.bucket {
                assert!(
                    charge.tokens <= buckets[usize::from(bucket)].capacity,
                    "{operation:?}"
                );
                assert!(charge.tokens > 0.0, "{operation:?}");
            }
        }
    }
}

#[test]
fn refusals_by_status_mean_the_same_on_every_platform() {
    for channel in [SHOPIFY, AMAZON, TIKTOK, CUSTOM] {
        let mut connector = connector(&config(), channel);
        for operation in every_operation() {
            let mut throttled = response(429, "slow down");
            throttled
                .headers_mut()
                .insert("retry-after", HeaderValue::from_static("2.5"));
            let mut events = Vec::new();
            connector.parse(Micros::ZERO, &operation, &throttled, &mut events);
            let wait = Some(Micros::from_millis(2_500));
            let unsupported = matches!(&events[..], [Event::Failed { retry: false, .. }]);
            let refused = events
                .iter()
                .all(|event| matches!(event, Event::Written { .. }));
            let expected = events == [Event::Throttled { wait }];
            assert!(
                expected || unsupported || refused || events == [Event::Done],
                "{events:?}"
            );

            let mut events = Vec::new();
            connector.parse(
                Micros::ZERO,
                &operation,
                &response(503, "down"),
                &mut events,
            );
            let success = |event: &Event| {
                matches!(
                    event,
                    Event::Authenticated { .. }
                        | Event::FeedRead { .. }
                        | Event::CatalogueRead { .. }
                        | Event::FulfillmentConfirmed { .. }
                        | Event::OrderCancelled { .. }
                )
            };
            assert!(!events.iter().any(success), "{operation:?} {events:?}");
        }
    }
}

/// JSON that is near to what the platforms send.
fn near_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("0".to_owned()),
        Just("-1".to_owned()),
        Just("1e300".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("\"gid://shopify/Order/5001\"".to_owned()),
        Just("\"902-0000001-0000001\"".to_owned()),
        Just("\"2026-11-20T13:05:11Z\"".to_owned()),
        Just("\"\\u0041\"".to_owned()),
        Just("true".to_owned()),
    ];
    let keys = prop::sample::select(vec![
        "data",
        "errors",
        "orders",
        "nodes",
        "id",
        "code",
        "message",
        "line_items",
        "lineItems",
        "skus",
        "inventory",
        "products",
        "payload",
        "Messages",
        "Body",
        "ReceiptHandle",
        "order",
        "orderId",
        "extensions",
        "cost",
        "throttleStatus",
        "pageInfo",
        "order_id",
        "type",
        "fulfillmentCreate",
        "userErrors",
        "inventorySetQuantities",
        "field",
        "shops",
        "warehouses",
        "lines",
        "quantity",
        "status",
    ]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((keys.clone(), inner), 0..5).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn headers(signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in ["x-shopify-hmac-sha256", "authorization", "x-signature"] {
        if let Ok(value) = HeaderValue::from_str(signature) {
            headers.insert(name, value);
        }
    }
    headers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answer_yields_an_event(
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), near_json().prop_map(String::into_bytes)],
        status in prop::sample::select(vec![200_u16, 204, 400, 401, 403, 404, 409, 429, 500, 503]),
    ) {
        for channel in [SHOPIFY, AMAZON, TIKTOK, CUSTOM] {
            let mut connector = connector(&config(), channel);
            for operation in every_operation() {
                connector.build(Micros::ZERO, &operation);
                let mut answer = response(status, "");
                answer.body_mut().clone_from(&body);
                let mut events = Vec::new();
                connector.parse(Micros::ZERO, &operation, &answer, &mut events);
                prop_assert!(!events.is_empty(), "{:?}", operation);
            }
        }
    }

    #[test]
    fn any_webhook_yields_an_event(
        body in prop::collection::vec(any::<u8>(), 0..200),
        signature in "\\PC{0,80}",
    ) {
        for channel in [SHOPIFY, AMAZON, TIKTOK, CUSTOM] {
            let mut request = Request::new(body.clone());
            *request.headers_mut() = headers(&signature);
            let mut events = Vec::new();
            let answer = connector(&config(), channel).receive(Micros::ZERO, &request, &mut events);
            prop_assert!(!events.is_empty());
            prop_assert!(answer.status().is_client_error());
        }
    }
}
