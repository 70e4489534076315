//! What the connectors' requests and answers have in common.

use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode, Uri};
use serde::Deserialize;

use super::Event;
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

/// Reads JSON. The text is checked as a whole, which costs less than string by string.
pub(crate) fn read_json<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, serde_json::Error> {
    let text = std::str::from_utf8(body).map_err(serde::de::Error::custom)?;
    serde_json::from_str(text)
}

/// A request without a body.
pub(crate) fn get(uri: Uri) -> Request {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = uri;
    request
}

/// A request with a JSON body.
pub(crate) fn json(method: Method, uri: Uri, body: Vec<u8>) -> Request {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

/// Stands in for an operation that the platform does not have; [`unsupported`] is its answer, whatever comes.
pub(crate) fn no_request() -> Request {
    get(Uri::from_static("/"))
}

/// The outcome of an operation that the platform does not have.
pub(crate) fn unsupported() -> Event {
    Event::Failed {
        retry: false,
        reason: "the platform has no such operation".to_owned(),
    }
}

/// An answer to a webhook.
pub(crate) fn answer(status: StatusCode) -> Response {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Refuses a webhook whose signature is not its body's.
pub(crate) fn wrongly_signed(events: &mut Vec<Event>) -> Response {
    events.push(Event::Quarantined {
        order: None,
        reason: "webhook with a wrong signature".to_owned(),
    });
    answer(StatusCode::UNAUTHORIZED)
}

/// A header value from a token or name; text that cannot stand in a header gives an empty value, which the platform
/// refuses.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The text of a header.
pub(crate) fn header_text(headers: &http::HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// `Retry-After` in seconds, which may have a fraction.
pub(crate) fn retry_after(response: &Response) -> Option<Micros> {
    let seconds: f64 = header_text(response.headers(), RETRY_AFTER)?
        .trim()
        .parse()
        .ok()?;
    (seconds >= 0.0).then(|| Micros::from_secs_f64(seconds))
}

/// A failure with the beginning of the body for the log.
pub(crate) fn failed(retry: bool, response: &Response) -> Event {
    Event::Failed {
        retry,
        reason: format!(
            "HTTP {}: {}",
            response.status().as_u16(),
            excerpt(response.body())
        ),
    }
}

/// A successful answer that does not have the expected shape. The same call may well be answered properly later.
pub(crate) fn unreadable(error: &serde_json::Error, body: &[u8]) -> Event {
    Event::Failed {
        retry: true,
        reason: format!("unreadable answer ({error}): {}", excerpt(body)),
    }
}

/// The first characters of a body.
pub(crate) fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned()
}
