//! Errors of fields, at the top level of an answer (docs/platforms/shopify.md 2.4).

use std::borrow::Cow;

use super::plan::{Location, PlanField};
use crate::shopify::json::{write_int, write_text};

/// A step from a root field down to the field that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A field, by its response key.
    Key(Box<str>),
    /// The first element of a list: execution stops at the first element that fails.
    First,
}

/// A field below a root field.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Below {
    /// The way to it.
    pub(crate) path: Vec<Step>,
    /// Where it stands in the text.
    pub(crate) location: Location,
}

/// An error of a root field, or of a field below it, which makes the root field `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// What is wrong.
    pub(crate) message: Cow<'static, str>,
    /// The platform's code; empty where it gives none.
    pub(crate) code: &'static str,
    /// The scopes that the app lacks, where that is what is wrong.
    pub(crate) required_access: Option<String>,
    /// Where it stands, beside the field itself.
    pub(crate) also_at: Option<Location>,
    /// The field that is wrong, where that is not the root field itself.
    pub(crate) below: Option<Below>,
}

impl FieldError {
    /// An error with a code.
    pub(crate) fn new(message: impl Into<Cow<'static, str>>, code: &'static str) -> FieldError {
        FieldError {
            message: message.into(),
            code,
            required_access: None,
            also_at: None,
            below: None,
        }
    }

    /// A gid whose key names nothing that a field could look for.
    pub(crate) fn invalid_id() -> FieldError {
        FieldError::new("invalid id", "RESOURCE_NOT_FOUND")
    }

    /// A gid of another type than the field is for.
    pub(crate) fn other_type(gid: &str) -> FieldError {
        FieldError::new(format!("Invalid id: {gid}"), "RESOURCE_NOT_FOUND")
    }

    /// Appends the error as an element of `errors`.
    pub(crate) fn write(&self, field: &PlanField, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"message\":");
        write_text(&self.message, out);
        out.extend_from_slice(b",\"locations\":[");
        let below = self.below.as_ref();
        write_location(below.map_or(field.location, |below| below.location), out);
        if let Some(location) = self.also_at {
            out.push(b',');
            write_location(location, out);
        }
        out.push(b']');
        if !self.code.is_empty() {
            out.extend_from_slice(b",\"extensions\":{\"code\":");
            write_text(self.code, out);
            if let Some(access) = &self.required_access {
                out.extend_from_slice(b",\"documentation\":\"https://shopify.dev/api/usage/access-scopes\",\"requiredAccess\":");
                write_text(access, out);
            }
            out.push(b'}');
        }
        out.extend_from_slice(b",\"path\":[");
        write_text(&field.response_key, out);
        for step in below.map_or(&[][..], |below| &below.path[..]) {
            out.push(b',');
            match step {
                Step::Key(key) => write_text(key, out),
                Step::First => out.push(b'0'),
            }
        }
        out.extend_from_slice(b"]}");
    }
}

fn write_location(location: Location, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"line\":");
    write_int(location.line, out);
    out.extend_from_slice(b",\"column\":");
    write_int(location.column, out);
    out.push(b'}');
}
