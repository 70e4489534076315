//! The Amazon connector: Selling Partner API with Login with Amazon, Orders 2026-01-01, Listings Items, and
//! notifications through an SQS queue.

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

use std::collections::BTreeSet;

use super::order_ids;
use crate::platform::{CredentialKey, Hosts, PlatformDescription};
use http::{HeaderValue, StatusCode};

use super::exchange;
use super::skus::SkuTable;
use super::{BucketBelief, Capabilities, Charge, Connector, Event, Operation};
use crate::cancellation::GivenUpUnits;
use crate::canonical::{ChannelIndex, OrderKey, SkuIndex};
use crate::config::{EngineConfig, amazon_queue_name};
use crate::machine::{Request, Response};
use crate::snapshot::state;
use oversell_kernel::Epoch;
use oversell_kernel::Micros;
use requests::Marketplace;

/// Where sellers consent to an application (docs/platforms/amazon.md 2.2).
const SELLER_CENTRAL: &str = "sellercentral.amazon.com";

/// What an engine knows of the platform.
pub const DESCRIPTION: PlatformDescription = PlatformDescription {
    name: "amazon",
    title: "Amazon",
    credentials: &[
        CredentialKey::required("lwa_client_id"),
        CredentialKey::required("lwa_client_secret"),
        CredentialKey::required("refresh_token"),
        CredentialKey::account("seller_id"),
        CredentialKey::account("marketplace_id"),
        CredentialKey {
            name: "aws_account_id",
            default: Some(""),
            names_account: true,
        },
    ],
    limit_names: &[
        "search_orders",
        "get_order",
        "confirm_shipment",
        "get_listings_item",
        "patch_listings_item",
        "search_listings_items",
        "notifications",
    ],
    given_up_units: GivenUpUnits::OffSaleOnceOpen,
    capabilities: Capabilities {
        compare_and_set: false,
        write_batch: 1,
        read_batch: 1,
        fetch_batch: 1,
        prepare_batch: 1,
        confirm_batch: 1,
        fulfillment_needs_preparation: false,
        can_cancel: false,
        has_queue: true,
    },
    hosts: |credentials| {
        let marketplace = requests::marketplace(credentials.get("marketplace_id"));
        Hosts {
            api: marketplace.host.to_string(),
            token: auth::SERVED_AT.to_string(),
            queue: Some(marketplace.sqs_host.to_string()),
            consent: Some(SELLER_CENTRAL.to_string()),
        }
    },
    served_names: &[
        requests::NORTH_AMERICA.host,
        requests::EUROPE.host,
        requests::FAR_EAST.host,
        auth::SERVED_AT,
        "api.amazon.co.uk",
        requests::NORTH_AMERICA.sqs_host,
        requests::EUROPE.sqs_host,
        requests::FAR_EAST.sqs_host,
        SELLER_CENTRAL,
    ],
    connector: |config, channel| Box::new(AmazonConnector::new(config, channel)),
    write_order_id: order_ids::push_amazon,
    read_order_id: order_ids::parse_amazon,
};

/// Translates for one seller in one marketplace. The SKU itself is the listing's id.
pub struct AmazonConnector {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    seller_id: String,
    marketplace_id: String,
    marketplace: Marketplace,
    aws_account_id: String,
    queue_name: String,
    epoch: Epoch,
    token: Option<HeaderValue>,
    /// For the operations that need no seller's grant; used in the set-up only.
    grantless_token: Option<HeaderValue>,
    queue_url: String,
    queue_destination: Option<String>,
    event_bridge_destination: Option<String>,
    skus: SkuTable,
    /// SKUs that the merchant does not list, as he says, or as the platform has answered.
    absent: BTreeSet<SkuIndex>,
    listens: bool,
    /// Whether changes of what a listing shows are subscribed to as well.
    follows_displays: bool,
}

state!(AmazonConnector {
    kept: [
        queue_url,
        queue_destination,
        event_bridge_destination,
        absent,
    ],
    parts: [],
    headers: [token, grantless_token],
    made: [
        client_id,
        client_secret,
        refresh_token,
        seller_id,
        marketplace_id,
        marketplace,
        aws_account_id,
        queue_name,
        epoch,
        skus,
        listens,
        follows_displays,
    ],
});

impl AmazonConnector {
    /// A connector for `channel`. If the channel does not exist or has another platform's credentials, the connector
    /// has none, and the platform refuses it.
    pub fn new(config: &EngineConfig, channel: ChannelIndex) -> AmazonConnector {
        let channel = config.channels.get(usize::from(channel.0));
        let text = |key| channel.map_or("", |it| it.credentials.get(key)).to_string();
        let marketplace_id = text("marketplace_id");
        AmazonConnector {
            client_id: text("lwa_client_id"),
            client_secret: text("lwa_client_secret"),
            refresh_token: text("refresh_token"),
            seller_id: text("seller_id"),
            marketplace: requests::marketplace(&marketplace_id),
            marketplace_id,
            aws_account_id: text("aws_account_id"),
            queue_name: amazon_queue_name(channel.map_or("", |it| it.name.as_str())),
            epoch: Epoch {
                unix_micros: config.epoch_unix_micros,
            },
            token: None,
            grantless_token: None,
            queue_url: String::new(),
            queue_destination: None,
            event_bridge_destination: None,
            skus: SkuTable::new(&config.skus),
            absent: (0..config.skus.len() as u32)
                .map(SkuIndex)
                .filter(|sku| channel.is_some_and(|it| !it.lists(*sku)))
                .collect(),
            listens: config.strategy.listens(),
            follows_displays: config.strategy.follows_displays(),
        }
    }
}

