//! What is sent now, and when the next thing may be.

use std::collections::VecDeque;

use super::lanes::{Lane, MAX_CALLS_UNDER_WAY};
use super::{ChannelLink, Stage};
use crate::budget::Claim;
use crate::connectors::Operation;
use crate::machine::{Output, Target};
use crate::planted::planted;
use oversell_kernel::Micros;

/// Handles that one call acknowledges (the queue's limit).
const ACKNOWLEDGE_BATCH: usize = 10;

impl ChannelLink {
    pub(super) fn send(
        &mut self,
        now: Micros,
        operation: Operation,
        held: f64,
        outputs: &mut VecDeque<Output>,
    ) {
        if planted!(DuplicatedRaise) && operation.is_raise() {
            let call = self.calls.insert(operation.clone(), now, 0.0);
            // Nobody hears what becomes of it.
            self.calls.remove(call);
            outputs.push_back(Output::Call {
                call,
                target: Target::Channel(self.channel),
                request: self.connector.build(now, &operation),
            });
        }
        let request = self.connector.build(now, &operation);
        let call = self.calls.insert(operation, now, held);
        outputs.push_back(Output::Call {
            call,
            target: Target::Channel(self.channel),
            request,
        });
    }

    /// Sends everything that may be sent now.
    pub(super) fn pump(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        if now < self.opens_at {
            self.next_wake = self.opens_at;
            return;
        }
        if self.stage == Stage::SigningIn || now >= self.refresh_at {
            if self.may_sign_in() && self.is_open(now, Lane::SignIn) {
                let operation = Operation::Authenticate;
                if let Some(held) = self.afford(now, Lane::SignIn, &operation, Claim::Urgent) {
                    self.signing_in = true;
                    self.send(now, operation, held, outputs);
                }
            }
            // An expired token would only be refused.
            if now >= self.token_until {
                self.rearm(now);
                return;
            }
        }
        match self.stage {
            Stage::SigningIn => {}
            Stage::SettingUp(step) => {
                if !self.set_up_under_way && self.is_open(now, Lane::SetUp) {
                    let operation = Operation::SetUp { step };
                    if let Some(held) = self.afford(now, Lane::SetUp, &operation, Claim::Urgent) {
                        self.set_up_under_way = true;
                        self.send(now, operation, held, outputs);
                    }
                }
            }
            Stage::ReadingCatalogue => {
                if !self.set_up_under_way && self.is_open(now, Lane::SetUp) {
                    let operation = Operation::ReadCatalogue {
                        cursor: self.catalogue_cursor.clone(),
                    };
                    if let Some(held) = self.afford(now, Lane::SetUp, &operation, Claim::Urgent) {
                        self.set_up_under_way = true;
                        self.send(now, operation, held, outputs);
                    }
                }
            }
            Stage::Ready => self.pump_ready(now, outputs),
        }
        self.rearm(now);
    }

    fn may_sign_in(&self) -> bool {
        let is_left_out = planted!(TokenRefreshLeftOut) && self.stage != Stage::SigningIn;
        !(self.signing_in || is_left_out)
    }

    fn pump_ready(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        self.pump_writes(now, outputs);
        self.pump_messages(now, outputs);
        self.pump_fetches(now, outputs);
        self.pump_feed(now, outputs);
        self.pump_reads(now, outputs);
        self.pump_cancels(now, outputs);
        self.pump_shipments(now, outputs);
    }

    /// How the next write of the queue is sent.
    fn write_lane(&self) -> (Lane, Claim) {
        if self.queue.has_costing() {
            (Lane::UrgentWrite, Claim::Urgent)
        } else if self.queue.next_is_background() {
            (Lane::BackgroundWrite, Claim::Background)
        } else {
            (Lane::Write, Claim::Usual)
        }
    }

    fn pump_writes(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while !self.in_doubt.is_empty() && self.is_open(now, Lane::Write) {
            let mut operation = self.in_doubt[0].clone();
            if planted!(GrantWithoutKey)
                && let Operation::WriteQuantities {
                    idempotency_key, ..
                } = &mut operation
            {
                self.idempotency_keys += 1;
                *idempotency_key = self.idempotency_keys;
            }
            let Some(held) = self.afford(now, Lane::Write, &operation, Claim::Urgent) else {
                break;
            };
            self.in_doubt.pop_front();
            self.send(now, operation, held, outputs);
        }
        while !self.queue.is_empty() {
            let (lane, claim) = self.write_lane();
            if !self.is_open(now, lane) {
                return;
            }
            let mut taken = self.queue.take(now);
            if taken.rows.is_empty() {
                return;
            }
            let operation = Operation::WriteQuantities {
                writes: std::mem::take(&mut taken.rows),
                idempotency_key: self.idempotency_keys + 1,
            };
            let Some(held) = self.afford(now, lane, &operation, claim) else {
                if let Operation::WriteQuantities { writes, .. } = operation {
                    taken.rows = writes;
                    self.queue.restore(taken);
                }
                return;
            };
            self.idempotency_keys += 1;
            if self.one_write_in_flight
                && let Operation::WriteQuantities { writes, .. } = &operation
            {
                for write in writes {
                    self.queue.set_in_flight(write.sku, true);
                }
            }
            self.send(now, operation, held, outputs);
        }
    }

