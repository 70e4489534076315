//! Strategies: what to write where, given what is known. Connectors, budgets, queues and the canonical model are shared, so
//! that only the idea differs.

pub mod description;
pub mod escrow;
mod estimates;
pub mod mirror;
mod poisson;
pub mod spreadsheet;
pub mod trigger;

use super::cancellation::Restock;
use super::canonical::{ChannelIndex, Line, OrderKey, SkuIndex};
use serde::{Deserialize, Serialize};

use super::config::{EngineConfig, StrategySettings};
use super::connectors::{Change, QuantityWrite};
use super::coverage::Coverage;
use super::demand::DemandRates;
use super::journal::Journal;
use super::link::{ChannelLink, Links, WriteNews};
use super::machine::Truth;
use super::queue::Priority;
pub use description::{Counts, Description, Learns, Promise};
use oversell_kernel::Micros;

/// Cost of leaving a sold-out listing on sale, cents a unit sold meanwhile; only its ratio to the other matters
/// (docs/theory.md B, money).
const OVERSELL_COST_CENTS: f64 = 2_000.0;
/// Cost of keeping a listing dark although there is stock, cents a unit not sold.
const LOST_SALE_COST_CENTS: f64 = 1_000.0;

/// What a strategy works with.
pub struct StrategyContext<'a> {
    /// Now.
    pub now: Micros,
    /// One link a channel.
    pub links: &'a mut Links,
    /// What has been seen of demand.
    pub demand: &'a DemandRates,
    /// Where exposure is recorded before a call leaves.
    pub journal: &'a mut dyn Journal,
    /// The configuration.
    pub config: &'a EngineConfig,
}

impl StrategyContext<'_> {
    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.links.len()
    }

    /// Whether the merchant sells on a channel now.
    pub fn is_open(&self, channel: ChannelIndex) -> bool {
        self.config.channels[usize::from(channel.0)].is_open(self.now)
    }

    /// Whether the merchant began to sell on a channel only after the engine had begun.
    pub fn opens_late(&self, channel: ChannelIndex) -> bool {
        self.config.channels[usize::from(channel.0)].opens_late()
    }

    /// Whether buyers may have bought on a channel before the engine came.
    pub fn was_selling(&self, channel: ChannelIndex) -> bool {
        self.config.channels[usize::from(channel.0)].was_selling && !self.opens_late(channel)
    }

    /// Whether a channel whose catalogue has been read lists a SKU, as far as is known.
    pub fn is_listed(&self, channel: ChannelIndex, sku: SkuIndex) -> bool {
        self.links[channel].connector.knows(sku)
    }

    /// The link of a channel.
    pub fn link(&mut self, channel: ChannelIndex) -> &mut ChannelLink {
        &mut self.links[channel]
    }

    /// Puts a change into the listing's publish slot.
    pub fn publish(
        &mut self,
        channel: ChannelIndex,
        sku: SkuIndex,
        change: Change,
        priority: Priority,
    ) {
        let now = self.now;
        self.link(channel)
            .publish(now, QuantityWrite { sku, change }, priority);
    }

    /// How urgent it is to replace a displayed count by another (docs/theory.md C).
    pub fn priority(
        &self,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        target: i64,
        sellable: i64,
    ) -> Priority {
        let rate = self.demand.rate(self.now, channel, sku);
        if displayed > 0 && sellable <= 0 {
            Priority::Costing(OVERSELL_COST_CENTS * rate)
        } else if displayed <= 0 && target > 0 {
            Priority::Costing(LOST_SALE_COST_CENTS * rate)
        } else {
            Priority::Cover(
                sellable.min(displayed).max(0) as f64 / self.demand.total_rate(self.now, sku),
            )
        }
    }
}

/// A sale that has become known.
#[derive(Copy, Clone, Debug)]
pub struct Sale<'a> {
    /// Platform time of the order's birth.
    pub sold_at: Micros,
    /// What was sold.
    pub lines: &'a [Line],
}

/// A strategy as a state machine over news.
pub trait StrategyMachine: crate::snapshot::State {
    /// A channel's catalogue has been read.
    fn channel_ready(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex);

