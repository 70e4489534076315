//! What answers and signals mean, for the link itself and as news for the core.

use super::lanes::{Lane, lane_of};
use super::quarantine::Source;
use super::{ChannelLink, News, Stage, WriteNews};
use crate::calls::Pending;
use crate::canonical::Shipment;
use crate::connectors::{Event, Operation, QuantityWrite, WriteOutcome};
use crate::coverage::{Coverage, CoveragePoint};
use crate::machine::{CallError, CallId, Request, Response};
use crate::planted::planted;
use oversell_kernel::Micros;
use oversell_kernel::random::mix;

/// Handles of received messages gather for so long, or until a call is full; well within the visibility timeout.
const ACKNOWLEDGE_GATHER: Micros = Micros::from_secs(5);
/// Pause between an answer of the queue and the next receive, in which further messages gather.
const RECEIVE_PAUSE: Micros = Micros::from_millis(500);
/// Shortest time from one token to the next; doubles with each token in a row that the platform refuses, up to
/// [`LONGEST_TOKEN_PAUSE`].
const MIN_TOKEN_PAUSE: Micros = Micros::from_secs(10);
/// See [`MIN_TOKEN_PAUSE`].
const LONGEST_TOKEN_PAUSE: Micros = Micros::from_secs(600);
/// Tokens are refreshed so long before they expire ...
const REFRESH_AHEAD: Micros = Micros::from_secs(120);
/// ... and up to so much sooner, so that channels whose tokens were given together do not come back together.
const REFRESH_JITTER_MICROS: u64 = 60_000_000;

/// How a call ended, summed over its events.
#[derive(Copy, Clone, Debug)]
struct End {
    /// Certainly not executed, by a limit or for want of a token.
    refused: bool,
    /// Did not do what it should.
    failed: bool,
    /// No answer at all.
    lost: bool,
    /// Worth repeating.
    retry: bool,
}

/// Counts how a call with an answer ended.
fn mark_answer(coverage: &mut Coverage, events: &[Event]) {
    let mut did_as_asked = true;
    for event in events {
        let point = match event {
            Event::Throttled { .. } => CoveragePoint::CallThrottled,
            Event::Unauthorized => CoveragePoint::CallUnauthorised,
            Event::Failed { retry: true, .. } => CoveragePoint::CallFailed,
            Event::Failed { retry: false, .. } => CoveragePoint::CallRejected,
            Event::Quarantined { .. } => CoveragePoint::CallUnreadable,
            _ => continue,
        };
        did_as_asked = false;
        coverage.mark(point);
    }
    if did_as_asked {
        coverage.mark(CoveragePoint::CallAnswered);
    }
}

impl ChannelLink {
    /// Keeps what could not be read for a person.
    pub(super) fn quarantine(&mut self, reason: String, news: &mut Vec<News>) {
        self.counts.quarantined += 1;
        news.push(News::Quarantined(reason));
    }

    /// Reads a webhook; the answer goes out through `outputs` by the caller.
    pub fn receive(&mut self, now: Micros, request: &Request, news: &mut Vec<News>) -> Response {
        let mut events = std::mem::take(&mut self.events);
        let response = self.connector.receive(now, request, &mut events);
        self.note_unreadable(now, &mut events, Source::Signal);
        for event in events.drain(..) {
            if let Event::Quarantined { .. } = event {
                self.coverage.mark(CoveragePoint::SignalUnreadable);
            }
            self.take_signal(event, news);
        }
        self.events = events;
        response
    }

    /// Notes which orders could not be read, and which of those can be now. `true`: one of them is not even known by its id.
    fn note_unreadable(&mut self, now: Micros, events: &mut Vec<Event>, source: Source) -> bool {
        if planted!(UnreadablePassedOver) {
            events.retain(|event| !matches!(event, Event::Quarantined { .. }));
        }
        let is_one_unknown = self.quarantine.take(now, events, source);
        self.counts.quarantined_orders = self.quarantine.put;
        self.counts.settled_orders = self.quarantine.settled;
        is_one_unknown
    }

