//! Plans by query text, bounded by their number and by what they weigh: the least recently used text goes first.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::plan::Plan;

/// What a text came to: a plan, or the body that says why it is none.
pub(crate) type Outcome = Result<Arc<Plan>, Arc<[u8]>>;

/// Bytes of all texts and plans together, about.
const BYTES_MAX: usize = 16 << 20;
/// Bytes of a planned field, about: fragments make more fields than a text has letters.
const FIELD_BYTES: usize = 256;

/// What is kept of a text.
fn weight(text: &str, outcome: &Outcome) -> usize {
    text.len()
        + match outcome {
            Ok(plan) => plan.fields * FIELD_BYTES,
            Err(body) => body.len(),
        }
}

/// The cache.
#[derive(Debug)]
pub(crate) struct PlanCache {
    capacity: usize,
    bytes: usize,
    uses: u64,
    entries: IndexMap<Box<str>, (Outcome, u64), FxBuildHasher>,
}

impl PlanCache {
    /// An empty cache for so many texts.
    pub(crate) fn new(capacity: usize) -> PlanCache {
        PlanCache {
            capacity: capacity.max(1),
            bytes: 0,
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
        let bytes = weight(text, &outcome);
        if bytes > BYTES_MAX {
            return outcome;
        }
        while self.entries.len() >= self.capacity || self.bytes + bytes > BYTES_MAX {
            self.forget_oldest();
        }
        self.bytes += bytes;
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
        if let Some((text, (outcome, _))) = self.entries.swap_remove_index(position) {
            self.bytes -= weight(&text, &outcome);
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
    fn is_bounded_by_what_texts_and_plans_weigh() {
        let mut cache = PlanCache::new(1_000);
        let mut ask = |text: String, fields: usize| {
            let operations = Vec::new();
            let plan = Plan { operations, fields };
            let _ = cache.get_or_make(&text, || Ok(Arc::new(plan)));
            cache.len()
        };
        for number in 0..40 {
            let kept = ask(format!("{number} {}", "x".repeat(2_000_000)), 0);
            assert!(kept <= 8, "16 MiB hold eight of them");
        }
        for number in 0..40 {
            let kept = ask(format!("plan {number}"), 10_000);
            assert!(kept <= 8, "a plan of 10,000 fields weighs 2.5 MB");
        }
        let before = ask("small".to_owned(), 1);
        assert_eq!(ask("x".repeat(BYTES_MAX + 1), 0), before, "not kept at all");
    }
}
