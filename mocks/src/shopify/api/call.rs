//! One GraphQL call, as its handlers see it.

use std::cell::RefCell;

use super::auth::scopes::Scopes;
use super::graphql::plan::{Operation, Variables};
use super::origin::Origin;
use super::queries::reader::Reader;
use crate::core::{Cause, Micros};
use crate::shopify::model::state::State;

/// The longest answer to a query. Leaves cost no points, so the price alone would not bound how long a client can keep the
/// emulator writing; pages that engines read are shorter by far.
pub(crate) const ANSWER_BYTES_MAX: usize = 8 << 20;

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
    /// What the app may do.
    pub(crate) scopes: Scopes,
    /// What the call asks for that is not simulated and shows in its input alone, each once.
    pub(crate) not_simulated: RefCell<Vec<String>>,
}

impl<'a> Call<'a> {
    /// The cause of what the call changes.
    pub(crate) fn cause(&self) -> Cause {
        Cause::Write {
            sent_at: self.sent_at,
            received_at: self.now,
        }
    }

    /// Notes that the call asks for what is not simulated.
    pub(crate) fn note_not_simulated(&self, name: String) {
        let mut noted = self.not_simulated.borrow_mut();
        if !noted.contains(&name) {
            noted.push(name);
        }
    }

    /// A view of the state for this call.
    pub(crate) fn reader(&'a self, state: &'a State) -> Reader<'a> {
        Reader {
            state,
            variables: self.variables,
            now: self.now,
            version: self.version,
            window_start: self.window_start,
            scopes: self.scopes.list(),
            not_simulated: RefCell::default(),
            warnings: RefCell::new(Vec::new()),
            origin: Some(self.origin),
            is_unpaged: false,
            // What a mutation did is told whole: its rows are bounded by its input.
            bytes_max: match self.operation.is_mutation {
                true => usize::MAX,
                false => ANSWER_BYTES_MAX,
            },
        }
    }
}
