//! Reading the warehouse's list of changes: stock and parcels, each with a cursor of its own.

use super::*;

/// A reader of the warehouse's change feed.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct ChangeReader {
    pub(super) kinds: ChangeKinds,
    /// The feed is read up to here; `None` until the stock was read.
    pub(super) cursor: Option<u64>,
    pub(super) reading: bool,
    pub(super) next_read: Micros,
    /// From one answer to the next reading.
    pub(super) pause: Micros,
    /// How long the warehouse may hold its answer.
    pub(super) wait_ms: u32,
}

impl ChangeReader {
    pub(super) fn new(kinds: &[ChangeKind], pause: Micros, wait_ms: u32) -> ChangeReader {
        ChangeReader {
            kinds: ChangeKinds::of(kinds),
            cursor: None,
            reading: false,
            next_read: Micros::ZERO,
            pause,
            wait_ms,
        }
    }

    pub(super) fn due(&self) -> Micros {
        if self.reading {
            Micros::MAX
        } else {
            self.next_read
        }
    }
}

/// The readers of a strategy.
pub(super) fn change_readers(config: &EngineConfig) -> [ChangeReader; 2] {
    // A person with a spreadsheet looks at the warehouse's list when she looks at the orders.
    let (stock_pause, parcel_pause, wait_ms) = match config.strategy.polls_every(&config.settings) {
        Some(every) => (every, every, 0),
        None => (STOCK_PAUSE, PARCEL_PAUSE, LONG_POLL_MS),
    };
    [
        ChangeReader::new(
            &[
                ChangeKind::Received,
                ChangeKind::Damaged,
                ChangeKind::Recounted,
                ChangeKind::Returned,
                ChangeKind::Deallocated,
            ],
            stock_pause,
            wait_ms,
        ),
        ChangeReader::new(&[ChangeKind::Shipped], parcel_pause, wait_ms),
    ]
}
