//! Cursors and pages (docs/platforms/shopify.md 3.1 and 6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::sorting::{SortBy, ValueCursor, sorted_by};
use crate::core::{Epoch, json};
use crate::shopify::api::graphql::cost::PAGE_SIZE_MAX;
use crate::shopify::api::graphql::errors::{Below, FieldError, Step};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Children, PlanField, Selection, Shape, Variables};
use crate::shopify::json::{Json, write_int};

/// Where a page ended: the id and the sort value of an object.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    /// The sort value: the id itself, or Unix milliseconds.
    pub(crate) last_value: i64,
    /// The object's number.
    pub(crate) last_id: u64,
}

/// Where an object stands in a list, as an opaque text.
pub(crate) trait PageCursor {
    /// Appends the quoted opaque text.
    fn write(&self, out: &mut Vec<u8>);
}

impl PageCursor for Cursor {
    fn write(&self, out: &mut Vec<u8>) {
        let mut text = Vec::with_capacity(64);
        text.extend_from_slice(b"{\"last_id\":");
        write_int(self.last_id, &mut text);
        text.extend_from_slice(b",\"last_value\":\"");
        write_int(self.last_value, &mut text);
        text.extend_from_slice(b"\"}");
        out.push(b'"');
        let start = out.len();
        out.resize(start + text.len().div_ceil(3) * 4, 0);
        // The buffer has exactly the length that the encoding of `text` takes.
        let written = STANDARD.encode_slice(&text, &mut out[start..]).unwrap_or(0);
        out.truncate(start + written);
        out.push(b'"');
    }
}

impl Cursor {
    /// Reads an opaque text; `None` when it is no cursor of the platform's. A sort value may be a number, or a number or
    /// a time as text; where there is none, the list is sorted by id.
    pub(crate) fn read(text: &str) -> Option<Cursor> {
        let bytes = STANDARD.decode(text).ok()?;
        let inside: Json<'_> = json::read(&bytes).ok()?;
        let last_id = u64::try_from(inside.get("last_id")?.int()?).ok()?;
        let last_value = match inside.given("last_value") {
            None => last_id as i64,
            Some(Json::Int(value)) => *value,
            Some(Json::Float(value)) => *value as i64,
            Some(Json::Text(text)) => match text.parse() {
                Ok(value) => value,
                Err(_) => unix_millis(text)?,
            },
            Some(_) => return None,
        };
        Some(Cursor {
            last_value,
            last_id,
        })
    }
}

/// The milliseconds since 1970 of a time as cursors have it: `2026-05-05 20:34:00.379572`, in UTC.
fn unix_millis(text: &str) -> Option<i64> {
    let iso = text.trim_end_matches('Z').replacen(' ', "T", 1);
    let micros = Epoch::parse_unix_micros(&format!("{iso}Z"));
    micros.map(|micros| micros.div_euclid(1_000))
}

/// What is said of a cursor that no page gave out.
const FOREIGN_CURSOR: &str = "Invalid cursor for current pagination sort.";

/// Whether a cursor fits the present sort of a list: the value that it is sorted by is the object's number, or a time or
/// another number, which are none and are not told apart, or a text. Whose number it is does not matter: a page begins behind it.
fn fits_sort(field: &PlanField, text: &str, variables: &Variables<'_>) -> bool {
    let sort_key = field.text_argument("sortKey", variables);
    let by = sorted_by(field.field, sort_key.as_deref());
    let is_of_number = |it: Cursor| u64::try_from(it.last_value) == Ok(it.last_id);
    let is_by_id = Cursor::read(text).is_some_and(is_of_number);
    is_by_id == (by == SortBy::Id) && ValueCursor::read(text, by).is_some()
}

