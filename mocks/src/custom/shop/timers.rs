//! What the shop does by itself, and when.

use crate::core::Micros;

/// Something that comes due.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// An order was not paid in time.
    UnpaidExpires(u32),
    /// An order need not wait any longer.
    HoldEnds(u32),
    /// A write becomes live.
    WriteLive(Write),
    /// A webhook leaves; names the delivery.
    Send(u32),
}

/// An accepted write of a quantity.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Write {
    pub(crate) listing: u32,
    pub(crate) units: i64,
    pub(crate) sent_at: Micros,
    pub(crate) received_at: Micros,
}

impl Due {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Due::UnpaidExpires(_) => "unpaid order expires",
            Due::HoldEnds(_) => "hold ends",
            Due::WriteLive(_) => "quantity becomes live",
            Due::Send(_) => "webhook leaves",
        }
    }
}
