//! Submissions to listings take effect: through PATCH, PUT and DELETE, and through feeds.

use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::inventory::{LeadTime, Submission};
use crate::amazon::model::submission::{Effect, Issue};
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
            Some(sku) if effect.merchant == Some(false) && !self.catalogue.is_fba(sku) => {
                issues.push(Issue::invalid(
                    "The SKU is not set up to be fulfilled by Amazon.".to_owned(),
                ));
            }
            Some(_) => {}
        }
        sku
    }

    /// Lets a submission take effect.
    pub(crate) fn apply(&mut self, now: Micros, sent_at: Micros, sku: SkuIndex, effect: &Effect) {
        match effect.merchant {
            Some(true) => self.set_stranded(now, sku, true),
            Some(false) => {
                self.set_stranded(now, sku, false);
                let nothing = Submission {
                    quantity: Some(0),
                    lead_time: LeadTime::Set(None),
                };
                self.submit(now, sent_at, sku, nothing);
                return;
            }
            None => {}
        }
        if let Some(submission) = effect.submission {
            self.submit(now, sent_at, sku, submission);
        }
    }
}
