//! The connector of a custom channel: one bearer token, quantities one by one, orders by page, signed webhooks
//! (docs/custom.md).

mod answers;
mod fulfillment;
mod orders;
mod products;
mod set_up;
mod signals;
#[cfg(test)]
mod tests;

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderValue, Method};
use oversell_kernel::{Epoch, Micros};

use super::encoding::uri;
use super::order_ids;
use super::signature::Signer;
use super::skus::SkuTable;
use super::{BucketBelief, Capabilities, Charge, Connector, Event, Operation, exchange};
use crate::cancellation::GivenUpUnits;
use crate::canonical::{ChannelIndex, SkuIndex};
use crate::config::EngineConfig;
use crate::machine::{Request, Response};
use crate::platform::{CredentialKey, Hosts, PlatformDescription};
use crate::snapshot::state;

/// What an engine knows of the platform.
pub const DESCRIPTION: PlatformDescription = PlatformDescription {
    name: "custom",
    title: "custom",
    credentials: &[
        CredentialKey::account("host"),
        CredentialKey::required("token"),
        CredentialKey::required("webhook_secret"),
    ],
    limit_names: &["calls"],
    // Orders tell how many of their units went back on sale.
    given_up_units: GivenUpUnits::AsEver,
    capabilities: Capabilities {
        compare_and_set: false,
        write_batch: 1,
        read_batch: 100,
        fetch_batch: 1,
        prepare_batch: 1,
        confirm_batch: 1,
        fulfillment_needs_preparation: false,
        can_cancel: true,
        has_queue: false,
    },
    hosts: |credentials| Hosts {
        api: credentials.get("host").to_string(),
        token: credentials.get("host").to_string(),
        queue: None,
        consent: None,
    },
    served_names: &["*.custom.example"],
    connector: |config, channel| Box::new(CustomConnector::new(config, channel)),
    write_order_id: order_ids::push_decimal,
    read_order_id: order_ids::parse_decimal,
};

/// Where to begin with the rate limit: the built-in default profile's figures.
const BUCKETS: [BucketBelief; 1] = [BucketBelief {
    name: "calls",
    capacity: 40.0,
    rate_per_second: 10.0,
}];

/// Translates for one custom channel.
pub struct CustomConnector {
    host: HeaderValue,
    authorization: HeaderValue,
    callback_url: String,
    listens: bool,
    signer: Signer,
    epoch: Epoch,
    skus: SkuTable,
    /// Whether the catalogue has named a SKU.
    is_listed: Vec<bool>,
}

state!(CustomConnector {
    kept: [is_listed],
    parts: [],
    headers: [],
    made: [
        host,
        authorization,
        callback_url,
        listens,
        signer,
        epoch,
        skus,
    ],
});

impl CustomConnector {
    /// A connector for `channel`. If the channel does not exist or has another platform's credentials, the connector
    /// has none, and the shop refuses it.
    pub fn new(config: &EngineConfig, channel: ChannelIndex) -> CustomConnector {
        let channel = config.channels.get(usize::from(channel.0));
        let text = |key| channel.map_or("", |it| it.credentials.get(key));
        CustomConnector {
            host: exchange::header_value(text("host")),
            authorization: exchange::header_value(&format!("Bearer {}", text("token"))),
            callback_url: channel.map_or_else(String::new, |it| it.callback_url.clone()),
            listens: config.strategy.listens(),
            signer: Signer::new(text("webhook_secret")),
            epoch: Epoch {
                unix_micros: config.epoch_unix_micros,
            },
            skus: SkuTable::new(&config.skus),
            is_listed: vec![false; config.skus.len()],
        }
    }

    fn get(&self, target: Vec<u8>) -> Request {
        self.signed(exchange::get(uri(target)))
    }

    fn send(&self, method: Method, target: Vec<u8>, body: Vec<u8>) -> Request {
        self.signed(exchange::json(method, uri(target), body))
    }

    fn signed(&self, mut request: Request) -> Request {
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(AUTHORIZATION, self.authorization.clone());
        request
    }
}

impl Connector for CustomConnector {
    fn capabilities(&self) -> Capabilities {
        DESCRIPTION.capabilities
    }

    fn buckets(&self) -> Vec<BucketBelief> {
        BUCKETS.to_vec()
    }

    /// Every call costs one token of the one bucket.
    fn charge(&self, operation: &Operation) -> Charge {
        let is_call = !matches!(
            operation,
            Operation::PrepareFulfillment { .. }
                | Operation::ReceiveMessages
                | Operation::AcknowledgeMessages { .. }
        );
        Charge::one_token(is_call.then_some(0))
    }

    fn set_up_steps(&self) -> u8 {
        if self.listens { set_up::STEPS } else { 0 }
    }

    fn batch_group(&self, _sku: SkuIndex) -> u64 {
        0
    }

    fn knows(&self, sku: SkuIndex) -> bool {
        self.is_listed.get(sku.0 as usize) == Some(&true)
    }

    /// The SKU itself.
    fn listing_text(&self, sku: SkuIndex) -> String {
        match self.knows(sku) {
            true => self.skus.text(sku).to_owned(),
            false => String::new(),
        }
    }

    fn build(&mut self, _now: Micros, operation: &Operation) -> Request {
        match operation {
            Operation::Authenticate => self.get(b"/v1/shop".to_vec()),
            Operation::ReadCatalogue { cursor } => self.catalogue_request(cursor.as_deref()),
            Operation::SetUp { step } => self.set_up_request(*step),
            Operation::PollOrders { since, cursor } => self.poll_request(*since, cursor.as_deref()),
            Operation::FetchOrders { orders } => self.fetch_request(orders),
            Operation::ReadQuantities { skus } => self.read_request(skus),
            Operation::WriteQuantities { writes, .. } => self.write_request(writes),
            Operation::ConfirmFulfillment { shipments } => match &shipments[..] {
                [shipment] => self.confirm_request(shipment),
                _ => exchange::no_request(),
            },
            Operation::CancelOrder { order } => self.cancel_request(*order),
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
            Operation::Authenticate => set_up::shop_read(response, events),
            Operation::ReadCatalogue { .. } => self.catalogue_read(response, events),
            Operation::SetUp { step } => set_up::set_up_read(*step, response, events),
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
