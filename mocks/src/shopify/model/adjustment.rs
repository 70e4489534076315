//! Inventory adjustments: what a write of quantities changed.

use crate::core::Micros;

/// One changed quantity of an inventory write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changed {
    pub(crate) listing: u32,
    pub(crate) location: u16,
    /// The state: `available`, `on_hand` or another.
    pub(crate) name: &'static str,
    pub(crate) delta: i64,
    pub(crate) ledger_document: Option<String>,
}

/// What an inventory write did; enough to show it again when the same key comes again.
#[derive(Debug, PartialEq)]
pub(crate) struct Adjustment {
    pub(crate) number: u64,
    pub(crate) created_at: Micros,
    pub(crate) reason: String,
    pub(crate) reference_document: Option<String>,
    pub(crate) rows: Vec<Changed>,
}
