//! What a buyer puts into a basket, which channel the buyer uses, and how much of each SKU that makes.

use channel_mocks::core::{BasketLine, ListingIndex, Micros, Stream};

use crate::scenario::model::Scenario;

use super::assortments::Assortments;
use super::phases::{Segment, Timeline};
use super::{ChannelIndex, SkuIndex};

/// The most lines of a basket; a geometric draw beyond it is cut.
const LINES_MAX: u32 = 200;

/// Attempts at finding one more SKU that is not yet in the basket.
const DISTINCT_ATTEMPTS: u32 = 64;

/// Draws from a fixed distribution over 0..n in constant time (Walker's alias method in Vose's form).
#[derive(Clone, Debug)]
pub struct AliasTable {
    /// Per column: the chance to keep it, and what is taken otherwise.
    columns: Vec<(f64, u32)>,
}

impl AliasTable {
    /// A table for weights of any positive sum; `None` when there are none.
    pub fn new(weights: &[f64]) -> Option<AliasTable> {
        let total: f64 = weights.iter().sum();
        if !(total > 0.0 && total.is_finite()) || u32::try_from(weights.len()).is_err() {
            return None;
        }
        let scale = weights.len() as f64 / total;
        let mut scaled: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..weights.len() as u32).partition(|&column| scaled[column as usize] < 1.0);
        let mut columns: Vec<(f64, u32)> = (0..weights.len() as u32)
            .map(|column| (1.0, column))
            .collect();
        while let (Some(&poor), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            columns[poor as usize] = (scaled[poor as usize], rich);
            scaled[rich as usize] -= 1.0 - scaled[poor as usize];
            if scaled[rich as usize] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        Some(AliasTable { columns })
    }

    /// One draw.
    pub fn draw(&self, stream: &mut Stream) -> u32 {
        let column = stream.below(self.columns.len() as u64);
        let (keep, other) = self.columns[column as usize];
        if stream.uniform() < keep {
            column as u32
        } else {
            other
        }
    }
}

/// Popularity of each rank: (r + offset)^-exponent, scaled to add to 1.
pub fn zipf_mandelbrot(skus: u32, exponent: f64, offset: f64) -> Vec<f64> {
    let mut weights: Vec<f64> = (1..=skus)
        .map(|rank| libm::pow(f64::from(rank) + offset, -exponent))
        .collect();
    let total: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= total;
    }
    weights
}

/// The index at which a running sum of probabilities passes a uniform draw.
pub fn pick(cumulative: &[f64], uniform: f64) -> usize {
    cumulative
        .iter()
        .position(|&sum| uniform < sum)
        .unwrap_or(cumulative.len().saturating_sub(1))
}

/// Running sums, the last one made 1.
pub fn cumulative(shares: &[f64]) -> Vec<f64> {
    let total: f64 = shares.iter().sum();
    let mut sum = 0.0;
    let mut sums: Vec<f64> = shares
        .iter()
        .map(|share| {
            sum += share / total;
            sum
        })
        .collect();
    if let Some(last) = sums.last_mut() {
        *last = 1.0;
    }
    sums
}

/// What buyers choose from where certain SKUs are listed.
#[derive(Clone, Debug)]
struct Shelf {
    all: AliasTable,
    /// Hot SKUs and the others, present when both exist.
    hot: Option<(AliasTable, AliasTable)>,
    skus: u32,
}

impl Shelf {
    /// A shelf of SKUs with these weights, of which the first `hot_skus` are hot; what is not there weighs nothing. `None` for an
    /// empty one.
    fn new(weights: &[f64], hot_skus: u32) -> Option<Shelf> {
        let (front, back) = weights.split_at(hot_skus as usize);
        Some(Shelf {
            all: AliasTable::new(weights)?,
            hot: AliasTable::new(front).zip(AliasTable::new(back)),
            skus: weights.iter().filter(|weight| **weight > 0.0).count() as u32,
        })
    }
}

/// The tables behind a buyer's choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// One for each channel; one for all where all list the same.
    shelves: Vec<Shelf>,
    hot_skus: u32,
    hot_share: f64,
    /// Chance that a basket goes on after a line.
    another_line: f64,
    units: Vec<f64>,
    channels: Vec<f64>,
    /// Per phase, where it has shares of its own.
    phase_channels: Vec<Option<Vec<f64>>>,
    /// When each channel is open, in time after the opening of the run; empty when all are open throughout.
    hours: Vec<(Micros, Micros)>,
}

