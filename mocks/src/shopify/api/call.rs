//! One GraphQL call, as its handlers see it.

use std::cell::RefCell;

use super::graphql::plan::{Operation, Variables};
use super::origin::Origin;
use super::queries::reader::Reader;
use crate::core::Micros;
use crate::shopify::model::state::State;

/// What handlers need to know of the call.
pub(crate) struct Call<'a> {
    pub now: Micros,
    pub sent_at: Micros,
    pub version: &'a str,
    pub variables: &'a Variables<'a>,
    pub operation: &'a Operation,
    pub origin: Origin<'a>,
    /// Orders older than this are not served to the app.
    pub window_start: Micros,
}

impl<'a> Call<'a> {
    /// A view of the state for this call.
    pub fn reader(&'a self, state: &'a State) -> Reader<'a> {
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
