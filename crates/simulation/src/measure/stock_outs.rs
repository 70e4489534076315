//! What is measured around every stock-out, for the prediction: how long news of the SKU took, what buyers asked for
//! afterwards, and when each listing was shut.
//!
//! **Delays** belong to the SKU that sold out and to the minutes in which it did, because a rate limit makes the
//! listings that nobody asks for wait for hours and must not speak for the one that everybody wants. Per SKU and channel
//! two exponentially decaying means with a half-life of a minute are kept: from the acceptance of an order to the
//! engine's knowing of it, and from knowing of an event to the first live display that contains it. A minute is long
//! against the time between two orders of a SKU whose oversell matters, and short against the time in which queues build
//! up. After the stock-out each mean goes on until the listing shows nothing (for orders: until all do), and stays as it
//! is then: what comes later, such as an order found half an hour on, or a cancellation, is not what shut the listing. A
//! mean is three numbers, so that memory is SKUs times channels small records.
//!
//! **Demand** is the units that buyers asked for on each channel in the time since the stock-out, whatever was shown to
//! them: their own doing, the same for every strategy. Counting them, rather than multiplying a rate, needs no window
//! for the rate, follows demand that rises or dies away, and caps the prediction by the demand that was left.

use channel_mocks::core::{Cause, Micros};

use super::by_sku;
use crate::world::ledger::Entry;
use crate::world::{ChannelIndex, SkuIndex};

/// Half-life of all means, seconds.
const HALF_LIFE_S: f64 = 60.0;
/// Means stay as they are from so long after a stock-out on, at the latest: five half-lives.
const FREEZE_AFTER: Micros = Micros::from_secs(300);

/// Bins of time since a stock-out: bin n ends at 10 ms * 1.1^n; the last one at about 8 days.
const BINS: usize = 190;
const FIRST_BIN_S: f64 = 0.01;
const RATIO: f64 = 1.1;

/// An exponentially decaying sum of weighted samples.
#[derive(Copy, Clone, Debug, Default)]
struct Decaying {
    at: Micros,
    weight: f32,
    sum: f32,
}

impl Decaying {
    fn add(&mut self, at: Micros, weight: f64, sample: f64) {
        let kept = self.kept(at);
        self.weight = (f64::from(self.weight) * kept + weight) as f32;
        self.sum = (f64::from(self.sum) * kept + weight * sample) as f32;
        self.at = self.at.max(at);
    }

    fn kept(&self, at: Micros) -> f64 {
        libm::exp2(-at.since(self.at.min(at)).as_secs_f64() / HALF_LIFE_S)
    }

    fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| f64::from(self.sum) / f64::from(self.weight))
    }
}

/// A listing as long as its SKU has stock.
#[derive(Copy, Clone, Debug, Default)]
struct Listing {
    /// Acceptance to knowing, of this listing's orders.
    ingest: Decaying,
    /// Knowing to showing.
    publish: Decaying,
    /// Units asked for; only the weight is used.
    asked: Decaying,
    /// What it shows; `None` until the first change.
    displayed: Option<i64>,
}

/// Who brought a listing to zero after a stock-out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub enum ShutBy {
    /// Nobody yet.
    #[default]
    Nobody,
    /// Its own sales, or it was empty when the SKU sold out.
    OwnSales,
    /// A write.
    Write,
}

/// A listing after a stock-out.
#[derive(Clone, Debug)]
pub struct Aftermath {
    /// Units asked for, by time since.
    demand: [u32; BINS],
    /// When it first showed nothing.
    shut_at: Option<Micros>,
    /// Who brought that about.
    pub shut_by: ShutBy,
    /// Units asked for until then.
    pub asked_until_shut: u32,
    /// Units oversold until then.
    pub oversold_until_shut: u32,
    /// Units oversold later, on a listing that was raised again.
    pub oversold_later: u32,
    /// Those of them that it sold after the platform had put a cancelled order's units back on sale.
    pub oversold_restocked: u32,
    /// Whether it was raised last by the platform itself, and not by a write.
    restocked: bool,
    /// Part of the SKU's demand that was asked for here when it sold out.
    pub part: f64,
    /// Decayed units a second asked for here when it sold out.
    pub rate: f64,
    /// The most that this listing can have shown since the SKU last had stock: all of it.
    pub stock: f64,
    /// a of docs/theory.md A, seconds.
    pub ingest_s: f64,
    /// b of docs/theory.md A, seconds.
    pub publish_s: f64,
}

impl Aftermath {
    fn is_shut_before(&self, at: Micros) -> bool {
        self.shut_at.is_some_and(|shut_at| shut_at < at)
    }

    /// Seconds from the stock-out at `sold_out_at` to the first moment with nothing shown; `None` if that never came.
    pub fn shut_after_s(&self, sold_out_at: Micros) -> Option<f64> {
        self.shut_at
            .map(|shut_at| shut_at.since(sold_out_at).as_secs_f64())
    }

