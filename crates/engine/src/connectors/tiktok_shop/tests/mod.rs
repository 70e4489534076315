mod fulfillment;
mod signals;

use http::Method;
use http::header::AUTHORIZATION;
use oversell_kernel::hexadecimal;
use proptest::prelude::*;
use serde_json::json;

use super::TiktokShopConnector;
use super::requests::Call;
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState, ShipTo, Shipment, SkuIndex};
use crate::config::{EngineConfig, Platform};
use crate::connectors::fixtures::{
    EPOCH_UNIX_SECONDS, TIKTOK, at, config, credentials_of, json_of, parsed, parsed_with, response,
    target_of,
};
use crate::connectors::{Change, Connector, Event, Operation, QuantityWrite, WriteOutcome};
use crate::machine::Request;
use oversell_kernel::Micros;

/// The configuration whose zero is the instant of the published signatures.
fn config_of_vectors(unix_seconds: i64) -> EngineConfig {
    EngineConfig {
        epoch_unix_micros: unix_seconds * 1_000_000,
        ..config()
    }
}

fn sign_of(request: &Request) -> &str {
    request
        .uri()
        .query()
        .unwrap()
        .split("&sign=")
        .nth(1)
        .unwrap()
}

#[test]
fn the_platform_s_own_vector_is_reproduced() {
    let mut config = config_of_vectors(1_623_812_664);
    config.channels[2].credentials = credentials_of(
        Platform::TiktokShop,
        &[("app_key", "29a39d"), ("app_secret", "e59af819cc")],
    );
    let request = TiktokShopConnector::new(&config, TIKTOK)
        .build(Micros::ZERO, &Operation::SetUp { step: 0 });
    assert_eq!(request.uri().path(), "/authorization/202309/shops");
    assert_eq!(
        sign_of(&request),
        "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"
    );
}

#[test]
fn signatures_cover_path_query_and_body() {
    let tiktok = TiktokShopConnector::new(&config_of_vectors(1_767_225_600), TIKTOK);
    let search = Call::to("/order/202309/orders/search")
        .with("sort_order", b"ASC")
        .with("page_token", b"aGk+/w==")
        .with("page_size", b"20")
        .with("sort_field", b"update_time");
    let body = br#"{"update_time_ge":1767222000,"update_time_lt":1767225600}"#.to_vec();
    let request = tiktok.send(Micros::ZERO, Method::POST, search, body);
    assert_eq!(
        sign_of(&request),
        "d3178af6594a9910b09478665db22fd7f0f23e2ff06d6205b2615813e3dfea22"
    );
    assert!(
        request
            .uri()
            .query()
            .unwrap()
            .contains("page_token=aGk%2B%2Fw%3D%3D&")
    );

    let update = Call::about(
        "/product/202309/products/",
        1_729_000_000_000_000_000,
        "/inventory/update",
    );
    let body = br#"{"skus":[{"id":"1729000000000000001","inventory":[{"warehouse_id":"7000000000000000001","quantity":5}]}]}"#;
    let request = tiktok.send(Micros::ZERO, Method::POST, update, body.to_vec());
    assert_eq!(
        sign_of(&request),
        "121ada9dab4e322a254e25242091fc9d73252d361bd75bffede54921efe68ce7"
    );

    let orders = vec![
        OrderKey(576_460_000_000_000_001),
        OrderKey(576_460_000_000_000_002),
    ];
    let request = tiktok.fetch_request(Micros::ZERO, &orders);
    assert_eq!(
        sign_of(&request),
        "ecfbc9b23b1f1e9860de61d125a4d1085fc86417e156dee151d6472e11915dee"
    );
}

