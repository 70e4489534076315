//! Payments of orders that apps made: captured, voided, told by hand (docs/platforms/shopify.md 3.5).

use super::Store;
use super::notices::Subject;
use crate::core::Micros;
use crate::shopify::model::made::{Financial, Payment, PaymentKind};
use crate::shopify::model::span::NONE;
use crate::shopify::model::subscriptions::Topic;

/// The gateway of payments that the staff tell.
const MANUAL: &str = "manual";

impl Store {
    /// Takes money that an authorization allows, and returns the payment's position.
    pub(crate) fn capture(&mut self, now: Micros, authorization: u32, cents: i64) -> u32 {
        let order = self.state.payments[authorization as usize].order;
        let made = self.add_about(now, authorization, PaymentKind::Capture, cents);
        self.payment_changed(now, order);
        made
    }

    /// Gives an authorization up, and returns the position of what says so.
    pub(crate) fn void(&mut self, now: Micros, authorization: u32) -> u32 {
        let order = self.state.payments[authorization as usize].order;
        let made = self.add_about(now, authorization, PaymentKind::Void, 0);
        self.payment_changed(now, order);
        made
    }

    /// Gives up what authorizations of an order are open, as part of another change of it.
    pub(super) fn void_authorizations(&mut self, now: Micros, order: u32) {
        for authorization in self.open_authorizations(order) {
            self.add_about(now, authorization, PaymentKind::Void, 0);
        }
    }

    /// Notes that an order is paid in full: authorizations are captured, and the rest has been received by hand.
    pub(crate) fn mark_as_paid(&mut self, now: Micros, order: u32) {
        for authorization in self.open_authorizations(order) {
            let cents = self.state.payments[authorization as usize].cents;
            self.add_about(now, authorization, PaymentKind::Capture, cents);
        }
        let rest = self.state.outstanding_cents(order);
        if rest > 0 {
            let now_unix = self.state.shop.epoch.unix_secs(now) * 1_000_000;
            self.add_sale(now, order, rest, MANUAL, now_unix);
        }
        self.payment_changed(now, order);
    }

    /// Notes a payment that was received by hand.
    pub(crate) fn pay_by_hand(
        &mut self,
        now: Micros,
        order: u32,
        cents: i64,
        gateway: Option<&str>,
        processed_unix_micros: i64,
    ) {
        self.add_sale(
            now,
            order,
            cents,
            gateway.unwrap_or(MANUAL),
            processed_unix_micros,
        );
        self.payment_changed(now, order);
    }

    fn open_authorizations(&self, order: u32) -> Vec<u32> {
        let made = self.state.made(order);
        let payments = made.into_iter().flat_map(|made| &made.payments).copied();
        payments
            .filter(|at| self.state.is_open_authorization(*at))
            .collect()
    }

    /// Adds what became of an authorization.
    fn add_about(&mut self, now: Micros, authorization: u32, kind: PaymentKind, cents: i64) -> u32 {
        let parent = &self.state.payments[authorization as usize];
        let payment = Payment {
            kind,
            cents,
            created_at: now,
            processed_unix_micros: self.state.shop.epoch.unix_secs(now) * 1_000_000,
            parent: authorization,
            ..parent.clone()
        };
        self.add_payment(payment)
    }

    fn add_sale(
        &mut self,
        now: Micros,
        order: u32,
        cents: i64,
        gateway: &str,
        processed_unix_micros: i64,
    ) {
        let is_test = self.state.made(order).is_some_and(|made| made.is_test);
        self.add_payment(Payment {
            order,
            kind: PaymentKind::Sale,
            status: "SUCCESS",
            gateway: gateway.to_owned(),
            cents,
            created_at: now,
            processed_unix_micros,
            parent: NONE,
            is_test,
        });
    }

    fn add_payment(&mut self, payment: Payment) -> u32 {
        let at = self.state.payments.len() as u32;
        if let Some(made) = self.state.made_orders.get_mut(&payment.order) {
            made.payments.push(at);
            // From now on the payments say what state the order is in.
            made.given_status = None;
        }
        self.state.payments.push(payment);
        at
    }

    /// Notes that a payment changed its order.
    fn payment_changed(&mut self, now: Micros, order: u32) {
        let event = self.new_event();
        self.archive_if_done(now, order);
        self.touch(now, order);
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
        if self.state.financial_status(order) == Some(Financial::Paid) {
            self.raise(now, event, Topic::OrdersPaid, Subject::Order(order));
        }
    }
}
