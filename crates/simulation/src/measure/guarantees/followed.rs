//! Orders that are followed for a reason of their own: those of webhooks that the engine has acknowledged, and those of payloads
//! that were altered on their way. Neither kind may get lost.

use super::finding::{About, Finding};
use super::{Place, Rests};
use crate::engine::config::Promise;
use crate::measure::assumptions::Hypothesis;
use crate::measure::figures::RunFacts;
use crate::measure::verdict::CounterExample;
use crate::world::ledger::Entry;

/// Every order of which an acknowledged webhook told reaches the warehouse, or is cancelled, whatever crashes. A webhook that
/// was answered with a status 2xx does not come again.
#[derive(Clone, Debug, Default)]
pub(super) struct AcknowledgedWebhooksSurvive(Followed);

/// Every order of which an altered payload told reaches the warehouse in the end, or is cancelled: quarantined at first, if
/// need be, and never dropped.
#[derive(Clone, Debug, Default)]
pub(super) struct NoPayloadDropped(Followed);

#[derive(Clone, Debug, Default)]
struct Followed {
    orders: u64,
    lost: u64,
    first: Option<CounterExample>,
}

impl Followed {
    fn lose(&mut self, place: Place<'_>, entry: &Entry, what: &str) {
        let Entry::FollowedOrderLost {
            channel,
            order,
            accepted_at,
            ..
        } = *entry
        else {
            return;
        };
        self.lost += 1;
        self.first.get_or_insert_with(|| CounterExample {
            at_s: accepted_at.as_secs_f64(),
            ..place.example(channel, format!("order {} {what}", order.0))
        });
    }

    fn finding(self, name: &'static str, what: &'static str, exercised: bool) -> Finding {
        Finding {
            name,
            about: About::Orders,
            promise: Some(Promise::EveryOrderIngested),
            exercised,
            broken: self.lost,
            of: self.orders,
            what,
            excused: 0,
            tolerated_share: 0.0,
            first: self.first,
            rests: Rests::default(),
        }
    }
}

impl AcknowledgedWebhooksSurvive {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry) {
        match entry {
            Entry::OrdersFollowed { acknowledged, .. } => self.0.orders += acknowledged,
            Entry::FollowedOrderLost {
                acknowledged: true, ..
            } => {
                let what = "never reached the warehouse, and the webhook that told of it had been acknowledged";
                self.0.lose(place, entry, what);
            }
            _ => {}
        }
    }

    /// Without a crash nothing tries it: an engine that never dies loses nothing that it has in memory. A loss counts all
    /// the same.
    pub fn finding(self, facts: &RunFacts) -> Finding {
        let exercised = facts.engine_crashes > 0 && self.0.orders > 0;
        let lost_journal = facts.journal_lost_at.is_some();
        let mut finding = self.0.finding(
            "acknowledged_webhooks_survive",
            "orders acknowledged",
            exercised,
        );
        // Whose journal loses what was forced to it cannot keep a word.
        finding.excused = if lost_journal { finding.broken } else { 0 };
        finding.rests.on = &[Hypothesis::H7];
        if !exercised {
            // `every_order_ingested` has them.
            finding.broken = 0;
        }
        finding
    }
}

impl NoPayloadDropped {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry) {
        match entry {
            Entry::OrdersFollowed { altered, .. } => self.0.orders += altered,
            Entry::FollowedOrderLost { altered: true, .. } => {
                let what =
                    "never reached the warehouse, and a payload that told of it had been altered";
                self.0.lose(place, entry, what);
            }
            _ => {}
        }
    }

    pub fn finding(self) -> Finding {
        let exercised = self.0.orders > 0;
        self.0.finding(
            "no_payload_dropped",
            "orders of altered payloads",
            exercised,
        )
    }
}
