//! The search syntax of `query:` arguments (docs/platforms/shopify.md 6): terms and groups in parentheses, joined by AND, which may
//! be left out, or OR, `-` or NOT in front of one, `\` in front of a character that is meant as itself. Unquoted values with a
//! colon inside do not parse; the term is ignored with a warning, as observed.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Chars;

use crate::core::Epoch;
use crate::shopify::model::ids::{Gid, IdSpace};

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
}

impl Term {
    /// A condition of these parts, taken literally.
    pub(crate) fn new(key: &str, comparison: Comparison, value: &str) -> Term {
        Term {
            key: key.to_owned(),
            comparison,
            value: value.to_owned(),
        }
    }

    /// The first and the last second since 1970 that a term about a time allows; a date is its whole day, and `*` any time. `None`
    /// where the value is no time.
    pub(crate) fn seconds(&self) -> Option<(i64, i64)> {
        if self.value == "*" {
            return Some((i64::MIN, i64::MAX));
        }
        let first = Epoch::parse_unix_micros(&self.value)?.div_euclid(1_000_000);
        let is_date = self.value.len() == "2026-11-20".len();
        let last = first + if is_date { 86_399 } else { 0 };
        Some(match self.comparison {
            Comparison::Equal => (first, last),
            Comparison::Greater => (last + 1, i64::MAX),
            Comparison::GreaterOrEqual => (first, i64::MAX),
            Comparison::Less => (i64::MIN, first - 1),
            Comparison::LessOrEqual => (i64::MIN, last),
        })
    }

    /// The number of the object of this kind that a term names, by its number or its gid.
    pub(crate) fn number(&self, space: IdSpace) -> Option<u64> {
        match Gid::parse(&self.value) {
            Some(gid) => gid.number().filter(|_| gid.name == space.name),
            None => self.value.parse().ok(),
        }
    }
}

/// How terms are put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition<T> {
    /// A single one.
    Term(T),
    /// What must not hold.
    Not(Box<Condition<T>>),
    /// All must hold; without any, everything is found.
    All(Vec<Condition<T>>),
    /// One must hold.
    Any(Vec<Condition<T>>),
}

impl<T> Default for Condition<T> {
    fn default() -> Condition<T> {
        Condition::All(Vec::new())
    }
}

impl<T> Condition<T> {
    /// Whether it holds, given how single terms hold. A term of which nobody can say it, `None`, restricts nothing, negated or
    /// not.
    pub(crate) fn holds(&self, mut term_holds: impl FnMut(&T) -> Option<bool>) -> bool {
        self.judge(&mut term_holds) != Some(false)
    }

    fn judge(&self, term_holds: &mut dyn FnMut(&T) -> Option<bool>) -> Option<bool> {
        match self {
            Condition::Term(term) => term_holds(term),
            Condition::Not(inner) => inner.judge(term_holds).map(|it| !it),
            Condition::All(parts) => first_of(parts, false, term_holds),
            Condition::Any(parts) => first_of(parts, true, term_holds),
        }
    }

    /// Whether it holds for everything.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Condition::All(parts) if parts.is_empty())
    }

    /// The terms that hold wherever it does.
    pub(crate) fn required(&self) -> Vec<&T> {
        match self {
            Condition::Term(term) => vec![term],
            Condition::All(parts) => parts.iter().flat_map(Condition::required).collect(),
            Condition::Not(_) | Condition::Any(_) => Vec::new(),
        }
    }

    /// All terms, in the order they are written in.
    pub(crate) fn terms(&self) -> Vec<&T> {
        match self {
            Condition::Term(term) => vec![term],
            Condition::Not(inner) => inner.terms(),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().flat_map(Condition::terms).collect()
            }
        }
    }

    /// The same condition of other terms.
    pub(crate) fn map<U>(&self, of: &impl Fn(&T) -> U) -> Condition<U> {
        let each = |parts: &[Condition<T>]| parts.iter().map(|part| part.map(of)).collect();
        match self {
            Condition::Term(term) => Condition::Term(of(term)),
            Condition::Not(inner) => Condition::Not(Box::new(inner.map(of))),
            Condition::All(parts) => Condition::All(each(parts)),
            Condition::Any(parts) => Condition::Any(each(parts)),
        }
    }
}

