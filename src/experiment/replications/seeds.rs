//! Which seeds are played.

use std::fmt;

/// Seeds that an experiment can have at most.
pub const MOST_SEEDS: u64 = 10_000_000;

/// Seeds in ascending order, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedSet {
    /// First and last of each run of neighbours, apart from each other.
    ranges: Vec<(u64, u64)>,
}

/// As it is written on the command line: `1..20`, `3,7,9`.
impl fmt::Display for SeedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (first, last)) in self.ranges.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            // A single number alone would be read as how many there are.
            match first == last && self.ranges.len() > 1 {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}..{last}")?,
            }
        }
        Ok(())
    }
}

impl SeedSet {
    /// `count` seeds from `first` on.
    ///
    /// # Errors
    /// When there are none, too many, or no such numbers.
    pub fn starting_at(first: u64, count: u64) -> Result<SeedSet, String> {
        let last = count
            .checked_sub(1)
            .and_then(|more| first.checked_add(more));
        let last = last.ok_or_else(|| match count {
            0 => "no seed is to be played".to_string(),
            _ => format!("seeds end at {}", u64::MAX),
        })?;
        SeedSet::of(vec![(first, last)])
    }

    /// Reads `3,7,9` and `100..200` (both ends included), or both together.
    ///
    /// # Errors
    /// A sentence with what is wrong.
    pub fn parse(text: &str) -> Result<SeedSet, String> {
        let number = |text: &str| {
            let text = text.trim();
            text.parse::<u64>()
                .map_err(|_| format!("`{text}` is no seed: write 20, 3,7,9 or 100..200"))
        };
        let parts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        let ranges = parts.map(|part| match part.split_once("..") {
            Some((first, last)) => Ok((number(first)?, number(last)?)),
            None => number(part).map(|seed| (seed, seed)),
        });
        SeedSet::of(ranges.collect::<Result<Vec<_>, String>>()?)
    }

    fn of(mut ranges: Vec<(u64, u64)>) -> Result<SeedSet, String> {
        if let Some((first, last)) = ranges.iter().find(|(first, last)| first > last) {
            return Err(format!(
                "{first}..{last} holds no seed; write {last}..{first}"
            ));
        }
        ranges.sort_unstable();
        let mut apart: Vec<(u64, u64)> = Vec::new();
        for (first, last) in ranges {
            match apart.last_mut() {
                Some((_, before)) if first <= *before => {
                    return Err(format!("seed {first} is named twice"));
                }
                Some((_, before)) if *before + 1 == first => *before = last,
                _ => apart.push((first, last)),
            }
        }
        let set = SeedSet { ranges: apart };
        match set.checked_len() {
            Some(0) => Err("no seed is to be played".to_string()),
            Some(seeds) if seeds <= MOST_SEEDS => Ok(set),
            _ => Err(format!("at most {MOST_SEEDS} seeds can be played at once")),
        }
    }

    fn checked_len(&self) -> Option<u64> {
        let mut lengths = self.ranges.iter().map(|(first, last)| last - first);
        lengths.try_fold(0_u64, |sum, more| sum.checked_add(more)?.checked_add(1))
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.checked_len().unwrap_or(u64::MAX)
    }

    /// Whether there is none; there never is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The first one.
    pub fn first(&self) -> u64 {
        self.ranges.first().map_or(0, |(first, _)| *first)
    }

    /// The seed at a place, from 0.
    pub fn at(&self, place: u64) -> Option<u64> {
        let mut left = place;
        for (first, last) in &self.ranges {
            let length = last - first + 1;
            if left < length {
                return Some(first + left);
            }
            left -= length;
        }
        None
    }

    /// The first `count` of them; one at least.
    #[must_use]
    pub fn cut(&self, count: u64) -> SeedSet {
        let mut left = count.max(1);
        let mut ranges = Vec::new();
        for (first, last) in &self.ranges {
            if left == 0 {
                break;
            }
            // From 0 to the last of all there are more than can be counted.
            let length = (last - first).saturating_add(1).min(left);
            ranges.push((*first, first + (length - 1)));
            left -= length;
        }
        SeedSet { ranges }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_as_they_are_written() {
        for (text, written, seeds) in [
            ("3,7,9", "3,7,9", vec![3, 7, 9]),
            ("100..103", "100..103", vec![100, 101, 102, 103]),
            ("9, 1..2 ,3", "1..3,9", vec![1, 2, 3, 9]),
            ("7..7", "7..7", vec![7]),
        ] {
            let set = SeedSet::parse(text).unwrap();
            let all: Vec<u64> = (0..).map_while(|place| set.at(place)).collect();
            assert_eq!((all, set.len()), (seeds.clone(), seeds.len() as u64));
            assert_eq!(set.to_string(), written);
            assert_eq!(SeedSet::parse(&set.to_string()), Ok(set));
        }
        let cut = SeedSet::parse("1..3,9,20..30").unwrap().cut(5);
        assert_eq!(cut.to_string(), "1..3,9,20");
        let last = SeedSet::starting_at(u64::MAX, 1).unwrap();
        assert_eq!(last.at(0), Some(u64::MAX));
    }

    #[test]
    fn what_is_no_seed_is_refused() {
        for (text, said) in [
            ("", "no seed"),
            (",", "no seed"),
            ("one", "3,7,9"),
            ("-1..4", "no seed"),
            ("5..1", "1..5"),
            ("1..5,3", "seed 3 is named twice"),
            ("0..18446744073709551615", "at most"),
        ] {
            let error = SeedSet::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        assert!(
            SeedSet::starting_at(2, u64::MAX)
                .unwrap_err()
                .contains("end at")
        );
        assert!(SeedSet::starting_at(1, 0).unwrap_err().contains("no seed"));
    }
}
