//! Inventory adjustments: what a write of quantities changed.

use crate::core::Micros;

/// One changed row of an inventory write.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    pub listing: u32,
    pub location: u16,
    pub delta: i64,
    pub ledger_document: Option<String>,
}

/// What an inventory write did; enough to show it again when the same key comes again.
#[derive(Debug, PartialEq)]
pub struct Adjustment {
    pub number: u64,
    pub created_at: Micros,
    pub reason: String,
    pub reference_document: Option<String>,
    /// The state written: `available`, `on_hand` or another.
    pub name: String,
    pub rows: Vec<Changed>,
}
