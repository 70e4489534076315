//! What an engine is configured with. Scenario files use these types.

mod buffer;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::canonical::SkuIndex;
pub use super::platform::Platform;
pub use super::strategies::{Counts, Description, Learns, Promise, Strategy};
pub use buffer::{Buffer, Confidence};
use oversell_kernel::Micros;

/// A rate limit as the merchant knows it, from his plan or his account manager. It stands in for the published default
/// until the platform tells otherwise; Amazon, for one, tells the rate of a bucket and never its size.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownLimit {
    /// Calls (Shopify: cost points) that the full bucket holds.
    pub burst: f64,
    /// Calls (Shopify: cost points) that flow into it in a second.
    pub rate: f64,
}

/// The queue that the engine makes and reads, of the allowed characters, from the channel's name. The merchant's
/// EventBridge rule, which brings the quantity changes, must have it as its target.
pub fn amazon_queue_name(channel: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let name = channel
        .chars()
        .map(|letter| if allowed(letter) { letter } else { '-' });
    "oversell-".chars().chain(name.take(70)).collect()
}

/// What the merchant gave the engine to sign in with: a text for each of the platform's
/// [credential keys](crate::platform::PlatformDescription::credentials).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    texts: BTreeMap<&'static str, String>,
}

impl Credentials {
    /// What `look_up` gives for the platform's keys, or their defaults. A key without either is left out; the platform will
    /// refuse the engine.
    pub fn new(
        platform: Platform,
        mut look_up: impl FnMut(&'static str) -> Option<String>,
    ) -> Credentials {
        let given = platform.describe().credentials.iter().filter_map(|key| {
            let text = look_up(key.name).or_else(|| key.default.map(str::to_string))?;
            Some((key.name, text))
        });
        Credentials {
            texts: given.collect(),
        }
    }

    /// The text of a key; empty when there is none.
    pub fn get(&self, key: &str) -> &str {
        self.texts.get(key).map_or("", String::as_str)
    }

    /// Whose shop it is: the texts of the keys that name the account, in the platform's order.
    pub fn account(&self, platform: Platform) -> String {
        let keys = platform.describe().credentials.iter();
        let named = keys.filter(|key| key.names_account);
        named
            .map(|key| self.get(key.name))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// All keys with their texts, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.texts.iter().map(|(key, text)| (*key, text.as_str()))
    }
}

/// The engine's clock and a platform's differ by no more. Where one's times must be compared with the other's, whatever is
/// closer together is in doubt, and counts on the safe side (docs/theory.md A5, clocks). Order feeds are read again from so
/// much earlier; orders count once by their ids.
pub const CLOCK_SKEW: Micros = Micros::from_secs(35);

/// What is known of a platform's delays; the escrow strategy's assumptions rest on them (docs/theory.md A5, H2 and H3).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct PlatformBounds {
    /// v: a poll of the order feed sent at t tells everything up to t - v.
    pub order_visibility_lag: Micros,
    /// W: a write not live within W of its sending never will be.
    pub write_lifetime: Micros,
    /// A request that has not reached the platform so long after its sending never will; part of W.
    pub request_lifetime: Micros,
    /// Whether the platform puts the units of a cancelled order back on sale by itself.
    pub restocks_on_cancel: bool,
}

impl PlatformBounds {
    /// The lifetime of a write, on which escrow's proof rests: a request takes effect within `longest_way` of its sending or
    /// never, and is live `write_to_live` later or never.
    pub fn write_lifetime(longest_way: Micros, write_to_live: Micros) -> Micros {
        longest_way + write_to_live
    }
}

