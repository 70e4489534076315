//! The greeting: everything an engine needs to know before its first step.

use std::collections::BTreeMap;

use serde::Serialize;

use super::PROTOCOL;
use crate::engine::Micros;
use crate::engine::canonical::SkuIndex;
use crate::engine::config::{ChannelConfig, Credentials, EngineConfig, KnownLimit, Platform};
use crate::scenario::Scenario;

#[derive(Serialize)]
struct Hello<'a> {
    protocol: u32,
    config: Config<'a>,
}

#[derive(Serialize)]
struct Config<'a> {
    epoch_unix_micros: i64,
    seed: u64,
    skus: &'a [String],
    channels: Vec<Channel<'a>>,
    warehouse: Warehouse<'a>,
}

#[derive(Serialize)]
struct Channel<'a> {
    name: &'a str,
    platform: Platform,
    base_urls: BaseUrls,
    credentials: BTreeMap<&'static str, &'a str>,
    callback_url: &'a str,
    demand_share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at_micros: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at_micros: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_listed: Vec<&'a str>,
    poll_orders_every_micros: u64,
    call_patience_micros: u64,
    bounds: Bounds,
    known_limits: &'a BTreeMap<String, KnownLimit>,
}

#[derive(Serialize)]
struct BaseUrls {
    api: String,
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
}

#[derive(Serialize)]
struct Bounds {
    order_visibility_lag_micros: Option<u64>,
    write_lifetime_micros: Option<u64>,
    restocks_on_cancel: bool,
}

#[derive(Serialize)]
struct Warehouse<'a> {
    base_url: &'static str,
    token: &'a str,
    call_patience_micros: u64,
}

/// The greeting as a line.
pub(super) fn hello(config: &EngineConfig, scenario: &Scenario) -> Vec<u8> {
    let patience = scenario.channels.iter().map(|channel| {
        let patience = channel.network.patience;
        patience.0
    });
    let hello = Hello {
        protocol: PROTOCOL,
        config: Config {
            epoch_unix_micros: config.epoch_unix_micros,
            // 53 bits: as many as the numbers of every language hold.
            seed: config.seed >> 11,
            skus: &config.skus,
            channels: config
                .channels
                .iter()
                .zip(patience)
                .map(|(channel, patience)| channel_of(channel, &config.skus, patience))
                .collect(),
            warehouse: Warehouse {
                base_url: "https://warehouse.invalid",
                token: &config.warehouse_token,
                call_patience_micros: scenario.warehouse.network.patience.0,
            },
        },
    };
    // Names and numbers only: nothing in it that JSON cannot hold.
    serde_json::to_vec(&hello).unwrap_or_default()
}

fn channel_of<'a>(channel: &'a ChannelConfig, skus: &'a [String], patience: u64) -> Channel<'a> {
    let bounded = |time: Micros| (time != Micros::MAX).then_some(time.0);
    Channel {
        name: &channel.name,
        platform: channel.platform,
        base_urls: base_urls(channel.platform, &channel.credentials),
        credentials: channel.credentials.iter().collect(),
        callback_url: &channel.callback_url,
        demand_share: channel.demand_share,
        opens_at_micros: (channel.opens_at > Micros::ZERO).then_some(channel.opens_at.0),
        closes_at_micros: bounded(channel.closes_at),
        not_listed: skus
            .iter()
            .zip(0u32..)
            .filter(|(_, sku)| !channel.lists(SkuIndex(*sku)))
            .map(|(code, _)| code.as_str())
            .collect(),
        poll_orders_every_micros: channel.poll_orders_every.0,
        call_patience_micros: patience,
        bounds: Bounds {
            order_visibility_lag_micros: bounded(channel.bounds.order_visibility_lag),
            write_lifetime_micros: bounded(channel.bounds.write_lifetime),
            restocks_on_cancel: channel.bounds.restocks_on_cancel,
        },
        known_limits: &channel.known_limits,
    }
}

/// The platforms' own addresses, as an engine would find them in their documentation.
fn base_urls(platform: Platform, credentials: &Credentials) -> BaseUrls {
    let https = |host: String| format!("https://{host}");
    let hosts = (platform.describe().hosts)(credentials);
    BaseUrls {
        api: https(hosts.api),
        token: https(hosts.token),
        queue: hosts.queue.map(https),
    }
}
