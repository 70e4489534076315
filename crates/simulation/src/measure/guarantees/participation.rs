//! What the contender took part in. Nobody is judged for what he leaves to others: an engine with books of its own never
//! hands an order to the warehouse, and where shops are merely served perhaps nobody came.

use channel_mocks::core::Cause;
use serde::{Deserialize, Serialize};

use crate::engine::config::Promise;
use crate::measure::subject::{Books, Subject};
use crate::world::ledger::{CallTarget, Entry};

/// What the contender took part in; guarantees about anything else are not judged.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct TookPart {
    /// It makes calls.
    pub calls: bool,
    /// It keeps counts.
    pub counts: bool,
    /// It hands orders to the warehouse, rather than to books of its own.
    pub orders: bool,
}

impl Default for TookPart {
    fn default() -> TookPart {
        TookPart {
            calls: true,
            counts: true,
            orders: true,
        }
    }
}

/// What was seen of the contender.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Signs {
    called: bool,
    called_warehouse: bool,
    wrote_count: bool,
    handed_over_order: bool,
}

impl Signs {
    pub fn record(&mut self, entry: &Entry) {
        match *entry {
            Entry::Call { target, .. } => {
                self.called = true;
                self.called_warehouse |= target == CallTarget::Warehouse;
            }
            Entry::Displayed {
                cause: Cause::Write { .. },
                ..
            } => self.wrote_count = true,
            Entry::Ingested { .. } | Entry::OrderUnknown { .. } => self.handed_over_order = true,
            _ => {}
        }
    }

    pub fn took_part(self, subject: &Subject) -> TookPart {
        if subject.may_be_nobody() {
            // Whoever tries a call or two is no engine yet.
            return TookPart {
                calls: self.called,
                counts: self.wrote_count || self.handed_over_order,
                orders: self.handed_over_order,
            };
        }
        TookPart {
            orders: match subject.books() {
                Books::Warehouse => true,
                Books::Own => false,
                // Who promises to hand orders over is judged by it, whatever he does.
                Books::FoundOut => {
                    self.called_warehouse || subject.promises(Promise::EveryOrderIngested)
                }
            },
            ..TookPart::default()
        }
    }
}
