//! What faults of platforms and signals lay over a channel's profile: most of what a platform can do wrong is a value of its
//! profile, which a fault replaces while it lasts (docs/platforms.md, docs/faults.md).

use channel_mocks::core::{Distribution, Micros, profile};
use toml::{Table, Value};

use super::model::{Fault, FaultKind};
use super::profiles::{self, ProfileOwner};
use crate::engine::config::Platform;

/// The whole table of a profile: its text with a channel's overrides laid over it. Empty when there is none of the name.
pub fn profile_of(owner: ProfileOwner, name: &str, overrides: &Table) -> Table {
    let text = profiles::text(owner, name).unwrap_or("");
    let mut table = profile::parsed(text).unwrap_or_default();
    profile::merge(&mut table, overrides);
    table
}

/// What a fault lays over the profile of a system while it lasts, from the start of its window to the end; `None` where it
/// works in another way: at the door of the platform, on the way to it, or by an act.
///
/// How often it strikes is a share of the profile: `probability`, or each time. A profile counts nothing off, so that `first` and
/// `every` are refused where the kind is a value of it. The fault's delay takes the place of the platform's own.
///
/// # Errors
/// Says why the platform cannot have the fault, or not as it is written.
pub fn overlay(
    fault: &Fault,
    window: (Micros, Micros),
    owner: ProfileOwner,
    profile: &Table,
) -> Result<Option<Table>, String> {
    let has_queue = matches!(
        owner,
        ProfileOwner::Channel(platform) if platform.describe().capabilities.has_queue
    );
    if let Some(refused) = fault.refused_rate(has_queue) {
        return Err(format!("{}: {}", refused.message, refused.help));
    }
    if fault.kind == FaultKind::LimitsCut {
        return Ok(Some(cut(owner, profile, fault.factor.unwrap_or(0.0))));
    }
    let ProfileOwner::Channel(platform) = owner else {
        return Ok(None);
    };
    use Platform::{Amazon, Custom, Shopify, TiktokShop};
    let share = Value::Float(share(fault));
    let values: Vec<(&str, Value)> = match fault.kind {
        FaultKind::WritesLate | FaultKind::WritesUnordered => {
            let key = by_platform(
                platform,
                "delay.write_to_live",
                "inventory.write_to_live",
                "inventory.propagation",
                "inventory.write_to_live",
            );
            let in_order = fault.kind == FaultKind::WritesLate;
            // Amazon has no order of becoming live; in order means there that an overtaken write is dropped.
            let (ordered, is_on) = by_platform(
                platform,
                ("delay.writes_in_order", in_order),
                ("inventory.stale_writes_apply", !in_order),
                ("inventory.writes_in_order", in_order),
                ("inventory.writes_in_order", in_order),
            );
            vec![(key, delay(fault)?), (ordered, is_on.into())]
        }
        FaultKind::WritesStuck => match platform {
            Shopify => {
                return Err("on Shopify a quantity that has been answered has been set".to_string());
            }
            Amazon | TiktokShop | Custom => vec![("inventory.stuck_share", share)],
        },
        FaultKind::ReadsStale => {
            let key = by_platform(
                platform,
                "delay.read_lag",
                "inventory.read_lag",
                "inventory.read_lag",
                "inventory.read_lag",
            );
            vec![(key, delay(fault)?)]
        }
        FaultKind::FeedLate => {
            let key = by_platform(
                platform,
                "delay.search_index",
                "orders.list_lag",
                "orders.search_lag",
                "orders.list_lag",
            );
            vec![(key, delay(fault)?)]
        }
        FaultKind::BatchFailsInPart => match platform {
            Shopify => return Err("Shopify takes all rows of a batch or none".to_string()),
            Amazon => vec![("feeds.message_failure_share", share)],
            TiktokShop => vec![("inventory.partial_failure_share", share)],
            Custom => return Err("a custom channel takes one quantity a call".to_string()),
        },
        FaultKind::OrdersHeld => match platform {
            Shopify => return Err("orders on Shopify are paid at checkout".to_string()),
            Amazon => vec![("orders.pending", pending(fault, profile)?)],
            TiktokShop => {
                if fault.probability.is_some() {
                    return Err(
                        "TikTok Shop holds all orders or none: leave `probability` out".to_string(),
                    );
                }
                let hold = fault.delay.map_or(Micros::ZERO, |it| it.upper_bound());
                if hold == Micros::MAX {
                    return Err(
                        "TikTok Shop holds all orders for the same time: give `delay` a `max`, or write { fixed = .. }"
                            .to_string(),
                    );
                }
                vec![("orders.hold", value_of(&hold)?)]
            }
            Custom => vec![("orders.hold_share", share), ("orders.hold", delay(fault)?)],
        },
        FaultKind::RestockOnCancel => {
            let restocks = Value::from(fault.restocks.unwrap_or(true));
            match platform {
                Shopify => {
                    return Err(
                        "on Shopify whoever cancels says whether units go back on sale".to_string(),
                    );
                }
                Amazon => vec![("inventory.restore_on_cancel", restocks)],
                TiktokShop => vec![("inventory.auto_restock", restocks)],
                Custom => vec![("inventory.restock_on_cancel", restocks)],
            }
        }
        FaultKind::SignalLost => {
            let key = by_platform(
                platform,
                "faults.drop",
                "notifications.drop_share",
                "webhooks.drop_share",
                "webhooks.drop_share",
            );
            vec![(key, share)]
        }
        FaultKind::SignalLate => {
            let key = by_platform(
                platform,
                "webhooks.latency",
                "notifications.delay",
                "webhooks.delay",
                "webhooks.delay",
            );
            let mut values = vec![(key, delay(fault)?)];
            if matches!(platform, TiktokShop | Custom) {
                values.push(("webhooks.in_order", true.into()));
            }
            values
        }
        FaultKind::SignalDuplicated => {
            let (key, apart) = by_platform(
                platform,
                ("faults.duplicate", "faults.duplicate_delay"),
                (
                    "notifications.duplicate_share",
                    "notifications.duplicate_delay",
                ),
                ("webhooks.duplicate_share", "webhooks.duplicate_delay"),
                ("webhooks.duplicate_share", "webhooks.duplicate_delay"),
            );
            let mut values = vec![(key, share)];
            if let Some(delay) = &fault.delay {
                values.push((apart, value_of(delay)?));
            }
            values
        }
        FaultKind::SignalReordered => {
            let (key, by) = by_platform(
                platform,
                ("faults.reorder", "faults.reorder_delay"),
                ("notifications.reorder_share", "notifications.reorder_delay"),
                ("webhooks.reorder_share", "webhooks.reorder_delay"),
                ("webhooks.reorder_share", "webhooks.reorder_delay"),
            );
            vec![(key, share), (by, delay(fault)?)]
        }
        FaultKind::SignalBurst | FaultKind::Outage => {
            let key = by_platform(
                platform,
                "webhooks.stalls",
                "notifications.stalls",
                "webhooks.stalls",
                "webhooks.stalls",
            );
            let mut spell = Table::new();
            spell.insert("from".to_string(), value_of(&window.0)?);
            spell.insert("until".to_string(), value_of(&window.1)?);
            vec![(key, Value::Array(vec![Value::Table(spell)]))]
        }
        FaultKind::WrongSignature => match platform {
            Amazon => return Err("messages of Amazon's queue carry no signature".to_string()),
            Shopify | TiktokShop | Custom => vec![("webhooks.wrong_signature_share", share)],
        },
        FaultKind::QueueRedelivery => match platform {
            Amazon => vec![("queue.redelivery_share", share)],
            Shopify | TiktokShop | Custom => {
                return Err("only Amazon's signals come through a queue".to_string());
            }
        },
        FaultKind::TokenExpired if platform == Custom => {
            return Err(
                "the token of a custom channel does not end; access_revoked takes it away"
                    .to_string(),
            );
        }
        _ => return Ok(None),
    };
    let mut table = Table::new();
    for (key, value) in values {
        insert(&mut table, key, value);
    }
    Ok(Some(table))
}

