//! Values as plain as they can be.

use channel_mocks::core::{Distribution, Micros};

use super::{Attempt, Step};
use crate::engine::config::{Platform, StrategySettings};
use crate::scenario::Scenario;
use crate::scenario::model::{Believed, Fault, FaultKind, Network, OpeningDisplay, ScriptedEvent};

/// The delay of every way, when it is the same for all.
const WAY: Micros = Micros::from_millis(50);

impl Attempt<'_> {
    pub(super) fn simplify(&mut self) -> Step {
        let mut is_smaller = self.change(|scenario| {
            let plain = StrategySettings::default();
            let is_plain = scenario.strategy == plain;
            scenario.strategy = plain;
            !is_plain
        })?;
        is_smaller |= self.change(plain_networks)?;
        for index in 0..self.best.channels.len() {
            is_smaller |= self.change(|scenario| forget_belief(scenario, index))?;
            is_smaller |= self.change(|scenario| {
                let channel = &mut scenario.channels[index];
                channel.opens_at.take().is_some() | channel.closes_at.take().is_some()
            })?;
            is_smaller |= self.change(|scenario| {
                let assortment = std::mem::take(&mut scenario.channels[index].assortment);
                !assortment.is_all()
            })?;
            is_smaller |= self.change(|scenario| idealise(scenario, index, true))?;
            is_smaller |= self.change(|scenario| idealise(scenario, index, false))?;
        }
        is_smaller |= self.change(|scenario| {
            let warehouse = &mut scenario.warehouse;
            let ideal = "warehouse-ideal";
            let is_ideal = warehouse.profile == ideal && warehouse.overrides.is_empty();
            (warehouse.profile, warehouse.overrides) = (ideal.to_string(), toml::Table::new());
            !is_ideal
        })?;
        is_smaller |= self.change(|scenario| {
            let before = std::mem::take(&mut scenario.opening_display);
            before != OpeningDisplay::Zero
        })?;
        is_smaller |= self.change(|scenario| {
            let units = std::mem::replace(&mut scenario.demand.units, vec![1.0]);
            units.len() > 1
        })?;
        is_smaller |= self.change(single_units)?;
        is_smaller |= self.fewer_units()?;
        Ok(is_smaller)
    }

    fn fewer_units(&mut self) -> Step {
        let mut is_smaller = false;
        for divisor in [u32::MAX, 2] {
            while self.change(|scenario| {
                let Some(units) = &mut scenario.stock.units else {
                    return false;
                };
                let fewer = (*units / divisor).max(1);
                std::mem::replace(units, fewer) > fewer
            })? {
                is_smaller = true;
            }
        }
        Ok(is_smaller)
    }
}

fn plain_network() -> Network {
    let way = Distribution::fixed(WAY);
    Network {
        request: way,
        reply: way,
        delivery: way,
        ..Network::default()
    }
}

fn plain_networks(scenario: &mut Scenario) -> bool {
    let channels = scenario.channels.iter_mut();
    let mut is_any = false;
    for network in channels
        .map(|channel| &mut channel.network)
        .chain([&mut scenario.warehouse.network])
    {
        let plain = plain_network();
        is_any |= network.request != plain.request
            || network.reply != plain.reply
            || network.delivery != plain.delivery
            || network.patience != plain.patience;
        *network = plain;
    }
    is_any
}

/// Tells the engine what holds, where no fault makes delays longer than the profile's.
fn forget_belief(scenario: &mut Scenario, index: usize) -> bool {
    let channel = &mut scenario.channels[index];
    let strikes = |fault: &Fault| {
        fault.channel.as_ref().is_none_or(|it| *it == channel.name)
            && matches!(
                fault.kind,
                FaultKind::FeedLate
                    | FaultKind::Latency
                    | FaultKind::WritesLate
                    | FaultKind::WritesUnordered
                    | FaultKind::RestockOnCancel
            )
    };
    if scenario.faults.iter().any(strikes) {
        return false;
    }
    std::mem::take(&mut channel.believed) != Believed::default()
}

/// A platform without delays and limits; with `wholly` also without the scenario's own values.
fn idealise(scenario: &mut Scenario, index: usize, wholly: bool) -> bool {
    let channel = &mut scenario.channels[index];
    let ideal = match channel.platform {
        Platform::Shopify => "shopify-ideal",
        Platform::Amazon => "amazon-ideal",
        Platform::TiktokShop => "tiktok-ideal",
        Platform::Custom => "custom-ideal",
    };
    let is_ideal = channel.profile == ideal
        && (!wholly || (channel.overrides.is_empty() && channel.known_limits.is_empty()));
    channel.profile = ideal.to_string();
    if wholly {
        channel.overrides = toml::Table::new();
        channel.known_limits.clear();
        channel.poll_orders_every = Micros::from_secs(300);
    }
    !is_ideal
}

/// Everybody buys one unit.
fn single_units(scenario: &mut Scenario) -> bool {
    let mut is_any = false;
    for event in &mut scenario.happenings {
        if let ScriptedEvent::Checkout { units, .. } = event {
            is_any |= *units > 1;
            *units = 1;
        }
    }
    is_any
}
