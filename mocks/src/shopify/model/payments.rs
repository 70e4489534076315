//! What has been paid of an order, and the transactions that say so (docs/platforms/shopify.md 3.5). An order of the
//! storefront is paid when it is placed, by one sale; one that an app made has the payments that the app told.

use super::ids;
use super::made::{Financial, MadeOrder, Payment, PaymentKind};
use super::refunds::Refund;
use super::span::NONE;
use super::state::State;
use crate::core::Micros;

/// The gateway of the storefront's payments.
pub(crate) const GATEWAY: &str = "shopify_payments";

/// A transaction of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// The sale of an order of the storefront.
    Sale(u32),
    /// A payment of an order that an app made, by its position.
    Payment(u32),
    /// The money of a refund, by the refund's position.
    Refund(u32),
}

impl State {
    /// What an order has that an app made.
    pub(crate) fn made(&self, order: u32) -> Option<&MadeOrder> {
        // Nearly all shops have none, and every order that is read comes by here.
        if self.made_orders.is_empty() {
            return None;
        }
        self.made_orders.get(&order)
    }

    /// The payments of an order that an app made.
    pub(crate) fn payments_of(&self, made: &MadeOrder) -> impl Iterator<Item = &Payment> {
        made.payments.iter().map(|at| &self.payments[*at as usize])
    }

    /// What was received for an order, before anything was paid back.
    pub(crate) fn received_cents(&self, order: u32) -> i64 {
        let Some(made) = self.made(order) else {
            return self.orders[order as usize].total_cents;
        };
        self.payments_of(made)
            .filter(|payment| payment.succeeded() && payment.kind.brings_money())
            .map(|payment| payment.cents)
            .sum()
    }

    /// What was received for an order and not paid back.
    pub(crate) fn net_received_cents(&self, order: u32) -> i64 {
        self.received_cents(order) - self.orders[order as usize].refunded_cents
    }

    /// Whether money can still be taken by an authorization: it went through, and has been neither captured nor voided.
    pub(crate) fn is_open_authorization(&self, at: u32) -> bool {
        let payment = &self.payments[at as usize];
        if payment.kind != PaymentKind::Authorization || !payment.succeeded() {
            return false;
        }
        let made = self.made(payment.order);
        let mut others = made.into_iter().flat_map(|made| self.payments_of(made));
        !others.any(|other| other.parent == at && other.succeeded())
    }

    /// What authorizations can still bring in.
    pub(crate) fn capturable_cents(&self, order: u32) -> i64 {
        let Some(made) = self.made(order) else {
            return 0;
        };
        let open = made.payments.iter();
        open.filter(|at| self.is_open_authorization(**at))
            .map(|at| self.payments[*at as usize].cents)
            .sum()
    }

    /// What is neither paid nor authorized of what an order comes to now.
    pub(crate) fn outstanding_cents(&self, order: u32) -> i64 {
        if self.made(order).is_none() {
            return 0;
        }
        let total = self.current_total_cents(order);
        (total - self.net_received_cents(order) - self.capturable_cents(order)).max(0)
    }

    /// Whether an order was cancelled before anything was paid: then nobody pays it any more, whatever state it was in
    /// (docs/platforms/shopify.md 3.2). An app may have said that it is paid without telling a payment.
    fn is_voided(&self, order: u32, made: &MadeOrder) -> bool {
        let is_paid = matches!(
            made.given_status,
            Some(
                Financial::Paid
                    | Financial::PartiallyPaid
                    | Financial::PartiallyRefunded
                    | Financial::Refunded
            )
        );
        self.orders[order as usize].is_cancelled() && !is_paid && self.received_cents(order) == 0
    }

    /// An order's financial state. One that an app made has none while no payment of it went through and the app gave
    /// none.
    pub(crate) fn financial_status(&self, order: u32) -> Option<Financial> {
        let record = &self.orders[order as usize];
        let Some(made) = self.made(order) else {
            return Some(record.paid_status(record.total_cents));
        };
        if self.is_voided(order, made) {
            return Some(Financial::Voided);
        }
        if made.given_status.is_some() && record.refunded_cents == 0 {
            return made.given_status;
        }
        let received = self.received_cents(order);
        if received > 0 {
            return Some(
                if record.refunded_cents == 0 && received < record.total_cents {
                    Financial::PartiallyPaid
                } else {
                    record.paid_status(received)
                },
            );
        }
        if self.capturable_cents(order) > 0 {
            return Some(Financial::Authorized);
        }
        let mut payments = self.payments_of(made);
        if payments.any(|payment| payment.kind == PaymentKind::Void && payment.succeeded()) {
            return Some(Financial::Voided);
        }
        let mut payments = self.payments_of(made);
        payments
            .any(|payment| payment.status == "PENDING")
            .then_some(Financial::Pending)
    }

