//! From a scenario to machines: opens the channels, the warehouse, the ledger, and writes the engine's configuration.

use channel_mocks::core::{
    Epoch, ListingIndex, ListingSeed, LocationSeed, Micros, OrderRef, Seed, Shop, Storefront,
    profile,
};
use channel_mocks::warehouse::{self, Warehouse, WarehouseLocation, WarehouseSeed};

use super::channels::Opened;
use super::deliveries::callback_url;
use super::engine_link::to_engine;
use super::network::Link;
use crate::engine::config::{ChannelConfig, EngineConfig, Platform, PlatformBounds, Strategy};
use crate::scenario::Scenario;
use crate::scenario::model::{Channel, OpeningDisplay};
use crate::world::catalogue::FBA;
use crate::world::ledger::{Ledger, Opening};
use crate::world::{Catalogue, Sku};

/// Why a scenario cannot be set up. Names the key, the value and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// `start` is not an instant.
    #[error("start = \"{0}\" is not an instant; write RFC 3339, like \"2026-11-27T00:00:00Z\"")]
    Start(String),
    /// There is no profile of this name.
    #[error("{owner}: there is no profile \"{profile}\"; there are {known}")]
    Profile {
        /// The channel, or `warehouse`.
        owner: String,
        /// The name given.
        profile: String,
        /// The names there are.
        known: String,
    },
    /// The overrides do not fit the profile.
    #[error("{owner}: profile \"{profile}\" with the scenario's overrides cannot be read: {error}")]
    Override {
        /// The channel, or `warehouse`.
        owner: String,
        /// The profile's name.
        profile: String,
        /// The reason, naming the key.
        error: String,
    },
    /// More channels than a run can number.
    #[error("{0} channels are too many; a run has at most 1000")]
    TooManyChannels(usize),
    /// The scenario takes longer than the run may.
    #[error("opening + duration + settle are {longest}, but a run may simulate at most {limit}")]
    TooLong {
        /// The scenario's longest time.
        longest: Micros,
        /// The run's limit.
        limit: Micros,
    },
}

/// Most channels of a run.
const MAX_CHANNELS: usize = 1_000;

/// A channel that is open for business.
pub(super) struct ChannelSide {
    pub storefront: Box<dyn Storefront>,
    pub link: Link,
    pub wake: super::wake::Wake,
    /// Whether the platform's API can cancel an order; if not, the staff do it by hand.
    pub api_cancels: bool,
    /// Orders that Amazon ships from its own warehouses, ascending.
    by_amazon: Vec<OrderRef>,
}

impl ChannelSide {
    /// Notes that Amazon sold (a line of) an order from its own warehouses.
    pub fn sold_by_amazon(&mut self, order: OrderRef) {
        if self.by_amazon.last() != Some(&order) {
            self.by_amazon.push(order);
        }
    }

    /// Whether Amazon ships this order from its own warehouses.
    pub fn is_sold_by_amazon(&self, order: OrderRef) -> bool {
        self.by_amazon.binary_search(&order).is_ok()
    }
}

/// The warehouse, open for business.
pub(super) struct WarehouseSide {
    pub warehouse: Warehouse,
    pub link: Link,
    pub wake: super::wake::Wake,
    /// Where returned units are put.
    pub returns_to: u16,
    /// The location that stands for Amazon's own warehouses.
    pub fba: Option<u16>,
}

/// Everything a run needs beside the world and the engine.
pub(super) struct Parts {
    pub channels: Vec<ChannelSide>,
    pub warehouse: WarehouseSide,
    pub ledger: Ledger,
    pub config: EngineConfig,
}

/// Opens a channel; see [`super::channels::open`].
pub(super) type OpenChannel<'a> = &'a dyn Fn(&Channel, Shop, &[u32]) -> Result<Opened, SetupError>;

