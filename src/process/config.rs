//! The file that `simulate engine` is configured with: where the channels and the warehouse are, how to sign in, which
//! strategy decides, and where the database is. Whoever starts the process may write one from these types.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use channel_mocks::core::Epoch;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::bounds::{default_aws_account, published};
use crate::engine::Micros;
use crate::engine::config::{
    ChannelConfig, Credentials, EngineConfig, KnownLimit, Platform, PlatformBounds, Strategy,
    StrategySettings,
};
use crate::realtime::clock::{Calendar, SPEEDS};
use crate::scenario::file::text_of;
use crate::scenario::{Diagnostic, Problem, Typed, committed};

/// Answers are held back for twenty seconds at most while there is nothing to tell (long polls); this leaves time for the
/// way.
pub const LONGEST_HELD_BACK: Micros = Micros::from_secs(30);

/// Journal entries after which it is compacted, unless something else is said: a start replays them in half a second.
pub const DEFAULT_COMPACT_AFTER: i64 = 20_000;

/// A whole configuration file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EngineFile {
    /// Which strategy decides.
    pub strategy: Strategy,
    /// The database's file, made when there is none; relative to the configuration file.
    pub database: PathBuf,
    /// Address and port that webhooks are received on; port 0 lets the system choose one, which is kept from then on.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// The base of the addresses that the platforms deliver webhooks to, when it is not the address listened on (behind a
    /// proxy).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// How long a call may take, in real time; its outcome is unknown after it. Half a minute of platform time is allowed in
    /// any case, because platforms hold answers back while there is nothing to tell.
    #[serde(default = "default_timeout")]
    pub timeout: Micros,
    /// Orders that are open when the database is begun are the engine's too if they were placed (or changed) no longer
    /// before than this, in platform time. Those that had been shipped or cancelled by then are only listed.
    #[serde(default)]
    pub take_over: Micros,
    /// Keys the engine's own draws: with the database's beginning, the idempotency keys of its writes.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The journal is compacted when it has so many entries, and twice as many bytes as the engine's state.
    #[serde(default = "default_compact_after")]
    pub compact_after: i64,
    /// The merchant's SKUs; read from the warehouse when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skus: Option<Vec<String>>,
    /// The platforms' time.
    #[serde(default)]
    pub clock: ClockSection,
    /// The merchant's own stock system.
    pub warehouse: WarehouseSection,
    /// The channels.
    pub channel: Vec<ChannelSection>,
    /// Settings of the strategies, as a scenario's `[strategy.NAME]` tables.
    #[serde(default)]
    pub settings: StrategySettings,
}

/// How the platforms' calendars run. Left out, they are this machine's own.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ClockSection {
    /// Platform seconds in a real second; only emulators have another speed than 1.
    pub speed: f64,
    /// An instant of real time, RFC 3339, at which the platforms' calendars showed `platform`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real: Option<String>,
    /// See `real`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Where the emulators tell how their calendars run now: the engine follows jumps and changes of speed from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Default for ClockSection {
    fn default() -> ClockSection {
        ClockSection {
            speed: 1.0,
            real: None,
            platform: None,
            url: None,
        }
    }
}

/// Where the merchant's own stock system is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WarehouseSection {
    /// Base URL, like `http://127.0.0.1:7005`.
    pub url: String,
    /// Bearer token.
    pub token: String,
}

/// A channel. The credentials are those of its platform, under the names that `simulate serve` prints them with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelSection {
    /// The merchant's name for it; the warehouse knows it by this name.
    pub name: String,
    /// Its platform.
    pub platform: Platform,
    /// Base URL of its API.
    pub url: String,
    /// Base URL of its notification queue (Amazon), when it is not `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_url: Option<String>,
    /// The engine's expectation of this channel's part of demand, 0 to 1; an equal part when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand_share: Option<f64>,
    /// Whether its listings are on sale when the engine comes, so that what was sold ahead of their first reading may be unknown.
    #[serde(default = "yes")]
    pub was_selling: bool,
    /// How often the order feed is polled beside notifications, in platform time.
    #[serde(default = "default_poll")]
    pub poll_orders_every: Micros,
    /// What is known of its delays; the platform's figures when left out.
    #[serde(default)]
    pub bounds: BoundsSection,
    /// SKUs that the merchant does not list there. Where the engine reads the platform's catalogue it finds out by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_listed: Vec<String>,
    /// Rate limits that differ from the published defaults, by the engine's names for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known_limits: BTreeMap<String, KnownLimit>,
    /// Shopify: the shop's domain, like `demo.myshopify.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    /// Shopify: the app's client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// Shopify: the app's client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_secret: Option<String>,
    /// Amazon: LWA client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lwa_client_id: Option<String>,
    /// Amazon: LWA client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lwa_client_secret: Option<String>,
    /// Amazon, TikTok Shop: the seller's grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Amazon: merchant token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_id: Option<String>,
    /// Amazon: marketplace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketplace_id: Option<String>,
    /// Amazon: the AWS account that owns the queue; the emulator's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_account_id: Option<String>,
    /// TikTok Shop: app key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_key: Option<String>,
    /// TikTok Shop: app secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_secret: Option<String>,
    /// TikTok Shop: the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop_cipher: Option<String>,
    /// Custom: the name of the machine at which the shop is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Custom: bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Custom: what webhooks are signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<String>,
}

