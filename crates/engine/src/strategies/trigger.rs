//! `trigger`: a polling trigger a channel and one action per order line per other channel, as in Zapier-like tools: no
//! coalescing, a few retries, then the action is dropped. Where the platform has no delta, the action reads the count and
//! writes the difference back, with whatever happened in between lost.

use std::collections::VecDeque;

use super::super::cancellation::Restock;
use super::super::canonical::{ChannelIndex, Line, OrderKey, SkuIndex};
use super::super::config::{EngineConfig, TriggerSettings};
use super::super::connectors::{Change, QuantityWrite};
use super::super::link::WriteNews;
use super::description::{Counts, Description, Learns, never, no_buffer, one_at_a_time};
use super::{Sale, StrategyContext, StrategyMachine};
use crate::snapshot::state;
use oversell_kernel::Micros;

/// What the strategy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "trigger",
    summary: "polling triggers, one action per order and channel",
    learns: Learns::ByPolling(|settings| settings.trigger.poll_every),
    counts: Counts::WholeStock,
    buffer_units: no_buffer,
    buffer_is_worked_out: never,
    guards_jumps: never,
    budget: None,
    one_write_in_flight: one_at_a_time,
    promises: &[],
    is_predicted: false,
    relative_cost: 3,
    build: |config| Box::new(Trigger::new(config)),
};

#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Action {
    sku: SkuIndex,
    delta: i64,
    attempts: u32,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Step {
    Reading,
    Writing(Change),
}

/// Actions of one channel; such tools run one task of a flow after the other.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Tasks {
    waiting: VecDeque<Action>,
    running: Option<(Action, Step)>,
    retries: VecDeque<(Micros, Action)>,
}

/// The trigger tool's state.
pub struct Trigger {
    settings: TriggerSettings,
    tasks: Vec<Tasks>,
    /// What the next upload of a whole catalogue would say.
    sellable: Option<Vec<i64>>,
    /// Actions dropped after their last attempt.
    pub dropped: u64,
}

state!(Trigger {
    kept: [tasks, sellable, dropped],
    parts: [],
    headers: [],
    made: [settings],
});

impl Trigger {
    /// A tool with no task.
    pub fn new(config: &EngineConfig) -> Trigger {
        Trigger {
            settings: config.settings.trigger.clone(),
            tasks: config.channels.iter().map(|_| Tasks::default()).collect(),
            sellable: None,
            dropped: 0,
        }
    }

    fn start_next(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        let tasks = &mut self.tasks[channel.0 as usize];
        if tasks.running.is_some() || !context.link(channel).is_ready() {
            return;
        }
        let due = tasks
            .retries
            .front()
            .is_some_and(|(at, _)| *at <= context.now);
        let next = if due {
            tasks.retries.pop_front().map(|(_, action)| action)
        } else {
            // What the shop does not list no step of the flow finds, and the flow ends there.
            let is_listed = |it: &Action| context.is_listed(channel, it.sku);
            std::iter::from_fn(|| tasks.waiting.pop_front()).find(is_listed)
        };
        let Some(action) = next else { return };
        let link = context.link(channel);
        if link.capabilities().compare_and_set {
            let change = Change::Adjust(action.delta);
            tasks.running = Some((action, Step::Writing(change)));
            link.append(QuantityWrite {
                sku: action.sku,
                change,
            });
        } else {
            tasks.running = Some((action, Step::Reading));
            link.want_quantity(action.sku);
        }
    }

    fn act(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        delta: i64,
    ) {
        // No flow runs for a shop that is not there yet, or not any more.
        if !context.is_open(channel) {
            return;
        }
        self.tasks[channel.0 as usize].waiting.push_back(Action {
            sku,
            delta,
            attempts: 0,
        });
        self.start_next(context, channel);
    }

    fn count(&mut self, sku: SkuIndex, delta: i64) {
        if let Some(sellable) = &mut self.sellable {
            sellable[sku.0 as usize] += delta;
        }
    }