/// Opens everything a scenario names.
///
/// # Errors
/// What in the scenario cannot be.
pub(super) fn open(
    scenario: &Scenario,
    seed: u64,
    strategy: Strategy,
    catalogue: &Catalogue,
    open_channel: OpenChannel,
) -> Result<Parts, SetupError> {
    if scenario.channels.len() > MAX_CHANNELS {
        return Err(SetupError::TooManyChannels(scenario.channels.len()));
    }
    let unix_micros = Epoch::parse_unix_micros(&scenario.start)
        .ok_or_else(|| SetupError::Start(scenario.start.clone()))?;
    let (root, epoch) = (Seed(seed), Epoch { unix_micros });
    let fba: Vec<bool> = scenario
        .warehouse
        .locations
        .iter()
        .map(|location| location.code == FBA)
        .collect();
    let display = opening_display(scenario, catalogue, &fba);

    let fba_holder = fba_holder(scenario, &fba);

    let mut channels = Vec::with_capacity(scenario.channels.len());
    let mut configs = Vec::with_capacity(scenario.channels.len());
    for (channel, display) in scenario.channels.iter().zip(&display) {
        let shop = Shop {
            name: channel.name.clone(),
            seed: root,
            epoch,
            currency: scenario.currency.clone(),
            listings: catalogue.skus.iter().map(listing).collect(),
            locations: own_locations(scenario, &fba),
        };
        let fba_units = match fba_holder {
            Some((holder, location)) if holder == channels.len() => {
                let of = |sku: &Sku| sku.stock.get(location).copied().unwrap_or(0);
                catalogue.skus.iter().map(of).collect()
            }
            _ => Vec::new(),
        };
        let mut opened = open_channel(channel, shop, &fba_units)?;
        for (listing, &units) in display.iter().enumerate() {
            opened
                .storefront
                .open_with(ListingIndex(listing as u32), units);
        }
        configs.push(channel_config(channel, &opened));
        channels.push(ChannelSide {
            storefront: opened.storefront,
            link: Link::new(root, &channel.name, &channel.network),
            wake: super::wake::Wake::default(),
            api_cancels: opened.api_cancels,
            by_amazon: Vec::new(),
        });
    }

    let buffer_units = match strategy {
        Strategy::Mirror => scenario.strategy.mirror.buffer,
        _ => 0,
    };
    let ledger = Ledger::open(Opening {
        channels: channels.len(),
        prices_cents: catalogue.skus.iter().map(|sku| sku.price_cents).collect(),
        stock: catalogue
            .skus
            .iter()
            .map(|sku| sku.stock.as_slice())
            .collect(),
        fba_locations: fba.clone(),
        whole_stock_display: strategy.displays_whole_stock(),
        buffer_units,
        opening_display: display,
    });
    let credentials = warehouse::Credentials::default();
    let config = EngineConfig {
        seed: root.key("engine", "root"),
        epoch_unix_micros: unix_micros,
        skus: catalogue.skus.iter().map(|sku| sku.code.clone()).collect(),
        channels: configs,
        warehouse_token: credentials.token.clone(),
        strategy,
        settings: scenario.strategy.clone(),
    };
    Ok(Parts {
        channels,
        warehouse: open_warehouse(scenario, root, epoch, catalogue, &fba, credentials)?,
        ledger,
        config,
    })
}

fn listing(sku: &Sku) -> ListingSeed {
    ListingSeed {
        sku: sku.code.clone(),
        title: sku.title.clone(),
        price_cents: sku.price_cents,
    }
}

/// The one channel whose buyers Amazon serves from its own warehouses, with the position of the location that stands for
/// them: the first Amazon channel that may be served from it.
fn fba_holder(scenario: &Scenario, fba: &[bool]) -> Option<(usize, usize)> {
    let location = fba.iter().position(|fba| *fba)?;
    let served = &scenario.warehouse.locations[location].channels;
    let may = |channel: &Channel| {
        channel.platform == Platform::Amazon
            && (served.is_empty() || served.contains(&channel.name))
    };
    Some((scenario.channels.iter().position(may)?, location))
}

/// The merchant's own locations: Amazon's are not his.
fn own_locations(scenario: &Scenario, fba: &[bool]) -> Vec<LocationSeed> {
    let locations = scenario.warehouse.locations.iter().zip(fba);
    locations
        .filter(|(_, fba)| !**fba)
        .map(|(location, _)| LocationSeed {
            code: location.code.clone(),
            country: location.country.clone(),
        })
        .collect()
}

fn channel_config(channel: &Channel, opened: &Opened) -> ChannelConfig {
    // A request takes effect within the patience of its sending or never: the network hangs up (see `network`).
    let longest_way = channel
        .network
        .request
        .upper_bound()
        .min(channel.network.patience);
    ChannelConfig {
        name: channel.name.clone(),
        platform: channel.platform,
        credentials: opened.credentials.clone(),
        callback_url: callback_url(&channel.name),
        demand_share: channel.expected_share.unwrap_or(channel.share),
        poll_orders_every: to_engine(channel.poll_orders_every),
        bounds: PlatformBounds {
            order_visibility_lag: to_engine(opened.order_visibility_lag),
            write_lifetime: to_engine(longest_way + opened.write_to_live),
            restocks_on_cancel: opened.restocks_on_cancel,
        },
        known_limits: channel.known_limits.clone(),
    }
}

fn open_warehouse(
    scenario: &Scenario,
    root: Seed,
    epoch: Epoch,
    catalogue: &Catalogue,
    fba: &[bool],
    credentials: warehouse::Credentials,
) -> Result<WarehouseSide, SetupError> {
    let settings = &scenario.warehouse;
    let profile = read_profile(
        "warehouse",
        &settings.profile,
        &settings.overrides,
        warehouse::NAMES,
        warehouse::text,
    )?;
    let locations = settings.locations.iter().zip(fba);
    let seed = WarehouseSeed {
        seed: root,
        epoch,
        channels: scenario
            .channels
            .iter()
            .map(|channel| channel.name.clone())
            .collect(),
        skus: catalogue.skus.iter().map(|sku| sku.code.clone()).collect(),
        locations: locations
            .map(|(location, fba)| WarehouseLocation {
                code: location.code.clone(),
                name: location.code.clone(),
                country: location.country.clone(),
                channels: location.channels.clone(),
                postal_prefixes: location.postal_prefixes.clone(),
                sellable: !fba,
            })
            .collect(),
        stock: catalogue.skus.iter().map(|sku| sku.stock.clone()).collect(),
    };
    let first = |wanted: bool| {
        let position = fba.iter().position(|fba| *fba == wanted);
        position.and_then(|position| u16::try_from(position).ok())
    };
    Ok(WarehouseSide {
        warehouse: Warehouse::new(seed, profile, credentials),
        link: Link::new(root, "warehouse/", &settings.network),
        wake: super::wake::Wake::default(),
        returns_to: first(false).unwrap_or(0),
        fba: first(true),
    })
}

