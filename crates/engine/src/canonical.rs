//! The canonical model: one shape for orders, lines and stock over three platforms' schemas.

use oversell_kernel::Micros;
pub use oversell_kernel::{ChannelIndex, SkuIndex};

/// An order's native id as a number, unique within its channel: Shopify's decimal id, Amazon's 17 digits without
/// dashes, TikTok Shop's decimal id. The connector turns it back into the platform's text.
#[derive(
    Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct OrderKey(pub u64);

/// A line's native id as a number, unique within its order.
#[derive(
    Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct LineKey(pub u64);

/// Where an order stands, as far as sync needs it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OrderState {
    /// Accepted, but the platform does not let the seller ship it yet (Amazon Pending, TikTok ON_HOLD or UNPAID).
    Held,
    /// To be shipped.
    Open,
    /// The platform shows it as wholly shipped.
    Shipped,
    /// Cancelled, wholly.
    Cancelled,
}

/// One line of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// Native id.
    pub id: LineKey,
    /// What was sold.
    pub sku: SkuIndex,
    /// Units sold (on TikTok Shop always 1).
    pub units: u32,
    /// Units of these that are still wanted: those taken out of the order since, and those sent back, are not.
    pub current_units: u32,
}

/// Where an order ships to, as far as it is known (Amazon and TikTok hide it at first).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ShipTo {
    /// Two-letter country.
    pub country: [u8; 2],
    /// Five-digit postal code.
    pub postal_code: u32,
}

/// An order as an engine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Native id.
    pub key: OrderKey,
    /// State at `updated_at`.
    pub state: OrderState,
    /// Platform time of the order's birth.
    pub created_at: Micros,
    /// Platform time of its last change; a later one wins.
    pub updated_at: Micros,
    /// Lines; empty when the source does not carry them.
    pub lines: Vec<Line>,
    /// Address, when known.
    pub ship_to: Option<ShipTo>,
    /// For a cancelled order, or one that units were taken out of: whether the source says that the units were put back
    /// on sale (`None`: it does not say).
    pub restocked: Option<bool>,
    /// For a cancelled order: the source says that it was cancelled for lack of stock.
    pub lacked_stock: bool,
}

/// A parcel that left the warehouse, to be told to the channel.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shipment {
    /// Which order.
    pub order: OrderKey,
    /// Lines and units in the parcel.
    pub lines: Vec<(LineKey, u32)>,
    /// Carrier code.
    pub carrier: String,
    /// Tracking number.
    pub tracking_number: String,
    /// When it was shipped.
    pub shipped_at: Micros,
}

/// Units of an order that left together.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Parcel {
    /// How many.
    pub units: u32,
    /// Carrier.
    pub carrier: String,
    /// Tracking number.
    pub tracking_number: String,
    /// When.
    pub shipped_at: Micros,
}
