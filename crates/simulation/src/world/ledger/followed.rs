//! Orders that are followed to the end for a reason of their own, and counts that somebody got wrong: what drivers and faults
//! tell the ledger, because no fact of a platform says it.

use channel_mocks::core::{Micros, OrderRef, Tells, Told};

use super::{Entry, Ledger, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

impl Ledger {
    /// Notes that the engine has answered a webhook with a status 2xx: what it told of is the engine's to remember.
    pub fn webhook_acknowledged(&mut self, channel: ChannelIndex, tells: &Tells) {
        let orders = &mut self.orders[usize::from(channel.0)];
        for told in &tells.0 {
            if let Told::Sale(order) | Told::Named(order) = *told {
                orders.follow(order, |record| &mut record.acknowledged);
            }
        }
    }

    /// Notes that a payload that tells of an order was altered on its way.
    pub fn payload_altered(&mut self, channel: ChannelIndex, order: OrderRef) {
        self.orders[usize::from(channel.0)].follow(order, |record| &mut record.altered);
    }

    /// Notes that somebody counts a SKU wrong by so many units (too many above zero), or puts such a count right (the same
    /// with the other sign).
    ///
    /// For the warehouse (`channel` is `None`) to be called just before its stock record is changed by as much. The ledger
    /// takes that change for one of the records alone: what can be sold does not move. For a listing, to be called beside
    /// the edit of its count.
    pub fn bad_count(
        &mut self,
        at: Micros,
        channel: Option<ChannelIndex>,
        sku: SkuIndex,
        units: i64,
        recorder: &mut dyn Recorder,
    ) {
        if units == 0 {
            return;
        }
        if channel.is_none() {
            self.announced.push((sku, units));
        }
        self.last_change_at = at;
        self.displays.watch(sku, units > 0);
        recorder.record(
            at,
            &Entry::BadCount {
                channel,
                sku,
                units,
            },
        );
    }

    /// Takes a change of the warehouse's records of the shared pool for a bad count, if it was announced as one.
    pub(super) fn is_announced(&mut self, sku: SkuIndex, delta: i64) -> bool {
        if self.announced.is_empty() {
            return false;
        }
        let found = self.announced.iter().position(|it| *it == (sku, delta));
        let Some(position) = found else {
            return false;
        };
        self.announced.remove(position);
        self.stock.miscount(sku, delta);
        true
    }

    /// Records what the displayed counts have to say of themselves: margins that were never so low, and listings that a bad
    /// count has reached.
    pub(super) fn record_remarks(&mut self, at: Micros, recorder: &mut dyn Recorder) {
        for entry in self.displays.remarks() {
            recorder.record(at, &entry);
        }
    }

    /// Records what became of the orders that were followed.
    pub(super) fn close_followed(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        recorder: &mut dyn Recorder,
    ) {
        let orders = &self.orders[usize::from(channel.0)];
        let (acknowledged, altered) = orders.followed();
        if acknowledged + altered == 0 {
            return;
        }
        recorder.record(
            at,
            &Entry::OrdersFollowed {
                channel,
                acknowledged,
                altered,
            },
        );
        for (order, record) in orders.followed_and_lost() {
            recorder.record(
                at,
                &Entry::FollowedOrderLost {
                    channel,
                    order,
                    accepted_at: record.accepted_at,
                    acknowledged: record.acknowledged,
                    altered: record.altered,
                },
            );
        }
    }
}
