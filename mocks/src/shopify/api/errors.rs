//! Errors: top-level ones of GraphQL and user errors of mutations (sheet sections 2.4, 4.3 and 4.4).

use std::borrow::Cow;

use super::graphql::fields::Field;
use super::graphql::plan::{Location, PlanField};
use crate::shopify::json::{write_int, write_optional_text, write_text};
use super::queries::reader::Reader;

/// The body for paths that are not served.
pub const NOT_FOUND: &[u8] = br#"{"errors":"Not Found"}"#;

/// An error of a root field, whose value is then `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong.
    pub message: Cow<'static, str>,
    /// The platform's code; empty where it gives none.
    pub code: &'static str,
    /// Where it stands, beside the field itself.
    pub also_at: Option<Location>,
}

impl FieldError {
    /// An error with a code.
    pub fn new(message: impl Into<Cow<'static, str>>, code: &'static str) -> FieldError {
        FieldError {
            message: message.into(),
            code,
            also_at: None,
        }
    }

    /// A gid that is none, or is one of another type.
    pub fn invalid_id() -> FieldError {
        FieldError::new("invalid id", "RESOURCE_NOT_FOUND")
    }

    /// Appends the error as an element of `errors`.
    pub fn write(&self, field: &PlanField, out: &mut Vec<u8>) {
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

/// A business error inside a mutation's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// The path of the input that is wrong.
    pub field: Vec<Cow<'static, str>>,
    /// What is wrong.
    pub message: Cow<'static, str>,
    /// The platform's code, where the type has one.
    pub code: &'static str,
}

impl UserError {
    /// An error without a code.
    pub fn plain(
        field: impl IntoIterator<Item = &'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> UserError {
        UserError::coded(field, message, "")
    }

    /// An error with a code.
    pub fn coded(
        field: impl IntoIterator<Item = &'static str>,
        message: impl Into<Cow<'static, str>>,
        code: &'static str,
    ) -> UserError {
        UserError {
            field: field.into_iter().map(Cow::Borrowed).collect(),
            message: message.into(),
            code,
        }
    }

    /// An error at a member of a list row: `["input", list, "index", member]`.
    pub fn row(
        list: &'static str,
        index: usize,
        member: &'static str,
        message: impl Into<Cow<'static, str>>,
        code: &'static str,
    ) -> UserError {
        UserError {
            field: vec![
                "input".into(),
                list.into(),
                index.to_string().into(),
                member.into(),
            ],
            message: message.into(),
            code,
        }
    }
}

impl Reader<'_> {
    /// Appends a list of user errors, which costs nothing.
    pub fn user_errors(&self, field: &PlanField, errors: &[UserError], out: &mut Vec<u8>) -> u64 {
        self.list(field, errors, out, |selection, error, out| {
            self.object(selection, out, |part, out| {
                match part.field {
                    Field::Message => write_text(&error.message, out),
                    Field::Code => {
                        write_optional_text((!error.code.is_empty()).then_some(error.code), out);
                    }
                    Field::Field => {
                        if error.field.is_empty() {
                            out.extend_from_slice(b"null");
                        } else {
                            out.push(b'[');
                            for (index, step) in error.field.iter().enumerate() {
                                if index > 0 {
                                    out.push(b',');
                                }
                                write_text(step, out);
                            }
                            out.push(b']');
                        }
                    }
                    _ => self.unserved(part, out),
                }
                0
            })
        });
        0
    }
}
