//! What happens in a shop that a webhook may tell of.

use crate::core::Micros;

use crate::tiktok_shop::model::cancellations::CancellationState;
use crate::tiktok_shop::model::orders::Status;
use crate::tiktok_shop::model::returns::ReturnState;
use crate::tiktok_shop::model::stock::Trigger;

/// A change of stock, for webhook 71.
#[derive(Copy, Clone, Debug)]
pub(crate) struct InventoryChange {
    pub(crate) listing: u32,
    pub(crate) trigger: Trigger,
    pub(crate) at: Micros,
    pub(crate) available: i64,
    pub(crate) committed: i64,
    pub(crate) available_delta: i64,
    pub(crate) committed_delta: i64,
}

/// What a webhook tells. Bodies are written when they leave, so that waiting events stay small.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Event {
    /// Type 1.
    OrderStatus {
        order: u32,
        status: Status,
        is_on_hold_order: bool,
        at: Micros,
    },
    /// Type 4: part of an order left in a package of its own.
    PackageSplit { order: u32, package: u8, at: Micros },
    /// Type 11.
    Cancellation {
        index: u32,
        state: CancellationState,
    },
    /// Type 5.
    ProductStatus { product: u32, at: Micros },
    /// Type 12.
    Return {
        index: u32,
        state: ReturnState,
        at: Micros,
    },
    /// Type 71.
    Inventory(InventoryChange),
}
