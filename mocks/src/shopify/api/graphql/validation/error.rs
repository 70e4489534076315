//! Errors of a document, as the platform writes them.

use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::syntax::ast::OperationKind;
use crate::shopify::json::{write_int, write_text};

/// A step of the way to what is wrong.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathStep<'t> {
    Operation(OperationKind, Option<&'t str>),
    Fragment(&'t str),
    /// A field's response key, an argument, or an input object's member.
    Name(&'t str),
    Spread(&'t str),
    Inline(Option<&'t str>),
    /// An element of a list.
    Index(usize),
}

impl PathStep<'_> {
    fn write(self, out: &mut Vec<u8>) {
        match self {
            PathStep::Name(name) => write_text(name, out),
            PathStep::Index(index) => write_int(index, out),
            PathStep::Fragment(name) => write_text(&format!("fragment {name}"), out),
            PathStep::Spread(name) => write_text(&format!("... {name}"), out),
            PathStep::Inline(None) => write_text("...", out),
            PathStep::Inline(Some(name)) => write_text(&format!("... on {name}"), out),
            PathStep::Operation(kind, None) => write_text(kind.keyword(), out),
            PathStep::Operation(kind, Some(name)) => {
                write_text(&format!("{} {name}", kind.keyword()), out);
            }
        }
    }
}

/// An error of validation.
#[derive(Clone, Debug)]
pub(crate) struct ValidationError<'t> {
    pub(crate) message: String,
    pub(crate) locations: Vec<Location>,
    pub(crate) path: Vec<PathStep<'t>>,
    /// `code` first.
    pub(crate) extensions: Vec<(&'static str, String)>,
}

/// Begins the body of a refused document.
pub(super) fn open_body() -> Vec<u8> {
    b"{\"errors\":[".to_vec()
}

/// The body that tells of errors.
pub(super) fn body(errors: &[ValidationError<'_>]) -> Vec<u8> {
    let mut out = open_body();
    for (index, error) in errors.iter().enumerate() {
        separate(index, &mut out);
        out.extend_from_slice(b"{\"message\":");
        write_text(&error.message, &mut out);
        out.push(b',');
        write_locations(&error.locations, &mut out);
        out.extend_from_slice(b",\"path\":[");
        for (index, step) in error.path.iter().enumerate() {
            separate(index, &mut out);
            step.write(&mut out);
        }
        out.extend_from_slice(b"],\"extensions\":{");
        for (index, (key, value)) in error.extensions.iter().enumerate() {
            separate(index, &mut out);
            write_text(key, &mut out);
            out.push(b':');
            write_text(value, &mut out);
        }
        out.extend_from_slice(b"}}");
    }
    out.extend_from_slice(b"]}");
    out
}

/// The body that tells of a text that is no document.
pub(super) fn syntax_body(message: &str, at: Location) -> Vec<u8> {
    let mut out = open_body();
    out.extend_from_slice(b"{\"message\":");
    write_text(message, &mut out);
    out.push(b',');
    write_locations(&[at], &mut out);
    out.extend_from_slice(b",\"extensions\":{\"code\":\"PARSE_ERROR\"}}]}");
    out
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

fn write_locations(locations: &[Location], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"locations\":[");
    for (index, location) in locations.iter().enumerate() {
        separate(index, out);
        out.extend_from_slice(b"{\"line\":");
        write_int(location.line, out);
        out.extend_from_slice(b",\"column\":");
        write_int(location.column, out);
        out.push(b'}');
    }
    out.push(b']');
}
