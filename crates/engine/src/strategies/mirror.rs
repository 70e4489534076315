//! `mirror`: every channel displays the whole stock (less a buffer); each known sale is published to all of them. What
//! today's real-time sync products do, and what docs/theory.md A2 to A4 predict the oversell of.

use super::super::cancellation::Restock;
use super::super::canonical::{ChannelIndex, Line, OrderKey, SkuIndex};
use super::super::config::{EngineConfig, MirrorSettings, MirrorWrite};
use super::super::connectors::{Change, QuantityWrite};
use super::super::link::WriteNews;
use super::super::queue::Priority;
use super::description::{Counts, Description, Learns};
use super::{Sale, StrategyContext, StrategyMachine};
use crate::planted::planted;
use crate::snapshot::state;
use oversell_kernel::Micros;

/// What the strategy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "mirror",
    summary: "real-time absolute counts on every channel",
    learns: Learns::FromSignals { of_displays: false },
    counts: Counts::WholeStock,
    buffer_units: |settings| settings.mirror.buffer,
    one_write_in_flight: |settings| settings.mirror.coalesce,
    promises: &[],
    is_predicted: true,
    relative_cost: 3,
    build: |config| Box::new(Mirror::new(config)),
};

/// The mirror's state.
pub struct Mirror {
    settings: MirrorSettings,
    channels: usize,
    /// Sellable units as far as known; `None` until the warehouse was read.
    sellable: Option<Vec<i64>>,
    /// Last count that a channel took from us, by SKU then channel.
    published: Vec<Option<i64>>,
    /// Changes held for the next tick, by SKU then channel: units for deltas, a mark for counts.
    held: Vec<i64>,
    held_skus: Vec<SkuIndex>,
    is_held: Vec<bool>,
    next_tick: Micros,
    next_sweep: Micros,
}

state!(Mirror {
    kept: [
        sellable, published, held, held_skus, is_held, next_tick, next_sweep
    ],
    parts: [],
    headers: [],
    made: [settings, channels],
});

impl Mirror {
    /// A mirror that knows nothing yet.
    pub fn new(config: &EngineConfig) -> Mirror {
        let settings = config.settings.mirror.clone();
        let (channels, skus) = (config.channels.len(), config.skus.len());
        Mirror {
            channels,
            sellable: None,
            published: vec![None; skus * channels],
            held: vec![0; skus * channels],
            held_skus: Vec::new(),
            is_held: vec![false; skus],
            next_tick: Micros::MAX,
            next_sweep: if settings.sweep_every > Micros::ZERO {
                settings.sweep_every
            } else {
                Micros::MAX
            },
            settings,
        }
    }

    fn at(&self, channel: ChannelIndex, sku: SkuIndex) -> usize {
        sku.0 as usize * self.channels + channel.0 as usize
    }

    fn target(&self, sku: SkuIndex) -> Option<i64> {
        let sellable = self.sellable.as_ref()?[sku.0 as usize];
        Some((sellable - i64::from(self.settings.buffer)).max(0))
    }

    /// Puts the SKU's count on its way to one channel.
    fn publish_count(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let Some(target) = self.target(sku) else {
            return;
        };
        if !context.is_open(channel)
            || !context.link(channel).is_ready()
            || !context.link(channel).connector.knows(sku)
        {
            return;
        }
        if !self.settings.coalesce {
            context.link(channel).append(QuantityWrite {
                sku,
                change: Change::Set(target),
            });
            return;
        }
        let believed = self.published[self.at(channel, sku)];
        let link = context.link(channel);
        if believed == Some(target) && !link.queue.is_in_flight(sku) {
            link.queue.forget(sku);
            return;
        }
        let sellable = self.sellable.as_ref().map_or(0, |all| all[sku.0 as usize]);
        let priority = context.priority(channel, sku, believed.unwrap_or(0), target, sellable);
        context.publish(channel, sku, Change::Set(target), priority);
    }

    fn publish_everywhere(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex) {
        for channel in 0..self.channels as u16 {
            self.publish_count(context, ChannelIndex(channel), sku);
        }
    }