    /// Events that may come with any call or signal.
    pub(super) fn take_signal(&mut self, event: Event, news: &mut Vec<News>) {
        match event {
            Event::OrderSeen(order) => news.push(News::Order(order)),
            Event::OrderSignalled {
                order,
                updated_at,
                state,
            } => news.push(News::OrderSignalled(order, updated_at, state)),
            Event::QuantitySignalled { sku, displayed } => {
                news.push(News::Signalled { sku, displayed })
            }
            Event::Quarantined { order, reason } => {
                self.quarantine(reason, news);
                if let Some(order) = order {
                    self.fetch.insert(order);
                }
            }
            _ => {}
        }
    }

    /// Takes a call's end. News for the core go to `news`.
    pub fn answered(
        &mut self,
        now: Micros,
        call: CallId,
        result: Result<Response, CallError>,
        news: &mut Vec<News>,
    ) {
        let Some(pending) = self.calls.remove(call) else {
            return;
        };
        let Pending {
            operation,
            sent_at,
            held,
        } = pending;
        let lane = lane_of(&operation);
        let mut events = std::mem::take(&mut self.events);
        let lost = match result {
            Ok(response) => {
                // A token was given somewhere on the way, so its life is counted from the asking.
                let heard_at = match operation {
                    Operation::Authenticate => sent_at,
                    _ => now,
                };
                self.connector
                    .parse(heard_at, &operation, &response, &mut events);
                assert!(!events.is_empty(), "a response yields at least one event");
                false
            }
            Err(error) => {
                self.coverage.mark(error.point());
                true
            }
        };
        if !lost {
            mark_answer(&mut self.coverage, &events);
        }
        let bucket = self.connector.charge(&operation).bucket.map(usize::from);
        if let Some(bucket) = bucket {
            self.budgets[bucket].pay(now, held);
        }
        let (mut refused, mut failed, mut retry) = (false, lost, true);
        for event in &events {
            match event {
                Event::Throttled { wait } => {
                    refused = true;
                    if let Some(bucket) = bucket {
                        self.budgets[bucket].refused(now, *wait);
                    }
                }
                Event::BudgetTold {
                    bucket,
                    available,
                    capacity,
                    rate_per_second,
                } => {
                    self.budgets[*bucket as usize].told(
                        now,
                        *available,
                        *capacity,
                        *rate_per_second,
                    );
                }
                Event::Authenticated { valid_until } if *valid_until <= now => {
                    failed = true;
                    let reason = format!(
                        "no access token can be used: this one was good until {} and its answer came at {}, {} after it \
                         was asked for; tokens must live longer, or sign-ins be answered sooner",
                        valid_until,
                        now,
                        now.since(sent_at)
                    );
                    self.quarantine(reason, news);
                }
                Event::Unauthorized => {
                    refused = true;
                    // Calls under way together are refused together.
                    if self.token_until > now {
                        self.refused_tokens = self.refused_tokens.saturating_add(1);
                    }
                    self.token_until = self.token_until.min(now);
                    self.refresh_at = self.refresh_at.min(now);
                }
                Event::Failed {
                    retry: worth,
                    reason,
                } => {
                    failed = true;
                    retry = *worth;
                    if !worth {
                        self.quarantine(reason.clone(), news);
                    }
                }
                _ => {}
            }
        }
        if !refused && !failed {
            self.lane_failures[lane as usize] = 0;
            if lane != Lane::SignIn {
                self.refused_tokens = 0;
            }
            if let Some(bucket) = bucket {
                self.budgets[bucket].served();
            }
        }
        if failed {
            self.fail(now, lane);
        }
        self.settle(
            now,
            operation,
            sent_at,
            &mut events,
            End {
                refused,
                failed,
                lost,
                retry,
            },
            news,
        );
        events.clear();
        self.events = events;
    }

