//! The dated data behind the emulator: limits, latencies, lags and the switches for what Amazon leaves open.

use oversell_kernel::Zone;
use serde::{Deserialize, Serialize};

use crate::core::{Distribution, Micros, Stall};

/// Names of the built-in profiles.
pub const NAMES: &[&str] = &[
    "amazon-default",
    "amazon-sandbox-limits",
    "amazon-ideal",
    "amazon-hostile",
];

/// Keys that a shop is built on when it opens: nothing can be laid over them.
const FIXED: &[&str] = &[
    "marketplace",
    "fba.sku_suffix",
    "queue.account",
    "notifications.event_bridge_queue",
    "orders.ship_by",
    "orders.cancel_after_ship_by",
];

/// The TOML text of a built-in profile.
pub fn text(name: &str) -> Option<&'static str> {
    Some(match name {
        "amazon-default" => include_str!("../../profiles/amazon-default.toml"),
        "amazon-sandbox-limits" => include_str!("../../profiles/amazon-sandbox-limits.toml"),
        "amazon-ideal" => include_str!("../../profiles/amazon-ideal.toml"),
        "amazon-hostile" => include_str!("../../profiles/amazon-hostile.toml"),
        _ => return None,
    })
}

/// Everything the emulator takes from data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Where the seller sells.
    pub marketplace: Marketplace,
    /// Tokens and roles.
    pub authorization: Authorization,
    /// Token buckets.
    pub limits: Limits,
    /// How long calls take.
    pub latency: Latency,
    /// Life cycle and visibility of orders.
    pub orders: Orders,
    /// Quantities.
    pub inventory: Inventory,
    /// Amazon's own warehouses.
    pub fba: Fba,
    /// Bulk writes.
    pub feeds: Feeds,
    /// Bulk reads.
    pub reports: Reports,
    /// The files that feeds and reports are in.
    pub documents: Documents,
    /// Delivery of notifications.
    pub notifications: Notifications,
    /// The message queue beside the API.
    pub queue: Queue,
    /// Platform errors.
    pub faults: Faults,
}

impl Profile {
    /// What an engine may know of the delays. A change is listed when it has got past its own lag and is older than the part
    /// of time that lists leave out.
    pub fn bounds(&self) -> crate::core::Bounds {
        let lag = self.orders.list_lag.upper_bound();
        crate::core::Bounds {
            order_visibility_lag: lag.max(self.orders.list_excludes_last),
            write_to_live: self.inventory.write_to_live.upper_bound(),
            restocks_on_cancel: self.inventory.restore_on_cancel,
        }
    }

    /// The profile with values laid over it while a shop runs.
    ///
    /// # Errors
    /// Names the key that does not exist, does not fit or cannot change.
    pub(crate) fn laid_over(&self, overrides: &toml::Table) -> Result<Profile, String> {
        crate::core::profile::laid_over(self, overrides, FIXED, Profile::check)
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// Names the key and the values it takes.
    pub fn check(&self) -> Result<(), String> {
        let notifications = &self.notifications;
        crate::core::profile::check_shares(&[
            (
                "orders.pending_cancel_share",
                self.orders.pending_cancel_share,
            ),
            ("inventory.stuck_share", self.inventory.stuck_share),
            (
                "feeds.message_failure_share",
                self.feeds.message_failure_share,
            ),
            (
                "notifications.duplicate_share",
                notifications.duplicate_share,
            ),
            ("notifications.drop_share", notifications.drop_share),
            ("notifications.reorder_share", notifications.reorder_share),
            ("queue.redelivery_share", self.queue.redelivery_share),
            ("faults.server_error_share", self.faults.server_error_share),
            (
                "faults.early_throttle_share",
                self.faults.early_throttle_share,
            ),
        ])
    }

    /// A built-in profile.
    pub fn named(name: &str) -> Option<Profile> {
        crate::core::profile::read(text(name)?, &toml::Table::new()).ok()
    }
}

/// Where the seller sells (docs/platforms/amazon.md 2.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marketplace {
    /// Marketplace id, such as `ATVPDKIKX0DER`.
    pub id: String,
    /// Name in order payloads, such as `Amazon.com`.
    pub name: String,
    /// Two-letter country of the marketplace.
    pub country: String,
    /// AWS region of the endpoint, as it appears in queue addresses.
    pub aws_region: String,
}