    /// Units asked for within `seconds` after the stock-out, taking them as evenly spread inside a bin.
    pub fn demand_within(&self, seconds: f64) -> f64 {
        let (mut sum, mut from, mut until) = (0.0, 0.0, FIRST_BIN_S);
        for &units in &self.demand {
            if seconds >= until {
                sum += f64::from(units);
            } else {
                return sum + f64::from(units) * ((seconds - from) / (until - from)).max(0.0);
            }
            from = until;
            until *= RATIO;
        }
        sum
    }
}

fn bin_of(seconds: f64) -> usize {
    if seconds <= FIRST_BIN_S {
        0
    } else {
        let bin = libm::ceil(libm::log(seconds / FIRST_BIN_S) / libm::log(RATIO));
        (bin as usize).min(BINS - 1)
    }
}

/// One stock-out, from the last unit's sale until units come back or the run ends.
#[derive(Clone, Debug)]
pub struct StockOut {
    /// When.
    pub at: Micros,
    /// Its listings, by channel.
    pub listings: Vec<Aftermath>,
}

impl StockOut {
    /// After that, delays of a listing that is never shut are not those of the stock-out any more.
    fn freezes_at(&self) -> Micros {
        self.at + FREEZE_AFTER
    }
}

/// Collects stock-outs. Memory is a small record per SKU and channel, and a larger one per SKU that is sold out.
#[derive(Clone, Debug)]
pub struct StockOuts {
    channels: usize,
    /// Whether a listing's own sales count for its publish delay.
    own_sales: bool,
    /// `[sku * channels + channel]`
    listings: Vec<Listing>,
    /// The same over all SKUs, by channel: they stand in for a listing without news of its own.
    overall: Vec<Listing>,
    /// By SKU.
    sold_out: Vec<Option<Box<StockOut>>>,
    /// Units sold since the SKU last had stock, by SKU.
    sold: Vec<u32>,
    /// From letting go of a write to its being live, by channel: the least that b can be, for listings that sold out before
    /// the first news was shown anywhere.
    flights: Vec<Decaying>,
}

impl StockOuts {
    /// For a number of channels. `own_sales`: writes are absolute, so that they take in a listing's own sales too.
    pub fn new(channels: usize, own_sales: bool) -> StockOuts {
        StockOuts {
            channels,
            own_sales,
            listings: Vec::new(),
            overall: vec![Listing::default(); channels],
            sold_out: Vec::new(),
            sold: Vec::new(),
            flights: vec![Decaying::default(); channels],
        }
    }

    /// Takes an entry; gives the stock-out that it ended, if it ended one.
    pub fn record(&mut self, at: Micros, entry: &Entry) -> Option<StockOut> {
        match *entry {
            Entry::Offered {
                channel,
                sku,
                units,
                sellable,
                ..
            } => {
                let ended = self.stock(sku, sellable);
                self.listing(channel, sku)
                    .asked
                    .add(at, f64::from(units), 0.0);
                if let Some(stock_out) = self.sold_out_mut(sku) {
                    let bin = bin_of(at.since(stock_out.at).as_secs_f64());
                    let listing = &mut stock_out.listings[usize::from(channel.0)];
                    listing.demand[bin] = listing.demand[bin].saturating_add(units);
                    if listing.shut_at.is_none() {
                        listing.asked_until_shut += units;
                    }
                }
                ended
            }
            Entry::Accepted {
                channel,
                sku,
                units,
                oversold_units,
                ..
            } => {
                let sold = self.sold_mut(sku);
                *sold = sold.saturating_add(units);
                if oversold_units > 0
                    && let Some(stock_out) = self.sold_out_mut(sku)
                {
                    let listing = &mut stock_out.listings[usize::from(channel.0)];
                    if listing.shut_at.is_none() {
                        listing.oversold_until_shut += oversold_units;
                    } else {
                        listing.oversold_later += oversold_units;
                        if listing.restocked {
                            listing.oversold_restocked += oversold_units;
                        }
                    }
                }
                None
            }
            Entry::SoldOut { sku } => self.begin(at, sku),
            Entry::Displayed {
                channel,
                sku,
                from,
                to,
                cause,
                sellable,
            } => {
                let ended = self.stock(sku, sellable);
                self.listing(channel, sku).displayed = Some(to);
                if let Cause::Write { sent_at, .. } = cause {
                    let seconds = at.since(sent_at).as_secs_f64();
                    self.flights[usize::from(channel.0)].add(at, 1.0, seconds);
                }
                if let Some(stock_out) = self.sold_out_mut(sku) {
                    let listing = &mut stock_out.listings[usize::from(channel.0)];
                    if to > from {
                        listing.restocked = matches!(
                            cause,
                            Cause::Cancelled(_) | Cause::Removed(_) | Cause::Returned(_)
                        );
                    }
                    if to <= 0 && listing.shut_at.is_none() {
                        listing.shut_at = Some(at);
                        listing.shut_by = match cause {
                            Cause::Write { .. } | Cause::Edit => ShutBy::Write,
                            _ => ShutBy::OwnSales,
                        };
                    }
                }
                ended
            }
            Entry::Learned {
                channel,
                sku,
                accepted_at,
                known_at,
            } => {
                let frozen = self.sold_out_mut(sku).is_some_and(|stock_out| {
                    known_at > stock_out.freezes_at()
                        || stock_out
                            .listings
                            .iter()
                            .all(|listing| listing.is_shut_before(known_at))
                });
                if !frozen {
                    let seconds = known_at.since(accepted_at).as_secs_f64();
                    self.listing(channel, sku)
                        .ingest
                        .add(known_at, 1.0, seconds);
                    self.overall[usize::from(channel.0)]
                        .ingest
                        .add(known_at, 1.0, seconds);
                }
                None
            }
            Entry::Propagated {
                channel,
                sku,
                own_sale,
                known_at,
                ..
            } if self.own_sales || !own_sale => {
                let frozen = self.sold_out_mut(sku).is_some_and(|stock_out| {
                    let listing = &stock_out.listings[usize::from(channel.0)];
                    at > stock_out.freezes_at() || listing.is_shut_before(at)
                });
                if !frozen {
                    let seconds = at.since(known_at).as_secs_f64();
                    self.listing(channel, sku).publish.add(at, 1.0, seconds);
                    self.overall[usize::from(channel.0)]
                        .publish
                        .add(at, 1.0, seconds);
                }
                None
            }
            _ => None,
        }
    }

