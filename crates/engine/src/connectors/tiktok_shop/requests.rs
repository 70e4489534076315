//! Tiers, the signature, and the parts that all requests share (docs/platforms/tiktok_shop.md 1.3 and 1.4).

use http::header::{HOST, HeaderName};
use http::{HeaderValue, Method};
use oversell_kernel::{hexadecimal, json};

use super::TiktokShopConnector;
use crate::connectors::encoding::{push_escaped, uri};
use crate::connectors::{BucketBelief, Operation, exchange};
use crate::machine::Request;
use oversell_kernel::Micros;

/// Where the API is served (docs/platforms/tiktok_shop.md 1).
pub(super) const SERVED_AT: &str = "open-api.tiktokglobalshop.com";

const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-tts-access-token");

/// Tiers of endpoints; every app and shop has one bucket of each.
pub(super) const BUCKETS: [BucketBelief; 3] = [
    BucketBelief {
        name: "light_read",
        capacity: 10.0,
        rate_per_second: 10.0,
    },
    BucketBelief {
        name: "read",
        capacity: 5.0,
        rate_per_second: 5.0,
    },
    BucketBelief {
        name: "write",
        capacity: 2.0,
        rate_per_second: 2.0,
    },
];

/// The tier of an operation: reads by id are light, searches are reads, and whatever changes something is a write. The platform
/// publishes no tiers: heavy is taken to be what this engine never calls, such as buying labels.
pub(super) fn tier(operation: &Operation) -> Option<u8> {
    match operation {
        Operation::FetchOrders { .. } => Some(0),
        Operation::PollOrders { .. }
        | Operation::ReadQuantities { .. }
        | Operation::ReadCatalogue { .. } => Some(1),
        Operation::WriteQuantities { .. }
        | Operation::ConfirmFulfillment { .. }
        | Operation::CancelOrder { .. } => Some(2),
        Operation::SetUp { step } => Some(if super::set_up::is_write(*step) { 2 } else { 0 }),
        Operation::Authenticate
        | Operation::PrepareFulfillment { .. }
        | Operation::ReceiveMessages
        | Operation::AcknowledgeMessages { .. } => None,
    }
}

/// Bytes of a target: path, the pairs that every call carries, and a few more.
const TARGET: usize = 384;

/// A call to be signed. Pairs are sorted when it is sent.
pub(super) struct Call<'a> {
    path: Vec<u8>,
    pairs: Vec<(&'static str, &'a [u8])>,
}

impl<'a> Call<'a> {
    pub(super) fn to(path: &str) -> Call<'a> {
        let mut target = Vec::with_capacity(TARGET);
        target.extend_from_slice(path.as_bytes());
        Call {
            path: target,
            pairs: Vec::with_capacity(8),
        }
    }

    /// `before` + id + `after`
    pub(super) fn about(before: &str, id: u64, after: &str) -> Call<'a> {
        let mut call = Call::to(before);
        json::integer(&mut call.path, id);
        call.path.extend_from_slice(after.as_bytes());
        call
    }

    pub(super) fn with(mut self, key: &'static str, value: &'a [u8]) -> Call<'a> {
        self.pairs.push((key, value));
        self
    }
}

impl TiktokShopConnector {
    /// A signed GET of the shop.
    pub(super) fn get(&self, now: Micros, call: Call<'_>) -> Request {
        self.signed(
            now,
            Method::GET,
            call.with("shop_cipher", self.shop_cipher.as_bytes()),
            None,
        )
    }

    /// A signed call of the shop with a JSON body.
    pub(super) fn send(
        &self,
        now: Micros,
        method: Method,
        call: Call<'_>,
        body: Vec<u8>,
    ) -> Request {
        let call = call.with("shop_cipher", self.shop_cipher.as_bytes());
        self.signed(now, method, call, Some(body))
    }

    /// Signs path, sorted pairs and body, and adds the time, the signature and the token. Calls of the shop carry its
    /// cipher already; a few others must not.
    pub(super) fn signed(
        &self,
        now: Micros,
        method: Method,
        call: Call<'_>,
        body: Option<Vec<u8>>,
    ) -> Request {
        let mut digits = itoa::Buffer::new();
        let timestamp = digits.format(self.epoch.unix_secs(now)).as_bytes();
        let mut pairs: Vec<(&str, &[u8])> = Vec::with_capacity(call.pairs.len() + 2);
        pairs.extend(call.pairs);
        pairs.push(("app_key", self.app_key.as_bytes()));
        pairs.push(("timestamp", timestamp));
        pairs.sort_by_key(|&(key, _)| key);

        let secret = self.app_secret.as_bytes();
        let body_bytes = body.as_deref().unwrap_or_default();
        let mut message = Vec::with_capacity(TARGET + body_bytes.len());
        message.extend_from_slice(secret);
        message.extend_from_slice(&call.path);
        for (key, value) in &pairs {
            message.extend_from_slice(key.as_bytes());
            message.extend_from_slice(value);
        }
        message.extend_from_slice(body_bytes);
        message.extend_from_slice(secret);
        let signature = self.signer.sign(&[&message]);

        let mut target = call.path;
        for (position, (key, value)) in pairs.iter().enumerate() {
            target.push(if position == 0 { b'?' } else { b'&' });
            target.extend_from_slice(key.as_bytes());
            target.push(b'=');
            push_escaped(&mut target, std::str::from_utf8(value).unwrap_or(""));
        }
        target.extend_from_slice(b"&sign=");
        hexadecimal::push(&mut target, &signature);

        let mut request = match body {
            Some(body) => exchange::json(method, uri(target), body),
            None => exchange::get(uri(target)),
        };
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static(SERVED_AT));
        if let Some(token) = &self.token {
            headers.insert(ACCESS_TOKEN, token.clone());
        }
        request
    }
}
