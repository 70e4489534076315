//! What must hold between the values of a configuration.

use std::net::SocketAddr;

use channel_mocks::core::Epoch;
use http::Uri;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::config::{ChannelSection, EngineFile, speed_fits};
use crate::engine::Micros;
use crate::realtime::clock::SPEEDS;
use crate::scenario::error::suggestion;
use crate::scenario::{Problem, Typed};

/// Most channels of one engine.
const MOST_CHANNELS: usize = 1_000;
/// Everything that is wrong, with its place.
pub(super) fn problems(typed: &Typed<EngineFile>) -> Vec<Problem> {
    let file = &typed.value;
    let mut found = Vec::new();
    let mut complain = |path: &str, message: String, help: &str| {
        found.push(typed.problem(path, message, help));
    };
    if file.strategy.knows_the_ledger() {
        complain(
            "strategy",
            "`informed-escrow` knows the ledger, which no real engine does".to_string(),
            "one of spreadsheet, trigger, mirror, escrow",
        );
    }
    if file.database.as_os_str().is_empty() {
        complain(
            "database",
            "`database` is empty".to_string(),
            "give a file, like \"engine.db\"",
        );
    }
    if file.listen.parse::<SocketAddr>().is_err() {
        complain(
            "listen",
            format!(
                "`listen` = \"{}\" is not an address with a port",
                file.listen
            ),
            "write it like \"127.0.0.1:0\"",
        );
    }
    if let Some(url) = &file.callback_url {
        check_url("callback_url", "callback_url", url, &mut complain);
    }
    if file.timeout == Micros::ZERO {
        complain(
            "timeout",
            "`timeout` is zero, so that no call could be answered".to_string(),
            "thirty seconds are usual: \"30s\"",
        );
    }
    if !(1..=1_000_000_000).contains(&file.compact_after) {
        complain(
            "compact_after",
            format!("`compact_after` is {}", file.compact_after),
            "a number of journal entries from 1 to 1000000000; 20000 when it is left out",
        );
    }
    check_clock(file, &mut complain);
    check_url("warehouse.url", "url", &file.warehouse.url, &mut complain);
    if file.skus.as_ref().is_some_and(Vec::is_empty) {
        complain(
            "skus",
            "`skus` is empty".to_string(),
            "name the merchant's SKUs, or leave the key out: then the warehouse is asked",
        );
    }
    let mut seen = IndexSet::<&str, FxBuildHasher>::default();
    for (index, sku) in file.skus.iter().flatten().enumerate() {
        if !seen.insert(sku) {
            complain(
                &format!("skus.{index}"),
                format!("the SKU \"{sku}\" is named twice"),
                "take one of them out",
            );
            break;
        }
    }
    if file.channel.is_empty() || file.channel.len() > MOST_CHANNELS {
        complain(
            "channel",
            format!("there are {} channels", file.channel.len()),
            "an engine has 1 to 1000: one [[channel]] table each",
        );
    }
    for (index, channel) in file.channel.iter().enumerate() {
        if file.channel[..index]
            .iter()
            .any(|it| it.name == channel.name)
        {
            complain(
                &format!("channel.{index}.name"),
                format!("two channels are named \"{}\"", channel.name),
                "give every channel a name of its own",
            );
        }
        check_channel(index, channel, &mut complain);
    }
    found
}

type Complain<'a> = dyn FnMut(&str, String, &str) + 'a;

