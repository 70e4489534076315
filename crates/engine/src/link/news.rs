//! What a channel's link tells the engine's core.

use crate::canonical::{LineKey, Order, OrderKey, OrderState, SkuIndex};
use crate::connectors::QuantityWrite;
use crate::coverage::CoveragePoint;
use oversell_kernel::Micros;

/// What a finished call means for the engine's core; the link has already dealt with everything that concerns only itself.
#[derive(Debug)]
pub enum News {
    /// The catalogue has been read: the channel can be written to.
    Ready,
    /// An order was seen.
    Order(Order),
    /// A thin signal named an order and the time of its change, and perhaps told its state.
    OrderSignalled(OrderKey, Micros, Option<OrderState>),
    /// The feed is known up to this instant.
    FeedComplete(Micros),
    /// A write was decided on by the platform.
    Written {
        /// What was written.
        write: QuantityWrite,
        /// When the call left.
        sent_at: Micros,
        /// How it went.
        outcome: WriteNews,
    },
    /// A quantity was read back.
    Read {
        /// What.
        sku: SkuIndex,
        /// Units displayed.
        displayed: i64,
        /// When the call left.
        sent_at: Micros,
    },
    /// The platform was asked for a quantity, and lists no such SKU.
    NotListed(SkuIndex),
    /// What the seller submitted last was read back.
    SubmissionRead {
        /// What.
        sku: SkuIndex,
        /// Units; `None` when nothing was ever submitted.
        submitted: Option<i64>,
        /// When the call left.
        sent_at: Micros,
    },
    /// The platform told a quantity by itself.
    Signalled {
        /// What.
        sku: SkuIndex,
        /// Units displayed when it was sent.
        displayed: i64,
    },
    /// The platform has a parcel of an order on record.
    ParcelConfirmed {
        /// Which order.
        order: OrderKey,
        /// Lines and units in it that the order still wanted there.
        lines: Vec<(LineKey, u32)>,
    },
    /// The platform has an order's shipment on record, all its parcels.
    ShipmentConfirmed(OrderKey),
    /// An order's shipment is not told any more.
    ShipmentGivenUp(OrderKey),
    /// Something could not be read or was refused for good.
    Quarantined(String),
}

/// How a write ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum WriteNews {
    /// Live.
    Live,
    /// Taken for processing.
    Accepted,
    /// Compare-and-set failed.
    Stale,
    /// Not executed, for certain (a limit or an expired token refused the call): to be decided anew.
    Refused,
    /// Not executed and not worth repeating.
    Rejected,
    /// Unknown: the call may or may not have taken effect.
    Unknown,
}

impl WriteNews {
    /// The same as a point of coverage.
    pub(super) const fn point(self) -> CoveragePoint {
        match self {
            WriteNews::Live => CoveragePoint::WriteLive,
            WriteNews::Accepted => CoveragePoint::WriteAccepted,
            WriteNews::Stale => CoveragePoint::WriteStale,
            WriteNews::Refused => CoveragePoint::WriteRefused,
            WriteNews::Rejected => CoveragePoint::WriteRejected,
            WriteNews::Unknown => CoveragePoint::WriteUnknown,
        }
    }
}
