//! Query strings: percent-decoded pairs, lists both comma-separated and repeated, unknown names tolerated
//! (docs/platforms/amazon.md 1).

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use percent_encoding::percent_decode_str;
use rustc_hash::FxHasher;

use super::reply::Reply;
use crate::amazon::model::instants::read_instant;

/// The pairs of a query string, in their order.
#[derive(Debug, Default)]
pub(crate) struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Decodes one path segment; bytes that are no UTF-8 become replacement characters.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('%') {
        Cow::Owned(percent_decode_str(text).decode_utf8_lossy().into_owned())
    } else {
        Cow::Borrowed(text)
    }
}

impl<'a> Query<'a> {
    /// Reads a query string or a form body.
    pub(crate) fn parse(text: &'a str) -> Query<'a> {
        Query {
            pairs: form_urlencoded::parse(text.as_bytes()).collect(),
        }
    }

    /// The first value of a name; empty values count as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_ref())
    }

    /// All values of a name, commas splitting too. A comma inside a SKU cannot be told from a separator: so it is with
    /// Amazon (docs/platforms/amazon.md 5.1).
    pub(crate) fn list<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        self.pairs
            .iter()
            .filter(move |(key, _)| key == name)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// A number that differs, as good as always, between queries that do not have the same values of these names.
    pub(crate) fn fingerprint(&self, names: &[&str]) -> u64 {
        let mut hasher = FxHasher::default();
        for name in names {
            self.list(name).for_each(|value| value.hash(&mut hasher));
            // The end of one list is not the beginning of the next.
            hasher.write_u8(0);
        }
        hasher.finish()
    }

    /// An instant, as Unix microseconds. A plus sign that was sent without encoding arrives as a blank, and an offset that
    /// begins with a blank is none: Amazon refuses it, as many a client has found out (docs/platforms/amazon.md 2.3).
    ///
    /// # Errors
    /// A 400 that names the parameter when its text is no ISO 8601 instant.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<i64>, Reply> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        read_instant(text).map(Some).ok_or_else(|| {
            Reply::detailed(format!(
                "Query parameter [{name}] value is not a valid ISO date-time object."
            ))
        })
    }

    /// Whether a switch is on: `None` where it is left out. Clients in Python write `True` and `False`, which Amazon takes
    /// (the examples of python-amazon-sp-api send them).
    ///
    /// # Errors
    /// The text that is neither.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, &str> {
        match self.get(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => Err(text),
        }
    }

    /// A whole number between two bounds, or the given default.
    ///
    /// # Errors
    /// A 400 that names the parameter when its text is no number within the bounds.
    pub(crate) fn bounded(
        &self,
        name: &str,
        least: usize,
        most: usize,
        default: usize,
    ) -> Result<usize, Reply> {
        match self.get(name).map(str::parse::<usize>) {
            None => Ok(default),
            Some(Ok(value)) if (least..=most).contains(&value) => Ok(value),
            Some(_) => Err(Reply::invalid_input(format!(
                "{name} must be a number from {least} to {most}."
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Epoch;

    #[test]
    fn lists_come_comma_separated_and_repeated() {
        let query = Query::parse("a=1,2&b=x%2Cy&a=3&c=&plus=1+1");
        assert_eq!(query.list("a").collect::<Vec<_>>(), ["1", "2", "3"]);
        assert_eq!(query.list("b").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(query.get("c"), None);
        assert_eq!(query.get("plus"), Some("1 1"));
    }

    #[test]
    fn switches_are_written_in_any_case() {
        let query = Query::parse("a=True&b=FALSE&c=true&d=1&e=");
        assert_eq!(query.switch("a"), Ok(Some(true)));
        assert_eq!(query.switch("b"), Ok(Some(false)));
        assert_eq!(query.switch("c"), Ok(Some(true)));
        assert_eq!(query.switch("d"), Err("1"));
        assert_eq!((query.switch("e"), query.switch("f")), (Ok(None), Ok(None)));
    }

    #[test]
    fn instants_want_their_plus_encoded() {
        let query =
            Query::parse("t=2026-11-20T14:00:00%2B01:00&v=2026-11-20T14:00:00+01:00&u=soon");
        let expected = Epoch::parse_unix_micros("2026-11-20T13:00:00Z");
        assert_eq!(query.instant("t").unwrap(), expected);
        assert_eq!(query.instant("v").unwrap_err().status, 400);
        assert_eq!(query.instant("u").unwrap_err().status, 400);
        assert_eq!(query.bounded("t", 1, 2, 1).unwrap_err().status, 400);
    }
}