    fn settle(
        &mut self,
        now: Micros,
        operation: Operation,
        sent_at: Micros,
        events: &mut Vec<Event>,
        end: End,
        news: &mut Vec<News>,
    ) {
        let again = end.refused || end.failed;
        match operation {
            Operation::Authenticate => {
                self.signing_in = false;
                for event in events.drain(..) {
                    if let Event::Authenticated { valid_until } = event
                        && !end.failed
                    {
                        self.take_token(now, valid_until);
                    }
                }
            }
            Operation::SetUp { step } => {
                self.set_up_under_way = false;
                if end.refused && self.refused_tokens > 0 {
                    self.stage = Stage::SettingUp(self.connector.set_up_again(step));
                } else if !again {
                    self.stage = if step + 1 < self.connector.set_up_steps() {
                        Stage::SettingUp(step + 1)
                    } else {
                        Stage::ReadingCatalogue
                    };
                }
            }
            Operation::ReadCatalogue { .. } => {
                self.set_up_under_way = false;
                for event in events.drain(..) {
                    if let Event::CatalogueRead { next, .. } = event {
                        self.catalogue_cursor = next;
                        if self.catalogue_cursor.is_none() {
                            self.stage = Stage::Ready;
                            self.feed.hasten(now);
                            news.push(News::Ready);
                        }
                    }
                }
            }
            Operation::PollOrders { .. } => {
                let mut read = None;
                if self.note_unreadable(now, events, Source::Feed) {
                    self.feed.order_unknown();
                }
                for event in events.drain(..) {
                    match event {
                        Event::FeedRead { next, .. } => read = Some(next),
                        other => self.take_signal(other, news),
                    }
                }
                match read {
                    Some(next) if !again => {
                        let complete_to = self.feed.page_read(now, next);
                        // Nobody may count on a feed that has told of an order that is counted nowhere.
                        let is_whole = !self.quarantine.is_one_missing();
                        news.extend(complete_to.filter(|_| is_whole).map(News::FeedComplete));
                    }
                    _ => self.feed.page_failed(),
                }
            }
            Operation::FetchOrders { orders } => {
                self.fetching -= 1;
                self.note_unreadable(now, events, Source::Fetch);
                if again && end.retry {
                    self.fetch.extend(orders);
                } else if again {
                    self.quarantine.not_read(now, &orders);
                }
                for event in events.drain(..) {
                    match event {
                        // What cannot be read waits in quarantine: fetched again at once, it would be unreadable again.
                        Event::Quarantined { reason, .. } => self.quarantine(reason, news),
                        other => self.take_signal(other, news),
                    }
                }
            }
            Operation::ReadQuantities { skus } => {
                if again && end.retry {
                    self.reads.extend(skus);
                } else if again {
                    let reads = &mut self.refused_reads;
                    skus.into_iter().for_each(|sku| reads.refused(now, sku));
                }
                for event in events.drain(..) {
                    match event {
                        Event::QuantityRead { sku, displayed } => {
                            self.refused_reads.answered(sku);
                            news.push(News::Read {
                                sku,
                                displayed,
                                sent_at,
                            });
                        }
                        Event::NotListed { sku } => {
                            self.refused_reads.answered(sku);
                            news.push(News::NotListed(sku));
                        }
                        Event::SubmissionRead { sku, submitted } => {
                            news.push(News::SubmissionRead {
                                sku,
                                submitted,
                                sent_at,
                            });
                        }
                        other => self.take_signal(other, news),
                    }
                }
            }
            Operation::WriteQuantities { ref writes, .. } => {
                let in_doubt = end.lost || (end.failed && end.retry);
                if in_doubt && !end.refused && self.capabilities.compare_and_set {
                    self.in_doubt.push_back(operation);
                } else {
                    self.settle_writes(sent_at, writes, events, end, news);
                }
            }
            Operation::PrepareFulfillment { orders } => {
                if again {
                    self.to_prepare
                        .extend(orders.into_iter().map(|order| (now, order)));
                }
                self.take_shipment_events(now, events, news);
            }
            Operation::ConfirmFulfillment { shipments } => {
                if again {
                    let is_one_of_several = shipments.len() > 1 && !end.retry && !end.refused;
                    let worth = end.retry || end.refused || is_one_of_several;
                    for Shipment { order, .. } in shipments {
                        if let Some(waiting) = self.waiting_shipments.get_mut(&order) {
                            waiting.alone |= is_one_of_several;
                        }
                        self.repeat_shipment(now, order, Micros::ZERO, worth, news);
                    }
                }
                self.take_shipment_events(now, events, news);
            }
            Operation::CancelOrder { order } => {
                if again && (end.retry || end.refused) {
                    self.cancels.push_back(order);
                }
                // The answer only says that the platform will: Shopify cancels in a job of its own. The order counts as
                // cancelled, and its units as free, when the platform says so in a signal or in the feed.
                for event in events.drain(..) {
                    self.take_signal(event, news);
                }
            }
            Operation::ReceiveMessages => {
                self.receiving = false;
                self.receive_at = now + RECEIVE_PAUSE;
                self.note_unreadable(now, events, Source::Signal);
                if self.handles.is_empty() {
                    self.acknowledge_at = now + ACKNOWLEDGE_GATHER;
                }
                for event in events.drain(..) {
                    match event {
                        Event::MessageReceived { handle } => self.handles.push(handle),
                        other => self.take_signal(other, news),
                    }
                }
            }
            Operation::AcknowledgeMessages { .. } => {
                // A message that was not deleted comes again and is recognised; nothing to repeat.
            }
        }
    }

