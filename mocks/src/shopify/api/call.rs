//! One GraphQL call, as its handlers see it.

use std::cell::RefCell;

use super::graphql::plan::{Operation, Variables};
use super::origin::Origin;
use super::queries::reader::Reader;
use crate::core::Micros;
use crate::shopify::model::state::State;

/// What handlers need to know of the call.
pub(crate) struct Call<'a> {
    pub(crate) now: Micros,
    pub(crate) sent_at: Micros,
    pub(crate) version: &'a str,
    pub(crate) variables: &'a Variables<'a>,
    pub(crate) operation: &'a Operation,
    pub(crate) origin: Origin<'a>,
    /// Orders older than this are not served to the app.
    pub(crate) window_start: Micros,
}

impl<'a> Call<'a> {
    /// A view of the state for this call.
    pub(crate) fn reader(&'a self, state: &'a State) -> Reader<'a> {
        Reader {
            state,
            variables: self.variables,
            now: self.now,
            window_start: self.window_start,
            warnings: RefCell::new(Vec::new()),
            origin: Some(self.origin),
            is_unpaged: false,
        }
    }
}
