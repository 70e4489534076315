//! What one run comes to.

use channel_mocks::core::Micros;

use super::assumptions::Assumption;
use super::causes::{Causes, Chain};
use super::figures::{Figures, RunFacts};
use super::guarantees::TookPart;
use super::histogram::Durations;
use super::limit_row::LimitRow;
use super::prediction::Prediction;
use super::real_time::{RealTime, RealTimeFigures};
use super::references::References;
use super::sales::Supply;
use super::series::{Playback, Series};
use super::signals::SignalFigures;
use super::subject::Subject;
use super::throughput::LimitUtilisation;
use super::verdict::{BadCountSeen, Guarantee};

/// Everything measured in one run.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which strategy, or whose engine.
    pub subject: Subject,
    /// Over all channels.
    pub total: Figures,
    /// Per channel, in the scenario's order.
    pub channels: Vec<(String, Figures)>,
    /// Verdicts.
    pub guarantees: Vec<Guarantee>,
    /// What became of the assumptions on which verdicts rest.
    pub assumptions: Vec<Assumption>,
    /// Counts that somebody got wrong, and what became of them.
    pub bad_counts: Vec<BadCountSeen>,
    /// Why units were oversold; `None` where nobody asked.
    pub causes: Option<Causes>,
    /// How the first of them came to be; empty where nobody asked.
    pub chains: Vec<Chain>,
    /// The worst SKU moment by moment; `None` where nobody asked for causes, or no SKU had trouble.
    pub playback: Option<Playback>,
    /// Rate limits over time; `None` where nobody asked for causes.
    pub limit_rows: Option<Vec<LimitRow>>,
    /// Signals as they reached the engine, by channel; `None` where nobody asked for causes.
    pub signals: Option<Vec<SignalFigures>>,
    /// What the contender took part in.
    pub took_part: TookPart,
    /// For `mirror`: what theory says it had to oversell.
    pub prediction: Option<Prediction>,
    /// Use of rate limits.
    pub limits: Vec<LimitUtilisation>,
    /// Units that came to the stock and that no buyer had given up.
    pub supply: Supply,
    /// Calls to the warehouse.
    pub warehouse_calls: u64,
    /// The run over time.
    pub series: Series,
    /// Histograms, by name: over all channels, and for real time by system.
    pub histograms: Vec<(String, Durations)>,
    /// How punctual and how quick the driver was; `None` in virtual time.
    pub real_time: Option<RealTimeFigures>,
    /// What the driver knows of the run.
    pub facts: RunFacts,
}

impl Measured {
    /// The channels' names, in the scenario's order.
    pub fn names(&self) -> Vec<String> {
        self.channels.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Gives chains the shop's own codes of their SKUs, in catalogue order.
    pub fn name_skus(&mut self, codes: &[String]) {
        let causes = self.causes.iter_mut();
        let worst = causes.flat_map(|it| &mut it.worst_skus);
        let examples = worst.map(|it| &mut it.example);
        for chain in self.chains.iter_mut().chain(examples) {
            let place = (chain.sku as usize).checked_sub(1);
            chain.sku_code = place.and_then(|it| codes.get(it)).cloned();
        }
    }

    /// Adds what was measured in real time.
    pub fn add_real_time(&mut self, real: &RealTime, systems: &[String], limit: Micros) {
        self.real_time = Some(real.figures(systems, limit));
        self.histograms.extend(real.histograms(systems));
    }

    /// Fills in how far it is from what one shared counter sells to the same buyers.
    pub fn compare_with_pool(&mut self, references: &References) {
        let fill = |figures: &mut Figures, pool: u64| {
            let (accepted, pool) = (figures.accepted_units as i64, pool as i64);
            figures.accepted_above_pool_units = Some(accepted - pool);
            let existed = accepted - figures.oversold_units as i64;
            figures.lost_against_pool_units = Some(pool - existed);
        };
        fill(&mut self.total, references.pool());
        for ((_, own), pool) in self.channels.iter_mut().zip(&references.pool_units) {
            fill(own, *pool);
        }
    }

    /// Whether a run without an oversell sold more than anybody can, as its own stock and cancellations were: `None` when it
    /// did not, or oversold.
    pub fn above_bound(&self, references: &References) -> Option<u64> {
        if self.total.oversold_units > 0 {
            return None;
        }
        let gained = self.supply.gained_units;
        let unforeseen =
            gained.saturating_sub(references.stock_gains) + self.supply.taken_back_units;
        let most = references.bound_units + unforeseen;
        (self.total.accepted_units > most).then_some(most)
    }

    /// Fills in how far each guarantee was broken by `escrow` with perfect knowledge on the same seed.
    pub fn compare_with_informed(&mut self, informed: &Measured) {
        for (own, best) in self.guarantees.iter_mut().zip(&informed.guarantees) {
            if let (Some(own), Some(best)) = (&mut own.extent, &best.extent) {
                own.informed_escrow_share = Some(best.share);
            }
        }
    }
}
