//! Support agents' look-ups while buyers come: Poisson times, each at a channel drawn by its share.

use channel_mocks::core::{Micros, Seed, Stream};

use crate::scenario::Scenario;
use crate::world::ChannelIndex;

/// The look-ups of a run, one after the other.
#[derive(Clone, Debug)]
pub(super) struct SupportReads {
    seed: Seed,
    per_second: f64,
    /// Each channel's part of demand.
    shares: Vec<f64>,
    /// Look-ups that have been.
    count: u64,
}

impl SupportReads {
    pub fn new(scenario: &Scenario, seed: Seed) -> SupportReads {
        SupportReads {
            seed,
            per_second: scenario.support_reads_per_second,
            shares: scenario.channels.iter().map(|it| it.share).collect(),
            count: 0,
        }
    }

    fn stream(&self, purpose: &str) -> Stream {
        self.seed.stream("support", purpose, self.count)
    }

    /// When the next one comes after `after`; `None` where nobody looks anything up.
    pub fn next_after(&self, after: Micros) -> Option<Micros> {
        if self.per_second <= 0.0 || self.shares.is_empty() {
            return None;
        }
        let gap = self.stream("gap").exponential(1.0 / self.per_second);
        Some(after + Micros::from_secs_f64(gap))
    }

    /// The one that comes now.
    pub fn take(&mut self) -> ChannelIndex {
        let draw = self.stream("channel").uniform() * self.shares.iter().sum::<f64>();
        let mut sum = 0.0;
        let position = self.shares.iter().position(|share| {
            sum += share;
            draw < sum
        });
        self.count += 1;
        ChannelIndex(position.unwrap_or(0) as u16)
    }
}