impl Choice {
    /// The tables for a scenario whose SKUs have these weights, hot ones first; `None` for an empty catalogue, or a channel that
    /// lists nothing.
    pub fn new(
        scenario: &Scenario,
        weights: &[f64],
        assortments: &Assortments,
        timeline: &Timeline,
    ) -> Option<Choice> {
        let hot_skus = scenario.catalogue.hot_skus.min(weights.len() as u32);
        let shelves: Option<Vec<Shelf>> = match assortments.are_whole() {
            true => Shelf::new(weights, hot_skus).map(|shelf| vec![shelf]),
            false => (0..scenario.channels.len() as u16)
                .map(|channel| {
                    let listed = weights_on(ChannelIndex(channel), weights, assortments);
                    Shelf::new(&listed, hot_skus)
                })
                .collect(),
        };
        let lines_mean = scenario.demand.lines_mean.max(1.0);
        let shares: Vec<f64> = scenario.channels.iter().map(|c| c.share).collect();
        Some(Choice {
            shelves: shelves?,
            hot_skus,
            hot_share: scenario.catalogue.hot_share,
            another_line: 1.0 - 1.0 / lines_mean,
            units: cumulative(&scenario.demand.units),
            channels: cumulative(&shares),
            phase_channels: timeline
                .segments()
                .iter()
                .map(|segment| segment.shares.as_deref().map(cumulative))
                .collect(),
            hours: hours(scenario),
        })
    }

    /// The channel that a buyer of the given phase goes to at a time after the opening of the run, because the one the buyer
    /// uses is closed then: an open one, drawn by the shares from a stream of its own. `None` while that one is open.
    pub fn instead_of(
        &self,
        closed: ChannelIndex,
        phase: usize,
        after: Micros,
        stream: impl FnOnce() -> Stream,
    ) -> Option<ChannelIndex> {
        let is_open = |channel: usize| {
            self.hours
                .get(channel)
                .is_none_or(|(from, until)| *from <= after && after < *until)
        };
        if is_open(usize::from(closed.0)) {
            return None;
        }
        let sums = self.shares(phase);
        let mut before = 0.0;
        let open: Vec<f64> = sums
            .iter()
            .enumerate()
            .map(|(channel, sum)| {
                let share = if is_open(channel) { sum - before } else { 0.0 };
                before = *sum;
                share
            })
            .collect();
        // A scenario that leaves buyers nowhere to go is refused.
        let total: f64 = open.iter().sum();
        let sums = if total > 0.0 {
            cumulative(&open)
        } else {
            sums.to_vec()
        };
        Some(ChannelIndex(pick(&sums, stream().uniform()) as u16))
    }

    /// Running sums of the channels' shares in a phase.
    fn shares(&self, phase: usize) -> &[f64] {
        self.phase_channels
            .get(phase)
            .and_then(Option::as_ref)
            .unwrap_or(&self.channels)
    }

    /// The channel a buyer of the given phase uses.
    pub fn channel(&self, phase: usize, stream: &mut Stream) -> ChannelIndex {
        ChannelIndex(pick(self.shares(phase), stream.uniform()) as u16)
    }

    fn sku(&self, shelf: &Shelf, hot: bool, stream: &mut Stream) -> u32 {
        match &shelf.hot {
            Some((front, back)) if hot => {
                if stream.chance(self.hot_share) {
                    front.draw(stream)
                } else {
                    self.hot_skus + back.draw(stream)
                }
            }
            _ => shelf.all.draw(stream),
        }
    }

    /// A basket's lines on a channel: 1 + geometric many, no SKU twice, none that is not listed there.
    pub fn lines(&self, channel: ChannelIndex, hot: bool, stream: &mut Stream) -> Vec<BasketLine> {
        let shelf = match self.shelves.as_slice() {
            [of_all] => of_all,
            by_channel => &by_channel[usize::from(channel.0)],
        };
        let mut wanted = 1;
        while wanted < LINES_MAX.min(shelf.skus) && stream.chance(self.another_line) {
            wanted += 1;
        }
        let mut lines: Vec<BasketLine> = Vec::with_capacity(wanted as usize);
        for _ in 0..wanted {
            // A basket that holds nearly all of the demand's weight may not find another SKU: it then stays shorter.
            for _ in 0..DISTINCT_ATTEMPTS {
                let listing = ListingIndex(self.sku(shelf, hot, stream));
                if lines.iter().all(|line| line.listing != listing) {
                    let units = pick(&self.units, stream.uniform()) as u32 + 1;
                    lines.push(BasketLine { listing, units });
                    break;
                }
            }
        }
        lines
    }
}

/// When each channel is open, by channel, in time after the opening of the run; nothing when all are open throughout.
pub fn hours(scenario: &Scenario) -> Vec<(Micros, Micros)> {
    let hours: Vec<(Micros, Micros)> = scenario.channels.iter().map(|it| it.hours()).collect();
    if hours.iter().all(|it| *it == (Micros::ZERO, Micros::MAX)) {
        return Vec::new();
    }
    hours
}

/// What SKUs weigh on a channel: nothing where it does not list them.
fn weights_on(channel: ChannelIndex, weights: &[f64], assortments: &Assortments) -> Vec<f64> {
    let skus = (0u32..).map(SkuIndex).zip(weights);
    skus.map(|(sku, weight)| match assortments.lists(channel, sku) {
        true => *weight,
        false => 0.0,
    })
    .collect()
}

