//! Orders and stock.

use serde::{Deserialize, Serialize};

use crate::core::{Distribution, Micros};

/// The moment at which an order commits its stock.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitAt {
    /// When it is placed, paid or not.
    Placement,
    /// When it is paid; an order whose stock is gone by then is cancelled.
    Payment,
}

/// The life of an order (docs/platforms/tiktok_shop.md 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrdersProfile {
    /// Time in ON_HOLD after payment; 0 for a shop that is exempt.
    pub hold: Micros,
    /// Share of orders that are placed UNPAID.
    pub unpaid_share: f64,
    /// When stock is committed.
    pub commit_at: CommitAt,
    /// Age at which an unpaid order is cancelled.
    pub unpaid_expiry: Micros,
    /// Time from payment to the ship-by promise, after which a shipment is late.
    pub dispatch_sla: Micros,
    /// Time from payment to the automatic cancel of an unshipped order; 0 for never.
    pub auto_cancel_after: Micros,
    /// Time after which a buyer's cancel request is approved by the platform.
    pub cancel_auto_approve: Micros,
    /// Time from a cancellation to the end of its refund, when it is complete; 0 for never.
    pub refund_after: Micros,
    /// Time from shipping in which carrier and tracking number can be corrected.
    pub shipping_info_window: Micros,
    /// Whether packages exist (and are shown) before they are shipped; left out, by the market: not in the US and UK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages_up_front: Option<bool>,
    /// The markets whose sellers mark orders as shipped; elsewhere that call is refused, and packages are shipped.
    pub mark_shipped_in: Vec<String>,
    /// Whether carriers move shipped orders on; otherwise they stay in AWAITING_COLLECTION.
    pub carrier_scans: bool,
    /// From shipped to IN_TRANSIT.
    pub collection: Distribution,
    /// From IN_TRANSIT to DELIVERED.
    pub transit: Distribution,
    /// From DELIVERED to COMPLETED.
    pub completion: Distribution,
    /// Time until a new order, or a new status, is seen by order search; its bound is kept.
    pub search_lag: Distribution,
}

impl OrdersProfile {
    /// Whether packages exist before they are shipped, in the shop's market.
    pub(crate) fn shows_packages_up_front(&self) -> bool {
        self.packages_up_front.unwrap_or(false)
    }
}

/// Stock (docs/platforms/tiktok_shop.md 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryProfile {
    /// The least quantity an update may set, 0 or 1.
    pub min_quantity: i64,
    /// The most an update may set.
    pub max_quantity: i64,
    /// Time from an update's arrival until search and storefront show it; its bound is kept.
    pub propagation: Distribution,
    /// Share of updates of a SKU that are accepted and never become live.
    pub stuck_share: f64,
    /// Whether updates of one SKU become live in the order in which they were accepted; otherwise each by its own time, and
    /// an older one that comes after a newer overwrites it.
    pub writes_in_order: bool,
    /// Share of the SKUs of an update that fail although nothing is wrong with them, while the others are accepted.
    pub partial_failure_share: f64,
    /// How far behind reads of quantities are, drawn for each call.
    pub read_lag: Distribution,
    /// Whether a cancelled order's units return to the available number by themselves, for SKUs whose setting was never
    /// changed.
    pub auto_restock: bool,
}
