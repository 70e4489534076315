//! What a run is measured against (docs/theory.md A9.6): replays of its buyers and of what befell the stock, without any
//! platform, engine or delay. They depend on scenario and seed alone, so that all contenders of a seed share them.
//!
//! - [`Bound`]: at most so many units can be sold without selling one twice, whoever knows the future.
//! - [`Counter`] without places: one shared counter, first come, first served. There is no sync problem there.
//! - [`Counter`] with places: the last units stand still on the channels that sell most.

mod bound;
mod counter;
mod replay;
mod whole_lines;

#[cfg(test)]
mod tests;

use channel_mocks::core::{Micros, Seed, StockOwner};
use serde::{Deserialize, Serialize};

use crate::scenario::model::{FBA, ScriptedEvent};
use crate::scenario::{Scenario, profiles};
use crate::world::{self, OrderSource, World, WorldError};

pub use bound::Bound;
pub use counter::Counter;
pub use replay::{Opening, Replay};

/// What the buyers of a run could have been sold, by three measures. Units are gross: what is cancelled later counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Units that can be sold at most without selling one twice.
    pub bound_units: u64,
    /// Units that one shared counter sells, by channel.
    pub pool_units: Vec<u64>,
    /// Units that are sold when the last ones of a SKU stay where most of it is bought.
    pub partition_floor_units: u64,
    /// Hash over the buyers and events that were replayed: that of the run.
    pub buyers_hash: u64,
    /// Units that could come to shelves other than by cancellations.
    pub stock_gains: u64,
}

/// What the buyers of a run could have been sold, in the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct ReferenceFigures {
    /// Units that could be sold at most without selling one twice, by somebody who knows the future. No policy need attain it.
    pub bound_units: u64,
    /// Units that one shared counter with a synchronous checkout sells: first come, first served, whole baskets, no delay.
    pub pool_units: u64,
    /// Units that are sold without an oversell when nobody knows which channel wants the last ones next: they stay on the
    /// channels that sell most. A floor in expectation, for lines of one unit.
    pub partition_floor_units: u64,
}

impl From<&References> for ReferenceFigures {
    fn from(references: &References) -> ReferenceFigures {
        ReferenceFigures {
            bound_units: references.bound_units,
            pool_units: references.pool(),
            partition_floor_units: references.partition_floor_units,
        }
    }
}

/// How long units that were sold usually stand on their shelf, where a script counts what stands there.
fn usual_shipping(scenario: &Scenario) -> Option<Micros> {
    let mut events = scenario.happenings.iter();
    let counts = events.any(|event| matches!(event, ScriptedEvent::Recount { .. }));
    let warehouse = &scenario.warehouse;
    // A scenario whose profile cannot be read has been refused.
    let usual = counts.then(|| profiles::usual_shipping(&warehouse.profile, &warehouse.overrides));
    usual.and_then(Result::ok)
}

impl References {
    /// Replays a scenario's buyers and stock events under a seed; `orders` is the order log of a scenario that replays one.
    ///
    /// # Errors
    /// Those of [`World::new`], and of a log that cannot be read to its end.
    pub fn of(
        scenario: &Scenario,
        seed: u64,
        orders: Option<&OrderSource>,
    ) -> Result<References, WorldError> {
        let mut world = World::new(scenario, Seed(seed), orders)?;
        let stock = world.catalogue.skus.iter().map(|sku| sku.stock.as_slice());
        let mut replay = Replay::new(&Opening {
            shares: world.expected_buyers().to_vec(),
            opening: scenario.opening,
            hours: world::hours(scenario),
            amazon: scenario.fba_holder().map(|(channel, _)| channel),
            owners: scenario
                .warehouse
                .locations
                .iter()
                .map(|location| match location.code == FBA {
                    true => StockOwner::Platform,
                    false => StockOwner::Merchant,
                })
                .collect(),
            stock: stock.collect(),
            ships_after: usual_shipping(scenario),
            assortments: &world.catalogue.assortments,
        })
        .following_orders(
            scenario
                .happenings
                .iter()
                .any(|event| matches!(event, ScriptedEvent::RemoveUnits { .. })),
        );
        while let Some(event) = world.next_external_event() {
            replay.take(event, |buyer, at| world.follow_up(buyer, at));
        }
        match world.into_failure() {
            Some(error) => Err(error),
            None => Ok(replay.finish()),
        }
    }

    /// Units that one shared counter sells, on all channels together.
    pub fn pool(&self) -> u64 {
        self.pool_units.iter().sum()
    }
}
