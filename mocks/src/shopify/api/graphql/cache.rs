//! Plans by query text, bounded by their number and by the bytes of their texts: the least recently used text goes first.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::plan::Plan;

/// What a text came to: a plan, or the body that says why it is none.
pub(crate) type Outcome = Result<Arc<Plan>, Arc<[u8]>>;

/// Bytes of all texts together. What is kept of a text is in proportion to it.
const TEXT_BYTES_MAX: usize = 2 << 20;

/// The cache.
#[derive(Debug)]
pub(crate) struct PlanCache {
    capacity: usize,
    text_bytes: usize,
    uses: u64,
    entries: IndexMap<Box<str>, (Outcome, u64), FxBuildHasher>,
}

impl PlanCache {
    /// An empty cache for so many texts.
    pub(crate) fn new(capacity: usize) -> PlanCache {
        PlanCache {
            capacity: capacity.max(1),
            text_bytes: 0,
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
        if text.len() > TEXT_BYTES_MAX {
            return outcome;
        }
        while self.entries.len() >= self.capacity || self.text_bytes + text.len() > TEXT_BYTES_MAX {
            self.forget_oldest();
        }
        self.text_bytes += text.len();
        self.entries
            .insert(text.into(), (outcome.clone(), self.uses));
        outcome
    }

    fn forget_oldest(&mut self) {
        let uses = self.entries.values().enumerate();
        let oldest = uses.min_by_key(|(_, (_, last_use))| *last_use);
        let Some((position, _)) = oldest else {
            return;
        };
        if let Some((text, _)) = self.entries.swap_remove_index(position) {
            self.text_bytes -= text.len();
        }
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

    #[test]
    fn is_bounded_by_the_bytes_of_its_texts() {
        let mut cache = PlanCache::new(1_000);
        let mut ask = |text: String| {
            let _ = cache.get_or_make(&text, || Err(Arc::from(&b"no"[..])));
            cache.len()
        };
        for number in 0..40 {
            let text = format!("{number} {}", "x".repeat(200_000));
            assert!(ask(text) <= 10, "2 MiB hold ten of them");
        }
        assert_eq!(ask("x".repeat(TEXT_BYTES_MAX + 1)), 10, "not kept at all");
        assert_eq!(ask("small".to_owned()), 11);
    }
}
