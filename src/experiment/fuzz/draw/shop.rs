//! The shop of a seed: few SKUs with few units, tens to hundreds of buyers within ten minutes, one to four channels.

use std::sync::LazyLock;

use channel_mocks::core::Micros;

use super::{Draw, Draws, uniform};
use crate::engine::config::{Buffer, KnownLimit, Platform};
use crate::measure::assumptions::Hypothesis;
use crate::scenario::Scenario;
use crate::scenario::model::{
    CatalogueSettings, Channel, DemandPhase, FBA, Location, OpeningDisplay, Rate, RemovalBy,
    ScriptedEvent,
};
use crate::scenario::profiles::{self, ProfileOwner};

/// What every shop begins as.
static BLANK: LazyLock<Scenario> = LazyLock::new(|| {
    let read = Scenario::parse("blank.toml", include_str!("blank.toml"));
    read.expect("the file in the source reads").scenario
});

/// Most channels of a shop.
const MOST_CHANNELS: u64 = 4;

/// Draws a shop; networks, faults and what engines believe are still to come.
pub(super) fn draw(draws: Draws, broken: Option<Hypothesis>) -> Scenario {
    let mut scenario = BLANK.clone();
    channels(draws, &mut scenario);
    warehouse(draws, &mut scenario);
    stock(draws, &mut scenario);
    arrival(draws, &mut scenario);
    demand(draws, &mut scenario);
    afterwards(draws, &mut scenario, broken);
    happenings(draws, &mut scenario, broken);
    strategies(draws, &mut scenario);
    scenario.support_reads_per_second = draws.of("support").pick(&[0.0, 0.0, 0.02]);
    scenario
}

fn channels(draws: Draws, scenario: &mut Scenario) {
    let mut draw = draws.of("channels");
    let count = draw.between(1, MOST_CHANNELS) as usize;
    // Those that stand for nothing but themselves; with another, every case that was ever drawn would be another one.
    let platforms = [Platform::Shopify, Platform::Amazon, Platform::TiktokShop];
    // Hundredths, of which each channel has five at least.
    let mut left = 100 - 5 * count as u64;
    let blank = scenario.channels[0].clone();
    scenario.channels = (1..=count)
        .map(|number| {
            let platform = draw.pick(&platforms);
            let more = match number == count {
                true => left,
                false => draw.between(0, left),
            };
            left -= more;
            let kind = match platform {
                Platform::Shopify => "web",
                Platform::Amazon => "amazon",
                Platform::TiktokShop => "tiktok",
                Platform::Custom => "custom",
            };
            let mut channel = Channel {
                name: format!("{kind}-{number}"),
                platform,
                share: (5 + more) as f64 / 100.0,
                poll_orders_every: Micros::from_secs(draw.pick(&[20, 60, 300])),
                ..blank.clone()
            };
            profile(&mut draw, &mut channel);
            limits(draws, &mut channel);
            hours(draws, &mut channel, number);
            channel
        })
        .collect();
}

/// Few shops open or close while buyers come. The first one is always there.
fn hours(draws: Draws, channel: &mut Channel, number: usize) {
    let mut draw = draws.of(&format!("hours {}", channel.name));
    let (opens, closes) = (draw.chance(0.06), draw.chance(0.06));
    let (opens_at, closes_at) = (draw.between(30, 240), draw.between(300, 570));
    if number > 1 {
        channel.opens_at = opens.then(|| Micros::from_secs(opens_at));
        channel.closes_at = closes.then(|| Micros::from_secs(closes_at));
    }
}

/// Most channels are as quick as ten minutes ask for, so that a run sees many transfers; the others have any of the built-in
/// profiles. Amazon's are rarer: with lags of hours a run of minutes sees nothing of the fences, and settles for half a day.
fn profile(draw: &mut Draw, channel: &mut Channel) {
    let names = profiles::names(ProfileOwner::Channel(channel.platform));
    let quick = match channel.platform {
        Platform::Amazon => 0.85,
        _ => 0.65,
    };
    if channel.platform == Platform::TiktokShop {
        // A refresh token that was replaced in an answer that got lost is had again from a person alone.
        set(channel, "token", "rotate_refresh_token", false);
    }
    if !draw.chance(quick) {
        channel.profile = draw.pick(names).to_string();
        return;
    }
    let lag = uniform(draw.time(Micros::from_millis(500), Micros::from_secs(120)));
    let live = uniform(draw.time(Micros::from_millis(500), Micros::from_secs(60)));
    let delay = uniform(draw.time(Micros::from_millis(100), Micros::from_secs(30)));
    let (lost, doubled) = (draw.pick(&[0.0, 0.05, 1.0]), draw.pick(&[0.0, 0.2]));
    let name = match channel.platform {
        Platform::Shopify => {
            set(channel, "delay", "search_index", lag);
            set(channel, "webhooks", "latency", delay);
            set(channel, "faults", "drop", lost);
            set(channel, "faults", "duplicate", doubled);
            "shopify-ideal"
        }
        Platform::Amazon => {
            set(channel, "orders", "list_lag", lag);
            set(channel, "inventory", "write_to_live", live);
            set(channel, "notifications", "delay", delay);
            set(channel, "notifications", "drop_share", lost);
            set(channel, "notifications", "duplicate_share", doubled);
            "amazon-ideal"
        }
        Platform::TiktokShop => {
            set(channel, "orders", "search_lag", lag);
            set(channel, "inventory", "propagation", live);
            set(channel, "webhooks", "delay", delay);
            set(channel, "webhooks", "drop_share", lost);
            set(channel, "webhooks", "duplicate_share", doubled);
            set(channel, "webhooks", "in_order", false);
            "tiktok-ideal"
        }
        Platform::Custom => {
            set(channel, "orders", "list_lag", lag);
            set(channel, "inventory", "write_to_live", live);
            set(channel, "webhooks", "delay", delay);
            set(channel, "webhooks", "drop_share", lost);
            set(channel, "webhooks", "duplicate_share", doubled);
            set(channel, "webhooks", "in_order", false);
            "custom-ideal"
        }
    };
    channel.profile = name.to_string();
}

