//! What goes wrong on a seed: a part of the families, a part of their kinds, each with a place, a window, a frequency and
//! values of its own. Everything is read from the table of kinds, so that a kind that is added there is drawn from then on.

use channel_mocks::core::Micros;

use super::super::assumption::Effect;
use super::{Draw, Draws, Swarm, believed};
use crate::engine::config::Platform;
use crate::measure::assumptions::Hypothesis;
use crate::scenario::Scenario;
use crate::scenario::fault_overlay;
use crate::scenario::model::{
    CallsOf, Channel, CrashPoint, Direction, FBA, Fault, FaultFamily, FaultKind, FaultPlace,
    FaultRate, FaultValue,
};
use crate::scenario::profiles::ProfileOwner;

/// How many of the families take part in a run, and how many of the kinds of each.
const FAMILIES: f64 = 0.45;
const KINDS: f64 = 0.3;
/// How often a kind is drawn that breaks what is to be broken.
const BREAKING: f64 = 0.8;

/// Members of the payloads that carry orders and counts, by platform. Those by which an engine pages through a list are not
/// among them: without one a list ends too soon, and nobody can tell.
const SHOPIFY_FIELDS: &[&str] = &[
    "quantity",
    "currentQuantity",
    "displayFulfillmentStatus",
    "financial_status",
    "line_items",
    "available",
    "sku",
    "inventory_item_id",
    "cancelled_at",
];
const AMAZON_FIELDS: &[&str] = &[
    "OrderStatus",
    "QuantityOrdered",
    "SellerSKU",
    "OrderItemId",
    "LastUpdateDate",
    "quantity",
    "fulfillmentStatus",
    "orderItems",
    "status",
];
const CUSTOM_FIELDS: &[&str] = &[
    "id",
    "status",
    "sku",
    "quantity",
    "lines",
    "updated_at",
    "ship_to",
];
const TIKTOK_FIELDS: &[&str] = &[
    "status",
    "order_status",
    "line_items",
    "sku_id",
    "seller_sku",
    "update_time",
    "quantity",
    "recipient_address",
    "cancel_reason",
];

/// By how much the engine's clock may be wrong without a loss of H2 (docs/strategies.md: its fences allow for a little more).
const LONGEST_SKEW: Micros = Micros::from_secs(30);

/// A clock is wrong by this at least.
const SHORTEST_SKEW: Micros = Micros::from_millis(10);

/// Members that hold numbers, on whatever platform.
const NUMBERS: &[&str] = &[
    "quantity",
    "quantityOrdered",
    "update_time",
    "available",
    "id",
];

/// Draws the faults of a seed and adds them to those of the scenario.
pub(super) fn draw(draws: Draws, scenario: &mut Scenario, swarm: &Swarm) {
    for family in FaultFamily::ALL {
        let takes_part = draws
            .of(&format!("family {}", family.name()))
            .chance(FAMILIES);
        for &kind in FaultKind::ALL {
            let described = kind.describe();
            if described.family != family {
                continue;
            }
            let mut draw = draws.of(&format!("fault {}", described.name));
            let (often, rarely) = (draw.chance(BREAKING), draw.chance(KINDS));
            let effect = Effect::of(kind);
            let wanted = match effect.breaks(swarm.broken) {
                true => often,
                false => takes_part && rarely && effect.is_drawn(swarm.broken),
            };
            let needs_renewal = matches!(kind, FaultKind::Crash | FaultKind::SecondEngine);
            if wanted && (swarm.is_renewable || !needs_renewal) {
                let fault = fault(&mut draw, kind, scenario);
                let fits = fit(fault, scenario);
                let spares = fits.and_then(|fault| spare_answers(fault, scenario, swarm.broken));
                let Some(mut fault) = spares else {
                    continue;
                };
                confine(&mut fault, scenario, swarm.broken);
                scenario.faults.push(fault);
            }
        }
    }
}

