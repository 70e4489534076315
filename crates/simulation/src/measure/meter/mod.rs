//! The meter: takes the ledger's entries as they happen and turns them into figures at the end.

mod backlog;
mod close;
mod record;

use channel_mocks::core::Micros;

use super::by_sku;
use super::causes::Tracer;
use super::figures::{Raw, RunFacts, Shown};
use super::guarantees::Evidence;
use super::limit_row::LimitSeries;
use super::measured::Measured;
use super::prediction::{Prediction, Theory};
use super::sales::{SkuSales, Supply};
use super::series::{PlaybackRecorder, Series};
use super::signals::SignalRecorder;
use super::subject::Subject;
use super::throughput::{Calls, LimitUtilisation};
use super::transfers::Moves;
use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::scenario::model::Money;
use crate::world::{ChannelIndex, SkuIndex};
use backlog::Backlog;

/// What there is a histogram of in every run, by names that make file names.
pub const HISTOGRAMS: [&str; 5] = [
    "staleness",
    "propagation",
    "publish_wait",
    "ingestion",
    "support_read_age",
];

/// What is kept of the buyers of a SKU that were refused.
#[derive(Copy, Clone, Debug, Default)]
struct Refusals {
    /// Price of a unit in cents.
    price_cents: u64,
    /// Units that could be sold when the last of them was refused.
    left_at_last: i64,
}

/// Takes entries; see [`Meter::finish`].
#[derive(Debug)]
pub struct Meter {
    subject: Subject,
    /// Whether theory has a word on it.
    is_predicted: bool,
    names: Vec<String>,
    money: Money,
    channels: Vec<Raw>,
    warehouse_calls: Calls,
    /// `[sku * channels + channel]`
    skus: Vec<SkuSales>,
    /// Per SKU, as far as a buyer of it was refused.
    refusals: Vec<Refusals>,
    /// What last happened from outside, and when a write last changed a count.
    moves: Moves,
    theory: Theory,
    resurrected_units: u64,
    supply: Supply,
    series: Series,
    evidence: Evidence,
    /// Why units are oversold, and the worst SKU moment by moment, where somebody asks.
    backlog: Option<Box<Backlog>>,
    /// How limits were used and signals came, where somebody asks for causes.
    traffic: Option<Box<Traffic>>,
}

/// What is taken from messages.
#[derive(Clone, Debug)]
struct Traffic {
    limits: LimitSeries,
    signals: SignalRecorder,
}

impl Meter {
    /// For one run of a scenario under a strategy or an engine of someone else's.
    pub fn new(scenario: &Scenario, subject: impl Into<Subject>) -> Meter {
        let subject = subject.into().under(&scenario.strategy);
        let channels = scenario.channels.len();
        Meter {
            is_predicted: subject.is_predicted(),
            subject,
            names: scenario
                .channels
                .iter()
                .map(|channel| channel.name.clone())
                .collect(),
            money: scenario.money.clone(),
            channels: vec![Raw::default(); channels],
            warehouse_calls: Calls::default(),
            skus: Vec::new(),
            refusals: Vec::new(),
            moves: Moves::default(),
            theory: Theory::new(channels, &scenario.strategy.mirror),
            resurrected_units: 0,
            supply: Supply::default(),
            series: Series::new(scenario.opening, scenario.duration, scenario.settle),
            evidence: Evidence::new(Micros::ZERO),
            backlog: None,
            traffic: None,
        }
    }

    /// Whose run it is.
    pub fn name(&self) -> &str {
        self.subject.name()
    }

    /// Asks why units are oversold, too, and keeps the worst SKU's past to be played again.
    #[must_use]
    pub fn with_causes(mut self, scenario: &Scenario) -> Meter {
        let subject = &self.subject;
        let is_mirror = subject.is(Strategy::Mirror);
        let buffers = scenario.channels.iter().map(|it| match is_mirror {
            true => scenario.strategy.mirror.buffer.standing_units(&it.name),
            false => 0,
        });
        let whole_stock = is_mirror || subject.displays_whole_stock();
        let tracer = Tracer::new(scenario, whole_stock, buffers.collect());
        let lends = subject.budget().is_some();
        let tracer = if lends { tracer.lending() } else { tracer };
        let channels = scenario.channels.len();
        let playback = PlaybackRecorder::new(channels);
        self.backlog = Some(Box::new(Backlog::new(tracer, playback)));
        let (opening, selling) = (scenario.opening, scenario.duration);
        self.traffic = Some(Box::new(Traffic {
            limits: LimitSeries::new(channels, opening, selling, scenario.settle),
            signals: SignalRecorder::new(scenario.channels.iter().map(|it| it.platform)),
        }));
        self
    }

