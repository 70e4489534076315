//! Webhooks going out: subscriptions, delays, duplicates, losses, retries (sheet 6).

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};

use crate::core::{DeliveryId, DeliveryOutcome, Micros, Output, Request, Stream};

use super::cancellations::CancellationState;
use super::inventory::Trigger;
use super::machine::TiktokShop;
use super::orders::Status;
use super::profile::{InventoryRoute, RetryFrom};
use super::returns::ReturnState;
use super::timers::Due;

/// Event types a shop may register an address for (sheet 6.1); the last exists only where the profile says so.
pub(super) const EVENT_TYPES: [&str; 18] = [
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "PRODUCT_STATUS_CHANGE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
    "REVERSE_STATUS_UPDATE",
    "NEW_CONVERSATION",
    "NEW_MESSAGE",
    "NEW_MESSAGE_LISTENER",
    "PRODUCT_INFORMATION_CHANGE",
    "PRODUCT_CREATION",
    "PRODUCT_CATEGORY_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
    "INVOICE_STATUS_CHANGE",
    INVENTORY_CHANGE,
];

pub(super) const INVENTORY_CHANGE: &str = "INVENTORY_CHANGE";

const ORDER_STATUS: usize = 0;
const PACKAGE: usize = 2;
const PRODUCT_STATUS: usize = 3;
const CANCELLATION: usize = 6;
const RETURN: usize = 7;
const INVENTORY: usize = 17;

/// A change of stock, for webhook 71.
#[derive(Copy, Clone, Debug)]
pub(super) struct InventoryChange {
    pub(super) listing: u32,
    pub(super) trigger: Trigger,
    pub(super) at: Micros,
    pub(super) available: i64,
    pub(super) committed: i64,
    pub(super) available_delta: i64,
    pub(super) committed_delta: i64,
}

/// What a webhook tells. Bodies are written when they leave, so that waiting events stay small.
#[derive(Copy, Clone, Debug)]
pub(super) enum Event {
    /// Type 1.
    OrderStatus {
        order: u32,
        status: Status,
        is_on_hold_order: bool,
        at: Micros,
    },
    /// Type 4: part of an order left in a package of its own.
    PackageSplit { order: u32, package: u8, at: Micros },
    /// Type 11.
    Cancellation {
        index: u32,
        state: CancellationState,
    },
    /// Type 5.
    ProductStatus { product: u32, at: Micros },
    /// Type 12.
    Return {
        index: u32,
        state: ReturnState,
        at: Micros,
    },
    /// Type 71.
    Inventory(InventoryChange),
}

#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) address: Box<str>,
    uri: Uri,
    pub(super) created_at: Micros,
    pub(super) updated_at: Micros,
}

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
pub(super) struct Signals {
    pub(super) subscriptions: [Option<Subscription>; EVENT_TYPES.len()],
    route: InventoryRoute,
    deliveries: Vec<Delivery>,
    free: Vec<u32>,
    /// How many deliveries wait for a retry.
    retrying: usize,
    events: u64,
    /// When the latest event leaves, where events keep their order.
    last_leaves_at: Micros,
}

impl Signals {
    pub(super) fn new(route: InventoryRoute) -> Signals {
        Signals {
            subscriptions: [const { None }; EVENT_TYPES.len()],
            route,
            deliveries: Vec::new(),
            free: Vec::new(),
            retrying: 0,
            events: 0,
            last_leaves_at: Micros::ZERO,
        }
    }

    /// The position of an event type that may be registered.
    pub(super) fn event_type(&self, name: &str) -> Option<usize> {
        EVENT_TYPES
            .iter()
            .position(|known| *known == name)
            .filter(|index| *index != INVENTORY || self.route == InventoryRoute::EventType)
    }

    pub(super) fn subscribe(&mut self, now: Micros, event_type: usize, address: &str, uri: Uri) {
        let slot = &mut self.subscriptions[event_type];
        let created_at = slot.as_ref().map_or(now, |old| old.created_at);
        *slot = Some(Subscription {
            address: address.into(),
            uri,
            created_at,
            updated_at: now,
        });
    }

    /// The event type whose address gets inventory events, if it is registered.
    pub(super) fn inventory_listener(&self) -> Option<usize> {
        let event_type = match self.route {
            InventoryRoute::Off => return None,
            InventoryRoute::OrderStatusChange => ORDER_STATUS,
            InventoryRoute::EventType => INVENTORY,
        };
        self.subscriptions[event_type]
            .is_some()
            .then_some(event_type)
    }

