//! Multi-Channel Fulfillment, Fulfillment Outbound v2020-07-01 (sheet section 7.3): Amazon ships other channels' orders
//! from the same pool that its own offers sell from.

use crate::core::{ListingIndex, Micros};

/// State of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutboundStatus {
    /// Taken in; units are held.
    Received,
    /// Waits for units.
    Planning,
    /// Being picked and packed: it cannot be cancelled any more.
    Processing,
    /// Cancelled.
    Cancelled,
    /// Shipped.
    Complete,
    /// Shipped in part.
    CompletePartialled,
    /// Nothing could be shipped.
    Unfulfillable,
}

impl OutboundStatus {
    /// The platform's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            OutboundStatus::Received => "Received",
            OutboundStatus::Planning => "Planning",
            OutboundStatus::Processing => "Processing",
            OutboundStatus::Cancelled => "Cancelled",
            OutboundStatus::Complete => "Complete",
            OutboundStatus::CompletePartialled => "CompletePartialled",
            OutboundStatus::Unfulfillable => "Unfulfillable",
        }
    }

    /// Whether it can still be cancelled.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, OutboundStatus::Received | OutboundStatus::Planning)
    }
}

/// What to do when units are missing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::enum_variant_names,
    reason = "the names are the platform's own"
)]
pub(crate) enum Policy {
    /// All or nothing, at once.
    FillOrKill,
    /// All, after waiting for a day; then what there is.
    FillAll,
    /// What there is.
    FillAllAvailable,
}

impl Policy {
    /// Every policy with the platform's name.
    pub(crate) const NAMES: [(&'static str, Policy); 3] = [
        ("FillOrKill", Policy::FillOrKill),
        ("FillAll", Policy::FillAll),
        ("FillAllAvailable", Policy::FillAllAvailable),
    ];

    /// The platform's name.
    pub(crate) fn name(self) -> &'static str {
        Policy::NAMES
            .iter()
            .find(|(_, policy)| *policy == self)
            .map_or("", |(name, _)| name)
    }
}

/// One item of an order.
#[derive(Debug)]
pub(crate) struct OutboundItem {
    /// The seller's id of it.
    pub(crate) id: String,
    /// What to ship.
    pub(crate) listing: ListingIndex,
    /// Units wanted.
    pub(crate) units: u32,
    /// Units held in the pool, or shipped once the order is complete.
    pub(crate) held: u32,
}

/// One order of another channel.
#[derive(Debug)]
pub(crate) struct OutboundOrder {
    /// The seller's id of it.
    pub(crate) id: String,
    /// What the seller said of it, echoed as JSON members.
    pub(crate) echo: Vec<u8>,
    /// Whether it only holds units until it is released.
    pub(crate) hold: bool,
    /// What to do when units are missing.
    pub(crate) policy: Policy,
    /// When it came.
    pub(crate) received_at: Micros,
    /// When its state last changed.
    pub(crate) changed_at: Micros,
    /// Its state.
    pub(crate) status: OutboundStatus,
    /// Its items.
    pub(crate) items: Vec<OutboundItem>,
}

/// All orders of other channels.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    /// Every order, in the order of arrival.
    pub(crate) rows: Vec<OutboundOrder>,
}

impl Outbound {
    /// An order by its number.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut OutboundOrder> {
        self.rows.get_mut(number as usize)
    }

    /// The position of the order with the seller's id.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|order| order.id == id)
    }

    /// Gives an order another state.
    pub(crate) fn set_status(&mut self, at: Micros, number: u32, status: OutboundStatus) {
        if let Some(order) = self.get_mut(number) {
            order.status = status;
            order.changed_at = at;
        }
    }
}
