//! Token buckets: one for each operation of the selling partner, and the application's own over the Listings API
//! (sheet sections 3.1 to 3.3). Whichever is empty first answers 429.

use http::HeaderValue;

use crate::core::{LimitUse, Micros, TokenBucket};

use super::errors::Reply;
use super::operations::Operation;
use super::profile::{self, Rate, RateLimitHeader};

/// A bucket of the application over all its sellers.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ApplicationBucket {
    /// Patches.
    Patch,
    /// Puts.
    Put,
    /// Reads of one item.
    Get,
    /// Writes to other attributes than quantity and offer.
    ProductData,
    /// Calls in `VALIDATION_PREVIEW` mode.
    ValidationPreview,
}

impl ApplicationBucket {
    const NAMES: [&'static str; 5] = [
        "application patchListingsItem",
        "application putListingsItem",
        "application getListingsItem",
        "application product data",
        "application VALIDATION_PREVIEW",
    ];

    const fn message(self) -> &'static str {
        match self {
            ApplicationBucket::Patch | ApplicationBucket::Put | ApplicationBucket::Get => {
                "You exceeded your application's quota for the requested resource."
            }
            ApplicationBucket::ProductData => {
                "You exceeded your application's quota for product data submissions."
            }
            ApplicationBucket::ValidationPreview => {
                "You exceeded your application's quota for VALIDATION_PREVIEW submissions."
            }
        }
    }
}

/// All buckets.
#[derive(Debug)]
pub struct Limits {
    partner: Vec<(Rate, TokenBucket)>,
    application: [(Rate, TokenBucket); 5],
    json_listings_feed: (Rate, TokenBucket),
    headers: Vec<HeaderValue>,
    header_rule: RateLimitHeader,
    throttled_call_costs_token: bool,
}

/// Rates beyond this are as good as infinite, and finite arithmetic stays exact.
const UNLIMITED: f64 = 1e9;

fn bucket(rate: Rate) -> (Rate, TokenBucket) {
    let within = |value: f64| value.clamp(0.0, UNLIMITED);
    (
        rate,
        TokenBucket::new(within(rate.burst), within(rate.rate)),
    )
}

impl Limits {
    /// Full buckets.
    pub fn new(limits: &profile::Limits) -> Limits {
        let dynamic = |rate: Rate| Rate {
            rate: rate.rate * limits.orders_v0_multiplier,
            ..rate
        };
        let rate_of = |operation| match operation {
            Operation::GetOrders => dynamic(limits.get_orders),
            Operation::GetOrder => dynamic(limits.get_order),
            Operation::GetOrderItems => dynamic(limits.get_order_items),
            Operation::ConfirmShipment => limits.confirm_shipment,
            Operation::SearchOrders => limits.search_orders,
            Operation::GetOrder2026 => limits.get_order_2026,
            Operation::GetListingsItem => limits.get_listings_item,
            Operation::PutListingsItem => limits.put_listings_item,
            Operation::PatchListingsItem => limits.patch_listings_item,
            Operation::SearchListingsItems => limits.search_listings_items,
            Operation::GetInventorySummaries => limits.get_inventory_summaries,
            Operation::GetMarketplaceParticipations => limits.get_marketplace_participations,
            Operation::GetOrderAddress => dynamic(limits.get_order_address),
            Operation::GetOrderBuyerInfo | Operation::GetOrderItemsBuyerInfo => {
                dynamic(limits.get_order_buyer_info)
            }
            Operation::DeleteListingsItem => limits.delete_listings_item,
            Operation::CreateFeedDocument => limits.create_feed_document,
            Operation::GetFeedDocument => limits.get_feed_document,
            Operation::CreateFeed => limits.create_feed,
            Operation::GetFeeds => limits.get_feeds,
            Operation::GetFeed => limits.get_feed,
            Operation::CancelFeed => limits.cancel_feed,
            Operation::CreateReport => limits.create_report,
            Operation::GetReports => limits.get_reports,
            Operation::GetReport => limits.get_report,
            Operation::CancelReport => limits.cancel_report,
            Operation::GetReportDocument => limits.get_report_document,
            Operation::CreateFulfillmentOrder
            | Operation::ListAllFulfillmentOrders
            | Operation::GetFulfillmentOrder
            | Operation::CancelFulfillmentOrder => limits.fulfillment_outbound,
            Operation::CreateRestrictedDataToken => limits.create_restricted_data_token,
            _ => limits.notifications,
        };
        let partner: Vec<_> = Operation::all()
            .take(Operation::LIMITED)
            .map(|operation| bucket(rate_of(operation)))
            .collect();
        let headers = partner
            .iter()
            .map(|(rate, _)| {
                // Debug notation keeps the point: `5.0`, as Amazon prints it.
                HeaderValue::from_str(&format!("{:?}", rate.rate))
                    .unwrap_or_else(|_| HeaderValue::from_static("0"))
            })
            .collect();
        let application = &limits.application;
        Limits {
            partner,
            application: [
                bucket(application.patch),
                bucket(application.put),
                bucket(application.get),
                bucket(application.product_data),
                bucket(application.validation_preview),
            ],
            json_listings_feed: bucket(limits.json_listings_feed),
            headers,
            header_rule: limits.rate_limit_header,
            throttled_call_costs_token: limits.throttled_call_costs_token,
        }
    }

    /// Takes a token for a call of the selling partner.
    ///
    /// # Errors
    /// 429 when the bucket is empty.
    pub fn take(&mut self, now: Micros, operation: Operation) -> Result<(), Reply> {
        let Some((_, bucket)) = self.partner.get_mut(operation as usize) else {
            return Ok(());
        };
        if bucket.take(now, 1.0) {
            return Ok(());
        }
        if self.throttled_call_costs_token {
            let left = bucket.available(now);
            bucket.take(now, left);
        }
        Err(Reply::throttled())
    }

