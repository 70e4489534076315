//! The units of an order that a cancellation or a return names: by line items, of which each is one unit, and by SKUs with
//! quantities.

use serde::Deserialize;

use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::shop::ShopState;

use super::body::{self, Id, OrderLine};
use super::errors::ApiError;

/// A SKU and how many units of it; all of them where no quantity is given.
#[derive(Deserialize)]
pub(super) struct SkuUnits {
    sku_id: Option<Id>,
    quantity: Option<i64>,
}

/// What a request names.
pub(super) struct Named<'a> {
    pub(super) skus: &'a [SkuUnits],
    /// The older list of line items.
    pub(super) order_line_item_ids: &'a [Id],
    /// The newer one.
    pub(super) order_line_list: &'a [OrderLine],
}

impl Named<'_> {
    /// The units by position within the order, in rising order; naming none means the whole order. What is named counts once
    /// for each time: a row of a SKU takes units that no line item and no row before it has, so that no answer stands for
    /// fewer units than were asked for (assumed, as is that line items may stand beside SKUs). `is_open` tells the units that
    /// may be named.
    ///
    /// # Errors
    /// `refused` where a unit is not the order's, is not open or is named twice, and where a SKU has fewer units than a row
    /// asks for; the error of a request that fills both lists of line items, which are not to be mixed [sdk], or has a row
    /// without an id.
    pub(super) fn units(
        &self,
        shop: &ShopState,
        order: u32,
        refused: ApiError,
        is_open: impl Fn(u32) -> bool,
    ) -> Result<Vec<u32>, ApiError> {
        if !self.order_line_item_ids.is_empty() && !self.order_line_list.is_empty() {
            return Err(ApiError::invalid(
                "Invalid parameter: order_line_item_ids and order_line_list must not both be given",
            ));
        }
        let newer = body::line_ids(self.order_line_list)?;
        let mut named: Vec<u32> = Vec::new();
        for line in self.order_line_item_ids.iter().copied().chain(newer) {
            let unit = ids::line_of(line.0)
                .filter(|(of, unit)| *of == order && is_open(*unit) && !named.contains(unit))
                .ok_or(refused.clone())?;
            named.push(unit.1);
        }
        for row in self.skus {
            let sku = row.sku_id.ok_or_else(|| body::missing("skus.sku_id"))?;
            let listing = shop.catalogue.listing_of(sku.0);
            let mut open = Vec::new();
            let mut first = 0;
            for line in shop.orders.lines(shop.orders.order(order)) {
                let end = first + line.units;
                if Some(line.listing) == listing {
                    let left = |unit: &u32| is_open(*unit) && !named.contains(unit);
                    open.extend((first..end).filter(left));
                }
                first = end;
            }
            let count = match row.quantity {
                None => open.len(),
                Some(count) => usize::try_from(count).unwrap_or(0),
            };
            if count == 0 || count > open.len() {
                return Err(refused);
            }
            named.extend(&open[..count]);
        }
        named.sort_unstable();
        Ok(named)
    }
}