/// Why a connection cannot be paged as it is asked to be: it needs `first` or `last`, takes not both, and begins at a
/// cursor only that a page gave out in this sort. A page that begins nowhere would be the first one again, and whoever walks the
/// pages would go in a circle.
///
/// The first wording stands in the platform's own client's tests (Shopify/shopify-api-js, `graphql_client`).
fn page_refusal(field: &PlanField, variables: &Variables<'_>) -> Option<&'static str> {
    let size = |name| field.int_argument(name, variables).is_some();
    match (size("first"), size("last")) {
        (false, false) => return Some("you must provide one of first or last"),
        (true, true) => return Some("providing both first and last is not supported"),
        _ => {}
    }
    let is_foreign = |name| {
        let given = field.text_argument(name, variables);
        given.is_some_and(|text| !fits_sort(field, &text, variables))
    };
    (is_foreign("after") || is_foreign("before")).then_some(FOREIGN_CURSOR)
}

/// The refusal of a root field that is a connection, or has one below it, which cannot be paged. The platform nulls the
/// nearest field that may be `null`; here that is always the root field.
pub(crate) fn refusal(field: &PlanField, variables: &Variables<'_>) -> Option<FieldError> {
    let (message, way) = find_refusal(field, variables)?;
    let mut error = FieldError::new(message, "BAD_REQUEST");
    if let Some((last, _)) = way.first() {
        let mut path = Vec::new();
        for (step, is_in_list) in way.iter().rev() {
            if *is_in_list {
                path.push(Step::First);
            }
            path.push(Step::Key(step.response_key.clone()));
        }
        error.below = Some(Below {
            path,
            location: last.location,
        });
    }
    Some(error)
}

/// Fields from the refused connection up to below the root, each with whether it stands inside a list.
type Way<'f> = Vec<(&'f PlanField, bool)>;

fn find_refusal<'f>(
    field: &'f PlanField,
    variables: &Variables<'_>,
) -> Option<(&'static str, Way<'f>)> {
    if field.shape == Shape::Connection
        && let Some(message) = page_refusal(field, variables)
    {
        return Some((message, Way::new()));
    }
    let is_list = matches!(field.shape, Shape::List | Shape::Nodes) || field.field == Field::Edges;
    let below = |selection: &'f Selection| {
        let mut wanted = selection
            .fields
            .iter()
            .filter(|part| part.wanted(variables));
        wanted.find_map(|part| {
            let (message, mut way) = find_refusal(part, variables)?;
            way.push((part, is_list));
            Some((message, way))
        })
    };
    match &field.children {
        Children::None => None,
        Children::Object(selection) => below(selection),
        Children::Abstract(kinds) => kinds.iter().find_map(|(_, selection)| below(selection)),
    }
}

/// A connection's paging arguments.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct PageArguments {
    /// How many.
    pub(crate) size: usize,
    /// Whether the page is counted from the end (`last`).
    pub(crate) from_end: bool,
    /// Only what comes after this.
    pub(crate) after: Option<Cursor>,
    /// Only what comes before this.
    pub(crate) before: Option<Cursor>,
    /// Descending order.
    pub(crate) reverse: bool,
}

impl PageArguments {
    /// The arguments of a connection field. The size is already known to be in bounds.
    pub(crate) fn of(field: &PlanField, variables: &Variables<'_>) -> PageArguments {
        let first = field.int_argument("first", variables);
        let last = field.int_argument("last", variables);
        let cursor = |name| Cursor::read(&field.text_argument(name, variables)?);
        PageArguments {
            size: first.or(last).unwrap_or(0).clamp(0, PAGE_SIZE_MAX) as usize,
            from_end: first.is_none() && last.is_some(),
            after: cursor("after"),
            before: cursor("before"),
            reverse: field.flag("reverse", variables),
        }
    }

