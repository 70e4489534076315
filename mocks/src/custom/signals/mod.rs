//! Webhooks going out: delays, duplicates, losses, retries (docs/custom.md 5).

mod body;
pub(crate) mod signature;

use std::collections::VecDeque;

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method};

use crate::core::random::mix;
use crate::core::{
    DeliveryId, DeliveryOutcome, Fact, FaultCounts, Micros, Output, Request, Stall, Stream, Telling,
};

use super::shop::ShopState;
use super::shop::events::Event;
use super::shop::timers::Due;
use signature::{SIGNATURE, Signer};

/// Where deliveries leave.
type Outputs = VecDeque<Output<Fact>>;

const TOPIC: HeaderName = HeaderName::from_static("x-topic");
const DELIVERY: HeaderName = HeaderName::from_static("x-delivery");

#[derive(Clone, Debug)]
struct Delivery {
    event: Event,
    subscription: u32,
    /// Number of the event, shared by its duplicates and by all who are told of it.
    number: u64,
    created_at: Micros,
    attempts: u32,
    /// Distinguishes the attempts that have used this slot.
    generation: u32,
    in_flight: bool,
}

/// Deliveries that wait for a retry; what fails beyond them is not tried again.
const MOST_RETRYING: usize = 100_000;

/// What tells the draws of reordering and of signatures from those of delays.
const REORDER: u64 = 1;
const WRONG: u64 = 2;

#[derive(Debug)]
pub(crate) struct Signals {
    key: u64,
    pub(crate) signer: Signer,
    deliveries: Vec<Delivery>,
    free: Vec<u32>,
    /// How many deliveries wait for a retry.
    retrying: usize,
    events: u64,
    /// Deliveries planned so far; keys their draws.
    planned: u64,
    /// When the latest event leaves, where events keep their order.
    last_leaves_at: Micros,
    /// Tries so far, of all deliveries.
    tries: u64,
    pub(crate) faults: FaultCounts,
}

impl Signals {
    /// Draws by this key and signs with this secret.
    pub(crate) fn new(key: u64, webhook_secret: &str) -> Signals {
        Signals {
            key,
            signer: Signer::new(webhook_secret),
            deliveries: Vec::new(),
            free: Vec::new(),
            retrying: 0,
            events: 0,
            planned: 0,
            last_leaves_at: Micros::ZERO,
            tries: 0,
            faults: FaultCounts::default(),
        }
    }

    fn hold(&mut self, delivery: Delivery) -> u32 {
        match self.free.pop() {
            Some(index) => {
                let slot = &mut self.deliveries[index as usize];
                *slot = Delivery {
                    generation: slot.generation,
                    ..delivery
                };
                index
            }
            None => {
                self.deliveries.push(delivery);
                self.deliveries.len() as u32 - 1
            }
        }
    }

    /// Sends an event to all who listen, to each after a delay of its own, perhaps twice, perhaps never.
    pub(crate) fn raise(
        &mut self,
        now: Micros,
        event: Event,
        shop: &mut ShopState,
        outputs: &mut Outputs,
    ) {
        self.events += 1;
        for subscription in shop.subscriptions.listeners(event) {
            let delivery = Delivery {
                event,
                subscription,
                number: self.events,
                created_at: now,
                attempts: 0,
                generation: 0,
                in_flight: false,
            };
            self.plan(now, delivery, shop, outputs);
        }
    }