fn data(data: &str) -> String {
    format!(r#"{{"code":0,"message":"Success","request_id":"r","data":{data}}}"#)
}

/// A connector that has signed in and been set up: MUG is SKU 21 of product 20 in warehouses 71 and 72, CAP is SKU 22
/// of the same product, the pen SKU 31 of product 30.
fn ready() -> TiktokShopConnector {
    let mut tiktok = TiktokShopConnector::new(&config(), TIKTOK);
    let expiry = EPOCH_UNIX_SECONDS + 604_800;
    let token = data(&format!(
        r#"{{"access_token":"ROW_tokA","access_token_expire_in":{expiry},"refresh_token":"ROW_next"}}"#
    ));
    assert_eq!(
        parsed(&mut tiktok, &Operation::Authenticate, &token),
        [Event::Authenticated {
            valid_until: Micros::from_secs(604_800)
        }]
    );
    let answers = [
        r#"{"shops":[{"id":"1","cipher":"ROW_other"},{"id":"2","cipher":"ROW_demoCipher01"}]}"#,
        r#"{"warehouses":[{"id":"72","type":"SALES_WAREHOUSE","effect_status":"ENABLED","is_default":false},
            {"id":"79","type":"RETURN_WAREHOUSE","effect_status":"ENABLED","is_default":true},
            {"id":"71","type":"SALES_WAREHOUSE","effect_status":"ENABLED","is_default":true}]}"#,
        r#"{"delivery_options":[{"id":"709","name":"Standard"}]}"#,
        r#"{"shipping_providers":[{"id":"661","name":"Royal Mail"},{"id":"662","name":"UPS Ground"},{"id":"663","name":"UPS"}]}"#,
        "{}",
        "null",
    ];
    assert_eq!(answers.len(), usize::from(tiktok.set_up_steps()));
    for (step, answer) in (0..).zip(answers) {
        let operation = Operation::SetUp { step };
        let events = parsed(&mut tiktok, &operation, &data(answer));
        assert_eq!(events, [Event::Done], "step {step}");
    }
    let products = data(
        r#"{"next_page_token":"","products":[
        {"id":"20","skus":[{"id":"21","seller_sku":"MUG","inventory":[{"warehouse_id":"72","quantity":1},{"warehouse_id":"71","quantity":4}]},
            {"id":"22","seller_sku":"CAP","inventory":[{"warehouse_id":"71","quantity":4}]},
            {"id":"23","seller_sku":"HAT","inventory":[]}]},
        {"id":"30","skus":[{"id":"31","seller_sku":"PEN/10 \"blue\""}]}]}"#,
    );
    assert_eq!(
        parsed(
            &mut tiktok,
            &Operation::ReadCatalogue { cursor: None },
            &products
        ),
        [Event::CatalogueRead {
            listings: 3,
            next: None
        }]
    );
    tiktok
}

#[test]
fn a_refresh_replaces_the_refresh_token() {
    let before = TiktokShopConnector::new(&config(), TIKTOK);
    assert!(target_of(&before.token_request()).contains("refresh_token=ROW_grant"));
    assert!(target_of(&ready().token_request()).contains("refresh_token=ROW_next"));
}

#[test]
fn a_grant_for_another_shop_fails() {
    let shops = data(r#"{"shops":[{"id":"1","cipher":"ROW_other"}]}"#);
    let events = parsed(&mut ready(), &Operation::SetUp { step: 0 }, &shops);
    assert!(
        matches!(events[..], [Event::Failed { retry: false, .. }]),
        "{events:?}"
    );
}

#[test]
fn rows_share_a_call_within_a_product() {
    let tiktok = ready();
    let groups = [0, 1, 2].map(|sku| tiktok.batch_group(SkuIndex(sku)));
    assert_eq!(groups, [20, 20, 30]);
}

const ORDER: &str = r#"{"id":"576460000000000001","status":"AWAITING_SHIPMENT","create_time":1795172400,
    "update_time":1795176067,"recipient_address":{"region_code":"US","postal_code":"48110"},
    "line_items":[{"id":"11","sku_id":"21","seller_sku":"MUG"},{"id":"12","sku_id":"22","seller_sku":""}]}"#;
const KEY: OrderKey = OrderKey(576_460_000_000_000_001);

fn order() -> Order {
    Order {
        key: KEY,
        state: OrderState::Open,
        created_at: at(11, 0, 0),
        updated_at: at(12, 1, 7),
        lines: vec![
            Line {
                id: LineKey(11),
                sku: SkuIndex(0),
                units: 1,
                current_units: 1,
            },
            Line {
                id: LineKey(12),
                sku: SkuIndex(1),
                units: 1,
                current_units: 1,
            },
        ],
        ship_to: Some(ShipTo {
            country: *b"US",
            postal_code: 48_110,
        }),
        restocked: None,
        lacked_stock: false,
    }
}

