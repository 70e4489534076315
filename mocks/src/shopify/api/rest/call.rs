//! One REST call and its reply.

use std::borrow::Cow;

use http::StatusCode;

use crate::core::Micros;
use crate::shopify::api::errors::{NOT_FOUND, UserError};
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::{Json, write_text};
use crate::shopify::model::ids::IdSpace;
use crate::shopify::model::payload::filter::{PayloadFilter, write_parts};
use crate::shopify::model::state::State;

/// A call, read.
pub(super) struct RestCall<'a> {
    pub(crate) now: Micros,
    pub(crate) sent_at: Micros,
    pub(crate) version: &'a str,
    /// The number in the path, 0 where there is none.
    pub(crate) id: u64,
    /// The second number in the path, 0 where there is none.
    pub(crate) second_id: u64,
    /// The path below the version.
    pub(crate) path: &'a str,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Json<'a>,
    /// Scheme and host under which the caller reached the emulator.
    pub(crate) origin: String,
    /// Orders older than this are not served to the app.
    pub(crate) window_start: Micros,
}

/// The decoded pairs of a query; the brackets of `ids[]` are dropped.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.trim_end_matches("[]").to_owned(), value.into_owned()))
        .collect()
}

impl RestCall<'_> {
    /// A view of the state for lists, which know no variables.
    pub(super) fn reader<'s>(&'s self, state: &'s State) -> Reader<'s> {
        Reader {
            state,
            variables: &[],
            now: self.now,
            version: self.version,
            window_start: self.window_start,
            scopes: &[],
            not_simulated: std::cell::RefCell::default(),
            warnings: std::cell::RefCell::new(Vec::new()),
            origin: None,
            is_unpaged: false,
            bytes_max: usize::MAX,
        }
    }

    /// A parameter of the query, unless absent or empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// What `fields` wants of each object.
    pub(crate) fn filter(&self) -> PayloadFilter {
        let fields: Vec<String> = self
            .parameter("fields")
            .map(|fields| fields.split(',').map(|f| f.trim().to_owned()).collect())
            .unwrap_or_default();
        PayloadFilter::new(&fields)
    }

    /// The object that the path's number names.
    pub(crate) fn position(&self, space: IdSpace, len: usize) -> Option<u32> {
        space.position(self.id, len)
    }

    /// The body's object, with or without the resource's name around it.
    pub(crate) fn resource(&self, name: &str) -> &Json<'_> {
        self.body.given(name).unwrap_or(&self.body)
    }
}

/// A number that may be written as a text, as clients that keep big ids as texts send it.
pub(super) fn number(value: Option<&Json<'_>>) -> Option<i64> {
    match value? {
        Json::Int(value) => Some(*value),
        Json::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The position of the object whose number a body's member gives.
pub(super) fn position(value: Option<&Json<'_>>, space: IdSpace, len: usize) -> Option<u32> {
    space.position(u64::try_from(number(value)?).ok()?, len)
}

/// A reply.
pub(super) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// The `Link` header's value.
    pub(crate) link: Option<String>,
}

impl Reply {
    /// `{"name":value}`.
    pub(crate) fn one(name: &str, value: impl FnOnce(&mut Vec<u8>)) -> Reply {
        let mut body = Vec::with_capacity(1_024);
        body.push(b'{');
        write_text(name, &mut body);
        body.push(b':');
        value(&mut body);
        body.push(b'}');
        Reply {
            status: StatusCode::OK,
            body,
            link: None,
        }
    }

    /// `{"name":[..]}`.
    pub(crate) fn list<N>(
        name: &str,
        items: impl IntoIterator<Item = N>,
        mut write: impl FnMut(N, &mut Vec<u8>),
    ) -> Reply {
        Reply::one(name, |out| {
            out.push(b'[');
            for (index, item) in items.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        })
    }

    /// The same with another status.
    pub(crate) fn with(self, status: StatusCode) -> Reply {
        Reply { status, ..self }
    }

    /// `{}`, the reply of a deletion.
    pub(crate) fn empty() -> Reply {
        Reply {
            status: StatusCode::OK,
            body: b"{}".to_vec(),
            link: None,
        }
    }

    /// What the path names does not exist.
    pub(crate) fn not_found() -> Reply {
        Reply {
            status: StatusCode::NOT_FOUND,
            body: NOT_FOUND.to_vec(),
            link: None,
        }
    }

    /// `{"errors":"message"}`.
    pub(crate) fn error(status: StatusCode, message: &str) -> Reply {
        Reply::one("errors", |out| write_text(message, out)).with(status)
    }

    /// `{"errors":["message"]}`, for actions that are refused.
    pub(crate) fn refused(message: &str) -> Reply {
        Reply::list("errors", [message], write_text).with(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// `{"errors":{"member":["message"]}}`, for input that is not valid.
    pub(crate) fn invalid(errors: &[(Cow<'_, str>, Cow<'_, str>)]) -> Reply {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in errors {
            if !names.contains(&&**name) {
                names.push(name);
            }
        }
        Reply::one("errors", |out| {
            out.push(b'{');
            for (index, name) in names.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_text(name, out);
                out.extend_from_slice(b":[");
                let of_name = errors.iter().filter(|(other, _)| other == name);
                for (index, (_, message)) in of_name.enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_text(message, out);
                }
                out.push(b']');
            }
            out.push(b'}');
        })
        .with(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// User errors of the GraphQL twin in REST's shape: by the last named member of their path.
    pub(crate) fn user_errors(errors: &[UserError]) -> Reply {
        let errors: Vec<(Cow<'_, str>, Cow<'_, str>)> = errors
            .iter()
            .map(|error| {
                let member = error.field.last().map_or("base", |member| &**member);
                (snake_case(member).into(), Cow::Borrowed(&*error.message))
            })
            .collect();
        Reply::invalid(&errors)
    }
}

/// `lineItemId` as `line_item_id`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Appends what the filter lets through of an object.
pub(super) fn write_filtered(
    filter: &PayloadFilter,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>),
) {
    if filter.is_open() {
        return write(out);
    }
    let mut whole = Vec::new();
    write(&mut whole);
    match serde_json::from_slice::<Json>(&whole) {
        Ok(json) => write_parts(&json, filter, out),
        Err(_) => out.extend_from_slice(b"null"),
    }
}
