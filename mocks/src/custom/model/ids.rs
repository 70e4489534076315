//! Order ids: decimal numbers, computed from dense ones and back. Lines count from 1 within their order.

use crate::core::several;

/// The first shop's first order.
const ORDER: u64 = 700_000_001;
/// How far the ids of two neighbouring shops lie apart: more than there are orders of one.
const BETWEEN_SHOPS: u64 = 10_000_000_000;

fn first() -> u64 {
    ORDER + several::apart(BETWEEN_SHOPS)
}

pub(crate) fn order_id(order: u32) -> u64 {
    first() + u64::from(order)
}

/// The dense number behind an id of the shop at work.
pub(crate) fn order_of(id: u64) -> Option<u32> {
    u32::try_from(id.checked_sub(first())?).ok()
}
