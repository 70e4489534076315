//! What the rule does after every event, in this order (docs/theory.md A9, actions): lower what shows more than it should,
//! fill starved members, by a loan if need be, and find units for starved channels that share none.

use super::super::super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::super::super::journal::Record;
use super::super::super::StrategyContext;
use super::super::Escrow;
use super::super::holding::HoldingPhase;
use super::pool::{Listing, Place, plan};
use super::rush::LAST_UNITS;
use crate::planted::planted;
use oversell_kernel::Micros;

/// Units that one loan moves at most: the largest usual order line.
const LOAN_UNITS: i64 = 3;
/// A compare-and-set listing is starved when it would sell out within this time.
const STARVED_COVER: Micros = Micros::from_secs(10);

/// A SKU's units, and what is planned for them.
struct Plan {
    listings: Vec<Listing>,
    places: Vec<Place>,
    units: i64,
}

impl Plan {
    /// Units that all listings together are believed to show.
    fn shown(&self) -> i64 {
        let each = self.listings.iter().zip(&self.places);
        each.map(|(it, place)| match place.is_member {
            true => it.displayed,
            // What does not share keeps all that may be sold of it.
            false => it.exposure.max(0),
        })
        .sum()
    }

    /// Units that buyers may still see on all listings together.
    fn still_shown(&self) -> i64 {
        let each = self.listings.iter().zip(&self.places);
        each.map(|(it, place)| match place.is_member {
            true => it.still_shown,
            false => it.exposure.max(0),
        })
        .sum()
    }

    /// Units that a member keeps whoever else is in need.
    fn floor(&self, at: usize) -> i64 {
        let target = self.places[at].target;
        self.listings[at].quota.max(target.min(LOAN_UNITS))
    }
}

impl Escrow {
    /// Decides about a SKU whose units are shared, or are sold out although they are still shown; `false` when the rule leaves
    /// it to plain escrow.
    pub(in super::super) fn rebalance_shared(
        &mut self,
        context: &mut StrategyContext<'_>,
        sku: SkuIndex,
    ) -> bool {
        if !self.loans.is_on {
            return false;
        }
        self.note_books(sku);
        let units = self.owned[sku.0 as usize];
        self.loans.estimates.shows(context.now, sku, units > 0);
        let (listings, anchor) = self.listings(context, sku, units);
        let places = match units > 0 {
            true => plan(&listings, anchor, units, self.loans.price()),
            false => Some(vec![
                Place {
                    is_member: true,
                    line: 0,
                    target: 0,
                };
                listings.len()
            ]),
        };
        self.note_shared(sku, units, &listings, places.as_deref());
        let Some(places) = places else {
            return false;
        };
        self.opened[sku.0 as usize] = true;
        let plan = Plan {
            listings,
            places,
            units,
        };
        self.lower_overbooked(context, sku, &plan);
        if units > 0 {
            self.fill_starved_members(context, sku, &plan);
            self.fill_starved_others(context, sku, &plan);
        }
        self.note_books(sku);
        true
    }

    /// Takes down what shows more of a SKU than a price allows: to what each shares, or, where nothing is shared any more, to
    /// its part of the stock, so that the unit that is left stays where it would be without a budget.
    pub(super) fn take_loan_back(
        &mut self,
        context: &mut StrategyContext<'_>,
        sku: SkuIndex,
        price: f64,
    ) {
        let units = self.owned[sku.0 as usize];
        let (listings, anchor) = self.listings_as_measured(context, sku, units);
        let divided = |it: &Listing| Place {
            is_member: true,
            line: 0,
            target: it.quota,
        };
        let places = plan(&listings, anchor, units, price)
            .unwrap_or_else(|| listings.iter().map(divided).collect());
        let plan = Plan {
            listings,
            places,
            units,
        };
        self.lower_overbooked(context, sku, &plan);
        self.note_books(sku);
    }

