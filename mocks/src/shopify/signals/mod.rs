//! Webhook deliveries: raised by events, assembled when sent, signed, retried, given up (docs/platforms/shopify.md 5.1 to 5.5).

mod request;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::header::HeaderValue;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use sha2::Sha256;

use crate::core::deliveries::{Deliveries, Ended};
use crate::core::random::{hash_bytes, mix};
use crate::core::timers::Timers;
use crate::core::{
    DeliveryId, DeliveryOutcome, Fact, FaultCounts, Micros, Output, Request, Stall, Stream, Tells,
};
use crate::shopify::model::payload::Payloads;
use crate::shopify::model::state::State;
use crate::shopify::model::subscriptions::Topic;
use crate::shopify::shop::notices::{Notice, Subject};
pub(crate) use request::SIGNATURE as SIGNATURE_HEADER;
use request::{Delivery, Headers};

/// The value of the signature header for a body.
fn signature(keyed: &Hmac<Sha256>, body: &[u8]) -> Option<HeaderValue> {
    let mut mac = keyed.clone();
    mac.update(body);
    HeaderValue::try_from(STANDARD.encode(mac.finalize().into_bytes())).ok()
}

/// Deliveries, and when each that waits is due.
pub(crate) struct Signals {
    hmac: Hmac<Sha256>,
    headers: Headers,
    deliveries: Deliveries<Delivery>,
    /// Slots of the deliveries that wait.
    waiting: Timers<u32>,
    webhooks: u64,
    /// When the last update of the order that was checked out last leaves.
    last_update: Option<(u32, Micros)>,
    /// Tries so far, of all deliveries; keys the draws of their signatures.
    attempts: u64,
    /// Tries under way by their numbers, which are their ids outside: traces name them.
    in_flight: IndexMap<u64, DeliveryId, FxBuildHasher>,
    draws: u64,
    pub(crate) faults: FaultCounts,
}

/// What tells the draws of reordering and of signatures from those of latencies; 1 is that of updates before creations.
const REORDER: u64 = 2;
const WRONG_SIGNATURE: u64 = 3;

impl Signals {
    /// Nothing raised yet. `draws` keys the latencies and faults, `salt` colours the ids.
    pub(crate) fn new(secret: &str, domain: &str, draws: u64, salt: u64) -> Signals {
        Signals {
            hmac: Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"),
            headers: Headers::new(domain, salt),
            deliveries: Deliveries::new(),
            waiting: Timers::default(),
            webhooks: 0,
            last_update: None,
            attempts: 0,
            in_flight: IndexMap::default(),
            draws,
            faults: FaultCounts::default(),
        }
    }

    /// Signs a delivery whose body was changed after it had left.
    pub(crate) fn sign(&self, delivery: &mut Request) {
        if let Some(signature) = signature(&self.hmac, delivery.body()) {
            delivery.headers_mut().insert(SIGNATURE_HEADER, signature);
        }
    }

    /// When the next delivery is due.
    pub(crate) fn next_due(&self) -> Option<Micros> {
        self.waiting.peek().map(|(at, _)| at)
    }

    /// Takes a notice over: decides by draws when its delivery leaves, and whether it is lost or doubled. Of a checkout the
    /// update now and then overtakes the creation.
    pub(crate) fn accept(&mut self, state: &State, notice: &Notice) {
        let rules = &state.profile.webhooks;
        let faults = &state.profile.faults;
        let mut not_before = notice.at;
        if let (Subject::Order(order), Topic::OrdersCreate, true) =
            (notice.subject, notice.topic, notice.is_checkout)
        {
            let mut stream = Stream::new(mix(self.draws, 1), u64::from(order));
            if stream.chance(faults.update_before_create) {
                let updated = match self.last_update {
                    Some((of, at)) if of == order => at,
                    _ => notice.at,
                };
                not_before = updated + faults.update_before_create_gap.draw(&mut stream);
            }
        }
        self.webhooks += 1;
        let webhook = self.webhooks;
        let mut stream = Stream::new(self.draws, webhook);
        let is_dropped = stream.chance(faults.drop);
        let counts = &mut self.faults;
        counts
            .dropped_signal
            .offer_if(faults.drop > 0.0, is_dropped);
        if is_dropped {
            return;
        }
        let is_duplicated = stream.chance(faults.duplicate);
        counts
            .duplicated_signal
            .offer_if(faults.duplicate > 0.0, is_duplicated);
        let mut at = (notice.at + rules.latency.draw(&mut stream)).max(not_before);
        if faults.reorder > 0.0 {
            let mut stream = Stream::new(mix(self.draws, REORDER), webhook);
            let is_held_back = stream.chance(faults.reorder);
            counts.reordered_signal.offer(is_held_back);
            if is_held_back {
                at += faults.reorder_delay.draw(&mut stream);
            }
        }
        at = Stall::after(&rules.stalls, at);
        if let Some(base) = &state.laid_over {
            let usual = base.webhooks.latency.usually_within();
            counts.late_signal.offer(at > notice.at + usual);
        }
        if let (Subject::Order(order), Topic::OrdersUpdated, true) =
            (notice.subject, notice.topic, notice.is_checkout)
        {
            let before = self.last_update.filter(|(of, _)| *of == order);
            let last = before.map_or(at, |(_, before)| before.max(at));
            self.last_update = Some((order, last));
        }
        let copies = if is_duplicated { 2 } else { 1 };
        for copy in 0..copies {
            let extra = if copy == 0 {
                Micros::ZERO
            } else {
                faults.duplicate_delay.draw(&mut stream)
            };
            let slot = self.deliveries.hold(Delivery {
                subscription: notice.subscription,
                topic: notice.topic,
                subject: notice.subject,
                triggered_at: notice.at,
                event: notice.event,
                webhook,
                body: Vec::new(),
                signature: None,
                tells: Tells::default(),
            });
            self.waiting.set(at + extra, slot);
        }
    }

