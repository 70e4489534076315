//! Plans by query text, bounded: the least recently used text goes first.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::plan::Plan;

/// What a text came to: a plan, or the body that says why it is none.
pub(crate) type Outcome = Result<Arc<Plan>, Arc<[u8]>>;

/// The cache.
#[derive(Debug)]
pub(crate) struct PlanCache {
    capacity: usize,
    uses: u64,
    entries: IndexMap<Box<str>, (Outcome, u64), FxBuildHasher>,
}

impl PlanCache {
    /// An empty cache for so many texts.
    pub(crate) fn new(capacity: usize) -> PlanCache {
        PlanCache {
            capacity,
            uses: 0,
            entries: IndexMap::default(),
        }
    }

    /// The outcome for the text, made by `make` when it is not known yet.
    pub(crate) fn get_or_make(&mut self, text: &str, make: impl FnOnce() -> Outcome) -> Outcome {
        self.uses += 1;
        if let Some((outcome, last_use)) = self.entries.get_mut(text) {
            *last_use = self.uses;
            return outcome.clone();
        }
        let outcome = make();
        if self.entries.len() >= self.capacity {
            let oldest = self
                .entries
                .values()
                .enumerate()
                .min_by_key(|(_, (_, last_use))| *last_use);
            if let Some((position, _)) = oldest {
                self.entries.swap_remove_index(position);
            }
        }
        self.entries
            .insert(text.into(), (outcome.clone(), self.uses));
        outcome
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_and_forgets_the_least_recently_used() {
        let made = std::cell::Cell::new(0);
        let mut cache = PlanCache::new(2);
        let mut ask = |text: &str| {
            let _ = cache.get_or_make(text, || {
                made.set(made.get() + 1);
                Err(Arc::from(&b"no"[..]))
            });
            cache.len()
        };
        ask("a");
        ask("b");
        ask("a");
        assert_eq!(ask("c"), 2, "b is forgotten");
        ask("a");
        assert_eq!(made.get(), 3);
        ask("b");
        assert_eq!(made.get(), 4);
    }
}
