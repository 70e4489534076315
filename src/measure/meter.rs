//! The meter: takes the ledger's entries as they happen and turns them into figures at the end.

use channel_mocks::core::{CallOutcome, Cause, Micros};

use super::contender::Contender;
use super::figures::{Figures, Raw, RunFacts};
use super::guarantees::Witness;
use super::histogram::Durations;
use super::prediction::{Prediction, Theory};
use super::real_time::{RealTime, RealTimeFigures};
use super::sales::{SkuSales, apportion};
use super::series::Series;
use super::throughput::{Calls, LimitUtilisation};
use super::verdict::{CounterExample, Guarantee};
use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::scenario::model::Money;
use crate::world::ledger::{CallTarget, Entry, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

/// Everything measured in one run.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which strategy, or whose engine.
    pub strategy: Contender,
    /// Over all channels.
    pub total: Figures,
    /// Per channel, in the scenario's order.
    pub channels: Vec<(String, Figures)>,
    /// Verdicts.
    pub guarantees: Vec<Guarantee>,
    /// For `mirror`: what theory says it had to oversell.
    pub prediction: Option<Prediction>,
    /// Use of rate limits.
    pub limits: Vec<LimitUtilisation>,
    /// Calls to the warehouse.
    pub warehouse_calls: u64,
    /// The run over time.
    pub series: Series,
    /// Histograms, by name: over all channels, and for real time by system.
    pub histograms: Vec<(String, Durations)>,
    /// How punctual and how quick the driver was; `None` in virtual time.
    pub real_time: Option<RealTimeFigures>,
    /// What the driver knows of the run.
    pub facts: RunFacts,
}

impl Measured {
    /// Adds what was measured in real time.
    pub fn add_real_time(&mut self, real: &RealTime, systems: &[String], limit: Micros) {
        self.real_time = Some(real.figures(systems, limit));
        self.histograms.extend(real.histograms(systems));
    }

    /// Fills in how much more was oversold than by the oracle on the same seed.
    pub fn compare_with_oracle(&mut self, oracle: &Measured) {
        let above = |own: &Figures, best: &Figures| {
            Some(own.oversold_units as i64 - best.oversold_units as i64)
        };
        self.total.oversold_above_oracle_units = above(&self.total, &oracle.total);
        for ((_, own), (_, best)) in self.channels.iter_mut().zip(&oracle.channels) {
            own.oversold_above_oracle_units = above(own, best);
        }
    }
}

/// Takes entries; see [`Meter::finish`].
#[derive(Clone, Debug)]
pub struct Meter {
    strategy: Contender,
    /// Whether theory has a word on it.
    is_mirror: bool,
    whole_stock: bool,
    names: Vec<String>,
    money: Money,
    channels: Vec<Raw>,
    warehouse_calls: Calls,
    /// `[sku * channels + channel]`
    skus: Vec<SkuSales>,
    /// Price in cents per SKU, as far as anything of it was asked for.
    prices: Vec<u64>,
    theory: Theory,
    resurrected_units: u64,
    series: Series,
    witness: Witness,
}

