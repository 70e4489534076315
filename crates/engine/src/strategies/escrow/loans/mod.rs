//! Escrow with a budget (docs/theory.md A9): where a double sale is expected to cost less than the sales it saves, several
//! channels show the same units. What is shown beyond the stock is a loan; it stands on the books as a pool below zero, and is
//! taken back as soon as a sale has become known. Without a budget nothing here does anything.
//!
//! What holds whatever buyers do, under H1 to H8: the pool is never further below zero than was lent, so no more units of a SKU
//! are oversold than the largest loan that stood on its books. That the budget is kept is a matter of the
//! demand model.

mod actions;
mod catching_up;
mod late;
mod late_news;
mod looks;
mod lower;
mod pool;
mod price;
mod rush;

use super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::config::{EngineConfig, EscrowSettings};
use super::super::super::journal::Record;
use super::super::StrategyContext;
use super::super::estimates::Estimates;
use super::Escrow;
use super::holding::{Holding, HoldingPhase, MAX_REFUSALS};
use catching_up::CatchingUp;
use late_news::LateNews;
use oversell_kernel::Micros;
use pool::{Listing, candidates, directed_loads};
use price::{Price, Prospect};
use rush::{LAST_UNITS, RushCap};

/// The price is worked out so often.
const SOLVE_EVERY: Micros = Micros::from_secs(3_600);
/// And when so many times more units are known to be sold than when it was worked out last ...
const SOLVE_GROWTH: f64 = 1.25;
/// ... but not for fewer than so many units more.
const SOLVE_UNITS: u64 = 20;
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
    /// Units of each SKU that were handed out while they may have been sold already, before its listings were first read.
    doubted: Vec<i64>,
    next_solve: Micros,
    /// And when so many units are known to be sold.
    solve_at_units: u64,
    rush: RushCap,
    catching_up: CatchingUp,
    late_news: LateNews,
}