/// `decisive` where one of the parts is; the opposite where none is; nothing where nothing is known of any.
fn first_of<T>(
    parts: &[Condition<T>],
    decisive: bool,
    term_holds: &mut dyn FnMut(&T) -> Option<bool>,
) -> Option<bool> {
    let mut found = None;
    for part in parts {
        match part.judge(term_holds) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(holds) => found = Some(holds),
            None => {}
        }
    }
    found
}

/// A parsed query.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct SearchQuery {
    /// What must hold.
    pub(crate) condition: Condition<Term>,
    /// Fields of terms that were ignored because their value did not parse.
    pub(crate) ignored: Vec<String>,
}

impl SearchQuery {
    /// Whether it holds, given how single terms hold ([`Condition::holds`]).
    pub(crate) fn holds(&self, term_holds: impl FnMut(&Term) -> Option<bool>) -> bool {
        self.condition.holds(term_holds)
    }

    /// Parses a query; every text parses to something.
    pub(crate) fn parse(text: &str) -> SearchQuery {
        let mut parser = Parser {
            rest: text.chars().peekable(),
            depth: 0,
            ignored: Vec::new(),
        };
        let condition = parser.alternatives();
        SearchQuery {
            condition,
            ignored: parser.ignored,
        }
    }
}

/// Parentheses further inside are passed over.
const DEEPEST: usize = 32;

/// What stands between two blanks.
enum Item {
    And,
    Or,
    Not,
    Condition(Condition<Term>),
    Nothing,
}

struct Parser<'t> {
    rest: Peekable<Chars<'t>>,
    depth: usize,
    ignored: Vec<String>,
}

impl Parser<'_> {
    /// Everything up to the end or to the parenthesis that closes the group. AND binds closer than OR.
    fn alternatives(&mut self) -> Condition<Term> {
        let (mut all, mut group) = (Vec::new(), Vec::new());
        let mut is_negated = false;
        loop {
            self.skip_blanks();
            match self.rest.peek() {
                None => break,
                Some(')') if self.depth > 0 => break,
                Some(')') => {
                    self.rest.next();
                }
                Some(_) => match self.item() {
                    Item::Condition(condition) => {
                        group.push(match std::mem::take(&mut is_negated) {
                            true => Condition::Not(Box::new(condition)),
                            false => condition,
                        });
                    }
                    Item::Not => is_negated = !is_negated,
                    Item::Or => all.push(std::mem::take(&mut group)),
                    Item::And => {}
                    Item::Nothing => is_negated = false,
                },
            }
        }
        all.push(group);
        all.retain(|group| !group.is_empty());
        one_or(
            all.into_iter()
                .map(|group| one_or(group, Condition::All))
                .collect(),
            |parts| match parts.is_empty() {
                true => Condition::default(),
                false => Condition::Any(parts),
            },
        )
    }

    fn skip_blanks(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn item(&mut self) -> Item {
        let mut ahead = self.rest.clone();
        let has_minus =
            ahead.next() == Some('-') && ahead.peek().is_some_and(|next| !next.is_whitespace());
        if !has_minus {
            return self.plain();
        }
        self.rest.next();
        match self.plain() {
            Item::Condition(condition) => Item::Condition(Condition::Not(Box::new(condition))),
            other => other,
        }
    }

    fn plain(&mut self) -> Item {
        if self.rest.next_if_eq(&'(').is_some() {
            if self.depth == DEEPEST {
                return Item::Nothing;
            }
            self.depth += 1;
            let inner = self.alternatives();
            self.depth -= 1;
            self.rest.next_if_eq(&')');
            return match inner.is_empty() {
                true => Item::Nothing,
                false => Item::Condition(inner),
            };
        }
        let first = self.text(true);
        let has_key = !first.is_quoted && self.rest.next_if_eq(&':').is_some();
        if !has_key {
            return match first.text.as_str() {
                "AND" if first.is_bare => Item::And,
                "OR" if first.is_bare => Item::Or,
                "NOT" if first.is_bare => Item::Not,
                "" => Item::Nothing,
                _ => Item::Condition(Condition::Term(Term {
                    key: String::new(),
                    comparison: Comparison::Equal,
                    value: first.text,
                })),
            };
        }
        let comparison = self.comparison();
        let value = self.text(false);
        if value.has_colon && !value.text.starts_with("gid://") {
            self.ignored.push(first.text);
            return Item::Nothing;
        }
        Item::Condition(Condition::Term(Term {
            key: first.text,
            comparison,
            value: value.text,
        }))
    }

    fn comparison(&mut self) -> Comparison {
        let sign = self.rest.next_if(|c| matches!(c, '<' | '>' | '='));
        let or_equal = matches!(sign, Some('<' | '>')) && self.rest.next_if_eq(&'=').is_some();
        match (sign, or_equal) {
            (Some('<'), false) => Comparison::Less,
            (Some('<'), true) => Comparison::LessOrEqual,
            (Some('>'), false) => Comparison::Greater,
            (Some('>'), true) => Comparison::GreaterOrEqual,
            _ => Comparison::Equal,
        }
    }

    /// A text in quotes, or what reaches to the next blank or parenthesis; of a key, to the colon behind it.
    fn text(&mut self, is_key: bool) -> Text {
        let mut found = Text {
            text: String::new(),
            is_quoted: false,
            is_bare: true,
            has_colon: false,
        };
        // An apostrophe inside a word is a letter, not a quote.
        if let Some(quote) = self.rest.next_if(|c| matches!(c, '"' | '\'')) {
            found.is_quoted = true;
            found.is_bare = false;
            while let Some(c) = self.rest.next().filter(|c| *c != quote) {
                let literal = if c == '\\' { self.rest.next() } else { None };
                found.text.push(literal.unwrap_or(c));
            }
            return found;
        }
        while let Some(c) = self
            .rest
            .next_if(|c| !(c.is_whitespace() || matches!(c, '(' | ')') || (is_key && *c == ':')))
        {
            let literal = if c == '\\' { self.rest.next() } else { None };
            found.is_bare &= literal.is_none();
            found.has_colon |= c == ':';
            found.text.push(literal.unwrap_or(c));
        }
        found
    }
}

