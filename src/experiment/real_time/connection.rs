//! What clients are told of the served systems: addresses, credentials, the clock.

use std::path::Path;

use channel_mocks::core::{Epoch, Micros};
use serde_json::json;

use crate::engine::config::Platform;
use crate::realtime::clock::Calendar;
use crate::serve::access_file;
use crate::serve::clock;
use crate::serve::session::ServePlan;

/// The addresses of everything, as clients write them.
pub struct Urls {
    /// Name, platform and address of every channel.
    pub channels: Vec<(String, Platform, String)>,
    /// The queue, when there is an Amazon channel.
    pub queue: Option<String>,
    /// The merchant's own system.
    pub warehouse: String,
    /// Where the platforms' clock is read.
    pub clock: String,
    /// The control API; `None` for an engine under test, which must not act as a buyer or look into the ledger.
    pub control: Option<String>,
}

impl Urls {
    /// Of what listens at `addresses`.
    pub fn new(addresses: &crate::serve::service::Addresses, plan: &ServePlan, tls: bool) -> Urls {
        let scheme = if tls { "https" } else { "http" };
        let url = |address: &std::net::SocketAddr| format!("{scheme}://{address}");
        Urls {
            channels: plan
                .scenario
                .channels
                .iter()
                .zip(&addresses.channels)
                .map(|(channel, address)| (channel.name.clone(), channel.platform, url(address)))
                .collect(),
            queue: addresses.queue.as_ref().map(url),
            warehouse: url(&addresses.warehouse),
            clock: format!("{}{}", url(&addresses.warehouse), clock::PATH),
            control: Some(format!("http://{}", addresses.control)),
        }
    }

    fn first(&self, platform: Platform) -> Option<&str> {
        let found = self
            .channels
            .iter()
            .find(|(_, other, _)| *other == platform);
        found.map(|(_, _, url)| url.as_str())
    }
}

/// An instant as RFC 3339 text, in whole milliseconds.
pub fn instant(unix_micros: i64) -> String {
    Epoch { unix_micros }.millis_utc(Micros::ZERO)
}

/// The one line of JSON that tells a client all it needs.
pub fn described_json(
    urls: &Urls,
    plan: &ServePlan,
    calendar: &Calendar,
    authority: Option<&Path>,
) -> serde_json::Value {
    let access = &plan.access;
    let mut all = serde_json::Map::new();
    if let Some(url) = urls.first(Platform::Shopify) {
        let own = &access.shopify;
        all.insert(
            "shopify".into(),
            json!({
                "url": url,
                "shop": own.shop_domain,
                "access_token": own.access_token,
                "api_key": own.client_id,
                "api_secret": own.client_secret,
            }),
        );
    }
    if let Some(url) = urls.first(Platform::Amazon) {
        let own = &access.amazon;
        all.insert(
            "amazon".into(),
            json!({
                "url": url,
                "lwa_client_id": own.client_id,
                "lwa_client_secret": own.client_secret,
                "refresh_token": own.refresh_token,
                "seller_id": own.seller_id,
                "marketplace_id": access_file::marketplace_id(&plan.scenario),
            }),
        );
    }
    if let Some(url) = &urls.queue {
        all.insert("sqs".into(), json!({"url": url}));
    }
    if let Some(url) = urls.first(Platform::TiktokShop) {
        let own = &access.tiktok_shop;
        all.insert(
            "tiktok_shop".into(),
            json!({
                "url": url,
                "app_key": own.app_key,
                "app_secret": own.app_secret,
                "auth_code": own.auth_code,
                "access_token": own.access_token,
                "refresh_token": own.refresh_token,
                "shop_cipher": own.shop_cipher,
            }),
        );
    }
    all.insert(
        "warehouse".into(),
        json!({"url": urls.warehouse, "token": access.warehouse.token}),
    );
    if let Some(url) = &urls.control {
        all.insert("control".into(), json!({"url": url}));
    }
    let channels: Vec<_> = urls
        .channels
        .iter()
        .map(|(name, platform, url)| json!({"name": name, "platform": platform, "url": url}))
        .collect();
    all.insert("channels".into(), channels.into());
    let (real, platform) = (instant(calendar.real), instant(calendar.platform));
    all.insert(
        "clock".into(),
        json!({"speed": calendar.speed, "real": real, "platform": platform, "url": urls.clock}),
    );
    if let Some(path) = authority {
        all.insert("ca".into(), json!(path));
    }
    serde_json::Value::Object(all)
}

/// The same for people: name, address and credentials of every system.
pub fn rows(
    urls: &Urls,
    plan: &ServePlan,
    authority: Option<&Path>,
    out: &Path,
) -> Vec<(String, String, String)> {
    let access = &plan.access;
    let mut rows = Vec::new();
    for (name, platform, url) in &urls.channels {
        let credentials = match platform {
            Platform::Shopify => format!(
                "shop {}, token {}, app {} / {}",
                access.shopify.shop_domain,
                access.shopify.access_token,
                access.shopify.client_id,
                access.shopify.client_secret
            ),
            Platform::Amazon => format!(
                "client {} / {}, refresh {}, seller {}",
                access.amazon.client_id,
                access.amazon.client_secret,
                access.amazon.refresh_token,
                access.amazon.seller_id
            ),
            Platform::TiktokShop => format!(
                "app {} / {}, refresh {}, shop {}",
                access.tiktok_shop.app_key,
                access.tiktok_shop.app_secret,
                access.tiktok_shop.refresh_token,
                access.tiktok_shop.shop_cipher
            ),
        };
        rows.push((name.clone(), url.clone(), credentials));
    }
    if let Some(url) = &urls.queue {
        rows.push(("queue".into(), url.clone(), "any AWS credentials".into()));
    }
    rows.push((
        "warehouse".into(),
        urls.warehouse.clone(),
        format!("bearer {}", access.warehouse.token),
    ));
    if let Some(url) = &urls.control {
        let described = "/_oversell/openapi.yaml".into();
        rows.push(("control".into(), url.clone(), described));
    }
    if let Some(path) = authority {
        rows.push((
            "authority".into(),
            path.display().to_string(),
            "trust it in clients".into(),
        ));
    }
    rows.push((
        "ledger".into(),
        out.join("ledger.jsonl").display().to_string(),
        String::new(),
    ));
    rows
}
