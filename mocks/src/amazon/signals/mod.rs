//! Notifications going out: who subscribed, and when a message reaches the queue (docs/platforms/amazon.md 6).

pub(crate) mod nested_json;
pub(crate) mod queue;
mod receipt;
mod render;
mod sent;

use super::model::orders::{OrderBook, Trigger};
use super::shop::{Event, Settings};
use crate::core::random::mix;
use crate::core::{FaultCounts, Micros, Stall, Stream};
use queue::Queues;
pub(crate) use render::event_source;

/// Status changes and requests for orders.
pub(crate) const ORDER_CHANGE: &str = "ORDER_CHANGE";
/// The live quantity of a merchant-fulfilled SKU changed; goes to EventBridge only.
pub(crate) const MFN_QUANTITY_CHANGE: &str = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE";

/// A feed has ended.
pub(crate) const FEED_PROCESSING_FINISHED: &str = "FEED_PROCESSING_FINISHED";
/// A report has ended.
pub(crate) const REPORT_PROCESSING_FINISHED: &str = "REPORT_PROCESSING_FINISHED";

/// Where notifications go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// A queue of the seller.
    Sqs {
        /// Its full name.
        arn: String,
    },
    /// An event bus; a rule of the seller passes everything on to a queue.
    EventBridge {
        /// AWS account.
        account: String,
        /// AWS region.
        region: String,
    },
}

/// A registered destination.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    /// Its id.
    pub(crate) id: String,
    /// The seller's name of it.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) resource: Resource,
    /// The queue in which messages end up.
    pub(crate) queue: usize,
    /// Whether it has not been deleted.
    pub(crate) active: bool,
}

/// A subscription of one type.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// Its id.
    pub(crate) id: String,
    /// Type of notification.
    pub(crate) kind: &'static str,
    /// Version of the payload.
    pub(crate) payload_version: String,
    /// Position of its destination.
    pub(crate) destination: usize,
    /// What the seller said of how to process it, as it was sent.
    pub(crate) directive: Option<Box<str>>,
    /// Whether the status changes of orders pass its filter.
    pub(crate) status_changes: bool,
    /// Whether buyers' requests pass its filter.
    pub(crate) buyer_requests: bool,
    /// Whether it has not been deleted.
    pub(crate) active: bool,
}

/// Destinations and subscriptions, deleted ones included, since messages under way still name them.
#[derive(Debug)]
pub(crate) struct Signals {
    /// Every destination.
    pub(crate) destinations: Vec<Destination>,
    /// Every subscription.
    pub(crate) subscriptions: Vec<Subscription>,
    /// The queues that messages end up in.
    pub(crate) queues: Queues,
    notifications: u64,
    quantity_changes: u64,
    pub(crate) faults: FaultCounts,
}

impl Signals {
    /// Nobody is told of anything yet.
    pub(crate) fn new(settings: &Settings) -> Signals {
        Signals {
            destinations: Vec::new(),
            subscriptions: Vec::new(),
            queues: Queues::new(
                &settings.profile.queue,
                settings.draws.ids,
                settings.draws.redelivery,
            ),
            notifications: 0,
            quantity_changes: 0,
            faults: FaultCounts::default(),
        }
    }