/// Few channels take counts so slowly that what was decided waits, and is taken back or decided anew before it leaves. The engine is
/// told.
fn limits(draws: Draws, channel: &mut Channel) {
    let mut draw = draws.of(&format!("limits {}", channel.name));
    let (is_narrow, burst) = (draw.chance(0.15), draw.between(1, 3) as f64);
    let rate = draw.pick(&[0.1, 0.2, 0.5, 1.0]);
    let (limit, rate_key) = match channel.platform {
        Platform::Amazon => ("patch_listings_item", "rate"),
        Platform::TiktokShop => ("write", "rate_per_second"),
        // A bucket that all calls share: what reads would do without is no matter of counts.
        Platform::Shopify | Platform::Custom => return,
    };
    if is_narrow {
        let is = toml::Table::from_iter(
            [(rate_key, rate), ("burst", burst)]
                .map(|(key, value)| (key.to_string(), toml::Value::Float(value))),
        );
        set(channel, "limits", limit, is);
        let told = KnownLimit { burst, rate };
        channel.known_limits.insert(limit.to_string(), told);
    }
}

/// Lays a value over a channel's profile.
fn set<T: serde::Serialize>(channel: &mut Channel, table: &str, key: &str, value: T) {
    let table = channel
        .overrides
        .entry(table)
        .or_insert_with(|| toml::Table::new().into());
    // Delays, shares and switches have a place in TOML, and the tables are ours.
    if let (Some(table), Ok(value)) = (table.as_table_mut(), toml::Value::try_from(value)) {
        table.insert(key.to_string(), value);
    }
}

fn warehouse(draws: Draws, scenario: &mut Scenario) {
    let mut draw = draws.of("warehouse");
    let settings = &mut scenario.warehouse;
    let names = profiles::names(ProfileOwner::Warehouse);
    if draw.chance(0.25) {
        settings.profile = draw.pick(names).to_string();
    } else {
        let ships = draw.time(Micros::from_secs(30), Micros::from_secs(900));
        let table = toml::Value::try_from(uniform(ships))
            .map(|ships| toml::Table::from_iter([("pick_and_ship".to_string(), ships)]));
        if let Ok(table) = table {
            settings
                .overrides
                .insert("fulfillment".to_string(), table.into());
        }
    }
    if draw.chance(0.3) {
        let share = draw.share(10, 90);
        let main = &mut settings.locations[0];
        let second = Location {
            code: "second".to_string(),
            share: (100.0 - (share * 100.0).round()) / 100.0,
            ..main.clone()
        };
        main.share = share;
        settings.locations.push(second);
    }
    let amazon = scenario
        .channels
        .iter()
        .find(|channel| channel.platform == Platform::Amazon);
    let has_fba = draw.chance(0.15);
    if let Some(amazon) = amazon.filter(|_| has_fba) {
        let fba = Location {
            code: FBA.to_string(),
            share: 0.0,
            channels: vec![amazon.name.clone()],
            ..settings.locations[0].clone()
        };
        settings.locations.push(fba);
        scenario.stock.fba_units = draw.between(1, 5) as u32;
    }
}

fn stock(draws: Draws, scenario: &mut Scenario) {
    let mut draw = draws.of("stock");
    scenario.catalogue = CatalogueSettings {
        skus: draw.pick(&[1, 1, 1, 2, 3, 5]),
        ..scenario.catalogue.clone()
    };
    scenario.stock.units = Some(draw.sized(1, 60) as u32);
    scenario.opening_display = draw.pick(&[OpeningDisplay::Zero, OpeningDisplay::Share]);
}

/// To a quarter of the shops the engine comes when buyers are there already, who buy what it has not read yet.
fn arrival(draws: Draws, scenario: &mut Scenario) {
    let mut draw = draws.of("arrival");
    let opening = Micros::from_secs(draw.between(1, 20));
    if draw.chance(0.25) {
        scenario.opening = opening;
        scenario.opening_display = OpeningDisplay::Share;
    }
}

