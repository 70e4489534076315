//! The TikTok Shop connector: Partner API with signed requests, thin webhooks.

mod auth;
mod catalogue;
mod fulfillment;
mod inventory;
mod orders;
mod requests;
mod set_up;
mod signals;
#[cfg(test)]
mod tests;
mod wire;

use super::order_ids;
use crate::platform::{CredentialKey, Hosts, PlatformDescription};
use http::HeaderValue;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::exchange;
use super::signature::Signer;
use super::skus::SkuTable;
use super::{BucketBelief, Capabilities, Charge, Connector, Event, Operation};
use crate::cancellation::GivenUpUnits;
use crate::canonical::{ChannelIndex, SkuIndex};
use crate::config::EngineConfig;
use crate::machine::{Request, Response};
use crate::snapshot::state;
use catalogue::Listing;
use fulfillment::Provider;
use oversell_kernel::Epoch;
use oversell_kernel::Micros;

/// What an engine knows of the platform.
pub const DESCRIPTION: PlatformDescription = PlatformDescription {
    name: "tiktok_shop",
    title: "TikTok Shop",
    credentials: &[
        CredentialKey::required("app_key"),
        CredentialKey::required("app_secret"),
        CredentialKey::required("refresh_token"),
        CredentialKey::account("shop_cipher"),
    ],
    limit_names: &["light_read", "read", "write"],
    given_up_units: GivenUpUnits::AsEver,
    capabilities: Capabilities {
        compare_and_set: false,
        write_batch: 100,
        read_batch: 600,
        fetch_batch: 50,
        prepare_batch: 1,
        confirm_batch: 1,
        fulfillment_needs_preparation: false,
        can_cancel: true,
        has_queue: false,
    },
    hosts: |_| Hosts {
        api: requests::SERVED_AT.to_string(),
        token: auth::SERVED_AT.to_string(),
        queue: None,
        consent: None,
    },
    served_names: &[
        requests::SERVED_AT,
        auth::SERVED_AT,
        "api.tiktokshopglobal.com",
    ],
    connector: |config, channel| Box::new(TiktokShopConnector::new(config, channel)),
    write_order_id: order_ids::push_decimal,
    read_order_id: order_ids::parse_decimal,
};

/// Translates for one TikTok Shop. Quantities stand at one warehouse of each listing, its other warehouses at zero.
pub struct TiktokShopConnector {
    app_key: String,
    app_secret: String,
    /// What the merchant gave at the beginning.
    granted_refresh_token: String,
    /// What a refresh has put in its place.
    refresh_token: String,
    /// Which of the two is tried next.
    tries_granted: bool,
    shop_cipher: String,
    callback_url: String,
    listens: bool,
    signer: Signer,
    epoch: Epoch,
    token: Option<HeaderValue>,
    /// Sales warehouses, the default one first.
    warehouses: Vec<u64>,
    delivery_option: Option<u64>,
    providers: Vec<Provider>,
    skus: SkuTable,
    /// Listings by SKU, as far as the catalogue has named them.
    listings: Vec<Option<Listing>>,
    sku_of_id: IndexMap<u64, SkuIndex, FxBuildHasher>,
}

state!(TiktokShopConnector {
    kept: [
        refresh_token,
        tries_granted,
        warehouses,
        delivery_option,
        providers,
        listings,
        sku_of_id,
    ],
    parts: [],
    headers: [token],
    made: [
        app_key,
        app_secret,
        granted_refresh_token,
        shop_cipher,
        callback_url,
        listens,
        signer,
        epoch,
        skus,
    ],
});

impl TiktokShopConnector {
    /// A connector for `channel`. If the channel does not exist or has another platform's credentials, the connector
    /// has none, and the platform refuses it.
    pub fn new(config: &EngineConfig, channel: ChannelIndex) -> TiktokShopConnector {
        let channel = config.channels.get(usize::from(channel.0));
        let text = |key| channel.map_or("", |it| it.credentials.get(key)).to_string();
        let app_secret = text("app_secret");
        TiktokShopConnector {
            listens: config.strategy.listens(),
            signer: Signer::new(&app_secret),
            app_key: text("app_key"),
            app_secret,
            granted_refresh_token: text("refresh_token"),
            refresh_token: text("refresh_token"),
            tries_granted: false,
            shop_cipher: text("shop_cipher"),
            callback_url: channel.map_or_else(String::new, |it| it.callback_url.clone()),
            epoch: Epoch {
                unix_micros: config.epoch_unix_micros,
            },
            token: None,
            warehouses: Vec::new(),
            delivery_option: None,
            providers: Vec::new(),
            skus: SkuTable::new(&config.skus),
            listings: vec![None; config.skus.len()],
            sku_of_id: IndexMap::default(),
        }
    }
}

