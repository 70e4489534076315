//! Token buckets: one for each operation of the selling partner that has a rate, and the application's own over the Listings API
//! (docs/platforms/amazon.md 3.1 to 3.3). Whichever is empty first answers 429.

use http::HeaderValue;

use super::operations::OperationIndex;
use super::reply::Reply;
use crate::amazon::profile::{self, Rate, RateLimitHeader};
use crate::core::{LimitUse, Micros, TokenBucket, WriteRoom};

/// A bucket of the application over all its sellers.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApplicationBucket {
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
    /// In the order of `Limits::application`.
    const ALL: [ApplicationBucket; 5] = [
        ApplicationBucket::Patch,
        ApplicationBucket::Put,
        ApplicationBucket::Get,
        ApplicationBucket::ProductData,
        ApplicationBucket::ValidationPreview,
    ];

    const fn name(self) -> &'static str {
        match self {
            ApplicationBucket::Patch => "application patchListingsItem",
            ApplicationBucket::Put => "application putListingsItem",
            ApplicationBucket::Get => "application getListingsItem",
            ApplicationBucket::ProductData => "application product data",
            ApplicationBucket::ValidationPreview => "application VALIDATION_PREVIEW",
        }
    }

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

/// The bucket of an operation.
#[derive(Debug)]
struct PartnerBucket {
    rate: Rate,
    tokens: TokenBucket,
    /// Its rate as answers tell it; where there is no limit they tell none.
    header: Option<HeaderValue>,
}

/// All buckets.
#[derive(Debug)]
pub(crate) struct Limits {
    /// By operation.
    partner: Vec<Option<PartnerBucket>>,
    application: [(Rate, TokenBucket); 5],
    json_listings_feed: (Rate, TokenBucket),
    header_rule: RateLimitHeader,
    throttled_call_costs_token: bool,
    /// What the last call of an operation with a rate took from, or was refused by.
    moved: Vec<BucketKey>,
}

/// A bucket among all.
#[derive(Copy, Clone, Debug)]
enum BucketKey {
    Partner(OperationIndex),
    Application(ApplicationBucket),
    JsonListingsFeed,
}

/// Rates beyond this are as good as infinite, and finite arithmetic stays exact.
const UNLIMITED: f64 = 1e9;

fn within(value: f64) -> f64 {
    value.clamp(0.0, UNLIMITED)
}

fn bucket(rate: Rate) -> (Rate, TokenBucket) {
    (
        rate,
        TokenBucket::new(within(rate.burst), within(rate.rate)),
    )
}

