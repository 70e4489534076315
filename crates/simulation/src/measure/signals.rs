//! Webhooks and messages of queues as they reached the engine.

use std::sync::LazyLock;

use channel_mocks::core::{Micros, OrderRef, Response, Tells, Told};
use http::header::CONTENT_TYPE;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::histogram::{Durations, Spread};
use crate::engine::config::Platform;
use crate::world::ChannelIndex;
use crate::world::ledger::{Entry, Message};

/// What became of the signals of one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct SignalFigures {
    /// The channel's name.
    pub channel: String,
    /// Signals that reached the engine, each copy counted.
    pub signals: u64,
    /// Signals that the platform let go of and that never reached the engine.
    pub lost: u64,
    /// Signals that told what an earlier one had told already.
    pub duplicated: u64,
    /// Signals that are the first to tell of something, older than what an earlier one told of.
    pub out_of_order: u64,
    /// From what a signal is the first to tell (an order's acceptance, a cancellation) to its arrival, seconds.
    pub delay_s: Spread,
}

/// When an order was accepted and cancelled, and what signals have told of it.
#[derive(Copy, Clone, Debug)]
struct OrderTimes {
    accepted_at: Micros,
    cancelled_at: Micros,
    told: u8,
}

impl Default for OrderTimes {
    fn default() -> OrderTimes {
        OrderTimes {
            accepted_at: Micros::MAX,
            cancelled_at: Micros::MAX,
            told: 0,
        }
    }
}

#[derive(Clone, Debug, Default)]
struct OfChannel {
    signals: u64,
    lost: u64,
    duplicated: u64,
    out_of_order: u64,
    delays: Durations,
    orders: Vec<OrderTimes>,
    /// When the latest of what was told had happened.
    latest: Micros,
    /// Whether the platform puts signals into a queue, which is read with calls.
    has_queue: bool,
}

impl OfChannel {
    fn order(&mut self, order: OrderRef) -> &mut OrderTimes {
        let place = order.0 as usize;
        if self.orders.len() <= place {
            self.orders.resize_with(place + 1, OrderTimes::default);
        }
        &mut self.orders[place]
    }

    /// Something was told at `at`; tells whether for the first time.
    fn told(&mut self, at: Micros, told: Told) -> Option<bool> {
        let (bit, order) = match told {
            Told::Named(order) => (1, order),
            Told::Sale(order) => (2, order),
            Told::Cancellation(order) => (4, order),
            // When units were taken out, and a count was moved, is not told of each.
            Told::Removal { .. } | Told::Stock { .. } => return None,
        };
        let times = self.order(order);
        let happened_at = match told {
            Told::Cancellation(_) => times.cancelled_at,
            _ => times.accepted_at,
        };
        if times.told & bit != 0 {
            return Some(false);
        }
        times.told |= bit;
        if happened_at <= at {
            self.delays.record(at.since(happened_at));
            if happened_at < self.latest {
                self.out_of_order += 1;
            }
            self.latest = self.latest.max(happened_at);
        }
        Some(true)
    }

    fn arrived(&mut self, at: Micros, tells: &[Told]) {
        let (mut is_any, mut is_new) = (false, false);
        for is_first in tells.iter().filter_map(|told| self.told(at, *told)) {
            (is_any, is_new) = (true, is_new || is_first);
        }
        self.duplicated += u64::from(is_any && !is_new);
    }
}

/// Takes signals as they reach the engine: webhooks one by one, messages of a queue as answers to whoever asks for them.
#[derive(Clone, Debug)]
pub struct SignalRecorder {
    channels: Vec<OfChannel>,
}

/// What Amazon's queue answers in, and nothing else of the platforms (docs/platforms/amazon.md 6.3).
const QUEUES: &[u8] = b"application/x-amz-json-1.0";

/// Messages in an answer: each that a queue hands out comes with a receipt.
fn messages_in(response: &Response) -> u64 {
    static RECEIPT: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"\"ReceiptHandle\""));
    let kind = response.headers().get(CONTENT_TYPE);
    if kind.is_none_or(|it| it.as_bytes() != QUEUES) {
        return 0;
    }
    RECEIPT.find_iter(response.body()).count() as u64
}

impl SignalRecorder {
    /// For channels on these platforms.
    pub fn new(channels: impl Iterator<Item = Platform>) -> SignalRecorder {
        let channels = channels.map(|platform| OfChannel {
            has_queue: platform.describe().capabilities.has_queue,
            ..OfChannel::default()
        });
        SignalRecorder {
            channels: channels.collect(),
        }
    }

    fn channel(&mut self, channel: ChannelIndex) -> Option<&mut OfChannel> {
        self.channels.get_mut(usize::from(channel.0))
    }

