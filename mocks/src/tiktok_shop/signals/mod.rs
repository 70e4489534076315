//! Webhooks going out: delays, duplicates, losses, retries (docs/platforms/tiktok_shop.md 6).

mod body;

use std::collections::VecDeque;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};

use crate::core::random::mix;
use crate::core::{
    DeliveryId, DeliveryOutcome, Fact, FaultCounts, Micros, OrderRef, Output, Request, Stall,
    Stream, Tells, Told,
};

use super::model::orders::Status;
use super::profile::RetryFrom;
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

/// What tells the draws of reordering and of signatures from those of delays.
const REORDER: u64 = 1;
const SIGNATURE: u64 = 2;

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
    /// Tries so far, of all deliveries.
    tries: u64,
    pub(crate) faults: FaultCounts,
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
            tries: 0,
            faults: FaultCounts::default(),
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
            let mut stream = Stream::new(mix(self.key, REORDER), number);
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
        self.tries += 1;
        let wrong = shop.profile.webhooks.wrong_signature_share;
        let wrongly_signed =
            wrong > 0.0 && Stream::new(mix(self.key, SIGNATURE), self.tries).chance(wrong);
        self.faults
            .wrongly_signed_signal
            .offer_if(wrong > 0.0, wrongly_signed);
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
                let at = Stall::after(&webhooks.stalls, at);
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
