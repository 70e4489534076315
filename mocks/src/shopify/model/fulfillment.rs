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
    /// The lines it was made with.
    pub(crate) born_with: Span,
    /// Lines that came to it when others were merged into it.
    pub(crate) merged_in: Vec<u32>,
    /// Its last change.
    pub(crate) updated_at: Micros,
    /// What the staff have said about it.
    pub(crate) progress: Progress,
}

impl FulfillmentOrder {
    /// The positions of all its lines.
    pub(crate) fn lines(&self) -> impl Iterator<Item = usize> + '_ {
        let later = self.merged_in.iter().map(|at| *at as usize);
        self.born_with.range().chain(later)
    }
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
    /// Units whose shipment was cancelled after all of the fulfillment order had left: another fulfillment order has
    /// them, and this one, which stays closed, still shows them as remaining.
    pub(crate) reopened: u32,
    /// Whether all its units went to another fulfillment order: it is shown no longer.
    pub(crate) is_moved_away: bool,
}

impl FulfillmentOrderLine {
    /// A line of units that nothing has happened to yet.
    pub(crate) fn new(fulfillment_order: u32, line: u32, units: u32) -> FulfillmentOrderLine {
        FulfillmentOrderLine {
            fulfillment_order,
            line,
            total: units,
            remaining: units,
            reopened: 0,
            is_moved_away: false,
        }
    }

    /// What the platform shows as remaining.
    pub(crate) fn shown_remaining(&self) -> u32 {
        self.remaining + self.reopened
    }
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
    /// Whether it was cancelled.
    pub(crate) is_cancelled: bool,
    /// Its newest event; earlier ones follow by [`FulfillmentEvent::previous`].
    pub(crate) last_event: u32,
    /// The order's fulfillment before it.
    pub(crate) previous: u32,
}

impl Fulfillment {
    /// Its state: GraphQL's word and the payloads' word.
    pub(crate) fn status(&self) -> (&'static str, &'static str) {
        if self.is_cancelled {
            ("CANCELLED", "cancelled")
        } else {
            ("SUCCESS", "success")
        }
    }
}

/// What a carrier reported of a shipment.
#[derive(Clone, Debug)]
pub(crate) struct FulfillmentEvent {
    /// The shipment.
    pub(crate) fulfillment: u32,
    /// What happened, as the schema's enum names it.
    pub(crate) status: String,
    /// More about it.
    pub(crate) message: Option<String>,
    /// When it happened, in microseconds since 1970.
    pub(crate) happened_unix_micros: i64,
    /// When the parcel was then expected to arrive, in microseconds since 1970.
    pub(crate) estimated_unix_micros: Option<i64>,
    /// When it was reported.
    pub(crate) created_at: Micros,
    /// The shipment's event before it.
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