/// The credential keys of all platforms: one field each.
macro_rules! credential_keys {
    ($($key:ident),* $(,)?) => {
        impl ChannelSection {
            /// Every credential key there is.
            pub const CREDENTIAL_KEYS: &[&str] = &[$(stringify!($key)),*];

            fn text_of(&self, key: &str) -> Option<&Option<String>> {
                match key {
                    $(stringify!($key) => Some(&self.$key),)*
                    _ => None,
                }
            }

            fn text_of_mut(&mut self, key: &str) -> Option<&mut Option<String>> {
                match key {
                    $(stringify!($key) => Some(&mut self.$key),)*
                    _ => None,
                }
            }
        }
    };
}

credential_keys!(
    shop,
    api_key,
    api_secret,
    lwa_client_id,
    lwa_client_secret,
    refresh_token,
    seller_id,
    marketplace_id,
    aws_account_id,
    app_key,
    app_secret,
    shop_cipher,
    host,
    token,
    webhook_secret,
);

/// What is known of a channel's delays, in platform time; `escrow` relies on them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BoundsSection {
    /// A poll of the order feed sent at t tells everything up to t less this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_visibility_lag: Option<Micros>,
    /// A write not live within this of its sending never will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_lifetime: Option<Micros>,
    /// Whether the platform puts the units of a cancelled order back on sale by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restocks_on_cancel: Option<bool>,
}

fn default_listen() -> String {
    "127.0.0.1:0".to_string()
}

fn default_timeout() -> Micros {
    Micros::from_secs(30)
}

fn default_compact_after() -> i64 {
    DEFAULT_COMPACT_AFTER
}

fn default_seed() -> u64 {
    1
}

fn yes() -> bool {
    true
}

