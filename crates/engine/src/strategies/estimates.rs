//! What is believed of rates and delays, measured as the run goes (docs/theory.md A9, rates): orders a second of each
//! listing, time from a sale to the news of it, time from a decision to buyers' seeing it.

use super::super::canonical::{ChannelIndex, SkuIndex};
use super::super::config::{DemandHistory, EngineConfig};
use oversell_kernel::Micros;

/// What is known of bursts before any is seen: the unseen sales of a moment count so many times Poisson's ...
const FIRST_BURSTINESS: f64 = 2.0;
/// ... as if so many pairs of sales had been expected, and twice as many seen.
const PRIOR_PAIRS: f64 = 5.0;
/// Pairs tell of bursts only where few are to be expected; a listing that sells faster shares no units.
const LARGEST_PAIR_LOAD: f64 = 1.0;
/// Units of a SKU that the catalogue's mean weighs as much as: the shape of the Gamma prior.
const PRIOR_UNITS: f64 = 0.6;
/// A catalogue of which nothing is known is taken to sell this much a second and SKU: one unit in about six days ...
const FIRST_MEAN: f64 = 2e-6;
/// ... with the weight of an hour's watching.
const FIRST_MEAN_SECONDS: f64 = 3_600.0;
/// Half-life of the fast average, by which a rush shows first.
const FAST_HALF_LIFE_SECONDS: f64 = 20.0;
/// Half-life of the average that the engine keeps of every listing.
const SLOW_HALF_LIFE_SECONDS: f64 = 300.0;
/// A rush is so many deviations ...
const RUSH_DEVIATIONS: f64 = 2.0;
/// ... and so many units above what was to be expected.
const RUSH_UNITS: f64 = 2.0;
/// First beliefs of delays weigh as much as so many measurements.
const PRIOR_MEASUREMENTS: u32 = 20;
/// No measurement weighs less than this in a mean of delays, so that it follows a change.
const LEAST_WEIGHT: f64 = 0.02;
/// Orders in a row that came as late as by polling alone: the signals are silent.
const SILENT_AFTER: u32 = 3;

/// The mean of a delay, seconds.
#[derive(Copy, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Delay {
    mean: f64,
    measurements: u32,
}

impl Delay {
    fn believed(mean: f64) -> Delay {
        Delay {
            mean,
            measurements: PRIOR_MEASUREMENTS,
        }
    }

    fn measure(&mut self, seconds: f64) {
        self.measurements = self.measurements.saturating_add(1);
        let weight = (1.0 / f64::from(self.measurements)).max(LEAST_WEIGHT);
        self.mean += weight * (seconds - self.mean);
    }

    /// It took more than `longer_than` and no more than `within` seconds beyond that. What it took is taken to be what an exponential
    /// delay of the mean believed would have taken then: half of a short time, and the mean itself where the time is so long that it
    /// says nothing (an EM step for censored observations; Dempster, Laird and Rubin 1977).
    fn measure_between(&mut self, longer_than: f64, within: f64) {
        let means = within / self.mean.max(f64::MIN_POSITIVE);
        let beyond = match means {
            ..1e-6 => within / 2.0,
            _ => self.mean - within / libm::expm1(means),
        };
        self.measure(longer_than + beyond);
    }
}

/// What is known of one channel's delays.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct ChannelDelays {
    ingest: Delay,
    publish: Delay,
    /// Orders in a row that came no sooner than a poll would have brought them.
    late_orders: u32,
    poll_seconds: f64,
}

#[derive(Copy, Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Fast {
    units: f32,
    as_of_seconds: f32,
}

/// Beliefs about the catalogue and its channels.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Estimates {
    channels: usize,
    delays: Vec<ChannelDelays>,
    /// Units known to be sold, by SKU.
    sold: Vec<u32>,
    units: u64,
    /// Decayed units, by SKU then channel.
    fast: Vec<Fast>,
    /// When the change under way was decided, by SKU then channel; [`Micros::MAX`] when none is.
    decided_at: Vec<Micros>,
    /// When a reading showed last that it was not live yet, by SKU then channel.
    not_yet_at: Vec<Micros>,
    /// Platform time of the last sale known, by SKU then channel; [`Micros::MAX`] when there was none.
    last_sale: Vec<Micros>,
    /// Sales followed, before they could be known and the count taken down, by one of the same SKU elsewhere ...
    pairs_seen: f64,
    /// ... and how many of them Poisson demand lets expect.
    pairs_expected: f64,
    /// Units of each SKU sold before the run, and in how long, seconds.
    history: (Vec<f32>, f64),
    /// Units a SKU sold before the run, on average.
    mean_before: f64,
    /// How long a SKU had nothing to sell, seconds, and since when it has nothing.
    dark: Vec<(f32, Option<Micros>)>,
}