    /// The warehouse's stock has been read: sellable units of every SKU.
    fn stock_known(&mut self, context: &mut StrategyContext<'_>, sellable: &[i64]);

    /// Sellable stock changed other than by orders.
    fn stock_changed(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, delta: i64);

    /// An order is known and recorded, for the first time.
    fn sold(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex, sale: &Sale<'_>);

    /// A known order was cancelled at `at` (platform time), or units were taken out of it; `restock` says where they are.
    fn cancelled(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        order: OrderKey,
        lines: &[Line],
        restock: Restock,
        at: Micros,
    );

    /// Units that [`StrategyMachine::cancelled`] gave back have left the warehouse all the same: a parcel and its cancellation
    /// crossed. A platform that has put them back on sale sells them once more, so they must come out of what is left.
    fn gone(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, units: i64);

    /// A write has ended.
    fn written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        sent_at: Micros,
        outcome: WriteNews,
    );

    /// A quantity was read back by a call that left at `sent_at`.
    fn read(
        &mut self,
        _desk: &mut StrategyContext<'_>,
        _channel: ChannelIndex,
        _sku: SkuIndex,
        _displayed: i64,
        _sent_at: Micros,
    ) {
    }

    /// A platform that was asked for a listing's quantity has no such listing.
    fn not_listed(
        &mut self,
        _context: &mut StrategyContext<'_>,
        _channel: ChannelIndex,
        _sku: SkuIndex,
    ) {
    }

    /// What the seller submitted last, live or not, was read by a call that left at `sent_at`; `None`: nothing ever was.
    fn submission_read(
        &mut self,
        _context: &mut StrategyContext<'_>,
        _channel: ChannelIndex,
        _sku: SkuIndex,
        _submitted: Option<i64>,
        _sent_at: Micros,
    ) {
    }

    /// The platform told a quantity by itself.
    fn signalled(
        &mut self,
        _desk: &mut StrategyContext<'_>,
        _channel: ChannelIndex,
        _sku: SkuIndex,
        _displayed: i64,
    ) {
    }

    /// Every order changed up to `complete_to` is known.
    fn feed_complete(
        &mut self,
        _desk: &mut StrategyContext<'_>,
        _channel: ChannelIndex,
        _complete_to: Micros,
    ) {
    }

    /// The clock was set ahead by so much: less has passed than it shows.
    fn clock_set(&mut self, _desk: &mut StrategyContext<'_>, _ahead: Micros) {}

    /// The engine goes on from its journal after a crash. Told to those only that lend units.
    fn restarted(&mut self, _desk: &mut StrategyContext<'_>) {}

    /// What really happened (informed escrow only).
    fn truth(&mut self, _desk: &mut StrategyContext<'_>, _truth: &Truth) {}

    /// What it has come through so far.
    fn coverage(&self) -> Coverage {
        Coverage::default()
    }

    /// The most units of each SKU that stood on its books beyond the stock, if it lends any.
    fn lent(&self) -> Option<Vec<i64>> {
        None
    }

    /// The time of `next_wake` has come.
    fn wake(&mut self, _desk: &mut StrategyContext<'_>) {}

    /// When the strategy has something to do by itself.
    fn next_wake(&self) -> Micros {
        Micros::MAX
    }
}

/// The built-in strategies: a line for each, in the order in which reports show them.
macro_rules! strategies {
    ($($(#[$doc:meta])* $variant:ident = $description:path,)*) => {
        /// A built-in strategy, by name.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Strategy {
            $($(#[$doc])* $variant,)*
        }

        impl Strategy {
            /// All of them, in the order in which reports show them.
            pub const ALL: [Strategy; [$(Strategy::$variant),*].len()] = [$(Strategy::$variant),*];

            /// What it says of itself.
            pub const fn describe(self) -> &'static Description {
                match self {
                    $(Strategy::$variant => &$description,)*
                }
            }
        }
    };
}

strategies! {
    /// CSV exports and manual upload.
    Spreadsheet = spreadsheet::DESCRIPTION,
    /// Zapier-like tools.
    Trigger = trigger::DESCRIPTION,
    /// Today's real-time sync products.
    Mirror = mirror::DESCRIPTION,
    /// Grants that never add up to more than the stock.
    Escrow = escrow::DESCRIPTION,
    /// The rules of `escrow` with perfect knowledge. It was called `oracle` once, and files may still say so.
    #[serde(rename = "informed-escrow", alias = "oracle")]
    InformedEscrow = escrow::INFORMED,
}

impl Strategy {
    /// The name used on the command line and in files.
    pub const fn name(self) -> &'static str {
        self.describe().name
    }

    /// The one of this name, or of a name that it had once ([`Strategy::OLD_NAMES`]).
    pub fn named(name: &str) -> Option<Strategy> {
        let old = Strategy::OLD_NAMES.iter().find(|(old, _)| *old == name);
        let mut all = Strategy::ALL.into_iter();
        old.map(|(_, strategy)| *strategy)
            .or_else(|| all.find(|it| it.name() == name))
    }

    /// Names that are taken for those of today.
    pub const OLD_NAMES: [(&'static str, Strategy); 1] = [("oracle", Strategy::InformedEscrow)];

    /// Whether it wants to be told that a listing shows another count.
    pub const fn follows_displays(self) -> bool {
        matches!(
            self.describe().learns,
            Learns::FromSignals { of_displays: true } | Learns::FromTheLedger
        )
    }

    /// Whether it listens to webhooks and queues; the others only poll.
    pub const fn listens(self) -> bool {
        !matches!(self.describe().learns, Learns::ByPolling(_))
    }

    /// For one that only polls: the time from one reading of a list to the next.
    pub fn polls_every(self, settings: &StrategySettings) -> Option<Micros> {
        match self.describe().learns {
            Learns::ByPolling(every) => Some(every(settings)),
            Learns::FromSignals { .. } | Learns::FromTheLedger => None,
        }
    }

    /// Whether it is told the truth by the ledger.
    pub const fn knows_the_ledger(self) -> bool {
        matches!(self.describe().learns, Learns::FromTheLedger)
    }

    /// Whether its displayed counts stand for the whole stock rather than for a quota of the channel's own.
    pub const fn displays_whole_stock(self) -> bool {
        matches!(self.describe().counts, Counts::WholeStock)
    }
}

/// Makes the configured strategy.
pub fn strategy(config: &EngineConfig) -> Box<dyn StrategyMachine> {
    (config.strategy.describe().build)(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files and the command line know a strategy by one name.
    #[test]
    fn names_are_those_of_files() {
        for strategy in Strategy::ALL {
            let text = serde_json::to_string(&strategy).unwrap();
            assert_eq!(text, format!("\"{}\"", strategy.name()));
            assert_eq!(Strategy::named(strategy.name()), Some(strategy));
        }
        for (old, strategy) in Strategy::OLD_NAMES {
            assert_eq!(Strategy::named(old), Some(strategy));
            let read: Strategy = serde_json::from_str(&format!("\"{old}\"")).unwrap();
            assert_eq!(read, strategy);
        }
        assert_eq!(Strategy::named("oracles"), None);
    }
}
