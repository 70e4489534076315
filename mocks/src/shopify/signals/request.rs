//! The request that carries a delivery (docs/platforms/shopify.md 5.1 and 5.2).

use http::header::{HeaderName, HeaderValue};

use crate::core::random::mix;
use crate::core::{Micros, Request, Tells};
use crate::shopify::model::ids::write_uuid;
use crate::shopify::model::state::State;
use crate::shopify::model::subscriptions::Topic;
use crate::shopify::shop::notices::Subject;

const TOPIC: HeaderName = HeaderName::from_static("x-shopify-topic");
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("x-shopify-hmac-sha256");
const SHOP_DOMAIN: HeaderName = HeaderName::from_static("x-shopify-shop-domain");
const VERSION: HeaderName = HeaderName::from_static("x-shopify-api-version");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("x-shopify-webhook-id");
const EVENT_ID: HeaderName = HeaderName::from_static("x-shopify-event-id");
const TRIGGERED_AT: HeaderName = HeaderName::from_static("x-shopify-triggered-at");
const NAME: HeaderName = HeaderName::from_static("x-shopify-name");

/// One delivery to one subscription, over all its attempts.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(crate) subscription: u32,
    pub(crate) topic: Topic,
    pub(crate) subject: Subject,
    pub(crate) triggered_at: Micros,
    pub(crate) event: u64,
    /// Its number; two copies of a duplicated delivery share it.
    pub(crate) webhook: u64,
    /// The payload, once it has been assembled.
    pub(crate) body: Vec<u8>,
    pub(crate) signature: Option<HeaderValue>,
    /// What the payload tells.
    pub(crate) tells: Tells,
}

/// What the headers of all deliveries share.
pub(super) struct Headers {
    domain: HeaderValue,
    salt: u64,
}

impl Headers {
    /// For a shop of this domain; `salt` colours the ids.
    pub(crate) fn new(domain: &str, salt: u64) -> Headers {
        Headers {
            domain: HeaderValue::from_str(domain).unwrap_or(HeaderValue::from_static("invalid")),
            salt,
        }
    }

    /// The request of a delivery whose payload has been assembled.
    pub(crate) fn request(&self, state: &State, delivery: &Delivery, target: http::Uri) -> Request {
        let subscription = &state.subscriptions[delivery.subscription as usize];
        let mut request = Request::new(delivery.body.clone());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = target;
        let headers = request.headers_mut();
        headers.reserve(12);
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(
            http::header::USER_AGENT,
            HeaderValue::from_static("Shopify-Captain-Hook"),
        );
        headers.insert(TOPIC, HeaderValue::from_static(delivery.topic.header()));
        if let Some(signature) = &delivery.signature {
            headers.insert(SIGNATURE, signature.clone());
        }
        headers.insert(SHOP_DOMAIN, self.domain.clone());
        if let Ok(version) = HeaderValue::from_str(&subscription.version) {
            headers.insert(VERSION, version);
        }
        let uuid = |salt: u64, number: u64| {
            let mut text = Vec::with_capacity(36);
            write_uuid(salt, number, &mut text);
            HeaderValue::from_bytes(&text).ok()
        };
        if let Some(id) = uuid(self.salt, delivery.webhook) {
            headers.insert(WEBHOOK_ID, id);
        }
        if let Some(id) = uuid(mix(self.salt, 1), delivery.event) {
            headers.insert(EVENT_ID, id);
        }
        if let Ok(at) = HeaderValue::from_bytes(&triggered_at(state, delivery.triggered_at)) {
            headers.insert(TRIGGERED_AT, at);
        }
        if let Some(name) = subscription
            .name
            .as_ref()
            .and_then(|name| HeaderValue::from_str(name).ok())
        {
            headers.insert(NAME, name);
        }
        delivery.tells.clone().attach(request.extensions_mut());
        request
    }
}

/// Gives a request a signature that is not its body's. To whoever checks it the request tells nothing.
pub(super) fn sign_wrongly(request: &mut Request, signature: HeaderValue) {
    request.headers_mut().insert(SIGNATURE, signature);
    Tells::detach(request.extensions_mut());
}

/// `2026-11-20T13:05:11.234647000Z`: the platform shows nanoseconds.
fn triggered_at(state: &State, at: Micros) -> Vec<u8> {
    let mut text = Vec::with_capacity(32);
    state.shop.epoch.write_millis_utc(at, &mut text);
    text.pop();
    let micros = state
        .shop
        .epoch
        .unix_micros
        .saturating_add(at.0.min(i64::MAX as u64) as i64);
    let below = micros.rem_euclid(1_000) as u16;
    text.extend_from_slice(&[
        b'0' + (below / 100) as u8,
        b'0' + (below / 10 % 10) as u8,
        b'0' + (below % 10) as u8,
    ]);
    text.extend_from_slice(b"000Z");
    text
}
