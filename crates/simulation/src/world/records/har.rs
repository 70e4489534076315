//! Calls as an HTTP archive: HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>), which browsers' developer tools,
//! Charles and others open.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_mocks::core::{Epoch, Micros, Request, Response};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, Version};
use serde::Serialize;
use serde_json::value::RawValue;

use super::call::{CallRecord, Change};
use super::redact;

/// Bytes of a body that are kept.
pub const MOST_BODY_BYTES: usize = 32 << 10;

#[derive(Serialize)]
struct Pair<'a> {
    name: &'a str,
    value: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData<'a> {
    mime_type: &'a str,
    params: [(); 0],
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest<'a> {
    method: &'a str,
    url: String,
    http_version: &'static str,
    cookies: [(); 0],
    headers: Vec<Pair<'a>>,
    query_string: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'a>>,
    headers_size: i64,
    body_size: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    size: usize,
    mime_type: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HarResponse<'a> {
    status: u16,
    status_text: &'a str,
    http_version: &'static str,
    cookies: [(); 0],
    headers: Vec<Pair<'a>>,
    content: Content<'a>,
    #[serde(rename = "redirectURL")]
    redirect_url: &'a str,
    headers_size: i64,
    body_size: usize,
}

#[derive(Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    started_date_time: String,
    time: f64,
    request: &'a RawValue,
    response: &'a RawValue,
    cache: serde_json::Map<String, serde_json::Value>,
    timings: Timings,
    #[serde(rename = "_call")]
    call: u64,
    #[serde(rename = "_channel")]
    channel: &'a str,
    #[serde(rename = "_operation")]
    operation: &'a str,
    #[serde(rename = "_cost")]
    cost: &'a std::collections::BTreeMap<String, f64>,
    #[serde(rename = "_throttled")]
    throttled: bool,
    #[serde(rename = "_changed")]
    changed: &'a [Change],
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<super::CallFailure>,
}

/// The response of a call that had none, as browsers write it.
pub const NO_RESPONSE: &str = r#"{"status":0,"statusText":"","httpVersion":"HTTP/1.1","cookies":[],"headers":[],"content":{"size":0,"mimeType":"x-unknown","text":""},"redirectURL":"","headersSize":-1,"bodySize":-1}"#;

/// What an archive begins with; its entries follow, with commas between them, and then [`END`].
pub fn beginning(comment: &str) -> String {
    let comment = serde_json::Value::from(comment);
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"oversell\",\"version\":\"{version}\"}},\"pages\":[],\"comment\":{comment},\"entries\":["
    )
}

/// What it ends with.
pub const END: &str = "\n]}}\n";

/// An entry of an archive: a call, beside what [`rendered_request`] and [`rendered_response`] made of it. `late`: counts
/// that changed after it had been answered.
pub fn entry(
    epoch: Epoch,
    call: &CallRecord,
    late: &[Change],
    request: &RawValue,
    response: &RawValue,
) -> Vec<u8> {
    let changed: Vec<Change> = call.changed.iter().chain(late).cloned().collect();
    let at = Micros::from_secs_f64(call.at_s);
    let milliseconds = (call.latency_s * 1e6).round() / 1e3;
    let entry = Entry {
        started_date_time: epoch.millis_utc(at),
        time: milliseconds,
        request,
        response,
        cache: serde_json::Map::new(),
        timings: Timings {
            send: 0.0,
            wait: milliseconds,
            receive: 0.0,
        },
        call: call.call,
        channel: &call.channel,
        operation: &call.operation,
        cost: &call.cost,
        throttled: call.throttled,
        changed: &changed,
        error: call.failure,
    };
    // Numbers and texts, into memory: neither can fail.
    serde_json::to_vec(&entry).unwrap_or_default()
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}

fn headers(headers: &HeaderMap) -> Vec<Pair<'_>> {
    let own = headers.iter().map(|(name, value)| Pair {
        name: name.as_str(),
        value: redact::header(name.as_str(), value.to_str().unwrap_or("")),
    });
    own.collect()
}

fn media(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE);
    value.and_then(|it| it.to_str().ok()).unwrap_or("")
}

