//! One order as each platform tells it, beside the engine's canonical form of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The same order, as many schemas as there are platforms: an order of each with the same SKU, where there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct OneOrder {
    /// The SKU that they have in common, by its position in the catalogue, 1 the most popular; null where there is none.
    pub sku: Option<u32>,
    /// Whose run it is.
    pub strategy: String,
    /// One channel of each platform, in the scenario's order.
    pub channels: Vec<ToldOrder>,
}

/// An order as one platform told it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct ToldOrder {
    /// The channel's name.
    pub channel: String,
    /// Its platform: `shopify`, `amazon`, `tiktok_shop` or `custom`.
    pub platform: String,
    /// What told it: the operation that answered, or the webhook's topic.
    pub operation: String,
    /// The body's media type.
    pub media: String,
    /// The order's part of the body, indented; at most 8 KB, with a mark where it was cut.
    pub body: String,
    /// The engine's canonical form, by its own connector; null where the connector found no order in it.
    pub canonical: Value,
}