impl Estimates {
    pub(super) fn new(config: &EngineConfig, is_on: bool) -> Estimates {
        let mut estimates = Estimates::without_history(config, is_on);
        if let (Some(history), true) = (&config.history, is_on) {
            estimates.learn_bursts(history, config);
        }
        estimates
    }

    /// Takes pairs of orders before the run for pairs of sales, by the channels' shares: a log need not tell of channels.
    fn learn_bursts(&mut self, history: &DemandHistory, config: &EngineConfig) {
        let share = |channel: usize| config.channels[channel].demand_share;
        let all: f64 = (0..self.channels).map(share).sum();
        let span = history.span.as_secs_f64();
        for first in 0..self.channels {
            for second in (0..self.channels).filter(|second| *second != first) {
                let part = share(first) / all * share(second) / all;
                let seconds = self.window(ChannelIndex(first as u16), ChannelIndex(second as u16));
                let window = Micros::from_secs_f64(seconds);
                debug_assert!(window <= DemandHistory::LONGEST_GAP, "no gap is missing");
                let near = history.gaps.partition_point(|gap| *gap <= window);
                self.pairs_seen += part * near as f64;
                // Either of two orders may be the first.
                self.pairs_expected += part * history.pairs as f64 * 2.0 * seconds / span;
            }
        }
    }

    fn without_history(config: &EngineConfig, is_on: bool) -> Estimates {
        let channels = config.channels.len();
        let skus = if is_on { config.skus.len() } else { 0 };
        let delays = config.channels.iter().map(|channel| {
            let lifetime = channel.bounds.write_lifetime.as_secs_f64();
            let is_cas = channel.platform.describe().capabilities.compare_and_set;
            ChannelDelays {
                ingest: Delay::believed(5.0),
                publish: Delay::believed(match is_cas {
                    true => 1.0,
                    false => (lifetime / 10.0).clamp(1.0, 100.0),
                }),
                late_orders: 0,
                poll_seconds: channel.poll_orders_every.as_secs_f64(),
            }
        });
        Estimates {
            channels,
            delays: delays.collect(),
            sold: vec![0; skus],
            units: 0,
            fast: vec![Fast::default(); skus * channels],
            decided_at: vec![Micros::MAX; skus * channels],
            not_yet_at: vec![Micros::ZERO; skus * channels],
            last_sale: vec![Micros::MAX; skus * channels],
            pairs_seen: 0.0,
            pairs_expected: 0.0,
            history: match (&config.history, is_on) {
                (Some(history), true) => (
                    history.units.iter().map(|units| *units as f32).collect(),
                    history.span.as_secs_f64(),
                ),
                _ => (Vec::new(), 0.0),
            },
            mean_before: config.history.as_ref().map_or(0.0, |history| {
                let units: f64 = history.units.iter().map(|units| *units as f64).sum();
                units / config.skus.len().max(1) as f64
            }),
            dark: vec![(0.0, None); skus],
        }
    }

    fn at(&self, channel: ChannelIndex, sku: SkuIndex) -> usize {
        sku.0 as usize * self.channels + channel.0 as usize
    }

    /// Units known to be sold in all.
    pub(super) fn units_sold(&self) -> u64 {
        self.units
    }

    /// A sale at `sold_at`, platform time, is known now.
    pub(super) fn sold(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: i64,
        sold_at: Micros,
    ) {
        let units = units.clamp(0, i64::from(u32::MAX)) as u32;
        self.sold[sku.0 as usize] = self.sold[sku.0 as usize].saturating_add(units);
        self.units += u64::from(units);
        let at = self.at(channel, sku);
        let fast = &mut self.fast[at];
        let seconds = now.as_secs_f64();
        let age = (seconds - f64::from(fast.as_of_seconds)).max(0.0);
        let kept = f64::from(fast.units) * libm::exp2(-age / FAST_HALF_LIFE_SECONDS);
        fast.units = (kept + f64::from(units)) as f32;
        fast.as_of_seconds = seconds as f32;

        let delays = &mut self.delays[channel.0 as usize];
        let late = now.since(sold_at).as_secs_f64();
        delays.ingest.measure(late);
        if late * 4.0 >= delays.poll_seconds {
            delays.late_orders = delays.late_orders.saturating_add(1);
        } else {
            delays.late_orders = 0;
        }
    }

