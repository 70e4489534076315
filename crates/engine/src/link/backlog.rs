//! What is still to be asked for, each thing once, in the order in which it was first wanted.

use std::collections::VecDeque;
use std::hash::Hash;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// A queue without repetitions. A whole catalogue may wait in it and leave one row at a time, so its front is given up without
/// moving what stands behind.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(bound(deserialize = "T: serde::Deserialize<'de> + Eq + Hash"))]
pub(super) struct Backlog<T> {
    order: VecDeque<T>,
    members: IndexSet<T, FxBuildHasher>,
}

impl<T: Copy + Eq + Hash> Backlog<T> {
    pub(super) fn new() -> Backlog<T> {
        Backlog {
            order: VecDeque::new(),
            members: IndexSet::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Adds what is not waiting already, at the end.
    pub(super) fn insert(&mut self, item: T) {
        if self.members.insert(item) {
            self.order.push_back(item);
        }
    }

    /// The first `count` of what waits, or all of it.
    pub(super) fn first(&self, count: usize) -> Vec<T> {
        self.order.iter().take(count).copied().collect()
    }

    /// Gives up the first `count` of what waits.
    pub(super) fn drop_first(&mut self, count: usize) {
        for item in self.order.drain(..count.min(self.order.len())) {
            self.members.swap_remove(&item);
        }
    }
}

impl<T: Copy + Eq + Hash> Extend<T> for Backlog<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keeps_the_order_of_first_wishes(steps in prop::collection::vec((0u8..12, 0usize..4), 0..60)) {
            let mut backlog = Backlog::new();
            let mut plain: Vec<u8> = Vec::new();
            for (item, dropped) in steps {
                backlog.insert(item);
                if !plain.contains(&item) {
                    plain.push(item);
                }
                prop_assert_eq!(backlog.first(3), plain[..plain.len().min(3)].to_vec());
                backlog.drop_first(dropped);
                plain.drain(..dropped.min(plain.len()));
                prop_assert_eq!(backlog.is_empty(), plain.is_empty());
            }
        }
    }
}