/// Whether a channel that is meant can have the fault as it is written.
pub(in crate::experiment) fn is_possible(fault: &Fault, scenario: &Scenario) -> bool {
    let channels = scenario.channels.iter();
    let mut meant = channels
        .filter(|channel| fault.channel.as_ref().is_none_or(|it| *it == channel.name))
        .peekable();
    if fault.refused_rate(false).is_some() {
        return false;
    }
    if fault.kind.describe().place == FaultPlace::Engine || meant.peek().is_none() {
        return true;
    }
    meant.any(|channel| {
        let owner = ProfileOwner::Channel(channel.platform);
        let profile = fault_overlay::profile_of(owner, &channel.profile, &channel.overrides);
        let window = (fault.from, scenario.duration);
        fault_overlay::overlay(fault, window, owner, &profile).is_ok()
    })
}

/// The fault as some channel can have it: a share where a platform counts nothing off, each time where it knows no rate, and on a
/// channel of another platform where this one has no such thing. Nothing where no channel has.
fn fit(mut fault: Fault, scenario: &Scenario) -> Option<Fault> {
    if is_possible(&fault, scenario) {
        return Some(fault);
    }
    let share = fault.every.map(|every| 1.0 / every as f64);
    (fault.every, fault.first) = (None, None);
    for probability in [fault.probability.or(share), None] {
        fault.probability = probability;
        if is_possible(&fault, scenario) {
            return Some(fault);
        }
    }
    let channels = scenario.channels.iter();
    let elsewhere = channels.map(|channel| Fault {
        channel: Some(channel.name.clone()),
        ..fault.clone()
    });
    elsewhere
        .into_iter()
        .find(|fault| is_possible(fault, scenario))
}

fn fault(draw: &mut Draw, kind: FaultKind, scenario: &Scenario) -> Fault {
    let described = kind.describe();
    let mut fault = Fault::new(kind);
    place(draw, &mut fault, described.place, scenario);
    window(draw, &mut fault, scenario.duration);
    if described.rate != FaultRate::Once {
        frequency(draw, &mut fault);
    }
    for &value in described.needs {
        give(draw, &mut fault, value, scenario);
    }
    for &value in described.takes {
        if draw.chance(0.5) {
            give(draw, &mut fault, value, scenario);
        }
    }
    fault
}

fn place(draw: &mut Draw, fault: &mut Fault, place: FaultPlace, scenario: &Scenario) {
    let mut places: Vec<Option<&str>> = scenario
        .channels
        .iter()
        .map(|channel| Some(channel.name.as_str()))
        .collect();
    match place {
        FaultPlace::Engine | FaultPlace::Warehouse => return,
        FaultPlace::AnySystem => places.extend([Some("warehouse"), None]),
        FaultPlace::Channels => places.push(None),
    }
    fault.channel = draw.pick(&places).map(str::to_string);
}

fn window(draw: &mut Draw, fault: &mut Fault, duration: Micros) {
    let seconds = (duration.0 / 1_000_000).max(2);
    if draw.chance(0.8) {
        fault.from = Micros::from_secs(draw.between(0, seconds * 3 / 4));
        fault.lasts = Some(Micros::from_secs(draw.sized(1, seconds)));
    }
}

fn frequency(draw: &mut Draw, fault: &mut Fault) {
    let dies = fault.kind == FaultKind::Crash;
    match draw.between(0, 3) {
        // A process that dies at every input does nothing else.
        0 if !dies => {}
        1 if !dies => fault.every = Some(draw.sized(2, 20)),
        2 => fault.first = Some(draw.sized(1, 20).min(if dies { 3 } else { 20 })),
        _ if dies => fault.probability = Some(draw.sized(1, 20) as f64 / 1_000.0),
        _ => fault.probability = Some(draw.share(2, 100)),
    }
}

