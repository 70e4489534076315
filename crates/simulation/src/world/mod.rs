//! What is true: the catalogue, the stock, the buyers and the ledger.
//!
//! A [`World`] is everything that comes from outside the systems under test: what is sold, who wants it when, and what
//! befalls the stock. It depends on the scenario and the seed alone, never on what platforms or engines do.

mod assortments;
mod buyers;
pub mod catalogue;
mod demand;
mod error;
mod external_events;
mod follow_up;
pub mod import;
pub mod ledger;
mod limit_watch;
mod log_format;
mod order_source;
mod phases;
pub mod records;
mod replay;

use channel_mocks::core::{Epoch, Micros, Seed};

use crate::scenario::Scenario;

pub use oversell_kernel::{ChannelIndex, SkuIndex};

pub use assortments::Assortments;
pub use catalogue::{Catalogue, Sku};
pub use demand::hours;
pub use error::WorldError;
pub use external_events::{ExternalEvent, ExternalEventKind};
pub use follow_up::{BuyerAct, FollowUp, picked};
pub use limit_watch::{BusyLimit, LimitWatch};
pub use order_source::OrderSource;
pub use replay::{HistorySpan, LeftOut, SoldBefore, history_span, later_than, sold_before};

use buyers::Buyers;
use demand::Choice;
use external_events::Script;
use follow_up::FollowUps;
use phases::{LocalClock, Timeline};
use replay::ReplayedBuyers;

/// What the merchant's own system calls an order of another channel that Amazon has shipped (Multi-Channel Fulfillment). No
/// platform gives such an id.
pub const FOR_OTHERS: &str = "multi-channel";

/// What is sold, who buys when, and what befalls the stock.
#[derive(Debug)]
pub struct World {
    /// The SKUs with their opening stock.
    pub catalogue: Catalogue,
    buyers: BuyerSource,
    /// The one buyer (or replayed event) that has been generated and not yet handed out.
    pending: Option<ExternalEvent>,
    script: Script,
    follow_ups: FollowUps,
    demand_ends_at: Micros,
    expected_buyers: Vec<f64>,
    failure: Option<WorldError>,
}

/// Where buyers come from.
#[derive(Debug)]
enum BuyerSource {
    Drawn(Box<Buyers>),
    Replayed(Box<ReplayedBuyers>),
}

impl World {
    /// The world of a scenario under a seed. `orders` is the order log that a scenario with `[replay]` needs; the log
    /// is read through once here (its SKUs, their demand and its end), and a second time while the run goes on.
    ///
    /// # Errors
    /// When the scenario and the log do not belong together, the log cannot be read (the error names the line), or the
    /// scenario names what does not exist (which [`Scenario::load`] would have refused).
    pub fn new(
        scenario: &Scenario,
        seed: Seed,
        orders: Option<&OrderSource>,
    ) -> Result<World, WorldError> {
        let latest_end = scenario.opening + scenario.duration;
        // A log brings its buyers; how many go where is what the scenario says of channels.
        let mut expected_buyers: Vec<f64> = scenario.channels.iter().map(|it| it.share).collect();
        let (catalogue, buyers, demand_ends_at) = match (&scenario.replay, orders) {
            (Some(settings), Some(orders)) => {
                let (catalogue, replay, ends_at) = replay::open(scenario, settings, seed, orders)?;
                (catalogue, BuyerSource::Replayed(Box::new(replay)), ends_at)
            }
            (Some(_), None) => return Err(WorldError::OrdersMissing),
            (None, Some(orders)) => {
                return Err(WorldError::OrdersUnused {
                    path: orders.path().to_path_buf(),
                });
            }
            (None, None) => {
                let timeline = Timeline::new(&scenario.demand.phases, &local_clock(scenario)?);
                let weights = demand::zipf_mandelbrot(
                    scenario.catalogue.skus,
                    scenario.catalogue.exponent,
                    scenario.catalogue.offset,
                );
                let assortments = Assortments::of(scenario, seed, weights.len(), &[]);
                let expected = demand::expected_units(scenario, &weights, &assortments, &timeline);
                expected_buyers = demand::expected_buyers(scenario, &timeline);
                let choice = Choice::new(scenario, &weights, &assortments, &timeline)
                    .ok_or(WorldError::NothingToSell)?;
                let catalogue =
                    Catalogue::numbered(scenario, seed, &weights, &expected, assortments);
                let drawn = Buyers::new(scenario, seed, timeline, choice, latest_end);
                (catalogue, BuyerSource::Drawn(Box::new(drawn)), latest_end)
            }
        };
        let script = Script::new(scenario, &catalogue)?;
        let mut world = World {
            catalogue,
            buyers,
            pending: None,
            script,
            follow_ups: FollowUps::new(scenario, seed),
            demand_ends_at,
            expected_buyers,
            failure: None,
        };
        world.pending = world.generate();
        Ok(world)
    }

    /// By channel, how many buyers are expected to come, beside those of the other channels.
    pub fn expected_buyers(&self) -> &[f64] {
        &self.expected_buyers
    }

    /// The next thing that happens from outside, in time order; scripted things come before buyers of the same instant.
    /// `None` when there is no more, which for a replay may have a reason: see [`World::failure`].
    pub fn next_external_event(&mut self) -> Option<ExternalEvent> {
        let scripted = self.script.next_at();
        match (&self.pending, scripted) {
            (Some(pending), Some(at)) if at <= pending.at => self.script.take(),
            (Some(_), _) => {
                let next = self.generate();
                std::mem::replace(&mut self.pending, next)
            }
            (None, _) => self.script.take(),
        }
    }

    fn generate(&mut self) -> Option<ExternalEvent> {
        match &mut self.buyers {
            BuyerSource::Drawn(buyers) => buyers.take(),
            BuyerSource::Replayed(replay) => match replay.take() {
                Ok(event) => event,
                Err(error) => {
                    self.failure = Some(error);
                    None
                }
            },
        }
    }

    /// What a buyer will do after the order was accepted at `accepted_at`, if anything. Asking twice gives the same
    /// answer.
    pub fn follow_up(&self, buyer: u64, accepted_at: Micros) -> Option<FollowUp> {
        self.follow_ups.of(buyer, accepted_at)
    }

    /// When the last buyer may come: the opening and the duration, or earlier for a replay that ends before.
    pub fn demand_ends_at(&self) -> Micros {
        self.demand_ends_at
    }

    /// Why a replay broke off, when the log could be read at first and not the second time.
    pub fn failure(&self) -> Option<&WorldError> {
        self.failure.as_ref()
    }

    /// The same, for whoever is done with it.
    pub fn into_failure(self) -> Option<WorldError> {
        self.failure
    }
}

/// The clock on the wall where the scenario starts, from the beginning of demand on.
fn local_clock(scenario: &Scenario) -> Result<LocalClock, WorldError> {
    let (epoch, zone) = Epoch::parse_start(&scenario.start).map_err(|_| WorldError::Start {
        text: scenario.start.clone(),
    })?;
    Ok(LocalClock::new(epoch, zone, scenario.opening))
}

#[cfg(test)]
mod tests;
