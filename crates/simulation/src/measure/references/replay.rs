//! The replay: buyers, and what befalls the stock, in the order of time.

use std::collections::BTreeMap;

use channel_mocks::core::{BasketLine, Micros, StockOwner};

use super::References;
use super::bound::Bound;
use super::counter::Counter;
use crate::world::{
    Assortments, BuyerAct, ChannelIndex, ExternalEvent, ExternalEventKind, FollowUp, SkuIndex,
    picked,
};

/// What a replay begins with.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// By channel, how many buyers are expected to come, in any unit.
    pub shares: Vec<f64>,
    /// When the first channel opens.
    pub opening: Micros,
    /// By channel, from when until when after that buyers can buy there; empty where they always can.
    pub hours: Vec<(Micros, Micros)>,
    /// The channel that sells from Amazon's own warehouses.
    pub amazon: Option<usize>,
    /// By location, whose units are there.
    pub owners: Vec<StockOwner>,
    /// Units, `[sku][location]`.
    pub stock: Vec<&'a [u32]>,
    /// How long units that were sold usually stand on their shelf; kept where a script counts them.
    pub ships_after: Option<Micros>,
    /// Which SKUs channels list.
    pub assortments: &'a Assortments,
}

/// What somebody does later with a basket that was sold.
#[derive(Clone, Debug)]
struct Later {
    act: BuyerAct,
    lines: Vec<BasketLine>,
    /// Whose units the pool sold; `None` where it refused.
    pool: Option<StockOwner>,
    floor: Option<StockOwner>,
}

/// The line of an order that last took a SKU on a channel, as far as it was sold: what the staff may take out of it.
type Newest = BTreeMap<(ChannelIndex, SkuIndex), [Option<(StockOwner, u32)>; 2]>;

/// Takes events in the order of time, and sells to their buyers by all three measures at once.
#[derive(Clone, Debug)]
pub struct Replay {
    amazon: Option<usize>,
    owners: Vec<StockOwner>,
    bound: Bound,
    pool: Counter,
    floor: Counter,
    later: BTreeMap<(Micros, u64), Later>,
    /// Kept where a script speaks of it.
    newest: Option<Newest>,
    buyers: u64,
    buyers_hash: u64,
    stock_gains: u64,
}

impl Replay {
    /// Begins with the opening stock.
    pub fn new(opening: &Opening<'_>) -> Replay {
        let of = |owner: StockOwner| -> Vec<u64> {
            let skus = opening.stock.iter().map(|locations| {
                let own = locations.iter().zip(&opening.owners);
                own.filter(|(_, of)| **of == owner)
                    .map(|(units, _)| u64::from(*units))
                    .sum()
            });
            skus.collect()
        };
        let counter = Counter::new(
            of(StockOwner::Merchant),
            of(StockOwner::Platform),
            opening.shares.len(),
            opening.amazon,
        )
        .shipping_after(opening.ships_after);
        Replay {
            amazon: opening.amazon,
            owners: opening.owners.clone(),
            bound: Bound::new(&opening.owners, &opening.stock),
            floor: counter.clone().standing_still(
                &opening.shares,
                (opening.opening, &opening.hours),
                opening.assortments,
            ),
            pool: counter,
            later: BTreeMap::new(),
            newest: None,
            buyers: 0,
            buyers_hash: 0,
            stock_gains: 0,
        }
    }

    /// Notes which order last took each SKU: a script takes units out of them.
    #[must_use]
    pub fn following_orders(mut self, follows: bool) -> Replay {
        self.newest = follows.then(BTreeMap::new);
        self
    }