fn check_clock(file: &EngineFile, complain: &mut Complain<'_>) {
    let clock = &file.clock;
    if let Some(url) = &clock.url
        && !url.parse::<Uri>().is_ok_and(|uri| {
            uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty())
        })
    {
        complain(
            "clock.url",
            match url.starts_with("https:") {
                true => format!("`url` = \"{url}\": https is not spoken"),
                false => format!("`url` = \"{url}\" is not an address"),
            },
            "write the one that `simulate serve` prints under `clock`, or leave it out",
        );
    }
    if !speed_fits(clock.speed) {
        complain(
            "clock.speed",
            format!("`speed` is {}", clock.speed),
            &format!("{} to {}", SPEEDS.start(), SPEEDS.end()),
        );
    }
    for (key, value) in [("real", &clock.real), ("platform", &clock.platform)] {
        if let Some(text) = value
            && Epoch::parse_unix_micros(text).is_none()
        {
            complain(
                &format!("clock.{key}"),
                format!("`{key}` = \"{text}\" is not an instant"),
                "write RFC 3339, like \"2026-11-27T00:00:00Z\"",
            );
        }
    }
    if clock.real.is_some() != clock.platform.is_some() {
        complain(
            "clock",
            "`real` and `platform` belong together".to_string(),
            "give both, as `simulate serve` prints them under `clock`, or neither",
        );
    } else if clock.real.is_none() && (clock.speed - 1.0).abs() > f64::EPSILON {
        complain(
            "clock.speed",
            format!(
                "with `speed` = {} nothing says when the calendars agreed",
                clock.speed
            ),
            "add `real` and `platform`, as `simulate serve` prints them under `clock`",
        );
    }
}

fn check_channel(index: usize, channel: &ChannelSection, complain: &mut Complain<'_>) {
    let at = |key: &str| format!("channel.{index}.{key}");
    if channel.name.is_empty() {
        complain(
            &at("name"),
            "a channel's `name` is empty".to_string(),
            "the name the warehouse knows it by",
        );
    }
    check_url(&at("url"), "url", &channel.url, complain);
    if let Some(url) = &channel.queue_url {
        check_url(&at("queue_url"), "queue_url", url, complain);
    }
    if let Some(share) = channel.demand_share
        && !(0.0..=1.0).contains(&share)
    {
        complain(
            &at("demand_share"),
            format!("`demand_share` is {share}"),
            "0 to 1",
        );
    }
    let names = channel.platform.describe().limit_names;
    for (name, limit) in &channel.known_limits {
        let path = at(&format!("known_limits.{name}"));
        if !names.contains(&name.as_str()) {
            complain(
                &path,
                format!("there is no limit `{name}` on this platform"),
                &suggestion(name, names),
            );
        } else if !(limit.burst > 0.0 && limit.rate > 0.0) {
            complain(
                &path,
                format!("`{name}`: `burst` and `rate` must be more than zero"),
                "the tokens that the full bucket holds, and those that flow into it in a second",
            );
        }
    }
    let keys = channel.platform.describe().credentials;
    let needed: Vec<&str> = keys.iter().map(|key| key.name).collect();
    for &key in ChannelSection::CREDENTIAL_KEYS {
        let own = keys.iter().find(|own| own.name == key);
        match (channel.credential(key), own.is_some()) {
            (None, true) if own.is_some_and(|own| own.default.is_none()) => complain(
                &format!("channel.{index}"),
                format!("channel \"{}\" has no `{key}`", channel.name),
                &format!("this platform needs {}", needed.join(", ")),
            ),
            (Some(""), true) => complain(
                &at(key),
                format!("channel \"{}\": `{key}` is empty", channel.name),
                "`simulate serve` prints its value; a real platform's admin shows it",
            ),
            (Some(_), false) => complain(
                &at(key),
                format!("`{key}` belongs to another platform"),
                &format!("this platform needs {}", needed.join(", ")),
            ),
            _ => {}
        }
    }
}

fn check_url(path: &str, key: &str, url: &str, complain: &mut Complain<'_>) {
    let parsed: Option<Uri> = url.parse().ok();
    let scheme = parsed.as_ref().and_then(Uri::scheme_str);
    let host = parsed.as_ref().and_then(Uri::host).unwrap_or_default();
    if scheme == Some("https") {
        complain(
            path,
            format!("`{key}` = \"{url}\": https is not spoken"),
            "put a proxy in front that ends TLS, or serve without --tls",
        );
    } else if scheme != Some("http") || host.is_empty() {
        complain(
            path,
            format!("`{key}` = \"{url}\" is not an address"),
            "write scheme and host, like \"http://127.0.0.1:7001\"",
        );
    } else if parsed
        .is_some_and(|uri| !uri.path().trim_end_matches('/').is_empty() || uri.query().is_some())
    {
        complain(
            path,
            format!("`{key}` = \"{url}\" has a path"),
            "the engine adds the paths itself: give scheme, host and port only",
        );
    }
}
