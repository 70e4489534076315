//! What the rules share: the document, where in it they are, and what they found wrong.

use super::error::{PathStep, ValidationError};
use super::rules::variables::Scope;
use super::steps::{Steps, TooComplex};
use crate::shopify::api::graphql::Map;
use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::{Schema, TypeId};
use crate::shopify::api::graphql::syntax::ast::{Document, Fragment};

/// Errors told of one document; whoever has more will not read them.
const ERRORS_MAX: usize = 100;

/// Why validation ends early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// As many errors were found as are told.
    EnoughErrors,
    /// No steps are left.
    TooComplex,
}

impl From<TooComplex> for Stop {
    fn from(_: TooComplex) -> Stop {
        Stop::TooComplex
    }
}

/// A rule's outcome: errors are in the context.
pub(crate) type Checked = Result<(), Stop>;

/// Where a fragment is spread.
#[derive(Debug)]
pub(crate) struct SpreadUse<'t> {
    pub(crate) name: &'t str,
    pub(crate) at: Location,
    pub(crate) parent: TypeId,
    pub(crate) path: Vec<PathStep<'t>>,
}

/// The state of one validation.
pub(crate) struct Context<'c, 't> {
    pub(crate) schema: &'c Schema,
    pub(crate) document: &'c Document<'t>,
    /// Fragments by name; the first of those that share one.
    pub(crate) fragments: Map<&'t str, &'c Fragment<'t>>,
    pub(crate) steps: &'c mut Steps,
    pub(crate) path: Vec<PathStep<'t>>,
    pub(crate) errors: Vec<ValidationError<'t>>,
    /// Fields that cannot be merged, by the field or operation below which they meet.
    pub(crate) conflicts: Map<Location, Vec<ValidationError<'t>>>,
    /// Where fragments are spread.
    pub(crate) spreads: Vec<SpreadUse<'t>>,
    /// Variables of each operation and fragment, in the document's order.
    pub(crate) scopes: Vec<Scope<'c, 't>>,
}

impl<'c, 't> Context<'c, 't> {
    /// A context before the first rule.
    pub(crate) fn new(
        schema: &'c Schema,
        document: &'c Document<'t>,
        steps: &'c mut Steps,
    ) -> Context<'c, 't> {
        let mut fragments = Map::default();
        for fragment in document.fragments() {
            fragments.entry(fragment.name).or_insert(fragment);
        }
        Context {
            schema,
            document,
            fragments,
            steps,
            path: Vec::new(),
            errors: Vec::new(),
            conflicts: Map::default(),
            spreads: Vec::new(),
            scopes: Vec::new(),
        }
    }

    /// Notes an error at the present path; `extensions` begin with the code.
    pub(crate) fn error(
        &mut self,
        message: String,
        locations: Vec<Location>,
        extensions: Vec<(&'static str, String)>,
    ) -> Checked {
        let path = self.path.clone();
        self.error_at(message, locations, path, extensions)
    }

    /// Notes an error at another path.
    pub(crate) fn error_at(
        &mut self,
        message: String,
        locations: Vec<Location>,
        path: Vec<PathStep<'t>>,
        extensions: Vec<(&'static str, String)>,
    ) -> Checked {
        self.add(ValidationError {
            message,
            locations,
            path,
            extensions,
        })
    }

    /// Notes an error.
    pub(crate) fn add(&mut self, error: ValidationError<'t>) -> Checked {
        self.errors.push(error);
        if self.errors.len() >= ERRORS_MAX {
            return Err(Stop::EnoughErrors);
        }
        Ok(())
    }
}

/// Groups things by name in the order of first appearance and yields those that appear more than once.
pub(crate) fn repeated<T: Copy, N: Copy + Eq + std::hash::Hash>(
    all: impl Iterator<Item = (N, T)>,
) -> Vec<(N, Vec<T>)> {
    let mut groups: Map<N, Vec<T>> = Default::default();
    for (name, one) in all {
        groups.entry(name).or_default().push(one);
    }
    groups.retain(|_, group| group.len() > 1);
    groups.into_iter().collect()
}
