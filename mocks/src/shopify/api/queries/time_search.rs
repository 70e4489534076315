//! Searches of lists that are read from the platform's database, not from its search index: a time that is none is
//! refused there, while the index finds nothing for it.

use super::reader::Reader;
use super::search::{SearchQuery, Term};
use crate::core::Micros;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;

impl Reader<'_> {
    /// The `query` argument of a list whose keys of `times` are times.
    ///
    /// # Errors
    /// A time that cannot be read.
    pub(crate) fn time_search(
        &self,
        field: &PlanField,
        times: &[&str],
    ) -> Result<SearchQuery, FieldError> {
        let given = field.text_argument("query", self.variables);
        let search = given.as_deref().map(SearchQuery::parse).unwrap_or_default();
        let mut terms = search.condition.terms().into_iter();
        let wrong =
            terms.find(|term| times.contains(&term.key.as_str()) && term.seconds().is_none());
        match wrong {
            Some(term) => {
                let message = format!("Invalid timestamp for query filter `{}`.", term.key);
                Err(FieldError::new(message, "BAD_REQUEST"))
            }
            None => Ok(search),
        }
    }

    /// Whether a term about a time holds.
    pub(crate) fn time_is(&self, at: Micros, term: &Term) -> bool {
        let known = (at != Micros::MAX).then(|| self.state.shop.epoch.unix_secs(at));
        match (known, term.seconds()) {
            (Some(known), Some((first, last))) => first <= known && known <= last,
            _ => false,
        }
    }
}