    /// The SKU's count changed by an event on `source` (or in the warehouse).
    fn changed(
        &mut self,
        context: &mut StrategyContext<'_>,
        source: Option<ChannelIndex>,
        sku: SkuIndex,
        delta: i64,
    ) {
        let Some(sellable) = self.sellable.as_mut() else {
            return;
        };
        sellable[sku.0 as usize] += delta;
        let ticking = self.settings.publish_every > Micros::ZERO;
        if ticking && self.next_tick == Micros::MAX {
            let every = self.settings.publish_every.0;
            self.next_tick = Micros((context.now.0 / every + 1) * every);
        }
        if ticking && !self.is_held[sku.0 as usize] {
            self.is_held[sku.0 as usize] = true;
            self.held_skus.push(sku);
        }
        match self.settings.write {
            MirrorWrite::Absolute if !ticking => self.publish_everywhere(context, sku),
            MirrorWrite::Absolute => {}
            MirrorWrite::Delta => {
                for channel in (0..self.channels as u16)
                    .map(ChannelIndex)
                    .filter(|channel| Some(*channel) != source)
                {
                    if ticking {
                        let at = self.at(channel, sku);
                        self.held[at] += delta;
                    } else {
                        self.publish_delta(context, channel, sku, delta);
                    }
                }
            }
        }
    }

    fn publish_delta(
        &self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        delta: i64,
    ) {
        if context.is_open(channel) && context.link(channel).is_ready() && delta != 0 {
            context.link(channel).append(QuantityWrite {
                sku,
                change: Change::Adjust(delta),
            });
        }
    }
}

impl StrategyMachine for Mirror {
    fn channel_ready(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        for sku in 0..context.config.skus.len() as u32 {
            self.publish_count(context, channel, SkuIndex(sku));
        }
    }

    fn stock_known(&mut self, context: &mut StrategyContext<'_>, sellable: &[i64]) {
        self.sellable = Some(sellable.to_vec());
        for sku in 0..sellable.len() as u32 {
            self.publish_everywhere(context, SkuIndex(sku));
        }
    }

    fn stock_changed(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, delta: i64) {
        self.changed(context, None, sku, delta);
    }

    fn sold(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex, sale: &Sale<'_>) {
        for line in sale.lines {
            self.changed(context, Some(channel), line.sku, -i64::from(line.units));
        }
    }

    fn cancelled(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        _order: OrderKey,
        lines: &[Line],
        restock: Restock,
        _at: Micros,
    ) {
        for line in lines {
            // A platform that restocked by itself already shows the unit; with deltas it must not be added there again.
            self.changed(
                context,
                (restock == Restock::OnSale).then_some(channel),
                line.sku,
                i64::from(line.units),
            );
        }
    }

    fn gone(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, units: i64) {
        self.changed(context, None, sku, -units);
    }

    fn written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        _sent_at: Micros,
        outcome: WriteNews,
    ) {
        let Change::Set(value) = write.change else {
            return;
        };
        let at = self.at(channel, write.sku);
        match outcome {
            WriteNews::Live | WriteNews::Accepted => self.published[at] = Some(value),
            WriteNews::Unknown if planted!(UnansweredWriteTakenForLive) => {
                self.published[at] = Some(value);
            }
            // What the listing shows is unknown until the next write, so that one must not be skipped.
            WriteNews::Refused | WriteNews::Unknown | WriteNews::Stale => {
                self.published[at] = None;
            }
            WriteNews::Rejected => return,
        }
        if self.settings.coalesce && self.settings.publish_every == Micros::ZERO {
            self.publish_count(context, channel, write.sku);
        }
    }

    fn wake(&mut self, context: &mut StrategyContext<'_>) {
        if context.now >= self.next_tick {
            self.next_tick = Micros::MAX;
            for sku in std::mem::take(&mut self.held_skus) {
                self.is_held[sku.0 as usize] = false;
                match self.settings.write {
                    MirrorWrite::Absolute => self.publish_everywhere(context, sku),
                    MirrorWrite::Delta => {
                        for channel in (0..self.channels as u16).map(ChannelIndex) {
                            let at = self.at(channel, sku);
                            let delta = std::mem::take(&mut self.held[at]);
                            self.publish_delta(context, channel, sku, delta);
                        }
                    }
                }
            }
        }
        if context.now >= self.next_sweep {
            self.next_sweep = context.now + self.settings.sweep_every;
            self.sweep(context);
        }
    }

    fn next_wake(&self) -> Micros {
        self.next_tick.min(self.next_sweep)
    }
}

impl Mirror {
    /// Publishes every count again, in the background, whatever is believed to be displayed.
    fn sweep(&mut self, context: &mut StrategyContext<'_>) {
        if self.settings.write == MirrorWrite::Delta {
            return;
        }
        for sku in (0..context.config.skus.len() as u32).map(SkuIndex) {
            let Some(target) = self.target(sku) else {
                return;
            };
            for channel in (0..self.channels as u16).map(ChannelIndex) {
                let is_open = context.is_open(channel);
                let link = context.link(channel);
                if is_open
                    && link.is_ready()
                    && link.waiting_change(sku).is_none()
                    && link.connector.knows(sku)
                {
                    context.publish(channel, sku, Change::Set(target), Priority::Cover(f64::MAX));
                }
            }
        }
    }
}
