//! Submissions to listings take effect: through PATCH, PUT and DELETE, and through feeds.

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::submission::{Effect, Issue, MerchantEntry};
use crate::core::Micros;

use super::State;

impl State {
    /// The SKU a submission is about, if there is such a one; adds an issue when it cannot be what it is to become.
    pub(crate) fn listed_sku(
        &self,
        name: &str,
        effect: &Effect,
        issues: &mut Vec<Issue>,
    ) -> Option<SkuIndex> {
        let sku = self.catalogue.find(name);
        match sku {
            // Amazon takes it for the beginning of a listing, and says nothing (amzn/selling-partner-api-docs 3748,
            // amzn/selling-partner-api-models 4402): with the rest missing, nothing can ever be bought.
            None => {}
            Some(sku) if effect.amazon == Some(true) && !self.catalogue.is_fba(sku) => {
                issues.push(Issue::invalid(
                    "The SKU is not set up to be fulfilled by Amazon.".to_owned(),
                ));
            }
            Some(_) => {}
        }
        sku
    }

    /// Lets a submission take effect. Of two channels that a SKU has entries of, the one that was written last fulfils it,
    /// and the other one when that is deleted (docs/platforms/amazon.md 5.1).
    pub(crate) fn apply(&mut self, now: Micros, sent_at: Micros, sku: SkuIndex, effect: &Effect) {
        let was_by_amazon = self.offers().is_amazon_offer(sku);
        if let Some(there) = effect.amazon {
            self.inventory.enter_amazon(now, sku, there);
        }
        match effect.merchant {
            Some(MerchantEntry::Written(submission)) => self.inventory.enter(now, sku, submission),
            Some(MerchantEntry::Deleted) => self.inventory.delete_entry(now, sku),
            None => {}
        }
        let by_amazon = self.offers().has_amazon_entry(sku)
            && match (effect.by_merchant, effect.merchant) {
                (Some(by_merchant), _) => !by_merchant,
                (None, Some(MerchantEntry::Deleted)) => true,
                (None, _) => was_by_amazon,
            };
        self.set_stranded(now, sku, !by_amazon);
        let quantity = match (by_amazon, effect.merchant) {
            (true, None) if was_by_amazon => None,
            (true, _) | (false, Some(MerchantEntry::Deleted)) => Some(0),
            (false, Some(MerchantEntry::Written(submission))) => submission.quantity,
            (false, None) if was_by_amazon => self.inventory.state(sku).submitted,
            (false, None) => None,
        };
        if let Some(quantity) = quantity {
            self.write_quantity(now, sent_at, sku, quantity);
        }
    }
}