    /// Cuts the page out of `len` objects that are sorted ascending by `cursor`. Positions in the page are those of
    /// the ascending order; [`Slice::position`] turns them round where the page is descending.
    pub(crate) fn slice(&self, len: usize, cursor: impl Fn(usize) -> Cursor) -> Slice {
        let at = |rank: usize| cursor(if self.reverse { len - 1 - rank } else { rank });
        let rank_of = |bound: Cursor, is_after: bool| -> usize {
            // The first rank beyond the bound, by bisection in the page's own order.
            let (mut low, mut high) = (0, len);
            while low < high {
                let middle = (low + high) / 2;
                let here = at(middle);
                let is_before_bound = match (self.reverse, is_after) {
                    (false, true) => here <= bound,
                    (false, false) => here < bound,
                    (true, true) => here >= bound,
                    (true, false) => here > bound,
                };
                if is_before_bound {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            low
        };
        let start = self.after.map_or(0, |bound| rank_of(bound, true));
        let end = self
            .before
            .map_or(len, |bound| rank_of(bound, false))
            .max(start);
        let (from, to) = if self.from_end {
            (start.max(end.saturating_sub(self.size)), end)
        } else {
            (start, end.min(start + self.size))
        };
        Slice {
            from,
            to,
            len,
            reverse: self.reverse,
            has_next: to < len,
            has_previous: from > 0,
        }
    }
}

/// A page as ranks of a sorted list.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    from: usize,
    to: usize,
    len: usize,
    reverse: bool,
    /// Whether anything follows.
    pub(crate) has_next: bool,
    /// Whether anything precedes.
    pub(crate) has_previous: bool,
}

impl Slice {
    /// How many objects are on the page.
    pub(crate) fn count(&self) -> usize {
        self.to - self.from
    }

    /// The ascending position of the page's n-th object.
    pub(crate) fn position(&self, index: usize) -> usize {
        let rank = self.from + index;
        if self.reverse {
            self.len - 1 - rank
        } else {
            rank
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_go_there_and_back() {
        let cursor = Cursor {
            last_value: 1_795_179_912_000,
            last_id: 5_001_000_000_001,
        };
        let mut out = Vec::new();
        cursor.write(&mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "\"eyJsYXN0X2lkIjo1MDAxMDAwMDAwMDAxLCJsYXN0X3ZhbHVlIjoiMTc5NTE3OTkxMjAwMCJ9\""
        );
        assert_eq!(Cursor::read(text.trim_matches('"')), Some(cursor));
        assert_eq!(Cursor::read("%%%"), None);
        let read = |inside: &str| Cursor::read(&STANDARD.encode(inside));
        let value = |inside: &str| read(inside).map(|it| (it.last_value, it.last_id));
        // What the platform's own cursors have beside texts of numbers.
        assert_eq!(value(r#"{"last_id":9,"last_value":12}"#), Some((12, 9)));
        assert_eq!(value(r#"{"last_id":9}"#), Some((9, 9)));
        assert_eq!(
            value(r#"{"last_id":9,"last_value":"2026-11-29 17:45:01.250999"}"#),
            Some((1_795_974_301_250, 9))
        );
        assert_eq!(value(r#"{"last_id":9,"last_value":"soon"}"#), None);
        assert_eq!(value(r#"{"last_value":"9"}"#), None);
    }

    #[test]
    fn pages_walk_both_ways_without_gap_or_repeat() {
        let cursor = |position: usize| Cursor {
            last_value: position as i64,
            last_id: position as u64,
        };
        for reverse in [false, true] {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = PageArguments {
                    size: 3,
                    after,
                    reverse,
                    ..PageArguments::default()
                };
                let slice = page.slice(10, cursor);
                seen.extend((0..slice.count()).map(|index| slice.position(index)));
                if !slice.has_next {
                    break;
                }
                after = Some(cursor(slice.position(slice.count() - 1)));
            }
            let mut expected: Vec<usize> = (0..10).collect();
            if reverse {
                expected.reverse()
            }
            assert_eq!(seen, expected);
        }
        let last = PageArguments {
            size: 2,
            from_end: true,
            ..PageArguments::default()
        }
        .slice(10, cursor);
        assert_eq!(
            (
                last.position(0),
                last.position(1),
                last.has_next,
                last.has_previous
            ),
            (8, 9, false, true)
        );
    }
}