impl Connector for AmazonConnector {
    fn capabilities(&self) -> Capabilities {
        DESCRIPTION.capabilities
    }

    /// One bucket an operation, with the published defaults (docs/platforms/amazon.md 3.2); headers of answers tell the
    /// true rates.
    fn buckets(&self) -> Vec<BucketBelief> {
        requests::BUCKETS.to_vec()
    }

    fn charge(&self, operation: &Operation) -> Charge {
        Charge::one_token(requests::bucket(operation))
    }

    fn set_up_again(&self, step: u8) -> u8 {
        set_up::again(step)
    }

    fn set_up_steps(&self) -> u8 {
        // Everything set up serves the notifications.
        match (self.listens, self.follows_displays) {
            (false, _) => 0,
            (true, false) => set_up::STEPS - 1,
            (true, true) => set_up::STEPS,
        }
    }

    /// A call takes one row, so no two rows share a group.
    fn batch_group(&self, sku: SkuIndex) -> u64 {
        u64::from(sku.0)
    }

    /// The SKU is the listing's id: nothing has to be learned, but that there is none.
    fn knows(&self, sku: SkuIndex) -> bool {
        (sku.0 as usize) < self.skus.len() && !self.absent.contains(&sku)
    }

    fn order_text(&self, order: OrderKey) -> String {
        let mut text = Vec::with_capacity(19);
        order_ids::push_amazon(&mut text, order);
        text.into_iter().map(char::from).collect()
    }

    /// The seller's SKU.
    fn listing_text(&self, sku: SkuIndex) -> String {
        self.skus.text(sku).to_string()
    }

    fn build(&mut self, _now: Micros, operation: &Operation) -> Request {
        match operation {
            Operation::Authenticate => self.token_request(),
            Operation::ReadCatalogue { .. } => self.catalogue_request(),
            Operation::SetUp { step } => self.set_up_request(*step),
            Operation::PollOrders { since, cursor } => self.poll_request(*since, cursor.as_deref()),
            Operation::FetchOrders { orders } => self.fetch_request(orders),
            Operation::ReadQuantities { skus } => self.read_request(skus),
            Operation::WriteQuantities { writes, .. } => self.write_request(writes),
            Operation::ConfirmFulfillment { shipments } => match &shipments[..] {
                [shipment] => self.confirm_request(shipment),
                _ => exchange::no_request(),
            },
            Operation::ReceiveMessages => self.receive_request(),
            Operation::AcknowledgeMessages { handles } => self.acknowledge_request(handles),
            Operation::PrepareFulfillment { .. } | Operation::CancelOrder { .. } => {
                exchange::no_request()
            }
        }
    }

    fn parse(
        &mut self,
        now: Micros,
        operation: &Operation,
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let before = events.len();
        match operation {
            Operation::Authenticate => self.token_read(now, response, events),
            Operation::ReadCatalogue { .. } => self.catalogue_read(response, events),
            Operation::SetUp { step } => self.set_up_read(*step, response, events),
            Operation::PollOrders { .. } => self.poll_read(response, events),
            Operation::FetchOrders { orders } => self.fetch_read(orders, response, events),
            Operation::ReadQuantities { skus } => self.read_read(skus, response, events),
            Operation::WriteQuantities { writes, .. } => self.write_read(writes, response, events),
            Operation::ConfirmFulfillment { shipments } => {
                for shipment in shipments {
                    self.confirm_read(shipment, response, events);
                }
            }
            Operation::ReceiveMessages => self.messages_read(response, events),
            Operation::AcknowledgeMessages { .. } => self.acknowledged_read(response, events),
            Operation::PrepareFulfillment { .. } | Operation::CancelOrder { .. } => {
                events.push(exchange::unsupported());
            }
        }
        if let Some(told) = wire::rate_told(operation, response) {
            events.push(told);
        }
        if events.len() == before {
            events.push(Event::Done);
        }
    }

    fn is_signed(&self, _request: &Request) -> bool {
        false
    }

    /// Amazon delivers no webhooks; whatever comes is not from Amazon.
    fn receive(&mut self, _now: Micros, _request: &Request, events: &mut Vec<Event>) -> Response {
        events.push(Event::Quarantined {
            order: None,
            reason: "Amazon delivers no webhooks".to_owned(),
        });
        exchange::answer(StatusCode::NOT_FOUND)
    }
}