    fn plan(
        &mut self,
        now: Micros,
        delivery: Delivery,
        shop: &mut ShopState,
        outputs: &mut Outputs,
    ) {
        self.planned += 1;
        let webhooks = &shop.profile.webhooks;
        let mut stream = Stream::new(self.key, self.planned);
        let dropped = stream.chance(webhooks.drop_share);
        let duplicated = stream.chance(webhooks.duplicate_share);
        let delays = [
            (!dropped).then(|| webhooks.delay.draw(&mut stream)),
            duplicated.then(|| {
                webhooks.delay.draw(&mut stream) + webhooks.duplicate_delay.draw(&mut stream)
            }),
        ];
        let faults = &mut self.faults;
        faults
            .dropped_signal
            .offer_if(webhooks.drop_share > 0.0, dropped);
        faults
            .duplicated_signal
            .offer_if(webhooks.duplicate_share > 0.0, duplicated);
        let mut held_back = None;
        if webhooks.reorder_share > 0.0 {
            let mut stream = Stream::new(mix(self.key, REORDER), self.planned);
            if stream.chance(webhooks.reorder_share) {
                held_back = Some(webhooks.reorder_delay.draw(&mut stream));
            }
            faults.reordered_signal.offer(held_back.is_some());
        }
        for delay in delays.into_iter().flatten() {
            let webhooks = &shop.profile.webhooks;
            let leaves_at = now + delay + held_back.unwrap_or(Micros::ZERO);
            let mut at = Stall::after(&webhooks.stalls, leaves_at);
            if webhooks.in_order && held_back.is_none() {
                at = at.max(self.last_leaves_at);
                self.last_leaves_at = at;
            }
            if let Some(base) = &shop.laid_over {
                let usual = base.webhooks.delay.upper_bound();
                self.faults.late_signal.offer(at > now + usual);
            }
            let index = self.hold(delivery.clone());
            if at <= now {
                self.send(index, shop, outputs);
            } else {
                shop.timers.set(at, Due::Send(index));
            }
        }
    }

    /// Makes one attempt. Without its subscription the event is lost.
    pub(crate) fn send(&mut self, index: u32, shop: &ShopState, outputs: &mut Outputs) {
        let delivery = &mut self.deliveries[index as usize];
        if delivery.attempts > 0 {
            self.retrying -= 1;
        }
        let Some(subscription) = shop.subscriptions.with_id(delivery.subscription) else {
            self.free.push(index);
            return;
        };
        let (mut body, telling) = (Vec::with_capacity(512), Telling::default());
        let number = delivery.number;
        body::write(
            &mut body,
            shop,
            delivery.event,
            number,
            delivery.created_at,
            &telling,
        );
        self.tries += 1;
        let wrong = shop.profile.webhooks.wrong_signature_share;
        let wrongly_signed =
            wrong > 0.0 && Stream::new(mix(self.key, WRONG), self.tries).chance(wrong);
        self.faults
            .wrongly_signed_signal
            .offer_if(wrong > 0.0, wrongly_signed);
        let signature = self.signer.header(if wrongly_signed { b"" } else { &body });
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = subscription.uri.clone();
        if !wrongly_signed {
            telling.take().attach(request.extensions_mut());
        }
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let topic = HeaderValue::from_static(delivery.event.topic().name());
        headers.insert(TOPIC, topic);
        headers.insert(DELIVERY, HeaderValue::from(number));
        headers.insert(SIGNATURE, signature);
        delivery.attempts += 1;
        delivery.generation = delivery.generation.wrapping_add(1);
        delivery.in_flight = true;
        let id = DeliveryId(u64::from(delivery.generation) << 32 | u64::from(index));
        outputs.push_back(Output::Delivery {
            id,
            patience: shop.profile.webhooks.patience,
            request,
        });
    }

    /// Takes the end of an attempt: any 2xx counts; anything else is tried again until the retries are used up.
    pub(crate) fn delivered(
        &mut self,
        now: Micros,
        id: DeliveryId,
        outcome: DeliveryOutcome,
        shop: &mut ShopState,
    ) {
        let index = id.0 as u32;
        let Some(delivery) = self.deliveries.get_mut(index as usize) else {
            return;
        };
        if !delivery.in_flight || u64::from(delivery.generation) != id.0 >> 32 {
            return;
        }
        delivery.in_flight = false;
        let webhooks = &shop.profile.webhooks;
        let retry = webhooks.retries.get(delivery.attempts as usize - 1);
        match (outcome, retry) {
            (DeliveryOutcome::Answered(200..=299), _) | (_, None) => self.free.push(index),
            _ if self.retrying == MOST_RETRYING => self.free.push(index),
            (_, Some(delay)) => {
                self.retrying += 1;
                let at = Stall::after(&webhooks.stalls, now + *delay);
                shop.timers.set(at, Due::Send(index));
            }
        }
    }
}
