//! What has not come to an end yet.

use super::counters::counters;

counters! {
    /// What still waits, of one channel or of all. A run has converged when nothing does.
    #[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
    pub struct OpenItems {
        /// Accepted orders, not cancelled, that the merchant's own system has not received.
        pub uningested_orders: u64,
        /// Listings whose displayed count is wrong. Always 0 for quotas, each of which may be anything.
        pub unsynced_listings: u64,
        /// SKUs whose quotas show together more than can be sold. They belong to no channel, and are counted in the sum
        /// over all alone.
        pub overshown_skus: u64,
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

    /// Whether no count is wrong.
    pub fn counts_are_right(&self) -> bool {
        self.unsynced_listings == 0 && self.overshown_skus == 0
    }

    /// Whether every order is in the merchant's own system and no count is wrong; shipping may go on.
    pub fn in_sync(&self) -> bool {
        self.uningested_orders == 0 && self.counts_are_right()
    }
}