/// The text of a body as far as it is kept, its secrets left out; nothing when it is no text.
fn text(
    bytes: &[u8],
    without_secrets: impl Fn(&str) -> Cow<'_, str>,
) -> Option<(String, Option<String>)> {
    let whole = std::str::from_utf8(bytes).ok()?;
    // Before it is cut, so that no secret loses its end.
    let told = without_secrets(whole);
    if told.len() <= MOST_BODY_BYTES {
        return Some((told.into_owned(), None));
    }
    let end = told.floor_char_boundary(MOST_BODY_BYTES);
    let comment = format!("cut: {} bytes in all", bytes.len());
    Some((told[..end].to_string(), Some(comment)))
}

/// A request as an archive's JSON, secrets left out. `base`: the address of the system that it went to, without a path.
pub fn rendered_request(request: &Request, base: &str) -> Vec<u8> {
    let target = request.uri().path_and_query();
    let path = redact::path(target.map_or("/", |it| it.as_str()));
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let query: Vec<(String, String)> = query
        .split('&')
        .filter(|it| !it.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (decoded(name), decoded(value))
        })
        .collect();
    let (body, mime_type) = (request.body(), media(request.headers()));
    let kept = (!body.is_empty()).then(|| {
        let unreadable = || (String::new(), Some("left out: no text".to_string()));
        let told = text(body, |whole| redact::request_body(&path, mime_type, whole));
        told.unwrap_or_else(unreadable)
    });
    let rendered = HarRequest {
        method: request.method().as_str(),
        url: format!("{base}{path}"),
        http_version: version(request.version()),
        cookies: [],
        headers: headers(request.headers()),
        query_string: query
            .iter()
            .map(|(name, value)| Pair {
                name,
                value: Cow::from(value.as_str()),
            })
            .collect(),
        post_data: kept.as_ref().map(|(text, comment)| PostData {
            mime_type,
            params: [],
            text,
            comment: comment.clone(),
        }),
        headers_size: -1,
        body_size: body.len(),
    };
    serde_json::to_vec(&rendered).unwrap_or_default()
}

/// A response as an archive's JSON, secrets left out.
pub fn rendered_response(response: &Response) -> Vec<u8> {
    let (body, mime_type) = (response.body(), media(response.headers()));
    let (text, encoding, comment) = match text(body, |whole| redact::body(mime_type, whole)) {
        Some((text, comment)) => (text, None, comment),
        None if body.len() <= MOST_BODY_BYTES => (STANDARD.encode(body), Some("base64"), None),
        None => (String::new(), None, Some("left out: no text".to_string())),
    };
    let status = response.status();
    let location = response.headers().get(http::header::LOCATION);
    let location = location.and_then(|it| it.to_str().ok()).unwrap_or("");
    let rendered = HarResponse {
        status: status.as_u16(),
        status_text: status.canonical_reason().unwrap_or(""),
        http_version: version(response.version()),
        cookies: [],
        headers: headers(response.headers()),
        content: Content {
            size: body.len(),
            mime_type,
            text: &text,
            encoding,
            comment,
        },
        redirect_url: &redact::path(location),
        headers_size: -1,
        body_size: body.len(),
    };
    serde_json::to_vec(&rendered).unwrap_or_default()
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8_lossy()
        .into_owned()
}

/// The address of a system of virtual time: a name of its own below `.invalid`, which leads nowhere (RFC 2606).
pub fn base(system: &str) -> String {
    let letter = |it: char| match it.is_ascii_alphanumeric() {
        true => it.to_ascii_lowercase(),
        false => '-',
    };
    let name: String = system.chars().map(letter).collect();
    format!("https://{name}.invalid")
}

/// The address at which a client over sockets called a system.
pub fn socket_base(request: &Request) -> String {
    let header = |name: HeaderName| request.headers().get(name).and_then(|it| it.to_str().ok());
    let scheme = header(HeaderName::from_static("x-forwarded-proto")).unwrap_or("http");
    format!("{scheme}://{}", header(HOST).unwrap_or("unknown.invalid"))
}
