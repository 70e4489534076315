//! Webhooks.

use serde::{Deserialize, Serialize};

use crate::core::departures::DepartureRules;
use crate::core::{Distribution, Micros, Stall};

/// Where inventory events (type 71) go.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InventoryRoute {
    /// Nowhere.
    Off,
    /// To the address registered for `ORDER_STATUS_CHANGE`.
    OrderStatusChange,
    /// To the address registered for the event type `INVENTORY_CHANGE`, which the registration call then knows.
    EventType,
}

/// What retry delays are counted from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryFrom {
    /// From the end of the previous try.
    Previous,
    /// From the first try.
    First,
}

/// Webhooks (docs/platforms/tiktok_shop.md 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksProfile {
    /// From the event to the first try.
    pub delay: Distribution,
    /// Whether events leave in the order in which they arose; otherwise each by its own delay.
    pub in_order: bool,
    /// Share of events that are sent twice.
    pub duplicate_share: f64,
    /// How much later than by its own delay the second of those leaves.
    pub duplicate_delay: Distribution,
    /// Share of events that are never sent.
    pub drop_share: f64,
    /// Share of events that are held back for `reorder_delay` beyond their delay, so that later ones overtake them
    /// (whatever `in_order` says).
    pub reorder_share: f64,
    /// How long those are held back.
    pub reorder_delay: Distribution,
    /// Share of tries that carry a signature which is not the body's.
    pub wrong_signature_share: f64,
    /// How long an answer is waited for.
    pub patience: Micros,
    /// Delays of the retries; after the last the event is lost.
    pub retries: Vec<Micros>,
    /// What those delays are counted from.
    pub retry_from: RetryFrom,
    /// Spells in which nothing leaves.
    pub stalls: Vec<Stall>,
    /// Where inventory events go.
    pub inventory_route: InventoryRoute,
    /// Whether inventory events write ids as JSON numbers; otherwise as strings.
    pub inventory_ids_as_numbers: bool,
    /// Whether plain http, IP addresses and ports are accepted as callback addresses.
    pub relaxed_callback_url: bool,
}

impl WebhooksProfile {
    /// How webhooks leave.
    pub(crate) fn departures(&self) -> DepartureRules<'_> {
        DepartureRules {
            delay: &self.delay,
            in_order: self.in_order,
            duplicate_share: self.duplicate_share,
            duplicate_delay: &self.duplicate_delay,
            drop_share: self.drop_share,
            reorder_share: self.reorder_share,
            reorder_delay: &self.reorder_delay,
            stalls: &self.stalls,
        }
    }
}
