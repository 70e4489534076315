//! One run as a trace: who called whom and when, what became of counts, and how the news of a sale travelled. For Perfetto
//! and `chrome://tracing`.

mod contender;
mod event;
mod lanes;

use serde_json::{Value, json};

use super::json::{Document, FaultWindow};
use super::run_files::{RunFiles, RunFilesError};
use contender::ContenderTrace;
use event::{Event, Row, micros};
use lanes::Lanes;

/// Events of a contender, at most; a viewer takes a few hundred bytes for each.
const MOST_EVENTS: usize = 500_000;

/// Why a run cannot be shown as a trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// A file of it cannot be read.
    #[error(transparent)]
    Files(#[from] RunFilesError),
    /// It kept no calls.
    #[error(
        "{directory}: the run kept no calls, which a trace is made of; play it again with --calls --ledger: {rerun}"
    )]
    NoCalls {
        /// Where it is.
        directory: String,
        /// The command that plays it again.
        rerun: String,
    },
}

/// The trace of a run, as JSON.
///
/// # Errors
/// When the run kept no calls, or a file cannot be read.
pub fn trace(run: &RunFiles) -> Result<String, TraceError> {
    let document = &run.document;
    if run.contenders.iter().all(|it| it.calls.is_none()) {
        return Err(TraceError::NoCalls {
            directory: run.directory.display().to_string(),
            rerun: format!("{} --calls --ledger", document.rerun),
        });
    }
    let mut events = faults(&document.fault_windows);
    let mut notes = Vec::new();
    // The first group is the plan's.
    let mut next_pid = 2;
    for (own, files) in run.contenders() {
        let Some(calls) = &files.calls else {
            notes.push(format!("{}: no calls were kept", own.strategy));
            continue;
        };
        let channels: Vec<&str> = own.channels.keys().map(String::as_str).collect();
        let mut trace = ContenderTrace::new(&own.strategy, &channels, next_pid);
        next_pid += trace.groups();
        trace.read_calls(calls)?;
        match &files.ledger {
            Some(ledger) => trace.read_ledger(ledger)?,
            None => notes.push(format!(
                "{}: without --ledger there are no sales, counts and arrows",
                own.strategy
            )),
        }
        trace.add_limits(files.limits.as_deref().unwrap_or_default());
        let (own_events, left_out) = trace.finish(MOST_EVENTS);
        if left_out > 0 {
            notes.push(format!(
                "{}: {left_out} later events are left out",
                own.strategy
            ));
        }
        events.extend(own_events);
    }
    events.sort_by_key(|event| (!event.names(), event.at()));
    let text = json!({
        "displayTimeUnit": "ms",
        "otherData": other_data(document, &notes),
    });
    Ok(joined(&text, &events))
}

fn other_data(document: &Document, notes: &[String]) -> Value {
    json!({
        "scenario": document.scenario,
        "seed": document.seed,
        "time": document.time,
        "rerun": document.rerun,
        "about": "Times are microseconds since the scenario's start. Groups: the plan's faults, then of each contender its calls \
                  (sent to answered), and each channel's sales, changes of counts by writes, counts on display and limits. Arrows \
                  lead from a sale to the call that brought its news elsewhere, and to the count that shows it.",
        "left_out": notes,
    })
}

/// The document with its events, one a line.
fn joined(rest: &Value, events: &[Event]) -> String {
    let mut text = String::from("{\"traceEvents\":[");
    for (index, event) in events.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        // Numbers and texts, into memory: it cannot fail.
        text.push_str(&serde_json::to_string(event).unwrap_or_default());
    }
    text.push_str("\n],");
    let rest = rest.to_string();
    text.push_str(rest.trim_start_matches('{'));
    text.push('\n');
    text
}

/// The planned faults, each a slice.
fn faults(windows: &[FaultWindow]) -> Vec<Event> {
    let pid = 1;
    let mut windows: Vec<_> = windows.iter().collect();
    if windows.is_empty() {
        return Vec::new();
    }
    windows.sort_by(|one, other| one.from_s.total_cmp(&other.from_s));
    let mut events: Vec<Event> = Event::group(pid, "planned faults").into();
    let mut lanes = Lanes::default();
    for window in windows {
        let (from, until) = (micros(window.from_s), micros(window.until_s));
        let length = until.saturating_sub(from);
        let lane = lanes.take(from, length);
        let row = Row { pid, tid: lane + 1 };
        let name = match &window.channel {
            Some(channel) => format!("{} at {channel}", window.kind),
            None => window.kind.clone(),
        };
        events.push(Event::slice(
            "fault",
            name,
            row,
            (from, length),
            Value::Null,
        ));
    }
    for lane in 0..lanes.count() {
        let row = Row { pid, tid: lane + 1 };
        events.extend(Event::row(row, "faults"));
    }
    events
}

#[cfg(test)]
mod tests;
