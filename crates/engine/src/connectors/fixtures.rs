//! What the connectors' tests share: a configuration with one channel of each platform, and answers.

use std::collections::BTreeMap;

use http::StatusCode;

use super::{Connector, Event, Operation};
use crate::canonical::ChannelIndex;
use crate::config::{ChannelConfig, Credentials, EngineConfig, Platform, PlatformBounds};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

/// 2026-11-20T00:00:00Z
pub(crate) const EPOCH_UNIX_SECONDS: i64 = 1_795_132_800;

pub(crate) const SHOPIFY: ChannelIndex = ChannelIndex(0);
pub(crate) const AMAZON: ChannelIndex = ChannelIndex(1);
pub(crate) const TIKTOK: ChannelIndex = ChannelIndex(2);
pub(crate) const CUSTOM: ChannelIndex = ChannelIndex(3);

/// Credentials from keys and their texts.
pub(crate) fn credentials_of(platform: Platform, texts: &[(&str, &str)]) -> Credentials {
    Credentials::new(platform, |wanted| {
        let found = texts.iter().find(|(key, _)| *key == wanted);
        found.map(|(_, text)| (*text).to_owned())
    })
}

pub(crate) fn config() -> EngineConfig {
    let channel = |name: &str, platform, credentials: &[(&str, &str)]| ChannelConfig {
        name: name.to_owned(),
        platform,
        credentials: credentials_of(platform, credentials),
        callback_url: format!("https://engine.example/{name}"),
        demand_share: 0.3,
        was_selling: false,
        poll_orders_every: Micros::from_secs(60),
        bounds: PlatformBounds {
            order_visibility_lag: Micros::ZERO,
            write_lifetime: Micros::ZERO,
            request_lifetime: Micros::ZERO,
            restocks_on_cancel: true,
        },
        known_limits: BTreeMap::new(),
        opens_at: Micros::ZERO,
        assortment: None,
        closes_at: Micros::MAX,
    };
    let text = str::to_owned;
    EngineConfig {
        seed: 7,
        epoch_unix_micros: EPOCH_UNIX_SECONDS * 1_000_000,
        skus: ["MUG", "CAP", "PEN/10 \"blue\""].map(text).to_vec(),
        channels: vec![
            channel(
                "shop-us",
                Platform::Shopify,
                &[
                    ("shop", "demo.myshopify.com"),
                    ("api_key", "client"),
                    ("api_secret", "hush"),
                ],
            ),
            channel(
                "amazon-us",
                Platform::Amazon,
                &[
                    ("lwa_client_id", "amzn1.client"),
                    ("lwa_client_secret", "se&cret"),
                    ("refresh_token", "Atzr|grant"),
                    ("seller_id", "A1SELLER"),
                    ("marketplace_id", "ATVPDKIKX0DER"),
                    ("aws_account_id", "111122223333"),
                ],
            ),
            channel(
                "tiktok-us",
                Platform::TiktokShop,
                &[
                    ("app_key", "6demo0key"),
                    ("app_secret", "0123456789abcdef"),
                    ("refresh_token", "ROW_grant"),
                    ("shop_cipher", "ROW_demoCipher01"),
                ],
            ),
            channel(
                "own-shop",
                Platform::Custom,
                &[
                    ("host", "shop.custom.example"),
                    ("token", "key-1"),
                    ("webhook_secret", "hook-secret"),
                ],
            ),
        ],
        warehouse_token: text("token"),
        strategy: crate::config::Strategy::Mirror,
        settings: Default::default(),
        history: None,
    }
}

/// Time of day on the first day.
pub(crate) fn at(hour: u64, minute: u64, second: u64) -> Micros {
    Micros::from_secs(hour * 3_600 + minute * 60 + second)
}

pub(crate) fn response(status: u16, body: &str) -> Response {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// The events of an answer with status 200.
pub(crate) fn parsed(
    connector: &mut dyn Connector,
    operation: &Operation,
    body: &str,
) -> Vec<Event> {
    parsed_with(connector, operation, &response(200, body))
}

pub(crate) fn parsed_with(
    connector: &mut dyn Connector,
    operation: &Operation,
    response: &Response,
) -> Vec<Event> {
    let mut events = Vec::new();
    connector.parse(Micros::ZERO, operation, response, &mut events);
    events
}

pub(crate) fn body_of(request: &Request) -> &str {
    std::str::from_utf8(request.body()).unwrap()
}

pub(crate) fn json_of(request: &Request) -> serde_json::Value {
    serde_json::from_slice(request.body()).unwrap()
}

pub(crate) fn target_of(request: &Request) -> String {
    format!("{} {}", request.method(), request.uri())
}

/// One operation of each kind.
pub(crate) fn every_operation() -> Vec<Operation> {
    use super::{Change, QuantityWrite};
    use crate::canonical::{LineKey, OrderKey, Shipment, SkuIndex};
    let order = OrderKey(5_001);
    let writes = vec![
        QuantityWrite {
            sku: SkuIndex(0),
            change: Change::Set(4),
        },
        QuantityWrite {
            sku: SkuIndex(1),
            change: Change::CompareAndSet { from: 2, to: 1 },
        },
        QuantityWrite {
            sku: SkuIndex(9),
            change: Change::Adjust(-1),
        },
    ];
    let shipment = Shipment {
        order,
        lines: vec![(LineKey(1), 2)],
        carrier: "UPS".to_owned(),
        tracking_number: "1ZSIM".to_owned(),
        shipped_at: Micros::ZERO,
    };
    let mut operations = vec![
        Operation::Authenticate,
        Operation::ReadCatalogue { cursor: None },
        Operation::PollOrders {
            since: Micros::ZERO,
            cursor: Some("next".to_owned()),
        },
        Operation::FetchOrders {
            orders: vec![order, OrderKey(5_002)],
        },
        Operation::FetchOrders { orders: Vec::new() },
        Operation::ReadQuantities {
            skus: vec![SkuIndex(0), SkuIndex(9)],
        },
        Operation::ReadQuantities { skus: Vec::new() },
        Operation::WriteQuantities {
            writes,
            idempotency_key: 3,
        },
        Operation::WriteQuantities {
            writes: Vec::new(),
            idempotency_key: 4,
        },
        Operation::PrepareFulfillment {
            orders: vec![order],
        },
        Operation::ConfirmFulfillment {
            shipments: vec![shipment],
        },
        Operation::CancelOrder { order },
        Operation::ReceiveMessages,
        Operation::AcknowledgeMessages {
            handles: vec!["rh".to_owned()],
        },
    ];
    operations.extend((0..10).map(|step| Operation::SetUp { step }));
    operations
}