impl Limits {
    /// Full buckets.
    pub(crate) fn new(limits: &profile::Limits) -> Limits {
        let partner = OperationIndex::all()
            .map(|operation| {
                let rate = operation.row().limit?(limits);
                let (_, tokens) = bucket(rate);
                // Debug notation keeps the point: `5.0`, as Amazon prints it.
                let told = rate.rate.is_finite().then(|| format!("{:?}", rate.rate));
                let header = told.and_then(|it| HeaderValue::from_str(&it).ok());
                Some(PartnerBucket {
                    rate,
                    tokens,
                    header,
                })
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
            header_rule: limits.rate_limit_header,
            throttled_call_costs_token: limits.throttled_call_costs_token,
            moved: Vec::new(),
        }
    }

    /// Takes over another profile's limits from `now` on; the levels stay, up to the new bursts.
    pub(crate) fn set(&mut self, now: Micros, limits: &profile::Limits) {
        let fresh = Limits::new(limits);
        let level = |tokens: &mut TokenBucket, rate: Rate| {
            tokens.set(now, within(rate.burst), within(rate.rate));
        };
        for (bucket, fresh) in self.partner.iter_mut().zip(fresh.partner) {
            if let (Some(bucket), Some(fresh)) = (bucket, fresh) {
                level(&mut bucket.tokens, fresh.rate);
                (bucket.rate, bucket.header) = (fresh.rate, fresh.header);
            }
        }
        for ((rate, tokens), (fresh, _)) in self.application.iter_mut().zip(fresh.application) {
            level(tokens, fresh);
            *rate = fresh;
        }
        let (rate, tokens) = &mut self.json_listings_feed;
        level(tokens, limits.json_listings_feed);
        *rate = limits.json_listings_feed;
        self.header_rule = limits.rate_limit_header;
        self.throttled_call_costs_token = limits.throttled_call_costs_token;
    }

    /// Takes a token for a call of the selling partner.
    ///
    /// # Errors
    /// 429 when the bucket is empty.
    pub(crate) fn take(&mut self, now: Micros, operation: OperationIndex) -> Result<(), Reply> {
        self.moved.clear();
        let Some(PartnerBucket { tokens: bucket, .. }) = &mut self.partner[operation.place()]
        else {
            return Ok(());
        };
        self.moved.push(BucketKey::Partner(operation));
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
    pub(crate) fn take_application(
        &mut self,
        now: Micros,
        operation: OperationIndex,
        which: ApplicationBucket,
    ) -> Result<(), Reply> {
        self.moved.push(BucketKey::Application(which));
        if self.application[which as usize].1.take(now, 1.0) {
            return Ok(());
        }
        self.give_back(now, operation);
        Err(Reply::throttled_by(which.message()))
    }

    /// Takes a token for one more JSON_LISTINGS_FEED; where there is none, the token of the operation that submits it is
    /// given back.
    ///
    /// # Errors
    /// 429 when too many were submitted of late.
    pub(crate) fn take_json_listings_feed(
        &mut self,
        now: Micros,
        operation: OperationIndex,
    ) -> Result<(), Reply> {
        self.moved.push(BucketKey::JsonListingsFeed);
        if self.json_listings_feed.1.take(now, 1.0) {
            return Ok(());
        }
        self.give_back(now, operation);
        Err(Reply::throttled())
    }

    fn give_back(&mut self, now: Micros, operation: OperationIndex) {
        if let Some(bucket) = &mut self.partner[operation.place()] {
            bucket.tokens.refund(now, 1.0);
        }
    }

    /// Value of `x-amzn-RateLimit-Limit` in an answer, if it has one: best effort on Amazon, with success, 400 and 404,
    /// and not with 401, 403 and 429 (docs/platforms/amazon.md 2.4).
    pub(crate) fn header(&self, operation: OperationIndex, status: u16) -> Option<HeaderValue> {
        let sent = match (self.header_rule, status) {
            (RateLimitHeader::Never, _) => false,
            (_, 200..=204 | 400 | 404) => true,
            (rule, 429) => rule == RateLimitHeader::ServedAndThrottled,
            _ => false,
        };
        let bucket = self.partner[operation.place()].as_ref();
        bucket.filter(|_| sent)?.header.clone()
    }

    /// What the selling partner's bucket has left for one more call of an operation that writes quantities.
    pub(crate) fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        if operation == "createFeed" {
            return Some(self.json_listings_feed.1.room(now, 1.0));
        }
        if !matches!(operation, "patchListingsItem" | "putListingsItem") {
            return None;
        }
        let found = OperationIndex::all().find(|it| it.row().name == operation)?;
        let bucket = self.partner[found.place()].as_ref()?;
        Some(bucket.tokens.room(now, 1.0))
    }

    /// Use so far of every bucket.
    pub(crate) fn usage(&self) -> impl Iterator<Item = LimitUse> {
        let partner = OperationIndex::all().map(BucketKey::Partner);
        let application = ApplicationBucket::ALL.map(BucketKey::Application);
        let all = partner.chain(application);
        let all = all.chain([BucketKey::JsonListingsFeed]);
        all.filter_map(|bucket| self.usage_of(bucket))
    }

    /// The same of those that the last call took from.
    pub(crate) fn moved(&self) -> impl Iterator<Item = LimitUse> {
        let used = self.moved.iter().filter_map(|it| self.usage_of(*it));
        used.filter(|it| it.used > 0.0)
    }

    fn usage_of(&self, bucket: BucketKey) -> Option<LimitUse> {
        let (name, rate, tokens) = match bucket {
            BucketKey::Partner(operation) => {
                let bucket = self.partner[operation.place()].as_ref()?;
                (operation.row().name, bucket.rate, &bucket.tokens)
            }
            BucketKey::Application(which) => {
                let (rate, tokens) = &self.application[which as usize];
                (which.name(), *rate, tokens)
            }
            BucketKey::JsonListingsFeed => {
                let (rate, tokens) = &self.json_listings_feed;
                ("JSON_LISTINGS_FEED", *rate, tokens)
            }
        };
        let used = tokens.used();
        Some(LimitUse {
            name,
            capacity: rate.burst,
            rate_per_second: rate.rate,
            flow: tokens.flow(),
            used,
            left: if used > 0.0 {
                tokens.left()
            } else {
                rate.burst
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amazon::profile::Profile;

    fn named(name: &str) -> OperationIndex {
        OperationIndex::all()
            .find(|operation| operation.row().name == name)
            .unwrap()
    }

    #[test]
    fn a_burst_then_the_exact_wait() {
        let mut limits = Limits::new(&Profile::named("amazon-default").unwrap().limits);
        for _ in 0..20 {
            limits.take(Micros::ZERO, named("searchOrders")).unwrap();
        }
        let refused = limits.take(Micros(178_571_428), named("searchOrders"));
        assert_eq!(refused.unwrap_err().status, 429);
        limits
            .take(Micros(178_571_429), named("searchOrders"))
            .unwrap();
        let ideal = Limits::new(&Profile::named("amazon-ideal").unwrap().limits);
        assert_eq!(ideal.header(named("searchOrders"), 200), None, "no limit");
        let header = limits.header(named("searchOrders"), 200).unwrap();
        assert_eq!(header, "0.0056");
        assert_eq!(limits.header(named("getListingsItem"), 404).unwrap(), "5.0");
        for status in [401, 403, 429, 500] {
            assert_eq!(limits.header(named("searchOrders"), status), None);
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
        let patch = named("patchListingsItem");
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
        let used: f64 = limits.usage().map(|limit| limit.used).sum();
        assert_eq!(used, 2.0);
    }

    #[test]
    fn a_throttled_call_can_be_made_to_cost() {
        let mut profile = Profile::named("amazon-default").unwrap();
        profile.limits.throttled_call_costs_token = true;
        let mut limits = Limits::new(&profile.limits);
        for _ in 0..5 {
            limits
                .take(Micros::ZERO, named("patchListingsItem"))
                .unwrap();
        }
        let half = Micros::from_millis(100);
        assert!(limits.take(half, named("patchListingsItem")).is_err());
        assert!(
            limits
                .take(half + half, named("patchListingsItem"))
                .is_err()
        );
        assert!(
            limits
                .take(Micros::from_millis(401), named("patchListingsItem"))
                .is_ok()
        );
    }

    #[test]
    fn unlimited_buckets_stay_full_for_years() {
        let mut limits = Limits::new(&Profile::named("amazon-ideal").unwrap().limits);
        for day in 0..2_000 {
            limits
                .take(Micros::from_secs(86_400 * day), named("getOrders"))
                .unwrap();
        }
        assert_eq!(limits.usage().next().unwrap().capacity, f64::INFINITY);
    }
}
