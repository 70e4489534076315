//! Searches of lists that are read from the platform's database, not from its search index: a time that is none is
//! refused there, while the index finds nothing for it.

use super::reader::Reader;
use super::search::{SearchQuery, Term};
use crate::core::{Epoch, Micros};
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;

/// The Unix time in seconds that a term names: a date, or a date and a time.
fn seconds(value: &str) -> Option<i64> {
    let micros = Epoch::parse_unix_micros(value)
        .or_else(|| Epoch::parse_unix_micros(&format!("{value}T00:00:00Z")))?;
    Some(micros.div_euclid(1_000_000))
}

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
        let mut terms = search.groups.iter().flatten();
        let wrong =
            terms.find(|term| times.contains(&term.key.as_str()) && seconds(&term.value).is_none());
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
        match (known, seconds(&term.value)) {
            (Some(known), Some(asked)) => term.comparison.holds(&known, &asked),
            _ => false,
        }
    }
}