#[test]
fn a_page_keeps_what_can_be_read() {
    let operation = Operation::PollOrders {
        since: at(11, 0, 0),
        cursor: None,
    };
    let request = ready().build(Micros::ZERO, &operation);
    assert_eq!(json_of(&request), json!({"update_time_ge": 1_795_172_400}));
    assert_eq!(request.headers()["x-tts-access-token"], "ROW_tokA");
    let body = data(&format!(
        r#"{{"total_count":3,"next_page_token":"p2","orders":[{{"id":"5","status":9}},{ORDER},{{}}]}}"#
    ));
    let events = parsed(&mut ready(), &operation, &body);
    assert!(matches!(
        events[0],
        Event::Quarantined {
            order: Some(OrderKey(5)),
            ..
        }
    ));
    assert_eq!(events[1], Event::OrderSeen(order()));
    assert!(matches!(events[2], Event::Quarantined { order: None, .. }));
    let latest_change = Some(at(12, 1, 7));
    let next = Some("p2".to_owned());
    assert_eq!(
        events[3..],
        [Event::FeedRead {
            orders: 3,
            next,
            latest_change
        }]
    );
}

#[test]
fn an_empty_page_has_no_next() {
    let operation = Operation::PollOrders {
        since: Micros::ZERO,
        cursor: None,
    };
    let body = data(r#"{"total_count":0,"next_page_token":""}"#);
    let read = Event::FeedRead {
        orders: 0,
        next: None,
        latest_change: None,
    };
    assert_eq!(parsed(&mut ready(), &operation, &body), [read]);
}

#[test]
fn states_follow_the_status() {
    let operation = Operation::FetchOrders {
        orders: vec![KEY, OrderKey(4)],
    };
    for (status, state, counted) in [
        ("UNPAID", OrderState::Held, 0),
        ("ON_HOLD", OrderState::Held, 0),
        ("PARTIALLY_SHIPPING", OrderState::Open, 0),
        ("IN_TRANSIT", OrderState::Shipped, 0),
        ("CANCELLED", OrderState::Cancelled, 0),
        ("TELEPORTED", OrderState::Held, 1),
    ] {
        let body = data(&format!(
            r#"{{"orders":[{}]}}"#,
            ORDER.replace("AWAITING_SHIPMENT", status)
        ));
        let events = parsed(&mut ready(), &operation, &body);
        assert_eq!(
            events[counted],
            Event::OrderSeen(Order { state, ..order() }),
            "{status}"
        );
        assert!(matches!(
            events[counted + 1..],
            [Event::Quarantined {
                order: Some(OrderKey(4)),
                ..
            }]
        ));
    }
}

fn write(writes: &[(u32, Change)]) -> Operation {
    let writes = writes.iter().map(|&(sku, change)| QuantityWrite {
        sku: SkuIndex(sku),
        change,
    });
    Operation::WriteQuantities {
        writes: writes.collect(),
        idempotency_key: 1,
    }
}

#[test]
fn a_write_lists_every_warehouse_and_fills_the_default_one() {
    let operation = write(&[
        (0, Change::Set(5)),
        (1, Change::Set(200_000)),
        (2, Change::Set(1)),
    ]);
    let request = ready().build(Micros::ZERO, &operation);
    assert_eq!(
        request.uri().path(),
        "/product/202309/products/20/inventory/update"
    );
    assert_eq!(
        json_of(&request),
        json!({"skus": [
            {"id": "21", "inventory": [{"warehouse_id": "71", "quantity": 5}, {"warehouse_id": "72", "quantity": 0}]},
            {"id": "22", "inventory": [{"warehouse_id": "71", "quantity": 99_999}]}]})
    );
}

#[test]
fn a_success_may_hold_failed_rows() {
    let operation = write(&[
        (0, Change::Set(5)),
        (1, Change::Set(6)),
        (2, Change::Set(1)),
    ]);
    let body = data(
        r#"{"errors":[{"code":12052990,"message":"Check failed","detail":{"sku_id":"22",
        "extra_errors":[{"warehouse_id":"9","code":12052097,"message":"no such warehouse"}]}}]}"#,
    );
    let events = parsed(&mut ready(), &operation, &body);
    let outcome = |sku, outcome| Event::Written {
        sku: SkuIndex(sku),
        outcome,
    };
    assert_eq!(events[0], outcome(0, WriteOutcome::Accepted));
    let reason = "12052097: no such warehouse".to_owned();
    assert_eq!(events[1], outcome(1, WriteOutcome::Refused(reason)));
    assert!(matches!(
        events[2],
        Event::Written {
            outcome: WriteOutcome::Refused(_),
            ..
        }
    ));
}

