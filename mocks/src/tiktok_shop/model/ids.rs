//! Ids as the platform shows them: decimal numbers of 18 or 19 digits, computed from dense numbers and back
//! (docs/platforms/tiktok_shop.md 2, 4.4).

use crate::core::several;

const ORDER: u64 = 576_460_000_000_000_001;
const LINE: u64 = 577_000_000_000_000_000;
const PACKAGE: u64 = 1_150_000_000_000_000_000;
const PRODUCT: u64 = 1_729_000_000_000_000_000;
const WAREHOUSE: u64 = 7_000_000_000_000_000_001;
const CANCELLATION: u64 = 4_030_000_000_000_000_001;
const CANCELLATION_LINE: u64 = 5_030_000_000_000_000_000;
const RETURN_LINE: u64 = 5_040_000_000_000_000_000;
const RETURN: u64 = 4_035_000_000_000_000_001;
const NOTIFICATION: u64 = 7_400_000_000_000_000_001;
const BUYER: u64 = 7_490_000_000_000_001_000;
const SHIPPING_PROVIDER: u64 = 6_610_000_000_000_000_001;

/// How far the dense ids of two neighbouring shops lie apart: more than there are of each.
const BETWEEN_SHOPS: u64 = 11_000_000_000;

/// The one delivery option, the same for all shops like the carriers, which are TikTok's.
pub(crate) const DELIVERY_OPTION: u64 = 7_090_000_000_000_000_001;
/// The first shop's warehouse for returns.
const RETURN_WAREHOUSE: u64 = 7_000_000_000_000_900_001;

/// Units an order may hold, and packages: the room between the line ids of two orders.
pub(crate) const UNITS_PER_ORDER: u32 = 1_000_000;
/// Room between the package ids of two orders.
const PACKAGES_PER_ORDER: u64 = 1_000;
/// Room between the ids of two products.
const SKUS_PER_PRODUCT: u64 = 1_000;

/// Where the block of `room` ids for every dense number begins in the shop at work, whose first one begins at `base`.
fn first(base: u64, room: u64) -> u64 {
    base + several::apart(BETWEEN_SHOPS * room)
}

/// The warehouse for returns, listed beside those that sell.
pub(crate) fn return_warehouse() -> u64 {
    first(RETURN_WAREHOUSE, 1)
}

/// The dense number behind an id, where it lies in a block of `limit` ids from `base`.
fn offset(id: u64, base: u64, limit: u64) -> Option<u64> {
    id.checked_sub(base).filter(|offset| *offset < limit)
}

const DENSE: u64 = 1 << 32;

pub(crate) fn order_id(order: u32) -> u64 {
    first(ORDER, 1) + u64::from(order)
}

pub(crate) fn order_of(id: u64) -> Option<u32> {
    offset(id, first(ORDER, 1), DENSE).map(|n| n as u32)
}

/// The id of the line item that is the `unit`-th unit of an order.
pub(crate) fn line_id(order: u32, unit: u32) -> u64 {
    first(LINE, u64::from(UNITS_PER_ORDER))
        + u64::from(order) * u64::from(UNITS_PER_ORDER)
        + u64::from(unit)
}

/// The order and the unit within it.
pub(crate) fn line_of(id: u64) -> Option<(u32, u32)> {
    let stride = u64::from(UNITS_PER_ORDER);
    offset(id, first(LINE, u64::from(UNITS_PER_ORDER)), DENSE * stride)
        .map(|n| ((n / stride) as u32, (n % stride) as u32))
}

/// The id of an order's package; packages of an order count from 1.
pub(crate) fn package_id(order: u32, package: u8) -> u64 {
    first(PACKAGE, PACKAGES_PER_ORDER) + u64::from(order) * PACKAGES_PER_ORDER + u64::from(package)
}

/// The order and the number of the package within it.
pub(crate) fn package_of(id: u64) -> Option<(u32, u8)> {
    let n = offset(
        id,
        first(PACKAGE, PACKAGES_PER_ORDER),
        DENSE * PACKAGES_PER_ORDER,
    )?;
    Some((
        (n / PACKAGES_PER_ORDER) as u32,
        u8::try_from(n % PACKAGES_PER_ORDER).ok()?,
    ))
}

pub(crate) fn product_id(product: u32) -> u64 {
    first(PRODUCT, SKUS_PER_PRODUCT) + u64::from(product) * SKUS_PER_PRODUCT
}

