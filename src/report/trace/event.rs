//! Events of a trace, in the Trace Event Format
//! (<https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>), which Perfetto and `chrome://tracing`
//! open.

use serde::Serialize;
use serde_json::{Value, json};

/// Where an event stands: a process and a thread of it, which are only the groups and rows of the picture.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The group.
    pub pid: u32,
    /// The row in it.
    pub tid: u32,
}

/// One event. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    name: String,
    #[serde(rename = "cat")]
    category: &'static str,
    #[serde(rename = "ph")]
    phase: &'static str,
    #[serde(rename = "ts")]
    at: u64,
    pid: u32,
    tid: u32,
    #[serde(rename = "dur", skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(rename = "bp", skip_serializing_if = "Option::is_none")]
    binds_to: Option<&'static str>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

/// Which end of an arrow.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// Where it begins.
    Begins,
    /// What it passes.
    Passes,
    /// Where it ends.
    Ends,
}

impl Event {
    fn new(phase: &'static str, category: &'static str, name: String, row: Row, at: u64) -> Event {
        Event {
            name,
            category,
            phase,
            at,
            pid: row.pid,
            tid: row.tid,
            length: None,
            id: None,
            binds_to: None,
            scope: None,
            args: Value::Null,
        }
    }

    /// A slice of a row.
    pub fn slice(
        category: &'static str,
        name: String,
        row: Row,
        (at, length): (u64, u64),
        args: Value,
    ) -> Event {
        Event {
            length: Some(length),
            args,
            ..Event::new("X", category, name, row, at)
        }
    }

    /// A mark on a row.
    pub fn mark(category: &'static str, name: String, row: Row, at: u64, args: Value) -> Event {
        Event {
            scope: Some("t"),
            args,
            ..Event::new("i", category, name, row, at)
        }
    }

    /// A value from a moment on; a name has one row of its group.
    pub fn value(name: String, pid: u32, at: u64, unit: &'static str, value: f64) -> Event {
        Event {
            args: json!({ unit: value }),
            ..Event::new("C", "value", name, Row { pid, tid: 0 }, at)
        }
    }

    /// One end of an arrow, on the slice that is there at that moment.
    pub fn arrow(end: Arrow, id: u64, row: Row, at: u64) -> Event {
        let phase = match end {
            Arrow::Begins => "s",
            Arrow::Passes => "t",
            Arrow::Ends => "f",
        };
        Event {
            id: Some(id),
            binds_to: (end == Arrow::Ends).then_some("e"),
            ..Event::new(phase, "news", "news".to_string(), row, at)
        }
    }

    /// The name and the place of a group.
    pub fn group(pid: u32, name: &str) -> [Event; 2] {
        let row = Row { pid, tid: 0 };
        let said = |what: &str, args| Event {
            args,
            ..Event::new("M", "__metadata", what.to_string(), row, 0)
        };
        [
            said("process_name", json!({ "name": name })),
            said("process_sort_index", json!({ "sort_index": pid })),
        ]
    }

    /// The name and the place of a row.
    pub fn row(row: Row, name: &str) -> [Event; 2] {
        let said = |what: &str, args| Event {
            args,
            ..Event::new("M", "__metadata", what.to_string(), row, 0)
        };
        [
            said("thread_name", json!({ "name": name })),
            said("thread_sort_index", json!({ "sort_index": row.tid })),
        ]
    }

    /// When it is.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Whether it names a group or a row.
    pub fn names(&self) -> bool {
        self.phase == "M"
    }
}

/// Microseconds of seconds.
pub fn micros(seconds: f64) -> u64 {
    // Negative and other strange values of a file that somebody wrote by hand become 0.
    (seconds * 1e6).round() as u64
}
