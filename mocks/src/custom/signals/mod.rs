//! Webhooks going out: delays, duplicates, losses, retries (docs/custom.md 5).

mod body;
pub(crate) mod signature;

use std::collections::VecDeque;

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method};

use crate::core::deliveries::{Deliveries, Ended};
use crate::core::departures::Departures;
use crate::core::{
    DeliveryId, DeliveryOutcome, Fact, FaultCounts, Micros, Output, Request, Stall, Telling,
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
}

#[derive(Debug)]
pub(crate) struct Signals {
    pub(crate) signer: Signer,
    deliveries: Deliveries<Delivery>,
    departures: Departures,
    events: u64,
    pub(crate) faults: FaultCounts,
}

impl Signals {
    /// Draws by this key and signs with this secret.
    pub(crate) fn new(key: u64, webhook_secret: &str) -> Signals {
        Signals {
            signer: Signer::new(webhook_secret),
            deliveries: Deliveries::new(),
            departures: Departures::new(key),
            events: 0,
            faults: FaultCounts::default(),
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
        let rules = shop.profile.webhooks.departures();
        let usual = shop.laid_over.as_ref().map(|base| &base.webhooks.delay);
        let departures = self.departures.plan(now, rules, usual, &mut self.faults);
        for at in departures.into_iter().flatten() {
            let slot = self.deliveries.hold(delivery.clone());
            if at <= now {
                self.send(slot, shop, outputs);
            } else {
                shop.timers.set(at, Due::Send(slot));
            }
        }
    }

    /// Makes one attempt. Without its subscription the event is lost.
    pub(crate) fn send(&mut self, slot: u32, shop: &ShopState, outputs: &mut Outputs) {
        let Some(delivery) = self.deliveries.take_up(slot) else {
            return;
        };
        let Some(subscription) = shop.subscriptions.with_id(delivery.subscription) else {
            self.deliveries.release(slot);
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
        let webhooks = &shop.profile.webhooks;
        let wrong = webhooks.wrong_signature_share;
        let wrongly_signed = self.departures.is_wrongly_signed(wrong, &mut self.faults);
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
        outputs.push_back(Output::Delivery {
            id: self.deliveries.attempt(slot),
            patience: webhooks.patience,
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
        let webhooks = &shop.profile.webhooks;
        let is_taken = |status| matches!(status, 200..=299);
        let ended = self
            .deliveries
            .ended(id, outcome, is_taken, &webhooks.retries);
        if let Ended::Retry { slot, delay } = ended {
            let at = Stall::after(&webhooks.stalls, now + delay);
            shop.timers.set(at, Due::Send(slot));
        }
    }
}
