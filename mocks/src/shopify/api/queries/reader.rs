//! Executing plans against the shop's state: every method appends JSON and returns the actual price of what it wrote
//! (docs/platforms/shopify.md 2.3).

use super::paging::{Cursor, PageArguments, PageCursor};
use crate::core::Micros;
use crate::shopify::api::graphql::cost;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Neutral, PlanField, Selection, Shape, Variables};
use crate::shopify::api::origin::Origin;
use crate::shopify::json::{write_bool, write_decimal, write_int, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::state::State;

/// One request's view of the state.
pub(crate) struct Reader<'a> {
    /// The state.
    pub(crate) state: &'a State,
    /// The request's variables.
    pub(crate) variables: &'a Variables<'a>,
    /// Now.
    pub(crate) now: Micros,
    /// The version by whose rules is answered.
    pub(crate) version: &'a str,
    /// Orders older than this are not served to the app.
    pub(crate) window_start: Micros,
    /// What the app may do.
    pub(crate) scopes: &'a [String],
    /// What a search asks for that is documented and not simulated.
    pub(crate) not_simulated: std::cell::RefCell<Vec<String>>,
    /// Warnings about search terms, as the elements of `extensions.search`.
    pub(crate) warnings: std::cell::RefCell<Vec<u8>>,
    /// How the caller reached the emulator; none where nobody calls.
    pub(crate) origin: Option<Origin<'a>>,
    /// Whether connections are read whole, as bulk operations read them.
    pub(crate) is_unpaged: bool,
    /// Beyond so many bytes of an answer no more fields are written: whoever made the reader refuses what is longer.
    pub(crate) bytes_max: usize,
}

/// Appends `null` for an object that is not there, which still costs 1.
pub(crate) fn null_object(out: &mut Vec<u8>) -> u64 {
    out.extend_from_slice(b"null");
    1
}

/// Appends `null`.
pub(crate) fn null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"null");
}

/// Appends `[]`.
pub(crate) fn empty_list(out: &mut Vec<u8>) {
    out.extend_from_slice(b"[]");
}