/// One channel.
#[derive(Clone, Debug)]
pub struct ChannelConfig {
    /// The merchant's name for it; the warehouse knows it by this name.
    pub name: String,
    /// Its platform.
    pub platform: Platform,
    /// How to sign in.
    pub credentials: Credentials,
    /// Where the platform shall deliver webhooks.
    pub callback_url: String,
    /// The engine's expectation of this channel's part of demand, 0..=1.
    pub demand_share: f64,
    /// Whether its listings were on sale before the engine came: what was sold ahead of a first reading may then be unknown.
    pub was_selling: bool,
    /// How often the order feed is polled beside notifications.
    pub poll_orders_every: Micros,
    /// Platform delays.
    pub bounds: PlatformBounds,
    /// Limits that differ from the published defaults, by
    /// [`PlatformDescription::limit_names`](crate::platform::PlatformDescription).
    pub known_limits: BTreeMap<String, KnownLimit>,
    /// From when on the merchant sells there: the engine learns of the shop then. Zero: from the start.
    pub opens_at: Micros,
    /// When the merchant stops selling there; [`Micros::MAX`]: never. Orders of before are still seen through.
    pub closes_at: Micros,
    /// Whether the merchant lists each SKU there, in catalogue order; `None`: all of them, as far as he says. What a platform's
    /// catalogue does not show is not listed either.
    pub assortment: Option<Vec<bool>>,
}

impl ChannelConfig {
    /// Whether the merchant sells there.
    pub fn is_open(&self, now: Micros) -> bool {
        self.opens_at <= now && now < self.closes_at
    }

    /// Whether the merchant says that a SKU is listed there.
    pub fn lists(&self, sku: SkuIndex) -> bool {
        let listed = self.assortment.as_ref();
        listed.is_none_or(|listed| listed.get(sku.0 as usize).copied().unwrap_or(false))
    }

    /// Whether the merchant began to sell there only after the engine had begun.
    pub fn opens_late(&self) -> bool {
        self.opens_at > Micros::ZERO
    }
}

/// The whole configuration of the built-in engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Keys the engine's own draws (retry jitter).
    pub seed: u64,
    /// Unix time of the engine's zero, in microseconds.
    pub epoch_unix_micros: i64,
    /// The merchant's SKUs in catalogue order.
    pub skus: Vec<String>,
    /// Sales channels.
    pub channels: Vec<ChannelConfig>,
    /// Bearer token of the warehouse API.
    pub warehouse_token: String,
    /// Which strategy decides.
    pub strategy: Strategy,
    /// Its settings (those of the others are ignored).
    pub settings: StrategySettings,
    /// What was sold before the engine began, if anybody knows.
    pub history: Option<DemandHistory>,
}

/// What was sold before the engine began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandHistory {
    /// In how long.
    pub span: Micros,
    /// Units of each SKU over all channels, in catalogue order.
    pub units: Vec<u64>,
    /// How far apart two orders of the same SKU were placed, ascending, no further than [`DemandHistory::LONGEST_GAP`]; of SKUs that
    /// sell slowly.
    pub gaps: Vec<Micros>,
    /// How many pairs of orders of the same SKU these SKUs have, near or far.
    pub pairs: u64,
}

impl DemandHistory {
    /// Longer than any channel is believed to take to tell of a sale and to take a count down, before anything is measured (105
    /// seconds at most): orders that lie further apart say nothing of bursts.
    pub const LONGEST_GAP: Micros = Micros::from_secs(600);
}

/// Settings of all built-in strategies; a scenario's `[strategy.NAME]` tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StrategySettings {
    /// CSV exports and manual upload.
    pub spreadsheet: SpreadsheetSettings,
    /// Zapier-like tools.
    pub trigger: TriggerSettings,
    /// Today's real-time sync products.
    pub mirror: MirrorSettings,
    /// Grants that never add up to more than the stock.
    pub escrow: EscrowSettings,
    /// The same, knowing the ledger.
    #[serde(rename = "informed-escrow", alias = "oracle")]
    pub informed_escrow: EscrowSettings,
}

impl StrategySettings {
    /// Whether the strategy's counts stand for the whole stock, less what it holds back whatever sells. What a dynamic buffer
    /// holds back nobody else knows, so that its counts are judged like quotas of which several may show the same unit.
    pub fn displays_whole_stock(&self, strategy: Strategy) -> bool {
        strategy.displays_whole_stock() && !(strategy.describe().buffer_is_worked_out)(self)
    }

    /// Whether several of the strategy's quotas may show the same unit.
    pub fn shares_quotas(&self, strategy: Strategy) -> bool {
        self.may_oversell(strategy)
            || (strategy.displays_whole_stock() && !self.displays_whole_stock(strategy))
    }