    fn pump_messages(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while (self.handles.len() >= ACKNOWLEDGE_BATCH
            || (!self.handles.is_empty() && now >= self.acknowledge_at))
            && self.is_open(now, Lane::Acknowledge)
        {
            let batch = self.handles.len().min(ACKNOWLEDGE_BATCH);
            let operation = Operation::AcknowledgeMessages {
                handles: self.handles.drain(..batch).collect(),
            };
            self.send(now, operation, 0.0, outputs);
        }
        if self.receives
            && !self.receiving
            && now >= self.receive_at
            && self.is_open(now, Lane::Receive)
        {
            self.receiving = true;
            self.send(now, Operation::ReceiveMessages, 0.0, outputs);
        }
    }

    fn pump_fetches(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        if self.quarantine.next_due() <= now {
            let again = self.quarantine.take_due(now);
            self.fetch.extend(again);
        }
        // A few calls at a time: what arrives meanwhile fills the next call.
        while !self.fetch.is_empty() && self.fetching < 2 && self.is_open(now, Lane::Fetch) {
            let batch = self.capabilities.fetch_batch;
            let operation = Operation::FetchOrders {
                orders: self.fetch.first(batch),
            };
            let Some(held) = self.afford(now, Lane::Fetch, &operation, Claim::Urgent) else {
                return;
            };
            self.fetch.drop_first(batch);
            self.fetching += 1;
            self.send(now, operation, held, outputs);
        }
    }

    fn pump_feed(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        if self.polls
            && self.feed.due().is_some_and(|due| due <= now)
            && self.is_open(now, Lane::Feed)
        {
            let (since, cursor) = self.feed.next_page(now);
            let operation = Operation::PollOrders { since, cursor };
            if let Some(held) = self.afford(now, Lane::Feed, &operation, Claim::Usual) {
                self.send(now, operation, held, outputs);
            } else {
                self.feed.page_failed();
            }
        }
    }

    fn pump_reads(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while let Some(sku) = self.refused_reads.take_due(now) {
            self.reads.insert(sku);
        }
        while !self.reads.is_empty() && self.is_open(now, Lane::Read) {
            let batch = self.capabilities.read_batch;
            let operation = Operation::ReadQuantities {
                skus: self.reads.first(batch),
            };
            let Some(held) = self.afford(now, Lane::Read, &operation, Claim::Usual) else {
                return;
            };
            self.reads.drop_first(batch);
            self.send(now, operation, held, outputs);
        }
    }

    fn pump_cancels(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while let Some(&order) = self.cancels.front() {
            if !self.is_open(now, Lane::Cancel) {
                return;
            }
            let operation = Operation::CancelOrder { order };
            let Some(held) = self.afford(now, Lane::Cancel, &operation, Claim::Usual) else {
                return;
            };
            self.cancels.pop_front();
            self.send(now, operation, held, outputs);
        }
    }

    fn rearm(&mut self, now: Micros) {
        let mut wake = Micros::MAX;
        let may_sign_in = self.may_sign_in();
        let mut consider = |lane: Lane, waiting: bool, due: Micros| {
            if waiting {
                wake = wake.min(due.max(self.lane_blocked[lane as usize]));
            }
        };
        consider(
            Lane::SignIn,
            may_sign_in,
            if self.stage == Stage::SigningIn {
                now
            } else {
                self.refresh_at
            },
        );
        match self.stage {
            // Nothing can be asked without a token; the answer to the sign-in pumps again.
            _ if now >= self.token_until => {}
            Stage::SigningIn => {}
            Stage::SettingUp(_) | Stage::ReadingCatalogue => {
                consider(Lane::SetUp, !self.set_up_under_way, now)
            }
            Stage::Ready => {
                let (write_lane, _) = self.write_lane();
                // Listings with a write in flight are woken by its answer, not by a timer.
                let blocked = self.lane_blocked[write_lane as usize] > now;
                consider(write_lane, !self.queue.is_empty() && blocked, now);
                consider(Lane::Write, !self.in_doubt.is_empty(), now);
                consider(
                    Lane::Receive,
                    self.receives && !self.receiving,
                    self.receive_at,
                );
                // A full batch that its lane holds back is due as soon as the lane is free.
                let has_full_batch = self.handles.len() >= ACKNOWLEDGE_BATCH;
                consider(
                    Lane::Acknowledge,
                    !self.handles.is_empty(),
                    if has_full_batch {
                        now
                    } else {
                        self.acknowledge_at
                    },
                );
                consider(
                    Lane::Fetch,
                    !self.fetch.is_empty() && self.fetching < 2,
                    now,
                );
                let unreadable = self.quarantine.next_due();
                consider(Lane::Fetch, unreadable < Micros::MAX, unreadable);
                if let Some(due) = self.feed.due().filter(|_| self.polls) {
                    consider(Lane::Feed, true, due);
                }
                consider(Lane::Read, !self.reads.is_empty(), now);
                let refused = self.refused_reads.next_due();
                consider(Lane::Read, refused < Micros::MAX, refused);
                consider(Lane::Cancel, !self.cancels.is_empty(), now);
                if let Some((at, _)) = self.to_prepare.front() {
                    consider(Lane::Prepare, true, *at);
                }
                if let Some((at, _)) = self.to_confirm.front() {
                    consider(Lane::Confirm, true, *at);
                }
            }
        }
        // With every place for calls taken, the next answer pumps again.
        self.next_wake = if self.calls.len() >= MAX_CALLS_UNDER_WAY {
            Micros::MAX
        } else {
            wake.max(now)
        };
    }
}
