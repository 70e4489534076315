//! Query parameters.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::core::integers::digits;

use super::errors::ApiError;

/// The query part of a request. Unknown parameters are ignored; of repeated ones the first counts.
#[derive(Copy, Clone)]
pub(crate) struct Query<'uri>(pub Option<&'uri str>);

/// Decodes a percent-encoded part of the path or query.
///
/// # Errors
/// 400 when the decoded bytes are no UTF-8.
pub(crate) fn decode<'uri>(text: &'uri str, name: &str) -> Result<Cow<'uri, str>, ApiError> {
    percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| ApiError::bad_request(format!("{name} is not UTF-8 after percent-decoding")))
}

impl<'uri> Query<'uri> {
    /// The decoded value of a parameter.
    ///
    /// # Errors
    /// 400 when the decoded bytes are no UTF-8.
    pub fn get(self, name: &str) -> Result<Option<Cow<'uri, str>>, ApiError> {
        let raw = self
            .0
            .unwrap_or("")
            .split('&')
            .find_map(|pair| match pair.split_once('=') {
                Some((key, value)) => (key == name).then_some(value),
                None => (pair == name).then_some(""),
            });
        match raw {
            None => Ok(None),
            Some(value) if value.contains('+') => {
                let spaced = value.replace('+', " ");
                Ok(Some(Cow::Owned(decode(&spaced, name)?.into_owned())))
            }
            Some(value) => decode(value, name).map(Some),
        }
    }

    /// A whole number within a range, or a default when it is not given.
    ///
    /// # Errors
    /// 400 when it is no number or outside the range.
    pub fn number(self, name: &str, default: u32, low: u32, high: u32) -> Result<u32, ApiError> {
        let Some(text) = self.get(name)? else {
            return Ok(default);
        };
        match digits(&text) {
            Some(number) if (low..=high).contains(&number) => Ok(number),
            _ => Err(ApiError::bad_request(format!(
                "{name} must be a whole number from {low} to {high}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_ranges_kept() {
        let query = Query(Some("after=A%2FB+C&limit=7&flag&odd=%ff"));
        assert_eq!(query.get("after").unwrap().as_deref(), Some("A/B C"));
        assert_eq!(query.get("flag").unwrap().as_deref(), Some(""));
        assert_eq!(query.get("none"), Ok(None));
        assert!(query.get("odd").is_err());
        assert_eq!(query.number("limit", 5, 1, 10), Ok(7));
        assert_eq!(query.number("other", 5, 1, 10), Ok(5));
        assert!(query.number("limit", 5, 1, 6).is_err());
        assert!(query.number("after", 5, 1, 6).is_err());
    }
}
