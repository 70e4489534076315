//! Rebuilding an engine after a crash.
//!
//! An engine is a deterministic state machine, so that its inputs are its state. A driver that wants to survive a crash
//! writes every input down, with its time, **before** it carries the outputs that came of it ([`InputRecord`]). After a
//! crash a new engine of the same configuration takes the same inputs again, its outputs unsent, and is then exactly
//! where the old one was when it last wrote ([`replay`]). What differs is the world:
//!
//! - Calls that had been let go and not answered may or may not have been carried, and may or may not have taken effect.
//!   They end as a broken connection does, as unknown, which every strategy must survive anyway: units of an unknown grant
//!   count as granted, a positive set is never sent twice (H4), a compare-and-set is repeated under its own key.
//! - Webhooks that were written down are known whether or not their answer got out; a platform that got none sends them
//!   again, and an order counts once. Those that were not written down were not answered.
//! - Time has passed. Tokens have expired, feeds are behind: the engine sees to it when it is woken.
//!
//! Records need not be kept for ever: a snapshot of the engine ([`super::SyncEngine::snapshot`]) with the calls under way
//! takes the place of everything that it was told before ([`resume`]).
//!
//! A record that was made durable although no output of it was carried does no harm for the same reason: its calls are
//! unknown. So the order of writing and sending (H7) is all that a driver has to keep.

use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};

use super::canonical::ChannelIndex;
use super::machine::{CallError, CallId, DeliveryId, Engine, Input, Output, Request, Response};
use oversell_kernel::Micros;

/// An input in a form that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputRecord {
    /// When it was handled.
    pub at: Micros,
    /// `start`, `wake`, `clock_set`, `restarted`, `response`, `timed_out`, `connection_lost` or `delivery`.
    pub kind: String,
    /// The number of the call or the delivery, or by how many microseconds the clock was set ahead; 0 where there is none.
    pub number: u64,
    /// The channel of a delivery; 0 for the others.
    pub channel: u16,
    /// The message as it stands in HTTP/1.1; empty where there is none.
    pub message: Vec<u8>,
}

/// Why a record is no input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record of kind `{kind}` cannot be read: {problem}")]
pub struct UnreadableRecord {
    kind: String,
    problem: &'static str,
}

impl InputRecord {
    /// The record of an input; `None` for what only informed escrow is told, which cannot be recovered.
    pub fn of(at: Micros, input: &Input) -> Option<InputRecord> {
        let record = |kind: &str, number, channel, message| InputRecord {
            at,
            kind: kind.to_owned(),
            number,
            channel,
            message,
        };
        Some(match input {
            Input::Start => record("start", 0, 0, Vec::new()),
            Input::Wake => record("wake", 0, 0, Vec::new()),
            Input::ClockSet { ahead } => record("clock_set", ahead.0, 0, Vec::new()),
            Input::Restarted => record("restarted", 0, 0, Vec::new()),
            Input::Response { call, result } => match result {
                Ok(response) => record("response", call.0, 0, written_response(response)),
                Err(CallError::TimedOut) => record("timed_out", call.0, 0, Vec::new()),
                Err(CallError::ConnectionLost) => record("connection_lost", call.0, 0, Vec::new()),
            },
            Input::Delivery {
                delivery,
                channel,
                request,
            } => record("delivery", delivery.0, channel.0, written_request(request)),
            Input::Truth(_) => return None,
        })
    }

    /// The input of a record.
    ///
    /// # Errors
    /// [`UnreadableRecord`] when the record was not made by [`InputRecord::of`].
    pub fn input(&self) -> Result<Input, UnreadableRecord> {
        let unreadable = |problem| UnreadableRecord {
            kind: self.kind.clone(),
            problem,
        };
        let lost = |error| Input::Response {
            call: CallId(self.number),
            result: Err(error),
        };
        Ok(match self.kind.as_str() {
            "start" => Input::Start,
            "wake" => Input::Wake,
            "restarted" => Input::Restarted,
            "clock_set" => Input::ClockSet {
                ahead: Micros(self.number),
            },
            "timed_out" => lost(CallError::TimedOut),
            "connection_lost" => lost(CallError::ConnectionLost),
            "response" => Input::Response {
                call: CallId(self.number),
                result: Ok(read_response(&self.message)
                    .ok_or_else(|| unreadable("it holds no HTTP response"))?),
            },
            "delivery" => Input::Delivery {
                delivery: DeliveryId(self.number),
                channel: ChannelIndex(self.channel),
                request: read_request(&self.message)
                    .ok_or_else(|| unreadable("it holds no HTTP request"))?,
            },
            _ => return Err(unreadable("this kind is not known")),
        })
    }
}

/// What a replay came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Inputs taken.
    pub inputs: u64,
    /// Time of the last of them.
    pub at: Micros,
    /// Calls whose outcome is unknown, in the order in which they were made. The driver tells the engine so, as an input of
    /// now like any other: [`CallError::ConnectionLost`].
    pub unknown_calls: Vec<CallId>,
}

/// Brings a new engine to where the one stood that wrote these records. `watch` sees every output, none of which is to be
/// carried: a driver may compare them with what was put out before.
///
/// # Errors
/// [`UnreadableRecord`]; the engine is then of no use.
pub fn replay(
    engine: &mut dyn Engine,
    records: impl IntoIterator<Item = InputRecord>,
    watch: impl FnMut(&Output),
) -> Result<Replayed, UnreadableRecord> {
    resume(engine, Replayed::default(), records, watch)
}