impl Reader<'_> {
    /// Appends an object: `write` appends the value of one field and returns its price.
    pub(crate) fn object(
        &self,
        selection: &Selection,
        out: &mut Vec<u8>,
        mut write: impl FnMut(&PlanField, &mut Vec<u8>) -> u64,
    ) -> u64 {
        out.push(b'{');
        let mut is_first = true;
        let mut price = 0;
        for field in &selection.fields {
            if !field.wanted(self.variables) {
                continue;
            }
            if out.len() > self.bytes_max {
                break;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            out.extend_from_slice(&field.key);
            if field.field != Field::Typename {
                price += write(field, out);
            }
        }
        out.push(b'}');
        price
    }

    /// Appends the neutral value of a field that nothing stands behind.
    pub(crate) fn unserved(&self, field: &PlanField, out: &mut Vec<u8>) {
        debug_assert!(
            field.field == Field::NotSimulated,
            "the schema has a field `{}` that no writer serves",
            field.field.name()
        );
        self.neutral(field, out);
    }

    /// Appends a neutral value, and returns its price.
    pub(crate) fn neutral(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        match field.neutral {
            // The name of the type stands with the key.
            _ if field.field == Field::Typename => {}
            Neutral::Null => null(out),
            Neutral::EmptyList => empty_list(out),
            Neutral::Written(text) => out.extend_from_slice(text.as_bytes()),
            Neutral::Text(text) => write_text(text, out),
            Neutral::Id(name) => write_text(&format!("gid://shopify/{name}/0"), out),
            Neutral::Currency => write_text(&self.state.shop.currency, out),
            Neutral::Time => self.time(Micros::ZERO, out),
            Neutral::Object => {
                self.object(field.selection(), out, |part, out| self.neutral(part, out));
            }
        }
        u64::from(field.shape != Shape::Leaf)
    }

    /// Appends an instant, or `null` for [`Micros::MAX`].
    pub(crate) fn time(&self, at: Micros, out: &mut Vec<u8>) {
        if at == Micros::MAX {
            return null(out);
        }
        out.push(b'"');
        self.state.shop.epoch.write_seconds_utc(at, out);
        out.push(b'"');
    }

    /// Appends a `MoneyBag`, which costs nothing.
    pub(crate) fn money_bag(&self, field: &PlanField, cents: i64, out: &mut Vec<u8>) -> u64 {
        self.object(field.selection(), out, |money, out| {
            self.object(money.selection(), out, |part, out| {
                match part.field {
                    Field::Amount => write_decimal(cents, out),
                    Field::CurrencyCode => write_text(&self.state.shop.currency, out),
                    _ => self.unserved(part, out),
                }
                0
            })
        })
    }

    /// Appends a `Count`.
    pub(crate) fn count(
        &self,
        field: &PlanField,
        count: u64,
        precision: &str,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Count => write_int(count, out),
                Field::Precision => write_text(precision, out),
                _ => self.unserved(part, out),
            }
            0
        });
        match field.shape {
            Shape::Count => cost::COUNT,
            _ => 1,
        }
    }

    /// Appends a list of objects.
    pub(crate) fn list<N>(
        &self,
        field: &PlanField,
        items: impl IntoIterator<Item = N>,
        out: &mut Vec<u8>,
        mut write: impl FnMut(&Selection, N, &mut Vec<u8>) -> u64,
    ) -> u64 {
        out.push(b'[');
        let mut price = 0;
        let mut is_first = true;
        for item in items {
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            price += 1 + write(field.selection(), item, out);
        }
        out.push(b']');
        price.max(1)
    }

    /// How many elements a list field with `first` shows at most.
    pub(crate) fn first(&self, field: &PlanField) -> usize {
        field
            .int_argument("first", self.variables)
            .map_or(usize::MAX, |first| usize::try_from(first).unwrap_or(0))
    }

    /// The paging arguments of a connection; a bulk operation reads it whole whatever they say.
    pub(crate) fn page_arguments(&self, field: &PlanField) -> PageArguments {
        let mut page = PageArguments::of(field, self.variables);
        if self.is_unpaged {
            page.size = u32::MAX as usize;
            page.from_end = false;
        }
        page
    }

    /// Appends a connection over objects sorted ascending by cursor.
    pub(crate) fn connection<N: Copy>(
        &self,
        field: &PlanField,
        len: usize,
        item: impl Fn(usize) -> N,
        cursor: impl Fn(N) -> Cursor,
        write: impl FnMut(&Selection, N, &mut Vec<u8>) -> u64,
        out: &mut Vec<u8>,
    ) -> u64 {
        let page = self.page_arguments(field);
        let slice = page.slice(len, |position| cursor(item(position)));
        self.page(
            field,
            slice.count(),
            |index| item(slice.position(index)),
            (slice.has_previous, slice.has_next),
            cursor,
            write,
            out,
        )
    }

    /// Appends a connection over objects of one kind, at positions that ascend.
    pub(crate) fn connection_by_id<N: Copy + Into<u64>>(
        &self,
        field: &PlanField,
        (space, positions): (ids::IdSpace, &[N]),
        write: impl FnMut(&Selection, N, &mut Vec<u8>) -> u64,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.connection(
            field,
            positions.len(),
            |index| positions[index],
            |at| Self::id_cursor(space, at.into()),
            write,
            out,
        )
    }

    /// Appends a connection whose page is known. `more` tells whether there is more before and after.
    #[expect(clippy::too_many_arguments, reason = "a page has this many parts")]
    pub(crate) fn page<N: Copy, C: PageCursor>(
        &self,
        field: &PlanField,
        count: usize,
        item: impl Fn(usize) -> N,
        more: (bool, bool),
        cursor: impl Fn(N) -> C,
        mut write: impl FnMut(&Selection, N, &mut Vec<u8>) -> u64,
        out: &mut Vec<u8>,
    ) -> u64 {
        let mut sum = 0;
        let mut reads_nodes = false;
        self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Nodes => {
                    reads_nodes = true;
                    out.push(b'[');
                    for index in 0..count {
                        if index > 0 {
                            out.push(b',');
                        }
                        sum += 1 + write(part.selection(), item(index), out);
                    }
                    out.push(b']');
                }
                Field::Edges => {
                    out.push(b'[');
                    for index in 0..count {
                        if index > 0 {
                            out.push(b',');
                        }
                        let item = item(index);
                        sum += self.object(part.selection(), out, |edge, out| match edge.field {
                            Field::Node => 1 + write(edge.selection(), item, out),
                            Field::Cursor => {
                                cursor(item).write(out);
                                0
                            }
                            _ => {
                                self.unserved(edge, out);
                                0
                            }
                        });
                    }
                    out.push(b']');
                }
                Field::PageInfo => {
                    self.object(part.selection(), out, |info, out| {
                        let end = |index: Option<usize>, out: &mut Vec<u8>| match index {
                            Some(index) => cursor(item(index)).write(out),
                            None => null(out),
                        };
                        match info.field {
                            Field::HasNextPage => write_bool(more.1, out),
                            Field::HasPreviousPage => write_bool(more.0, out),
                            Field::StartCursor => end((count > 0).then_some(0), out),
                            Field::EndCursor => end(count.checked_sub(1), out),
                            _ => self.unserved(info, out),
                        }
                        0
                    });
                }
                _ => self.unserved(part, out),
            }
            0
        });
        let size = cost::size_of(field, self.variables);
        if count == 0 {
            // An empty connection read by `nodes` is charged in full, by `edges` only its base.
            return if reads_nodes {
                cost::requested(field, self.variables).unwrap_or(2)
            } else {
                2
            };
        }
        cost::actual_connection(size, sum)
    }

    /// The cursor of a list sorted by id.
    pub(crate) fn id_cursor(space: ids::IdSpace, position: u64) -> Cursor {
        let number = space.number(position);
        Cursor {
            last_value: number as i64,
            last_id: number,
        }
    }
}