    fn upload_all(&self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        let Some(sellable) = &self.sellable else {
            return;
        };
        if context.link(channel).is_ready() {
            for (sku, units) in sellable.iter().enumerate() {
                let sku = SkuIndex(sku as u32);
                if !context.is_listed(channel, sku) {
                    continue;
                }
                let write = QuantityWrite {
                    sku,
                    change: Change::Set((*units).max(0)),
                };
                context.link(channel).append(write);
            }
        }
    }
}

impl StrategyMachine for Trigger {
    fn channel_ready(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        if context.opens_late(channel) {
            // What happened while it was being connected is in the counts that are uploaded now.
            self.tasks[channel.0 as usize].waiting.clear();
        }
        self.upload_all(context, channel);
    }

    fn stock_known(&mut self, context: &mut StrategyContext<'_>, sellable: &[i64]) {
        self.sellable = Some(sellable.to_vec());
        for channel in 0..context.channels() as u16 {
            self.upload_all(context, ChannelIndex(channel));
        }
    }

    fn stock_changed(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, delta: i64) {
        self.count(sku, delta);
        for channel in 0..context.channels() as u16 {
            self.act(context, ChannelIndex(channel), sku, delta);
        }
    }

    fn sold(&mut self, context: &mut StrategyContext<'_>, source: ChannelIndex, sale: &Sale<'_>) {
        for line in sale.lines {
            self.count(line.sku, -i64::from(line.units));
            for channel in (0..context.channels() as u16)
                .map(ChannelIndex)
                .filter(|channel| *channel != source)
            {
                self.act(context, channel, line.sku, -i64::from(line.units));
            }
        }
    }

    fn cancelled(
        &mut self,
        _desk: &mut StrategyContext<'_>,
        _channel: ChannelIndex,
        _order: OrderKey,
        _lines: &[Line],
        _restock: Restock,
        _at: Micros,
    ) {
        // Flows for cancellations are rarely built; the units stay off sale on the other channels.
    }

    fn gone(&mut self, _desk: &mut StrategyContext<'_>, _sku: SkuIndex, _units: i64) {
        // Nothing was given back.
    }

    fn written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        _sent_at: Micros,
        outcome: WriteNews,
    ) {
        let failed = !matches!(outcome, WriteNews::Live | WriteNews::Accepted);
        let tasks = &mut self.tasks[channel.0 as usize];
        match tasks.running {
            Some((mut action, Step::Writing(change)))
                if change == write.change && action.sku == write.sku =>
            {
                tasks.running = None;
                action.attempts += 1;
                if failed && action.attempts < self.settings.attempts {
                    tasks
                        .retries
                        .push_back((context.now + self.settings.retry_after, action));
                } else if failed {
                    self.dropped += 1;
                }
                self.start_next(context, channel);
            }
            // Rows of the first upload: a person repeats them until they are in.
            _ if matches!(outcome, WriteNews::Refused | WriteNews::Unknown) => {
                context.link(channel).append(write)
            }
            _ => {}
        }
    }

    fn read(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        _sent_at: Micros,
    ) {
        let tasks = &mut self.tasks[channel.0 as usize];
        if let Some((action, Step::Reading)) = tasks.running
            && action.sku == sku
        {
            let change = Change::Set((displayed + action.delta).max(0));
            tasks.running = Some((action, Step::Writing(change)));
            context.link(channel).append(QuantityWrite { sku, change });
        }
    }

    fn wake(&mut self, context: &mut StrategyContext<'_>) {
        for channel in 0..context.channels() as u16 {
            self.start_next(context, ChannelIndex(channel));
        }
    }

    fn next_wake(&self) -> Micros {
        self.tasks
            .iter()
            .filter(|tasks| tasks.running.is_none())
            .filter_map(|tasks| tasks.retries.front().map(|(at, _)| *at))
            .min()
            .unwrap_or(Micros::MAX)
    }
}
