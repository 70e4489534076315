//! What comes due by itself, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use oversell_kernel::Micros;

/// Things that come due in order of time; at equal times in the order in which they were set.
#[derive(Debug)]
pub(crate) struct Timers<D> {
    heap: BinaryHeap<Reverse<(Micros, u64, D)>>,
    sequence: u64,
}

impl<D: Ord> Default for Timers<D> {
    fn default() -> Timers<D> {
        Timers {
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }
}

impl<D: Copy + Ord> Timers<D> {
    /// Lets something be due at a time.
    pub(crate) fn set(&mut self, at: Micros, due: D) {
        self.sequence += 1;
        self.heap.push(Reverse((at, self.sequence, due)));
    }

    /// What comes due next.
    pub(crate) fn peek(&self) -> Option<(Micros, D)> {
        self.heap.peek().map(|Reverse((at, _, due))| (*at, *due))
    }

    /// Takes what comes due next.
    pub(crate) fn pop(&mut self) -> Option<(Micros, D)> {
        self.heap.pop().map(|Reverse((at, _, due))| (at, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_come_in_the_order_in_which_they_were_set() {
        let mut timers = Timers::default();
        for (at, due) in [(7, 'z'), (3, 'm'), (7, 'a'), (4, 'q')] {
            timers.set(Micros(at), due);
        }
        assert_eq!(timers.peek(), Some((Micros(3), 'm')));
        let order: Vec<char> = std::iter::from_fn(|| timers.pop())
            .map(|(_, due)| due)
            .collect();
        assert_eq!(order, ['m', 'q', 'z', 'a']);
    }
}