impl Loans {
    pub(super) fn new(config: &EngineConfig, settings: &EscrowSettings) -> Loans {
        let price = Price::new(settings.budget.share(), settings.loan_price);
        let is_on = price.is_on();
        let skus = if is_on { config.skus.len() } else { 0 };
        Loans {
            is_on,
            price,
            estimates: Estimates::new(config, is_on),
            worst: vec![0; skus],
            doubted: vec![0; skus],
            next_solve: Micros::MAX,
            solve_at_units: u64::MAX,
            rush: RushCap::new(settings.rush_factor, config.channels.len(), skus),
            catching_up: CatchingUp::default(),
            late_news: LateNews::new(config.channels.len()),
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

    /// All is known that was sold of a SKU before its listings were first read.
    pub(super) fn settled(&mut self, sku: SkuIndex) {
        self.doubted[sku.0 as usize] = 0;
    }

    /// When the price is worked out next.
    pub(super) fn next_solve(&self) -> Micros {
        self.next_solve
    }

    /// Oversold units that a saved sale may cost now.
    fn price(&self) -> f64 {
        match self.catching_up.is_over() {
            true => self.price.price(),
            false => 0.0,
        }
    }

    /// A raise has left for the platform.
    pub(super) fn raise_left(&mut self, sent_at: Micros, channel: ChannelIndex, sku: SkuIndex) {
        if self.is_on {
            self.estimates.raise_left(sent_at, channel, sku);
        }
    }

    /// Buyers see what was decided last about a listing.
    pub(super) fn seen(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        if self.is_on {
            self.estimates.seen(now, channel, sku);
        }
    }

    /// The same, told of when it happened (`is_news`) or found by a reading at some time since the last one.
    fn seen_by(&mut self, is_news: bool, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        match is_news {
            true => self.estimates.seen(now, channel, sku),
            false => self.estimates.seen_by_reading(now, channel, sku),
        }
    }
}

/// Units that a listing is believed to display once what is under way is through, or to have sold unknown to us: its exposure
/// without what is there twice because an overwrite may or may not have erased sales.
fn displayed(holding: &Holding) -> i64 {
    match holding.phase {
        // On its way to zero, or there, but for what a cancellation has put back on sale since.
        HoldingPhase::Draining | HoldingPhase::Fencing => holding.restocked_since_zero,
        _ => (holding.exposure - holding.in_doubt).max(0),
    }
}

/// The same for what buyers may still see meanwhile.
fn still_shown(holding: &Holding) -> i64 {
    let lowered = (holding.exposure - holding.in_doubt).max(0);
    lowered.max(holding.shown_before)
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
        let anchor = usize::from(self.keeper(context, sku).0);
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
                    still_shown: still_shown(holding),
                    exposure: holding.exposure,
                    quota: (units.max(0) as f64 * share + 1e-9) as i64,
                    is_cas: self.is_cas(channel),
                    is_eligible: holding.refusals < MAX_REFUSALS
                        && holding.phase != HoldingPhase::Unread
                        && self.sells(now, channel, sku),
                }
            })
            .collect();
        let rates: f64 = listings.iter().map(|it| it.rate).sum();
        for (at, it) in listings.iter_mut().enumerate() {
            let channel = ChannelIndex(at as u16);
            if at != anchor && it.is_eligible && units <= LAST_UNITS {
                let zeros = context.links[channel].zeros_per_second(sku);
                let elsewhere = rates - it.rate;
                it.is_eligible = self.loans.rush.admits(channel, sku, elsewhere, zeros);
            }
        }
        let divided: i64 = listings.iter().map(|it| it.quota).sum();
        listings[anchor].quota += (units.max(0) - divided).max(0);
        (listings, anchor)
    }

    /// Units that buyers see nowhere: the pool, where nothing was ever lowered directly. Below zero, more is shown than there is.
    pub(super) fn free_units(&self, sku: SkuIndex) -> i64 {
        if !self.loans.is_on {
            return self.pool[sku.0 as usize];
        }
        let of_all = (0..self.channels as u16)
            .map(|channel| still_shown(self.holding(ChannelIndex(channel), sku)));
        self.owned[sku.0 as usize] - of_all.sum::<i64>()
    }

    /// Units that will be shown beyond what there is when all that is under way is through; below zero, fewer.
    pub(super) fn overbooked_units(&self, sku: SkuIndex) -> i64 {
        if !self.loans.is_on {
            return -self.pool[sku.0 as usize];
        }
        let of_all = (0..self.channels as u16)
            .map(|channel| displayed(self.holding(ChannelIndex(channel), sku)));
        of_all.sum::<i64>() - self.owned[sku.0 as usize]
    }

    /// The same with the delays of news as they were measured, without what is added for safety where signals are silent.
    fn listings_as_measured(
        &self,
        context: &StrategyContext<'_>,
        sku: SkuIndex,
        units: i64,
    ) -> (Vec<Listing>, usize) {
        let (mut listings, anchor) = self.listings(context, sku, units);
        for (it, channel) in listings.iter_mut().zip(0..) {
            it.ingest = self.loans.estimates.measured_ingest(ChannelIndex(channel));
        }
        (listings, anchor)
    }

    /// A SKU's part in what the budget must bear.
    fn prospect(&self, context: &StrategyContext<'_>, sku: SkuIndex, units: i64) -> Prospect {
        self.prospect_of(sku, self.listings(context, sku, units), units)
    }

    fn prospect_of(
        &self,
        sku: SkuIndex,
        (mut listings, anchor): (Vec<Listing>, usize),
        units: i64,
    ) -> Prospect {
        for (it, channel) in listings.iter_mut().zip(0..) {
            // Before the first readings nothing is known of them; they will be there.
            it.is_eligible = !self.holding(ChannelIndex(channel), sku).is_absent;
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

    /// The parts of SKUs that are spread evenly over the catalogue, and for how many SKUs each of them stands.
    fn prospects(left: &[i64], of: impl Fn(SkuIndex, i64) -> Prospect) -> (Vec<Prospect>, usize) {
        let step = left.len().div_ceil(MOST_PROSPECTS).max(1);
        let sampled = (step / 2..left.len()).step_by(step);
        let prospects = sampled.map(|sku| of(SkuIndex(sku as u32), left[sku].max(0)));
        (prospects.filter(|it| it.units > 0).collect(), step)
    }

    /// Works the price out from what is left of every SKU.
    pub(super) fn solve_price(&mut self, context: &mut StrategyContext<'_>, left: &[i64]) {
        let (prospects, step) =
            Self::prospects(left, |sku, units| self.prospect(context, sku, units));
        let estimates = &self.loans.estimates;
        let (sold, burstiness) = (estimates.units_sold(), estimates.burstiness());
        self.loans
            .price
            .solve(&prospects, step as f64, sold, burstiness);
        self.loans.next_solve = context.now + SOLVE_EVERY;
        self.loans.solve_at_units = ((sold as f64 * SOLVE_GROWTH) as u64).max(sold + SOLVE_UNITS);
        let (price, burstiness, charged, oversold) = self.loans.price.account();
        context.journal.append(
            context.now,
            Record::LoanPrice {
                price,
                burstiness,
                charged,
                oversold,
                sold,
            },
        );
    }

    /// Works the price out anew when it is time, and decides about what is lent where news has become late.
    pub(super) fn solve_price_when_due(&mut self, context: &mut StrategyContext<'_>) {
        if self.loans.next_solve <= context.now {
            let left = self.owned.clone();
            self.solve_price(context, &left);
            if self.loans.late_news.take_due() {
                self.take_loans_back(context, &left);
            }
        }
    }

    /// Takes back what is lent beyond what the budget bears with rates and delays as they were measured: it costs calls and sales,
    /// and is not done for fear of what nobody has seen.
    fn take_loans_back(&mut self, context: &mut StrategyContext<'_>, left: &[i64]) {
        let (prospects, step) = Self::prospects(left, |sku, units| {
            self.prospect_of(sku, self.listings_as_measured(context, sku, units), units)
        });
        let sold = self.loans.estimates.units_sold();
        let weight = step as f64;
        let price = self.loans.price.without_bursts(&prospects, weight, sold);
        for sku in self.lent() {
            self.take_loan_back(context, sku, price);
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
        self.note_pair(context, channel, sku, sold_at);
        self.loans
            .estimates
            .sold(context.now, channel, sku, units, sold_at);
        let news_takes = self.loans.estimates.measured_ingest(channel);
        let is_late = self.loans.late_news.takes(channel, news_takes);
        if is_late || self.loans.estimates.units_sold() >= self.loans.solve_at_units {
            self.loans.next_solve = context.now;
        }
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
        if holding.in_doubt > 0 && (holding.lowering_to > 0 || sold_at <= holding.lowered_at) {
            // Sold of what was on display before the overwrite was, or so it may be: it is still believed to show all of its
            // count.
            holding.in_doubt = (holding.in_doubt - units).max(0);
            holding.shown_before = (holding.shown_before - units).max(0);
        }
    }

    /// A sale, beside the last ones of its SKU on the channels that still show it.
    fn note_pair(
        &mut self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        sold_at: Micros,
    ) {
        let usual = self.loans.estimates.usual_rate(context.now, sku);
        let rate = |channel| usual * self.share(context, channel, sku);
        let shown = (0..self.channels as u16)
            .map(ChannelIndex)
            .filter(|other| *other != channel && displayed(self.holding(*other, sku)) > 0)
            .map(|other| (other, rate(other)))
            .collect::<Vec<_>>();
        let own = rate(channel);
        let estimates = &mut self.loans.estimates;
        estimates.pair(channel, sku, sold_at, own, shown.into_iter());
    }

    /// A count was told (`is_news`) or read: it ends what was decided last if it shows that; and it is what a listing is believed
    /// to show that was lowered without going dark.
    pub(super) fn note_seen(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        shown: i64,
        is_news: bool,
    ) {
        if !self.loans.is_on {
            return;
        }
        let is_through = match self.holding(channel, sku).phase {
            HoldingPhase::Opening => Some(shown > 0),
            HoldingPhase::Draining => Some(shown <= 0),
            _ => None,
        };
        match is_through {
            Some(true) => self.loans.seen_by(is_news, now, channel, sku),
            // News may be older than what was decided, which says nothing of it.
            Some(false) if !is_news => self.loans.estimates.not_seen_yet(now, channel, sku),
            _ => {}
        }
        self.believe_lowered(now, channel, sku, shown, is_news);
    }

    /// Units come out of the pool of a SKU of which more may be sold than is known.
    pub(super) fn note_doubtful(&mut self, sku: SkuIndex, units: i64) {
        if self.loans.is_on && self.first_readings.are_doubtful(sku) {
            self.loans.doubted[sku.0 as usize] += units;
            self.note_books(sku);
        }
    }

    /// Keeps what stands on the books beyond the stock.
    fn note_books(&mut self, sku: SkuIndex) {
        let doubted = self.loans.doubted[sku.0 as usize];
        let lent = (-self.pool[sku.0 as usize]).max(0) + doubted;
        let worst = &mut self.loans.worst[sku.0 as usize];
        *worst = (*worst).max(lent);
    }
}
