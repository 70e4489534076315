//! The ledger: the append-only record of what really happened, written by emulators, warehouse and buyers, never by the
//! engine (law 4). It keeps the truth (sellable units, displayed counts, open orders), judges every event against it at
//! the moment it happens, and hands the judged entries to a [`Recorder`].
//!
//! Definitions are those of docs/theory.md B. Each event is judged against the state just before it.

mod bounds;
mod checkouts;
mod closing;
mod conservation;
mod counters;
mod displays;
mod entry;
mod entry_line;
mod followed;
mod message;
mod news;
mod open_items;
mod orders;
mod platforms;
mod questions;
mod recorder;
mod stock;
mod trail;
mod warehouse;

#[cfg(test)]
mod tests;

use channel_mocks::core::Micros;

pub use bounds::{ChannelBounds, ToldBounds};
pub use conservation::{Conservation, ConservationError};
pub(crate) use counters::counters;
pub use entry::{CallTarget, Entry};
pub use entry_line::{EntryLine, EntryNames};
pub use message::Message;
pub use open_items::OpenItems;
pub use recorder::Recorder;
pub use trail::{Letter, Mover, Strike, Trail};

use crate::world::{Assortments, SkuIndex};
use displays::Displays;
use orders::Orders;
use stock::Stock;

/// What a ledger is opened with.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// Number of channels.
    pub channels: usize,
    /// Price of a unit, per SKU.
    pub prices_cents: Vec<u64>,
    /// Opening units per location, per SKU.
    pub stock: Vec<&'a [u32]>,
    /// Whether a location belongs to Amazon, per location.
    pub fba_locations: Vec<bool>,
    /// Which of the two meanings of "intended" applies: `Strategy::displays_whole_stock`.
    pub whole_stock_display: bool,
    /// Whether quotas may show the same units (docs/theory.md A9): `StrategySettings::may_oversell`.
    pub shared_quotas: bool,
    /// Units the strategy holds back on purpose (the mirror's buffer), by channel; 0 for those that are not named.
    pub buffer_units: Vec<u32>,
    /// What listings display at simulated zero, `[channel][sku]`.
    pub opening_display: Vec<Vec<i64>>,
    /// Which SKUs channels list.
    pub assortments: &'a Assortments,
}

/// The record of what really happened.
#[derive(Debug)]
pub struct Ledger {
    stock: Stock,
    orders: Vec<Orders>,
    displays: Displays,
    prices_cents: Vec<u64>,
    fba_locations: Vec<bool>,
    /// Whether a channel has sold from FBA: only Amazon's do, and the ledger knows channels by number alone.
    sells_fba: Vec<bool>,
    last_change_at: Micros,
    /// What engines are told, per channel.
    bounds: Vec<ToldBounds>,
    /// Changes of the warehouse's records that are no changes of stock, and have not come yet.
    announced: Vec<(SkuIndex, i64)>,
    /// Whether the trail is noted, and the message that is being read.
    follows_trail: bool,
    /// Whether the trail tells of sales that are told again.
    follows_repetitions: bool,
    letter: Letter,
}

impl Ledger {
    /// Opens the books.
    pub fn open(opening: Opening) -> Ledger {
        let stock = Stock::open(&opening.stock, &opening.fba_locations);
        let sellable: Vec<i64> = stock.iter().map(|sku| sku.sellable).collect();
        let mut orders = Vec::new();
        orders.resize_with(opening.channels, Orders::default);
        Ledger {
            displays: Displays::open(
                opening.channels,
                opening.whole_stock_display,
                opening.shared_quotas,
                opening.buffer_units,
                &opening.opening_display,
                opening.assortments,
                &sellable,
            ),
            stock,
            orders,
            prices_cents: opening.prices_cents,
            fba_locations: opening.fba_locations,
            sells_fba: vec![false; opening.channels],
            last_change_at: Micros::ZERO,
            bounds: Vec::new(),
            announced: Vec::new(),
            follows_trail: false,
            follows_repetitions: false,
            letter: Letter::default(),
        }
    }
}
