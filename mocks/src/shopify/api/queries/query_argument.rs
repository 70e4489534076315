//! The `query` argument of lists. Of those that are read from the platform's database, not from its search index, a time that is
//! none is refused, while the index finds nothing for it.

use super::reader::Reader;
use super::search::{SearchQuery, Term};
use super::search_keys::{Key, key_of};
use crate::core::Micros;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::schema::build::QUERY_ROOT;
use crate::shopify::json::write_text;

impl Reader<'_> {
    /// The parsed `query` argument. What of it did not parse, and what names no field of the list, is told; what the
    /// platform is searched by and nothing stands behind here is counted.
    pub(crate) fn search(&self, field: &PlanField) -> SearchQuery {
        let Some(query) = field.text_argument("query", self.variables) else {
            return SearchQuery::default();
        };
        let mut search = SearchQuery::parse(&query);
        let mut unknown: Vec<String> = Vec::new();
        for term in search.condition.terms() {
            match key_of(field.field, &term.key) {
                Key::Served => {}
                Key::Documented(key) => {
                    let name = format!("{QUERY_ROOT}.{}(query: {key})", field.field.name());
                    self.not_simulated.borrow_mut().push(name);
                }
                Key::Unknown if unknown.contains(&term.key) => {}
                Key::Unknown => unknown.push(term.key.clone()),
            }
        }
        search.ignored.append(&mut unknown);
        self.warn(field, &query, &search.ignored);
        search
    }

    /// Notes the warning that the platform gives for terms it could not parse.
    fn warn(&self, field: &PlanField, query: &str, ignored: &[String]) {
        if ignored.is_empty() {
            return;
        }
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.is_empty() {
            warnings.push(b',');
        }
        warnings.extend_from_slice(b"{\"path\":[");
        write_text(&field.response_key, &mut warnings);
        warnings.extend_from_slice(b"],\"query\":");
        write_text(query, &mut warnings);
        warnings.extend_from_slice(b",\"warnings\":[");
        for (index, key) in ignored.iter().enumerate() {
            if index > 0 {
                warnings.push(b',');
            }
            warnings.extend_from_slice(b"{\"field\":");
            write_text(key, &mut warnings);
            warnings.extend_from_slice(b",\"message\":\"Invalid search field for this query.\",\"code\":\"invalid_field\"}");
        }
        warnings.extend_from_slice(b"]}");
    }

    /// The `query` argument of a list whose keys of `times` are times.
    ///
    /// # Errors
    /// A time that cannot be read.
    pub(crate) fn time_search(
        &self,
        field: &PlanField,
        times: &[&str],
    ) -> Result<SearchQuery, FieldError> {
        let search = self.search(field);
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
