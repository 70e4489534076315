//! What the buyers could have been sold, in words.

use super::number::{count, counted};
use crate::measure::ReferenceFigures;

/// `The pool, one shared counter without delay, sells 36,375 units to these buyers; ...`
pub fn references_words(references: &ReferenceFigures) -> String {
    format!(
        "The pool, one shared counter without delay, sells {} to these buyers and none twice. Whoever knew the future could sell \
         {} at most (the bound). With the last units of each SKU left where most is bought it is {} (the partition floor).",
        counted(references.pool_units, "unit"),
        count(references.bound_units),
        count(references.partition_floor_units)
    )
}
