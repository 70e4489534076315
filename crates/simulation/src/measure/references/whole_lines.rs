//! Lines are sold whole: what a SKU sells is the sum of some of its lines.

/// The largest sum of lines that is not above `limit`; `lines` are units of a line and how many such lines there are.
pub fn largest_sum(lines: &[(u32, u64)], limit: u64) -> u64 {
    let total: u64 = lines
        .iter()
        .map(|&(units, count)| u64::from(units) * count)
        .sum();
    if total <= limit {
        return total;
    }
    let largest = lines.iter().map(|&(units, _)| units).max().unwrap_or(0);
    let singles = lines.iter().find(|(units, _)| *units == 1);
    let singles = singles.map_or(0, |&(_, count)| count);
    // The others are taken in any order while they fit; what remains then is less than the largest of them, and is filled up.
    if singles + 1 >= u64::from(largest) {
        return limit;
    }
    let mut sums = Sums::new(limit);
    for &(units, count) in lines {
        // Powers of two of a line add up to any number of it.
        let (mut left, mut block) = (count, 1);
        while left > 0 {
            let taken = block.min(left);
            sums.add(u64::from(units).saturating_mul(taken));
            left -= taken;
            block *= 2;
        }
    }
    sums.largest()
}

/// Which sums up to a limit can be made: bit n stands for n.
struct Sums {
    words: Vec<u64>,
    limit: u64,
}

impl Sums {
    fn new(limit: u64) -> Sums {
        let mut words = vec![0; (limit / 64 + 1) as usize];
        words[0] = 1;
        Sums { words, limit }
    }

    /// Every sum with `units` more, too.
    fn add(&mut self, units: u64) {
        if units > self.limit {
            return;
        }
        let (whole, bits) = ((units / 64) as usize, units % 64);
        for at in (whole..self.words.len()).rev() {
            let high = self.words[at - whole] << bits;
            let low = match (bits, at.checked_sub(whole + 1)) {
                (0, _) | (_, None) => 0,
                (bits, Some(below)) => self.words[below] >> (64 - bits),
            };
            self.words[at] |= high | low;
        }
    }

    fn largest(&self) -> u64 {
        let is_made = |sum: &u64| self.words[(sum / 64) as usize] >> (sum % 64) & 1 == 1;
        (0..=self.limit).rev().find(is_made).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_that_does_not_fit_leaves_units_over() {
        assert_eq!(largest_sum(&[(2, 3)], 5), 4);
        assert_eq!(largest_sum(&[(3, 2), (2, 1)], 4), 3);
        assert_eq!(
            largest_sum(&[(3, 2), (1, 2)], 5),
            5,
            "two single units fill any gap"
        );
        assert_eq!(largest_sum(&[(3, 2), (1, 1)], 5), 4);
        assert_eq!(largest_sum(&[(7, 40), (5, 30)], 130), 130);
        assert_eq!(largest_sum(&[(64, 5), (65, 1)], 193), 193);
        assert_eq!(largest_sum(&[(4, 2)], 3), 0);
        assert_eq!(largest_sum(&[], 3), 0);
    }

    proptest! {
        #[test]
        fn it_is_the_best_of_all_choices(
            sizes in proptest::collection::vec(1u32..90, 0..10),
            limit in 0u64..400,
        ) {
            let best = (0u32..1 << sizes.len())
                .map(|chosen| {
                    let lines = sizes.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
                    lines.map(|(_, units)| u64::from(*units)).sum::<u64>()
                })
                .filter(|sum| *sum <= limit)
                .max();
            let mut lines = std::collections::BTreeMap::new();
            for units in sizes {
                *lines.entry(units).or_insert(0u64) += 1;
            }
            let lines: Vec<(u32, u64)> = lines.into_iter().collect();
            prop_assert_eq!(Some(largest_sum(&lines, limit)), best);
        }
    }
}