    /// An event comes; `follow_up` says what a buyer does after a sale at a time.
    pub fn take(
        &mut self,
        event: ExternalEvent,
        follow_up: impl FnOnce(u64, Micros) -> Option<FollowUp>,
    ) {
        self.buyers_hash = event.fold_into(self.buyers_hash);
        self.until(event.at);
        match event.kind {
            ExternalEventKind::Checkout { channel, basket } => {
                let is_amazon = self.amazon == Some(usize::from(channel.0));
                for line in &basket.lines {
                    let sku = SkuIndex(line.listing.0);
                    self.bound.asked(sku, line.units, is_amazon);
                }
                let pool = self.pool.offer(channel, &basket.lines, event.at);
                let floor = self.floor.offer(channel, &basket.lines, event.at);
                self.note_newest(channel, &basket.lines, [pool, floor]);
                if let Some(next) = follow_up(basket.buyer, event.at) {
                    self.buyers += 1;
                    let later = Later {
                        act: next.act,
                        lines: basket.lines,
                        pool,
                        floor,
                    };
                    self.later.insert((next.at, self.buyers), later);
                }
            }
            ExternalEventKind::Receive {
                sku,
                location,
                units,
            }
            | ExternalEventKind::Return {
                sku,
                location,
                units,
            } => {
                self.stock_gains += u64::from(units);
                let location = usize::from(location);
                self.bound.receive(sku, location, units);
                if let Some(owner) = self.owner(location) {
                    self.counters(|counter| counter.receive(sku, owner, units));
                }
            }
            ExternalEventKind::Damage {
                sku,
                location,
                units,
            } => {
                let location = usize::from(location);
                self.bound.lose(sku, location, units);
                if let Some(owner) = self.owner(location) {
                    self.counters(|counter| counter.lose(sku, owner, location, units));
                }
            }
            ExternalEventKind::Recount {
                sku,
                location,
                counted,
            } => {
                let location = usize::from(location);
                if let Some(owner) = self.owner(location) {
                    let here = self.bound.held_at(sku, location);
                    let held = (here, self.bound.held_elsewhere(sku, location, owner));
                    let what = (sku, owner, location);
                    self.counters(|counter| counter.recount(what, counted, held, event.at));
                }
                self.stock_gains += self.bound.recount(sku, location, counted);
            }
            ExternalEventKind::RemoveUnits {
                channel,
                sku,
                units,
                ..
            } => self.take_out(channel, sku, units),
            // What a listing shows is no unit.
            ExternalEventKind::Edit { .. } => {}
        }
    }

    /// What the replay comes to.
    pub fn finish(self) -> References {
        References {
            bound_units: self.bound.units(),
            pool_units: self.pool.accepted().to_vec(),
            partition_floor_units: self.floor.accepted().iter().sum(),
            buyers_hash: self.buyers_hash,
            stock_gains: self.stock_gains,
        }
    }

    fn owner(&self, location: usize) -> Option<StockOwner> {
        self.owners.get(location).copied()
    }

    fn counters(&mut self, mut change: impl FnMut(&mut Counter)) {
        change(&mut self.pool);
        change(&mut self.floor);
    }

    /// Lets happen what buyers do until a time, that time included.
    fn until(&mut self, at: Micros) {
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > at {
                return;
            }
            let Later {
                act,
                lines,
                pool,
                floor,
            } = entry.remove();
            let back = |line: &BasketLine, units| (SkuIndex(line.listing.0), units);
            match act {
                BuyerAct::Cancel => {
                    for line in &lines {
                        self.give_back(back(line, line.units), [pool, floor]);
                    }
                }
                BuyerAct::RemoveUnits { pick, .. } => {
                    let units = lines.iter().map(|line| line.units);
                    if let Some((line, units)) = picked(pick, units) {
                        self.give_back(back(&lines[line], units), [pool, floor]);
                    }
                }
                // Amazon takes back what it has sold of its own; the merchant's shelf sees only the merchant's.
                BuyerAct::Return { restockable: true } => {
                    let own = |sold: Option<StockOwner>| {
                        sold.filter(|owner| *owner == StockOwner::Merchant)
                    };
                    for line in &lines {
                        self.stock_gains += u64::from(line.units);
                        self.give_back(back(line, line.units), [own(pool), own(floor)]);
                    }
                }
                BuyerAct::Return { restockable: false } => {}
            }
        }
    }

    /// Units come back of a basket that pool and floor sold, if they did, from these stocks.
    fn give_back(&mut self, (sku, units): (SkuIndex, u32), sold: [Option<StockOwner>; 2]) {
        self.bound.give_back(sku, units);
        for (counter, owner) in [&mut self.pool, &mut self.floor].into_iter().zip(sold) {
            if let Some(owner) = owner {
                counter.receive(sku, owner, units);
            }
        }
    }

    fn note_newest(
        &mut self,
        channel: ChannelIndex,
        lines: &[BasketLine],
        sold: [Option<StockOwner>; 2],
    ) {
        let Some(newest) = &mut self.newest else {
            return;
        };
        for line in lines {
            let key = (channel, SkuIndex(line.listing.0));
            let kept = newest.entry(key).or_default();
            for (kept, owner) in kept.iter_mut().zip(sold) {
                *kept = owner.map(|owner| (owner, line.units)).or(*kept);
            }
        }
    }

    /// The staff take units out of the order that last took the SKU.
    fn take_out(&mut self, channel: ChannelIndex, sku: SkuIndex, units: u32) {
        self.bound.give_back(sku, units);
        let newest = self.newest.as_mut();
        let Some(kept) = newest.and_then(|it| it.get_mut(&(channel, sku))) else {
            return;
        };
        for (counter, kept) in [&mut self.pool, &mut self.floor].into_iter().zip(kept) {
            if let Some((owner, left)) = kept {
                let taken = units.min(*left);
                *left -= taken;
                counter.receive(sku, *owner, taken);
            }
        }
    }
}
