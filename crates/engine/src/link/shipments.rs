//! Shipments: prepared where the platform wants it, gathered, told, and told again.

use std::collections::VecDeque;

use super::lanes::Lane;
use super::{ChannelLink, News};
use crate::budget::Claim;
use crate::canonical::{OrderKey, Shipment};
use crate::connectors::{Event, Operation};
use crate::machine::Output;
use oversell_kernel::Micros;

/// Attempts at confirming a shipment before a person must look at it.
const MAX_SHIPMENT_ATTEMPTS: u32 = 200;
/// Wait before asking again for a shipment that the platform cannot take yet.
const NOT_READY_WAIT: Micros = Micros::from_secs(300);
/// Shipments to prepare gather for so long, since one call serves many.
const PREPARE_GATHER: Micros = Micros::from_secs(20);

/// A shipment that the platform does not have on record yet.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct WaitingShipment {
    pub(super) shipment: Shipment,
    /// Further parcels of the same order, told one after the other.
    next: VecDeque<Shipment>,
    attempts: u32,
    /// To be told by itself: a call that told it with others was refused, and one of them is the reason.
    pub(super) alone: bool,
}

impl ChannelLink {
    /// Wants a shipment confirmed, after those of the same order that wait.
    pub fn want_confirmed(&mut self, now: Micros, shipment: Shipment) {
        let order = shipment.order;
        if let Some(waiting) = self.waiting_shipments.get_mut(&order) {
            waiting.next.push_back(shipment);
            return;
        }
        self.waiting_shipments.insert(
            order,
            WaitingShipment {
                shipment,
                next: VecDeque::new(),
                attempts: 0,
                alone: false,
            },
        );
        if self.capabilities.fulfillment_needs_preparation {
            self.to_prepare.push_back((now + PREPARE_GATHER, order));
        } else {
            self.to_confirm.push_back((now, order));
        }
    }

    /// Prepares and tells what is due.
    pub(super) fn pump_shipments(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        while self.to_prepare.front().is_some_and(|(at, _)| *at <= now)
            && self.is_open(now, Lane::Prepare)
        {
            let orders: Vec<OrderKey> = self
                .to_prepare
                .iter()
                // Whoever gathers in the same spell goes along; longer waits are for orders that were not ready.
                .take_while(|(at, _)| *at <= now + PREPARE_GATHER)
                .take(self.capabilities.prepare_batch)
                .map(|(_, order)| *order)
                .collect();
            let batch = orders.len();
            let operation = Operation::PrepareFulfillment { orders };
            let Some(held) = self.afford(now, Lane::Prepare, &operation, Claim::Usual) else {
                break;
            };
            self.to_prepare.drain(..batch);
            self.send(now, operation, held, outputs);
        }
        while self.to_confirm.front().is_some_and(|(at, _)| *at <= now)
            && self.is_open(now, Lane::Confirm)
        {
            let taken = self.next_confirmations(now);
            let shipments: Vec<Shipment> = self
                .to_confirm
                .range(..taken)
                .filter_map(|(_, order)| self.waiting_shipments.get(order))
                .map(|waiting| waiting.shipment.clone())
                .collect();
            if !shipments.is_empty() {
                let operation = Operation::ConfirmFulfillment { shipments };
                let Some(held) = self.afford(now, Lane::Confirm, &operation, Claim::Usual) else {
                    return;
                };
                self.send(now, operation, held, outputs);
            }
            self.to_confirm.drain(..taken);
        }
    }

    /// How many confirmations at the head of the queue go into the next call.
    fn next_confirmations(&self, now: Micros) -> usize {
        let is_alone = |order| {
            let waiting = self.waiting_shipments.get(order);
            waiting.is_some_and(|waiting| waiting.alone)
        };
        let together = self
            .to_confirm
            .iter()
            .take(self.capabilities.confirm_batch)
            .take_while(|(at, order)| *at <= now && !is_alone(order))
            .count();
        together.max(1)
    }

    /// Takes what became of shipments.
    pub(super) fn take_shipment_events(
        &mut self,
        now: Micros,
        events: &mut Vec<Event>,
        news: &mut Vec<News>,
    ) {
        for event in events.drain(..) {
            match event {
                Event::FulfillmentReady { order } => self.to_confirm.push_back((now, order)),
                Event::FulfillmentNotReady { order } => {
                    self.repeat_shipment(now, order, NOT_READY_WAIT, true, news)
                }
                Event::FulfillmentConfirmed { order, lines } => {
                    news.push(News::ParcelConfirmed { order, lines });
                    if self.tell_next_parcel(now, order) {
                        continue;
                    }
                    if self.waiting_shipments.swap_remove(&order).is_some() {
                        news.push(News::ShipmentConfirmed(order));
                    }
                }
                Event::FulfillmentRefused { order, reason } => {
                    if self.waiting_shipments.swap_remove(&order).is_some() {
                        self.quarantine(reason, news);
                        news.push(News::ShipmentGivenUp(order));
                    }
                }
                other => self.take_signal(other, news),
            }
        }
    }

    /// Goes on to the order's next parcel, if there is one.
    fn tell_next_parcel(&mut self, now: Micros, order: OrderKey) -> bool {
        let Some(waiting) = self.waiting_shipments.get_mut(&order) else {
            return false;
        };
        let Some(shipment) = waiting.next.pop_front() else {
            return false;
        };
        waiting.shipment = shipment;
        waiting.attempts = 0;
        waiting.alone = false;
        self.to_confirm.push_back((now, order));
        true
    }

    /// Puts a shipment back to be told again, or gives it up.
    pub(super) fn repeat_shipment(
        &mut self,
        now: Micros,
        order: OrderKey,
        wait: Micros,
        worth: bool,
        news: &mut Vec<News>,
    ) {
        let Some(waiting) = self.waiting_shipments.get_mut(&order) else {
            return;
        };
        waiting.attempts += 1;
        if !worth || waiting.attempts > MAX_SHIPMENT_ATTEMPTS {
            self.waiting_shipments.swap_remove(&order);
            self.counts.shipments_given_up += 1;
            news.push(News::ShipmentGivenUp(order));
            return;
        }
        if self.capabilities.fulfillment_needs_preparation {
            self.to_prepare.push_back((now + wait, order));
        } else {
            self.to_confirm.push_back((now + wait, order));
        }
    }
}
