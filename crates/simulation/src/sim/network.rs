//! The network between the engine and one system: how long each way takes, and how long the engine's side waits.
//!
//! Every delay is a draw of its own stream, keyed by (root seed, system, way, n), where n counts the calls to that system
//! (or its deliveries): an engine that calls one system more often moves no delay of another, and the n-th call to a
//! system takes the same time under every engine.
//!
//! **Patience** counts from the moment the engine lets go of a request, through both ways and the system's own latency.
//! A call without a response by then ends as timed out, a response that arrives in that very microsecond is in time, and
//! a response that would arrive later is dropped. A long poll is a call like any other: it may ask the system to hold the
//! answer for longer than the patience, and will then time out although the system does answer; whoever polls so must
//! ask for less or be given more patience.
//!
//! **A request that would be longer than the patience on its way never arrives**: the sender has hung up. So a request takes
//! effect within the patience of its sending or never, which bounds the lifetime of a write (docs/theory.md A5, H3).

use std::collections::VecDeque;

use channel_mocks::core::{Distribution, Micros, Seed, Stream};

use crate::engine::CallId;
use crate::scenario::model::Network;

/// Where a call stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// No response has left the system.
    Open,
    /// A response is on its way and will be in time.
    Answered,
    /// A response would be late; the call will time out.
    Late,
    /// The engine knows how it ended.
    Ended,
}

#[derive(Debug)]
struct Waiting {
    call: CallId,
    deadline: Micros,
    stage: Stage,
}

/// The way between the engine and one system, with the calls that are under way.
///
/// A call's number is the count of calls before it; numbers are given to the system as request ids. All calls of a link
/// have the same patience, so their deadlines pass in the order of their numbers and one check for the oldest is enough.
#[derive(Debug)]
pub struct Link {
    network: Network,
    request_key: u64,
    reply_key: u64,
    delivery_key: u64,
    answer_key: u64,
    /// Number of the first call in `calls`; all calls before it have ended.
    first: u64,
    calls: VecDeque<Waiting>,
    check_is_set: bool,
    deliveries: u64,
}

/// What has been sent on a link.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Count of its kind before it on this link.
    pub number: u64,
    /// When it arrives; `Micros::MAX` for a request that never does.
    pub arrives_at: Micros,
}

impl Link {
    /// The link to the system of this name; channels are keyed by their own names, the warehouse by `warehouse/`.
    pub fn new(seed: Seed, system: &str, network: &Network) -> Link {
        let key = |way: &str| seed.key(system, way);
        Link {
            network: network.clone(),
            request_key: key("network/request"),
            reply_key: key("network/reply"),
            delivery_key: key("network/delivery"),
            answer_key: key("network/answer"),
            first: 0,
            calls: VecDeque::new(),
            check_is_set: false,
            deliveries: 0,
        }
    }

    /// The number of the next call.
    pub fn next_number(&self) -> u64 {
        self.first + self.calls.len() as u64
    }

    /// How long the engine's side waits for an answer.
    pub fn patience(&self) -> Micros {
        self.network.patience
    }

    /// The engine lets go of a request.
    pub fn send(&mut self, now: Micros, call: CallId) -> Sent {
        self.send_late(now, call, Micros::ZERO)
    }

    /// The engine lets go of a request, which is on its way for so much longer than usual.
    pub fn send_late(&mut self, now: Micros, call: CallId, longer: Micros) -> Sent {
        let number = self.next_number();
        self.calls.push_back(Waiting {
            call,
            deadline: now + self.network.patience,
            stage: Stage::Open,
        });
        let way = draw(&self.network.request, self.request_key, number) + longer;
        Sent {
            number,
            arrives_at: if way <= self.network.patience {
                now + way
            } else {
                Micros::MAX
            },
        }
    }

    /// The system lets go of the response to call `number` at `leaves_at`. Tells when it arrives, or `None` when nobody
    /// will wait for it any more: it would be late, or the call has been answered or has ended.
    pub fn reply(&mut self, number: u64, leaves_at: Micros) -> Option<Micros> {
        let waiting = self.at(number)?;
        if waiting.stage != Stage::Open {
            return None;
        }
        let deadline = waiting.deadline;
        let arrives_at = leaves_at + draw(&self.network.reply, self.reply_key, number);
        let in_time = arrives_at <= deadline;
        self.at(number)?.stage = if in_time {
            Stage::Answered
        } else {
            Stage::Late
        };
        in_time.then_some(arrives_at)
    }