#[test]
fn a_refused_write_is_refused_for_every_row() {
    let operation = write(&[(0, Change::Set(5)), (1, Change::Set(6))]);
    let body = r#"{"code":12052901,"message":"product status","request_id":"r","data":""}"#;
    let events = parsed(&mut ready(), &operation, body);
    let refused = |event: &Event| {
        matches!(
            event,
            Event::Written {
                outcome: WriteOutcome::Refused(_),
                ..
            }
        )
    };
    assert!(
        events.len() == 2 && events.iter().all(refused),
        "{events:?}"
    );
}

#[test]
fn deltas_do_not_exist() {
    let operation = write(&[(0, Change::Adjust(-1))]);
    let request = ready().build(Micros::ZERO, &operation);
    assert_eq!(
        request.uri().path(),
        "/product/202309/inventory/search",
        "nothing is written"
    );
    let events = parsed(&mut ready(), &operation, &data("{}"));
    assert!(matches!(
        events[..],
        [Event::Written {
            outcome: WriteOutcome::Refused(_),
            ..
        }]
    ));
}

#[test]
fn available_units_are_read() {
    let operation = Operation::ReadQuantities {
        skus: vec![SkuIndex(0), SkuIndex(2)],
    };
    let request = ready().build(Micros::ZERO, &operation);
    assert_eq!(json_of(&request), json!({"sku_ids": ["21", "31"]}));
    let body = data(
        r#"{"inventory":[{"product_id":"20","skus":[{"id":"21","seller_sku":"MUG",
        "total_available_quantity":37,"total_committed_quantity":3}]}]}"#,
    );
    let events = parsed(&mut ready(), &operation, &body);
    assert_eq!(
        events[0],
        Event::QuantityRead {
            sku: SkuIndex(0),
            displayed: 37
        }
    );
    assert!(matches!(
        events[1..],
        [Event::Quarantined { order: None, .. }]
    ));
}

#[test]
fn codes_sort_the_refusals() {
    let operation = Operation::ReadQuantities {
        skus: vec![SkuIndex(0)],
    };
    let refused = |status, code: i64, message: &str| {
        let body = format!(r#"{{"code":{code},"message":"{message}","request_id":"r"}}"#);
        parsed_with(&mut ready(), &operation, &response(status, &body))
    };
    assert_eq!(
        refused(200, 36_009_002, "many"),
        [Event::Throttled { wait: None }]
    );
    assert_eq!(
        refused(429, 36_009_002, "many"),
        [Event::Throttled { wait: None }]
    );
    assert_eq!(refused(401, 105_002, "expired"), [Event::Unauthorized]);
    assert_eq!(refused(200, 105_002, "expired"), [Event::Unauthorized]);
    assert_eq!(
        refused(400, 36_009_004, "invalid x-tts-access-token header"),
        [Event::Unauthorized]
    );
    let failed = |events: Vec<Event>| match &events[..] {
        [Event::Failed { retry, .. }] => *retry,
        _ => panic!("{events:?}"),
    };
    assert!(!failed(refused(401, 106_001, "sign is wrong")));
    assert!(!failed(refused(400, 36_009_004, "timestamp is too old")));
    assert!(failed(refused(500, 36_009_003, "internal")));
    assert!(failed(parsed_with(
        &mut ready(),
        &operation,
        &response(503, "<html>")
    )));
}