    /// Takes an entry of the ledger: when what signals are about happened.
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        match *entry {
            Entry::Accepted { channel, order, .. } => {
                if let Some(own) = self.channel(channel) {
                    own.order(order).accepted_at = at;
                }
            }
            Entry::Cancelled { channel, order, .. } => {
                if let Some(own) = self.channel(channel) {
                    own.order(order).cancelled_at = at;
                }
            }
            _ => {}
        }
    }

    /// Takes a message.
    pub fn message(&mut self, at: Micros, message: &Message<'_>) {
        match *message {
            Message::Answered {
                system,
                response,
                tells,
                ..
            } => {
                let Some(own) = self.channel(ChannelIndex(system)) else {
                    return;
                };
                if !own.has_queue {
                    return;
                }
                let messages = messages_in(response);
                if messages > 0 {
                    own.signals += messages;
                    // Each message of the queue tells one thing.
                    for told in tells.into_iter().flat_map(|it: &Tells| &it.0) {
                        own.arrived(at, &[*told]);
                    }
                }
            }
            Message::Signal { system, tells, .. } => {
                if let Some(own) = self.channel(ChannelIndex(system)) {
                    own.signals += 1;
                    own.arrived(at, tells.map_or(&[], |it| it.0.as_slice()));
                }
            }
            Message::SignalLost { system } => {
                if let Some(own) = self.channel(ChannelIndex(system)) {
                    own.lost += 1;
                }
            }
            Message::Sent { .. }
            | Message::Arrived { .. }
            | Message::Failed { .. }
            | Message::Taken { .. } => {}
        }
    }

    /// By channel, in the order of their names.
    pub fn figures(&self, names: &[String]) -> Vec<SignalFigures> {
        let channels = names.iter().zip(&self.channels);
        channels
            .map(|(name, own)| SignalFigures {
                channel: name.clone(),
                signals: own.signals,
                lost: own.lost,
                duplicated: own.duplicated,
                out_of_order: own.out_of_order,
                delay_s: own.delays.spread(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::Request;

    use super::*;
    use crate::world::SkuIndex;

    fn accepted(order: u32) -> Entry {
        Entry::Accepted {
            channel: ChannelIndex(0),
            sku: SkuIndex(0),
            order: OrderRef(order),
            units: 1,
            oversold_units: 0,
            displayed: 9,
            sellable: 9,
            shared_after: 8,
            own_units: false,
            price_cents: 100,
            first_line: true,
            first_oversold_line: false,
        }
    }

    #[test]
    fn delay_disorder_and_repetition_are_told_apart() {
        let seconds = Micros::from_secs;
        let mut recorder = SignalRecorder::new([Platform::Amazon].into_iter());
        for order in 0..3 {
            recorder.record(seconds(10 + u64::from(order)), &accepted(order));
        }
        let request = Request::new(Vec::new());
        let mut signal = |at, told: &[Told]| {
            let tells = Tells(told.to_vec());
            recorder.message(
                seconds(at),
                &Message::Signal {
                    system: 0,
                    request: &request,
                    tells: (!told.is_empty()).then_some(&tells),
                },
            );
        };
        signal(11, &[Told::Sale(OrderRef(0))]);
        signal(15, &[Told::Sale(OrderRef(2))]);
        signal(16, &[Told::Sale(OrderRef(1))]);
        signal(17, &[Told::Sale(OrderRef(2))]);
        signal(18, &[]);
        recorder.message(seconds(19), &Message::SignalLost { system: 0 });
        let body = b"[{\"ReceiptHandle\":1},{\"ReceiptHandle\":2}]";
        let response = Response::new(body.to_vec());
        let mut of_queue = response.clone();
        let kind = http::HeaderValue::from_static("application/x-amz-json-1.0");
        of_queue.headers_mut().insert(CONTENT_TYPE, kind);
        let tells = Tells(vec![Told::Named(OrderRef(0)), Told::Named(OrderRef(1))]);
        for (number, response) in [(3, &response), (4, &of_queue)] {
            recorder.message(
                seconds(30),
                &Message::Answered {
                    system: 0,
                    number,
                    response,
                    tells: Some(&tells),
                },
            );
        }
        let [own] = recorder.figures(&["web".to_string()]).try_into().unwrap();
        assert_eq!((own.signals, own.lost, own.duplicated), (7, 1, 1));
        // The second order's sale after the third one's, and both of the queue's, whose orders are older still.
        assert_eq!(own.out_of_order, 3);
        assert_eq!((own.delay_s.count, own.delay_s.max), (5, Some(20.0)));
    }
}