    /// The response to call `number` has arrived: the engine's own number of the call.
    pub fn arrive(&mut self, number: u64) -> Option<CallId> {
        let waiting = self.at(number)?;
        if waiting.stage != Stage::Answered {
            return None;
        }
        waiting.stage = Stage::Ended;
        let call = waiting.call;
        self.forget_ended();
        Some(call)
    }

    /// When the next check of patience is due, if one must be set now. At most one is set at any time.
    pub fn set_check(&mut self) -> Option<Micros> {
        if self.check_is_set {
            return None;
        }
        let unsure = |waiting: &&Waiting| matches!(waiting.stage, Stage::Open | Stage::Late);
        let due = self.calls.iter().find(unsure)?.deadline;
        self.check_is_set = true;
        (due < Micros::MAX).then_some(due)
    }

    /// The check that was set is due: ends the oldest call whose patience is over and tells its number and the engine's
    /// own. To be repeated until `None`; then the next check may be set.
    pub fn check(&mut self, now: Micros) -> Option<(u64, CallId)> {
        self.forget_ended();
        let overdue = |waiting: &Waiting| {
            waiting.deadline <= now && matches!(waiting.stage, Stage::Open | Stage::Late)
        };
        let late = self
            .calls
            .iter()
            .take_while(|waiting| waiting.deadline <= now)
            .position(overdue);
        let Some(index) = late else {
            self.check_is_set = false;
            return None;
        };
        let waiting = self.calls.get_mut(index)?;
        waiting.stage = Stage::Ended;
        Some((self.first + index as u64, waiting.call))
    }

    /// The system lets go of a webhook.
    pub fn deliver(&mut self, now: Micros) -> Sent {
        let number = self.deliveries;
        self.deliveries += 1;
        Sent {
            number,
            arrives_at: now + draw(&self.network.delivery, self.delivery_key, number),
        }
    }

    /// The engine lets go of its answer to webhook `number`; it travels as requests do. Tells when it arrives.
    pub fn answer_delivery(&mut self, number: u64, now: Micros) -> Micros {
        now + draw(&self.network.request, self.answer_key, number)
    }

    fn at(&mut self, number: u64) -> Option<&mut Waiting> {
        let index = number.checked_sub(self.first)?;
        self.calls.get_mut(usize::try_from(index).ok()?)
    }

    fn forget_ended(&mut self) {
        while self
            .calls
            .front()
            .is_some_and(|waiting| waiting.stage == Stage::Ended)
        {
            self.calls.pop_front();
            self.first += 1;
        }
    }
}