    /// Removes every subscription; the types of those that were there.
    pub(crate) fn drop_subscriptions(&mut self) -> Vec<&'static str> {
        let mut dropped = Vec::new();
        for subscription in &mut self.subscriptions {
            if std::mem::replace(&mut subscription.active, false) {
                dropped.push(subscription.kind);
            }
        }
        dropped
    }

    /// How many subscriptions are active.
    pub(crate) fn active_subscriptions(&self) -> u32 {
        let all = self.subscriptions.iter();
        all.filter(|subscription| subscription.active).count() as u32
    }

    /// The positions of the active subscriptions of a type: one a version of the payload, the oldest first.
    pub(crate) fn subscribed(&self, kind: &str) -> impl Iterator<Item = usize> {
        let known = self.subscriptions.iter().enumerate();
        known
            .filter(move |(_, known)| known.active && known.kind == kind)
            .map(|(position, _)| position)
    }

    /// Sends an event on its way to every subscription of a type that it passes.
    fn publish_to_all(
        &mut self,
        (settings, at, event): (&Settings, Micros, Event),
        kind: &str,
        (key, entity): (u64, u64),
        passes: impl Fn(&Subscription) -> bool,
    ) {
        let mut before = 0;
        for position in 0..self.subscriptions.len() {
            let subscription = &self.subscriptions[position];
            if !subscription.active || subscription.kind != kind {
                continue;
            }
            // Each version of the payload comes in its own time.
            let key = if before == 0 { key } else { mix(key, before) };
            before += 1;
            if passes(subscription) {
                self.publish(settings, at, position, event, Stream::new(key, entity));
            }
        }
    }

    /// Sends what has happened on its way to those who subscribed.
    pub(crate) fn take_notice(
        &mut self,
        settings: &Settings,
        orders: &OrderBook,
        at: Micros,
        event: Event,
    ) {
        match event {
            Event::Order(change) => self.order_changed(settings, orders, at, change),
            Event::Quantity { .. } => {
                let entity = self.quantity_changes;
                self.quantity_changes += 1;
                let keys = (settings.draws.quantity_signal, entity);
                let what = (settings, at, event);
                self.publish_to_all(what, MFN_QUANTITY_CHANGE, keys, |_| true);
            }
            Event::Feed(number) => {
                let keys = (settings.draws.job_signal, u64::from(number));
                let what = (settings, at, event);
                self.publish_to_all(what, FEED_PROCESSING_FINISHED, keys, |_| true);
            }
            Event::Report(number) => {
                let keys = (settings.draws.job_signal, 1 << 32 | u64::from(number));
                let what = (settings, at, event);
                self.publish_to_all(what, REPORT_PROCESSING_FINISHED, keys, |_| true);
            }
        }
    }

    fn order_changed(&mut self, settings: &Settings, orders: &OrderBook, at: Micros, change: u32) {
        let Some(changed) = orders.change(change) else {
            return;
        };
        let keys = (settings.draws.order_signal, changed.entity());
        let what = (settings, at, Event::Order(change));
        self.publish_to_all(what, ORDER_CHANGE, keys, |subscription| {
            match changed.trigger {
                Trigger::Status => subscription.status_changes,
                Trigger::BuyerRequest => subscription.buyer_requests,
                Trigger::Detail => false,
            }
        });
    }

    /// Sends a notification on its way: dropped, once or twice, each copy after its own delay. Order is not kept.
    fn publish(
        &mut self,
        settings: &Settings,
        at: Micros,
        subscription: usize,
        event: Event,
        mut stream: Stream,
    ) {
        let rules = &settings.profile.notifications;
        if rules.silent {
            return;
        }
        let is_dropped = stream.chance(rules.drop_share);
        let faults = &mut self.faults;
        faults
            .dropped_signal
            .offer_if(rules.drop_share > 0.0, is_dropped);
        if is_dropped {
            return;
        }
        let is_duplicated = stream.chance(rules.duplicate_share);
        faults
            .duplicated_signal
            .offer_if(rules.duplicate_share > 0.0, is_duplicated);
        let copies = if is_duplicated { 2 } else { 1 };
        let number = self.notifications;
        self.notifications += 1;
        let mut held_back = Micros::ZERO;
        if rules.reorder_share > 0.0 {
            let mut stream = Stream::new(settings.draws.reorder, number);
            let is_held_back = stream.chance(rules.reorder_share);
            faults.reordered_signal.offer(is_held_back);
            if is_held_back {
                held_back = rules.reorder_delay.draw(&mut stream);
            }
        }
        let destination = self.subscriptions[subscription].destination;
        let queue = self.destinations[destination].queue;
        for copy in 0..copies {
            let mut published_at = at + rules.delay.draw(&mut stream);
            if copy > 0 {
                published_at += rules.duplicate_delay.draw(&mut stream);
            }
            let arrives_at = Stall::after(&rules.stalls, published_at + held_back);
            if let Some(base) = &settings.laid_over {
                let usual = base.notifications.delay.usually_within();
                self.faults.late_signal.offer(arrives_at > at + usual);
            }
            let notification = Notification {
                content: Content::Event(event),
                number,
                subscription: subscription as u32,
                happened_at: at,
                published_at,
            };
            self.queues.send(queue, at, arrives_at, notification);
        }
    }
}

/// What a message says. It is rendered when it is received: an order as of a change reads the same at any time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// That something happened.
    Event(Event),
    /// No notification, but the n-th text that somebody put into a queue.
    Text(u32),
}

/// A message in a queue.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    content: Content,
    number: u64,
    subscription: u32,
    happened_at: Micros,
    published_at: Micros,
}

impl Notification {
    /// The number of the text that it stands for, when somebody else than the platform sent it.
    pub(crate) fn text(&self) -> Option<u32> {
        match self.content {
            Content::Text(number) => Some(number),
            Content::Event(_) => None,
        }
    }

    /// A message that somebody else than the platform sends.
    pub(crate) fn of_text(text: u32, at: Micros) -> Notification {
        Notification {
            content: Content::Text(text),
            number: u64::from(text),
            subscription: u32::MAX,
            happened_at: at,
            published_at: at,
        }
    }
}
