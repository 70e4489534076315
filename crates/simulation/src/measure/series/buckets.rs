//! Stretches of time, each with something that is added up in it.

use std::ops::AddAssign;

use channel_mocks::core::Micros;

/// Most buckets of an open end.
const MOST: u64 = 240;
/// Most buckets while buyers come ...
const FINE: u64 = 200;
/// ... and most before, and most after.
const COARSE: u64 = 20;

/// Buckets of equal length one after the other.
#[derive(Copy, Clone, Debug)]
struct Stretch {
    from: Micros,
    width: Micros,
    count: u64,
}

impl Stretch {
    /// Covers `length` with at most `most` buckets of whole seconds, so that plots get round ticks.
    fn new(from: Micros, length: Micros, most: u64) -> Stretch {
        let width = Micros::from_secs(length.0.div_ceil(most * 1_000_000).max(1));
        Stretch {
            from,
            width,
            count: length.0.div_ceil(width.0),
        }
    }

    fn end(&self) -> Micros {
        self.from + Micros(self.width.0 * self.count)
    }
}

/// Buckets from a moment on.
#[derive(Clone, Debug)]
pub(in crate::measure) struct Buckets<T> {
    from: Micros,
    stretches: Vec<Stretch>,
    /// Whether buckets become twice as wide when time runs past the last one.
    grows: bool,
    values: Vec<T>,
    /// The bucket that was asked for last, since when and until when: the next is mostly the same.
    recent: Option<(Micros, Micros, usize)>,
}

impl<T: Default + for<'a> AddAssign<&'a T>> Buckets<T> {
    /// Coarse for `opening`, fine for `selling`, coarse for `settling`.
    pub fn planned(opening: Micros, selling: Micros, settling: Micros) -> Buckets<T> {
        let before = Stretch::new(Micros::ZERO, opening, COARSE);
        // An opening that is no multiple of its buckets' width ends within the last of them.
        let during = Stretch::new(before.end(), selling, FINE);
        let after = Stretch::new(during.end(), settling, COARSE);
        Buckets {
            from: Micros::ZERO,
            stretches: vec![before, during, after],
            grows: false,
            values: Vec::new(),
            recent: None,
        }
    }

    /// Seconds at first, twice as wide whenever they do not suffice.
    pub fn open_ended(from: Micros) -> Buckets<T> {
        Buckets {
            from,
            stretches: vec![Stretch {
                from,
                width: Micros::from_secs(1),
                count: MOST,
            }],
            grows: true,
            values: Vec::new(),
            recent: None,
        }
    }

    /// The beginning of it all.
    pub fn from(&self) -> Micros {
        self.from
    }

    /// The bucket's number and start; `None` before the first one. What comes after the last one is in it.
    fn locate(&mut self, at: Micros) -> Option<(usize, Micros)> {
        if at < self.from {
            return None;
        }
        if let Some((from, until, number)) = self.recent
            && (from..until).contains(&at)
        {
            return Some((number, from));
        }
        while self.grows && self.stretches.iter().all(|stretch| at >= stretch.end()) {
            self.widen();
        }
        let mut before = 0;
        let mut last = None;
        for stretch in self.stretches.iter().filter(|stretch| stretch.count > 0) {
            let number = (at.since(stretch.from).0 / stretch.width.0).min(stretch.count - 1);
            let from = stretch.from + Micros(stretch.width.0 * number);
            let place = (before + number) as usize;
            last = Some((place, from));
            self.recent = Some((from, from + stretch.width, place));
            if at < stretch.end() {
                break;
            }
            before += stretch.count;
        }
        last
    }

    /// When the bucket of an instant begins; `None` before the first one.
    pub fn start_of(&mut self, at: Micros) -> Option<Micros> {
        Some(self.locate(at)?.1)
    }

    /// The bucket of an instant; `None` before the first one.
    pub fn at(&mut self, at: Micros) -> Option<&mut T> {
        let (index, _) = self.locate(at)?;
        if self.values.len() <= index {
            self.values.resize_with(index + 1, T::default);
        }
        self.values.get_mut(index)
    }

    /// Makes buckets twice as wide: each takes up the one after it.
    fn widen(&mut self) {
        self.recent = None;
        for stretch in &mut self.stretches {
            stretch.width = Micros(stretch.width.0 * 2);
        }
        let mut narrow = std::mem::take(&mut self.values).into_iter();
        while let Some(mut bucket) = narrow.next() {
            if let Some(next) = narrow.next() {
                bucket += &next;
            }
            self.values.push(bucket);
        }
    }

    /// Start since the beginning, length and value, up to the last bucket in which anything happened.
    pub fn spans(&self) -> impl Iterator<Item = (Micros, Micros, &T)> {
        let starts = self.stretches.iter().flat_map(|stretch| {
            (0..stretch.count).map(|number| {
                let start = stretch.from + Micros(stretch.width.0 * number);
                (start.since(self.from), stretch.width)
            })
        });
        let spans = starts.zip(&self.values);
        spans.map(|((from, width), value)| (from, width, value))
    }
}
