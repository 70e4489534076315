//! Lost sales over oversold units: a point for each contender, and one for each reference (docs/theory.md A9.6).

use serde::Serialize;

use super::json::Document;

/// A point, and what else tells two of them apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The contender, or the reference.
    pub name: String,
    /// `contender`, or `reference`.
    pub kind: &'static str,
    /// Units oversold.
    pub oversold_units: u64,
    /// Units that the pool sells less those sold that existed; where nobody replayed the buyers, sales lost to caution.
    pub lost_units: i64,
    /// Units sold.
    pub accepted_units: u64,
    /// Calls to channels per accepted order.
    pub calls_per_order: Option<f64>,
}

/// The contenders in their order, then the references that oversell none: the pool, and the partition floor.
pub fn points(document: &Document) -> Vec<Point> {
    let contenders = document.strategies.iter().map(|run| {
        let figures = &run.figures;
        let caution = i64::try_from(figures.net_undersell_units).unwrap_or(i64::MAX);
        Point {
            name: run.strategy.clone(),
            kind: "contender",
            oversold_units: figures.oversold_units,
            lost_units: figures.lost_against_pool_units.unwrap_or(caution),
            accepted_units: figures.accepted_units,
            calls_per_order: figures.calls_per_order,
        }
    });
    let references = document.references.iter().flat_map(|it| {
        let (pool, floor) = (it.pool_units, it.partition_floor_units);
        [("pool", pool), ("partition floor", floor)].map(|(name, units)| Point {
            name: name.to_string(),
            kind: "reference",
            oversold_units: 0,
            lost_units: pool as i64 - units as i64,
            accepted_units: units,
            calls_per_order: None,
        })
    });
    contenders.chain(references).collect()
}
