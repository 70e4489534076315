//! Query parameters, and segments of paths.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::errors::ApiError;

/// The query part of a request. Unknown parameters are passed over; of repeated ones that stand for one value the first counts.
pub(super) struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Decodes a percent-encoded segment of a path.
///
/// # Errors
/// 400 when the decoded bytes are no UTF-8.
pub(super) fn decode(segment: &str) -> Result<String, ApiError> {
    let decoded = percent_decode_str(segment).decode_utf8();
    decoded
        .map(Cow::into_owned)
        .map_err(|_| ApiError::bad_request("the path is not UTF-8 when percent-decoded"))
}

impl<'a> Query<'a> {
    pub(super) fn read(text: &'a str) -> Query<'a> {
        Query {
            pairs: form_urlencoded::parse(text.as_bytes()).collect(),
        }
    }

    /// Every value of a parameter.
    pub(super) fn all<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        let named = self.pairs.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| &**value)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| &**value)
    }
}
