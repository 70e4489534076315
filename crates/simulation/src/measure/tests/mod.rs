//! Small runs with figures worked out by hand.

mod assumptions;
mod faults;
mod guarantees;
mod sales;
mod times;

use channel_mocks::core::{Micros, OrderRef};

use super::*;
use crate::engine::config::Strategy as Engine;
use crate::scenario::Scenario;
use crate::world::ledger::{Entry, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

const SHOP: ChannelIndex = ChannelIndex(0);
const MARKET: ChannelIndex = ChannelIndex(1);
const SKU: SkuIndex = SkuIndex(0);

fn scenario() -> Scenario {
    toml::from_str(
        r#"
        version = 1
        name = "small"
        title = "Two channels"
        start = "2026-11-27T00:00:00Z"
        opening = "10s"
        duration = "100s"
        settle = "10s"
        channel = [
            { name = "shop", platform = "shopify", profile = "shopify-plus", share = 0.5 },
            { name = "market", platform = "amazon", profile = "amazon", share = 0.5 },
        ]
        warehouse = { profile = "warehouse", location = [{ code = "east", share = 1.0 }] }
        catalogue = { skus = 2 }
        stock = { units = 5 }
        demand = { phase = [{ shape = "constant", lasts = "100s", rate = "1/s" }] }
        "#,
    )
    .unwrap()
}

fn meter(strategy: Engine) -> Meter {
    Meter::new(&scenario(), strategy)
}

fn facts() -> RunFacts {
    RunFacts {
        demand_from: seconds(10),
        demand_until: seconds(110),
        simulated: seconds(120),
        converged: true,
        convergence: Some(seconds(3)),
        rerun: "simulate --scenario small --seed 1 --strategies mirror".to_string(),
        ..RunFacts::default()
    }
}

fn seconds(seconds: u64) -> Micros {
    Micros::from_secs(seconds)
}

pub(super) fn offered(channel: ChannelIndex, units: u32, age: u64, sellable: i64) -> Entry {
    Entry::Offered {
        channel,
        sku: SKU,
        units,
        displayed_age: seconds(age),
        count_error_units: 0,
        sellable,
        first_line: true,
    }
}

fn accepted(channel: ChannelIndex, order: u32, units: u32, oversold_units: u32) -> Entry {
    Entry::Accepted {
        channel,
        order: OrderRef(order),
        sku: SKU,
        units,
        oversold_units,
        displayed: 2,
        sellable: i64::from(units) - i64::from(oversold_units),
        shared_after: -i64::from(oversold_units),
        own_units: false,
        price_cents: 1_000,
        first_line: true,
        first_oversold_line: oversold_units > 0,
    }
}

/// With `sellable` units left when it was refused.
fn refused_with(channel: ChannelIndex, units: u32, in_stock: bool, sellable: i64) -> Entry {
    Entry::Refused {
        channel,
        sku: SKU,
        units,
        in_stock,
        sellable,
        price_cents: 1_000,
    }
}

fn refused(channel: ChannelIndex, units: u32, in_stock: bool) -> Entry {
    let sellable = if in_stock { i64::from(units) } else { 0 };
    refused_with(channel, units, in_stock, sellable)
}

fn sku_closed(supplied_units: i64, sellable: i64) -> Entry {
    Entry::SkuClosed {
        sku: SKU,
        supplied_units,
        sellable,
        overshown_units: 0,
    }
}

fn measure(strategy: Engine, entries: &[Entry]) -> Measured {
    let mut meter = meter(strategy);
    for (second, entry) in entries.iter().enumerate() {
        meter.record(seconds(10 + second as u64), entry);
    }
    meter.finish(facts())
}

fn verdict<'a>(measured: &'a Measured, name: &str) -> &'a Guarantee {
    measured
        .guarantees
        .iter()
        .find(|guarantee| guarantee.name == name)
        .unwrap()
}