fn draw(distribution: &Distribution, key: u64, number: u64) -> Micros {
    distribution.draw(&mut Stream::new(key, number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(request_ms: u64, reply_ms: u64, patience_ms: u64) -> Link {
        let fixed = |ms| Distribution::fixed(Micros::from_millis(ms));
        let network = Network {
            request: fixed(request_ms),
            reply: fixed(reply_ms),
            delivery: fixed(5),
            patience: Micros::from_millis(patience_ms),
        };
        Link::new(Seed(1), "shop", &network)
    }

    fn ms(n: u64) -> Micros {
        Micros::from_millis(n)
    }

    #[test]
    fn a_response_in_the_last_microsecond_is_in_time_and_one_later_is_not() {
        let mut link = link(20, 20, 100);
        let first = link.send(ms(0), CallId(7));
        assert_eq!(first.arrives_at, ms(20));
        assert_eq!(link.set_check(), Some(ms(100)));
        assert_eq!(link.reply(first.number, ms(80)), Some(ms(100)));
        assert_eq!(
            link.reply(first.number, ms(80)),
            None,
            "a second answer is nobody's"
        );
        assert_eq!(link.arrive(first.number), Some(CallId(7)));
        assert_eq!(link.check(ms(100)), None);

        let second = link.send(ms(200), CallId(8));
        assert_eq!(link.set_check(), Some(ms(300)));
        assert_eq!(link.set_check(), None, "one check at a time");
        assert_eq!(link.reply(second.number, ms(280) + Micros(1)), None);
        assert_eq!(link.check(ms(300)), Some((second.number, CallId(8))));
        assert_eq!(link.check(ms(300)), None);
        assert_eq!(link.arrive(second.number), None);
        assert_eq!(link.set_check(), None, "nothing is under way");
    }

    #[test]
    fn a_long_poll_may_hold_up_to_the_patience_while_others_come_and_go() {
        let mut link = link(10, 10, 1_000);
        let poll = link.send(ms(0), CallId(1));
        for n in 0..50u64 {
            let call = link.send(ms(n * 10), CallId(100 + n));
            let arrives_at = link.reply(call.number, call.arrives_at).unwrap();
            assert_eq!(arrives_at, ms(n * 10 + 20));
            assert_eq!(link.arrive(call.number), Some(CallId(100 + n)));
        }
        assert_eq!(link.reply(poll.number, ms(990)), Some(ms(1_000)));
        assert_eq!(link.arrive(poll.number), Some(CallId(1)));
        assert!(link.calls.is_empty(), "what has ended is forgotten");
    }

    #[test]
    fn a_request_that_outlasts_the_patience_never_arrives() {
        assert_eq!(link(100, 0, 100).send(ms(5), CallId(1)).arrives_at, ms(105));
        let mut slow = link(101, 0, 100);
        let lost = slow.send(ms(5), CallId(1));
        assert_eq!(lost.arrives_at, Micros::MAX);
        assert_eq!(slow.set_check(), Some(ms(105)));
        assert_eq!(slow.check(ms(105)), Some((lost.number, CallId(1))));
    }

    #[test]
    fn delays_belong_to_the_call_number_and_the_system() {
        let network = Network::default();
        let mut one = Link::new(Seed(1), "shop", &network);
        let mut two = Link::new(Seed(1), "shop", &network);
        let mut other = Link::new(Seed(1), "amazon", &network);
        let delays = |link: &mut Link, noise: bool| -> Vec<u64> {
            (0..20)
                .map(|n| {
                    if noise {
                        link.deliver(Micros::ZERO);
                        link.answer_delivery(n, Micros::ZERO);
                    }
                    link.send(Micros::ZERO, CallId(n)).arrives_at.0
                })
                .collect()
        };
        let quiet = delays(&mut one, false);
        assert_eq!(
            delays(&mut two, true),
            quiet,
            "webhooks do not move the delays of calls"
        );
        assert_ne!(delays(&mut other, false), quiet);
    }

    proptest! {
        /// Every call ends exactly once, by its response if that arrives by the deadline and by the check otherwise.
        #[test]
        fn every_call_ends_once_and_in_time(
            calls in proptest::collection::vec((0u64..50, proptest::option::of(0u64..200)), 1..60)
        ) {
            let mut link = link(3, 4, 100);
            let (mut now, mut heap) = (0, super::super::heap::EventHeap::default());
            let mut ended = vec![None; calls.len()];
            let mut expected = Vec::new();
            use super::super::heap::Class;
            for (n, (gap, latency)) in calls.iter().enumerate() {
                now += gap;
                heap.push(ms(now), Class::EngineWake, (0u8, n as u64));
                let arrival = latency.map(|latency| now + 3 + latency + 4);
                expected.push(match arrival {
                    Some(at) if at <= now + 100 => (ms(at), true),
                    _ => (ms(now + 100), false),
                });
            }
            while let Some((now, (kind, n))) = heap.pop() {
                match kind {
                    0 => {
                        let sent = link.send(now, CallId(n));
                        prop_assert_eq!(sent.number, n);
                        if let Some(latency) = calls[n as usize].1 {
                            heap.push(sent.arrives_at + ms(latency), Class::Request, (1, n));
                        }
                    }
                    1 => {
                        if let Some(at) = link.reply(n, now) {
                            heap.push(at, Class::Response, (2, n));
                        }
                    }
                    2 => {
                        prop_assert_eq!(link.arrive(n), Some(CallId(n)));
                        prop_assert_eq!(ended[n as usize].replace((now, true)), None);
                    }
                    _ => {
                        while let Some((number, call)) = link.check(now) {
                            prop_assert_eq!(CallId(number), call);
                            prop_assert_eq!(ended[number as usize].replace((now, false)), None);
                        }
                    }
                }
                if let Some(at) = link.set_check() {
                    heap.push(at, Class::Timeout, (3, 0));
                }
            }
            prop_assert_eq!(ended, expected.into_iter().map(Some).collect::<Vec<_>>());
        }
    }
}
