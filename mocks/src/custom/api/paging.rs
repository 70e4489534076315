//! Sizes and cursors of pages. A cursor is opaque text; inside is where the next page goes on, and of which list.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::core::integers::digits;
use crate::core::json::{raw, string};

use super::errors::ApiError;
use super::query::Query;

/// Most rows of a page, and most SKUs that a call may name.
pub(super) const MOST_ROWS: usize = 100;
/// Rows of a page when the call does not say.
pub(super) const USUAL_ROWS: usize = 50;

/// What a cursor goes through: the first byte of its text.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum List {
    Orders = b'o',
    Products = b'p',
}

/// Rows of the page that a call asks for.
pub(super) fn rows(query: &Query<'_>) -> Result<usize, ApiError> {
    asked_rows(query).map(|rows| rows.unwrap_or(USUAL_ROWS))
}

/// Rows of the page, where the call says.
pub(super) fn asked_rows(query: &Query<'_>) -> Result<Option<usize>, ApiError> {
    let Some(text) = query.get("limit") else {
        return Ok(None);
    };
    match digits(text) {
        Some(rows @ 1..=MOST_ROWS) => Ok(Some(rows)),
        _ => Err(ApiError::bad_request(format!(
            "limit must be a whole number from 1 to {MOST_ROWS}"
        ))),
    }
}

/// The rows of one page, by their places among all, and where the next page begins.
pub(super) struct Page {
    pub(super) rows: Range<usize>,
    pub(super) next: Option<u64>,
}

impl Page {
    /// The page of so many rows that begins at a place.
    pub(super) fn of(all: usize, from: u64, rows: usize) -> Page {
        let from = usize::try_from(from).map_or(all, |from| from.min(all));
        let until = all.min(from + rows);
        Page {
            rows: from..until,
            next: (until < all).then_some(until as u64),
        }
    }
}

/// Where the page that a call asks for begins.
pub(super) fn from(query: &Query<'_>, list: List) -> Result<u64, ApiError> {
    let Some(text) = query.get("cursor").filter(|text| !text.is_empty()) else {
        return Ok(0);
    };
    decode(text, list).ok_or_else(|| {
        ApiError::bad_request("cursor is not one that this list has handed out in next_cursor")
    })
}

fn decode(text: &str, list: List) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (first, rest) = bytes.split_first()?;
    let place = u64::from_be_bytes(rest.try_into().ok()?);
    (*first == list as u8).then_some(place)
}

/// Appends `,"next_cursor":` with the text for where the next page begins, or null.
pub(super) fn write_next(out: &mut Vec<u8>, list: List, next: Option<u64>) {
    raw(out, ",\"next_cursor\":");
    match next {
        None => raw(out, "null"),
        Some(place) => {
            let mut bytes = [list as u8; 9];
            bytes[1..].copy_from_slice(&place.to_be_bytes());
            string(out, &URL_SAFE_NO_PAD.encode(bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_alone() {
        let mut out = Vec::new();
        write_next(&mut out, List::Orders, Some(77));
        let text = String::from_utf8(out).unwrap();
        let cursor = text.split('"').nth(3).unwrap();
        assert_eq!(decode(cursor, List::Orders), Some(77));
        assert_eq!(decode(cursor, List::Products), None);
        for foreign in ["", "77", "b38", &format!("{cursor}A")] {
            assert_eq!(decode(foreign, List::Orders), None, "{foreign}");
        }
    }
}