impl Recorder for Meter {
    fn record(&mut self, at: Micros, entry: &Entry) {
        if self.is_mirror {
            self.theory.record(at, entry);
        }
        match *entry {
            Entry::Offered {
                channel,
                sku,
                units,
                displayed_age,
                count_error_units,
                first_line,
                ..
            } => {
                let whole_stock = self.whole_stock;
                let raw = self.channel(channel);
                raw.sales.offered_units += u64::from(units);
                raw.sales.attempts += u64::from(first_line);
                raw.staleness
                    .offered(displayed_age, count_error_units, whole_stock);
                self.sku(channel, sku).offered += u64::from(units);
                self.series.offered(at, first_line, displayed_age);
            }
            Entry::Accepted {
                channel,
                sku,
                units,
                oversold_units,
                displayed,
                sellable,
                price_cents,
                first_line,
                first_oversold_line,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.accepted(units, oversold_units, price_cents);
                sales.accepted_orders += u64::from(first_line);
                sales.oversold_orders += u64::from(first_oversold_line);
                self.witness.accepted_orders += u64::from(first_line);
                let counts = self.sku(channel, sku);
                counts.accepted += u64::from(units);
                counts.oversold += u64::from(oversold_units);
                self.witness.oversold_units += u64::from(oversold_units);
                self.series.accepted(at, units, oversold_units);
                if oversold_units > 0 && self.witness.oversold.is_none() {
                    self.witness.oversold = Some(CounterExample {
                        at_s: at.as_secs_f64(),
                        channel: self.name(channel),
                        sku: Some(sku.0 + 1),
                        displayed: Some(displayed),
                        sellable: Some(sellable),
                        what: format!(
                            "sold {units} of SKU {} with {} left, while showing {displayed}",
                            sku.0 + 1,
                            sellable.max(0)
                        ),
                    });
                }
            }
            Entry::Refused {
                channel,
                sku,
                units,
                in_stock,
                price_cents,
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.refused_units += u64::from(units);
                if in_stock {
                    sales.rejected_in_stock_units += u64::from(units);
                    self.sku(channel, sku).rejected_in_stock += u64::from(units);
                    self.set_price(sku, price_cents);
                    self.series.rejected_in_stock(at, units);
                }
            }
            Entry::Displayed {
                channel,
                from,
                to,
                cause,
                sellable,
                ..
            } => match cause {
                Cause::Write { sent_at, .. } => {
                    let quota = !self.whole_stock;
                    let raw = self.channel(channel);
                    raw.calls.live_writes += 1;
                    raw.calls.useful_writes += u64::from(from != to);
                    if quota {
                        raw.staleness.displayed.record(at.since(sent_at));
                    }
                }
                Cause::Edit => self.witness.assumptions_broken = true,
                Cause::Cancelled(_) => {
                    if sellable <= 0 {
                        self.resurrected_units += u64::try_from(to - from).unwrap_or(0);
                    }
                }
                Cause::Checkout(_) | Cause::Returned(_) => {}
            },
            // For the prediction alone.
            Entry::SoldOut { .. }
            | Entry::Learned { .. }
            | Entry::Propagated { own_sale: true, .. } => {}
            Entry::Propagated {
                channel,
                happened_at,
                known_at,
                sent_at,
                oldest_of_write,
                ..
            } => {
                let staleness = &mut self.channel(channel).staleness;
                staleness.propagation.record(at.since(happened_at));
                if oldest_of_write {
                    staleness.publish_wait.record(sent_at.since(known_at));
                }
            }
            Entry::Ingested {
                channel,
                duplicate,
                age,
                ..
            } => {
                let staleness = &mut self.channel(channel).staleness;
                if duplicate {
                    staleness.duplicates += 1;
                } else {
                    staleness.ingestion.record(age);
                }
            }
            Entry::OrderUnknown { channel } => {
                self.channel(channel).staleness.unknown_orders += 1;
                let example = self.example(
                    at,
                    channel,
                    "an order that nobody placed reached the warehouse",
                );
                self.witness.misplaced_order.get_or_insert(example);
            }
            Entry::SupportRead { channel, age } => {
                self.channel(channel).staleness.support.record(age);
            }
            Entry::Cancelled { channel, by, .. } => self.channel(channel).sales.cancelled(by),
            Entry::Allocated {
                channel,
                wrong_warehouse,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.allocations += 1;
                sales.wrong_warehouse += u64::from(wrong_warehouse);
                self.witness.fulfillment_steps += 1;
                if wrong_warehouse {
                    let example =
                        self.example(at, channel, "a line was reserved in the wrong warehouse");
                    self.witness.misfulfilled.get_or_insert(example);
                }
            }
            Entry::Short {
                channel,
                units,
                first_of_order,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.short_units += u64::from(units);
                sales.short_orders += u64::from(first_of_order);
            }
            Entry::Shipped {
                channel,
                units,
                beyond_order_units,
                ..
            } => {
                let sales = &mut self.channel(channel).sales;
                sales.shipped_units += u64::from(units);
                sales.shipped_beyond_units += u64::from(beyond_order_units);
            }
            Entry::FulfillmentConfirmed { channel, late, .. } => {
                let sales = &mut self.channel(channel).sales;
                sales.confirmed_fulfillments += 1;
                sales.late_fulfillments += u64::from(late);
                self.witness.fulfillment_steps += 1;
                if late {
                    let example = self.example(
                        at,
                        channel,
                        "a shipment was confirmed after its ship-by time",
                    );
                    self.witness.misfulfilled.get_or_insert(example);
                }
            }
            Entry::Stock { delta, .. } => self.witness.assumptions_broken |= delta < 0,
            Entry::RestockedGone { units, .. } => {
                self.witness.restocked_gone_units += u64::from(units);
            }
            Entry::Call {
                target,
                kind,
                outcome,
            } => {
                match target {
                    CallTarget::Channel(channel) => {
                        self.channel(channel).calls.count(kind, outcome)
                    }
                    CallTarget::Warehouse => self.warehouse_calls.count(kind, outcome),
                }
                self.witness.calls += 1;
                if outcome == CallOutcome::Throttled {
                    self.throttled(at, target);
                }
            }
            Entry::SkuClosed {
                sku,
                supplied_units,
                sellable,
            } => self.close_sku(sku, supplied_units, sellable),
            Entry::ChannelClosed {
                channel,
                lost_orders,
                first_lost,
                unshipped_orders,
                unconfirmed_fulfillments,
                unsynced_listings,
            } => {
                let raw = self.channel(channel);
                raw.lost_orders = lost_orders;
                raw.unshipped_orders = unshipped_orders;
                raw.unconfirmed_fulfillments = unconfirmed_fulfillments;
                if let Some((accepted_at, order)) = first_lost {
                    let what = format!("order {} never reached the warehouse", order.0);
                    let example = self.example(accepted_at, channel, &what);
                    self.witness.misplaced_order.get_or_insert(example);
                }
                if unconfirmed_fulfillments > 0 {
                    let what =
                        format!("{unconfirmed_fulfillments} shipped orders were never confirmed");
                    let example = self.example(at, channel, &what);
                    self.witness.misfulfilled.get_or_insert(example);
                }
                if unsynced_listings + lost_orders + unshipped_orders + unconfirmed_fulfillments > 0
                {
                    let what = format!(
                        "still open: {unsynced_listings} stale listings, {lost_orders} orders not received, \
                         {unshipped_orders} not shipped, {unconfirmed_fulfillments} shipments not confirmed"
                    );
                    let example = self.example(at, channel, &what);
                    self.witness.unsettled.get_or_insert(example);
                }
            }
        }
    }
}

