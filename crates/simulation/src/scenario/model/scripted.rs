//! `[[happening]]`: events that are written down.

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

/// Something scripted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
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
    /// As many units of every SKU are found damaged at the same instant, or all where there are fewer.
    DamageAll {
        /// When, after the opening.
        at: Micros,
        /// Location code.
        location: String,
        /// How many of each.
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

/// What an event is about, whichever it is: what checks it, plays it and makes failing scenarios smaller needs no list of events.
#[derive(Debug)]
pub struct About<Time, Rank, Name> {
    /// When it happens, after the opening.
    pub at: Time,
    /// The SKU, where it is about one.
    pub sku: Option<Rank>,
    /// The location's code, where it happens in a warehouse.
    pub location: Option<Name>,
    /// The channel's name, where it happens on one.
    pub channel: Option<Name>,
}

/// The same match for what is read and what is changed.
macro_rules! about {
    ($event:expr) => {
        match $event {
            ScriptedEvent::Receive {
                at, sku, location, ..
            }
            | ScriptedEvent::Damage {
                at, sku, location, ..
            }
            | ScriptedEvent::Recount {
                at, sku, location, ..
            } => About {
                at,
                sku: Some(sku),
                location: Some(location),
                channel: None,
            },
            ScriptedEvent::ReceiveAll { at, location, .. }
            | ScriptedEvent::DamageAll { at, location, .. } => About {
                at,
                sku: None,
                location: Some(location),
                channel: None,
            },
            ScriptedEvent::Edit {
                at, channel, sku, ..
            }
            | ScriptedEvent::RemoveUnits {
                at, channel, sku, ..
            }
            | ScriptedEvent::Checkout {
                at, channel, sku, ..
            } => About {
                at,
                sku: Some(sku),
                location: None,
                channel: Some(channel),
            },
        }
    };
}

impl ScriptedEvent {
    /// What it is about.
    pub fn about(&self) -> About<&Micros, &u32, &String> {
        about!(self)
    }

    /// The same, to be changed.
    pub fn about_mut(&mut self) -> About<&mut Micros, &mut u32, &mut String> {
        about!(self)
    }

    /// When it happens, after the opening.
    pub fn at(&self) -> Micros {
        *self.about().at
    }

    /// How many units it needs to be anything at all, where it says so: an edit or a count may be of none.
    pub fn units(&self) -> Option<u32> {
        match self {
            ScriptedEvent::Receive { units, .. }
            | ScriptedEvent::ReceiveAll { units, .. }
            | ScriptedEvent::Damage { units, .. }
            | ScriptedEvent::DamageAll { units, .. }
            | ScriptedEvent::RemoveUnits { units, .. }
            | ScriptedEvent::Checkout { units, .. } => Some(*units),
            ScriptedEvent::Recount { .. } | ScriptedEvent::Edit { .. } => None,
        }
    }
}

/// The acts that take units out of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
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
