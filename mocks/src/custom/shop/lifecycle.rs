//! What an order goes through: payment, a hold, and what comes due by itself (docs/custom.md 4).

use crate::core::{Micros, Party, Stream};

use crate::custom::model::orders::Status;

use super::events::Event;
use super::timers::Due;
use super::{News, ShopState};

/// How an order begins.
pub(super) struct Beginning {
    pub(super) is_unpaid: bool,
    /// How long it must wait when it is paid; zero for not at all.
    pub(super) hold: Micros,
}

impl ShopState {
    /// When the list will show a change made now; drawn for each change.
    pub(super) fn visible_at(&mut self, now: Micros) -> Micros {
        let mut stream = Stream::new(self.keys.list_lag, self.orders.changes());
        let lag = self.profile.orders.list_lag.draw(&mut stream);
        if let Some(base) = &self.laid_over {
            let usual = base.orders.list_lag.usually_within();
            self.faults.late_listing.offer(lag > usual);
        }
        now + lag
    }

    /// Notes that an order has changed, and tells whoever listens.
    pub(super) fn order_changed(&mut self, now: Micros, order: u32) {
        let visible_at = self.visible_at(now);
        self.orders.changed(now, order, visible_at);
        self.raise(now, Event::OrderUpdated(order));
    }

    /// Whether the next order is placed unpaid, and how long it must wait otherwise.
    pub(super) fn beginning(&mut self) -> Beginning {
        let order = u64::from(self.orders.len());
        let (unpaid_key, hold_key) = (self.keys.unpaid, self.keys.hold);
        let by = |orders: &crate::custom::profile::OrdersProfile| {
            let is_unpaid = Stream::new(unpaid_key, order).chance(orders.unpaid_share);
            let mut stream = Stream::new(hold_key, order);
            let is_held = stream.chance(orders.hold_share);
            let hold = orders.hold.draw(&mut stream);
            Beginning {
                is_unpaid,
                hold: if is_held { hold } else { Micros::ZERO },
            }
        };
        let beginning = by(&self.profile.orders);
        if let Some(base) = &self.laid_over {
            let usual = by(&base.orders);
            let waits_longer = match (beginning.is_unpaid, usual.is_unpaid) {
                (true, false) => true,
                (false, false) => beginning.hold > usual.hold,
                (true, true) => self.profile.orders.unpaid_expiry > base.orders.unpaid_expiry,
                (false, true) => false,
            };
            self.faults.hold.offer(waits_longer);
        }
        beginning
    }

    /// Opens a pending order for shipping.
    pub(super) fn open_order(&mut self, now: Micros, order: u32) {
        let record = self.orders.order_mut(order);
        record.status = Status::Open;
        record.is_unpaid = false;
        record.open_since = now;
        self.order_changed(now, order);
    }

    /// Whether something due would still change anything: orders move on, and their old timers go stale.
    pub(crate) fn is_live(&self, due: Due) -> bool {
        let is_pending = |order: u32, is_unpaid: bool| {
            let record = self.orders.order(order);
            record.status == Status::Pending && record.is_unpaid == is_unpaid
        };
        match due {
            Due::UnpaidExpires(order) => is_pending(order, true),
            Due::HoldEnds(order) => is_pending(order, false),
            Due::WriteLive(_) | Due::Send(_) => true,
        }
    }

    /// Does what has come due; `is_live` has been asked.
    pub(crate) fn perform(&mut self, now: Micros, due: Due) {
        match due {
            Due::UnpaidExpires(order) => self.cancel(now, order, Party::Platform, None),
            Due::HoldEnds(order) => self.open_order(now, order),
            Due::WriteLive(write) => self.make_live(now, write),
            Due::Send(delivery) => self.news.push_back(News::Send(delivery)),
        }
    }
}
