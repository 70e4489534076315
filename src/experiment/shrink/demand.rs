//! Fewer buyers: those that were drawn are written down one by one, and then taken out.

use channel_mocks::core::Micros;

use super::{Attempt, Step};
use crate::scenario::Scenario;
use crate::scenario::model::{Demand, DemandPhase, ScriptedEvent};
use crate::world::ledger::{Entry, Recorder};

/// More buyers than these are thinned by their rates first: a file of so many is for nobody to read.
const MOST_WRITTEN_DOWN: usize = 2_000;

/// What buyers asked for, line by line.
struct Buyers<'a> {
    scenario: &'a Scenario,
    checkouts: Vec<ScriptedEvent>,
}

impl Recorder for Buyers<'_> {
    fn record(&mut self, at: Micros, entry: &Entry) {
        let Entry::Offered {
            channel,
            sku,
            units,
            ..
        } = *entry
        else {
            return;
        };
        if self.checkouts.len() > MOST_WRITTEN_DOWN {
            return;
        }
        let Some(channel) = self.scenario.channels.get(usize::from(channel.0)) else {
            return;
        };
        self.checkouts.push(ScriptedEvent::Checkout {
            at: at.since(self.scenario.opening),
            channel: channel.name.clone(),
            sku: sku.0 + 1,
            units,
        });
    }
}

impl Attempt<'_> {
    pub(super) fn fewer_buyers(&mut self) -> Step {
        let mut is_smaller = false;
        if !self.best.demand.phases.is_empty() {
            while self.change(halve_rates)? {
                is_smaller = true;
            }
            is_smaller |= self.write_buyers_down()?;
        }
        if self.best.demand.phases.is_empty() {
            is_smaller |= self.thin(|scenario| &mut scenario.happenings)?;
        }
        Ok(is_smaller)
    }

    /// Turns the drawn demand into a script of the same buyers.
    fn write_buyers_down(&mut self) -> Step {
        let scenario = self.best.clone();
        let mut buyers = Buyers {
            scenario: &scenario,
            checkouts: Vec::new(),
        };
        self.runs += 1;
        let shrink = self.shrink;
        shrink
            .player
            .play_watched(&scenario, shrink.seed, &mut buyers)?;
        let checkouts = buyers.checkouts;
        if checkouts.is_empty() || checkouts.len() > MOST_WRITTEN_DOWN {
            return Ok(false);
        }
        self.change(|scenario| {
            scenario.demand = Demand {
                phases: Vec::new(),
                lines_mean: 1.0,
                units: vec![1.0],
            };
            // They are among those that were seen.
            let scripted = |event: &ScriptedEvent| matches!(event, ScriptedEvent::Checkout { .. });
            scenario.happenings.retain(|event| !scripted(event));
            scenario.happenings.extend(checkouts);
            scenario.happenings.sort_by_key(ScriptedEvent::at);
            true
        })
    }
}

fn halve_rates(scenario: &mut Scenario) -> bool {
    let mut is_any = false;
    for phase in &mut scenario.demand.phases {
        let rates = match phase {
            DemandPhase::Constant { rate, .. } => vec![rate],
            DemandPhase::Ramp { from, to, .. } => vec![from, to],
            DemandPhase::Decay { peak, base, .. } => vec![peak, base],
            DemandPhase::Day { mean, .. } => vec![mean],
        };
        for rate in rates {
            is_any |= rate.per_second > 0.0;
            rate.per_second /= 2.0;
        }
    }
    is_any
}