pub(crate) fn product_of(id: u64) -> Option<u32> {
    let n = offset(
        id,
        first(PRODUCT, SKUS_PER_PRODUCT),
        DENSE * SKUS_PER_PRODUCT,
    )?;
    n.is_multiple_of(SKUS_PER_PRODUCT)
        .then_some((n / SKUS_PER_PRODUCT) as u32)
}

/// The id of the SKU at a position within its product, from 0.
pub(crate) fn sku_id(product: u32, position: u32) -> u64 {
    product_id(product) + 1 + u64::from(position)
}

/// The product and the position within it.
pub(crate) fn sku_of(id: u64) -> Option<(u32, u32)> {
    let n = offset(
        id,
        first(PRODUCT, SKUS_PER_PRODUCT),
        DENSE * SKUS_PER_PRODUCT,
    )?;
    let position = (n % SKUS_PER_PRODUCT).checked_sub(1)?;
    Some(((n / SKUS_PER_PRODUCT) as u32, position as u32))
}

pub(crate) fn warehouse_id(location: usize) -> u64 {
    first(WAREHOUSE, 1) + location as u64
}

pub(crate) fn warehouse_of(id: u64, locations: usize) -> Option<usize> {
    offset(id, first(WAREHOUSE, 1), locations as u64).map(|n| n as usize)
}

pub(crate) fn cancellation_id(index: u32) -> u64 {
    first(CANCELLATION, 1) + u64::from(index)
}

pub(crate) fn cancellation_of(id: u64) -> Option<u32> {
    offset(id, first(CANCELLATION, 1), DENSE).map(|n| n as u32)
}

pub(crate) fn return_id(index: u32) -> u64 {
    first(RETURN, 1) + u64::from(index)
}

pub(crate) fn return_of(id: u64) -> Option<u32> {
    offset(id, first(RETURN, 1), DENSE).map(|n| n as u32)
}

/// The id of a unit within a cancellation.
pub(crate) fn cancellation_line_id(index: u32, position: u32) -> u64 {
    unit_within(CANCELLATION_LINE, index, position)
}

/// The id of a unit within a return.
pub(crate) fn return_line_id(index: u32, position: u32) -> u64 {
    unit_within(RETURN_LINE, index, position)
}

fn unit_within(base: u64, index: u32, position: u32) -> u64 {
    first(base, u64::from(UNITS_PER_ORDER))
        + u64::from(index) * u64::from(UNITS_PER_ORDER)
        + u64::from(position)
}

pub(crate) fn notification_id(event: u64) -> u64 {
    first(NOTIFICATION, 1) + event
}

/// The buyer's `user_id`; buyers' numbers beyond the block wrap, as nothing looks a buyer up by it.
pub(crate) fn buyer_id(buyer: u64) -> u64 {
    BUYER + buyer % 1_000_000_000_000
}

pub(crate) fn shipping_provider_id(provider: usize) -> u64 {
    SHIPPING_PROVIDER + provider as u64
}

pub(crate) fn shipping_provider_of(id: u64, providers: usize) -> Option<usize> {
    offset(id, SHIPPING_PROVIDER, providers as u64).map(|n| n as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_look_like_the_platforms() {
        assert_eq!(order_id(0), 576_460_000_000_000_001);
        assert_eq!(sku_id(0, 0), 1_729_000_000_000_000_001);
        assert_eq!(package_id(0, 1), 1_150_000_000_000_000_001);
        assert_eq!(warehouse_id(1), 7_000_000_000_000_000_002);
    }

    proptest! {
        #[test]
        fn ids_are_reversible(n in any::<u32>(), unit in 0..UNITS_PER_ORDER, k in 1u8.., position in 0u32..100) {
            prop_assert_eq!(order_of(order_id(n)), Some(n));
            prop_assert_eq!(line_of(line_id(n, unit)), Some((n, unit)));
            prop_assert_eq!(package_of(package_id(n, k)), Some((n, k)));
            prop_assert_eq!(product_of(product_id(n)), Some(n));
            prop_assert_eq!(sku_of(sku_id(n, position)), Some((n, position)));
            prop_assert_eq!(product_of(sku_id(n, position)), None);
            prop_assert_eq!(sku_of(product_id(n)), None);
            prop_assert_eq!(cancellation_of(cancellation_id(n)), Some(n));
            prop_assert_eq!(return_of(return_id(n)), Some(n));
            prop_assert_eq!(return_of(cancellation_id(n)), None);
        }

        #[test]
        fn foreign_ids_are_no_panic(id in any::<u64>()) {
            let _ = (order_of(id), line_of(id), package_of(id), product_of(id), sku_of(id), cancellation_of(id));
            prop_assert!(warehouse_of(id, 2).is_none_or(|n| n < 2));
        }
    }
}
