//! The harness's lines: a step is `{"now":N,"inputs":[...]}`.

use std::io::Write;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::engine::{CallError, CallId, Micros, Request, Response};

/// An input as it stands in the line.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Wire<'a> {
    Start,
    Wake,
    Response {
        call: u64,
        status: u16,
        headers: Headers<'a>,
        #[serde(flatten)]
        body: Body<'a>,
    },
    #[serde(rename = "response")]
    NoResponse {
        call: u64,
        error: &'static str,
    },
    Delivery {
        delivery: u64,
        channel: &'a str,
        method: &'a str,
        url: String,
        headers: Headers<'a>,
        #[serde(flatten)]
        body: Body<'a>,
    },
}

/// Header names in small letters; the values of a repeated one are joined by commas (RFC 9110, 5.3).
struct Headers<'a>(&'a HeaderMap);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.keys_len()))?;
        for name in self.0.keys() {
            let mut values = self.0.get_all(name).iter();
            let text =
                |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let mut joined = values.next().map_or_else(String::new, text);
            for value in values {
                joined.push_str(", ");
                joined.push_str(&text(value));
            }
            map.serialize_entry(name.as_str(), &joined)?;
        }
        map.end()
    }
}

/// Text as it is, anything else in base64; an empty body is the empty text.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Body<'a> {
    Body(&'a str),
    BodyBase64(String),
}

impl<'a> Body<'a> {
    fn of(bytes: &'a [u8]) -> Body<'a> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Body::Body(text),
            Err(_) => Body::BodyBase64(BASE64_STANDARD.encode(bytes)),
        }
    }
}

/// Appends an input to the line of a step.
fn push(line: &mut Vec<u8>, now: Micros, input: &Wire<'_>) {
    if line.is_empty() {
        // Writing to memory does not fail, and the types above hold nothing that JSON cannot.
        let _ = write!(line, "{{\"now\":{},\"inputs\":[", now.0);
    } else {
        line.push(b',');
    }
    let _ = serde_json::to_writer(line, input);
}

/// Ends the line and takes it.
pub(super) fn close(line: &mut Vec<u8>) -> Vec<u8> {
    line.extend_from_slice(b"]}");
    std::mem::take(line)
}

pub(super) fn start(line: &mut Vec<u8>, now: Micros) {
    push(line, now, &Wire::Start);
}

pub(super) fn wake(line: &mut Vec<u8>, now: Micros) {
    push(line, now, &Wire::Wake);
}

pub(super) fn response(
    line: &mut Vec<u8>,
    now: Micros,
    call: CallId,
    result: &Result<Response, CallError>,
) {
    let input = match result {
        Ok(response) => Wire::Response {
            call: call.0,
            status: response.status().as_u16(),
            headers: Headers(response.headers()),
            body: Body::of(response.body()),
        },
        Err(error) => Wire::NoResponse {
            call: call.0,
            error: match error {
                CallError::TimedOut => "timed_out",
                CallError::ConnectionLost => "connection_lost",
            },
        },
    };
    push(line, now, &input);
}

pub(super) fn delivery(
    line: &mut Vec<u8>,
    now: Micros,
    number: u64,
    channel: &str,
    request: &Request,
) {
    let input = Wire::Delivery {
        delivery: number,
        channel,
        method: request.method().as_str(),
        url: request.uri().to_string(),
        headers: Headers(request.headers()),
        body: Body::of(request.body()),
    };
    push(line, now, &input);
}
