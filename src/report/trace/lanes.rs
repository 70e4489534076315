//! Rows for what overlaps: slices of a row must lie inside or beside each other.

/// Gives each of several slices, in the order of their beginnings, the first row that is free.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    free_from: Vec<u64>,
}

impl Lanes {
    /// The row, from 0, of a slice that begins then and has that length.
    pub fn take(&mut self, at: u64, length: u64) -> u32 {
        let ends = at + length;
        let found = self.free_from.iter().position(|free| *free <= at);
        let lane = found.unwrap_or(self.free_from.len());
        match self.free_from.get_mut(lane) {
            Some(free) => *free = ends,
            None => self.free_from.push(ends),
        }
        lane as u32
    }

    /// How many rows there are.
    pub fn count(&self) -> u32 {
        self.free_from.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_stands_in_rows_of_its_own() {
        let mut lanes = Lanes::default();
        let slices = [(0, 10), (2, 3), (4, 9), (5, 1), (10, 1), (12, 5)];
        let taken: Vec<u32> = slices.map(|(at, length)| lanes.take(at, length)).into();
        assert_eq!(taken, [0, 1, 2, 1, 0, 0]);
        assert_eq!(lanes.count(), 3);
    }
}