/// Tokens and roles (docs/platforms/amazon.md 2.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorization {
    /// Life of an access token.
    pub token_lifetime: Micros,
    /// Life of the code that a consent hands out.
    pub auth_code_lifetime: Micros,
    /// Whether grantless operations refuse a seller's token.
    pub strict_grantless: bool,
    /// Whether the authorisation holds the Product Listing role; without it, listing writes get 403.
    pub product_listing_role: bool,
    /// Whether operations that return nothing but personal data refuse a token that is not restricted; else they leave
    /// the personal part out.
    pub restricted_operations_need_token: bool,
}

/// With which answers `x-amzn-RateLimit-Limit` is sent (docs/platforms/amazon.md 2.4).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitHeader {
    /// With 20x, 400 and 404: as documented.
    Served,
    /// With 429 too: some clients wait by it.
    ServedAndThrottled,
    /// With none: Amazon calls it best effort.
    Never,
}

/// One token bucket.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Tokens a second.
    pub rate: f64,
    /// The most tokens the bucket holds.
    pub burst: f64,
}

/// Token buckets per selling partner, application and operation (docs/platforms/amazon.md 3.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Whether a call refused with 429 drains what is left of the bucket.
    pub throttled_call_costs_token: bool,
    /// With which answers `x-amzn-RateLimit-Limit` is sent.
    pub rate_limit_header: RateLimitHeader,
    /// Multiplies the rates of the Orders v0 reads: Amazon's dynamic usage plan for this seller.
    pub orders_v0_multiplier: f64,
    /// `getOrders`.
    pub get_orders: Rate,
    /// `getOrder` of Orders v0.
    pub get_order: Rate,
    /// `getOrderItems`.
    pub get_order_items: Rate,
    /// `confirmShipment`.
    pub confirm_shipment: Rate,
    /// `searchOrders` of Orders v2026-01-01.
    pub search_orders: Rate,
    /// `getOrder` of Orders v2026-01-01.
    pub get_order_2026: Rate,
    /// `getListingsItem`.
    pub get_listings_item: Rate,
    /// `putListingsItem`.
    pub put_listings_item: Rate,
    /// `patchListingsItem`.
    pub patch_listings_item: Rate,
    /// `searchListingsItems`.
    pub search_listings_items: Rate,
    /// `getInventorySummaries`.
    pub get_inventory_summaries: Rate,
    /// Each operation of the Notifications API.
    pub notifications: Rate,
    /// `getMarketplaceParticipations`.
    pub get_marketplace_participations: Rate,
    /// `createRestrictedDataToken`.
    pub create_restricted_data_token: Rate,
    /// `getOrderAddress`.
    pub get_order_address: Rate,
    /// `getOrderBuyerInfo` and, in a bucket of its own, `getOrderItemsBuyerInfo`.
    pub get_order_buyer_info: Rate,
    /// `deleteListingsItem`.
    pub delete_listings_item: Rate,
    /// `createFeedDocument`.
    pub create_feed_document: Rate,
    /// `getFeedDocument`.
    pub get_feed_document: Rate,
    /// `createFeed`.
    pub create_feed: Rate,
    /// Submissions of JSON_LISTINGS_FEED, beside the bucket of `createFeed` (docs/platforms/amazon.md 5.3).
    pub json_listings_feed: Rate,
    /// `getFeeds`.
    pub get_feeds: Rate,
    /// `getFeed`.
    pub get_feed: Rate,
    /// `cancelFeed`.
    pub cancel_feed: Rate,
    /// `createReport`.
    pub create_report: Rate,
    /// `getReports`.
    pub get_reports: Rate,
    /// `getReport`.
    pub get_report: Rate,
    /// `cancelReport`.
    pub cancel_report: Rate,
    /// `getReportDocument`.
    pub get_report_document: Rate,
    /// Each operation of the Fulfillment Outbound API.
    pub fulfillment_outbound: Rate,
    /// Each operation of the Catalog Items API.
    pub catalog_items: Rate,
    /// `getPricing` and, in a bucket of its own, `getCompetitivePricing`.
    pub get_pricing: Rate,
    /// `getListingOffers`.
    pub get_listing_offers: Rate,
    /// `getItemOffers`.
    pub get_item_offers: Rate,
    /// The second layer on the Listings API.
    pub application: ApplicationLimits,
}

