//! Random streams of calls: one for each operation, keyed by its name, and for each call of it.

use indexmap::IndexMap;
use oversell_kernel::Stream;
use oversell_kernel::random::{hash_text, mix};
use rustc_hash::FxBuildHasher;

/// Hands out the stream of the next call of an operation. A key is a name and never a place in a table, so that an operation
/// added to a platform moves no draw of another (law 3).
#[derive(Clone, Debug)]
pub struct CallStreams {
    key: u64,
    /// Key and calls so far, by operation.
    operations: IndexMap<&'static str, (u64, u64), FxBuildHasher>,
}

impl CallStreams {
    /// Streams of one purpose; `key` names it (see [`oversell_kernel::Seed::key`]).
    pub fn new(key: u64) -> CallStreams {
        CallStreams {
            key,
            operations: IndexMap::default(),
        }
    }

    /// The stream of the next call of an operation.
    pub fn next(&mut self, operation: &'static str) -> Stream {
        let purpose = self.key;
        let (key, calls) = self
            .operations
            .entry(operation)
            .or_insert_with(|| (mix(purpose, hash_text(operation)), 0));
        *calls += 1;
        Stream::new(*key, *calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_one_operation_move_no_draw_of_another() {
        let mut alone = CallStreams::new(7);
        let mut beside = CallStreams::new(7);
        for _ in 0..3 {
            beside.next("orders");
            let (own, same) = (alone.next("products"), beside.next("products"));
            assert_eq!(own.clone().next_u64(), same.clone().next_u64());
        }
        let (first, second) = (
            alone.next("products").next_u64(),
            alone.next("products").next_u64(),
        );
        assert_ne!(first, second);
    }
}
