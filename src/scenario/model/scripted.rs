//! `[[happening]]`: events that are written down.

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

/// Something scripted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
pub enum ScriptedEvent {
    /// Units arrive in the warehouse.
    Receive {
        /// When, after the opening.
        at: Micros,
        /// SKU by rank, 1 the most popular.
        sku: u32,
        /// Location code.
        location: String,
        /// How many.
        units: u32,
    },
    /// Units of every SKU arrive at the same instant.
    ReceiveAll {
        /// When, after the opening.
        at: Micros,
        /// Location code.
        location: String,
        /// How many of each.
        units: u32,
    },
    /// Units are found damaged.
    Damage {
        /// When, after the opening.
        at: Micros,
        /// SKU by rank.
        sku: u32,
        /// Location code.
        location: String,
        /// How many.
        units: u32,
    },
    /// A count corrects the record.
    Recount {
        /// When, after the opening.
        at: Micros,
        /// SKU by rank.
        sku: u32,
        /// Location code.
        location: String,
        /// What is there.
        counted: u32,
    },
    /// Somebody edits the displayed count in a platform's admin.
    Edit {
        /// When, after the opening.
        at: Micros,
        /// Channel name.
        channel: String,
        /// SKU by rank.
        sku: u32,
        /// The new count.
        units: u32,
    },
    /// Units are taken out of an order before they ship, while the rest goes on: the order last accepted on the channel
    /// that holds the SKU.
    RemoveUnits {
        /// When, after the opening.
        at: Micros,
        /// Channel name.
        channel: String,
        /// SKU by rank.
        sku: u32,
        /// How many.
        units: u32,
        /// By whose act.
        by: RemovalBy,
        /// Whether the staff put the units back on sale. It decides on Shopify; on Amazon units that are not put back are
        /// cancelled for lack of stock; TikTok Shop goes by the SKU's own setting.
        #[serde(default = "yes")]
        restock: bool,
    },
    /// A buyer checks out one line (for exact little stories).
    Checkout {
        /// When, after the opening.
        at: Micros,
        /// Channel name.
        channel: String,
        /// SKU by rank.
        sku: u32,
        /// How many.
        units: u32,
    },
}

/// The acts that take units out of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RemovalBy {
    /// The staff edit the order; on Shopify alone.
    Edit,
    /// The staff cancel the units and refund them.
    Refund,
    /// The buyer asks for it.
    Buyer,
}

fn yes() -> bool {
    true
}
