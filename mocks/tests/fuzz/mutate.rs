//! Ways to break a valid request.

use proptest::prelude::*;
use serde_json::Value;

use super::junk;
use super::seeds::Plain;

/// One thing that is broken. Positions are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Mutation {
    /// A byte of the body becomes another.
    Byte(usize, u8),
    /// The body loses a part.
    Cut(usize, usize),
    /// Something is put into the body.
    Insert(usize, usize),
    /// A part of the body stands in it twice.
    Repeat(usize, usize),
    /// A value of a JSON body becomes another.
    Value(usize, usize),
    /// A member of a JSON body goes.
    Drop(usize),
    /// A member of a JSON body gets another name.
    Rename(usize, usize),
    /// A segment of the path becomes something else.
    Segment(usize, usize),
    /// A parameter of the query becomes something else, or is added.
    Parameter(usize, usize),
    /// A header's value becomes something else.
    Header(usize, usize),
    /// A header goes.
    NoHeader(usize),
    /// A header stands twice.
    TwiceHeader(usize),
    /// Another method.
    Method(usize),
}

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "PATCH", "BREW"];

/// Any of them, those of JSON more often.
pub fn mutation() -> impl Strategy<Value = Mutation> {
    let two = || (any::<usize>(), any::<usize>());
    prop_oneof![
        1 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        1 => (any::<usize>(), 1..40_usize).prop_map(|(at, length)| Mutation::Cut(at, length)),
        1 => two().prop_map(|(at, what)| Mutation::Insert(at, what)),
        1 => (any::<usize>(), 1..60_usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        6 => two().prop_map(|(at, what)| Mutation::Value(at, what)),
        2 => any::<usize>().prop_map(Mutation::Drop),
        1 => two().prop_map(|(at, what)| Mutation::Rename(at, what)),
        2 => two().prop_map(|(at, what)| Mutation::Segment(at, what)),
        3 => two().prop_map(|(at, what)| Mutation::Parameter(at, what)),
        1 => two().prop_map(|(at, what)| Mutation::Header(at, what)),
        1 => any::<usize>().prop_map(Mutation::NoHeader),
        1 => any::<usize>().prop_map(Mutation::TwiceHeader),
        1 => any::<usize>().prop_map(Mutation::Method),
    ]
}

fn text(what: usize) -> &'static str {
    junk::TEXTS[what % junk::TEXTS.len()]
}

impl Mutation {
    /// Breaks the request.
    pub fn apply(&self, plain: &mut Plain) {
        let body = &mut plain.body;
        let length = body.len().max(1);
        match *self {
            Mutation::Byte(at, byte) => {
                if let Some(place) = body.get_mut(at % length) {
                    *place = byte;
                }
            }
            Mutation::Cut(at, count) => {
                let from = (at % length).min(body.len());
                let until = (from + count).min(body.len());
                body.drain(from..until);
            }
            Mutation::Insert(at, what) => {
                let from = (at % length).min(body.len());
                let bytes = junk::BYTES[what % junk::BYTES.len()];
                body.splice(from..from, bytes.iter().copied());
            }
            Mutation::Repeat(at, count) => {
                let from = (at % length).min(body.len());
                let until = (from + count).min(body.len());
                let part: Vec<u8> = body[from..until].to_vec();
                body.splice(until..until, part);
            }
            Mutation::Value(at, what) => {
                let mut values = junk::values();
                let value = values.swap_remove(what % values.len());
                in_json(body, at, |place| *place = value);
            }
            Mutation::Drop(at) => in_json(body, at, |place| match place {
                Value::Object(members) => {
                    if let Some(name) = members.keys().nth(at % members.len().max(1)).cloned() {
                        members.remove(&name);
                    }
                }
                Value::Array(items) if !items.is_empty() => {
                    items.remove(at % items.len());
                }
                other => *other = Value::Null,
            }),
            Mutation::Rename(at, what) => in_json(body, at, |place| {
                if let Value::Object(members) = place
                    && let Some(name) = members.keys().nth(at % members.len().max(1)).cloned()
                    && let Some(value) = members.remove(&name)
                {
                    members.insert(text(what).to_string(), value);
                }
            }),
            Mutation::Segment(at, what) => {
                let (path, query) = match plain.path.split_once('?') {
                    Some((path, query)) => (path.to_string(), format!("?{query}")),
                    None => (plain.path.clone(), String::new()),
                };
                let mut segments: Vec<&str> = path.split('/').collect();
                let position = 1 + at % (segments.len() - 1).max(1);
                let escaped = escape(text(what));
                if let Some(segment) = segments.get_mut(position) {
                    *segment = &escaped;
                }
                plain.path = format!("{}{query}", segments.join("/"));
            }
            Mutation::Parameter(at, what) => {
                let (path, query) = plain.path.split_once('?').unwrap_or((&plain.path, ""));
                let mut pairs: Vec<String> = query.split('&').map(str::to_string).collect();
                let position = at % (pairs.len() + 1);
                let name = pairs.get(position).map_or("limit", |pair| {
                    pair.split_once('=').map_or(pair.as_str(), |(name, _)| name)
                });
                let broken = format!("{name}={}", escape(text(what)));
                match pairs.get_mut(position) {
                    Some(pair) => *pair = broken,
                    None => pairs.push(broken),
                }
                plain.path = format!("{path}?{}", pairs.join("&"));
            }
            Mutation::Header(at, what) => {
                let count = plain.headers.len().max(1);
                if let Some((_, value)) = plain.headers.get_mut(at % count) {
                    *value = text(what).as_bytes().to_vec();
                }
            }
            Mutation::NoHeader(at) => {
                if !plain.headers.is_empty() {
                    plain.headers.remove(at % plain.headers.len());
                }
            }
            Mutation::TwiceHeader(at) => {
                let count = plain.headers.len().max(1);
                if let Some(header) = plain.headers.get(at % count).cloned() {
                    plain.headers.push(header);
                }
            }
            Mutation::Method(at) => plain.method = METHODS[at % METHODS.len()].to_string(),
        }
    }
}

/// Escapes what cannot stand in a path at all; a percent sign stays, so that broken escapes get through.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'%' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Breaks the `at`-th value of a body that is JSON, counted in depth first order.
fn in_json(body: &mut Vec<u8>, at: usize, act: impl FnOnce(&mut Value)) {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let mut left = at % count(&value);
    if let Some(place) = find(&mut value, &mut left) {
        act(place);
    }
    *body = serde_json::to_vec(&value).unwrap_or_default();
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

fn find<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| find(item, left)),
        Value::Object(members) => members.values_mut().find_map(|member| find(member, left)),
        _ => None,
    }
}