fn by_platform<T>(platform: Platform, shopify: T, amazon: T, tiktok_shop: T, custom: T) -> T {
    match platform {
        Platform::Shopify => shopify,
        Platform::Amazon => amazon,
        Platform::TiktokShop => tiktok_shop,
        Platform::Custom => custom,
    }
}

/// Puts a value under a key of two parts.
fn insert(table: &mut Table, key: &str, value: Value) {
    let (section, name) = key.split_once('.').unwrap_or(("", key));
    let section = table
        .entry(section)
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(name.to_string(), value);
    }
}

fn value_of<T: serde::Serialize>(value: &T) -> Result<Value, String> {
    Value::try_from(value).map_err(|error| error.to_string())
}

fn delay(fault: &Fault) -> Result<Value, String> {
    value_of(&fault.delay.unwrap_or(Distribution::fixed(Micros::ZERO)))
}

/// The part of what it can strike that a fault strikes.
fn share(fault: &Fault) -> f64 {
    fault.probability.unwrap_or(1.0)
}

/// How long orders stay Pending: the fault's share of them for its delay, the others as before.
fn pending(fault: &Fault, profile: &Table) -> Result<Value, String> {
    let struck = share(fault);
    let mut part = Table::new();
    part.insert("share".to_string(), Value::Float(struck));
    part.insert("hold".to_string(), delay(fault)?);
    let mut parts = vec![Value::Table(part)];
    let usual = profile
        .get("orders")
        .and_then(|orders| orders.get("pending"));
    let usual: Vec<&Table> = usual
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect();
    let weight = |part: &Table| part.get("share").and_then(number).unwrap_or(0.0).max(0.0);
    let total: f64 = usual.iter().map(|part| weight(part)).sum();
    if struck < 1.0 && total <= 0.0 {
        return Err(
            "orders of this profile are never Pending, so that all or none can be: leave the rate out"
                .to_string(),
        );
    }
    for part in usual.into_iter().filter(|_| struck < 1.0) {
        let mut part = part.clone();
        let share = weight(&part) / total * (1.0 - struck);
        part.insert("share".to_string(), Value::Float(share));
        parts.push(Value::Table(part));
    }
    Ok(Value::Array(parts))
}

