//! Webhooks going out: delays, duplicates, losses, retries (docs/platforms/tiktok_shop.md 6).

mod body;

use std::collections::VecDeque;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};

use crate::core::deliveries::{Deliveries, Ended};
use crate::core::departures::Departures;
use crate::core::{
    DeliveryId, DeliveryOutcome, Fact, FaultCounts, Micros, OrderRef, Output, Request, Stall,
    Tells, Told,
};

use super::model::orders::Status;
use super::profile::RetryFrom;
use super::shop::ShopState;
use super::shop::events::Event;
use super::shop::timers::Due;

/// Where deliveries leave.
type Outputs = VecDeque<Output<Fact>>;

#[derive(Debug)]
struct Delivery {
    event: Event,
    /// Number of the event, shared by its duplicates: the notification id.
    number: u64,
    created_at: Micros,
    first_sent_at: Option<Micros>,
}

#[derive(Debug)]
pub(crate) struct Signals {
    deliveries: Deliveries<Delivery>,
    departures: Departures,
    events: u64,
    pub(crate) faults: FaultCounts,
}

impl Signals {
    /// Draws by this key.
    pub(crate) fn new(key: u64) -> Signals {
        Signals {
            deliveries: Deliveries::new(),
            departures: Departures::new(key),
            events: 0,
            faults: FaultCounts::default(),
        }
    }

    /// Sends an event to its listener after the profile's delay, perhaps twice, perhaps never.
    pub(crate) fn raise(
        &mut self,
        now: Micros,
        event: Event,
        shop: &mut ShopState,
        outputs: &mut Outputs,
    ) {
        if let Event::OrderStatus { status, .. } = event
            && status.webhook_name().is_none()
        {
            return;
        }
        self.events += 1;
        let rules = shop.profile.webhooks.departures();
        let usual = shop.laid_over.as_ref().map(|base| &base.webhooks.delay);
        let departures = self.departures.plan(now, rules, usual, &mut self.faults);
        for at in departures.into_iter().flatten() {
            let slot = self.deliveries.hold(Delivery {
                event,
                number: self.events,
                created_at: now,
                first_sent_at: None,
            });
            if at <= now {
                self.send(now, slot, shop, outputs);
            } else {
                shop.timers.set(at, Due::Send(slot));
            }
        }
    }

    /// Makes one attempt. The address is the one registered now; without one the event is lost.
    pub(crate) fn send(&mut self, now: Micros, slot: u32, shop: &ShopState, outputs: &mut Outputs) {
        let Some(delivery) = self.deliveries.take_up(slot) else {
            return;
        };
        let Some(subscription) = shop.subscriptions.listener(&delivery.event) else {
            self.deliveries.release(slot);
            return;
        };
        delivery.first_sent_at.get_or_insert(now);
        let mut body = Vec::with_capacity(256);
        body::write(
            &mut body,
            shop,
            &delivery.event,
            delivery.number,
            delivery.created_at,
        );
        let webhooks = &shop.profile.webhooks;
        let wrong = webhooks.wrong_signature_share;
        let wrongly_signed = self.departures.is_wrongly_signed(wrong, &mut self.faults);
        let signed: &[u8] = if wrongly_signed { b"" } else { &body };
        let signature = shop.access.signer.delivery(signed);
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = subscription.uri.clone();
        if !wrongly_signed {
            tells(&delivery.event).attach(request.extensions_mut());
        }
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_bytes(&signature).expect("hexadecimal digits make a header"),
        );
        outputs.push_back(Output::Delivery {
            id: self.deliveries.attempt(slot),
            patience: webhooks.patience,
            request,
        });
    }

    /// Takes the end of an attempt: only a 200 counts; anything else is tried again until the retries are used up.
    pub(crate) fn delivered(
        &mut self,
        now: Micros,
        id: DeliveryId,
        outcome: DeliveryOutcome,
        shop: &mut ShopState,
    ) {
        let webhooks = &shop.profile.webhooks;
        let is_taken = |status| status == 200;
        let ended = self
            .deliveries
            .ended(id, outcome, is_taken, &webhooks.retries);
        let Ended::Retry { slot, delay } = ended else {
            return;
        };
        let delivery = self.deliveries.get_mut(slot);
        let first_sent_at = delivery.and_then(|delivery| delivery.first_sent_at);
        let at = match (webhooks.retry_from, first_sent_at) {
            (RetryFrom::First, Some(first)) => (first + delay).max(now),
            (RetryFrom::Previous, _) | (_, None) => now + delay,
        };
        let at = Stall::after(&webhooks.stalls, at);
        shop.timers.set(at, Due::Send(slot));
    }
}

/// What a webhook tells: it names no lines, so that a sale is news only to whoever asks for the order then.
fn tells(event: &Event) -> Tells {
    match event {
        Event::OrderStatus {
            order,
            status: Status::Cancelled,
            ..
        } => Tells(vec![Told::Cancellation(OrderRef(*order))]),
        Event::OrderStatus { order, .. } => Tells(vec![Told::Named(OrderRef(*order))]),
        _ => Tells::default(),
    }
}