    /// A sale at `sold_at`, platform time, seen beside the last ones of the SKU elsewhere. `others` are the channels that showed
    /// units then, each with the units a second that it usually sells; `own` is the same of the channel that sold.
    pub(super) fn pair(
        &mut self,
        channel: ChannelIndex,
        sku: SkuIndex,
        sold_at: Micros,
        own: f64,
        others: impl Iterator<Item = (ChannelIndex, f64)>,
    ) {
        for (other, rate) in others {
            let later = self.window(channel, other);
            if rate * later <= LARGEST_PAIR_LOAD {
                self.pairs_expected += rate * later;
            }
            let last = self.last_sale[self.at(other, sku)];
            if last == Micros::MAX {
                continue;
            }
            // News come out of order: either of the two may have been first.
            let (window, of_second) = match last <= sold_at {
                true => (self.window(other, channel), own),
                false => (later, rate),
            };
            let apart = sold_at.since(last).max(last.since(sold_at)).as_secs_f64();
            if of_second * window <= LARGEST_PAIR_LOAD && apart <= window {
                self.pairs_seen += 1.0;
            }
        }
        let at = self.at(channel, sku);
        let last = &mut self.last_sale[at];
        if *last == Micros::MAX || *last < sold_at {
            *last = sold_at;
        }
    }

    /// Seconds in which a sale on one channel leaves what it sold on display on another.
    fn window(&self, sold_on: ChannelIndex, shown_on: ChannelIndex) -> f64 {
        self.ingest(sold_on) + self.publish(shown_on)
    }

    /// How many times more sales meet unseen than under Poisson demand: gamma.
    pub(super) fn burstiness(&self) -> f64 {
        let seen = FIRST_BURSTINESS * PRIOR_PAIRS + self.pairs_seen;
        (seen / (PRIOR_PAIRS + self.pairs_expected)).max(1.0)
    }

    /// A change of a listing was decided and waits to be sent.
    pub(super) fn decided(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        let at = self.at(channel, sku);
        self.decided_at[at] = now;
    }

    /// The change that was decided last left for the platform. A raise waits behind what is more urgent, as a count that must come
    /// down does not: how long it waited tells nothing of how long units stay on display, which the delay is asked for.
    pub(super) fn raise_left(&mut self, sent_at: Micros, channel: ChannelIndex, sku: SkuIndex) {
        let at = self.at(channel, sku);
        let decided_at = &mut self.decided_at[at];
        if *decided_at != Micros::MAX {
            *decided_at = (*decided_at).max(sent_at);
        }
    }

    /// Buyers see the change that was decided last, since now.
    pub(super) fn seen(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        let at = self.at(channel, sku);
        let decided_at = std::mem::replace(&mut self.decided_at[at], Micros::MAX);
        if decided_at <= now {
            let took = now.since(decided_at).as_secs_f64();
            self.delays[channel.0 as usize].publish.measure(took);
        }
    }

    /// A reading shows the change that was decided last; it came live at some time since the last one that did not.
    pub(super) fn seen_by_reading(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        let at = self.at(channel, sku);
        let decided_at = std::mem::replace(&mut self.decided_at[at], Micros::MAX);
        if decided_at <= now {
            let not_before = self.not_yet_at[at].max(decided_at);
            let longer_than = not_before.since(decided_at).as_secs_f64();
            let within = now.since(not_before).as_secs_f64();
            let publish = &mut self.delays[channel.0 as usize].publish;
            publish.measure_between(longer_than, within);
        }
    }

    /// A reading does not show yet what was decided last.
    pub(super) fn not_seen_yet(&mut self, now: Micros, channel: ChannelIndex, sku: SkuIndex) {
        let at = self.at(channel, sku);
        self.not_yet_at[at] = now;
    }

    /// Whether the SKU has anything to sell from now on: the clock of its rate stands still while it has not.
    pub(super) fn shows(&mut self, now: Micros, sku: SkuIndex, has_units: bool) {
        let (dark, since) = &mut self.dark[sku.0 as usize];
        match (has_units, *since) {
            (false, None) => *since = Some(now),
            (true, Some(from)) => {
                *dark += now.since(from).as_secs_f64() as f32;
                *since = None;
            }
            _ => {}
        }
    }

    /// Seconds from a sale to the news of it. When signals are silent it is the time from poll to poll: half of it is the mean
    /// age of what a poll brings, the whole the safe side.
    pub(super) fn ingest(&self, channel: ChannelIndex) -> f64 {
        let delays = &self.delays[channel.0 as usize];
        match delays.late_orders >= SILENT_AFTER {
            true => delays.ingest.mean.max(delays.poll_seconds),
            false => delays.ingest.mean,
        }
    }

    /// The mean of what was measured last, whether signals are silent or not, seconds.
    pub(super) fn measured_ingest(&self, channel: ChannelIndex) -> f64 {
        self.delays[channel.0 as usize].ingest.mean
    }

    /// Seconds from a decision to buyers' seeing it.
    pub(super) fn publish(&self, channel: ChannelIndex) -> f64 {
        self.delays[channel.0 as usize].publish.mean
    }

