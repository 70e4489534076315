//! What clients are told of the served systems: addresses, credentials, the clock.

use std::path::Path;

use channel_mocks::core::{Epoch, Micros};
use serde_json::{Value, json};

use super::front::FrontDoor;
use crate::engine::config::Platform;
use crate::realtime::clock::Calendar;
use crate::scenario::model::Channel;
use crate::serve::access_file;
use crate::serve::clock;
use crate::serve::session::ServePlan;
use crate::stage::opening::Access;

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
}

/// An instant as RFC 3339 text, in whole milliseconds.
pub fn instant(unix_micros: i64) -> String {
    Epoch { unix_micros }.millis_utc(Micros::ZERO)
}

/// What a client signs in with on a channel, by the names that clients know it by.
pub(super) fn credentials(
    platform: Platform,
    own: &Access,
    channel: &Channel,
) -> serde_json::Map<String, Value> {
    let all = match platform {
        Platform::Shopify => json!({
            "shop": own.shopify.shop_domain,
            "access_token": own.shopify.access_token,
            "api_key": own.shopify.client_id,
            "api_secret": own.shopify.client_secret,
        }),
        Platform::Amazon => json!({
            "lwa_client_id": own.amazon.client_id,
            "lwa_client_secret": own.amazon.client_secret,
            "refresh_token": own.amazon.refresh_token,
            "seller_id": own.amazon.seller_id,
            "application_id": own.amazon.application_id,
            "marketplace_id": access_file::marketplace_id(own, channel),
        }),
        Platform::TiktokShop => json!({
            "app_key": own.tiktok_shop.app_key,
            "app_secret": own.tiktok_shop.app_secret,
            "auth_code": own.tiktok_shop.auth_code,
            "access_token": own.tiktok_shop.access_token,
            "refresh_token": own.tiktok_shop.refresh_token,
            "shop_cipher": own.tiktok_shop.shop_cipher,
            "shop_id": own.tiktok_shop.shop_id.to_string(),
        }),
        Platform::Custom => json!({
            "host": own.custom.host,
            "token": own.custom.token,
            "webhook_secret": own.custom.webhook_secret,
        }),
    };
    match all {
        Value::Object(all) => all,
        _ => serde_json::Map::new(),
    }
}

/// The one line of JSON that tells a client all it needs.
pub fn described_json(
    urls: &Urls,
    plan: &ServePlan,
    calendar: &Calendar,
    authority: Option<&Path>,
    front: Option<&FrontDoor>,
) -> Value {
    let own = plan.access.of_channels(&plan.scenario);
    let mut all = serde_json::Map::new();
    let mut channels = Vec::with_capacity(urls.channels.len());
    let listed = urls.channels.iter().zip(&plan.scenario.channels).zip(&own);
    for (place, (((name, platform, url), channel), own)) in listed.enumerate() {
        let mut described = serde_json::Map::new();
        described.insert("url".into(), json!(url));
        described.extend(credentials(*platform, own, channel));
        if let (Platform::Amazon, Some(queue)) = (*platform, &urls.queue) {
            // The port for the queue is the first seller's; every seller's own address serves it as well.
            let url = if all.contains_key(platform.name()) {
                url
            } else {
                queue
            };
            described.insert("sqs_url".into(), json!(url));
        }
        if let Some(names) = front.and_then(|it| it.channels.get(place)) {
            described.insert("hosts".into(), json!(names));
        }
        // The block of a platform stands for its first channel.
        let block = all.entry(platform.name());
        block.or_insert_with(|| described.clone().into());
        described.insert("name".into(), json!(name));
        described.insert("platform".into(), json!(platform));
        channels.push(Value::Object(described));
    }
    if let Some(url) = &urls.queue {
        all.insert("sqs".into(), json!({"url": url}));
    }
    all.insert(
        "warehouse".into(),
        json!({"url": urls.warehouse, "token": plan.access.warehouse.token}),
    );
    if let Some(url) = &urls.control {
        all.insert("control".into(), json!({"url": url}));
    }
    all.insert("channels".into(), channels.into());
    let (real, platform) = (instant(calendar.real), instant(calendar.platform));
    all.insert(
        "clock".into(),
        json!({"speed": calendar.speed, "real": real, "platform": platform, "url": urls.clock}),
    );
    if let Some(front) = front {
        all.insert("front".into(), front.described());
    }
    if let Some(path) = authority {
        all.insert("ca".into(), json!(path));
    }
    Value::Object(all)
}

/// The same for people: name, address and credentials of every system.
pub fn rows(
    urls: &Urls,
    plan: &ServePlan,
    authority: Option<&Path>,
    front: Option<&FrontDoor>,
    out: &Path,
) -> Vec<(String, String, String)> {
    let access = &plan.access;
    let mut rows = Vec::new();
    let own = access.of_channels(&plan.scenario);
    let listed = urls.channels.iter().zip(&plan.scenario.channels).zip(&own);
    for (((name, platform, url), channel), own) in listed {
        let known = credentials(*platform, own, channel);
        let of = |member: &str| known.get(member).and_then(Value::as_str).unwrap_or("");
        let credentials = match platform {
            Platform::Shopify => format!(
                "shop {}, token {}, app {} / {}",
                of("shop"),
                of("access_token"),
                of("api_key"),
                of("api_secret")
            ),
            Platform::Amazon => format!(
                "client {} / {}, refresh {}, seller {}",
                of("lwa_client_id"),
                of("lwa_client_secret"),
                of("refresh_token"),
                of("seller_id")
            ),
            Platform::TiktokShop => format!(
                "app {} / {}, refresh {}, shop {}",
                of("app_key"),
                of("app_secret"),
                of("refresh_token"),
                of("shop_cipher")
            ),
            Platform::Custom => format!(
                "bearer {}, webhook secret {}",
                of("token"),
                of("webhook_secret")
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
    if let Some(front) = front {
        let reached = "by host name, or as a proxy".into();
        rows.push(("front".into(), front.url.clone(), reached));
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