/// A key or a value.
struct Text {
    text: String,
    is_quoted: bool,
    /// Without quotes and backslashes: only so a word is a connective.
    is_bare: bool,
    /// Whether there is a colon in it, neither quoted nor behind a backslash.
    has_colon: bool,
}

/// The only part, or what all of them come to.
fn one_or<T>(
    mut parts: Vec<Condition<T>>,
    together: impl FnOnce(Vec<Condition<T>>) -> Condition<T>,
) -> Condition<T> {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            together(parts)
        }
        None => together(parts),
    }
}

/// Whether an `id` term holds for a position of this kind.
pub(crate) fn id_holds(term: &Term, space: IdSpace, position: u64) -> bool {
    let number = term.number(space);
    number.is_some_and(|number| term.comparison.holds(&space.number(position), &number))
}

/// Whether a text is the one wanted, whatever its capitals; `*` at the end stands for any rest, and alone for any text at all.
pub(crate) fn text_holds(text: &str, wanted: &str) -> bool {
    let text = text.to_lowercase();
    match wanted.strip_suffix('*') {
        Some("") => !text.is_empty(),
        Some(prefix) => text.starts_with(&prefix.to_lowercase()),
        None => text == wanted.to_lowercase(),
    }
}

/// Whether a number of so many decimal places compares to the one wanted as the term says; it never does where that is none.
pub(crate) fn number_holds(term: &Term, own: i64, places: u32) -> bool {
    if term.value == "*" {
        return true;
    }
    let unit = 10i128.pow(places);
    let (digits, rest) = term.value.split_once('.').unwrap_or((&term.value, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let sign = if digits.starts_with('-') { -1 } else { 1 };
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    if digits.is_empty() || !is_number(digits) || !is_number(rest) || rest.len() > 9 {
        return false;
    }
    // Compared in billionths, so that no digit of what is asked for is lost; what is beyond all numbers stays beyond them.
    let whole = digits.parse::<i64>().unwrap_or(i64::MAX);
    let rest: i128 = format!("{rest:0<9}").parse().unwrap_or(0);
    let wanted = sign * (i128::from(whole) * 1_000_000_000 + rest);
    term.comparison
        .holds(&(i128::from(own) * (1_000_000_000 / unit)), &wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Which of these words a query finds, each a document of this one SKU.
    fn finds(query: &str, words: &[&str]) -> Vec<String> {
        let query = SearchQuery::parse(query);
        let is_found = |word: &&&str| {
            let holds = |term: &Term| (term.key != "unknown").then(|| term.value == **word);
            query.condition.holds(holds)
        };
        let found = words.iter().filter(is_found);
        found.map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn reads_terms_and_quotes() {
        let query =
            SearchQuery::parse("updated_at:>='2026-11-20T13:00:00Z' AND status:open -test:true");
        let [updated, status] = query.condition.required()[..] else {
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
        let test = query.condition.terms()[2];
        assert_eq!((test.key.as_str(), test.value.as_str()), ("test", "true"));
        assert!(
            SearchQuery::parse("").condition.holds(|_| Some(false)),
            "an empty query holds for all"
        );
    }

    #[test]
    fn groups_in_parentheses_are_judged_as_a_whole() {
        let all = ["A", "B", "C", "A B"];
        for (query, found) in [
            ("sku:'A B' OR sku:\"C\"", &["C", "A B"][..]),
            ("(sku:A OR sku:B) AND -sku:B", &["A"]),
            ("-sku:B (sku:A OR sku:B)", &["A"]),
            ("NOT (sku:A OR sku:B)", &["C", "A B"]),
            ("-(sku:A OR (sku:B OR sku:C))", &["A B"]),
            ("NOT sku:A NOT sku:B", &["C", "A B"]),
            ("NOT NOT sku:A", &["A"]),
            ("-NOT", &["A", "B", "C", "A B"]),
            ("sku:A OR sku:B sku:C", &["A"]),
            ("(sku:A) OR (sku:B)", &["A", "B"]),
            ("(sku:A OR sku:B", &["A", "B"]),
            ("sku:A) OR sku:B", &["A", "B"]),
            ("OR sku:A AND", &["A"]),
            ("() sku:A", &["A"]),
            ("((((", &["A", "B", "C", "A B"]),
        ] {
            assert_eq!(finds(query, &all), found, "{query}");
        }
    }

    #[test]
    fn a_backslash_takes_what_follows_as_it_is() {
        let all = ["a:b", "(a)", "OR", "D'Addario", "say \"hi\"", "back\\slash"];
        for (query, found) in [
            (r"tag:a\:b", "a:b"),
            ("tag:'a:b'", "a:b"),
            (r"tag:\(a\)", "(a)"),
            (r"\OR", "OR"),
            ("'OR'", "OR"),
            ("tag:D'Addario", "D'Addario"),
            (r"tag:'D\'Addario'", "D'Addario"),
            (r#"tag:"say \"hi\"""#, "say \"hi\""),
            (r"tag:back\\slash", "back\\slash"),
        ] {
            assert_eq!(finds(query, &all), [found], "{query}");
            assert!(SearchQuery::parse(query).ignored.is_empty(), "{query}");
        }
    }

    #[test]
    fn what_nobody_knows_restricts_nothing_negated_or_not() {
        let all = ["A", "B"];
        for (query, found) in [
            ("unknown:x sku:A", &["A"][..]),
            ("-unknown:x sku:A", &["A"]),
            ("unknown:x OR sku:A", &["A"]),
            ("NOT (unknown:x OR sku:A)", &["B"]),
            ("-unknown:x", &["A", "B"]),
        ] {
            assert_eq!(finds(query, &all), found, "{query}");
        }
    }

    #[test]
    fn an_unquoted_timestamp_is_ignored_and_reported() {
        let query = SearchQuery::parse("updated_at:>=2026-11-20T13:00:00Z");
        assert_eq!(query.ignored, ["updated_at"]);
        assert!(query.condition.is_empty());
        let query = SearchQuery::parse("id:gid://shopify/Order/1");
        assert!(query.ignored.is_empty());
    }

    proptest! {
        #[test]
        fn every_text_parses(text in r#"[ab:'"\\()\-<>= ORANDT]{0,80}"#) {
            let query = SearchQuery::parse(&text);
            query.condition.holds(|_| Some(false));
        }
    }
}