    /// Units a second of a SKU over all channels, without regard to a rush.
    pub(super) fn usual_rate(&self, now: Micros, sku: SkuIndex) -> f64 {
        let (before, seconds_before) = &self.history;
        let watched = now.as_secs_f64();
        let skus = self.sold.len().max(1) as f64;
        let mean = (self.units as f64 / skus + self.mean_before + FIRST_MEAN * FIRST_MEAN_SECONDS)
            / (watched + seconds_before + FIRST_MEAN_SECONDS);
        let (dark, since) = self.dark[sku.0 as usize];
        let dark_now = since.map_or(0.0, |from| now.since(from).as_secs_f64());
        let open = (watched - f64::from(dark) - dark_now).max(0.0);
        let units_before = before.get(sku.0 as usize).copied().unwrap_or(0.0);
        let units = f64::from(self.sold[sku.0 as usize]) + f64::from(units_before);
        (PRIOR_UNITS + units) / (PRIOR_UNITS / mean + open + seconds_before)
    }

    /// Units a second of a listing: its part of the usual rate, or of a rush. `slow_rate` is the engine's average of it.
    pub(super) fn rate(
        &self,
        now: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        usual: f64,
        slow_rate: f64,
    ) -> f64 {
        let fast = self.fast[self.at(channel, sku)];
        let age = (now.as_secs_f64() - f64::from(fast.as_of_seconds)).max(0.0);
        let units = f64::from(fast.units) * libm::exp2(-age / FAST_HALF_LIFE_SECONDS);
        let rush = |units: f64, half_life: f64| {
            let seconds = half_life / std::f64::consts::LN_2;
            let expected = usual * seconds;
            let is_rush = units > expected + RUSH_DEVIATIONS * libm::sqrt(expected) + RUSH_UNITS;
            if is_rush { units / seconds } else { usual }
        };
        let slow_units = slow_rate * SLOW_HALF_LIFE_SECONDS / std::f64::consts::LN_2;
        rush(units, FAST_HALF_LIFE_SECONDS).max(rush(slow_units, SLOW_HALF_LIFE_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::fixtures;
    use oversell_kernel::Seed;

    /// Delays that are exponential with a mean of 60 seconds are read every so often alone: their mean is found all the same. A
    /// reading that comes long after says nothing, and ones that come later than any so far are learned of.
    #[test]
    fn readings_measure_what_lies_between_them() {
        for pause in [5.0, 40.0, 600.0] {
            let mut delay = Delay::believed(60.0);
            let mut draws = Seed(7).stream("readings", "delay", 0);
            let measured = 4_000;
            let means = (0..measured).map(|_| {
                let longer_than = (draws.exponential(60.0) / pause).floor() * pause;
                delay.measure_between(longer_than, pause);
                delay.mean
            });
            let mean = means.sum::<f64>() / f64::from(measured);
            assert!((50.0..70.0).contains(&mean), "{pause}: {mean}");
        }
        let mut delay = Delay::believed(4.0);
        (0..100).for_each(|_| delay.measure_between(0.0, 1e4));
        assert!((delay.mean - 4.0).abs() < 1e-6);
        (0..100).for_each(|_| delay.measure_between(90.0, 10.0));
        assert!(delay.mean > 60.0);
    }

    /// A log of orders that came by chance says that few pairs are more than chance; the same orders, of which every hundredth is
    /// followed by another half a minute later, say that there are more.
    #[test]
    fn a_history_tells_of_bursts() {
        let mut draws = Seed(7).stream("history", "orders", 0);
        let span = Micros::from_secs(28 * 86_400);
        let mut burstiness = |followed: f64| {
            let (mut gaps, mut pairs) = (Vec::new(), 0);
            for _ in 0..4_000 {
                let mut orders = Vec::new();
                for _ in 0..20 {
                    let at = draws.below(span.0);
                    orders.push(at);
                    orders.extend(draws.chance(followed).then_some(at + 30_000_000));
                }
                orders.sort_unstable();
                let neighbours = orders.windows(2).map(|two| Micros(two[1] - two[0]));
                gaps.extend(neighbours.filter(|apart| *apart <= DemandHistory::LONGEST_GAP));
                let orders = orders.len() as u64;
                pairs += orders * (orders - 1) / 2;
            }
            gaps.sort_unstable();
            let units = vec![0; 3];
            let mut config = fixtures::config();
            config.channels.truncate(3);
            for channel in &mut config.channels {
                channel.bounds.write_lifetime = Micros::from_secs(1_000);
            }
            config.history = Some(DemandHistory {
                span,
                units,
                gaps,
                pairs,
            });
            Estimates::new(&config, true).burstiness()
        };
        let (by_chance, in_bursts) = (burstiness(0.0), burstiness(0.01));
        assert!((1.0..1.5).contains(&by_chance), "{by_chance}");
        assert!(in_bursts > 4.0, "{in_bursts}");
    }
}