    fn listener(&self, event: &Event) -> Option<usize> {
        let event_type = match event {
            Event::OrderStatus { .. } => ORDER_STATUS,
            Event::PackageSplit { .. } => PACKAGE,
            Event::Cancellation { .. } => CANCELLATION,
            Event::ProductStatus { .. } => PRODUCT_STATUS,
            Event::Return { .. } => RETURN,
            Event::Inventory(_) => return self.inventory_listener(),
        };
        self.subscriptions[event_type]
            .is_some()
            .then_some(event_type)
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
}

impl TiktokShop {
    /// Sends an event to its listener after the profile's delay, perhaps twice, perhaps never. Without a listener
    /// nothing happens.
    pub(super) fn signal(&mut self, now: Micros, event: Event) {
        if self.signals.listener(&event).is_none() {
            return;
        }
        if let Event::OrderStatus { status, .. } = event
            && status.webhook_name().is_none()
        {
            return;
        }
        self.signals.events += 1;
        let number = self.signals.events;
        let webhooks = &self.profile.webhooks;
        let mut stream = Stream::new(self.keys.webhook, number);
        let dropped = stream.chance(webhooks.drop_share);
        let duplicated = stream.chance(webhooks.duplicate_share);
        let delays = [
            (!dropped).then(|| webhooks.delay.draw(&mut stream)),
            duplicated.then(|| webhooks.delay.draw(&mut stream)),
        ];
        for delay in delays.into_iter().flatten() {
            let mut at = self.after_stalls(now + delay);
            if self.profile.webhooks.in_order {
                at = at.max(self.signals.last_leaves_at);
                self.signals.last_leaves_at = at;
            }
            let index = self.signals.hold(event, number, now);
            if at <= now {
                self.send(now, index);
            } else {
                self.timers.set(at, Due::Send(index));
            }
        }
    }

    fn after_stalls(&self, mut at: Micros) -> Micros {
        for stall in &self.profile.webhooks.stalls {
            if stall.from <= at && at < stall.until {
                at = stall.until;
            }
        }
        at
    }

    /// Makes one attempt. The address is the one registered now; without one the event is lost.
    pub(super) fn send(&mut self, now: Micros, index: u32) {
        let delivery = &self.signals.deliveries[index as usize];
        if delivery.attempts > 0 {
            self.signals.retrying -= 1;
        }
        let Some(subscription) = self
            .signals
            .listener(&delivery.event)
            .and_then(|event_type| self.signals.subscriptions[event_type].as_ref())
        else {
            self.signals.free.push(index);
            return;
        };
        let mut body = Vec::with_capacity(256);
        self.write_event(
            &mut body,
            &delivery.event,
            delivery.number,
            delivery.created_at,
        );
        let signature = self.auth.signer.delivery(&body);
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = subscription.uri.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_bytes(&signature).expect("hexadecimal digits make a header"),
        );
        let delivery = &mut self.signals.deliveries[index as usize];
        if delivery.attempts == 0 {
            delivery.first_sent_at = now;
        }
        delivery.attempts += 1;
        delivery.generation = delivery.generation.wrapping_add(1);
        delivery.in_flight = true;
        let id = DeliveryId(u64::from(delivery.generation) << 32 | u64::from(index));
        self.outputs.push_back(Output::Delivery {
            id,
            patience: self.profile.webhooks.patience,
            request,
        });
    }

    /// Takes the end of an attempt: only a 200 counts; anything else is tried again until the retries are used up.
    pub(super) fn delivered(&mut self, now: Micros, id: DeliveryId, outcome: DeliveryOutcome) {
        let index = id.0 as u32;
        let Some(delivery) = self.signals.deliveries.get_mut(index as usize) else {
            return;
        };
        if !delivery.in_flight || u64::from(delivery.generation) != id.0 >> 32 {
            return;
        }
        delivery.in_flight = false;
        let webhooks = &self.profile.webhooks;
        let retry = webhooks.retries.get(delivery.attempts as usize - 1);
        match (outcome, retry) {
            (DeliveryOutcome::Answered(200), _) | (_, None) => self.signals.free.push(index),
            _ if self.signals.retrying == MOST_RETRYING => self.signals.free.push(index),
            (_, Some(delay)) => {
                self.signals.retrying += 1;
                let at = match webhooks.retry_from {
                    RetryFrom::Previous => now + *delay,
                    RetryFrom::First => (delivery.first_sent_at + *delay).max(now),
                };
                let at = self.after_stalls(at);
                self.timers.set(at, Due::Send(index));
            }
        }
    }
}