    /// Whether the strategy may oversell a share of what it sells (docs/theory.md A9).
    pub fn may_oversell(&self, strategy: Strategy) -> bool {
        let budget = strategy.describe().budget;
        budget.is_some_and(|settings| settings(self).lends())
    }

    /// The share of the units sold that the strategy may oversell.
    pub fn budget(&self, strategy: Strategy) -> f64 {
        let budget = strategy.describe().budget;
        budget.map_or(0.0, |settings| settings(self).budget.share())
    }

    /// Whether the strategy believes in a warehouse's count that jumps only when it lasts ([`crate::jump_guard`]).
    pub fn guards_jumps(&self, strategy: Strategy) -> bool {
        (strategy.describe().guards_jumps)(self)
    }
}

/// `spreadsheet`: export orders, recompute, upload absolute counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SpreadsheetSettings {
    /// Time from one upload to the next.
    pub every: Micros,
}

impl Default for SpreadsheetSettings {
    fn default() -> Self {
        SpreadsheetSettings {
            every: Micros::from_secs(4 * 3_600),
        }
    }
}

/// `trigger`: polling triggers, one action per order line per other channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TriggerSettings {
    /// Time from one poll of a channel to the next.
    pub poll_every: Micros,
    /// Attempts at an action before it is dropped, the first included.
    pub attempts: u32,
    /// Wait before another attempt.
    pub retry_after: Micros,
}

impl Default for TriggerSettings {
    fn default() -> Self {
        TriggerSettings {
            poll_every: Micros::from_secs(5 * 60),
            attempts: 3,
            retry_after: Micros::from_secs(60),
        }
    }
}

/// How a mirror writes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MirrorWrite {
    /// The count as the engine knows it, to every channel, the selling one included (docs/theory.md A4).
    Absolute,
    /// Minus the units sold, to every other channel, one call per order (docs/theory.md A2). Shopify only.
    Delta,
}

/// What a mirror's sweep does.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MirrorSweep {
    /// Publish every count again, whatever is displayed.
    Rewrite,
    /// Read every count, and publish those again that are found wrong twice, some minutes apart.
    ReadBack,
}

impl MirrorSweep {
    /// Whether it is what a mirror does when nothing is said.
    pub fn is_usual(&self) -> bool {
        *self == MirrorSweep::Rewrite
    }
}

/// `mirror`: webhooks and polling, coalesced writes of (stock - buffer) to every channel, reconcile sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MirrorSettings {
    /// Units held back: so many on every channel, by channel, or worked out as it goes.
    #[cfg_attr(feature = "schemas", schemars(with = "buffer::BufferShape"))]
    pub buffer: Buffer,
    /// Absolute counts or deltas.
    pub write: MirrorWrite,
    /// Hold changes and send them together at every multiple of this time; zero sends at once.
    pub publish_every: Micros,
    /// Time between reconcile sweeps that publish every SKU's count again; zero never sweeps.
    pub sweep_every: Micros,
    /// What a sweep does.
    #[serde(skip_serializing_if = "MirrorSweep::is_usual")]
    pub sweep: MirrorSweep,
    /// Whether a listing with a write in flight waits for its answer before the next write (one slot per listing).
    pub coalesce: bool,
    /// Whether a count of the warehouse that jumps upwards without goods having come in is held back until it is confirmed
    /// or has lasted a day.
    pub jump_guard: bool,
}

impl Default for MirrorSettings {
    fn default() -> Self {
        MirrorSettings {
            buffer: Buffer::default(),
            write: MirrorWrite::Absolute,
            publish_every: Micros::ZERO,
            sweep_every: Micros::from_secs(6 * 3_600),
            sweep: MirrorSweep::Rewrite,
            coalesce: true,
            jump_guard: false,
        }
    }
}

/// A share of the units sold that may be oversold: written `"0"` or as per cent, `"0.01%"`.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SalesBudget(f64);

impl SalesBudget {
    /// No unit.
    pub const NONE: SalesBudget = SalesBudget(0.0);
    /// The largest budget that can be given: one unit in ten.
    const MOST_PER_CENT: f64 = 10.0;