impl Limits {
    /// The rate of an Orders v0 read, as this seller has it.
    pub(super) fn orders_v0(&self, rate: Rate) -> Rate {
        Rate {
            rate: rate.rate * self.orders_v0_multiplier,
            ..rate
        }
    }
}

/// Limits of an application over all its sellers (docs/platforms/amazon.md 3.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationLimits {
    /// All patches.
    pub patch: Rate,
    /// All puts.
    pub put: Rate,
    /// All reads of one item.
    pub get: Rate,
    /// Patches and puts that touch other attributes than quantity and offer.
    pub product_data: Rate,
    /// Calls in `VALIDATION_PREVIEW` mode.
    pub validation_preview: Rate,
}

/// How long calls take, from arrival to answer (docs/platforms/amazon.md 9 and 12).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Lists and searches.
    pub list: Distribution,
    /// Reads of one thing.
    pub read: Distribution,
    /// Writes.
    pub write: Distribution,
    /// The token endpoint.
    pub token: Distribution,
    /// Queue calls, beside the wait of a long poll.
    pub queue: Distribution,
}

/// Life cycle and visibility of orders (docs/platforms/amazon.md 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// How old the end of a listed window must be.
    pub list_excludes_last: Micros,
    /// From a change of an order to its appearance in lists.
    pub list_lag: Distribution,
    /// From a change of an order to its appearance in reads by id.
    pub by_id_lag: Distribution,
    /// How long orders stay Pending: shares of orders, each with its delay. Empty: orders are never Pending.
    pub pending: Vec<PendingShare>,
    /// Share of Pending orders that Amazon cancels instead of releasing them.
    pub pending_cancel_share: f64,
    /// Whether Orders v2026-01-01 hides prices while Pending, as v0 does.
    pub hide_pending_prices_2026: bool,
    /// From placement to the latest ship date.
    pub ship_by: Micros,
    /// From the latest ship date to Amazon's own cancel.
    pub cancel_after_ship_by: Micros,
    /// Whether a buyer's cancel succeeds at once while the order is Pending; else it is only a request.
    pub free_buyer_cancel_while_pending: bool,
    /// Whether reading an unknown order answers 200 with an empty payload instead of 404.
    pub unknown_order_is_empty: bool,
    /// How long a page token of Orders v2026-01-01 lives.
    pub page_token_lifetime: Micros,
}

/// A share of orders and how long they stay Pending.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingShare {
    /// Weight of this part among all parts.
    pub share: f64,
    /// How long these orders stay Pending.
    pub hold: Distribution,
}

/// Quantities of merchant-fulfilled listings (docs/platforms/amazon.md 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// From an accepted write to the live quantity.
    pub write_to_live: Distribution,
    /// Share of writes that never become live.
    pub stuck_share: f64,
    /// Whether a write that comes through after a newer one of the same SKU still overwrites; else it is dropped.
    pub stale_writes_apply: bool,
    /// How far behind the live quantities are that `getListingsItem` and `searchListingsItems` show, drawn for each call.
    pub read_lag: Distribution,
    /// Whether sales between a write's submission and its becoming live are subtracted from the written quantity.
    pub reconcile_decrements: bool,
    /// Whether a cancel puts units back on sale.
    pub restore_on_cancel: bool,
    /// The same for the seller's cancel with the reason NoInventory.
    pub restore_on_no_inventory_cancel: bool,
}

/// Amazon's own warehouses (docs/platforms/amazon.md 5.5 and 7.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fba {
    /// What an FBA offer's SKU adds to the merchant's SKU.
    pub sku_suffix: String,
    /// From a change of FBA stock to its appearance in inventory summaries.
    pub summary_lag: Distribution,
    /// From the end of Pending to Amazon's shipping.
    pub ship_delay: Distribution,
    /// How long a page token of inventory summaries lives.
    pub page_token_lifetime: Micros,
    /// From the receipt of an order of another channel to the end of its planning, after which it cannot be cancelled.
    pub outbound_planning: Distribution,
    /// From the end of planning to shipping.
    pub outbound_shipping: Distribution,
    /// How long an order of policy FillAll waits for units.
    pub fill_all_wait: Micros,
    /// How long an order of action Hold keeps its units.
    pub outbound_hold: Micros,
}

