//! Hosts, buckets, ids and the parts that all requests share.

use http::header::{HOST, HeaderName, USER_AGENT};
use http::{HeaderValue, Method};
use oversell_kernel::json;

use super::AmazonConnector;
use crate::connectors::encoding::{push_escaped, uri};
use crate::connectors::{BucketBelief, Operation, exchange};
use crate::machine::Request;

const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-amz-access-token");
const AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// Where a marketplace is served and which country its buyers are in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Marketplace {
    pub(super) host: &'static str,
    pub(super) aws_region: &'static str,
    pub(super) sqs_host: &'static str,
    /// Empty where it is not known.
    pub(super) country: &'static str,
}

/// Where the marketplaces of a region are served, any country's.
pub(super) const NORTH_AMERICA: Marketplace = Marketplace {
    host: "sellingpartnerapi-na.amazon.com",
    aws_region: "us-east-1",
    sqs_host: "sqs.us-east-1.amazonaws.com",
    country: "",
};

/// The same in Europe ...
pub(super) const EUROPE: Marketplace = Marketplace {
    host: "sellingpartnerapi-eu.amazon.com",
    aws_region: "eu-west-1",
    sqs_host: "sqs.eu-west-1.amazonaws.com",
    country: "",
};

/// ... and in the Far East.
pub(super) const FAR_EAST: Marketplace = Marketplace {
    host: "sellingpartnerapi-fe.amazon.com",
    aws_region: "us-west-2",
    sqs_host: "sqs.us-west-2.amazonaws.com",
    country: "",
};

/// Looks up a marketplace (docs/platforms/amazon.md 2.1); one that is not listed is taken for a North American one without
/// a country.
pub(super) fn marketplace(id: &str) -> Marketplace {
    let north_america = |country| Marketplace {
        country,
        ..NORTH_AMERICA
    };
    let europe = |country| Marketplace { country, ..EUROPE };
    match id {
        "ATVPDKIKX0DER" => north_america("US"),
        "A2EUQ1WTGCTBG2" => north_america("CA"),
        "A1AM78C64UM0Y8" => north_america("MX"),
        "A2Q3Y263D00KWC" => north_america("BR"),
        "A1F83G8C2ARO7P" => europe("GB"),
        "A1PA6795UKMFR9" => europe("DE"),
        "A13V1IB3VIYZZH" => europe("FR"),
        "APJ6JRA9NG5V4" => europe("IT"),
        "A1RKKUPIHCS9HS" => europe("ES"),
        "A1VC38T7YXB528" => Marketplace {
            country: "JP",
            ..FAR_EAST
        },
        _ => north_america(""),
    }
}

/// The published default rates (docs/platforms/amazon.md 3.2), by the names of `Platform::limit_names`.
pub(super) const BUCKETS: [BucketBelief; 7] = [
    BucketBelief {
        name: "search_orders",
        capacity: 20.0,
        rate_per_second: 0.0056,
    },
    BucketBelief {
        name: "get_order",
        capacity: 30.0,
        rate_per_second: 0.5,
    },
    BucketBelief {
        name: "confirm_shipment",
        capacity: 10.0,
        rate_per_second: 2.0,
    },
    // The seller's bucket holds ten, the application's over all sellers five (docs/platforms/amazon.md 3.3).
    BucketBelief {
        name: "get_listings_item",
        capacity: 5.0,
        rate_per_second: 5.0,
    },
    BucketBelief {
        name: "patch_listings_item",
        capacity: 5.0,
        rate_per_second: 5.0,
    },
    BucketBelief {
        name: "search_listings_items",
        capacity: 5.0,
        rate_per_second: 5.0,
    },
    BucketBelief {
        name: "notifications",
        capacity: 5.0,
        rate_per_second: 1.0,
    },
];

/// The bucket of an operation; token and queue calls have none.
pub(super) fn bucket(operation: &Operation) -> Option<u8> {
    match operation {
        Operation::PollOrders { .. } => Some(0),
        Operation::FetchOrders { .. } => Some(1),
        Operation::ConfirmFulfillment { .. } => Some(2),
        Operation::ReadQuantities { .. } => Some(3),
        Operation::WriteQuantities { .. } => Some(4),
        Operation::ReadCatalogue { .. } => Some(5),
        Operation::SetUp { step } => {
            (*step >= super::set_up::FIRST_NOTIFICATIONS_STEP).then_some(6)
        }
        Operation::Authenticate
        | Operation::PrepareFulfillment { .. }
        | Operation::CancelOrder { .. }
        | Operation::ReceiveMessages
        | Operation::AcknowledgeMessages { .. } => None,
    }
}

/// Appends `key=value`, preceded by `&`, to a query.
pub(super) fn push_pair(target: &mut Vec<u8>, key: &str, value: &str) {
    target.push(b'&');
    target.extend_from_slice(key.as_bytes());
    target.push(b'=');
    push_escaped(target, value);
}

impl AmazonConnector {
    /// `/listings/2021-08-01/items/{seller}[/{sku}]?marketplaceIds=...`
    pub(super) fn listings_target(&self, sku: Option<&str>) -> Vec<u8> {
        let mut target = Vec::with_capacity(128);
        target.extend_from_slice(b"/listings/2021-08-01/items/");
        push_escaped(&mut target, &self.seller_id);
        if let Some(sku) = sku {
            target.push(b'/');
            push_escaped(&mut target, sku);
        }
        target.extend_from_slice(b"?marketplaceIds=");
        push_escaped(&mut target, &self.marketplace_id);
        target
    }

    pub(super) fn get(&self, target: Vec<u8>) -> Request {
        self.signed_in(exchange::get(uri(target)), self.token.as_ref())
    }

    pub(super) fn send(&self, method: Method, target: Vec<u8>, body: Vec<u8>) -> Request {
        self.signed_in(
            exchange::json(method, uri(target), body),
            self.token.as_ref(),
        )
    }

    /// Adds what every Selling Partner call carries (docs/platforms/amazon.md 2.2).
    pub(super) fn signed_in(&self, mut request: Request, token: Option<&HeaderValue>) -> Request {
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static(self.marketplace.host));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static("Oversell/0.1 (Language=Rust)"),
        );
        if let Some(token) = token {
            headers.insert(ACCESS_TOKEN, token.clone());
        }
        request
    }

    /// A call of the queue's JSON protocol (docs/platforms/amazon.md 6.4).
    pub(super) fn queue_call(&self, action: &'static str, body: Vec<u8>) -> Request {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static(self.marketplace.sqs_host));
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        headers.insert(AMZ_TARGET, HeaderValue::from_static(action));
        request
    }
}

/// A positive number for a parcel, the same whenever the same parcel is told again, so that a repetition edits the
/// package instead of adding one (docs/platforms/amazon.md 7.1): the FNV-1a hash of the tracking number.
pub(super) fn push_package_reference(out: &mut Vec<u8>, tracking_number: &str) {
    let hash = tracking_number.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    json::integer(out, u64::from(hash) + 1);
}
