//! What a document may be at most, judged in the order in which it becomes known: bytes before tokens, tokens and nesting
//! while they are read, work while it is done. The platform's own bounds are not published; a hundredfold of the largest
//! documents seen in its recordings (650 tokens, 13 levels) is let through here (assumed, docs/platforms/shopify.md 2.6).

use crate::shopify::api::graphql::syntax::Limits;

/// Bounds of one document.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Bounds {
    /// Bytes of its text.
    pub(crate) bytes_max: usize,
    /// Tokens, levels and selections of its text.
    pub(crate) syntax: Limits,
    /// Fields that it comes to when fragments are spread, at most; nothing is executed of a larger one.
    pub(crate) planned_fields_max: usize,
    /// Levels of fields inside one another when fragments are spread.
    pub(crate) planned_depth_max: usize,
    /// Steps of validation and lowering.
    pub(crate) steps_max: u64,
}

impl Bounds {
    /// What a shop reads.
    pub(crate) const SERVED: Bounds = Bounds {
        bytes_max: 256 * 1024,
        syntax: Limits {
            tokens_max: 65_000,
            depth_max: 64,
            selections_max: 5_000,
        },
        planned_fields_max: 10_000,
        planned_depth_max: 100,
        steps_max: 300_000,
    };
}
