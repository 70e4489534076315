//! The write-ahead journal: what must survive a crash is recorded before the call that depends on it is sent
//! (domain.md A5, H7).

use super::canonical::{ChannelIndex, OrderKey, SkuIndex};
use super::clock::Micros;

/// One durable fact.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Record {
    /// An order's units are known and accounted for; a second sighting must not count again.
    OrderKnown {
        /// Where.
        channel: ChannelIndex,
        /// Which.
        order: OrderKey,
    },
    /// A cancelled order's units are accounted for.
    OrderCancelled {
        /// Where.
        channel: ChannelIndex,
        /// Which.
        order: OrderKey,
    },
    /// A grant is about to be sent: from now on the channel may sell so many units more.
    Granted {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units.
        units: i64,
        /// When the call left.
        at: Micros,
    },
    /// Units have certainly come back from a channel.
    Returned {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// Units.
        units: i64,
    },
    /// A drain of a channel is about to be sent.
    DrainBegun {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// When the call left.
        at: Micros,
    },
}

/// Somewhere durable to write records to, in order. An append that returns has been made durable.
pub trait Journal {
    /// Appends one record.
    fn append(&mut self, record: Record);

    /// Reads everything back, oldest first.
    fn replay(&self, visit: &mut dyn FnMut(&Record));

    /// Number of records.
    fn len(&self) -> usize;

    /// Whether nothing was recorded yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A journal in memory, for virtual time: a crash there loses the engine, not the journal.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    records: Vec<Record>,
}

impl Journal for MemoryJournal {
    fn append(&mut self, record: Record) {
        self.records.push(record);
    }

    fn replay(&self, visit: &mut dyn FnMut(&Record)) {
        self.records.iter().for_each(visit);
    }

    fn len(&self) -> usize {
        self.records.len()
    }
}
