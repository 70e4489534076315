//! What locations are to ship of an order, and what they have shipped (docs/platforms/shopify.md 7).

use super::span::Span;
use crate::core::Micros;

/// What one location ships of one order.
#[derive(Clone, Debug)]
pub(crate) struct FulfillmentOrder {
    /// Its order.
    pub(crate) order: u32,
    /// The location.
    pub(crate) location: u16,
    /// Its lines.
    pub(crate) lines: Span,
    /// Its last change.
    pub(crate) updated_at: Micros,
    /// What the staff have said about it.
    pub(crate) progress: Progress,
}

/// What the staff have said about a fulfillment order.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing.
    #[default]
    None,
    /// That work on it has begun.
    Reported,
    /// That it has to wait.
    OnHold,
}

/// A hold on a fulfillment order.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    /// The fulfillment order.
    pub(crate) fulfillment_order: u32,
    /// Why, as the schema's enum names it.
    pub(crate) reason: String,
    /// More about why.
    pub(crate) notes: Option<String>,
    /// The app's own name of the hold.
    pub(crate) handle: String,
    /// Whether it still holds.
    pub(crate) is_alive: bool,
}

/// A line of a fulfillment order.
#[derive(Clone, Debug)]
pub(crate) struct FulfillmentOrderLine {
    /// Its fulfillment order.
    pub(crate) fulfillment_order: u32,
    /// The order's line.
    pub(crate) line: u32,
    /// Units assigned.
    pub(crate) total: u32,
    /// Units not shipped yet.
    pub(crate) remaining: u32,
    /// Whether all its units went to another fulfillment order: it is shown no longer.
    pub(crate) is_moved_away: bool,
}

/// Tracking of a fulfillment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tracking {
    /// The carrier.
    pub(crate) company: Option<String>,
    /// Tracking numbers.
    pub(crate) numbers: Vec<String>,
    /// Tracking addresses.
    pub(crate) urls: Vec<String>,
}

/// A shipment.
#[derive(Clone, Debug)]
pub(crate) struct Fulfillment {
    /// Its order.
    pub(crate) order: u32,
    /// Where it left.
    pub(crate) location: u16,
    /// Its number in the order, from 1.
    pub(crate) number: u32,
    /// When it was booked.
    pub(crate) created_at: Micros,
    /// Its last change.
    pub(crate) updated_at: Micros,
    /// Its lines.
    pub(crate) lines: Span,
    /// Its tracking.
    pub(crate) tracking: Tracking,
    /// The order's fulfillment before it.
    pub(crate) previous: u32,
}

/// A line of a shipment.
#[derive(Clone, Debug)]
pub(crate) struct FulfillmentLine {
    /// The order's line.
    pub(crate) line: u32,
    /// Units.
    pub(crate) quantity: u32,
    /// The fulfillment order it was booked against.
    pub(crate) fulfillment_order: u32,
}

/// What may be done with a fulfillment order in this state, of which so many units remain, as the schema's enum names it
/// (docs/platforms/shopify.md 7).
pub(crate) fn supported_actions(
    record: &FulfillmentOrder,
    status: &str,
    remaining: u32,
) -> &'static [&'static str] {
    match (status, record.progress) {
        ("CLOSED", _) => &[],
        ("ON_HOLD", _) => &["RELEASE_HOLD", "HOLD", "MOVE"],
        // One unit cannot be divided.
        ("OPEN", _) if remaining < 2 => &["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"],
        ("OPEN", _) => &[
            "CREATE_FULFILLMENT",
            "REPORT_PROGRESS",
            "MOVE",
            "HOLD",
            "SPLIT",
        ],
        (_, Progress::Reported) => &[
            "CREATE_FULFILLMENT",
            "REPORT_PROGRESS",
            "HOLD",
            "MARK_AS_OPEN",
        ],
        _ => &["CREATE_FULFILLMENT", "REPORT_PROGRESS"],
    }
}
