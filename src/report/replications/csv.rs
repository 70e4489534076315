//! Means for spreadsheets: `contender,against,channel,figure,runs,mean,half_width,standard_deviation,least,most`.

use crate::experiment::replications::{Estimates, ReplicationsDocument};
use crate::measure::causes::CauseLabel;

/// A label as documents have it: `in_flight`.
fn name_of(label: CauseLabel) -> String {
    let name = serde_json::to_value(label).unwrap_or_default();
    name.as_str().unwrap_or_default().to_string()
}

/// Every mean of a document, and every paired difference, whose rows say against whom. What has no value has an empty cell.
pub fn csv(document: &ReplicationsDocument) -> String {
    let mut table = ::csv::Writer::from_writer(Vec::new());
    let header = [
        "contender",
        "against",
        "channel",
        "figure",
        "runs",
        "mean",
        "half_width",
        "standard_deviation",
        "least",
        "most",
    ];
    table.write_record(header).expect("a row in memory");
    let mut rows = |contender: &str, against: &str, channel: &str, estimates: &Estimates| {
        let number = |value: Option<f64>| value.map(|it| it.to_string()).unwrap_or_default();
        for (figure, it) in estimates {
            let row = [
                contender,
                against,
                channel,
                figure,
                &it.runs.to_string(),
                &number(it.mean),
                &number(it.half_width),
                &number(it.standard_deviation),
                &number(it.least),
                &number(it.most),
            ];
            table.write_record(row).expect("a row in memory");
        }
    };
    for summary in &document.summaries {
        rows(&summary.contender, "", "", &summary.figures);
        for (channel, estimates) in &summary.channels {
            rows(&summary.contender, "", channel, estimates);
        }
    }
    for summary in &document.summaries {
        let Some(causes) = &summary.causes else {
            continue;
        };
        for it in causes.labels.iter().chain(&causes.channels) {
            let figure = format!("causes.{}.units", name_of(it.label));
            let channel = it.channel.as_deref().unwrap_or_default();
            let estimates = Estimates::from([(figure, it.per_run)]);
            rows(&summary.contender, "", channel, &estimates);
        }
    }
    for difference in &document.differences {
        rows(
            &difference.contender,
            &difference.against,
            "",
            &difference.figures,
        );
    }
    let bytes = table.into_inner().expect("a table in memory");
    String::from_utf8(bytes).expect("names and numbers are UTF-8")
}