    /// Takes a token that can be used.
    fn take_token(&mut self, now: Micros, valid_until: Micros) {
        self.token_until = valid_until;
        let jitter = mix(self.jitter_key, valid_until.0) % REFRESH_JITTER_MICROS;
        self.refresh_at = match valid_until {
            Micros::MAX => Micros::MAX,
            expires => expires.since(REFRESH_AHEAD + Micros(jitter)),
        };
        // A token that lives shorter than the refresh margin must not be renewed without pause.
        let pause = MIN_TOKEN_PAUSE.doubled(self.refused_tokens, LONGEST_TOKEN_PAUSE);
        self.lane_blocked[Lane::SignIn as usize] = now + pause;
        if self.stage == Stage::SigningIn {
            self.stage = if self.connector.set_up_steps() > 0 {
                Stage::SettingUp(0)
            } else {
                Stage::ReadingCatalogue
            };
        }
    }

    fn settle_writes(
        &mut self,
        sent_at: Micros,
        writes: &[QuantityWrite],
        events: &mut Vec<Event>,
        end: End,
        news: &mut Vec<News>,
    ) {
        for write in writes {
            self.queue.set_in_flight(write.sku, false);
        }
        let default = match end {
            End { refused: true, .. } => WriteNews::Refused,
            End { lost: true, .. } => WriteNews::Unknown,
            End {
                failed: true,
                retry: true,
                ..
            } => WriteNews::Unknown,
            _ => WriteNews::Rejected,
        };
        if default == WriteNews::Refused && !self.one_write_in_flight {
            self.coverage.mark(CoveragePoint::WriteRefused);
            let group = writes.first().map(|it| self.connector.batch_group(it.sku));
            self.queue.append_again(writes, group.unwrap_or(0));
            return;
        }
        let mut outcomes = vec![default; writes.len()];
        for event in events.drain(..) {
            if let Event::Written { sku, outcome } = event {
                if let Some(row) = writes.iter().position(|write| write.sku == sku) {
                    outcomes[row] = match outcome {
                        WriteOutcome::Live => WriteNews::Live,
                        WriteOutcome::Accepted => WriteNews::Accepted,
                        WriteOutcome::Stale => WriteNews::Stale,
                        WriteOutcome::Refused(reason) => {
                            self.quarantine(reason, news);
                            WriteNews::Rejected
                        }
                    };
                }
            } else {
                self.take_signal(event, news);
            }
        }
        for (write, outcome) in writes.iter().zip(outcomes) {
            self.coverage.mark(outcome.point());
            news.push(News::Written {
                write: *write,
                sent_at,
                outcome,
            });
        }
    }
}
