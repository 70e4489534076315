//! `mirror`: every channel displays the whole stock (less a buffer); each known sale is published to all of them. What
//! today's real-time sync products do, and what docs/theory.md A2 to A4 predict the oversell of.

mod safety_stock;
mod second_looks;

use super::super::cancellation::Restock;
use super::super::canonical::{ChannelIndex, Line, OrderKey, SkuIndex};
use super::super::config::{EngineConfig, MirrorSettings, MirrorSweep, MirrorWrite};
use super::super::connectors::{Change, QuantityWrite};
use super::super::link::WriteNews;
use super::super::queue::Priority;
use super::description::{Counts, Description, Learns};
use super::{Sale, StrategyContext, StrategyMachine};
use crate::planted::planted;
use crate::snapshot::state;
use oversell_kernel::Micros;
use safety_stock::SafetyStock;
use second_looks::SecondLooks;

/// What the strategy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "mirror",
    summary: "real-time absolute counts on every channel",
    learns: Learns::FromSignals { of_displays: false },
    counts: Counts::WholeStock,
    buffer_units: |settings, channel| settings.mirror.buffer.standing_units(channel),
    buffer_is_worked_out: |settings| settings.mirror.buffer.confidence().is_some(),
    guards_jumps: |settings| settings.mirror.jump_guard,
    budget: None,
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
    /// Units held back whatever sells, by channel.
    standing: Vec<i64>,
    /// What is held back beside them, if that is worked out.
    safety_stock: Option<SafetyStock>,
    second_looks: SecondLooks,
}

state!(Mirror {
    kept: [
        sellable,
        published,
        held,
        held_skus,
        is_held,
        next_tick,
        next_sweep,
        safety_stock,
        second_looks,
    ],
    parts: [],
    headers: [],
    made: [settings, channels, standing],
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
            standing: config
                .channels
                .iter()
                .map(|channel| i64::from(settings.buffer.standing_units(&channel.name)))
                .collect(),
            safety_stock: settings
                .buffer
                .confidence()
                .map(|confidence| SafetyStock::new(config, confidence)),
            second_looks: SecondLooks::default(),
            settings,
        }
    }

    fn at(&self, channel: ChannelIndex, sku: SkuIndex) -> usize {
        sku.0 as usize * self.channels + channel.0 as usize
    }

    fn target(
        &mut self,
        context: &StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) -> Option<i64> {
        let sellable = self.sellable.as_ref()?[sku.0 as usize];
        let is_absolute = self.settings.write == MirrorWrite::Absolute;
        let held_back = match &mut self.safety_stock {
            Some(safety_stock) => safety_stock.units(context, channel, sku, is_absolute),
            None => self.standing[usize::from(channel.0)],
        };
        Some((sellable - held_back).max(0))
    }

    /// Puts the SKU's count on its way to one channel.
    fn publish_count(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
    ) {
        let Some(target) = self.target(context, channel, sku) else {
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
        if let Some(safety_stock) = &mut self.safety_stock {
            safety_stock.decided(context.now, channel, sku);
        }
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
            if let Some(safety_stock) = &mut self.safety_stock {
                safety_stock.sold(context.now, channel, line, sale.sold_at);
            }
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
        if let Some(safety_stock) = &mut self.safety_stock {
            safety_stock.written(context, channel, write.sku, value, outcome);
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
            match self.settings.sweep {
                MirrorSweep::Rewrite => self.sweep(context),
                MirrorSweep::ReadBack => self.read_everything(context),
            }
        }
        while let Some((channel, sku)) = self.second_looks.due(context.now) {
            context.link(channel).want_quantity(sku);
        }
        if let Some(mut safety_stock) = self.safety_stock.take() {
            let faded = safety_stock.wake(context);
            self.safety_stock = Some(safety_stock);
            for sku in faded {
                self.publish_everywhere(context, sku);
            }
        }
    }

    fn next_wake(&self) -> Micros {
        let safety_stock = self.safety_stock.as_ref();
        let review = safety_stock.map_or(Micros::MAX, SafetyStock::next_wake);
        let look = self.second_looks.next_at();
        self.next_tick.min(self.next_sweep).min(review).min(look)
    }

    fn read(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        _sent_at: Micros,
    ) {
        if let Some(safety_stock) = &mut self.safety_stock {
            safety_stock.read(context.now, channel, sku, displayed);
        }
        if self.settings.sweep != MirrorSweep::ReadBack {
            return;
        }
        let Some(target) = self.target(context, channel, sku) else {
            return;
        };
        let link = context.link(channel);
        if link.waiting_change(sku).is_some() || link.queue.is_in_flight(sku) {
            self.second_looks.forget(channel, sku);
        } else if self
            .second_looks
            .is_wrong_again(context.now, (channel, sku), displayed, target)
        {
            let at = self.at(channel, sku);
            self.published[at] = None;
            self.publish_count(context, channel, sku);
        }
    }
}

impl Mirror {
    /// Asks for every count; what is found wrong twice is published again.
    fn read_everything(&mut self, context: &mut StrategyContext<'_>) {
        for channel in (0..self.channels as u16).map(ChannelIndex) {
            if !context.is_open(channel) || !context.link(channel).is_ready() {
                continue;
            }
            for sku in (0..context.config.skus.len() as u32).map(SkuIndex) {
                if context.link(channel).connector.knows(sku) {
                    context.link(channel).want_quantity(sku);
                }
            }
        }
    }

    /// Publishes every count again, in the background, whatever is believed to be displayed.
    fn sweep(&mut self, context: &mut StrategyContext<'_>) {
        if self.settings.write == MirrorWrite::Delta {
            return;
        }
        for sku in (0..context.config.skus.len() as u32).map(SkuIndex) {
            for channel in (0..self.channels as u16).map(ChannelIndex) {
                let Some(target) = self.target(context, channel, sku) else {
                    return;
                };
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