fn number(value: &Value) -> Option<f64> {
    value
        .as_float()
        .or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// Keys of the numbers that say how many calls, points or tokens a limit lets through.
const RATES: &[&str] = &[
    "rate",
    "rate_per_second",
    "restore_points_per_second",
    "leak_calls_per_second",
    "calls_per_second",
];
/// Keys of the numbers that say how much a limit lets through at once.
const BURSTS: &[&str] = &[
    "burst",
    "bucket_points",
    "bucket_calls",
    "burst_guard_per_second",
];

/// Every rate limit of a profile at a part of what it is. One call must still fit into a bucket, and the warehouse's rate
/// stays above 0.
fn cut(owner: ProfileOwner, profile: &Table, factor: f64) -> Table {
    let sections: &[&str] = match owner {
        ProfileOwner::Channel(Platform::Shopify) => &["graphql", "rest"],
        ProfileOwner::Channel(_) | ProfileOwner::Warehouse => &["limits"],
    };
    let mut table = Table::new();
    for section in sections {
        if let Some(Value::Table(limits)) = profile.get(*section) {
            table.insert((*section).to_string(), Value::Table(cut_in(limits, factor)));
        }
    }
    table
}

fn cut_in(limits: &Table, factor: f64) -> Table {
    // A limit without end has no part but all or nothing of it.
    let part = |usual: f64| if factor == 0.0 { 0.0 } else { usual * factor };
    let mut cut = Table::new();
    for (key, value) in limits {
        let is_rate = RATES.contains(&key.as_str());
        // GraphQL calls cost some ten points, and a dear one is refused for its price before it is for the bucket.
        let least = if key == "bucket_points" { 20.0 } else { 1.0 };
        let shrunk = match (value, number(value)) {
            (Value::Table(limit), _) => Some(Value::Table(cut_in(limit, factor))),
            (_, Some(usual)) if is_rate && key == "calls_per_second" => {
                Some(Value::Float(part(usual).max(1e-6)))
            }
            (_, Some(usual)) if is_rate => Some(Value::Float(part(usual))),
            (_, Some(usual)) if BURSTS.contains(&key.as_str()) => {
                Some(Value::Float(part(usual).max(least)))
            }
            _ => None,
        };
        cut.extend(shrunk.map(|value| (key.clone(), value)));
    }
    cut
}

#[cfg(test)]
mod tests;
