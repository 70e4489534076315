//! Page sizes and page tokens. A token is opaque base64 with `+ / =` (docs/platforms/tiktok_shop.md 4.1) and holds the
//! position of the last row sent, so that rows that appear during a scan neither shift nor repeat others.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::core::integers::digits;
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

/// The lists that are read page by page. A position in one says nothing in another, so that a token is good for its own
/// list only.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Orders,
    Products,
    Packages,
    Cancellations,
    Returns,
}

impl List {
    /// What a token has of its list. Those of orders and products are what clients of every run read page by page; they are
    /// the bytes that they were before lists were told apart, and are good for one another.
    fn mark(self) -> u64 {
        match self {
            List::Orders | List::Products => 0,
            List::Packages => 1,
            List::Cancellations => 2,
            List::Returns => 3,
        }
    }
}

/// First byte of a token, so that a foreign text is told apart.
const MARK: u8 = 0xfb;
/// The place of the list among the bits of a token's position, which no position reaches.
const LIST_PLACE: u32 = 56;

/// The required `page_size`, 1 to 100.
pub(crate) fn page_size(query: &Query<'_>) -> Result<usize, ApiError> {
    match query.get("page_size").map(digits::<usize>) {
        Some(Some(size @ 1..=100)) => Ok(size),
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

/// What orders, cancellations and returns may be sorted by [sdk].
pub(crate) const CREATE_OR_UPDATE_TIME: [&str; 2] = ["create_time", "update_time"];

/// Checks the sorting that a call asks for, where it does: it has its listed values in every search that takes it, in those
/// too that answer newest first whatever it says.
///
/// # Errors
/// The error that names the values.
pub(crate) fn check_sorting(query: &Query<'_>, fields: &[&str]) -> Result<(), ApiError> {
    let given = |name| query.get(name).filter(|text| !text.is_empty());
    body::check_value("sort_field", given("sort_field"), fields)?;
    body::check_value("sort_order", given("sort_order"), &["ASC", "DESC"])
}

/// The scan's cursor in a list; `None` for its first page.
pub(crate) fn cursor(query: &Query<'_>, list: List) -> Result<Option<Cursor>, ApiError> {
    let Some(text) = query.get("page_token").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    decode(text, list)
        .map(Some)
        .ok_or(ApiError::invalid(Cow::Borrowed(
            "Invalid parameter: page_token",
        )))
}

fn decode(text: &str, list: List) -> Option<Cursor> {
    let bytes = STANDARD.decode(text).ok()?;
    let (mark, rest) = bytes.split_first()?;
    let place = u64::from_be_bytes(rest.get(..8)?.try_into().ok()?);
    let total = rest.get(8..)?.try_into().ok()?;
    let is_of_list = place >> LIST_PLACE == list.mark();
    (*mark == MARK && is_of_list).then(|| Cursor {
        last: place & ((1 << LIST_PLACE) - 1),
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
pub(crate) fn write_tail(out: &mut Vec<u8>, list: List, next: Option<u64>, total: u32) {
    json::raw(out, "\"next_page_token\":\"");
    if let Some(last) = next {
        let mut bytes = [MARK; 13];
        let place = list.mark() << LIST_PLACE | last;
        bytes[1..9].copy_from_slice(&place.to_be_bytes());
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

    const LISTS: [List; 5] = [
        List::Orders,
        List::Products,
        List::Packages,
        List::Cancellations,
        List::Returns,
    ];

    #[test]
    fn tokens_read_back_in_their_own_list_and_foreign_ones_do_not() {
        for list in LISTS {
            let mut out = Vec::new();
            write_tail(&mut out, list, Some(77), 9);
            let text = String::from_utf8(out).unwrap();
            let token = text.split('"').nth(3).unwrap();
            for other in LISTS {
                let read = (other.mark() == list.mark()).then_some(Cursor { last: 77, total: 9 });
                assert_eq!(decode(token, other), read, "{list:?} {other:?}");
            }
            assert!(token.contains('=') && token.contains('+'), "{token}");
        }
        for foreign in ["abc", "AAAA", "", "!!"] {
            assert_eq!(decode(foreign, List::Orders), None);
        }
    }
}
