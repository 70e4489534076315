//! Refunds and their lines.

use super::span::Span;
use super::state::State;
use crate::core::Micros;

/// What a refund did with the units (docs/platforms/shopify.md 3.2).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum RestockType {
    NoRestock,
    Cancel,
    Return,
}

impl RestockType {
    /// GraphQL's word and the payloads' word.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            RestockType::NoRestock => ("NO_RESTOCK", "no_restock"),
            RestockType::Cancel => ("CANCEL", "cancel"),
            RestockType::Return => ("RETURN", "return"),
        }
    }

    /// By GraphQL's word or the payloads' word.
    pub(crate) fn named(word: &str) -> Option<RestockType> {
        [
            RestockType::NoRestock,
            RestockType::Cancel,
            RestockType::Return,
        ]
        .into_iter()
        .find(|kind| kind.words().0 == word || kind.words().1 == word)
    }
}

/// Why a refund pays back more or less than its lines cost.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Discrepancy {
    #[default]
    Other,
    Customer,
    Damage,
    Restock,
}

impl Discrepancy {
    /// By the word of an input, GraphQL's or REST's.
    pub(crate) fn named(word: &str) -> Option<Discrepancy> {
        Some(match word.to_ascii_lowercase().as_str() {
            "customer" => Discrepancy::Customer,
            "damage" => Discrepancy::Damage,
            "restock" => Discrepancy::Restock,
            "other" => Discrepancy::Other,
            _ => return None,
        })
    }

    /// GraphQL's word, and REST's text.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Discrepancy::Other => ("REFUND_DISCREPANCY", "Refund discrepancy"),
            Discrepancy::Customer => ("CUSTOMER", "Customer"),
            Discrepancy::Damage => ("DAMAGE", "Damage"),
            Discrepancy::Restock => ("RESTOCK", "Restock"),
        }
    }
}

/// A refund.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    /// Its order.
    pub(crate) order: u32,
    /// When.
    pub(crate) created_at: Micros,
    /// How much.
    pub(crate) amount_cents: i64,
    /// How much of it is for shipping.
    pub(crate) shipping_cents: i64,
    /// By how much it is less than what it is of costs; negative where it is more.
    pub(crate) discrepancy_cents: i64,
    /// Why.
    pub(crate) discrepancy: Discrepancy,
    /// Its lines.
    pub(crate) lines: Span,
    /// The order's refund before it.
    pub(crate) previous: u32,
}

/// A line of a refund.
#[derive(Clone, Debug)]
pub(crate) struct RefundLine {
    /// The order's line.
    pub(crate) line: u32,
    /// Units.
    pub(crate) quantity: u32,
    /// Where units went back to stock.
    pub(crate) location: u16,
    /// What was to become of the units.
    pub(crate) restock: RestockType,
    /// Whether they went back to stock: those of a product that was deleted before do not.
    pub(crate) is_restocked: bool,
}

impl State {
    /// A line of a refund that is made now.
    pub(crate) fn refund_line(
        &self,
        line: u32,
        quantity: u32,
        location: u16,
        restock: RestockType,
    ) -> RefundLine {
        RefundLine {
            line,
            quantity,
            location,
            restock,
            is_restocked: restock != RestockType::NoRestock && !self.is_line_delisted(line),
        }
    }
}
