//! A safety stock by sales velocity (docs/theory.md A3): of each listing so many units are held back as are sold, but for a
//! given part of stock-outs, before a sale elsewhere is known and this listing's count has followed. Rates and delays are
//! measured as the run goes.

use std::collections::BTreeSet;

use super::super::super::canonical::{ChannelIndex, Line, SkuIndex};
use super::super::super::config::{Confidence, EngineConfig};
use super::super::super::link::WriteNews;
use super::super::StrategyContext;
use super::super::estimates::Estimates;
use super::super::poisson::{line, normal_quantile};
use oversell_kernel::Micros;

/// What sold lately weighs against the merchant's expected shares as if so many units had been sold by these.
const PRIOR_UNITS: f64 = 40.0;
/// From so many unseen sales on, A3's formula; below it the quantile itself, since the formula counts too few.
const FORMULA_FROM: f64 = 2.0;
/// SKUs of which units are held back are looked at so often, since a rate that fades tells nobody.
const REVIEW_EVERY: Micros = Micros::from_secs(60);
/// A channel that only takes writes for processing is read, one listing at a time, until the write shows ...
const FIRST_PROBE_AFTER: Micros = Micros::from_secs(2);
/// ... with growing waits up to this one ...
const LAST_PROBE_PAUSE: Micros = Micros::from_secs(32);
/// ... for so long.
const PROBE_FOR: Micros = Micros::from_secs(1_800);
/// Time from the end of one to the next.
const PROBE_PAUSE: Micros = Micros::from_secs(60);

/// A write whose showing is waited for.
#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Probe {
    sku: SkuIndex,
    value: i64,
    began_at: Micros,
    next_at: Micros,
    pause: Micros,
}

/// Units to hold back, and what they are worked out from.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct SafetyStock {
    risk: f64,
    /// Deviations that keep the risk.
    deviations: f64,
    channels: usize,
    estimates: Estimates,
    /// SKUs of which units are held back somewhere.
    held_back: BTreeSet<SkuIndex>,
    review_at: Micros,
    /// By channel: what is waited for, and from when on something may be.
    probes: Vec<(Option<Probe>, Micros)>,
}

impl SafetyStock {
    pub(super) fn new(config: &EngineConfig, confidence: Confidence) -> SafetyStock {
        let channels = config.channels.len();
        SafetyStock {
            risk: confidence.risk(),
            deviations: normal_quantile(1.0 - confidence.risk()),
            channels,
            estimates: Estimates::new(config, true),
            held_back: BTreeSet::new(),
            review_at: Micros::MAX,
            probes: vec![(None, Micros::ZERO); channels],
        }
    }

    /// Units to hold back on a channel.
    pub(super) fn units(
        &mut self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        is_absolute: bool,
    ) -> i64 {
        let usual = self.estimates.usual_rate(context.now, sku);
        let channels = (0..self.channels as u16).map(ChannelIndex);
        let rate = |other| {
            let share = context.demand.share(context.now, other, sku, PRIOR_UNITS);
            let slow = context.demand.rate(context.now, other, sku);
            self.estimates
                .rate(context.now, other, sku, usual * share, slow)
        };
        let rates: Vec<f64> = channels.clone().map(rate).collect();
        let total: f64 = rates.iter().sum();
        let publish = self.estimates.publish(channel);
        // A count that is written whatever is displayed erases the channel's own sales as well (A4).
        let unseen = channels.filter(|other| is_absolute || *other != channel);
        let (mut mean, mut variance) = (0.0, 0.0);
        for other in unseen {
            let rate = rates[usize::from(other.0)];
            let units = rate * (self.estimates.ingest(other) + publish);
            mean += units;
            // Such a count scatters as Poisson's does; a delta less (A2), since a channel follows its own sales at once.
            variance += match is_absolute {
                true => units,
                false => units * (1.0 - rate / total),
            };
        }
        let units = match mean >= FORMULA_FROM {
            true => {
                let units = mean + self.deviations * libm::sqrt(variance) - 0.5;
                (libm::ceil(units) as i64).max(0)
            }
            false => line(mean, self.risk).unwrap_or(0),
        };
        if units > 0 {
            self.held_back.insert(sku);
            self.review_at = self.review_at.min(context.now + REVIEW_EVERY);
        }
        units
    }

    /// A count is on its way.
    pub(super) fn decided(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        self.estimates.decided(now, channel, sku);
    }

    /// A sale is known.
    pub(super) fn sold(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        line: &Line,
        sold_at: Micros,
    ) {
        let units = i64::from(line.units);
        self.estimates.sold(now, channel, line.sku, units, sold_at);
    }

    /// A write has ended.
    pub(super) fn written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        value: i64,
        outcome: WriteNews,
    ) {
        let now = context.now;
        match outcome {
            WriteNews::Live => self.estimates.seen(now, channel, sku),
            WriteNews::Accepted => {
                let (probe, free_from) = &mut self.probes[usize::from(channel.0)];
                if probe.is_none() && *free_from <= now {
                    *probe = Some(Probe {
                        sku,
                        value,
                        began_at: now,
                        next_at: now + FIRST_PROBE_AFTER,
                        pause: FIRST_PROBE_AFTER,
                    });
                }
            }
            _ => {}
        }
    }

    /// A listing was read.
    pub(super) fn read(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
    ) {
        let (probe, free_from) = &mut self.probes[usize::from(channel.0)];
        let Some(waited_for) = probe.filter(|it| it.sku == sku) else {
            return;
        };
        // Sold from since it was written, perhaps.
        if displayed <= waited_for.value {
            self.estimates.seen(now, channel, sku);
            (*probe, *free_from) = (None, now + PROBE_PAUSE);
        }
    }

    /// Asks for the readings that are due, and gives the SKUs of which what is held back may be less by now.
    pub(super) fn wake(&mut self, context: &mut StrategyContext<'_>) -> BTreeSet<SkuIndex> {
        let now = context.now;
        for (index, (probe, free_from)) in self.probes.iter_mut().enumerate() {
            let Some(waited_for) = probe else {
                continue;
            };
            if now.since(waited_for.began_at) > PROBE_FOR {
                (*probe, *free_from) = (None, now + PROBE_PAUSE);
            } else if waited_for.next_at <= now {
                waited_for.pause = (waited_for.pause + waited_for.pause).min(LAST_PROBE_PAUSE);
                waited_for.next_at = now + waited_for.pause;
                let channel = ChannelIndex(index as u16);
                context.link(channel).want_quantity(waited_for.sku);
            }
        }
        if self.review_at > now {
            return BTreeSet::new();
        }
        self.review_at = Micros::MAX;
        std::mem::take(&mut self.held_back)
    }

    /// When something is due.
    pub(super) fn next_wake(&self) -> Micros {
        let probes = self.probes.iter().filter_map(|(probe, _)| *probe);
        let probe = probes.map(|it| it.next_at).min();
        self.review_at.min(probe.unwrap_or(Micros::MAX))
    }
}
