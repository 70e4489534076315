//! Keyed random streams (law 3): each draw is a hash of (root seed, component, purpose, entity, counter), so that no
//! component can shift the draws of another by drawing more or fewer numbers.

use rand::RngExt;
use rand::rand_core::{Infallible, TryRng};

/// The root seed of a run.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// Folds a 64 x 64 -> 128 bit product, the mixing step of wyhash (public domain, Wang Yi).
#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Mixes two words into one.
#[inline]
pub const fn mix(a: u64, b: u64) -> u64 {
    fold(a ^ 0xa076_1d64_78bd_642f, b ^ 0xe703_7ed1_a0b4_28db)
}

/// Hashes a short text into a word, byte by byte; keys streams by component and purpose, and assigns things by name.
pub const fn hash_text(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0x2d35_8dcc_aa6c_78a5u64 ^ bytes.len() as u64;
    let mut index = 0;
    while index < bytes.len() {
        hash = mix(hash, bytes[index] as u64 + 0x100);
        index += 1;
    }
    hash
}

/// Hashes bytes, 32 in a step on two independent lanes, so that a body costs a small part of what parsing it does.
#[inline]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let (mut even, mut odd) = (bytes.len() as u64, 0x9e37_79b9_7f4a_7c15);
    let mut take = |block: &[u8; 32]| {
        let (words, _) = block.as_chunks::<8>();
        let word = |place: usize| u64::from_le_bytes(words[place]);
        even = mix(even ^ word(0), word(1));
        odd = mix(odd ^ word(2), word(3));
    };
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        take(block);
    }
    let mut last = [0u8; 32];
    last[..rest.len()].copy_from_slice(rest);
    take(&last);
    mix(even, odd)
}

impl Seed {
    /// The key of all draws of one purpose in one component.
    pub fn key(self, component: &str, purpose: &str) -> u64 {
        mix(mix(self.0, hash_text(component)), hash_text(purpose))
    }

    /// The stream of one entity.
    #[inline]
    pub fn stream(self, component: &str, purpose: &str, entity: u64) -> Stream {
        Stream::new(self.key(component, purpose), entity)
    }
}

/// The draws of one entity for one purpose.
#[derive(Clone, Debug)]
pub struct Stream {
    key: u64,
    counter: u64,
}

impl Stream {
    /// A stream from a purpose's key (see [`Seed::key`]) and an entity's number.
    #[inline]
    pub const fn new(key: u64, entity: u64) -> Stream {
        Stream {
            key: mix(key, entity ^ 0x9e37_79b9_7f4a_7c15),
            counter: 0,
        }
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.counter += 1;
        mix(
            self.key ^ self.counter.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            self.counter,
        )
    }

    /// Uniform in [0, 1), in steps of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        self.random()
    }

    /// Uniform in 0..bound (bound > 0).
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        self.random_range(0..bound)
    }

    /// True with the given probability; below 0 never, above 1 always.
    #[inline]
    pub fn chance(&mut self, probability: f64) -> bool {
        self.random_bool(probability.clamp(0.0, 1.0))
    }

    /// Exponential with the given mean, by inversion.
    ///
    /// Not by `rand_distr`: its logarithms are those of `num-traits`, which takes the platform's own as soon as any crate of
    /// a build asks for its `std` (here `hdrhistogram` does), and a platform's differ from another's. See docs/performance.md,
    /// "What was tried", for what was measured.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.uniform())
    }

    /// Standard normal (Box-Muller; the second value is not kept, so that one call is one entity's draw). Ours for the
    /// same reason as [`Stream::exponential`].
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }
}

/// A generator of the crate `rand`: everything that draws from one draws from a stream.
impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_u64() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(Stream::next_u64(self))
    }

    fn try_fill_bytes(&mut self, place: &mut [u8]) -> Result<(), Infallible> {
        for chunk in place.chunks_mut(8) {
            let word = Stream::next_u64(self).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// One changed byte, one byte more or less, wherever it is: another hash.
        #[test]
        fn any_change_of_bytes_changes_their_hash(
            bytes in proptest::collection::vec(any::<u8>(), 1..200), at in 0usize..199, flip in 1u8..
        ) {
            let at = at % bytes.len();
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            prop_assert_ne!(hash_bytes(&changed), hash_bytes(&bytes));
            let mut longer = bytes.clone();
            longer.push(0);
            prop_assert_ne!(hash_bytes(&longer), hash_bytes(&bytes));
            prop_assert_ne!(hash_bytes(&bytes[..bytes.len() - 1]), hash_bytes(&bytes));
        }
    }

    #[test]
    fn streams_are_repeatable_and_apart() {
        let seed = Seed(7);
        let first: Vec<u64> = (0..4)
            .map(|_| 0)
            .scan(seed.stream("buyers", "gap", 1), |s, _: u64| {
                Some(s.next_u64())
            })
            .collect();
        let again: Vec<u64> = (0..4)
            .map(|_| 0)
            .scan(seed.stream("buyers", "gap", 1), |s, _: u64| {
                Some(s.next_u64())
            })
            .collect();
        assert_eq!(first, again);
        assert_ne!(first[0], seed.stream("buyers", "gap", 2).next_u64());
        assert_ne!(first[0], seed.stream("buyers", "basket", 1).next_u64());
        assert_ne!(first[0], Seed(8).stream("buyers", "gap", 1).next_u64());
    }

    /// `rand` may change how it turns bits into numbers from one release to another; whoever takes a new one sees it here and
    /// pins new trace hashes.
    #[test]
    fn numbers_made_of_bits_stay_what_they_are() {
        let mut stream = Seed(1).stream("test", "pinned", 0);
        let pinned = (
            stream.uniform(),
            stream.below(1_000_000),
            stream.chance(0.5),
        );
        assert_eq!(pinned, (0.660_539_311_996_123_1, 767_792, true));
    }

    #[test]
    fn draws_of_rand_come_from_the_stream() {
        let stream = Seed(1).stream("test", "rand", 0);
        let (mut plain, mut drawn) = (stream.clone(), stream);
        assert_eq!(drawn.random::<u64>(), plain.next_u64());
        let mut bytes = [0; 11];
        drawn.fill(&mut bytes[..]);
        assert_eq!(bytes[..8], plain.next_u64().to_le_bytes());
        assert_eq!(bytes[8..], plain.next_u64().to_le_bytes()[..3]);
        assert!((0..1_000).all(|_| !drawn.chance(-1.0) && drawn.chance(2.0) && drawn.below(7) < 7));
    }

    #[test]
    fn moments_are_right() {
        let mut stream = Seed(1).stream("test", "moments", 0);
        let n = 200_000;
        let (mut uniform, mut exponential, mut normal, mut square) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..n {
            uniform += stream.uniform();
            exponential += stream.exponential(3.0);
            let z = stream.normal();
            normal += z;
            square += z * z;
        }
        let n = f64::from(n);
        // Four standard errors each: sd/sqrt(n) is .00065, .0067, .0022, .0032.
        assert!((uniform / n - 0.5).abs() < 0.0026);
        assert!((exponential / n - 3.0).abs() < 0.027);
        assert!((normal / n).abs() < 0.009);
        assert!((square / n - 1.0).abs() < 0.0127);
    }
}
