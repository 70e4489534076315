//! What of a SKU buyers are offered, by the merchant and by Amazon.

use super::catalogue::{Catalogue, SkuIndex};
use super::fba::FbaStock;
use super::inventory::Inventory;

/// The catalogue with both stocks that its SKUs sell from.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Offers<'a> {
    /// The seller's SKUs.
    pub(crate) catalogue: &'a Catalogue,
    /// The merchant's own quantities.
    pub(crate) inventory: &'a Inventory,
    /// What Amazon holds.
    pub(crate) fba: &'a FbaStock,
}

impl Offers<'_> {
    /// Whether somebody can buy it.
    pub(crate) fn is_buyable(&self, sku: SkuIndex) -> bool {
        let from_amazon =
            self.catalogue.is_fba(sku) && self.fba.sellable(self.catalogue.listing(sku)) > 0;
        from_amazon || self.inventory.live(sku) > 0
    }

    /// Whether Amazon fulfils what is bought under this SKU.
    pub(crate) fn is_amazon_offer(&self, sku: SkuIndex) -> bool {
        let pool = self.fba.pool(self.catalogue.listing(sku));
        self.catalogue.is_fba(sku) && pool.is_some_and(|pool| !pool.stranded)
    }

    /// Whether the merchant sells under this SKU. A listing that was deleted is not offered any more, and one that Amazon
    /// fulfils sells from Amazon's stock: units that come back go on sale under neither.
    pub(crate) fn is_merchant_offer(&self, sku: SkuIndex) -> bool {
        self.inventory.state(sku).submitted.is_some() && !self.is_amazon_offer(sku)
    }

    /// Whether the SKU has the entry of Amazon's channel, whichever channel fulfils it.
    pub(crate) fn has_amazon_entry(&self, sku: SkuIndex) -> bool {
        self.catalogue.is_fba(sku) && !self.inventory.state(sku).amazon_deleted
    }
}
