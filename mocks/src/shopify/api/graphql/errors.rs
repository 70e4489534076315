//! Errors of root fields, at the top level of an answer (docs/platforms/shopify.md 2.4).

use std::borrow::Cow;

use super::plan::{Location, PlanField};
use crate::shopify::json::{write_int, write_text};

/// An error of a root field, whose value is then `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// What is wrong.
    pub(crate) message: Cow<'static, str>,
    /// The platform's code; empty where it gives none.
    pub(crate) code: &'static str,
    /// Where it stands, beside the field itself.
    pub(crate) also_at: Option<Location>,
}

impl FieldError {
    /// An error with a code.
    pub(crate) fn new(message: impl Into<Cow<'static, str>>, code: &'static str) -> FieldError {
        FieldError {
            message: message.into(),
            code,
            also_at: None,
        }
    }

    /// A gid that is none, or is one of another type.
    pub(crate) fn invalid_id() -> FieldError {
        FieldError::new("invalid id", "RESOURCE_NOT_FOUND")
    }

    /// Appends the error as an element of `errors`.
    pub(crate) fn write(&self, field: &PlanField, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"message\":");
        write_text(&self.message, out);
        out.extend_from_slice(b",\"locations\":[");
        write_location(field.location, out);
        if let Some(location) = self.also_at {
            out.push(b',');
            write_location(location, out);
        }
        out.push(b']');
        if !self.code.is_empty() {
            out.extend_from_slice(b",\"extensions\":{\"code\":");
            write_text(self.code, out);
            out.push(b'}');
        }
        out.extend_from_slice(b",\"path\":[");
        write_text(&field.response_key, out);
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
