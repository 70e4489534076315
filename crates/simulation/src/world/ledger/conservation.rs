//! Conservation of units: nothing appears and nothing vanishes (law 4, docs/theory.md V17). A run that breaks it says nothing
//! about any engine; it says that the harness is broken.

use channel_mocks::warehouse::Totals;

use super::stock::SkuStock;
use crate::world::SkuIndex;

/// The sums of a run in which no unit appeared or vanished.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Conservation {
    /// Units in accepted orders.
    pub accepted: i64,
    /// Units shipped for orders that waited for them.
    pub shipped: i64,
    /// Units of cancelled orders.
    pub cancelled: i64,
    /// Units of orders that are still open.
    pub open: i64,
    /// Units that left for orders that did not wait for them.
    pub shipped_beyond: i64,
    /// The warehouse's side.
    pub warehouse: Totals,
}

/// Units appeared or vanished: the harness is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConservationError {
    /// Orders of a SKU do not add up.
    #[error(
        "SKU {}: {accepted} units accepted, but {shipped} shipped + {cancelled} cancelled + {open} open", sku.0
    )]
    Orders {
        /// Which SKU.
        sku: SkuIndex,
        /// Units in accepted orders.
        accepted: i64,
        /// Units shipped for them.
        shipped: i64,
        /// Units of cancelled orders.
        cancelled: i64,
        /// Units of open orders.
        open: i64,
    },
    /// The warehouse's own sums do not add up.
    #[error(
        "warehouse: opening + received + returned + recount gains = {came}, but on hand + shipped + damaged + recount \
         losses = {accounted}"
    )]
    Warehouse {
        /// What came.
        came: i64,
        /// What is accounted for.
        accounted: i64,
    },
    /// Ledger and warehouse disagree.
    #[error("{what}: the ledger counts {ledger} units, the warehouse {warehouse}")]
    Disagreement {
        /// About what.
        what: &'static str,
        /// The ledger's sum.
        ledger: i64,
        /// The warehouse's sum.
        warehouse: i64,
    },
}

/// Checks every SKU and the sums. `open` is what open orders still wait for, per SKU.
pub(super) fn check<'a>(
    skus: impl Iterator<Item = &'a SkuStock>,
    open: &[i64],
    warehouse: Totals,
) -> Result<Conservation, ConservationError> {
    let mut sums = Conservation {
        warehouse,
        ..Conservation::default()
    };
    let (mut supplied, mut sellable) = (0, 0);
    for (index, (sku, &open)) in skus.zip(open).enumerate() {
        if sku.accepted != sku.shipped + sku.cancelled + open {
            return Err(ConservationError::Orders {
                sku: SkuIndex(index as u32),
                accepted: sku.accepted,
                shipped: sku.shipped,
                cancelled: sku.cancelled,
                open,
            });
        }
        sums.accepted += sku.accepted;
        sums.shipped += sku.shipped;
        sums.cancelled += sku.cancelled;
        sums.open += open;
        sums.shipped_beyond += sku.shipped_beyond;
        supplied += sku.supplied;
        // What the warehouse has in its records, whether it is there or not.
        sellable += sku.sellable + sku.fba_sellable + sku.miscounted;
    }
    let came =
        warehouse.opening + warehouse.received + warehouse.returned + warehouse.recount_gains;
    let lost = warehouse.damaged + warehouse.recount_losses;
    if came != warehouse.on_hand + warehouse.shipped + lost {
        return Err(ConservationError::Warehouse {
            came,
            accounted: warehouse.on_hand + warehouse.shipped + lost,
        });
    }
    for (what, ledger, warehouse) in [
        ("supplied", supplied, came - lost),
        (
            "shipped",
            sums.shipped + sums.shipped_beyond,
            warehouse.shipped,
        ),
        ("on hand", sellable + sums.open, warehouse.on_hand),
    ] {
        if ledger != warehouse {
            return Err(ConservationError::Disagreement {
                what,
                ledger,
                warehouse,
            });
        }
    }
    Ok(sums)
}
