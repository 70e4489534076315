//! From a scenario to machines: opens the channels, the warehouse, the ledger, and writes the engine's configuration.
//! Both drivers, of virtual and of real time, begin here.

mod access;
mod channels;
mod display;

use channel_mocks::core::{
    Epoch, ListingIndex, ListingSeed, LocationIndex, LocationSeed, Micros, Seed, Shop, assorted,
    profile,
};
use channel_mocks::warehouse::{self, Warehouse, WarehouseLocation, WarehouseSeed};

use super::{Systems, faults};
use crate::engine::config::{ChannelConfig, EngineConfig, Platform, PlatformBounds, Strategy};
use crate::scenario::Scenario;
use crate::scenario::model::{Believed, Channel, Fault};
use crate::world::catalogue::FBA;
use crate::world::ledger::{ChannelBounds, Ledger, Opening, ToldBounds};
use crate::world::{Catalogue, ChannelIndex, Sku, SkuIndex};
use display::opening_display;

pub use access::Access;
pub use channels::{OpenChannel, OpenedChannel, open_channel};

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

/// The warehouse, open for business.
pub struct OpenedWarehouse {
    /// Its emulator.
    pub warehouse: Warehouse,
    /// Where returned units are put.
    pub returns_to: u16,
    /// The location that stands for Amazon's own warehouses.
    pub fba: Option<u16>,
}

/// Everything a run needs beside the world and the engine.
pub struct Parts {
    /// The channels' emulators, in the scenario's order.
    pub channels: Vec<OpenedChannel>,
    /// The merchant's own system.
    pub warehouse: OpenedWarehouse,
    /// The ledger.
    pub ledger: Ledger,
    /// What an engine is told.
    pub config: EngineConfig,
    /// What it is told of each channel's delays and habits, beside what holds, in the scenario's order.
    pub bounds: Vec<ToldBounds>,
}

impl Parts {
    /// What the stage is told of these systems.
    pub fn systems(&self) -> Systems {
        Systems {
            api_cancels: self.channels.iter().map(|it| it.api_cancels).collect(),
            returns_to: LocationIndex(self.warehouse.returns_to),
            amazon: self.warehouse.fba.map(LocationIndex),
        }
    }
}

