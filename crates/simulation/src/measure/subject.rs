//! Who is measured: a built-in strategy, or an engine of someone else's.

use super::figures::DisplayedCounts;
use crate::engine::config::{Promise, Strategy, StrategySettings};

/// An engine as figures and verdicts know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    name: String,
    /// The strategy whose meaning of displayed counts it shares.
    like: Strategy,
    built_in: bool,
    promises: Vec<Promise>,
    books: Books,
    may_be_nobody: bool,
    /// Whether it holds back what nobody else knows, so that its counts are judged as quotas are.
    holds_back_in_secret: bool,
    /// What it may oversell of the units it sells, in billionths; `None` when nothing.
    budget_billionths: Option<u64>,
}

/// Where a contender's orders go.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Books {
    /// To the warehouse.
    Warehouse,
    /// To books of its own, which nobody sees: ingestion and shipping are not judged.
    Own,
    /// Books of its own if it never calls the warehouse.
    FoundOut,
}

impl From<Strategy> for Subject {
    fn from(strategy: Strategy) -> Subject {
        Subject {
            name: strategy.name().to_string(),
            like: strategy,
            built_in: true,
            promises: strategy.describe().promises.to_vec(),
            books: Books::Warehouse,
            may_be_nobody: false,
            holds_back_in_secret: false,
            budget_billionths: None,
        }
    }
}

impl Subject {
    /// An engine that is not built in, under a name that no strategy has. `counts_are_quotas`: whether what it displays
    /// is a quota of each channel's own rather than the whole stock (docs/theory.md B has two meanings of staleness).
    pub fn foreign(name: String, counts_are_quotas: bool, promises: Vec<Promise>) -> Subject {
        Subject {
            name,
            like: if counts_are_quotas {
                Strategy::Escrow
            } else {
                // The plain one of those that display the whole stock: without a buffer, and without a prediction.
                Strategy::Trigger
            },
            built_in: false,
            promises,
            books: Books::FoundOut,
            may_be_nobody: false,
            holds_back_in_secret: false,
            budget_billionths: None,
        }
    }

    /// Under another name in reports.
    #[must_use]
    pub fn named(self, name: &str) -> Subject {
        Subject {
            name: name.to_string(),
            ..self
        }
    }

    /// Says where its orders go. A strategy's own stay.
    #[must_use]
    pub fn with_books(self, books: Books) -> Subject {
        let books = if self.built_in { self.books } else { books };
        Subject { books, ..self }
    }

    /// Whoever comes to served shops, if anybody does: judged only by what it is seen to take part in.
    pub fn whoever_comes(name: String, counts_are_quotas: bool) -> Subject {
        Subject {
            may_be_nobody: true,
            ..Subject::foreign(name, counts_are_quotas, Vec::new())
        }
    }

    /// Under these settings of the built-in strategies: one that may oversell a share of what it sells promises nothing
    /// about single units (docs/theory.md A9).
    #[must_use]
    pub fn under(mut self, settings: &StrategySettings) -> Subject {
        self.holds_back_in_secret = self.built_in
            && settings.displays_whole_stock(self.like) != self.like.displays_whole_stock();
        if self.built_in && settings.may_oversell(self.like) {
            self.promises.retain(|it| *it != Promise::NoOversell);
            self.promises.push(Promise::OversoldWithinBudget);
            self.budget_billionths = Some((settings.budget(self.like) * 1e9).round() as u64);
        }
        self
    }

    /// Units that it may oversell for each unit sold, as an expectation; zero when it was told what a saved sale is worth
    /// instead, and `None` when it must oversell none.
    pub fn budget(&self) -> Option<f64> {
        self.budget_billionths.map(|it| it as f64 / 1e9)
    }

    /// Where its orders go.
    pub fn books(&self) -> Books {
        self.books
    }

    /// Whether perhaps nobody came.
    pub fn may_be_nobody(&self) -> bool {
        self.may_be_nobody
    }

    /// The name in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The strategy whose meaning of displayed counts it shares; its own if it is built in.
    pub fn like(&self) -> Strategy {
        self.like
    }

    /// Whether theory predicts what it oversells.
    pub fn is_predicted(&self) -> bool {
        self.built_in && self.like.describe().is_predicted && !self.holds_back_in_secret
    }

    /// Whether it is this built-in strategy.
    pub fn is(&self, strategy: Strategy) -> bool {
        self.built_in && self.like == strategy
    }

    /// Whether its counts stand for the whole stock.
    pub fn displays_whole_stock(&self) -> bool {
        self.like.displays_whole_stock() && !self.holds_back_in_secret
    }

    /// Whether several of its channels may show the same unit although its counts do not stand for the whole stock.
    pub fn shares_quotas(&self) -> bool {
        self.budget_billionths.is_some() || self.holds_back_in_secret
    }

    /// What its counts stand for.
    pub fn displayed_counts(&self) -> DisplayedCounts {
        if self.displays_whole_stock() {
            DisplayedCounts::WholeStock
        } else {
            DisplayedCounts::Quotas
        }
    }

    /// What it promises.
    pub fn promised(&self) -> &[Promise] {
        &self.promises
    }

    /// Whether it promises a guarantee.
    pub fn promises(&self, promise: Promise) -> bool {
        self.promises.contains(&promise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Escrow with a budget no longer promises that no unit is oversold, and keeps its other promises.
    #[test]
    fn a_budget_takes_the_promise_about_single_units_away() {
        let mut settings = StrategySettings::default();
        let escrow = || Subject::from(Strategy::Escrow);
        assert_eq!(escrow().under(&settings), escrow());
        settings.escrow.budget = "0.01%".parse().unwrap();
        let with_budget = escrow().under(&settings);
        assert!(!with_budget.promises(Promise::NoOversell));
        assert!(with_budget.promises(Promise::Converged));
        assert!(with_budget.promises(Promise::OversoldWithinBudget));
        assert_eq!(with_budget.budget(), Some(1e-4));
        let informed = Subject::from(Strategy::InformedEscrow);
        assert_eq!(informed.clone().under(&settings), informed);
    }

    #[test]
    fn a_foreign_engine_is_no_strategy_and_promises_what_it_says() {
        let engine = Subject::foreign("mine".into(), false, vec![Promise::NoOversell]);
        assert!(Strategy::ALL.iter().all(|&strategy| !engine.is(strategy)));
        assert!(engine.displays_whole_stock());
        assert!(engine.promises(Promise::NoOversell) && !engine.promises(Promise::Converged));
        let quotas = Subject::foreign("mine".into(), true, Vec::new());
        assert!(!quotas.displays_whole_stock() && !quotas.is(Strategy::Escrow));
        assert!(!quotas.promises(Promise::NoOversell));
        let mirror = Subject::from(Strategy::Mirror);
        assert!(mirror.is(Strategy::Mirror) && mirror.name() == "mirror");
    }
}
