//! The engine's lines, read strictly: an unknown field is a misspelt one, and would otherwise be a write that never
//! happens.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use channel_mocks::core::{json, paths};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::{ANSWER, MOST_OUTPUTS};
use crate::engine::{self, CallId, ChannelIndex, DeliveryId, Request, Response, Target};

/// The answer to the greeting.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ready {
    pub protocol: u32,
}

/// The answer to a step.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    #[serde(deserialize_with = "objects")]
    pub outputs: Vec<Output>,
    pub wake_at: Option<u64>,
}

#[derive(serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Output {
    Call(Call),
    DeliveryAnswer(DeliveryAnswer),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub call: u64,
    target: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_base64: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryAnswer {
    pub delivery: u64,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_base64: Option<String>,
}

/// What an engine did against the protocol, and what it should have done.
#[derive(Debug)]
pub(super) struct Breach {
    pub problem: String,
    pub expected: String,
}

impl Breach {
    pub fn new(problem: impl Into<String>, expected: impl Into<String>) -> Breach {
        Breach {
            problem: problem.into(),
            expected: expected.into(),
        }
    }
}

/// Outputs, each of which is an object: what `serde` derives for a tagged enum also takes an array that begins with the tag.
fn objects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Output>, D::Error> {
    struct Object(Output);
    struct AnObject;
    impl<'de> Visitor<'de> for AnObject {
        type Value = Object;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object, A::Error> {
            Output::deserialize(MapAccessDeserializer::new(members)).map(Object)
        }
    }
    impl<'de> Deserialize<'de> for Object {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
            deserializer.deserialize_map(AnObject)
        }
    }
    let objects = Vec::<Object>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(output)| output).collect())
}

/// Reads the answer to a step. Objects are read by name, here as everywhere: an array is none.
pub(super) fn read(line: &[u8]) -> Result<Answer, Breach> {
    let answer: Answer = json::read(line)
        .map_err(|error| Breach::new(format!("its answer cannot be read: {error}"), ANSWER))?;
    if answer.outputs.len() > MOST_OUTPUTS {
        return Err(Breach::new(
            format!("its answer has {} outputs", answer.outputs.len()),
            format!("at most {MOST_OUTPUTS} outputs a step; more can follow by way of wake_at"),
        ));
    }
    Ok(answer)
}

impl Call {
    /// The call as the driver knows it.
    pub fn output(self, channels: &[String]) -> Result<engine::Output, Breach> {
        let call = self.call;
        let breach = |problem: String, expected: &str| {
            Breach::new(format!("call {call}: {problem}"), expected)
        };
        let target = if self.target == "warehouse" {
            Target::Warehouse
        } else {
            let position = channels.iter().position(|name| *name == self.target);
            let index = position.and_then(|position| u16::try_from(position).ok());
            Target::Channel(ChannelIndex(index.ok_or_else(|| {
                let names = channels.join(", ");
                breach(
                    format!("there is no target {:?}", self.target),
                    &format!("warehouse, or a channel's name: {names}"),
                )
            })?))
        };
        let mut request = Request::new(body(self.body, self.body_base64, call_name(call))?);
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).map_err(|_| {
            breach(
                format!("{:?} is not a method", self.method),
                "a method like GET",
            )
        })?;
        *request.uri_mut() = path_of(&self.url).ok_or_else(|| {
            breach(
                format!("{:?} is not a URL", self.url),
                "an http or https URL, or a path that begins with `/`, percent-encoded",
            )
        })?;
        *request.headers_mut() = headers(&self.headers, call_name(call))?;
        Ok(engine::Output::Call {
            call: CallId(call),
            target,
            request,
        })
    }
}

impl DeliveryAnswer {
    /// The answer as the driver knows it.
    pub fn output(self, delivery: DeliveryId) -> Result<engine::Output, Breach> {
        let name = || format!("delivery {}", self.delivery);
        let mut response = Response::new(body(self.body, self.body_base64, name())?);
        *response.status_mut() = StatusCode::from_u16(self.status)
            .ok()
            .filter(|_| (200..600).contains(&self.status))
            .ok_or_else(|| {
                Breach::new(
                    format!("{}: status {}", name(), self.status),
                    "a status from 200 to 599",
                )
            })?;
        *response.headers_mut() = headers(&self.headers, name())?;
        Ok(engine::Output::DeliveryAnswer { delivery, response })
    }
}

fn call_name(call: u64) -> String {
    format!("call {call}")
}

/// Path and query of a URL. The target says where a call goes, so that the host has nothing to say.
fn path_of(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let absolute = matches!(uri.scheme_str(), Some("http" | "https"));
    if !absolute && !url.starts_with('/') {
        return None;
    }
    let path = uri.path_and_query().cloned()?;
    let path = Uri::from(path);
    Some(paths::normalised(&path).unwrap_or(path))
}

fn body(text: Option<String>, base64: Option<String>, of: String) -> Result<Vec<u8>, Breach> {
    match (text, base64) {
        (None, None) => Ok(Vec::new()),
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(base64)) => BASE64_STANDARD.decode(&base64).map_err(|error| {
            Breach::new(
                format!("{of}: body_base64 cannot be read: {error}"),
                "base64 with padding (RFC 4648, 4)",
            )
        }),
        (Some(_), Some(_)) => Err(Breach::new(
            format!("{of}: two bodies"),
            "body, or body_base64, or neither",
        )),
    }
}

fn headers(given: &BTreeMap<String, String>, of: String) -> Result<HeaderMap, Breach> {
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        let known = HeaderName::from_bytes(name.as_bytes()).ok();
        let Some((name, value)) = known.zip(HeaderValue::from_str(value).ok()) else {
            return Err(Breach::new(
                format!("{of}: {name:?} with the value {value:?} is not a header"),
                "a name of letters, digits and hyphens; a value without line breaks",
            ));
        };
        headers.insert(name, value);
    }
    Ok(headers)
}