fn demand(draws: Draws, scenario: &mut Scenario) {
    let mut draw = draws.of("demand");
    let buyers = draw.sized(20, 300);
    let minutes = scenario.duration.as_secs_f64() / 60.0;
    let per_second = |buyers: f64, seconds: f64| Rate {
        // In thousandths, so that it reads well in a file.
        per_second: (buyers / seconds * 1_000.0).round() / 1_000.0,
    };
    let lasts = scenario.duration;
    scenario.demand.phases = vec![match draw.between(0, 2) {
        0 => {
            let decay = draw.time(Micros::from_secs(15), Micros::from_secs(120));
            DemandPhase::Decay {
                lasts,
                peak: per_second(buyers as f64 * 0.8, decay.as_secs_f64()),
                decay,
                base: per_second(buyers as f64 * 0.2, minutes * 60.0),
                hot: false,
            }
        }
        1 => DemandPhase::Ramp {
            lasts,
            from: Rate::default(),
            to: per_second(buyers as f64 * 2.0, minutes * 60.0),
            hot: false,
        },
        _ => DemandPhase::Constant {
            lasts,
            rate: per_second(buyers as f64, minutes * 60.0),
            hot: false,
            shares: None,
        },
    }];
    if draw.chance(0.3) {
        scenario.demand.units = vec![0.7, 0.2, 0.1];
    }
    if draw.chance(0.2) && scenario.catalogue.skus > 1 {
        scenario.demand.lines_mean = 1.5;
    }
}

/// Whether something may be drawn that can cost units by this assumption: always where units that it costs are excused, and
/// else only where it is the one to be broken.
fn may_break(broken: Option<Hypothesis>, assumption: Hypothesis) -> bool {
    broken.is_none_or(|broken| broken == assumption)
}

/// Cancellations, units taken out of orders, returns.
fn afterwards(draws: Draws, scenario: &mut Scenario, broken: Option<Hypothesis>) {
    let mut draw = draws.of("cancellations");
    if draw.chance(0.5) {
        scenario.cancellations.share = draw.share(2, 50);
        scenario.cancellations.delay = draw.delay(Micros::from_secs(2), Micros::from_secs(600));
    }
    let mut draw = draws.of("removals");
    // Units may be put back on sale that have left, which is H6's.
    if draw.chance(0.2) && may_break(broken, Hypothesis::H6) {
        let removals = &mut scenario.removals;
        removals.edited = draw.share(0, 30);
        removals.refunded = draw.share(0, 30);
        removals.by_buyer = draw.share(0, 30);
        removals.delay = draw.delay(Micros::from_secs(2), Micros::from_secs(600));
        removals.restocked = draw.pick(&[0.0, 0.5, 1.0]);
    }
    let mut draw = draws.of("returns");
    if draw.chance(0.2) {
        scenario.returns.share = draw.share(5, 50);
        scenario.returns.delay = draw.delay(Micros::from_secs(600), Micros::from_secs(2_400));
        scenario.returns.restockable = draw.pick(&[0.5, 1.0]);
    }
}

/// What befalls the stock: units arrive, are damaged, are counted anew; and orders lose units.
fn happenings(draws: Draws, scenario: &mut Scenario, broken: Option<Hypothesis>) {
    let mut draw = draws.of("happenings");
    let count = draw.pick(&[0, 0, 0, 1, 2, 4]);
    let seconds = scenario.duration.0 / 1_000_000;
    for _ in 0..count {
        let at = Micros::from_secs(draw.between(1, seconds));
        let sku = draw.between(1, u64::from(scenario.catalogue.skus)) as u32;
        let location = scenario.warehouse.locations[0].code.clone();
        let units = draw.sized(1, 20) as u32;
        let channel = draw.between(0, scenario.channels.len() as u64 - 1) as usize;
        let channel = &scenario.channels[channel];
        let event = match draw.between(0, 3) {
            2 if may_break(broken, Hypothesis::H8) => ScriptedEvent::Damage {
                at,
                sku,
                location,
                units,
            },
            3 if may_break(broken, Hypothesis::H6) => ScriptedEvent::RemoveUnits {
                at,
                channel: channel.name.clone(),
                sku,
                units: 1,
                by: match channel.platform {
                    Platform::Shopify => {
                        draw.pick(&[RemovalBy::Edit, RemovalBy::Refund, RemovalBy::Buyer])
                    }
                    _ => draw.pick(&[RemovalBy::Refund, RemovalBy::Buyer]),
                },
                restock: draw.chance(0.7),
            },
            _ => ScriptedEvent::Receive {
                at,
                sku,
                location,
                units,
            },
        };
        scenario.happenings.push(event);
    }
}

fn strategies(draws: Draws, scenario: &mut Scenario) {
    let mut draw = draws.of("strategies");
    let escrow = &mut scenario.strategy.escrow;
    escrow.rebalance = !draw.chance(0.1);
    escrow.reserve = draw.pick(&[0.0, 0.0, 0.2, 0.5]);
    scenario.strategy.informed_escrow = escrow.clone();
    scenario.strategy.mirror.buffer = Buffer::Units(draw.pick(&[0, 0, 1]));
}
