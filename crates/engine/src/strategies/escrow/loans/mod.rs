//! Escrow with a budget (docs/theory.md A9): where a double sale is expected to cost less than the sales it saves, several
//! channels show the same units. What is shown beyond the stock is a loan; it stands on the books as a pool below zero, and is
//! taken back as soon as a sale has become known. Without a budget nothing here does anything.
//!
//! What holds whatever buyers do, under H1 to H8: the pool is never further below zero than was lent, so no more units of a SKU
//! are oversold than the largest loan that stood on its books. That the budget is kept is a matter of the
//! demand model.

mod actions;
mod estimates;
mod line;
mod lower;
mod pool;
mod price;

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::config::{EngineConfig, EscrowSettings};
use super::super::StrategyContext;
use super::Escrow;
use super::holding::{Holding, HoldingPhase, MAX_REFUSALS};
use estimates::Estimates;
use oversell_kernel::Micros;
use pool::{Listing, candidates, directed_loads};
use price::{Price, Prospect};

/// The price is worked out so often.
const SOLVE_EVERY: Micros = Micros::from_secs(3_600);
/// From so many SKUs at most, spread evenly over the catalogue.
const MOST_PROSPECTS: usize = 2_000;

/// What is lent, and why.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Loans {
    is_on: bool,
    price: Price,
    estimates: Estimates,
    /// The most that stood on a SKU's books beyond its stock, by SKU.
    worst: Vec<i64>,
    next_solve: Micros,
}

impl Loans {
    pub(super) fn new(config: &EngineConfig, settings: &EscrowSettings) -> Loans {
        let price = Price::new(settings.budget.share(), settings.loan_price);
        let is_on = price.is_on();
        Loans {
            is_on,
            price,
            estimates: Estimates::new(config, is_on),
            worst: vec![0; if is_on { config.skus.len() } else { 0 }],
            next_solve: Micros::MAX,
        }
    }

    /// Whether units may be lent.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// The most units of each SKU that stood on its books beyond its stock: no more can be oversold.
    pub(super) fn worst(&self) -> &[i64] {
        &self.worst
    }

    /// When the price is worked out next.
    pub(super) fn next_solve(&self) -> Micros {
        self.next_solve
    }

    /// Buyers see what was decided last about a listing.
    pub(super) fn seen(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        if self.is_on {
            self.estimates.seen(now, channel, sku);
        }
    }
}

/// Units that a listing is believed to display, or to have sold unknown to us: its exposure without what is there twice
/// because an overwrite may or may not have erased sales.
fn displayed(holding: &Holding) -> i64 {
    match holding.phase {
        // On its way to zero.
        HoldingPhase::Draining | HoldingPhase::Fencing => 0,
        _ => (holding.exposure - holding.in_doubt).max(0),
    }
}

impl Escrow {
    /// Every listing of a SKU as the rule sees it; `units` are left of it.
    fn listings(
        &self,
        context: &StrategyContext<'_>,
        sku: SkuIndex,
        units: i64,
    ) -> (Vec<Listing>, usize) {
        let now = context.now;
        let estimates = &self.loans.estimates;
        let usual = estimates.usual_rate(now, sku);
        let anchor = usize::from(self.keeper(context).0);
        let mut listings: Vec<Listing> = (0..self.channels as u16)
            .map(ChannelIndex)
            .map(|channel| {
                let holding = self.holding(channel, sku);
                let share = self.share(context, channel, sku);
                let slow = context.demand.rate(now, channel, sku);
                Listing {
                    rate: estimates.rate(now, channel, sku, usual * share, slow),
                    ingest: estimates.ingest(channel),
                    publish: estimates.publish(channel),
                    displayed: displayed(holding),
                    exposure: holding.exposure,
                    quota: (units.max(0) as f64 * share + 1e-9) as i64,
                    is_cas: self.is_cas(channel),
                    is_eligible: holding.refusals < MAX_REFUSALS
                        && holding.phase != HoldingPhase::Unread
                        && self.hours.is_open(now, channel),
                }
            })
            .collect();
        let divided: i64 = listings.iter().map(|it| it.quota).sum();
        listings[anchor].quota += (units.max(0) - divided).max(0);
        (listings, anchor)
    }

    /// A SKU's part in what the budget must bear.
    fn prospect(&self, context: &StrategyContext<'_>, sku: SkuIndex, units: i64) -> Prospect {
        let (mut listings, anchor) = self.listings(context, sku, units);
        for it in &mut listings {
            // Before the first readings nothing is known of them; they will be there.
            it.is_eligible = true;
        }
        let members = candidates(&listings, anchor);
        let loads = directed_loads(&listings, &members);
        let rate: f64 = listings.iter().map(|it| it.rate).sum();
        let of_members: f64 = members.iter().map(|at| listings[*at].rate).sum();
        let parts = members
            .iter()
            .map(|at| listings[*at].rate / of_members.max(f64::MIN_POSITIVE));
        Prospect {
            units,
            rate,
            members: parts.zip(loads).collect(),
        }
    }

    /// Works the price out from what is left of every SKU.
    pub(super) fn solve_price(&mut self, context: &StrategyContext<'_>, left: &[i64]) {
        let step = left.len().div_ceil(MOST_PROSPECTS).max(1);
        let prospects: Vec<Prospect> = (0..left.len())
            .step_by(step)
            .map(|sku| self.prospect(context, SkuIndex(sku as u32), left[sku].max(0)))
            .filter(|it| it.units > 0)
            .collect();
        self.loans.price.solve(&prospects);
        self.loans.next_solve = context.now + SOLVE_EVERY;
    }

    /// Works the price out anew when it is time.
    pub(super) fn solve_price_when_due(&mut self, context: &StrategyContext<'_>) {
        if self.loans.next_solve <= context.now {
            let left = self.owned.clone();
            self.solve_price(context, &left);
        }
    }

    /// A sale is known, and counted in the accounts.
    pub(super) fn lent_units_sold(
        &mut self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        sold_at: Micros,
    ) {
        if !self.loans.is_on {
            return;
        }
        self.loans
            .estimates
            .sold(context.now, channel, sku, units, sold_at);
        let left = self.owned[sku.0 as usize];
        if left <= 0 && left + units > 0 {
            let prospect = self.prospect(context, sku, 0);
            self.loans.price.sold_out(&prospect);
        }
        if left < 0 && self.is_known(sku) {
            let sold = self.loans.estimates.units_sold();
            self.loans.price.oversold(units.min(-left), sold);
        }
        let holding = self.holding_mut(channel, sku);
        if holding.in_doubt > 0 && (holding.lowering_to > 0 || sold_at <= holding.raised_at) {
            // Sold of what was on display before the overwrite.
            holding.in_doubt = (holding.in_doubt - units).max(0);
        }
    }

    /// A count was told or read: it ends what was decided last if it shows that.
    pub(super) fn note_seen(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        shown: i64,
    ) {
        let phase = self.holding(channel, sku).phase;
        let is_up = phase == HoldingPhase::Opening && shown > 0;
        let is_down = phase == HoldingPhase::Draining && shown <= 0;
        if is_up || is_down {
            self.loans.seen(now, channel, sku);
        }
    }

    /// Keeps what stands on the books beyond the stock.
    fn note_books(&mut self, sku: SkuIndex) {
        let lent = -self.pool[sku.0 as usize];
        let worst = &mut self.loans.worst[sku.0 as usize];
        *worst = (*worst).max(lent);
    }
}