/// Opens everything a scenario names. `callback_url` gives the address of a channel's webhooks by the channel's name.
///
/// # Errors
/// What in the scenario cannot be.
pub fn open(
    scenario: &Scenario,
    seed: u64,
    strategy: Strategy,
    catalogue: &Catalogue,
    access: &Access,
    callback_url: &dyn Fn(&str) -> String,
    open_channel: OpenChannel<'_>,
) -> Result<Parts, SetupError> {
    if scenario.channels.len() > MAX_CHANNELS {
        return Err(SetupError::TooManyChannels(scenario.channels.len()));
    }
    let (epoch, _) = Epoch::parse_start(&scenario.start)
        .map_err(|_| SetupError::Start(scenario.start.clone()))?;
    let root = Seed(seed);
    let fba: Vec<bool> = scenario
        .warehouse
        .locations
        .iter()
        .map(|location| location.code == FBA)
        .collect();
    let display = opening_display(scenario, catalogue, &fba);

    let fba_holder = scenario.fba_holder();

    let mut channels = Vec::with_capacity(scenario.channels.len());
    let mut configs = Vec::with_capacity(scenario.channels.len());
    let mut bounds = Vec::with_capacity(scenario.channels.len());
    let signing_in = access.of_channels(scenario);
    let listed = scenario.channels.iter().zip(&display).zip(&signing_in);
    for ((channel, display), access) in listed {
        let own = ChannelIndex(channels.len() as u16);
        let assortment = catalogue.assortments.of_channel(own);
        let skus = || {
            let all = catalogue.skus.iter().enumerate();
            all.filter(|(sku, _)| assortment.is_none_or(|listed| listed[*sku]))
        };
        let shop = Shop {
            name: channel.name.clone(),
            seed: root,
            epoch,
            currency: match &channel.currency {
                Some(own) => own.code.clone(),
                None => scenario.currency.clone(),
            },
            listings: skus().map(|(_, sku)| listing(channel, sku)).collect(),
            locations: own_locations(scenario, &fba),
        };
        let fba_units = match fba_holder {
            Some((holder, location)) if holder == channels.len() => {
                let of = |sku: &Sku| sku.stock.get(location).copied().unwrap_or(0);
                skus().map(|(_, sku)| of(sku)).collect()
            }
            _ => Vec::new(),
        };
        let mut opened = open_channel(access, channel, shop, &fba_units)?;
        if assortment.is_some() {
            let listed = skus().map(|(sku, _)| sku as u32).collect();
            opened.storefront = assorted(opened.storefront, listed, catalogue.skus.len());
            let all = (0u32..).map(SkuIndex).zip(&catalogue.skus);
            opened.not_listed = all
                .filter(|(sku, _)| !catalogue.assortments.lists(own, *sku))
                .map(|(_, sku)| sku.code.clone())
                .collect();
        }
        for (listing, &units) in display.iter().enumerate() {
            opened
                .storefront
                .open_with(ListingIndex(listing as u32), units);
        }
        opened.bounds = faults::slower(&scenario.faults, &channel.name, opened.bounds);
        let longest_way = longest_way(&scenario.faults, channel);
        let config = channel_config(
            scenario,
            channel,
            &opened,
            longest_way,
            callback_url(&channel.name),
            assortment,
        );
        bounds.push(ToldBounds {
            believed: as_ledger(channel.platform, config.bounds),
            holds: as_ledger(
                channel.platform,
                Believed::default().over(longest_way, opened.bounds),
            ),
        });
        configs.push(config);
        channels.push(opened);
    }

    let held_back = strategy.describe().buffer_units;
    let buffer_units = scenario.channels.iter();
    let buffer_units = buffer_units.map(|it| held_back(&scenario.strategy, &it.name));
    let mut ledger = Ledger::open(Opening {
        channels: channels.len(),
        prices_cents: catalogue.skus.iter().map(|sku| sku.price_cents).collect(),
        stock: catalogue
            .skus
            .iter()
            .map(|sku| sku.stock.as_slice())
            .collect(),
        fba_locations: fba.clone(),
        whole_stock_display: scenario.strategy.displays_whole_stock(strategy),
        shared_quotas: scenario.strategy.shares_quotas(strategy),
        buffer_units: buffer_units.collect(),
        opening_display: display,
        assortments: &catalogue.assortments,
    });
    for (index, channel) in (0u16..).zip(&scenario.channels) {
        if channel.opens_at.is_some() {
            ledger.set_open(Micros::ZERO, ChannelIndex(index), false);
        }
    }
    let config = EngineConfig {
        seed: root.key("engine", "root"),
        epoch_unix_micros: epoch.unix_micros,
        skus: catalogue.skus.iter().map(|sku| sku.code.clone()).collect(),
        channels: configs,
        warehouse_token: access.warehouse.token.clone(),
        strategy,
        settings: scenario.strategy.clone(),
        history: None,
    };
    Ok(Parts {
        channels,
        warehouse: open_warehouse(
            scenario,
            root,
            epoch,
            catalogue,
            &fba,
            access.warehouse.clone(),
        )?,
        ledger,
        config,
        bounds,
    })
}

