//! What has not come to an end yet.

use super::counters::counters;

counters! {
    /// What still waits, of one channel or of all. A run has converged when nothing does.
    #[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
    pub struct OpenItems {
        /// Accepted orders, not cancelled, that the merchant's own system has not received.
        pub uningested_orders: u64,
        /// Listings whose displayed count misses a change elsewhere. Always 0 for quotas, whose writes the ledger sees only
        /// when they are live.
        pub unsynced_listings: u64,
        /// Orders, not cancelled, with units that the warehouse can still ship.
        pub unshipped_orders: u64,
        /// Orders with shipped units that the channel does not show as shipped.
        pub unconfirmed_fulfillments: u64,
    }
}

impl OpenItems {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        *self == OpenItems::default()
    }

    /// Whether every order is in the merchant's own system and every listing shows every change; shipping may go on.
    pub fn in_sync(&self) -> bool {
        self.uningested_orders == 0 && self.unsynced_listings == 0
    }
}
