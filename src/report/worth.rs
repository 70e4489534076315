//! What a budget of `escrow` is worth against none in the same run (docs/strategies.md, "A budget").

use super::findings::WITHIN_BUDGET;
use super::json::{Document, StrategyDocument};
use super::number::{count, counted, percent, signed};
use crate::measure::{BuiltInStrategy, share_of};

/// Two runs of `escrow` on one seed: with a budget, and without.
#[derive(Copy, Clone, Debug)]
pub struct Worth<'a> {
    with: &'a StrategyDocument,
    without: &'a StrategyDocument,
}

impl<'a> Worth<'a> {
    /// One for each contender that has a budget, where one without stands beside it.
    pub fn all(document: &'a Document) -> Vec<Worth<'a>> {
        let escrow = BuiltInStrategy::Escrow.name();
        let is_escrow = |run: &StrategyDocument| run.strategy.split(':').next() == Some(escrow);
        let has_budget =
            |run: &StrategyDocument| run.guarantees.iter().any(|it| it.name == WITHIN_BUDGET);
        let runs = || document.strategies.iter().filter(|run| is_escrow(run));
        let mut plain: Vec<&StrategyDocument> = runs().filter(|run| !has_budget(run)).collect();
        plain.sort_by_key(|run| run.strategy.len());
        let Some(&without) = plain.first() else {
            return Vec::new();
        };
        let with = runs().filter(|run| has_budget(run));
        with.map(|with| Worth { with, without }).collect()
    }

    /// Units sold that existed beyond those without a budget.
    pub fn sales(&self) -> i64 {
        let existed = |run: &StrategyDocument| {
            run.figures.accepted_units as i64 - run.figures.oversold_units as i64
        };
        existed(self.with) - existed(self.without)
    }

    /// What it saves of all costs of the run, at the scenario's prices; below zero where it costs more.
    pub fn money(&self) -> f64 {
        self.without.figures.cost - self.with.figures.cost
    }

    /// The part of it that is lost sales.
    fn lost_sales(&self) -> f64 {
        let lost = |run: &StrategyDocument| run.figures.cost_split.lost_sales;
        lost(self.without) - lost(self.with)
    }

    /// `escrow:budget=0.01%: 0.0092 % oversold (3 units) buys 9,700 sales: +171,900 USD against escrow (...)`.
    pub fn sentence(&self, currency: &str) -> String {
        let figures = &self.with.figures;
        let oversold = match share_of(figures.oversold_units, figures.accepted_units) {
            Some(share) if figures.oversold_units > 0 => format!(
                "{} oversold ({})",
                percent(share),
                counted(figures.oversold_units, "unit")
            ),
            _ => "nothing oversold".to_string(),
        };
        let sales = match self.sales() {
            units if units > 0 => format!("buys {}", counted(units.unsigned_abs(), "sale")),
            0 => "buys no sale".to_string(),
            units => format!("loses {}", counted(units.unsigned_abs(), "sale")),
        };
        let amount = |amount: f64| signed(Some(amount.round() as i64));
        let more = |saved: f64| {
            let units = count(saved.abs().round() as u64);
            format!("{units} {}", if saved < 0.0 { "more" } else { "less" })
        };
        format!(
            "{}: {oversold} {sales}: {} {currency} against {} (lost sales cost {}, everything else {}).",
            self.with.strategy,
            amount(self.money()),
            self.without.strategy,
            more(self.lost_sales()),
            more(self.money() - self.lost_sales())
        )
    }
}

/// A sentence for each budget of the run.
pub fn sentences(document: &Document) -> Vec<String> {
    let all = Worth::all(document).into_iter();
    all.map(|worth| worth.sentence(&document.currency))
        .collect()
}