    /// Takes the next delivery due at `now`; `Some(None)` when it came to nothing.
    pub(crate) fn send_due(
        &mut self,
        state: &mut State,
        now: Micros,
    ) -> Option<Option<Output<Fact>>> {
        let (at, slot) = self.waiting.peek()?;
        if at > now {
            return None;
        }
        self.waiting.pop();
        Some(self.send(state, slot))
    }

    fn send(&mut self, state: &mut State, slot: u32) -> Option<Output<Fact>> {
        let delivery = self.deliveries.take_up(slot)?;
        let subscription = &state.subscriptions[delivery.subscription as usize];
        let target = subscription
            .target
            .clone()
            .filter(|_| subscription.is_alive);
        let Some(target) = target else {
            self.deliveries.release(slot);
            return None;
        };
        if delivery.signature.is_none() {
            let filter = &subscription.filter_plan;
            let payloads = Payloads { state };
            // Most orders have one or two lines; the buffer then never grows.
            let mut body = Vec::with_capacity(if filter.is_open() { 5_120 } else { 512 });
            match delivery.subject {
                Subject::Order(at) if delivery.topic == Topic::OrdersDelete => {
                    payloads.deleted_order(at, &mut body);
                }
                Subject::Product(at) if delivery.topic == Topic::ProductsDelete => {
                    payloads.deleted_product(at, &mut body);
                }
                Subject::Order(at) => payloads.order(at, filter, &mut body),
                Subject::Level(listing, location) => {
                    payloads.level(listing, location, filter, &mut body)
                }
                Subject::Fulfillment(at) => payloads.fulfillment(at, filter, &mut body),
                Subject::Refund(at) => payloads.refund(at, filter, &mut body),
                Subject::Product(at) => payloads.product(at, filter, &mut body),
                Subject::Edit(at) => payloads.edit(at, filter, &mut body),
                Subject::BulkOperation(at) => payloads.bulk_operation(at, filter, &mut body),
            }
            delivery.tells = state.telling.take();
            if !filter.is_open() && state.profile.webhooks.drop_repeated_filtered_payloads {
                let hash = hash_bytes(&body);
                let subject = key_of(delivery.subject);
                let subscription = &mut state.subscriptions[delivery.subscription as usize];
                // A duplicated delivery is a fault of transport; only repeated events are compared.
                let last = subscription
                    .last_payloads
                    .insert(subject, (hash, delivery.webhook));
                if last.is_some_and(|(known, by)| known == hash && by != delivery.webhook) {
                    self.deliveries.release(slot);
                    return None;
                }
            }
            delivery.signature = signature(&self.hmac, &body);
            delivery.body = body;
        }
        let mut request = self.headers.request(state, delivery, target);
        self.attempts += 1;
        let wrong = state.profile.webhooks.wrong_signature_share;
        if wrong > 0.0 {
            let mut stream = Stream::new(mix(self.draws, WRONG_SIGNATURE), self.attempts);
            let is_wrong = stream.chance(wrong);
            self.faults.wrongly_signed_signal.offer(is_wrong);
            if is_wrong {
                let nothing = STANDARD.encode(self.hmac.clone().finalize().into_bytes());
                if let Ok(signature) = HeaderValue::from_str(&nothing) {
                    request::sign_wrongly(&mut request, signature);
                }
            }
        }
        self.in_flight
            .insert(self.attempts, self.deliveries.attempt(slot));
        Some(Output::Delivery {
            id: DeliveryId(self.attempts),
            patience: state.profile.webhooks.patience,
            request,
        })
    }

    /// An attempt has ended. Returns the subscription that was removed by it.
    pub(crate) fn ended(
        &mut self,
        state: &mut State,
        now: Micros,
        attempt: DeliveryId,
        outcome: DeliveryOutcome,
    ) -> Option<Topic> {
        let attempt = self.in_flight.swap_remove(&attempt.0)?;
        let rules = &state.profile.webhooks;
        let is_taken = |status| matches!(status, 200..=299);
        let waits = &rules.retry_waits;
        match self.deliveries.ended(attempt, outcome, is_taken, waits) {
            Ended::Over => None,
            Ended::Retry { slot, delay } => {
                if let Some(delivery) = self.deliveries.get_mut(slot) {
                    // It may lie for hours.
                    delivery.body.shrink_to_fit();
                }
                let wait = Micros::from_secs_f64(delay.as_secs_f64() * rules.retry_time_scale);
                self.waiting.set(now + wait, slot);
                None
            }
            Ended::Lost(delivery) => {
                let subscription = &mut state.subscriptions[delivery.subscription as usize];
                let was_alive = std::mem::replace(&mut subscription.is_alive, false);
                was_alive.then_some(delivery.topic)
            }
        }
    }
}

/// Under what a subscription remembers the last payload about a subject.
fn key_of(subject: Subject) -> u64 {
    match subject {
        Subject::Order(at) => mix(1, u64::from(at)),
        Subject::Level(listing, location) => mix(2, u64::from(listing) << 16 | u64::from(location)),
        Subject::Fulfillment(at) => mix(3, u64::from(at)),
        Subject::Refund(at) => mix(4, u64::from(at)),
        Subject::BulkOperation(at) => mix(5, u64::from(at)),
        Subject::Edit(at) => mix(6, u64::from(at)),
        Subject::Product(at) => mix(7, u64::from(at)),
    }
}