fn listing(channel: &Channel, sku: &Sku) -> ListingSeed {
    let own = channel.currency.as_ref();
    ListingSeed {
        sku: sku.code.clone(),
        title: sku.title.clone(),
        price_cents: own.map_or(sku.price_cents, |own| own.price_cents(sku.price_cents)),
    }
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

/// A request takes effect within the patience of its sending or never: the network hangs up (see `network`).
fn longest_way(faults: &[Fault], channel: &Channel) -> Micros {
    let network = &channel.network;
    let usual = network.request.upper_bound();
    (usual + faults::longer_way(faults, &channel.name)).min(network.patience)
}

/// Bounds as the ledger writes them down.
fn as_ledger(platform: Platform, bounds: PlatformBounds) -> ChannelBounds {
    ChannelBounds {
        applied_when_answered: platform.describe().capabilities.compare_and_set,
        order_visibility_lag: bounds.order_visibility_lag,
        write_lifetime: bounds.write_lifetime,
        request_lifetime: bounds.request_lifetime,
        restocks_on_cancel: bounds.restocks_on_cancel,
    }
}

fn channel_config(
    scenario: &Scenario,
    channel: &Channel,
    opened: &OpenedChannel,
    longest_way: Micros,
    callback_url: String,
    assortment: Option<&[bool]>,
) -> ChannelConfig {
    let opening = scenario.opening;
    ChannelConfig {
        name: channel.name.clone(),
        platform: channel.platform,
        credentials: opened.credentials.clone(),
        callback_url,
        demand_share: channel.expected_share.unwrap_or(channel.share),
        was_selling: scenario.opening_display.is_on_sale(),
        poll_orders_every: channel.poll_orders_every,
        bounds: channel.believed.over(longest_way, opened.bounds),
        known_limits: channel.known_limits.clone(),
        opens_at: channel.opens_at.map_or(Micros::ZERO, |at| opening + at),
        closes_at: channel.closes_at.map_or(Micros::MAX, |at| opening + at),
        assortment: assortment.map(<[bool]>::to_vec),
    }
}

fn open_warehouse(
    scenario: &Scenario,
    root: Seed,
    epoch: Epoch,
    catalogue: &Catalogue,
    fba: &[bool],
    credentials: warehouse::Credentials,
) -> Result<OpenedWarehouse, SetupError> {
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
    Ok(OpenedWarehouse {
        warehouse: Warehouse::new(seed, profile, credentials),
        returns_to: first(false).unwrap_or(0),
        fba: first(true),
    })
}

/// Reads a named profile with the scenario's overrides on top.
///
/// # Errors
/// When there is no such profile, or the overrides do not fit it.
fn read_profile<P: serde::de::DeserializeOwned>(
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::scenario::model::{Assortment, ShopCurrency};
    use crate::scenario::samples::SCARCE;
    use crate::world::World;

    /// What each shop was opened with: its currency, and SKUs with their prices.
    fn opened(scenario: &Scenario) -> Vec<(String, Vec<(String, u64)>)> {
        let world = World::new(scenario, Seed(1), None).unwrap();
        let shops = RefCell::new(Vec::new());
        let noting: OpenChannel<'_> = &|access, channel, shop, fba_units| {
            let listings = shop.listings.iter();
            let listings = listings.map(|it| (it.sku.clone(), it.price_cents));
            let noted = (shop.currency.clone(), listings.collect());
            shops.borrow_mut().push(noted);
            open_channel(access, channel, shop, fba_units)
        };
        let parts = open(
            scenario,
            1,
            Strategy::Mirror,
            &world.catalogue,
            &Access::default(),
            &|_| String::new(),
            noting,
        );
        assert_eq!(parts.unwrap().config.skus.len(), world.catalogue.skus.len());
        shops.into_inner()
    }

    #[test]
    fn a_shop_opens_with_what_it_lists_in_its_own_currency() {
        let mut scenario = Scenario::parse("scarce.toml", SCARCE).unwrap().scenario;
        scenario.catalogue.price_cents = (1_999, 1_999);
        scenario.channels[1].currency = Some(ShopCurrency {
            code: "CAD".to_string(),
            rate: 1.37,
        });
        let of = |sku: &str, cents| (sku.to_string(), cents);
        let whole = [of("SKU-00001", 1_999), of("SKU-00002", 1_999)];
        let shops = opened(&scenario);
        assert_eq!(shops[0], ("USD".to_string(), whole.to_vec()));
        assert_eq!(shops[1].0, "CAD");
        assert_eq!(shops[1].1, [of("SKU-00001", 2_739), of("SKU-00002", 2_739)]);
        scenario.channels[1].assortment = Assortment::Without(vec![1]);
        assert_eq!(opened(&scenario)[1].1, [of("SKU-00002", 2_739)]);
        assert_eq!(opened(&scenario)[0].1, whole);
    }

    #[test]
    fn no_price_is_nothing() {
        let yen = |rate| ShopCurrency {
            code: "XXX".to_string(),
            rate,
        };
        assert_eq!(yen(1e-6).price_cents(5), 1);
        assert_eq!(yen(0.5).price_cents(5), 3);
        assert_eq!(yen(1e6).price_cents(1), 1_000_000);
    }
}