/// Gives a fault one of its values.
fn give(draw: &mut Draw, fault: &mut Fault, value: FaultValue, scenario: &Scenario) {
    let milliseconds = Micros::from_millis;
    let seconds = Micros::from_secs;
    match value {
        FaultValue::Calls => {
            fault.calls = Some(draw.pick(&[CallsOf::Read, CallsOf::Write, CallsOf::Token]));
        }
        FaultValue::Direction => {
            fault.direction = Some(draw.pick(&[Direction::Request, Direction::Reply]));
        }
        FaultValue::Delay => {
            let (shortest, longest) = match fault.kind {
                FaultKind::SlowEngine => (milliseconds(1), seconds(2)),
                FaultKind::Latency => (milliseconds(50), seconds(20)),
                FaultKind::RequestDuplicated => (milliseconds(10), seconds(60)),
                FaultKind::OrdersHeld => (seconds(10), seconds(600)),
                FaultKind::ForeignWriter => (seconds(5), seconds(120)),
                _ => (milliseconds(500), seconds(180)),
            };
            fault.delay = Some(draw.delay(shortest, longest));
        }
        FaultValue::Status => {
            let statuses: &[u16] = match fault.kind {
                FaultKind::SignInFails => &[400, 401, 500, 503],
                FaultKind::Outage => &[500, 502, 503, 504],
                _ => &[401, 403, 429, 500, 502, 503, 504],
            };
            fault.status = Some(draw.pick(statuses));
        }
        FaultValue::RetryAfter => {
            fault.retry_after = Some(seconds(draw.sized(1, 90)));
        }
        FaultValue::Factor => {
            fault.factor = Some(match fault.kind {
                FaultKind::LimitsCut => draw.pick(&[0.002, 0.01, 0.05, 0.2, 0.5, 0.8]),
                _ => draw.pick(&[0.1, 2.0, 10.0]),
            });
        }
        FaultValue::Field => {
            let fields: &[&str] = match platform(fault, scenario) {
                Some(Platform::Shopify) => SHOPIFY_FIELDS,
                Some(Platform::Amazon) => AMAZON_FIELDS,
                Some(Platform::TiktokShop) => TIKTOK_FIELDS,
                Some(Platform::Custom) => CUSTOM_FIELDS,
                None => draw.pick(&[SHOPIFY_FIELDS, AMAZON_FIELDS, TIKTOK_FIELDS]),
            };
            fault.field = Some(match fault.kind {
                FaultKind::FieldAdded => "brand_new".to_string(),
                FaultKind::NumberAsText => draw.pick(NUMBERS).to_string(),
                _ => draw.pick(fields).to_string(),
            });
        }
        FaultValue::To => {
            let to = match (fault.kind, &fault.field) {
                (FaultKind::EnumValueAdded, _) | (_, None) => "BRAND_NEW".to_string(),
                (_, Some(field)) => format!("{field}_v2"),
            };
            fault.to = Some(to);
        }
        FaultValue::Sku => {
            fault.sku = Some(draw.between(1, u64::from(scenario.catalogue.skus.max(1))) as u32);
        }
        FaultValue::Location => {
            let locations = scenario.warehouse.locations.iter();
            let own: Vec<&str> = locations
                .map(|location| location.code.as_str())
                .filter(|code| *code != FBA)
                .collect();
            if let [_, ..] = own[..] {
                fault.location = Some(draw.pick(&own).to_string());
            }
        }
        FaultValue::Restocks => fault.restocks = Some(draw.chance(0.5)),
        FaultValue::RestartAfter => fault.restart_after = Some(draw.time(seconds(1), seconds(180))),
        FaultValue::Point => {
            fault.point = Some(draw.pick(&[
                CrashPoint::BeforeJournal,
                CrashPoint::TornJournal,
                CrashPoint::BeforeSend,
                CrashPoint::WhileSending,
            ]));
        }
        FaultValue::Offset => {
            let offset = Some(draw.time(milliseconds(10), seconds(600)));
            match draw.chance(0.5) {
                true => fault.ahead = offset,
                false => fault.behind = offset,
            }
        }
    }
}

fn platform(fault: &Fault, scenario: &Scenario) -> Option<Platform> {
    let name = fault.channel.as_deref()?;
    let mut channels = scenario.channels.iter();
    Some(channels.find(|channel| channel.name == name)?.platform)
}