    /// Oversold units a unit sold.
    pub const fn share(self) -> f64 {
        self.0
    }

    /// Whether no unit may be oversold.
    pub fn is_none(&self) -> bool {
        self.0 <= 0.0
    }
}

impl std::str::FromStr for SalesBudget {
    type Err = String;

    fn from_str(text: &str) -> Result<SalesBudget, String> {
        let bad = || {
            format!(
                "`{text}` is no budget: write \"0\", or per cent of the units sold up to {}%, such as \"0.01%\"",
                SalesBudget::MOST_PER_CENT
            )
        };
        if text.trim() == "0" {
            return Ok(SalesBudget::NONE);
        }
        let number = text.trim().strip_suffix('%').ok_or_else(bad)?;
        let per_cent: f64 = number.trim().parse().map_err(|_| bad())?;
        match (0.0..=SalesBudget::MOST_PER_CENT).contains(&per_cent) {
            true => Ok(SalesBudget(per_cent / 100.0)),
            false => Err(bad()),
        }
    }
}

impl TryFrom<String> for SalesBudget {
    type Error = String;

    fn try_from(text: String) -> Result<SalesBudget, String> {
        text.parse()
    }
}

impl From<SalesBudget> for String {
    fn from(budget: SalesBudget) -> String {
        budget.to_string()
    }
}

impl std::fmt::Display for SalesBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.is_none() {
            true => f.write_str("0"),
            // Per cent with the digits that were written, not those of the nearest binary fraction.
            false => write!(f, "{}%", libm::round(self.0 * 1e11) / 1e9),
        }
    }
}

/// `escrow`: standing quotas by demand share, moved when a channel runs short (docs/theory.md A5, A7).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EscrowSettings {
    /// Move grants between channels during the run.
    pub rebalance: bool,
    /// Part of the stock kept in the pool at the opening, for later moves, 0..1.
    pub reserve: f64,
    /// How many units may be oversold of those sold, so that fewer sales are lost (docs/theory.md A9): `"0"`, none, or a share
    /// such as `"0.01%"`.
    #[serde(skip_serializing_if = "SalesBudget::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    pub budget: SalesBudget,
    /// Oversold units that a saved sale may cost, 0..1, for whoever wants to say so himself; left out, it is worked out from
    /// the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loan_price: Option<f64>,
    /// How many times faster than usual the last units that a channel shares may sell, before its zeros come too late
    /// (docs/theory.md A9.4); 1 to 1,000.
    #[serde(skip_serializing_if = "is_usual_rush")]
    pub rush_factor: f64,
    /// Whether a count of the warehouse that jumps upwards without goods having come in is held back until it is confirmed
    /// or has lasted a day.
    pub jump_guard: bool,
}

/// Shared units may sell so many times faster than usual.
const USUAL_RUSH: f64 = 10.0;

fn is_usual_rush(factor: &f64) -> bool {
    *factor == USUAL_RUSH
}

impl EscrowSettings {
    /// Whether units may be shown on several channels at once.
    pub fn lends(&self) -> bool {
        !self.budget.is_none() || self.loan_price.is_some_and(|price| price > 0.0)
    }
}

impl Default for EscrowSettings {
    fn default() -> Self {
        EscrowSettings {
            rebalance: true,
            reserve: 0.0,
            budget: SalesBudget::NONE,
            loan_price: None,
            rush_factor: USUAL_RUSH,
            jump_guard: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_as_it_is_written() {
        for text in ["0", "0.01%", "0.001%", "2.5%"] {
            assert_eq!(text.parse::<SalesBudget>().unwrap().to_string(), text);
        }
        assert_eq!("0.01%".parse::<SalesBudget>().unwrap().share(), 1e-4);
        for text in ["0.01", "", "-1%", "50%", "nan%", "x%"] {
            let said = text.parse::<SalesBudget>().unwrap_err();
            assert!(said.contains("0.01%"), "{said}");
        }
    }

    #[test]
    fn queue_names_hold_allowed_characters_only() {
        assert_eq!(amazon_queue_name("amazon us/1"), "oversell-amazon-us-1");
        assert!(amazon_queue_name(&"x".repeat(300)).len() <= 80);
    }
}
