//! A history of another time than the scenario's is taken, with a notice.

use super::{Exit, Failure, Streams};
use crate::engine::Micros;
use crate::scenario::{Diagnostic, Scenario};
use crate::world::{HistorySpan, history_span};
use oversell_kernel::{Epoch, Zone};

/// A history that ends so long before the scenario starts is of another time.
const FAR: Micros = Micros::from_secs(7 * 86_400);

/// Tells of what time the scenario's history is, where that is not the time before its start. A replay's orders have a time of their
/// own, and nothing is told of it.
///
/// # Errors
/// When the log cannot be read, a line of it cannot be used, or there is none.
pub(super) fn notice(scenario: &Scenario, streams: &mut Streams) -> Result<(), Failure> {
    let (Some(path), None) = (&scenario.history, &scenario.replay) else {
        return Ok(());
    };
    let span =
        history_span(path).map_err(|error| Failure::new(Exit::Usage, Diagnostic::from(error)))?;
    let Ok((start, zone)) = Epoch::parse_start(&scenario.start) else {
        return Ok(());
    };
    if let Some(apart) = apart(span, start, &zone) {
        streams.tell(&format!(
            "note: {} is of another time: {apart}. What it sold in its last {} counts as sold right before the run; seasons \
             and what has changed since are not known",
            path.display(),
            days(span.counts()),
        ));
    }
    Ok(())
}

/// How a history and a start lie apart, if they do.
fn apart(span: HistorySpan, start: Epoch, zone: &Zone) -> Option<String> {
    let day = |unix_micros: i64| {
        let mut text = Vec::new();
        Epoch { unix_micros }.write_seconds_in(Micros::ZERO, zone, &mut text);
        text.truncate("2026-11-20".len());
        String::from_utf8_lossy(&text).into_owned()
    };
    let before = start.unix_micros.saturating_sub(span.last_unix_micros);
    let from_to = format!(
        "it goes from {} to {}",
        day(span.first_unix_micros),
        day(span.last_unix_micros)
    );
    let starts = format!("the scenario starts on {}", day(start.unix_micros));
    let where_in_it = match start.unix_micros <= span.first_unix_micros {
        true => "before all of it",
        false => "before its end",
    };
    match u64::try_from(before) {
        Err(_) | Ok(0) => Some(format!(
            "{from_to}, and {starts}, {where_in_it}, so that engines know what is still to come"
        )),
        Ok(before) if before > FAR.0 => Some(format!(
            "{from_to}, and {starts}, {} later",
            days(Micros(before))
        )),
        Ok(_) => None,
    }
}

fn days(time: Micros) -> String {
    let hours = time.as_secs_f64() / 3_600.0;
    match hours {
        ..48.0 => format!("{} h", hours.round().max(1.0)),
        _ => format!("{} days", (hours / 24.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_history_of_another_time_is_told_of() {
        let at = |text: &str| Epoch::parse_unix_micros(text).unwrap();
        let (start, zone) = Epoch::parse_start("2026-11-20T18:30:00Z").unwrap();
        let apart = |first: &str, last: &str| {
            let span = HistorySpan {
                first_unix_micros: at(first),
                last_unix_micros: at(last),
            };
            apart(span, start, &zone)
        };
        assert_eq!(apart("2026-10-01T00:00Z", "2026-11-20T18:29Z"), None);
        assert_eq!(apart("2026-10-01T00:00Z", "2026-11-13T18:30Z"), None);
        let far = apart("2024-02-28T23:00Z", "2026-11-13T18:29Z").unwrap();
        assert_eq!(
            far,
            "it goes from 2024-02-28 to 2026-11-13, and the scenario starts on 2026-11-20, 7 days later"
        );
        for last in ["2026-11-20T18:30Z", "2027-01-05T00:00Z"] {
            let ahead = apart("2026-11-01T00:00Z", last).unwrap();
            assert!(
                ahead.starts_with(&format!("it goes from 2026-11-01 to {}", &last[..10]))
                    && ahead
                        .ends_with("before its end, so that engines know what is still to come"),
                "{ahead}"
            );
        }
        let ahead = apart("2026-12-01T00:00Z", "2027-01-05T00:00Z").unwrap();
        assert!(
            ahead.ends_with("before all of it, so that engines know what is still to come"),
            "{ahead}"
        );
    }

    #[test]
    fn what_counts_is_told_in_days_or_hours() {
        assert_eq!(days(Micros::from_secs(28 * 86_400)), "28 days");
        assert_eq!(days(Micros::from_secs(3_600)), "1 h");
        assert_eq!(days(Micros::from_secs(47 * 3_600)), "47 h");
    }
}