impl Connector for TiktokShopConnector {
    fn capabilities(&self) -> Capabilities {
        DESCRIPTION.capabilities
    }

    /// One bucket a tier. The platform publishes no figures (docs/platforms/tiktok_shop.md 3); these are where to begin.
    fn buckets(&self) -> Vec<BucketBelief> {
        requests::BUCKETS.to_vec()
    }

    fn charge(&self, operation: &Operation) -> Charge {
        Charge::one_token(requests::tier(operation))
    }

    fn set_up_steps(&self) -> u8 {
        if self.listens {
            set_up::STEPS
        } else {
            set_up::STEPS - set_up::WEBHOOK_STEPS
        }
    }

    /// The product: an inventory update serves one product.
    fn batch_group(&self, sku: SkuIndex) -> u64 {
        self.listing(sku).map_or(0, |listing| listing.product)
    }

    fn knows(&self, sku: SkuIndex) -> bool {
        self.listing(sku).is_some()
    }

    /// The product's id and the SKU's.
    fn listing_text(&self, sku: SkuIndex) -> String {
        self.listing(sku).map_or_else(String::new, |listing| {
            format!("{}/{}", listing.product, listing.id)
        })
    }

    fn build(&mut self, now: Micros, operation: &Operation) -> Request {
        match operation {
            Operation::Authenticate => self.token_request(),
            Operation::ReadCatalogue { cursor } => self.catalogue_request(now, cursor.as_deref()),
            Operation::SetUp { step } => self.set_up_request(now, *step),
            Operation::PollOrders { since, cursor } => {
                self.poll_request(now, *since, cursor.as_deref())
            }
            Operation::FetchOrders { orders } => self.fetch_request(now, orders),
            Operation::ReadQuantities { skus } => self.read_request(now, skus),
            Operation::WriteQuantities { writes, .. } => self.write_request(now, writes),
            Operation::ConfirmFulfillment { shipments } => match &shipments[..] {
                [shipment] => self.confirm_request(now, shipment),
                _ => exchange::no_request(),
            },
            Operation::CancelOrder { order } => self.cancel_request(now, *order),
            Operation::PrepareFulfillment { .. }
            | Operation::ReceiveMessages
            | Operation::AcknowledgeMessages { .. } => exchange::no_request(),
        }
    }

    fn parse(
        &mut self,
        _now: Micros,
        operation: &Operation,
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let before = events.len();
        match operation {
            Operation::Authenticate => self.token_read(response, events),
            Operation::ReadCatalogue { .. } => self.catalogue_read(response, events),
            Operation::SetUp { step } => self.set_up_read(*step, response, events),
            Operation::PollOrders { .. } => self.poll_read(response, events),
            Operation::FetchOrders { orders } => self.fetch_read(orders, response, events),
            Operation::ReadQuantities { skus } => self.read_read(skus, response, events),
            Operation::WriteQuantities { writes, .. } => self.write_read(writes, response, events),
            Operation::ConfirmFulfillment { shipments } => {
                for shipment in shipments {
                    fulfillment::confirm_read(shipment, response, events);
                }
            }
            Operation::CancelOrder { order } => {
                fulfillment::cancel_read(*order, response, events);
            }
            Operation::PrepareFulfillment { .. }
            | Operation::ReceiveMessages
            | Operation::AcknowledgeMessages { .. } => events.push(exchange::unsupported()),
        }
        if events.len() == before {
            events.push(Event::Done);
        }
    }

    fn is_signed(&self, request: &Request) -> bool {
        self.webhook_signed(request)
    }

    fn receive(&mut self, _now: Micros, request: &Request, events: &mut Vec<Event>) -> Response {
        self.webhook_read(request, events)
    }
}
