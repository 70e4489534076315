//! The search syntax of `query:` arguments (docs/platforms/shopify.md 6): terms joined by AND, groups joined by OR, `-` or NOT in
//! front of a term. Unquoted values with a colon inside do not parse; the term is ignored with a warning, as observed.

use std::cmp::Ordering;

/// How a term compares.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `key:value`.
    Equal,
    /// `key:>value`.
    Greater,
    /// `key:>=value`.
    GreaterOrEqual,
    /// `key:<value`.
    Less,
    /// `key:<=value`.
    LessOrEqual,
}

impl Comparison {
    /// Whether `left` compares so to `right`.
    pub(crate) fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        let ordering = left.cmp(right);
        match self {
            Comparison::Equal => ordering == Ordering::Equal,
            Comparison::Greater => ordering == Ordering::Greater,
            Comparison::GreaterOrEqual => ordering != Ordering::Less,
            Comparison::Less => ordering == Ordering::Less,
            Comparison::LessOrEqual => ordering != Ordering::Greater,
        }
    }
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The field; empty for a bare word.
    pub(crate) key: String,
    /// How it compares.
    pub(crate) comparison: Comparison,
    /// With what.
    pub(crate) value: String,
    /// Whether the condition is turned round.
    pub(crate) is_negated: bool,
}

/// A parsed query: any of the groups must hold, each wholly. No group holds for everything.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct SearchQuery {
    /// The groups.
    pub(crate) groups: Vec<Vec<Term>>,
    /// Fields of terms that were ignored because their value did not parse.
    pub(crate) ignored: Vec<String>,
}

impl SearchQuery {
    /// Parses a query; every text parses to something.
    pub(crate) fn parse(text: &str) -> SearchQuery {
        let mut query = SearchQuery::default();
        let mut group = Vec::new();
        let mut is_negated = false;
        let mut has_or = false;
        for word in words(text) {
            match word.as_str() {
                "AND" => {}
                "OR" => {
                    has_or = true;
                    query.groups.push(std::mem::take(&mut group));
                }
                "NOT" => is_negated = true,
                word => {
                    let word = word.trim_start_matches('(').trim_end_matches(')');
                    match term(word, std::mem::take(&mut is_negated)) {
                        Ok(term) => group.push(term),
                        Err(key) => query.ignored.push(key),
                    }
                }
            }
        }
        if has_or || !group.is_empty() {
            query.groups.push(group);
        }
        query
    }

    /// Whether the query holds, given how single terms hold.
    pub(crate) fn holds(&self, mut term_holds: impl FnMut(&Term) -> bool) -> bool {
        self.groups.is_empty()
            || self
                .groups
                .iter()
                .any(|group| group.iter().all(|term| term_holds(term) != term.is_negated))
    }

    /// The one group of a query without OR.
    pub(crate) fn conjunction(&self) -> &[Term] {
        match &self.groups[..] {
            [group] => group,
            _ => &[],
        }
    }
}

/// Splits at white space outside quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) => {
                word.push(c);
                if c == open {
                    quote = None;
                }
            }
            // An apostrophe inside a word is a letter, not a quote.
            None if c == '"'
                || (c == '\'' && (word.is_empty() || word.ends_with([':', '=', '>', '<']))) =>
            {
                quote = Some(c);
                word.push(c);
            }
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            None => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn term(word: &str, is_negated: bool) -> Result<Term, String> {
    let (word, is_negated) = match word.strip_prefix('-') {
        Some(rest) if !rest.is_empty() => (rest, !is_negated),
        _ => (word, is_negated),
    };
    let unquoted = |value: &str| {
        for quote in ['"', '\''] {
            if let Some(rest) = value.strip_prefix(quote) {
                return (rest.strip_suffix(quote).unwrap_or(rest).to_owned(), true);
            }
        }
        (value.to_owned(), false)
    };
    let is_quoted_word = word.starts_with(['"', '\'']);
    let Some((key, rest)) = word.split_once(':').filter(|_| !is_quoted_word) else {
        return Ok(Term {
            key: String::new(),
            comparison: Comparison::Equal,
            value: unquoted(word).0,
            is_negated,
        });
    };
    let (comparison, value) = [
        (">=", Comparison::GreaterOrEqual),
        ("<=", Comparison::LessOrEqual),
        (">", Comparison::Greater),
        ("<", Comparison::Less),
        ("=", Comparison::Equal),
    ]
    .into_iter()
    .find_map(|(sign, comparison)| Some((comparison, rest.strip_prefix(sign)?)))
    .unwrap_or((Comparison::Equal, rest));
    let (value, was_quoted) = unquoted(value);
    if !was_quoted && value.contains(':') && !value.starts_with("gid://") {
        return Err(key.to_owned());
    }
    Ok(Term {
        key: key.to_owned(),
        comparison,
        value,
        is_negated,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_terms_quotes_and_groups() {
        let query =
            SearchQuery::parse("updated_at:>='2026-11-20T13:00:00Z' AND status:open -test:true");
        assert_eq!(query.groups.len(), 1);
        let [updated, status, test] = &query.groups[0][..] else {
            panic!("{query:?}")
        };
        assert_eq!(
            (updated.comparison, updated.value.as_str()),
            (Comparison::GreaterOrEqual, "2026-11-20T13:00:00Z")
        );
        assert_eq!(
            (status.key.as_str(), status.value.as_str()),
            ("status", "open")
        );
        assert!(test.is_negated);
        let either = SearchQuery::parse("sku:'A B' OR sku:\"C\"");
        assert!(either.holds(|term| term.value == "A B"));
        assert!(either.holds(|term| term.value == "C"));
        assert!(!either.holds(|term| term.value == "D"));
        assert!(
            SearchQuery::parse("").holds(|_| false),
            "an empty query holds for all"
        );
    }

    #[test]
    fn an_unquoted_timestamp_is_ignored_and_reported() {
        let query = SearchQuery::parse("updated_at:>=2026-11-20T13:00:00Z");
        assert_eq!(query.ignored, ["updated_at"]);
        assert!(query.groups.is_empty());
        assert!(
            SearchQuery::parse("id:gid://shopify/Order/1")
                .ignored
                .is_empty()
        );
    }
}
