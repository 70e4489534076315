//! What the buyers could have been sold, in words.

use super::number::{count, counted};
use crate::measure::ReferenceFigures;

/// What the rows about the pool are measured against, where its units differ from run to run.
pub const POOL_WORDS: &str = "The pool: what one shared counter without delay sells to the same buyers, none twice. Above it: all units sold less \
     the pool's. Against it: the pool's less those sold that existed; below zero where more of them were sold than by the pool, which \
     refuses an order that does not fit.";

/// `The pool, one shared counter without delay, sells 36,375 units to these buyers; ...`
pub fn references_words(references: &ReferenceFigures) -> String {
    format!(
        "The pool, one shared counter without delay, sells {} to these buyers and none twice. Whoever knew the future could sell \
         {} at most (the bound), beside units that platforms put back by themselves. With the last units of each SKU left where most is bought it is {} (the partition floor).",
        counted(references.pool_units, "unit"),
        count(references.bound_units),
        count(references.partition_floor_units)
    )
}
