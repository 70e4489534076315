//! Changes that displayed counts have to take in.

use std::collections::VecDeque;

use channel_mocks::core::{Micros, OrderRef};

use crate::world::ChannelIndex;
use crate::world::ledger::orders::{Known, Orders};

/// Where an event comes from. The engine knows of it once a message has told it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::world::ledger) enum ChangeSource {
    /// An accepted order.
    Order(ChannelIndex, OrderRef),
    /// The cancellation of an order.
    Cancellation(ChannelIndex, OrderRef),
    /// Units taken out of an order that goes on, with the removal's number in the order.
    Removal(ChannelIndex, OrderRef, usize),
    /// A change of physical stock.
    Stock,
}

impl ChangeSource {
    pub(super) fn channel(self) -> Option<ChannelIndex> {
        match self {
            ChangeSource::Order(channel, _)
            | ChangeSource::Cancellation(channel, _)
            | ChangeSource::Removal(channel, ..) => Some(channel),
            ChangeSource::Stock => None,
        }
    }
}

/// An event that a listing does not contain yet.
#[derive(Copy, Clone, Debug)]
pub(super) struct Pending {
    pub happened_at: Micros,
    pub source: ChangeSource,
    /// When the engine heard of it, where the order's record does not say; `None` while it has not.
    pub known_at: Option<Micros>,
}

impl Pending {
    pub fn known(&self, orders: &[Orders]) -> Known {
        if let Some(at) = self.known_at {
            return Known::At(at);
        }
        match self.source {
            ChangeSource::Order(channel, order) => orders[usize::from(channel.0)].known(order),
            ChangeSource::Cancellation(channel, order) => {
                orders[usize::from(channel.0)].cancellation_known(order)
            }
            ChangeSource::Removal(channel, order, number) => {
                orders[usize::from(channel.0)].removal_known(order, number)
            }
            ChangeSource::Stock => Known::NotYet,
        }
    }
}

/// An event that the engine has heard of.
#[derive(Copy, Clone, Debug)]
pub(in crate::world::ledger) struct KnownEvent {
    pub known_at: Micros,
    pub happened_at: Micros,
    pub channel: Option<ChannelIndex>,
}

/// The events of a SKU that the engine knows, in the order in which it heard of them, as far back as a listing needs.
#[derive(Debug, Default)]
pub(super) struct KnownEvents {
    pub events: VecDeque<KnownEvent>,
    /// Number of the first event kept.
    pub first: u64,
    /// When the stock changes happened of which it has not heard.
    pub unheard_stock: VecDeque<Micros>,
}