/// Leaves writes alone that have taken hold when they are answered (H5, docs/theory.md A5), unless that is to be broken: a
/// compare-and-set that takes hold later has compared with what is no longer so. The fault goes to the first channel without,
/// or nowhere.
fn spare_answers(fault: Fault, scenario: &Scenario, broken: Option<Hypothesis>) -> Option<Fault> {
    let is_late_write = matches!(
        fault.kind,
        FaultKind::WritesLate | FaultKind::WritesUnordered | FaultKind::WritesStuck
    );
    if !is_late_write || broken == Some(Hypothesis::H5) {
        return Some(fault);
    }
    let answers = |channel: &&Channel| channel.platform.describe().capabilities.compare_and_set;
    let meant = |channel: &&Channel| fault.channel.as_ref().is_none_or(|it| *it == channel.name);
    if !scenario
        .channels
        .iter()
        .filter(meant)
        .any(|it| answers(&it))
    {
        return Some(fault);
    }
    let other = scenario.channels.iter().find(|channel| !answers(channel))?;
    Some(Fault {
        channel: Some(other.name.clone()),
        ..fault
    })
}

/// Keeps a fault to where every assumption holds that is not to be broken: has the engine told of longer delays, or leaves
/// calls alone that do harm.
fn confine(fault: &mut Fault, scenario: &mut Scenario, broken: Option<Hypothesis>) {
    match Effect::of(fault.kind) {
        Effect::Count => {
            // A count of the warehouse is H8's, one of a channel H6's.
            let channels = &scenario.channels;
            let first = channels.first().map(|channel| channel.name.clone());
            let is_channel = fault
                .channel
                .as_ref()
                .is_some_and(|name| channels.iter().any(|it| it.name == *name));
            if broken == Some(Hypothesis::H8) {
                fault.channel = Some("warehouse".to_string());
            } else if !is_channel {
                fault.channel = first;
            }
        }
        Effect::Unless(assumption) if broken != Some(assumption) => match fault.kind {
            FaultKind::RequestDuplicated => {
                // A grant or a revocation of Shopify's carries a key, and the warehouse knows an order by its id.
                let is_safe = fault.channel.as_deref() == Some("warehouse")
                    || platform(fault, scenario) == Some(Platform::Shopify);
                if !is_safe && fault.calls != Some(CallsOf::Token) {
                    fault.calls = Some(CallsOf::Read);
                }
            }
            FaultKind::ClockSkew => {
                for offset in [&mut fault.ahead, &mut fault.behind] {
                    *offset = offset.map(|offset| offset.min(LONGEST_SKEW));
                }
            }
            FaultKind::ClockJump => {
                // Jumps add up, with one another and with a clock that is wrong already.
                (fault.probability, fault.every) = (None, None);
                let wrong = scenario
                    .faults
                    .iter()
                    .filter_map(|it| it.ahead.or(it.behind));
                let left = wrong.fold(LONGEST_SKEW, |left, wrong| left.since(wrong));
                let each = Micros(left.0 / fault.first.unwrap_or(1).max(1)).max(SHORTEST_SKEW);
                for offset in [&mut fault.ahead, &mut fault.behind] {
                    *offset = offset.map(|offset| offset.min(each));
                }
            }
            // Who counts a unit as on sale that is not finds out; who counts it as free and it is on sale does not.
            FaultKind::RestockOnCancel => fault.restocks = Some(false),
            _ => tell_of_delay(fault, &mut scenario.channels),
        },
        _ => {}
    }
}

fn tell_of_delay(fault: &Fault, channels: &mut [Channel]) {
    let more = fault
        .delay
        .map_or(Micros::ZERO, |delay| delay.upper_bound());
    for channel in channels {
        if fault.channel.as_ref().is_some_and(|it| *it != channel.name) {
            continue;
        }
        let bounds = believed::of(channel);
        let told = &mut channel.believed;
        match fault.kind {
            FaultKind::FeedLate => believed::add_feed_lag(told, &bounds, more),
            FaultKind::Latency => believed::add_way(told, &bounds, more),
            _ => believed::add_write_lag(told, &bounds, more),
        }
    }
}