    /// Why an order cannot be cancelled, if so. Shipped units stand in the way where somebody has paid.
    pub(crate) fn cancel_obstacle(&self, order: u32) -> Option<&'static str> {
        let record = &self.orders[order as usize];
        if record.is_cancelled() {
            Some("Cannot cancel an order that has already been canceled")
        } else if record.fulfilled_units > 0 && self.received_cents(order) > 0 {
            Some("Cannot cancel an order that has outstanding fulfillments")
        } else {
            None
        }
    }

    /// Whether the staff may say that an order has been paid.
    pub(crate) fn can_be_marked_as_paid(&self, order: u32) -> bool {
        let record = &self.orders[order as usize];
        !record.is_cancelled()
            && self.financial_status(order) != Some(Financial::Paid)
            && self.outstanding_cents(order) + self.capturable_cents(order) > 0
    }

    /// The transactions of an order, oldest first.
    pub(crate) fn transactions_of(&self, order: u32) -> Vec<Transaction> {
        let refunds = self.refunds_of(&self.orders[order as usize]);
        let made = self.made(order);
        let first = match made {
            None => vec![Transaction::Sale(order)],
            Some(made) => made
                .payments
                .iter()
                .map(|at| Transaction::Payment(*at))
                .collect(),
        };
        let refunds = refunds.into_iter();
        let refunds = refunds.filter(|at| self.moves_money(&self.refunds[*at as usize]));
        first
            .into_iter()
            .chain(refunds.map(Transaction::Refund))
            .collect()
    }

    /// The order and the transaction of a number.
    pub(crate) fn find_transaction(&self, number: u64) -> Option<(u32, Transaction)> {
        let sale = ids::SALE_TRANSACTION.position(number, self.orders.len());
        // Orders that apps made have no sale of their own, but payments.
        if let Some(order) = sale.filter(|order| self.made(*order).is_none()) {
            return Some((order, Transaction::Sale(order)));
        }
        if let Some(at) = ids::PAYMENT_TRANSACTION.position(number, self.payments.len()) {
            return Some((self.payments[at as usize].order, Transaction::Payment(at)));
        }
        let refund = ids::REFUND_TRANSACTION.position(number, self.refunds.len())?;
        let order = self.refunds[refund as usize].order;
        Some((order, Transaction::Refund(refund)))
    }

    /// Whether a transaction brought money in, which can be given back.
    pub(crate) fn brings_money(&self, transaction: Transaction) -> bool {
        match transaction {
            Transaction::Sale(_) => true,
            Transaction::Payment(at) => {
                let payment = &self.payments[at as usize];
                payment.succeeded() && payment.kind.brings_money()
            }
            Transaction::Refund(_) => false,
        }
    }

    /// The order of a transaction, its money and when it was made.
    pub(crate) fn outline(&self, transaction: Transaction) -> (u32, i64, Micros) {
        match transaction {
            Transaction::Sale(order) => {
                let record = &self.orders[order as usize];
                (order, record.total_cents, record.created_at)
            }
            Transaction::Payment(at) => {
                let payment = &self.payments[at as usize];
                (payment.order, payment.cents, payment.created_at)
            }
            Transaction::Refund(at) => {
                let refund = &self.refunds[at as usize];
                (refund.order, refund.amount_cents, refund.created_at)
            }
        }
    }

    /// What a transaction is about: of a refund the payment that brought the money in.
    pub(crate) fn parent_of(&self, transaction: Transaction) -> Option<Transaction> {
        match transaction {
            Transaction::Sale(_) => None,
            Transaction::Payment(at) => {
                let parent = self.payments[at as usize].parent();
                parent.map(Transaction::Payment)
            }
            Transaction::Refund(at) => {
                let order = self.refunds[at as usize].order;
                let Some(made) = self.made(order) else {
                    return Some(Transaction::Sale(order));
                };
                self.money_in(made).map(Transaction::Payment)
            }
        }
    }

    /// The gateway of a transaction: that of the payment, or of the order's first one.
    pub(crate) fn gateway_of(&self, transaction: Transaction) -> &str {
        if let Transaction::Payment(at) = transaction {
            return &self.payments[at as usize].gateway;
        }
        let (order, ..) = self.outline(transaction);
        let first = self.made(order).and_then(|made| made.payments.first());
        first.map_or(GATEWAY, |at| self.payments[*at as usize].gateway.as_str())
    }

    /// The first payment that brought money in.
    pub(crate) fn money_in(&self, made: &MadeOrder) -> Option<u32> {
        let mut payments = made.payments.iter().copied();
        payments.find(|at| {
            let payment = &self.payments[*at as usize];
            payment.succeeded() && payment.kind.brings_money()
        })
    }

    /// Whether a refund has a transaction: one that pays nothing back has none.
    pub(crate) fn moves_money(&self, refund: &Refund) -> bool {
        refund.amount_cents > 0
    }

    /// The gateways of an order's payments, each once; none for an order of the storefront.
    pub(crate) fn gateways_of<'a>(&'a self, made: &'a MadeOrder) -> Vec<&'a str> {
        let mut found: Vec<&str> = Vec::new();
        for payment in self.payments_of(made) {
            if !found.contains(&payment.gateway.as_str()) {
                found.push(&payment.gateway);
            }
        }
        found
    }

    /// The listing whose stock a line's units are taken from: not those of custom lines, nor those of an order that an app
    /// made without claiming stock.
    pub(crate) fn claimed_listing(&self, line: u32) -> Option<u32> {
        let line = &self.lines[line as usize];
        line.claims_stock.then_some(line.listing)
    }

    /// The order that a line is of.
    pub(crate) fn order_of_line(&self, line: u32) -> u32 {
        // Orders stand in the order of their lines.
        let later = self
            .orders
            .partition_point(|order| order.lines.start <= line);
        later.saturating_sub(1) as u32
    }

    /// The listing that a line is of, if it is of one.
    pub(crate) fn listing_of(&self, line: u32) -> Option<u32> {
        let listing = self.lines[line as usize].listing;
        (listing != NONE).then_some(listing)
    }
}
