//! Why units were oversold (docs/causes.md): from the ledger alone, for every contender, foreign engines included.

mod model;

pub use model::{CauseLabel, CauseRow, Causes, Chain, DelayParts, Link, Step, WorstSku};
