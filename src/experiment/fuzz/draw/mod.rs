//! What a seed draws: a small shop, and what goes wrong in it. The result is a plain [`Scenario`], which can be saved, read
//! and played again without this generator.

mod believed;
pub(in crate::experiment) mod faults;
mod shop;
mod stream;
#[cfg(test)]
mod tests;

use channel_mocks::core::{Micros, Seed};

use crate::measure::assumptions::Hypothesis;
use crate::scenario::Scenario;
use crate::scenario::model::{Network, SameInstant};
use stream::{Draw, Draws, uniform};

/// What seeds draw from.
#[derive(Clone, Debug, Default)]
pub struct Swarm {
    /// The scenario over which faults, networks and orders of one instant are laid; each seed draws a shop of its own when
    /// there is none.
    pub base: Option<Scenario>,
    /// The one assumption that may be broken; what is drawn keeps to all others.
    pub broken: Option<Hypothesis>,
    /// Whether the harness can build the engine anew, so that it may crash or have a second one beside it.
    pub is_renewable: bool,
}

impl Swarm {
    /// What a seed draws. The same seed draws the same on every machine.
    pub fn scenario(&self, seed: u64) -> Scenario {
        let draws = Draws(Seed(seed));
        let mut scenario = match &self.base {
            Some(base) => {
                let mut scenario = base.clone();
                networks(draws, &mut scenario);
                scenario
            }
            None => {
                let mut scenario = shop::draw(draws, self.broken);
                scenario.name = format!("fuzz-{seed}");
                networks(draws, &mut scenario);
                scenario
            }
        };
        if draws.of("ties").chance(0.5) {
            scenario.ties = SameInstant::Drawn;
        }
        believed::draw(draws, &mut scenario, self.broken);
        faults::draw(draws, &mut scenario, self);
        if self.base.is_none() {
            scenario.settle = settle(&scenario);
        }
        scenario
    }
}

/// The ways between engine and systems, each with a bound.
fn networks(draws: Draws, scenario: &mut Scenario) {
    for channel in &mut scenario.channels {
        channel.network = network(&mut draws.of(&format!("network {}", channel.name)));
    }
    scenario.warehouse.network = network(&mut draws.of("network of the warehouse"));
}

fn network(draw: &mut Draw) -> Network {
    let usual = Network::default();
    let (shortest, longest) = match draw.between(0, 3) {
        0 => (Micros::from_millis(1), Micros::from_millis(20)),
        1 | 2 => (Micros::from_millis(20), Micros::from_millis(500)),
        _ => (Micros::from_millis(200), Micros::from_secs(8)),
    };
    let mut way = || draw.delay(shortest, longest);
    let (request, reply, delivery) = (way(), way(), way());
    let patience = match draw.between(0, 2) {
        0 => Micros::from_secs(draw.between(5, 29)),
        _ => usual.patience,
    };
    // Over a way that is always longer than anybody waits nothing can be done.
    let both = request.upper_bound() + reply.upper_bound();
    let needed = Micros(both.0.saturating_mul(2).div_ceil(1_000_000) * 1_000_000);
    Network {
        request,
        reply,
        delivery,
        patience: patience.max(needed),
    }
}

/// No run is given more time to settle than this.
const LONGEST_SETTLE: Micros = Micros::from_secs(86_400);

/// How long an engine may take to converge that has to learn of the last order by a poll alone, take a quota back and give
/// it out again.
fn settle(scenario: &Scenario) -> Micros {
    let slack = Micros::from_secs(1_200);
    let channels = scenario.channels.iter();
    let longest = channels.map(|channel| {
        let bounds = believed::of(channel);
        let polls = bounds.order_visibility_lag + channel.poll_orders_every;
        Micros((polls.0.saturating_add(bounds.write_lifetime.0)).saturating_mul(2))
    });
    // Where there is no bound nobody can promise to converge.
    let settle = slack + longest.max().unwrap_or_default().min(LONGEST_SETTLE);
    // In whole minutes, as a person would write it.
    Micros(settle.0.div_ceil(60_000_000) * 60_000_000)
}