impl Meter {
    /// For one run of a scenario under a strategy or an engine of someone else's.
    pub fn new(scenario: &Scenario, contender: impl Into<Contender>) -> Meter {
        let strategy = contender.into();
        let channels = scenario.channels.len();
        Meter {
            is_mirror: strategy.is(Strategy::Mirror),
            whole_stock: strategy.displays_whole_stock(),
            strategy,
            names: scenario
                .channels
                .iter()
                .map(|channel| channel.name.clone())
                .collect(),
            money: scenario.money.clone(),
            channels: vec![Raw::default(); channels],
            warehouse_calls: Calls::default(),
            skus: Vec::new(),
            prices: Vec::new(),
            theory: Theory::new(channels, &scenario.strategy.mirror),
            resurrected_units: 0,
            series: Series::new(scenario.opening + scenario.duration + scenario.settle),
            witness: Witness::default(),
        }
    }

    /// For shops that are served until somebody ends them; their doors open at `from`.
    pub fn open_ended(scenario: &Scenario, contender: impl Into<Contender>, from: Micros) -> Meter {
        Meter {
            series: Series::open_ended(from),
            ..Meter::new(scenario, contender)
        }
    }

    /// The figures. To be called after the ledger has been closed, whose last entries say how SKUs and channels ended.
    pub fn finish(mut self, facts: RunFacts) -> Measured {
        let mut total = Raw::default();
        for channel in &self.channels {
            total += channel;
        }
        let prediction = self.is_mirror.then(|| self.predict());
        let mut witness = self.witness;
        witness.throttled_calls = total.calls.throttled + self.warehouse_calls.throttled;
        let guarantees = witness.guarantees(&self.strategy, &facts);
        Measured {
            strategy: self.strategy,
            total: total.figures(&facts, &self.money),
            channels: self
                .names
                .into_iter()
                .zip(&self.channels)
                .map(|(name, raw)| (name, raw.figures(&facts, &self.money)))
                .collect(),
            guarantees,
            prediction,
            limits: facts
                .limits_used
                .iter()
                .map(|(system, limit)| LimitUtilisation::new(system, limit, facts.simulated))
                .collect(),
            warehouse_calls: self.warehouse_calls.all(),
            series: self.series,
            histograms: [
                ("staleness", total.staleness.displayed),
                ("propagation", total.staleness.propagation),
                ("publish_wait", total.staleness.publish_wait),
                ("ingestion", total.staleness.ingestion),
                ("support_read_age", total.staleness.support),
            ]
            .map(|(name, durations)| (name.to_string(), durations))
            .into(),
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

    fn name(&self, channel: ChannelIndex) -> String {
        self.names[usize::from(channel.0)].clone()
    }

    fn example(&self, at: Micros, channel: ChannelIndex, what: &str) -> CounterExample {
        CounterExample {
            at_s: at.as_secs_f64(),
            channel: self.name(channel),
            what: what.to_string(),
            ..CounterExample::default()
        }
    }

    fn sku(&mut self, channel: ChannelIndex, sku: SkuIndex) -> &mut SkuSales {
        let width = self.channels.len();
        let first = sku.0 as usize * width;
        if self.skus.len() < first + width {
            self.skus.resize(first + width, SkuSales::default());
        }
        &mut self.skus[first + usize::from(channel.0)]
    }

    fn set_price(&mut self, sku: SkuIndex, price_cents: u64) {
        let sku = sku.0 as usize;
        if self.prices.len() <= sku {
            self.prices.resize(sku + 1, 0);
        }
        self.prices[sku] = price_cents;
    }

    fn throttled(&mut self, at: Micros, target: CallTarget) {
        if self.witness.throttled.is_none() {
            let channel = match target {
                CallTarget::Channel(channel) => self.name(channel),
                CallTarget::Warehouse => "warehouse".to_string(),
            };
            self.witness.throttled = Some(CounterExample {
                at_s: at.as_secs_f64(),
                channel,
                what: "a call was refused by a rate limit".to_string(),
                ..CounterExample::default()
            });
        }
    }

    /// Books a SKU's end on the channels that caused it: units without cover where they were oversold (or, when stock was
    /// lost, sold), units left where they were refused.
    fn close_sku(&mut self, sku: SkuIndex, supplied: i64, sellable: i64) {
        let width = self.channels.len();
        let first = sku.0 as usize * width;
        let Some(counts) = self.skus.get(first..first + width) else {
            return;
        };
        let offered: u64 = counts.iter().map(|channel| channel.offered).sum();
        if i64::try_from(offered).unwrap_or(i64::MAX) > supplied {
            self.witness.scarce = true;
        }
        if sellable < 0 {
            let missing = sellable.unsigned_abs();
            let oversold = counts.iter().map(|channel| channel.oversold);
            let parts = if oversold.clone().sum::<u64>() > 0 {
                apportion(missing, oversold)
            } else {
                apportion(missing, counts.iter().map(|channel| channel.accepted))
            };
            for (raw, part) in self.channels.iter_mut().zip(parts) {
                raw.unfillable_units += part;
            }
        } else {
            let rejected = counts.iter().map(|channel| channel.rejected_in_stock);
            let lost = rejected.clone().sum::<u64>().min(sellable.unsigned_abs());
            let parts = apportion(lost, rejected);
            let price = self.prices.get(sku.0 as usize).copied().unwrap_or(0);
            for (raw, part) in self.channels.iter_mut().zip(parts) {
                raw.net_undersell_units += part;
                raw.lost_cents += part * price;
            }
        }
    }
}
