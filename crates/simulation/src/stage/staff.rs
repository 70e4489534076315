//! What the merchant's people do by hand. Every run has the same habits, whatever the scenario and the strategy.

use channel_mocks::core::Micros;

/// Habits of the merchant's staff.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct StaffHabits {
    /// On a platform whose API cannot cancel an order (Amazon), the staff cancel an order that the warehouse reported
    /// short in the platform's own admin, so long after the report. Where the API can, cancelling is the engine's task.
    pub cancels_short_order_after: Micros,
    /// Whether a return is booked with "restock" on the platform. Off: returned units reach the shelf of the warehouse, and
    /// the engine decides which channel may sell them again.
    pub restocks_returns_on_platform: bool,
}

impl Default for StaffHabits {
    /// One hour (an assumption: somebody works through the exceptions of the warehouse about hourly), and no restock on the
    /// platform.
    fn default() -> StaffHabits {
        StaffHabits {
            cancels_short_order_after: Micros::from_secs(3_600),
            restocks_returns_on_platform: false,
        }
    }
}