    /// For shops that are served until somebody ends them; their doors open at `from`.
    pub fn open_ended(scenario: &Scenario, subject: impl Into<Subject>, from: Micros) -> Meter {
        Meter {
            series: Series::open_ended(from),
            evidence: Evidence::new(from),
            ..Meter::new(scenario, subject)
        }
    }

    /// The figures. To be called after the ledger has been closed, whose last entries say how SKUs and channels ended.
    pub fn finish(mut self, facts: RunFacts) -> Measured {
        let mut total = Raw::default();
        for channel in &self.channels {
            total += channel;
        }
        let shown = Shown {
            counts: self.subject.displayed_counts(),
            last_transfer: self.moves.last_transfer(),
        };
        let backlog = self.backlog.take().map(|it| it.finish(&self.names));
        let (traced, playback) = backlog.unzip();
        let (causes, chains) = traced.map(|it| (it.causes, it.chains)).unzip();
        if let Some(causes) = &causes {
            let explained: u64 = causes.rows.iter().map(|row| row.units).sum();
            assert_eq!(
                (causes.units, explained),
                (total.sales.oversold_units, total.sales.oversold_units),
                "every oversold unit has one cause"
            );
        }
        let traffic = self.traffic.take();
        let limit_rows = traffic.as_ref().map(|it| it.limits.rows(&self.names));
        let signals = traffic.map(|it| it.signals.figures(&self.names));
        let prediction = self.is_predicted.then(|| self.predict());
        let took_part = self.evidence.took_part(&self.subject);
        let judged = self.evidence.judge(&self.subject, &facts, &self.names);
        Measured {
            subject: self.subject,
            total: total.figures(&facts, &self.money, shown),
            channels: self
                .names
                .into_iter()
                .zip(&self.channels)
                .map(|(name, raw)| (name, raw.figures(&facts, &self.money, shown)))
                .collect(),
            guarantees: judged.guarantees,
            assumptions: judged.assumptions,
            bad_counts: judged.bad_counts,
            causes,
            chains: chains.unwrap_or_default(),
            playback: playback.flatten(),
            limit_rows,
            signals,
            took_part,
            prediction,
            limits: facts
                .limits_used
                .iter()
                .map(|(system, limit)| {
                    let busy = facts.limits_busy.of(system, limit.name);
                    LimitUtilisation::new(system, limit, facts.simulated, busy)
                })
                .collect(),
            supply: self.supply,
            warehouse_calls: self.warehouse_calls.all(),
            series: self.series,
            histograms: HISTOGRAMS
                .into_iter()
                .map(str::to_string)
                .zip([
                    total.staleness.displayed,
                    total.staleness.propagation,
                    total.staleness.publish_wait,
                    total.staleness.ingestion,
                    total.staleness.support,
                ])
                .collect(),
            real_time: None,
            facts,
        }
    }

    fn predict(&mut self) -> Prediction {
        let measured: Vec<(&str, u64)> = self
            .names
            .iter()
            .map(String::as_str)
            .zip(self.channels.iter().map(|raw| raw.sales.oversold_units))
            .collect();
        let mut prediction = self.theory.predict(&measured);
        prediction.resurrected_units = self.resurrected_units;
        prediction
    }

    fn channel(&mut self, channel: ChannelIndex) -> &mut Raw {
        &mut self.channels[usize::from(channel.0)]
    }

    fn sku(&mut self, channel: ChannelIndex, sku: SkuIndex) -> &mut SkuSales {
        let width = self.channels.len();
        let first = sku.0 as usize * width;
        if self.skus.len() < first + width {
            self.skus.resize(first + width, SkuSales::default());
        }
        &mut self.skus[first + usize::from(channel.0)]
    }

    fn refusals(&mut self, sku: SkuIndex) -> &mut Refusals {
        by_sku::row(&mut self.refusals, sku)
    }
}
