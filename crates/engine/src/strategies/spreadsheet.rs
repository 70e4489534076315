//! `spreadsheet`: every N hours somebody exports the orders of every channel, recomputes the counts and uploads them.
//! Between two uploads nothing is corrected.

use super::super::cancellation::Restock;
use super::super::canonical::{ChannelIndex, Line, OrderKey, SkuIndex};
use super::super::config::EngineConfig;
use super::super::connectors::{Change, QuantityWrite};
use super::super::link::WriteNews;
use super::super::queue::Priority;
use super::description::{Counts, Description, Learns, never, no_buffer, one_at_a_time};
use super::{Sale, StrategyContext, StrategyMachine};
use crate::snapshot::state;
use oversell_kernel::Micros;

/// What the strategy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "spreadsheet",
    summary: "CSV exports and manual upload every few hours",
    learns: Learns::ByPolling(|settings| settings.spreadsheet.every),
    counts: Counts::WholeStock,
    buffer_units: no_buffer,
    buffer_is_worked_out: never,
    guards_jumps: never,
    budget: None,
    one_write_in_flight: one_at_a_time,
    promises: &[],
    is_predicted: false,
    relative_cost: 1,
    build: |config| Box::new(Spreadsheet::new(config)),
};

/// How long the person waits after starting the exports before computing: the slowest export is then in.
const EXPORT_TAKES: Micros = Micros::from_secs(600);

/// The spreadsheet's state.
pub struct Spreadsheet {
    every: Micros,
    sellable: Option<Vec<i64>>,
    next_upload: Micros,
}

state!(Spreadsheet {
    kept: [sellable, next_upload],
    parts: [],
    headers: [],
    made: [every],
});

impl Spreadsheet {
    /// A spreadsheet that was never filled.
    pub fn new(config: &EngineConfig) -> Spreadsheet {
        let every = config.settings.spreadsheet.every;
        Spreadsheet {
            every,
            sellable: None,
            next_upload: every + EXPORT_TAKES.min(every),
        }
    }

    fn upload(&self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        let Some(sellable) = &self.sellable else {
            return;
        };
        if !context.is_open(channel) || !context.link(channel).is_ready() {
            return;
        }
        for (sku, units) in sellable.iter().enumerate() {
            if !context.is_listed(channel, SkuIndex(sku as u32)) {
                // The sheet of a shop has its own products.
                continue;
            }
            // A sheet is uploaded from top to bottom: no row is more urgent than another.
            let row = Priority::Cover(sku as f64);
            context.publish(
                channel,
                SkuIndex(sku as u32),
                Change::Set((*units).max(0)),
                row,
            );
        }
    }
}

impl StrategyMachine for Spreadsheet {
    fn channel_ready(&mut self, context: &mut StrategyContext<'_>, channel: ChannelIndex) {
        // A shop that comes later waits for the next file.
        if !context.opens_late(channel) {
            self.upload(context, channel);
        }
    }

    fn stock_known(&mut self, context: &mut StrategyContext<'_>, sellable: &[i64]) {
        self.sellable = Some(sellable.to_vec());
        for channel in 0..context.channels() as u16 {
            self.upload(context, ChannelIndex(channel));
        }
    }

    fn stock_changed(&mut self, _desk: &mut StrategyContext<'_>, sku: SkuIndex, delta: i64) {
        if let Some(sellable) = self.sellable.as_mut() {
            sellable[sku.0 as usize] += delta;
        }
    }

    fn sold(&mut self, _desk: &mut StrategyContext<'_>, _channel: ChannelIndex, sale: &Sale<'_>) {
        let Some(sellable) = self.sellable.as_mut() else {
            return;
        };
        for line in sale.lines {
            sellable[line.sku.0 as usize] -= i64::from(line.units);
        }
    }

    fn cancelled(
        &mut self,
        _desk: &mut StrategyContext<'_>,
        _channel: ChannelIndex,
        _order: OrderKey,
        lines: &[Line],
        _restock: Restock,
        _at: Micros,
    ) {
        let Some(sellable) = self.sellable.as_mut() else {
            return;
        };
        for line in lines {
            sellable[line.sku.0 as usize] += i64::from(line.units);
        }
    }

    fn gone(&mut self, context: &mut StrategyContext<'_>, sku: SkuIndex, units: i64) {
        self.stock_changed(context, sku, -units);
    }

    fn written(
        &mut self,
        context: &mut StrategyContext<'_>,
        channel: ChannelIndex,
        write: QuantityWrite,
        _sent_at: Micros,
        outcome: WriteNews,
    ) {
        // Uploading tools repeat a row that the platform did not take.
        if matches!(outcome, WriteNews::Refused | WriteNews::Unknown)
            && context.link(channel).waiting_change(write.sku).is_none()
        {
            context.publish(
                channel,
                write.sku,
                write.change,
                Priority::Cover(f64::from(write.sku.0)),
            );
        }
    }

    fn wake(&mut self, context: &mut StrategyContext<'_>) {
        if context.now >= self.next_upload {
            self.next_upload = context.now + self.every;
            for channel in 0..context.channels() as u16 {
                self.upload(context, ChannelIndex(channel));
            }
        }
    }

    fn next_wake(&self) -> Micros {
        self.next_upload
    }
}