    /// Keeps on which channels the last units of a SKU are shared.
    fn note_shared(
        &mut self,
        sku: SkuIndex,
        units: i64,
        listings: &[Listing],
        places: Option<&[Place]>,
    ) {
        let rates: f64 = listings.iter().map(|it| it.rate).sum();
        let is_last = (1..=LAST_UNITS).contains(&units);
        for (at, it) in listings.iter().enumerate() {
            let is_shared = is_last && places.is_some_and(|places| places[at].is_member);
            let zeros = if is_shared { rates - it.rate } else { 0.0 };
            self.loans.rush.shares(ChannelIndex(at as u16), sku, zeros);
        }
    }

    /// What a compare-and-set listing shows beyond its part in a plan, if its SKU has one: units that a revocation which met
    /// another count goes on to take.
    pub(in super::super) fn surplus_of_shared(
        &self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> Option<i64> {
        if !self.loans.is_on {
            return None;
        }
        let units = self.owned[sku.0 as usize];
        let exposure = self.holding(channel, sku).exposure;
        if units <= 0 {
            return Some(exposure);
        }
        let (listings, anchor) = self.listings(context, sku, units);
        let places = plan(&listings, anchor, units, self.loans.price())?;
        Some(exposure - places[usize::from(channel.0)].target)
    }

    /// Takes listings down that show more than they should, when more is shown than there is.
    fn lower_overbooked(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, plan: &Plan) {
        if plan.shown() <= plan.units {
            return;
        }
        for (at, (it, place)) in plan.listings.iter().zip(&plan.places).enumerate() {
            let channel = ChannelIndex(at as u16);
            if place.is_member && it.displayed > place.target {
                self.lower(context, channel, sku, place.target, it);
            }
        }
        // Quotas of their own that add up to more than there is.
        let outside = plan.listings.iter().zip(&plan.places);
        let mut held: i64 = outside
            .filter(|(_, place)| !place.is_member)
            .map(|(it, _)| it.exposure.max(0))
            .sum();
        for (at, (it, place)) in plan.listings.iter().zip(&plan.places).enumerate() {
            if !place.is_member && it.displayed > 0 && held > plan.units {
                held -= it.exposure;
                self.lower(context, ChannelIndex(at as u16), sku, 0, it);
            }
        }
    }

    /// Units that may still be lent of a SKU.
    fn may_lend(&self, plan: &Plan) -> i64 {
        if self
            .loans
            .price
            .is_broken(self.loans.estimates.units_sold())
        {
            return 0;
        }
        let others = plan.listings.len() as i64 - 1;
        let outstanding = (plan.still_shown() - plan.units).max(0);
        (others * LOAN_UNITS - outstanding).clamp(0, LOAN_UNITS)
    }

    /// Fills members that have next to nothing left to show.
    fn fill_starved_members(
        &mut self,
        context: &mut StrategyContext<'_>,
        sku: SkuIndex,
        plan: &Plan,
    ) {
        let mut may_lend_in_all = (plan.listings.len() as i64 - 1) * LOAN_UNITS
            - (plan.still_shown() - plan.units).max(0);
        for (at, (it, place)) in plan.listings.iter().zip(&plan.places).enumerate() {
            let channel = ChannelIndex(at as u16);
            let soon = it.rate * STARVED_COVER.as_secs_f64();
            let is_short = it.displayed < place.target.min(LOAN_UNITS)
                || (it.is_cas && (it.displayed as f64) < soon);
            if !place.is_member || !is_short || !self.can_be_raised(context, channel, sku) {
                continue;
            }
            let rates: f64 = plan.listings.iter().map(|it| it.rate).sum();
            let fair = libm::ceil(plan.units as f64 * it.rate / rates) as i64;
            let wanted = it.quota.max(place.target.min(fair.max(LOAN_UNITS))) - it.displayed;
            if wanted <= 0 {
                continue;
            }
            let free = self.free_units(sku).clamp(0, wanted);
            let lent = (wanted - free)
                .min(self.may_lend(plan))
                .min(may_lend_in_all)
                .max(0);
            if free + lent > 0 {
                may_lend_in_all -= lent;
                if lent > 0 {
                    self.note_loan(context, channel, sku, lent, plan);
                }
                self.fill(context, channel, sku, free + lent);
            } else {
                self.call_a_loan_in(context, sku, plan, at);
            }
        }
    }

    /// Writes a loan down, and what decided it.
    fn note_loan(
        &self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        plan: &Plan,
    ) {
        let members = plan.places.iter().enumerate();
        let members = members.filter(|(_, place)| place.is_member);
        let record = Record::Lent {
            channel,
            sku,
            units,
            outstanding: (plan.still_shown() - plan.units).max(0) + units,
            price: self.loans.price(),
            shared_by: &members
                .map(|(at, _)| ChannelIndex(at as u16))
                .collect::<Vec<_>>(),
        };
        context.journal.append(context.now, record);
    }

    /// Nothing more may be lent: the member that shows most beyond its floor gives it up for the one at `starved`.
    fn call_a_loan_in(
        &mut self,
        context: &mut StrategyContext<'_>,
        sku: SkuIndex,
        plan: &Plan,
        starved: usize,
    ) {
        let spare = |at: usize| plan.listings[at].displayed - plan.floor(at);
        let richest = (0..plan.listings.len())
            .filter(|at| *at != starved && plan.places[*at].is_member && spare(*at) > 0)
            .max_by_key(|at| (spare(*at), std::cmp::Reverse(*at)));
        if let Some(at) = richest {
            let channel = ChannelIndex(at as u16);
            self.lower(context, channel, sku, plan.floor(at), &plan.listings[at]);
        }
    }

    /// Finds units for channels that share none and show none. A unit that several show is there once.
    fn fill_starved_others(
        &mut self,
        context: &mut StrategyContext<'_>,
        sku: SkuIndex,
        plan: &Plan,
    ) {
        let each = || plan.listings.iter().zip(&plan.places).enumerate();
        let held: i64 = each()
            .filter(|(_, (_, place))| !place.is_member)
            .map(|(_, (it, _))| it.exposure.max(0))
            .sum();
        let most_shown = each()
            .filter(|(_, (_, place))| place.is_member)
            .map(|(_, (it, place))| it.still_shown + place.line)
            .max()
            .unwrap_or(0);
        let mut free = plan.units - held - most_shown;
        let mut wanted = 0;
        for (at, (it, place)) in each() {
            let channel = ChannelIndex(at as u16);
            if place.is_member
                || it.exposure > 0
                || it.quota <= 0
                || !self.can_be_raised(context, channel, sku)
            {
                continue;
            }
            let units = it.quota.min(free);
            if units > 0 && units <= self.free_units(sku) {
                free -= units;
                self.fill(context, channel, sku, units);
            } else {
                wanted += it.quota;
            }
        }
        if wanted <= free.max(0) {
            return;
        }
        let shared = plan.units - held;
        for (at, (it, place)) in each() {
            let floor = plan.floor(at).max(shared - wanted - place.line);
            if place.is_member && it.displayed > floor {
                self.lower(context, ChannelIndex(at as u16), sku, floor, it);
            }
        }
    }

    fn can_be_raised(
        &mut self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> bool {
        let holding = self.holding(channel, sku);
        let is_at_rest = match self.is_cas(channel) {
            true => holding.phase != HoldingPhase::Unread,
            false => holding.phase == HoldingPhase::Closed,
        };
        let (is_free, is_open) = (holding.is_free(), self.hours.is_open(context.now, channel));
        if context.links[channel].is_blind(context.now) {
            self.passed_over[channel.0 as usize] = true;
            return false;
        }
        is_at_rest && is_free && is_open
    }

    /// Shows so many units more on a listing, out of the pool or as a loan.
    fn fill(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
    ) {
        self.loans.estimates.decided(context.now, channel, sku);
        if planted!(LoanTakenForStock) {
            let lent = (units - self.pool[sku.0 as usize].max(0)).max(0);
            self.pool[sku.0 as usize] += lent;
            self.owned[sku.0 as usize] += lent;
        }
        let lent = (units - self.pool[sku.0 as usize].max(0)).max(0);
        if self.is_cas(channel) {
            self.grant(context, channel, sku, units);
        } else {
            self.raise(context, channel, sku, units);
        }
        if planted!(LoanNotBooked) {
            self.pool[sku.0 as usize] += lent;
            self.holding_mut(channel, sku).exposure -= lent;
        }
    }
}
