//! What lists are sorted by (docs/platforms/shopify.md 6): an object's number, a time, a number or a text of it. Objects of which these are
//! alike stand by their numbers; what has none stands first; a text stands by its letters, whatever their capitals (assumed).

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::paging::{Cursor, PageCursor};
use super::reader::Reader;
use crate::core::json;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{Json, write_int, write_text};
use crate::shopify::model::ids::IdSpace;

/// What kind of value a list is sorted by.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum SortBy {
    /// The object's number. Relevance, which is not simulated, too.
    Id,
    Time,
    Number,
    Text,
}

/// What a list is sorted by for a `sortKey`, or without one.
pub(crate) fn sorted_by(list: Field, sort_key: Option<&str>) -> SortBy {
    match (list, sort_key.unwrap_or("")) {
        (Field::Orders, "" | "PROCESSED_AT" | "CREATED_AT" | "UPDATED_AT")
        | (Field::Products, "CREATED_AT" | "PUBLISHED_AT" | "UPDATED_AT")
        | (Field::BulkOperations, _) => SortBy::Time,
        (
            Field::Orders,
            "CURRENT_TOTAL_PRICE" | "ORDER_NUMBER" | "TOTAL_ITEMS_QUANTITY" | "TOTAL_PRICE",
        )
        | (Field::Products, "INVENTORY_TOTAL")
        | (
            Field::ProductVariants,
            "INVENTORY_LEVELS_AVAILABLE" | "INVENTORY_QUANTITY" | "POSITION",
        )
        | (Field::MetafieldDefinitions, "PINNED_POSITION") => SortBy::Number,
        (
            Field::Orders,
            "CUSTOMER_NAME" | "DESTINATION" | "FINANCIAL_STATUS" | "FULFILLMENT_STATUS"
            | "PO_NUMBER",
        )
        | (Field::Products, "PRODUCT_TYPE" | "TITLE" | "VENDOR")
        | (
            Field::ProductVariants,
            "FULL_TITLE" | "INVENTORY_MANAGEMENT" | "INVENTORY_POLICY" | "NAME" | "SKU" | "TITLE",
        )
        | (Field::Locations, "" | "NAME")
        | (Field::MetafieldDefinitions, "NAME") => SortBy::Text,
        _ => SortBy::Id,
    }
}

/// A value that a list is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortValue {
    Number(i64),
    Text(Letters),
}

impl SortValue {
    /// A text, or the one that stands first where there is none.
    pub(crate) fn text(text: Option<&str>) -> SortValue {
        let text = text.unwrap_or("");
        SortValue::Text(Letters {
            small: text.to_lowercase(),
            text: text.to_owned(),
        })
    }
}

/// A text that stands by its letters: those that differ in capitals alone are alike.
#[derive(Clone, Debug)]
pub(crate) struct Letters {
    small: String,
    text: String,
}

impl Ord for Letters {
    fn cmp(&self, other: &Letters) -> Ordering {
        self.small.cmp(&other.small)
    }
}

impl PartialOrd for Letters {
    fn partial_cmp(&self, other: &Letters) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Letters {
    fn eq(&self, other: &Letters) -> bool {
        self.small == other.small
    }
}

impl Eq for Letters {}

/// Where a page of a list ended that is sorted by values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ValueCursor {
    value: SortValue,
    last_id: u64,
}

impl ValueCursor {
    /// Reads an opaque text; `None` where it is none of a list that is sorted so.
    pub(crate) fn read(text: &str, by: SortBy) -> Option<ValueCursor> {
        if by != SortBy::Text {
            let Cursor {
                last_value,
                last_id,
            } = Cursor::read(text)?;
            let value = SortValue::Number(last_value);
            return Some(ValueCursor { value, last_id });
        }
        let bytes = STANDARD.decode(text).ok()?;
        let inside: Json<'_> = json::read(&bytes).ok()?;
        let last_id = u64::try_from(inside.get("last_id")?.int()?).ok()?;
        let value = match inside.get("last_value")? {
            Json::Null => SortValue::text(None),
            value => SortValue::text(Some(value.text()?)),
        };
        Some(ValueCursor { value, last_id })
    }
}

impl PageCursor for ValueCursor {
    fn write(&self, out: &mut Vec<u8>) {
        let text = match &self.value {
            SortValue::Number(last_value) => {
                let cursor = Cursor {
                    last_value: *last_value,
                    last_id: self.last_id,
                };
                return cursor.write(out);
            }
            SortValue::Text(letters) => &letters.text,
        };
        let mut inside = b"{\"last_id\":".to_vec();
        write_int(self.last_id, &mut inside);
        inside.extend_from_slice(b",\"last_value\":");
        write_text(text, &mut inside);
        inside.push(b'}');
        out.push(b'"');
        out.extend_from_slice(STANDARD.encode(&inside).as_bytes());
        out.push(b'"');
    }
}

impl Reader<'_> {
    /// Appends a connection over objects of one kind, sorted by a value of each.
    pub(crate) fn connection_by_value<N: Copy + Into<u64>>(
        &self,
        field: &PlanField,
        (space, positions): (IdSpace, &[N]),
        value: impl Fn(N) -> SortValue,
        write: impl FnMut(&Selection, N, &mut Vec<u8>) -> u64,
        out: &mut Vec<u8>,
    ) -> u64 {
        let sort_key = field.text_argument("sortKey", self.variables);
        let by = sorted_by(field.field, sort_key.as_deref());
        let place = |at: N| ValueCursor {
            value: value(at),
            last_id: space.number(at.into()),
        };
        let mut rows: Vec<(ValueCursor, N)> =
            positions.iter().map(|at| (place(*at), *at)).collect();
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        // Pages are cut by ranks: a row has the odd numbers, a bound between two rows an even one.
        let ranked = |rank: usize, is_row: bool| Cursor {
            last_value: 2 * rank as i64 + i64::from(is_row),
            last_id: 0,
        };
        let bound = |name: &str| {
            let text = field.text_argument(name, self.variables)?;
            let bound = ValueCursor::read(&text, by)?;
            let rank = rows.partition_point(|row| row.0 < bound);
            let is_row = rows.get(rank).is_some_and(|row| row.0 == bound);
            Some(ranked(rank, is_row))
        };
        let mut page = self.page_arguments(field);
        page.after = bound("after");
        page.before = bound("before");
        let slice = page.slice(rows.len(), |rank| ranked(rank, true));
        self.page(
            field,
            slice.count(),
            |index| rows[slice.position(index)].1,
            (slice.has_previous, slice.has_next),
            place,
            write,
            out,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_of_texts_and_numbers_go_there_and_back() {
        for (value, by) in [
            (SortValue::text(Some("Élan \"1\"")), SortBy::Text),
            (SortValue::Number(-40), SortBy::Number),
        ] {
            let cursor = ValueCursor { value, last_id: 7 };
            let mut out = Vec::new();
            cursor.write(&mut out);
            let text = String::from_utf8(out).unwrap();
            assert_eq!(
                ValueCursor::read(text.trim_matches('"'), by),
                Some(cursor.clone())
            );
        }
        assert_eq!(ValueCursor::read("%", SortBy::Text), None);
    }

    #[test]
    fn texts_stand_by_their_letters() {
        let text = |text: &str| SortValue::text(Some(text));
        assert!(text("apple") < text("Banana"));
        assert!(text("") < text("a"));
        assert!(SortValue::Number(2) < SortValue::Number(10));
    }
}
