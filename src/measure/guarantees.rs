//! Guarantees over the ledger. Each keeps the first entry that broke it and whether anything could have.

use super::figures::RunFacts;
use super::share;
use super::subject::Subject;
use super::verdict::{CounterExample, Guarantee, Verdict};
use crate::engine::config::Promise;

/// Largest part of all calls that limits may refuse with `rate_limits_respected` still holding. An engine cannot know a
/// bucket's exact level across the network, so that a rare refusal is no disregard; one in a thousand is.
pub const TOLERATED_THROTTLED_SHARE: f64 = 0.001;

/// What the meter saw that decides guarantees.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// A unit was sold that was not there.
    pub oversold: Option<CounterExample>,
    /// Some SKU was asked for more often than there were units, so that it could have been oversold.
    pub scarce: bool,
    /// Stock was lost, or a count was edited by hand: what no engine can know in time (H6 and H8 of docs/theory.md A5).
    pub assumptions_broken: bool,
    /// Units that platforms put back on sale although they had left (H8): they, and no more, may be sold twice.
    pub restocked_gone_units: u64,
    /// Units sold that were not there.
    pub oversold_units: u64,
    /// An order was lost, or one appeared that nobody had placed.
    pub misplaced_order: Option<CounterExample>,
    /// Something had not come to rest at the end.
    pub unsettled: Option<CounterExample>,
    /// A call was refused by a limit.
    pub throttled: Option<CounterExample>,
    /// A line was reserved in the wrong place, or a shipment confirmed late or never.
    pub misfulfilled: Option<CounterExample>,
    /// Orders accepted.
    pub accepted_orders: u64,
    /// Calls, to the warehouse too.
    pub calls: u64,
    /// Those of them that a limit refused.
    pub throttled_calls: u64,
    /// Lines reserved and shipments confirmed.
    pub fulfillment_steps: u64,
}

impl Evidence {
    /// The verdicts. Conservation has been checked before: a run that breaks it has no figures at all.
    pub fn guarantees(self, subject: &Subject, facts: &RunFacts) -> Vec<Guarantee> {
        let sold = self.accepted_orders > 0;
        let converged = facts.converged && facts.convergence.is_some();
        let limits_broken = share(self.throttled_calls, self.calls) > TOLERATED_THROTTLED_SHARE;
        let unsettled = self.unsettled.or_else(|| {
            Some(CounterExample {
                at_s: facts.simulated.as_secs_f64(),
                channel: "warehouse".to_string(),
                what: "the run had not come to rest by its deadline".to_string(),
                ..CounterExample::default()
            })
        });
        let excused = self.oversold_units > 0 && self.oversold_units <= self.restocked_gone_units;
        let guarantee = |name: &str, promised, exercised, broken, example: Option<_>| Guarantee {
            name: name.to_string(),
            verdict: Verdict::of(exercised, broken),
            promised,
            rerun: broken.then(|| facts.rerun.clone()),
            counter_example: if broken { example } else { None },
        };
        vec![
            guarantee(
                "no_oversell",
                subject.promises(Promise::NoOversell) && !self.assumptions_broken && !excused,
                sold && self.scarce,
                self.oversold.is_some(),
                self.oversold,
            ),
            guarantee(
                "every_order_ingested",
                subject.promises(Promise::EveryOrderIngested),
                sold,
                self.misplaced_order.is_some(),
                self.misplaced_order,
            ),
            guarantee(
                "converged",
                subject.promises(Promise::Converged),
                sold,
                sold && !converged,
                unsettled,
            ),
            guarantee(
                "rate_limits_respected",
                false,
                self.calls > 0,
                limits_broken,
                self.throttled,
            ),
            guarantee("units_conserved", true, sold, false, None),
            guarantee(
                "fulfilled_in_time_from_the_right_warehouse",
                false,
                self.fulfillment_steps > 0,
                self.misfulfilled.is_some(),
                self.misfulfilled,
            ),
        ]
    }
}
