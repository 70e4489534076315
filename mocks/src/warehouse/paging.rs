//! Query parameters, cursors and page sizes.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::changes::ChangeKind;
use super::errors::ApiError;
use crate::core::Micros;

/// Most SKUs on a page of stock, and the default.
pub(super) const STOCK_LIMIT: u32 = 1_000;
/// Most changes in an answer.
pub(super) const CHANGES_LIMIT: u32 = 1_000;
/// Changes in an answer unless asked otherwise.
const CHANGES_DEFAULT: u32 = 500;
/// The longest long poll, in milliseconds.
const LONGEST_WAIT_MILLIS: u32 = 20_000;

/// The query part of a request. Unknown parameters are ignored; of repeated ones the first counts.
#[derive(Copy, Clone)]
pub(super) struct Query<'uri>(pub Option<&'uri str>);

/// Decodes a percent-encoded part of the path or query.
///
/// # Errors
/// 400 when the decoded bytes are no UTF-8.
pub(super) fn decode<'uri>(text: &'uri str, name: &str) -> Result<Cow<'uri, str>, ApiError> {
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
        match text.parse() {
            Ok(number) if (low..=high).contains(&number) => Ok(number),
            _ => Err(ApiError::bad_request(format!(
                "{name} must be a whole number from {low} to {high}"
            ))),
        }
    }
}

/// What a reader of the change feed asks for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct ChangesQuery {
    /// Changes after this position.
    pub after: u32,
    /// At most so many.
    pub limit: u32,
    /// How long to wait for the first.
    pub wait: Micros,
    /// Only these kinds: one bit each, see [`ChangeKind::bit`].
    pub kinds: u8,
}

impl ChangesQuery {
    /// Reads the parameters; `end` is the feed's last position.
    ///
    /// # Errors
    /// 400 for values that make no sense; a cursor beyond the feed's end is one.
    pub fn read(query: Query<'_>, end: u32) -> Result<ChangesQuery, ApiError> {
        let mut kinds = ChangeKind::EVERY;
        if let Some(names) = query.get("kinds")? {
            kinds = 0;
            for name in names.split(',').map(str::trim) {
                let kind = ChangeKind::named(name).ok_or_else(|| {
                    ApiError::bad_request(
                        "kinds is a comma-separated list of received, damaged, recounted, returned, allocated, \
                         deallocated and shipped",
                    )
                })?;
                kinds |= kind.bit();
            }
        }
        Ok(ChangesQuery {
            after: query.number("after", 0, 0, end)?,
            limit: query.number("limit", CHANGES_DEFAULT, 1, CHANGES_LIMIT)?,
            wait: Micros::from_millis(u64::from(query.number(
                "wait_ms",
                0,
                0,
                LONGEST_WAIT_MILLIS,
            )?)),
            kinds,
        })
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

    #[test]
    fn feed_queries_have_defaults_and_refuse_nonsense() {
        let read = |text| ChangesQuery::read(Query(Some(text)), 9);
        assert_eq!(
            read(""),
            Ok(ChangesQuery {
                after: 0,
                limit: 500,
                wait: Micros::ZERO,
                kinds: ChangeKind::EVERY
            })
        );
        assert_eq!(
            read("after=9&limit=1000&wait_ms=20000&kinds=received,%20shipped"),
            Ok(ChangesQuery {
                after: 9,
                limit: 1_000,
                wait: Micros::from_secs(20),
                kinds: ChangeKind::Received.bit() | ChangeKind::Shipped.bit()
            })
        );
        for text in [
            "after=10",
            "after=-1",
            "limit=0",
            "limit=1001",
            "wait_ms=20001",
            "kinds=",
            "kinds=sold",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