/// The same for an engine that was restored from a snapshot, and what was written since. `replayed` says when the snapshot
/// was made, and which calls were under way then.
///
/// # Errors
/// As [`replay`].
pub fn resume(
    engine: &mut dyn Engine,
    mut replayed: Replayed,
    records: impl IntoIterator<Item = InputRecord>,
    mut watch: impl FnMut(&Output),
) -> Result<Replayed, UnreadableRecord> {
    let mut open: indexmap::IndexSet<CallId, rustc_hash::FxBuildHasher> =
        replayed.unknown_calls.drain(..).collect();
    for record in records {
        let input = record.input()?;
        if let Input::Response { call, .. } = &input {
            open.shift_remove(call);
        }
        engine.handle(record.at, input);
        replayed.inputs += 1;
        replayed.at = record.at;
        while let Some(output) = engine.poll_output() {
            watch(&output);
            if let Output::Call { call, .. } = output {
                open.insert(call);
            }
        }
    }
    replayed.unknown_calls = open.into_iter().collect();
    Ok(replayed)
}

fn push_headers(out: &mut Vec<u8>, headers: &http::HeaderMap) {
    for (name, value) in headers {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

fn written_response(response: &Response) -> Vec<u8> {
    let mut out = Vec::with_capacity(response.body().len() + 512);
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(response.status().as_str().as_bytes());
    out.extend_from_slice(b"\r\n");
    push_headers(&mut out, response.headers());
    out.extend_from_slice(response.body());
    out
}

fn written_request(request: &Request) -> Vec<u8> {
    let mut out = Vec::with_capacity(request.body().len() + 512);
    out.extend_from_slice(request.method().as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(request.uri().to_string().as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    push_headers(&mut out, request.headers());
    out.extend_from_slice(request.body());
    out
}

/// First line, header lines, body.
fn read_head(message: &[u8]) -> Option<(&[u8], http::HeaderMap, &[u8])> {
    let mut headers = http::HeaderMap::new();
    let (first, mut rest) = split_line(message)?;
    loop {
        let (line, after) = split_line(rest)?;
        rest = after;
        if line.is_empty() {
            return Some((first, headers, rest));
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line.get(colon + 2..)?).ok()?;
        headers.append(name, value);
    }
}

fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.windows(2).position(|window| window == b"\r\n")?;
    Some((&text[..end], &text[end + 2..]))
}

fn read_response(message: &[u8]) -> Option<Response> {
    let (first, headers, body) = read_head(message)?;
    let status = StatusCode::from_bytes(first.strip_prefix(b"HTTP/1.1 ")?).ok()?;
    let mut response = Response::new(body.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Some(response)
}

fn read_request(message: &[u8]) -> Option<Request> {
    let (first, headers, body) = read_head(message)?;
    let mut parts = first.split(|byte| *byte == b' ');
    let method = Method::from_bytes(parts.next()?).ok()?;
    let uri = Uri::try_from(parts.next()?).ok()?;
    let mut request = Request::new(body.to_vec());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(record: &InputRecord) {
        let input = record.input().expect("a record that was made of an input");
        assert_eq!(InputRecord::of(record.at, &input).as_ref(), Some(record));
    }

    #[test]
    fn inputs_without_a_message_are_kept() {
        for input in [
            Input::Start,
            Input::Wake,
            Input::Restarted,
            Input::Response {
                call: CallId(7),
                result: Err(CallError::TimedOut),
            },
            Input::Response {
                call: CallId(7),
                result: Err(CallError::ConnectionLost),
            },
        ] {
            same(&InputRecord::of(Micros(5), &input).unwrap());
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let record = |kind: &str, message: &[u8]| InputRecord {
            at: Micros::ZERO,
            kind: kind.to_owned(),
            number: 0,
            channel: 0,
            message: message.to_vec(),
        };
        for bad in [
            record("respond", b""),
            record("response", b"HTTP/1.1 200"),
            record("response", b"HTTP/1.1 200\r\na: b\r\n"),
            record("delivery", b"POST\r\n\r\n"),
        ] {
            assert!(bad.input().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn messages_are_kept_byte_by_byte(
            status in 200u16..600,
            names in proptest::collection::vec("[a-z][a-z0-9-]{0,12}", 0..6),
            value in proptest::collection::vec(0x20u8..0x7f, 0..40),
            body in proptest::collection::vec(any::<u8>(), 0..300),
            path in "/[a-z0-9/]{0,20}",
        ) {
            let mut headers = http::HeaderMap::new();
            for name in &names {
                headers.append(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_bytes(&value).unwrap(),
                );
            }
            let mut response = Response::new(body.clone());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            *response.headers_mut() = headers.clone();
            let kept = read_response(&written_response(&response)).unwrap();
            prop_assert_eq!(kept.status(), response.status());
            prop_assert_eq!(kept.headers(), response.headers());
            prop_assert_eq!(kept.body(), response.body());
            let mut request = Request::new(body);
            *request.method_mut() = Method::POST;
            *request.uri_mut() = path.parse().unwrap();
            *request.headers_mut() = headers;
            let kept = read_request(&written_request(&request)).unwrap();
            prop_assert_eq!(kept.uri(), request.uri());
            prop_assert_eq!(kept.headers(), request.headers());
            prop_assert_eq!(kept.body(), request.body());
        }
    }
}
