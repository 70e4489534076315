//! Changes that displayed counts have to take in.

use std::collections::VecDeque;

use channel_mocks::core::{Micros, OrderRef};

use crate::world::ChannelIndex;
use crate::world::ledger::orders::{Known, Orders};

/// Where an event comes from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::world::ledger) enum ChangeSource {
    /// An accepted order: known to the engine once it has learned of the order.
    Order(ChannelIndex, OrderRef),
    /// A cancellation on a channel: can be known at once.
    Cancellation(ChannelIndex),
    /// A change of physical stock: can be known at once.
    Stock,
}

impl ChangeSource {
    pub(super) fn channel(self) -> Option<ChannelIndex> {
        match self {
            ChangeSource::Order(channel, _) | ChangeSource::Cancellation(channel) => Some(channel),
            ChangeSource::Stock => None,
        }
    }
}

/// An event that a listing does not contain yet.
#[derive(Copy, Clone, Debug)]
pub(super) struct Pending {
    pub happened_at: Micros,
    /// `None`: known since it happened.
    pub order: Option<(ChannelIndex, OrderRef)>,
}

impl Pending {
    pub fn known(&self, orders: &[Orders]) -> Known {
        match self.order {
            None => Known::At(self.happened_at),
            Some((channel, order)) => orders[usize::from(channel.0)].known(order),
        }
    }
}

/// An event that the engine has learned of.
#[derive(Copy, Clone, Debug)]
pub(super) struct KnownEvent {
    pub known_at: Micros,
    pub happened_at: Micros,
    pub channel: Option<ChannelIndex>,
}

/// The events of a SKU that the engine knows, in the order in which it learned of them, as far back as a listing needs.
#[derive(Debug, Default)]
pub(super) struct KnownEvents {
    pub events: VecDeque<KnownEvent>,
    /// Number of the first event kept.
    pub first: u64,
}
