//! Webhook deliveries: raised by events, assembled when sent, signed, retried, given up (sheet sections 5.1 to 5.5).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::header::{HeaderName, HeaderValue};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use sha2::Sha256;

use crate::shopify::model::ids::write_uuid;
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::state::State;
use crate::shopify::model::subscriptions::Topic;
use crate::core::random::{hash_bytes, mix};
use crate::core::{DeliveryId, DeliveryOutcome, Fact, Micros, Output, Request, Stream};

const TOPIC: HeaderName = HeaderName::from_static("x-shopify-topic");
const SIGNATURE: HeaderName = HeaderName::from_static("x-shopify-hmac-sha256");
const SHOP_DOMAIN: HeaderName = HeaderName::from_static("x-shopify-shop-domain");
const VERSION: HeaderName = HeaderName::from_static("x-shopify-api-version");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("x-shopify-webhook-id");
const EVENT_ID: HeaderName = HeaderName::from_static("x-shopify-event-id");
const TRIGGERED_AT: HeaderName = HeaderName::from_static("x-shopify-triggered-at");
const NAME: HeaderName = HeaderName::from_static("x-shopify-name");

/// Deliveries that wait for a retry, of all subscriptions together; what fails beyond them is not tried again. Shopify
/// names no figure.
const MOST_RETRYING: usize = 100_000;

/// What a delivery is about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An order.
    Order(u32),
    /// A stock level: listing and location.
    Level(u32, u16),
    /// A fulfillment.
    Fulfillment(u32),
    /// A refund.
    Refund(u32),
    /// A bulk operation.
    BulkOperation(u32),
}

impl Subject {
    fn key(self) -> u64 {
        match self {
            Subject::Order(at) => mix(1, u64::from(at)),
            Subject::Level(listing, location) => {
                mix(2, u64::from(listing) << 16 | u64::from(location))
            }
            Subject::Fulfillment(at) => mix(3, u64::from(at)),
            Subject::Refund(at) => mix(4, u64::from(at)),
            Subject::BulkOperation(at) => mix(5, u64::from(at)),
        }
    }
}

/// One delivery to one subscription, over all its attempts.
#[derive(Debug)]
struct Delivery {
    subscription: u32,
    topic: Topic,
    subject: Subject,
    triggered_at: Micros,
    event: u64,
    /// Its number; two copies of a duplicated delivery share it.
    webhook: u64,
    retries: usize,
    /// The payload, once it has been assembled.
    body: Vec<u8>,
    signature: Option<HeaderValue>,
}

/// Deliveries waiting and under way.
pub struct Signals {
    hmac: Hmac<Sha256>,
    domain: HeaderValue,
    deliveries: Vec<Option<Delivery>>,
    free: Vec<u32>,
    waiting: BinaryHeap<Reverse<(Micros, u64, u32)>>,
    in_flight: IndexMap<u64, u32, FxBuildHasher>,
    /// How many deliveries wait for a retry.
    retrying: usize,
    sequence: u64,
    webhooks: u64,
    events: u64,
    attempts: u64,
    draws: u64,
    salt: u64,
}

impl Signals {
    /// Nothing raised yet. `draws` keys the latencies and faults, `salt` colours the ids.
    pub fn new(secret: &str, domain: &str, draws: u64, salt: u64) -> Signals {
        Signals {
            hmac: Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"),
            domain: HeaderValue::from_str(domain).unwrap_or(HeaderValue::from_static("invalid")),
            deliveries: Vec::new(),
            free: Vec::new(),
            waiting: BinaryHeap::new(),
            in_flight: IndexMap::default(),
            retrying: 0,
            sequence: 0,
            webhooks: 0,
            events: 0,
            attempts: 0,
            draws,
            salt,
        }
    }

