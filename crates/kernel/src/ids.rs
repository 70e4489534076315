//! Dense ids: positions in the scenario's lists, small numbers inside where the platforms have texts at the border.

use serde::{Deserialize, Serialize};

/// A channel, by its position in the scenario's or the engine's list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelIndex(pub u16);

/// A SKU of the merchant's catalogue, by its position.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SkuIndex(pub u32);
