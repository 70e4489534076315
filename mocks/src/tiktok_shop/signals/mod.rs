//! Webhooks going out: delays, duplicates, losses, retries (docs/platforms/tiktok_shop.md 6).

mod body;

use std::collections::VecDeque;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};

use crate::core::{
    DeliveryId, DeliveryOutcome, Fact, Micros, OrderRef, Output, Request, Stream, Tells, Told,
};

use super::model::orders::Status;
use super::profile::{RetryFrom, WebhooksProfile};
use super::shop::ShopState;
use super::shop::events::Event;
use super::shop::timers::Due;

/// Where deliveries leave.
type Outputs = VecDeque<Output<Fact>>;

#[derive(Clone, Debug)]
struct Delivery {
    event: Event,
    /// Number of the event, shared by its duplicates: the notification id.
    number: u64,
    created_at: Micros,
    first_sent_at: Micros,
    attempts: u32,
    /// Distinguishes the attempts that have used this slot.
    generation: u32,
    in_flight: bool,
}

/// Deliveries that wait for a retry; what fails beyond them is not tried again. The platform names no figure.
const MOST_RETRYING: usize = 100_000;

#[derive(Debug)]
pub(crate) struct Signals {
    key: u64,
    deliveries: Vec<Delivery>,
    free: Vec<u32>,
    /// How many deliveries wait for a retry.
    retrying: usize,
    events: u64,
    /// When the latest event leaves, where events keep their order.
    last_leaves_at: Micros,
}

impl Signals {
    /// Draws by this key.
    pub(crate) fn new(key: u64) -> Signals {
        Signals {
            key,
            deliveries: Vec::new(),
            free: Vec::new(),
            retrying: 0,
            events: 0,
            last_leaves_at: Micros::ZERO,
        }
    }

    fn hold(&mut self, event: Event, number: u64, created_at: Micros) -> u32 {
        let delivery = Delivery {
            event,
            number,
            created_at,
            first_sent_at: Micros::ZERO,
            attempts: 0,
            generation: 0,
            in_flight: false,
        };
        match self.free.pop() {
            Some(index) => {
                let slot = &mut self.deliveries[index as usize];
                let generation = slot.generation;
                *slot = delivery;
                slot.generation = generation;
                index
            }
            None => {
                self.deliveries.push(delivery);
                self.deliveries.len() as u32 - 1
            }
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
        let number = self.events;
        let webhooks = &shop.profile.webhooks;
        let mut stream = Stream::new(self.key, number);
        let dropped = stream.chance(webhooks.drop_share);
        let duplicated = stream.chance(webhooks.duplicate_share);
        let delays = [
            (!dropped).then(|| webhooks.delay.draw(&mut stream)),
            duplicated.then(|| webhooks.delay.draw(&mut stream)),
        ];
        for delay in delays.into_iter().flatten() {
            let webhooks = &shop.profile.webhooks;
            let mut at = after_stalls(webhooks, now + delay);
            if webhooks.in_order {
                at = at.max(self.last_leaves_at);
                self.last_leaves_at = at;
            }
            let index = self.hold(event, number, now);
            if at <= now {
                self.send(now, index, shop, outputs);
            } else {
                shop.timers.set(at, Due::Send(index));
            }
        }
    }

    /// Makes one attempt. The address is the one registered now; without one the event is lost.
    pub(crate) fn send(
        &mut self,
        now: Micros,
        index: u32,
        shop: &ShopState,
        outputs: &mut Outputs,
    ) {
        let delivery = &mut self.deliveries[index as usize];
        if delivery.attempts > 0 {
            self.retrying -= 1;
        }
        let Some(subscription) = shop.subscriptions.listener(&delivery.event) else {
            self.free.push(index);
            return;
        };
        let mut body = Vec::with_capacity(256);
        body::write(
            &mut body,
            shop,
            &delivery.event,
            delivery.number,
            delivery.created_at,
        );
        let signature = shop.access.signer.delivery(&body);
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = subscription.uri.clone();
        tells(&delivery.event).attach(request.extensions_mut());
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_bytes(&signature).expect("hexadecimal digits make a header"),
        );
        if delivery.attempts == 0 {
            delivery.first_sent_at = now;
        }
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

    /// Takes the end of an attempt: only a 200 counts; anything else is tried again until the retries are used up.
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
            (DeliveryOutcome::Answered(200), _) | (_, None) => self.free.push(index),
            _ if self.retrying == MOST_RETRYING => self.free.push(index),
            (_, Some(delay)) => {
                self.retrying += 1;
                let at = match webhooks.retry_from {
                    RetryFrom::Previous => now + *delay,
                    RetryFrom::First => (delivery.first_sent_at + *delay).max(now),
                };
                let at = after_stalls(webhooks, at);
                shop.timers.set(at, Due::Send(index));
            }
        }
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

/// The time at which what would leave `at` leaves.
fn after_stalls(webhooks: &WebhooksProfile, mut at: Micros) -> Micros {
    for stall in &webhooks.stalls {
        if stall.from <= at && at < stall.until {
            at = stall.until;
        }
    }
    at
}