/// Bulk writes (docs/platforms/amazon.md 5.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feeds {
    /// From submission to the moment at which a feed could start; feeds of one type then run one after another.
    pub queue: Distribution,
    /// From start to end.
    pub run: Distribution,
    /// The most messages of a JSON_LISTINGS_FEED.
    pub most_messages: u32,
    /// Share of messages that fail although nothing is wrong with them, while the others take effect.
    pub message_failure_share: f64,
}

/// Bulk reads (docs/platforms/amazon.md 4.4 and 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// From request to start; a report shows the shop as it was then.
    pub queue: Distribution,
    /// From start to end.
    pub run: Distribution,
    /// Where the clocks are that `open-date` of listings is written by (docs/platforms/amazon.md 5.7).
    pub time_zone: Zone,
}

/// The store of documents (docs/platforms/amazon.md 5.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// How long an address for an upload or a download is good.
    pub address_lifetime: Micros,
}

/// Delivery of notifications (docs/platforms/amazon.md 6.5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notifications {
    /// From the event to its message in the queue.
    pub delay: Distribution,
    /// Share of notifications delivered twice.
    pub duplicate_share: f64,
    /// How much later than by its own delay the second copy of those comes.
    pub duplicate_delay: Distribution,
    /// Share of notifications never delivered.
    pub drop_share: f64,
    /// Share of notifications that are held back for `reorder_delay` beyond their delay, so that later ones overtake them.
    pub reorder_share: f64,
    /// How long those are held back.
    pub reorder_delay: Distribution,
    /// Spells in which nothing reaches a queue.
    pub stalls: Vec<Stall>,
    /// Whether ORDER_CHANGE fires when an order is placed as Pending.
    pub order_change_at_placement: bool,
    /// Whether subscriptions exist but nothing is ever delivered.
    pub silent: bool,
    /// The queue that receives what is sent to EventBridge: the usual target of a rule.
    pub event_bridge_queue: String,
}

/// The message queue beside the API (docs/platforms/amazon.md 6.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Account number in queue addresses.
    pub account: String,
    /// How long a received message stays hidden unless the queue or the call says otherwise.
    pub visibility_timeout: Micros,
    /// How long a message is kept.
    pub retention: Micros,
    /// Share of deleted messages that can be received once more: a standard queue delivers at least once.
    pub redelivery_share: f64,
    /// How long after its deletion such a message comes again.
    pub redelivery_delay: Distribution,
}

/// Platform errors (docs/platforms/amazon.md 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// Share of API calls that answer 500 InternalFailure without taking effect.
    pub server_error_share: f64,
    /// Share of API calls that answer 429 although the bucket holds a token.
    pub early_throttle_share: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads_and_writes_back() {
        for name in NAMES {
            let read: Result<Profile, String> =
                crate::core::profile::read(text(name).unwrap(), &toml::Table::new());
            let profile = read.unwrap_or_else(|error| panic!("{name}: {error}"));
            let again: Profile = toml::from_str(&toml::to_string(&profile).unwrap()).unwrap();
            assert_eq!(profile, again);
            assert_eq!(profile.check(), Ok(()));
        }
        assert_eq!(Profile::named("amazon-prime"), None);
    }

    #[test]
    fn the_ideal_profile_has_no_delay_no_fault_and_no_limit() {
        let ideal = Profile::named("amazon-ideal").unwrap();
        for bound in [
            ideal.orders.list_lag,
            ideal.orders.by_id_lag,
            ideal.inventory.write_to_live,
            ideal.notifications.delay,
            ideal.latency.list,
            ideal.latency.write,
            ideal.fba.summary_lag,
        ] {
            assert_eq!(bound.upper_bound(), Micros::ZERO);
        }
        assert!(ideal.orders.pending.is_empty());
        assert_eq!(ideal.orders.list_excludes_last, Micros::ZERO);
        assert_eq!(ideal.limits.search_orders.rate, f64::INFINITY);
        assert_eq!(
            ideal.notifications.drop_share + ideal.notifications.duplicate_share,
            0.0
        );
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let over: toml::Table = "[orders]\nlist_lagg = { fixed = \"0s\" }".parse().unwrap();
        let read: Result<Profile, String> =
            crate::core::profile::read(text("amazon-default").unwrap(), &over);
        assert!(read.unwrap_err().contains("list_lagg"));
    }
}