    /// The number of a new event: one act of a buyer, of the staff or of the API.
    pub fn new_event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }

    /// When the next delivery is due.
    pub fn next_due(&self) -> Option<Micros> {
        self.waiting.peek().map(|Reverse((at, ..))| *at)
    }

    /// Raises a topic to every subscription of it. Returns when the last of the deliveries leaves, `now` when there
    /// is none.
    pub fn raise(
        &mut self,
        state: &State,
        now: Micros,
        event: u64,
        topic: Topic,
        subject: Subject,
        not_before: Micros,
    ) -> Micros {
        let mut last = now;
        for (position, subscription) in state.subscriptions.iter().enumerate() {
            if !subscription.is_alive
                || subscription.topic != Some(topic)
                || subscription.target.is_none()
            {
                continue;
            }
            self.webhooks += 1;
            let webhook = self.webhooks;
            let mut stream = Stream::new(self.draws, webhook);
            let rules = &state.profile.webhooks;
            let faults = &state.profile.faults;
            if stream.chance(faults.drop) {
                continue;
            }
            let is_duplicated = stream.chance(faults.duplicate);
            let at = (now + rules.latency.draw(&mut stream)).max(not_before);
            last = last.max(at);
            let copies = if is_duplicated { 2 } else { 1 };
            for copy in 0..copies {
                let extra = if copy == 0 {
                    Micros::ZERO
                } else {
                    faults.duplicate_delay.draw(&mut stream)
                };
                let slot = self.store(Delivery {
                    subscription: position as u32,
                    topic,
                    subject,
                    triggered_at: now,
                    event,
                    webhook,
                    retries: 0,
                    body: Vec::new(),
                    signature: None,
                });
                self.wait(at + extra, slot);
            }
        }
        last
    }

    /// Raises what a checkout raises about its order. Now and then the update overtakes the creation.
    pub fn raise_checkout(&mut self, state: &State, now: Micros, event: u64, order: u32) {
        let subject = Subject::Order(order);
        let mut updated = now;
        for _ in 0..state.profile.webhooks.updates_per_checkout {
            updated =
                updated.max(self.raise(state, now, event, Topic::OrdersUpdated, subject, now));
        }
        let faults = &state.profile.faults;
        let mut stream = Stream::new(mix(self.draws, 1), u64::from(order));
        let not_before = if stream.chance(faults.update_before_create) {
            updated + faults.update_before_create_gap.draw(&mut stream)
        } else {
            now
        };
        self.raise(state, now, event, Topic::OrdersCreate, subject, not_before);
        self.raise(state, now, event, Topic::OrdersPaid, subject, now);
    }

    fn store(&mut self, delivery: Delivery) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.deliveries[slot as usize] = Some(delivery);
                slot
            }
            None => {
                self.deliveries.push(Some(delivery));
                (self.deliveries.len() - 1) as u32
            }
        }
    }

    fn wait(&mut self, at: Micros, slot: u32) {
        self.sequence += 1;
        self.waiting.push(Reverse((at, self.sequence, slot)));
    }

    fn drop_delivery(&mut self, slot: u32) {
        self.deliveries[slot as usize] = None;
        self.free.push(slot);
    }

    /// Takes the next delivery due at `now`; `Some(None)` when it came to nothing.
    pub fn send_due(&mut self, state: &mut State, now: Micros) -> Option<Option<Output<Fact>>> {
        let Reverse((at, _, slot)) = *self.waiting.peek()?;
        if at > now {
            return None;
        }
        self.waiting.pop();
        Some(self.send(state, slot))
    }

    fn send(&mut self, state: &mut State, slot: u32) -> Option<Output<Fact>> {
        let delivery = self.deliveries[slot as usize].as_mut()?;
        if delivery.retries > 0 {
            self.retrying -= 1;
        }
        let subscription = &state.subscriptions[delivery.subscription as usize];
        let target = subscription
            .target
            .clone()
            .filter(|_| subscription.is_alive);
        let Some(target) = target else {
            self.drop_delivery(slot);
            return None;
        };
        if delivery.signature.is_none() {
            let filter = &subscription.filter_plan;
            let payloads = Payloads { state };
            // Most orders have one or two lines; the buffer then never grows.
            let mut body = Vec::with_capacity(if filter.is_open() { 5_120 } else { 512 });
            match delivery.subject {
                Subject::Order(at) => payloads.order(at, filter, &mut body),
                Subject::Level(listing, location) => {
                    payloads.level(listing, location, filter, &mut body)
                }
                Subject::Fulfillment(at) => payloads.fulfillment(at, filter, &mut body),
                Subject::Refund(at) => payloads.refund(at, filter, &mut body),
                Subject::BulkOperation(at) => payloads.bulk_operation(at, filter, &mut body),
            }
            if !filter.is_open() && state.profile.webhooks.drop_repeated_filtered_payloads {
                let hash = hash_bytes(&body);
                let subject = delivery.subject.key();
                let subscription = &mut state.subscriptions[delivery.subscription as usize];
                // A duplicated delivery is a fault of transport; only repeated events are compared.
                let last = subscription
                    .last_payloads
                    .insert(subject, (hash, delivery.webhook));
                if last.is_some_and(|(known, by)| known == hash && by != delivery.webhook) {
                    self.drop_delivery(slot);
                    return None;
                }
            }
            let mut mac = self.hmac.clone();
            mac.update(&body);
            let signature = STANDARD.encode(mac.finalize().into_bytes());
            delivery.signature = HeaderValue::from_str(&signature).ok();
            delivery.body = body;
        }
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
        self.attempts += 1;
        self.in_flight.insert(self.attempts, slot);
        Some(Output::Delivery {
            id: DeliveryId(self.attempts),
            patience: state.profile.webhooks.patience,
            request,
        })
    }

    /// An attempt has ended. Returns the subscription that was removed by it.
    pub fn ended(
        &mut self,
        state: &mut State,
        now: Micros,
        attempt: DeliveryId,
        outcome: DeliveryOutcome,
    ) -> Option<Topic> {
        let slot = self.in_flight.swap_remove(&attempt.0)?;
        let delivery = self.deliveries[slot as usize].as_mut()?;
        if matches!(outcome, DeliveryOutcome::Answered(200..=299)) {
            self.drop_delivery(slot);
            return None;
        }
        let rules = &state.profile.webhooks;
        if let Some(wait) = rules.retry_waits.get(delivery.retries) {
            if self.retrying == MOST_RETRYING {
                self.drop_delivery(slot);
                return None;
            }
            self.retrying += 1;
            delivery.retries += 1;
            // It may lie for hours.
            delivery.body.shrink_to_fit();
            let wait = Micros::from_secs_f64(wait.as_secs_f64() * rules.retry_time_scale);
            self.wait(now + wait, slot);
            return None;
        }
        let topic = delivery.topic;
        let subscription = &mut state.subscriptions[delivery.subscription as usize];
        let was_alive = std::mem::replace(&mut subscription.is_alive, false);
        self.drop_delivery(slot);
        was_alive.then_some(topic)
    }
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