    /// Takes a token from a bucket of the application; where it is empty, the partner's token is given back, since the
    /// call was not served.
    ///
    /// # Errors
    /// 429 with the message that names the bucket.
    pub fn take_application(
        &mut self,
        now: Micros,
        operation: Operation,
        which: ApplicationBucket,
    ) -> Result<(), Reply> {
        if self.application[which as usize].1.take(now, 1.0) {
            return Ok(());
        }
        if let Some((_, bucket)) = self.partner.get_mut(operation as usize) {
            bucket.refund(now, 1.0);
        }
        Err(Reply::throttled_by(which.message()))
    }

    /// Takes a token for one more JSON_LISTINGS_FEED; where there is none, the token of `createFeed` is given back.
    ///
    /// # Errors
    /// 429 when too many were submitted of late.
    pub fn take_json_listings_feed(&mut self, now: Micros) -> Result<(), Reply> {
        if self.json_listings_feed.1.take(now, 1.0) {
            return Ok(());
        }
        if let Some((_, bucket)) = self.partner.get_mut(Operation::CreateFeed as usize) {
            bucket.refund(now, 1.0);
        }
        Err(Reply::throttled())
    }

    /// Value of `x-amzn-RateLimit-Limit` in an answer, if it has one: best effort on Amazon, with success, 400 and 404,
    /// and not with 401, 403 and 429 (sheet section 2.4).
    pub fn header(&self, operation: Operation, status: u16) -> Option<HeaderValue> {
        let sent = match (self.header_rule, status) {
            (RateLimitHeader::Never, _) => false,
            (_, 200..=204 | 400 | 404) => true,
            (rule, 429) => rule == RateLimitHeader::ServedAndThrottled,
            _ => false,
        };
        self.headers
            .get(operation as usize)
            .filter(|_| sent)
            .cloned()
    }

    /// Use of every bucket so far.
    pub fn usage(&self) -> Vec<LimitUse> {
        let used = |name, (rate, bucket): &(Rate, TokenBucket)| LimitUse {
            name,
            capacity: rate.burst,
            rate_per_second: rate.rate,
            used: bucket.used(),
        };
        let partner = Operation::all()
            .zip(&self.partner)
            .map(|(operation, bucket)| used(operation.name(), bucket));
        let application = ApplicationBucket::NAMES
            .iter()
            .zip(&self.application)
            .map(|(name, bucket)| used(name, bucket));
        let feed = used("JSON_LISTINGS_FEED", &self.json_listings_feed);
        partner.chain(application).chain([feed]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amazon::profile::Profile;

    #[test]
    fn a_burst_then_the_exact_wait() {
        let mut limits = Limits::new(&Profile::named("amazon-default").unwrap().limits);
        for _ in 0..20 {
            limits.take(Micros::ZERO, Operation::SearchOrders).unwrap();
        }
        let refused = limits.take(Micros(178_571_428), Operation::SearchOrders);
        assert_eq!(refused.unwrap_err().status, 429);
        limits
            .take(Micros(178_571_429), Operation::SearchOrders)
            .unwrap();
        let header = limits.header(Operation::SearchOrders, 200).unwrap();
        assert_eq!(header, "0.0056");
        assert_eq!(
            limits.header(Operation::GetListingsItem, 404).unwrap(),
            "5.0"
        );
        for status in [401, 403, 429, 500] {
            assert_eq!(limits.header(Operation::SearchOrders, status), None);
        }
    }

    #[test]
    fn the_applications_bucket_gives_the_partners_token_back() {
        let mut profile = Profile::named("amazon-default").unwrap();
        profile.limits.application.patch = Rate {
            rate: 1.0,
            burst: 1.0,
        };
        let mut limits = Limits::new(&profile.limits);
        let patch = Operation::PatchListingsItem;
        let mut both = |now| {
            limits
                .take(now, patch)
                .and_then(|()| limits.take_application(now, patch, ApplicationBucket::Patch))
        };
        both(Micros::ZERO).unwrap();
        let refused = both(Micros::ZERO).unwrap_err();
        assert!(
            String::from_utf8(refused.body)
                .unwrap()
                .contains("application's")
        );
        let used: f64 = limits.usage().iter().map(|limit| limit.used).sum();
        assert_eq!(used, 2.0);
    }

    #[test]
    fn a_throttled_call_can_be_made_to_cost() {
        let mut profile = Profile::named("amazon-default").unwrap();
        profile.limits.throttled_call_costs_token = true;
        let mut limits = Limits::new(&profile.limits);
        for _ in 0..5 {
            limits
                .take(Micros::ZERO, Operation::PatchListingsItem)
                .unwrap();
        }
        let half = Micros::from_millis(100);
        assert!(limits.take(half, Operation::PatchListingsItem).is_err());
        assert!(
            limits
                .take(half + half, Operation::PatchListingsItem)
                .is_err()
        );
        assert!(
            limits
                .take(Micros::from_millis(401), Operation::PatchListingsItem)
                .is_ok()
        );
    }

    #[test]
    fn unlimited_buckets_stay_full_for_years() {
        let mut limits = Limits::new(&Profile::named("amazon-ideal").unwrap().limits);
        for day in 0..2_000 {
            limits
                .take(Micros::from_secs(86_400 * day), Operation::GetOrders)
                .unwrap();
        }
        assert_eq!(limits.usage()[0].capacity, f64::INFINITY);
    }
}
