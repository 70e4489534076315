//! Page sizes and page tokens. A token is opaque base64 with `+ / =` (docs/platforms/tiktok_shop.md 4.1) and holds the
//! position of the last row sent, so that rows that appear during a scan neither shift nor repeat others.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::tiktok_shop::model::json;
use crate::tiktok_shop::shop::access::query::Query;

use super::body;
use super::errors::ApiError;

/// Where a scan goes on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Key of the last row sent.
    pub(crate) last: u64,
    /// Rows found when the scan began; not counted again on each page.
    pub(crate) total: u32,
}

/// First byte of a token, so that a foreign text is told apart.
const MARK: u8 = 0xfb;

/// The required `page_size`, 1 to 100.
pub(crate) fn page_size(query: &Query<'_>) -> Result<usize, ApiError> {
    match query.get("page_size").map(str::parse::<usize>) {
        Some(Ok(size @ 1..=100)) => Ok(size),
        Some(_) => Err(ApiError::invalid(
            "Invalid parameter: page_size must be 1 to 100",
        )),
        None => Err(body::missing("page_size")),
    }
}

/// The `page_size` of searches that do not require one: 10 where none is given, which is assumed.
pub(crate) fn optional_page_size(query: &Query<'_>) -> Result<usize, ApiError> {
    match query.get("page_size") {
        None | Some("") => Ok(10),
        Some(_) => page_size(query),
    }
}

/// The scan's cursor; `None` for its first page.
pub(crate) fn cursor(query: &Query<'_>) -> Result<Option<Cursor>, ApiError> {
    let Some(text) = query.get("page_token").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    decode(text)
        .map(Some)
        .ok_or(ApiError::invalid(Cow::Borrowed(
            "Invalid parameter: page_token",
        )))
}

fn decode(text: &str) -> Option<Cursor> {
    let bytes = STANDARD.decode(text).ok()?;
    let (mark, rest) = bytes.split_first()?;
    let last = rest.get(..8)?.try_into().ok()?;
    let total = rest.get(8..)?.try_into().ok()?;
    (*mark == MARK).then(|| Cursor {
        last: u64::from_be_bytes(last),
        total: u32::from_be_bytes(total),
    })
}

/// One page of rows, and what its tail says.
pub(crate) struct Page {
    /// Positions of the rows.
    pub(crate) rows: Vec<usize>,
    /// Where the next page goes on; `None` on the last.
    pub(crate) next: Option<u64>,
    /// All rows that matched when the scan began.
    pub(crate) total: u32,
}

/// Scans `count` rows, of which the last is the newest, from the newest to the oldest.
pub(crate) fn newest_first(
    count: usize,
    cursor: Option<Cursor>,
    size: usize,
    matches: impl Fn(usize) -> bool,
) -> Page {
    let total = match cursor {
        Some(cursor) => cursor.total,
        None => (0..count).filter(|row| matches(*row)).count() as u32,
    };
    let end = cursor.map_or(count, |cursor| {
        usize::try_from(cursor.last).map_or(count, |last| last.min(count))
    });
    let mut rows: Vec<usize> = (0..end)
        .rev()
        .filter(|row| matches(*row))
        .take(size + 1)
        .collect();
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(|row| *row as u64);
    Page { rows, next, total }
}

/// Appends `"next_page_token":…,"total_count":…`.
pub(crate) fn write_tail(out: &mut Vec<u8>, next: Option<u64>, total: u32) {
    json::raw(out, "\"next_page_token\":\"");
    if let Some(last) = next {
        let mut bytes = [MARK; 13];
        bytes[1..9].copy_from_slice(&last.to_be_bytes());
        bytes[9..].copy_from_slice(&total.to_be_bytes());
        let mut text = [0; 20];
        let length = STANDARD
            .encode_slice(bytes, &mut text)
            .expect("13 bytes are 20 digits");
        out.extend_from_slice(&text[..length]);
    }
    json::raw(out, "\",\"total_count\":");
    json::number(out, total);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_foreign_ones_do_not() {
        let mut out = Vec::new();
        write_tail(&mut out, Some(77), 9);
        let text = String::from_utf8(out).unwrap();
        let token = text.split('"').nth(3).unwrap();
        assert_eq!(decode(token), Some(Cursor { last: 77, total: 9 }));
        assert!(token.contains('=') && token.contains('+'), "{token}");
        for foreign in ["abc", "AAAA", "", "!!"] {
            assert_eq!(decode(foreign), None);
        }
    }
}