fn default_poll() -> Micros {
    Micros::from_secs(300)
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[error("{name} cannot be used")]
pub struct ConfigError {
    /// The file.
    pub name: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

impl From<ConfigError> for Diagnostic {
    fn from(error: ConfigError) -> Diagnostic {
        Diagnostic::new(&error).problems(error.problems)
    }
}

impl EngineFile {
    /// Reads a configuration. Its `database` is found from the working directory afterwards.
    ///
    /// # Errors
    /// When the file cannot be read, or with everything that is wrong in it: line, key, value and the way out.
    pub fn load(path: &Path) -> Result<EngineFile, ConfigError> {
        let name = path.display().to_string();
        let text = text_of(path).map_err(|error| ConfigError {
            name: name.clone(),
            problems: vec![
                Problem::placeless(format!("{name} cannot be read: {error}"))
                    .help("give the path of a TOML file; docs/engine.md shows one"),
            ],
        })?;
        let mut file = EngineFile::parse(&name, &text)?;
        if let Some(folder) = path.parent() {
            file.database = folder.join(&file.database);
        }
        Ok(file)
    }

    /// Reads a configuration from text.
    ///
    /// # Errors
    /// As [`EngineFile::load`].
    pub fn parse(name: &str, text: &str) -> Result<EngineFile, ConfigError> {
        let failed = |problems| ConfigError {
            name: name.to_string(),
            problems,
        };
        let schema = committed(include_str!("../../schemas/engine.json"));
        let typed = Typed::read("configuration", name, text, &schema).map_err(failed)?;
        let problems = super::validate::problems(&typed);
        if problems.is_empty() {
            Ok(typed.value)
        } else {
            Err(failed(problems))
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never for a value whose path is text.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// How long a call may take in real time: the configured timeout, but never less than the platforms, which hold some
    /// answers back for twenty seconds of their own time, need to give one.
    pub fn patience(&self) -> Duration {
        let held_back = Duration::from_secs_f64(LONGEST_HELD_BACK.as_secs_f64() / self.clock.speed);
        Duration::from_micros(self.timeout.0).max(held_back)
    }

    /// How the calendar runs; this machine's own when the file does not say.
    pub fn calendar(&self) -> Calendar {
        let instant = |text: &Option<String>| text.as_deref().and_then(Epoch::parse_unix_micros);
        match (instant(&self.clock.real), instant(&self.clock.platform)) {
            (Some(real), Some(platform)) => Calendar {
                speed: self.clock.speed,
                real,
                platform,
            },
            _ => Calendar {
                speed: self.clock.speed,
                real: 0,
                platform: 0,
            },
        }
    }

    /// What the engine itself is told. `callback_base` is where the webhook listener is reached; channels get a path each.
    /// The file has been checked.
    pub fn engine_config(
        &self,
        epoch_unix_micros: i64,
        callback_base: &str,
        skus: Vec<String>,
    ) -> EngineConfig {
        let equal_share = 1.0 / self.channel.len().max(1) as f64;
        let channels = self.channel.iter().enumerate().map(|(index, channel)| {
            let published = published(channel.platform);
            let way = Micros::from_secs_f64(self.patience().as_secs_f64() * self.clock.speed);
            ChannelConfig {
                name: channel.name.clone(),
                platform: channel.platform,
                credentials: channel.credentials(),
                callback_url: format!("{}/{index}", callback_base.trim_end_matches('/')),
                demand_share: channel.demand_share.unwrap_or(equal_share),
                was_selling: channel.was_selling,
                poll_orders_every: channel.poll_orders_every,
                bounds: PlatformBounds {
                    order_visibility_lag: channel
                        .bounds
                        .order_visibility_lag
                        .unwrap_or(published.order_visibility_lag),
                    write_lifetime: channel.bounds.write_lifetime.unwrap_or_else(|| {
                        PlatformBounds::write_lifetime(way, published.write_to_live)
                    }),
                    // Of a bound that is given it is not known how much of it is the way.
                    request_lifetime: channel.bounds.write_lifetime.unwrap_or(way),
                    restocks_on_cancel: channel
                        .bounds
                        .restocks_on_cancel
                        .unwrap_or(published.restocks_on_cancel),
                },
                known_limits: channel.known_limits.clone(),
                opens_at: Micros::ZERO,
                closes_at: Micros::MAX,
                assortment: channel.assortment(&skus),
            }
        });
        let channels = channels.collect();
        EngineConfig {
            seed: self.seed,
            epoch_unix_micros,
            skus,
            channels,
            warehouse_token: self.warehouse.token.clone(),
            strategy: self.strategy,
            settings: self.settings.clone(),
            history: None,
        }
    }
}

impl ChannelSection {
    /// Which SKUs the merchant says are listed; nothing where he names none that are not.
    fn assortment(&self, skus: &[String]) -> Option<Vec<bool>> {
        if self.not_listed.is_empty() {
            return None;
        }
        let absent: BTreeSet<&str> = self.not_listed.iter().map(String::as_str).collect();
        Some(
            skus.iter()
                .map(|sku| !absent.contains(sku.as_str()))
                .collect(),
        )
    }

    /// All credentials, by key.
    pub fn credential(&self, key: &str) -> Option<&str> {
        self.text_of(key)?.as_deref()
    }

    /// Takes over what an engine is given to sign in with.
    pub fn set_credentials(&mut self, credentials: &Credentials) {
        for (key, text) in credentials.iter() {
            if let Some(own) = self.text_of_mut(key) {
                *own = Some(text.to_string());
            }
        }
    }

    fn credentials(&self) -> Credentials {
        Credentials::new(self.platform, |key| match self.credential(key) {
            None if key == "aws_account_id" => Some(default_aws_account()),
            text => text.map(str::to_string),
        })
    }

    /// A channel with nothing but what every one has.
    pub fn new(name: &str, platform: Platform, url: &str) -> ChannelSection {
        ChannelSection {
            name: name.to_string(),
            platform,
            url: url.to_string(),
            queue_url: None,
            demand_share: None,
            was_selling: true,
            poll_orders_every: default_poll(),
            bounds: BoundsSection::default(),
            not_listed: Vec::new(),
            known_limits: BTreeMap::new(),
            shop: None,
            api_key: None,
            api_secret: None,
            lwa_client_id: None,
            lwa_client_secret: None,
            refresh_token: None,
            seller_id: None,
            marketplace_id: None,
            aws_account_id: None,
            app_key: None,
            app_secret: None,
            shop_cipher: None,
            host: None,
            token: None,
            webhook_secret: None,
        }
    }
}

/// Whether `speed` can be run.
pub(super) fn speed_fits(speed: f64) -> bool {
    SPEEDS.contains(&speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_file_of_configurations_is_that_of_the_types() {
        let of_types = schemars::schema_for!(EngineFile);
        crate::scenario::assert_committed("engine.json", &of_types);
    }
}