/// Reads a named profile with the scenario's overrides on top.
///
/// # Errors
/// When there is no such profile, or the overrides do not fit it.
pub(super) fn read_profile<P: serde::de::DeserializeOwned>(
    owner: &str,
    name: &str,
    overrides: &toml::Table,
    known: &[&str],
    text: fn(&str) -> Option<&'static str>,
) -> Result<P, SetupError> {
    let text = text(name).ok_or_else(|| SetupError::Profile {
        owner: owner.to_string(),
        profile: name.to_string(),
        known: known.join(", "),
    })?;
    profile::read(text, overrides).map_err(|error| SetupError::Override {
        owner: owner.to_string(),
        profile: name.to_string(),
        error,
    })
}

/// What every listing displays at simulated zero, `[channel][sku]`.
fn opening_display(scenario: &Scenario, catalogue: &Catalogue, fba: &[bool]) -> Vec<Vec<i64>> {
    let shares: Vec<f64> = scenario
        .channels
        .iter()
        .map(|channel| channel.expected_share.unwrap_or(channel.share))
        .collect();
    let mut display = vec![Vec::with_capacity(catalogue.skus.len()); scenario.channels.len()];
    for sku in &catalogue.skus {
        let own = sku.stock.iter().zip(fba).filter(|(_, fba)| !**fba);
        let total: u64 = own.map(|(units, _)| u64::from(*units)).sum();
        let quotas = match scenario.opening_display {
            OpeningDisplay::Share => apportion(total, &shares),
            OpeningDisplay::Zero | OpeningDisplay::Stock => Vec::new(),
        };
        for (index, channel) in scenario.channels.iter().enumerate() {
            let units = match scenario.opening_display {
                OpeningDisplay::Zero => 0,
                OpeningDisplay::Stock => reachable(scenario, sku, channel, fba),
                OpeningDisplay::Share => quotas[index].min(reachable(scenario, sku, channel, fba)),
            };
            display[index].push(i64::try_from(units).unwrap_or(i64::MAX));
        }
    }
    display
}

/// Units of the merchant's own locations that may serve a channel.
fn reachable(scenario: &Scenario, sku: &Sku, channel: &Channel, fba: &[bool]) -> u64 {
    let locations = scenario.warehouse.locations.iter().zip(&sku.stock).zip(fba);
    locations
        .filter(|((location, _), fba)| {
            !**fba && (location.channels.is_empty() || location.channels.contains(&channel.name))
        })
        .map(|((_, units), _)| u64::from(*units))
        .sum()
}

/// Splits units by shares; what is left over by rounding down goes to the largest remainders, the first of equals first.
fn apportion(total: u64, shares: &[f64]) -> Vec<u64> {
    let sum: f64 = shares.iter().sum();
    if sum <= 0.0 {
        return vec![0; shares.len()];
    }
    let exact: Vec<f64> = shares
        .iter()
        .map(|share| total as f64 * share / sum)
        .collect();
    let mut quotas: Vec<u64> = exact.iter().map(|quota| *quota as u64).collect();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|&a, &b| {
        let remainder = |index: usize| exact[index] - quotas[index] as f64;
        remainder(b).total_cmp(&remainder(a))
    });
    let left = total.saturating_sub(quotas.iter().sum());
    for &index in by_remainder.iter().take(usize::try_from(left).unwrap_or(0)) {
        quotas[index] += 1;
    }
    quotas
}

/// The longest simulated time a scenario can take.
pub(super) fn longest(scenario: &Scenario) -> Micros {
    scenario.opening + scenario.duration + scenario.settle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_the_stock_add_up_to_the_stock() {
        assert_eq!(apportion(10, &[0.5, 0.3, 0.2]), [5, 3, 2]);
        assert_eq!(apportion(2, &[0.4, 0.4, 0.2]), [1, 1, 0]);
        assert_eq!(apportion(1, &[0.2, 0.5, 0.3]), [0, 1, 0]);
        assert_eq!(apportion(7, &[0.0, 0.0]), [0, 0]);
        for total in 0..200 {
            let quotas = apportion(total, &[0.31, 0.29, 0.27, 0.13]);
            assert_eq!(quotas.iter().sum::<u64>(), total);
        }
    }
}
