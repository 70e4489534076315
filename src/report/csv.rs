//! Figures for spreadsheets and data frames: a row for each, `strategy,channel,figure,value`.

use super::Document;
use crate::measure::leaves::leaves;

/// All figures of a document. `channel` is empty in the rows over all channels; what has no value has an empty cell.
pub fn csv(document: &Document) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut row = |cells: [&str; 4]| table.write_record(cells).expect("a row in memory");
    row(["strategy", "channel", "figure", "value"]);
    for run in &document.strategies {
        let channels = run
            .channels
            .iter()
            .map(|(name, figures)| (name.as_str(), figures));
        for (channel, figures) in std::iter::once(("", &run.figures)).chain(channels) {
            for (figure, value) in leaves("", figures) {
                let value = if value.is_null() {
                    String::new()
                } else {
                    value.to_string()
                };
                row([&run.strategy, channel, &figure, &value]);
            }
        }
    }
    let bytes = table.into_inner().expect("a table in memory");
    String::from_utf8(bytes).expect("names and numbers are UTF-8")
}