/// Units of each SKU that buyers are expected to want over the whole duration, by the phases: whoever comes to a channel wants what
/// it lists, by its weight there. Baskets hold no SKU twice, which shifts a little demand from popular to rare SKUs; that is left
/// out.
pub fn expected_units(
    scenario: &Scenario,
    weights: &[f64],
    assortments: &Assortments,
    timeline: &Timeline,
) -> Vec<f64> {
    if assortments.are_whole() {
        return expected_units_of(scenario, weights, timeline, |_| 1.0);
    }
    let usual: Vec<f64> = scenario.channels.iter().map(|it| it.share).collect();
    let mut expected = vec![0.0; weights.len()];
    for channel in 0..scenario.channels.len() {
        let mut listed = weights_on(ChannelIndex(channel as u16), weights, assortments);
        let total: f64 = listed.iter().sum();
        if total <= 0.0 {
            continue;
        }
        listed.iter_mut().for_each(|weight| *weight /= total);
        let of_channel = expected_units_of(scenario, &listed, timeline, |segment| {
            part_of(segment, channel, &usual)
        });
        for (sum, units) in expected.iter_mut().zip(of_channel) {
            *sum += units;
        }
    }
    expected
}

/// The same of a part of the buyers, told for each phase, who choose by these weights.
fn expected_units_of(
    scenario: &Scenario,
    weights: &[f64],
    timeline: &Timeline,
    part: impl Fn(&Segment) -> f64,
) -> Vec<f64> {
    let (catalogue, demand) = (&scenario.catalogue, &scenario.demand);
    let hot_skus = (catalogue.hot_skus as usize).min(weights.len());
    let hot_weight: f64 = weights[..hot_skus].iter().sum();
    let are_listed = |weights: &[f64]| weights.iter().any(|weight| *weight > 0.0);
    let both = are_listed(&weights[..hot_skus]) && are_listed(&weights[hot_skus..]);
    let per_attempt = demand.lines_mean.max(1.0)
        * demand
            .units
            .iter()
            .zip(1u32..)
            .map(|(probability, units)| probability * f64::from(units))
            .sum::<f64>();
    let (mut plain, mut hot) = (0.0, 0.0);
    for segment in timeline.segments() {
        let attempts = segment.expected * part(segment);
        if segment.hot && both {
            hot += attempts * per_attempt;
        } else {
            plain += attempts * per_attempt;
        }
    }
    weights
        .iter()
        .enumerate()
        .map(|(sku, weight)| {
            let in_hot_phases = if !both {
                0.0
            } else if sku < hot_skus {
                catalogue.hot_share * weight / hot_weight
            } else {
                (1.0 - catalogue.hot_share) * weight / (1.0 - hot_weight)
            };
            plain * weight + hot * in_hot_phases
        })
        .collect()
}

/// Buyers who are expected to come to each channel over the whole duration, by the phases and their shares.
pub fn expected_buyers(scenario: &Scenario, timeline: &Timeline) -> Vec<f64> {
    let usual: Vec<f64> = scenario.channels.iter().map(|it| it.share).collect();
    let of_channel = |channel: usize| {
        let segments = timeline.segments().iter();
        segments
            .map(|it| it.expected * part_of(it, channel, &usual))
            .sum()
    };
    (0..usual.len()).map(of_channel).collect()
}

/// The part of a phase's buyers who come to a channel.
fn part_of(segment: &Segment, channel: usize, usual: &[f64]) -> f64 {
    let shares = segment.shares.as_deref().unwrap_or(usual);
    let all: f64 = shares.iter().sum();
    shares.get(channel).copied().unwrap_or(0.0) / all
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::Seed;

    use super::*;

    #[test]
    fn alias_draws_follow_the_weights() {
        let weights = zipf_mandelbrot(50, 0.8, 2.0);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let table = AliasTable::new(&weights).unwrap();
        let mut stream = Seed(1).stream("test", "alias", 0);
        let n = 400_000;
        let mut counts = [0u32; 50];
        for _ in 0..n {
            counts[table.draw(&mut stream) as usize] += 1;
        }
        for (count, weight) in counts.iter().zip(&weights) {
            let mean = weight * f64::from(n);
            let error = (mean * (1.0 - weight)).sqrt();
            assert!(
                (f64::from(*count) - mean).abs() < 4.5 * error,
                "{count} against {mean}"
            );
        }
    }

    #[test]
    fn no_weight_makes_no_table() {
        assert!(AliasTable::new(&[]).is_none());
        assert!(AliasTable::new(&[0.0, 0.0]).is_none());
        let only = AliasTable::new(&[0.0, 3.0]).unwrap();
        let mut stream = Seed(1).stream("test", "alias", 1);
        assert!((0..1_000).all(|_| only.draw(&mut stream) == 1));
    }

    #[test]
    fn picks_by_running_sums() {
        let sums = cumulative(&[0.5, 0.0, 0.5]);
        assert_eq!(pick(&sums, 0.0), 0);
        assert_eq!(pick(&sums, 0.499), 0);
        assert_eq!(pick(&sums, 0.5), 2);
        assert_eq!(pick(&sums, 0.999_999), 2);
    }
}
