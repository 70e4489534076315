//! The query string, decoded once: both the signature and the operations read it.

use std::borrow::Cow;

use crate::core::integers::digits;

/// Decoded pairs of a query, sorted by key; repeated keys keep their order, as the signature demands
/// (docs/platforms/tiktok_shop.md 1.4).
#[derive(Debug)]
pub(crate) struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Query<'a> {
    pub(crate) fn parse(text: &'a str) -> Query<'a> {
        // A plus is a space for form encoders; a literal plus arrives as %2B.
        let mut pairs: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
        pairs.sort_by(|left, right| left.0.as_bytes().cmp(right.0.as_bytes()));
        Query { pairs }
    }

    /// All pairs, in signing order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The first value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.pairs()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Every id under a key, whether repeated, comma-joined or written as a JSON list (docs/platforms/tiktok_shop.md 1.4);
    /// `None` stands for a text that is no number.
    pub(crate) fn ids<'q>(&'q self, key: &'q str) -> impl Iterator<Item = Option<u64>> + 'q {
        self.pairs()
            .filter(move |(name, _)| *name == key)
            .flat_map(|(_, value)| value.split(','))
            .map(|text| text.trim_matches(|c| matches!(c, '[' | ']' | '"' | ' ')))
            .filter(|text| !text.is_empty())
            .map(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_every_spelling() {
        for text in [
            "ids=1,2",
            "ids=1%2C2",
            "ids=1&ids=2",
            "ids=%5B%221%22%2C%222%22%5D",
        ] {
            let query = Query::parse(text);
            assert_eq!(
                query.ids("ids").collect::<Vec<_>>(),
                [Some(1), Some(2)],
                "{text}"
            );
        }
        assert_eq!(
            Query::parse("ids=one").ids("ids").collect::<Vec<_>>(),
            [None]
        );
    }

    #[test]
    fn plus_is_a_space_and_keys_are_sorted() {
        let query = Query::parse("b=x+y%2B%2F%3D&a=1");
        assert_eq!(
            query.pairs().collect::<Vec<_>>(),
            [("a", "1"), ("b", "x y+/=")]
        );
    }
}
