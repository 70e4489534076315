//! Figures for spreadsheets and data frames, in long format: a row for each number (docs/output.md, CSV).

use serde_json::Value;

use super::Document;
use super::json::{StrategyDocument, TimeKind};
use crate::measure::causes::CauseLabel;
use crate::measure::leaves::leaves;

/// The columns.
pub const COLUMNS: [&str; 9] = [
    "run", "scenario", "seed", "time", "strategy", "channel", "figure", "unit", "value",
];

/// All figures of some runs, each beside the name of its directory. `channel` is empty in the rows over all channels; what has no value has an empty cell. Every
/// value is a number: what is a word is a row of its own, whose figure ends with the word and whose value is 1.
pub fn csv<'a>(documents: impl IntoIterator<Item = (&'a str, &'a Document)>) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS).expect("a row in memory");
    for (directory, document) in documents {
        for run in &document.strategies {
            let mut row = |channel: &str, figure: &str, unit: &str, value: &str| {
                let seed = document.seed.to_string();
                let time = match document.time {
                    TimeKind::Virtual => "virtual",
                    TimeKind::Real => "real",
                };
                let (scenario, strategy) = (&document.scenario, &run.strategy);
                let cells = [
                    directory, scenario, &seed, time, strategy, channel, figure, unit, value,
                ];
                table.write_record(cells).expect("a row in memory");
            };
            push_figures(run, &document.currency, &mut row);
            push_causes(run, &mut row);
        }
    }
    let bytes = table.into_inner().expect("a table in memory");
    String::from_utf8(bytes).expect("names and numbers are UTF-8")
}

fn push_figures(
    run: &StrategyDocument,
    currency: &str,
    row: &mut impl FnMut(&str, &str, &str, &str),
) {
    let channels = run.channels.iter();
    let channels = channels.map(|(name, figures)| (name.as_str(), figures));
    for (channel, figures) in std::iter::once(("", &run.figures)).chain(channels) {
        for (figure, value) in leaves("", figures) {
            match value {
                Value::String(word) => row(channel, &format!("{figure}.{word}"), "flag", "1"),
                Value::Null => row(channel, &figure, unit(&figure, currency), ""),
                value => {
                    let unit = unit(&figure, currency);
                    row(channel, &figure, unit, &value.to_string());
                }
            }
        }
    }
}

/// Oversold units by cause, with the sums of their delays.
fn push_causes(run: &StrategyDocument, row: &mut impl FnMut(&str, &str, &str, &str)) {
    let rows = run.causes.iter().flat_map(|causes| &causes.rows);
    for cause in rows {
        let label = label_name(cause.label);
        let figure = format!("causes.{label}.units");
        row(&cause.channel, &figure, "units", &cause.units.to_string());
        for (part, value) in leaves("", &cause.delays) {
            let figure = format!("causes.{label}.delay_sum.{part}");
            row(&cause.channel, &figure, "s", &value.to_string());
        }
    }
}

/// The label as it is written in documents.
fn label_name(label: CauseLabel) -> String {
    let value = serde_json::to_value(label).unwrap_or_default();
    value.as_str().unwrap_or_default().to_string()
}

/// The unit of a figure, which its name says.
fn unit<'a>(figure: &str, currency: &'a str) -> &'a str {
    let (name, member) = figure.split_once('.').unwrap_or((figure, ""));
    match (name, member) {
        (_, "count") => "samples",
        ("calls_per_order" | "calls_per_order_split", _) => "calls/order",
        ("orders_per_simulated_s", _) => "orders/s",
        ("cost" | "cost_split", _) => currency,
        ("calls", _) => "calls",
        ("split_shipments" | "late_fulfillments", _) => "shipments",
        ("duplicate_submissions" | "unconfirmed_fulfillments", _) => "orders",
        (name, _) if name.starts_with("cancelled_by_") || name.ends_with("_orders") => "orders",
        (name, _) if name.ends_with("_units") => "units",
        (name, _) if name.ends_with("_s") => "s",
        (name, _)
            if ["_rate", "_share", "_shares"]
                .iter()
                .any(|end| name.ends_with(end)) =>
        {
            "share"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Figures;

    #[test]
    fn every_figure_has_a_unit() {
        for (figure, value) in leaves("", &Figures::default()) {
            let unit = unit(&figure, "EUR");
            assert_eq!(unit.is_empty(), value.is_string(), "{figure} in {unit:?}");
        }
        for (figure, expected) in [
            ("staleness_s.count", "samples"),
            ("staleness_s.p99", "s"),
            ("count_too_high_units", "units"),
            ("support_read_shares.over_1h", "share"),
            ("cost_split.support", "EUR"),
            ("orders_per_simulated_s", "orders/s"),
        ] {
            assert_eq!(unit(figure, "EUR"), expected, "{figure}");
        }
    }
}
