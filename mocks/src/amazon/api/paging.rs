//! Page tokens: opaque to clients, stateless to us. A token carries the whole query and the place to go on from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::core::Micros;
use crate::core::random::mix;

/// Words that a token carries, with one more for the check.
const WORDS: usize = 6;

/// What every kind of token holds. Each API gives `fields` its own meaning.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageToken {
    /// When it was made.
    pub(crate) made_at: Micros,
    /// Where the next page starts.
    pub(crate) next: u64,
    /// The query.
    pub(crate) fields: [u64; 3],
}

impl PageToken {
    /// The text of the token; `key` keeps the tokens of different APIs and shops apart.
    pub(crate) fn text(&self, key: u64) -> String {
        let [first, second, third] = self.fields;
        let words = [self.made_at.0, self.next, first, second, third];
        let check = words.into_iter().fold(key, mix);
        let mut bytes = [0u8; WORDS * 8];
        for (place, word) in bytes
            .chunks_exact_mut(8)
            .zip(words.into_iter().chain([check]))
        {
            place.copy_from_slice(&word.to_le_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token back; `None` when it is none of ours.
    pub(crate) fn read(text: &str, key: u64) -> Option<PageToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut words = [0u64; WORDS];
        if bytes.len() != WORDS * 8 {
            return None;
        }
        for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(chunk.try_into().ok()?);
        }
        let [made_at, next, first, second, third, check] = words;
        let expected = [made_at, next, first, second, third]
            .into_iter()
            .fold(key, mix);
        (check == expected).then_some(PageToken {
            made_at: Micros(made_at),
            next,
            fields: [first, second, third],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_read_back_under_their_own_key_only(made in any::<u64>(), next: u64, fields: [u64; 3]) {
            let token = PageToken { made_at: Micros(made), next, fields };
            let text = token.text(1);
            prop_assert_eq!(PageToken::read(&text, 1), Some(token));
            prop_assert_eq!(PageToken::read(&text, 2), None);
            prop_assert_eq!(PageToken::read(&text[1..], 1), None);
        }

        #[test]
        fn foreign_texts_are_no_tokens(text in ".{0,80}") {
            prop_assert_eq!(PageToken::read(&text, 1), None);
        }
    }
}