    /// Ends all stock-outs that still last, in the order of SKUs.
    pub fn finish(&mut self) -> Vec<StockOut> {
        (0..self.sold_out.len() as u32)
            .filter_map(|sku| self.end(SkuIndex(sku)))
            .collect()
    }

    fn begin(&mut self, at: Micros, sku: SkuIndex) -> Option<StockOut> {
        let ended = self.end(sku);
        let index = sku.0 as usize;
        if self.sold_out.len() <= index {
            self.sold_out.resize_with(index + 1, || None);
        }
        let sold = *self.sold_mut(sku);
        let listings = (0..self.channels as u16)
            .map(|channel| {
                let listing = *self.listing(ChannelIndex(channel), sku);
                let shown = listing.displayed.unwrap_or(0).max(0);
                let empty = listing.displayed.is_some_and(|displayed| displayed <= 0);
                Aftermath {
                    demand: [0; BINS],
                    shut_at: empty.then_some(at),
                    shut_by: if empty {
                        ShutBy::OwnSales
                    } else {
                        ShutBy::Nobody
                    },
                    asked_until_shut: 0,
                    oversold_until_shut: 0,
                    oversold_later: 0,
                    oversold_restocked: 0,
                    restocked: false,
                    part: 0.0,
                    rate: f64::from(listing.asked.weight)
                        * listing.asked.kept(at)
                        * core::f64::consts::LN_2
                        / HALF_LIFE_S,
                    stock: if sold == 0 {
                        f64::INFINITY
                    } else {
                        f64::from(sold).max(shown as f64)
                    },
                    ingest_s: 0.0,
                    publish_s: 0.0,
                }
            })
            .collect();
        let mut stock_out = StockOut { at, listings };
        let rate: f64 = stock_out.listings.iter().map(|listing| listing.rate).sum();
        for listing in &mut stock_out.listings {
            listing.part = if rate > 0.0 { listing.rate / rate } else { 0.0 };
        }
        self.sold_out[index] = Some(Box::new(stock_out));
        ended
    }

    fn end(&mut self, sku: SkuIndex) -> Option<StockOut> {
        let mut stock_out = *self.sold_out.get_mut(sku.0 as usize)?.take()?;
        *self.sold_mut(sku) = 0;
        for (channel, aftermath) in stock_out.listings.iter_mut().enumerate() {
            let listing = self.listing(ChannelIndex(channel as u16), sku);
            let (ingest, publish) = (listing.ingest, listing.publish);
            let overall = &self.overall[channel];
            let (ingest, publish) = (
                ingest.mean().or(overall.ingest.mean()),
                publish.mean().or(overall.publish.mean()),
            );
            aftermath.ingest_s = ingest.unwrap_or(0.0);
            aftermath.publish_s = publish.or(self.flights[channel].mean()).unwrap_or(0.0);
        }
        Some(stock_out)
    }

    /// A SKU that has units again is not sold out any more.
    fn stock(&mut self, sku: SkuIndex, sellable: i64) -> Option<StockOut> {
        if sellable > 0 { self.end(sku) } else { None }
    }

    fn sold_out_mut(&mut self, sku: SkuIndex) -> Option<&mut StockOut> {
        self.sold_out.get_mut(sku.0 as usize)?.as_deref_mut()
    }

    fn sold_mut(&mut self, sku: SkuIndex) -> &mut u32 {
        by_sku::row(&mut self.sold, sku)
    }

    fn listing(&mut self, channel: ChannelIndex, sku: SkuIndex) -> &mut Listing {
        let first = sku.0 as usize * self.channels;
        if self.listings.len() < first + self.channels {
            self.listings
                .resize(first + self.channels, Listing::default());
        }
        &mut self.listings[first + usize::from(channel.0)]
    }
}
