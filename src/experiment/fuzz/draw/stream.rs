//! Draws of the swarm: a stream for each thing that is drawn, keyed by the seed and the thing's name, so that a kind of fault
//! that is added moves no other draw (law 3).

use channel_mocks::core::{Distribution, Micros, Seed, Stream};

/// All draws of a seed.
#[derive(Copy, Clone, Debug)]
pub(super) struct Draws(pub Seed);

impl Draws {
    /// Those of one thing.
    pub fn of(self, thing: &str) -> Draw {
        Draw(self.0.stream("swarm", thing, 0))
    }
}

/// Draws of one thing.
#[derive(Debug)]
pub(super) struct Draw(Stream);

impl Draw {
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.chance(probability)
    }

    /// A whole number, both ends included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.0.below(high - low + 1)
    }

    /// The same, where small numbers are as likely as large ones by their logarithm. `low` is above zero.
    pub fn sized(&mut self, low: u64, high: u64) -> u64 {
        let (from, to) = (libm::log(low as f64), libm::log(high as f64 + 1.0));
        let drawn = libm::exp(from + (to - from) * self.0.uniform()) as u64;
        drawn.clamp(low, high)
    }

    /// A share in hundredths, so that it reads well in a file.
    pub fn share(&mut self, low: u64, high: u64) -> f64 {
        self.between(low, high) as f64 / 100.0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.0.below(from.len() as u64) as usize]
    }

    /// A length of time by its logarithm, in whole seconds from ten seconds on and in whole milliseconds below.
    pub fn time(&mut self, low: Micros, high: Micros) -> Micros {
        let drawn = self.sized(low.0.max(1_000), high.0);
        let step = if drawn >= 10_000_000 {
            1_000_000
        } else {
            1_000
        };
        Micros(drawn / step * step)
    }

    /// A delay with a bound, so that an engine can be told one.
    pub fn delay(&mut self, low: Micros, high: Micros) -> Distribution {
        let most = self.time(low, high);
        match self.between(0, 2) {
            0 => Distribution::fixed(most),
            1 => uniform(most),
            _ => Distribution::exponential(Micros(most.0 / 4)).bounded(most),
        }
    }
}

/// Anything up to `most`.
pub(super) fn uniform(most: Micros) -> Distribution {
    Distribution::uniform(Micros::ZERO, most)
}
