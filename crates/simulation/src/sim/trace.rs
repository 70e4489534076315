//! The rolling trace hash: two runs with the same hash behaved the same (law 3).
//!
//! **What goes in**, in the order in which it happens:
//! - every event that reaches a machine, the engine, the ledger's observers or a storefront: its time, its class, the
//!   system or channel it concerns and its number (call number per system, delivery, order, buyer);
//! - of a request: method, path with query, and body; of a response or webhook: status or path, and body;
//! - of a call or delivery that failed: that it did;
//! - of every buyer's and merchant's act: the act with all its figures, and what became of it;
//! - every fact that a system reports, with all its fields.
//!
//! **What stays out**: headers (they only matter through what they cause, and that is in), timers that turned out to be
//! moot, and everything about the host: wall time, memory, addresses.
//! The hash is kept as a number of 64 bits and does not depend on the machine's word size or byte order.

use channel_mocks::core::random::{hash_bytes, mix};
use channel_mocks::core::{Micros, Request, Response};

use super::heap::Class;

/// A running hash. Feeding the same words in another order gives another hash.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TraceHash {
    state: u64,
}

impl TraceHash {
    /// The hash of an empty trace under a key; runs use their root seed.
    pub const fn new(key: u64) -> TraceHash {
        TraceHash {
            state: mix(key, 0x7472_6163_6531),
        }
    }

    /// Feeds a word.
    pub const fn word(&mut self, word: u64) {
        self.state = mix(self.state, word);
    }

    /// Feeds a signed number.
    pub const fn signed(&mut self, number: i64) {
        self.word(number as u64);
    }

    /// Feeds bytes and their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(hash_bytes(bytes));
    }

    /// Feeds the head of an event.
    pub const fn event(&mut self, at: Micros, class: Class, subject: u64, number: u64) {
        self.word(at.0);
        self.word((class as u64) << 56 | subject);
        self.word(number);
    }

    /// Feeds a request's method, path with query, and body.
    pub fn request(&mut self, request: &Request) {
        self.bytes(request.method().as_str().as_bytes());
        match request.uri().path_and_query() {
            Some(path) => self.bytes(path.as_str().as_bytes()),
            None => self.word(0),
        }
        self.bytes(request.body());
    }

    /// Feeds a response's status and body.
    pub fn response(&mut self, response: &Response) {
        self.word(u64::from(response.status().as_u16()));
        self.bytes(response.body());
    }

    /// The hash of everything fed so far.
    pub const fn value(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash_of(words: &[u64]) -> u64 {
        let mut hash = TraceHash::new(7);
        for &word in words {
            hash.word(word);
        }
        hash.value()
    }

    proptest! {
        /// One changed word, one swap of different neighbours, one word more or less: another hash.
        #[test]
        fn any_change_of_the_trace_changes_it(
            words in proptest::collection::vec(any::<u64>(), 2..40), at in 0usize..39, flip in 1u64..
        ) {
            let at = at % (words.len() - 1);
            let hash = hash_of(&words);
            let mut changed = words.clone();
            changed[at] ^= flip;
            prop_assert_ne!(hash_of(&changed), hash);
            let mut swapped = words.clone();
            swapped.swap(at, at + 1);
            prop_assert_eq!(hash_of(&swapped) == hash, words[at] == words[at + 1]);
            prop_assert_ne!(hash_of(&words[1..]), hash);
        }
    }

    #[test]
    fn key_time_class_and_subject_all_count() {
        let hash = |key, at, class, subject, number| {
            let mut hash = TraceHash::new(key);
            hash.event(Micros(at), class, subject, number);
            hash.value()
        };
        let base = hash(1, 2, Class::Request, 3, 4);
        for other in [
            hash(2, 2, Class::Request, 3, 4),
            hash(1, 3, Class::Request, 3, 4),
            hash(1, 2, Class::Response, 3, 4),
            hash(1, 2, Class::Request, 4, 4),
            hash(1, 2, Class::Request, 3, 5),
        ] {
            assert_ne!(other, base);
        }
    }

    #[test]
    fn method_path_query_status_and_body_count_and_headers_do_not() {
        let request = |method: &str, uri: &str, header: &'static str, body: &[u8]| {
            let mut hash = TraceHash::new(1);
            let request = http::Request::builder().method(method).uri(uri);
            hash.request(
                &request
                    .header("x-time", header)
                    .body(body.to_vec())
                    .unwrap(),
            );
            hash.value()
        };
        let base = request("GET", "/a?b=1", "1", b"x");
        assert_eq!(request("GET", "/a?b=1", "2", b"x"), base);
        assert_ne!(request("PUT", "/a?b=1", "1", b"x"), base);
        assert_ne!(request("GET", "/a?b=2", "1", b"x"), base);
        assert_ne!(request("GET", "/a?b=1", "1", b"y"), base);
        let response = |status: u16, body: &[u8]| {
            let mut hash = TraceHash::new(1);
            hash.response(
                &http::Response::builder()
                    .status(status)
                    .body(body.to_vec())
                    .unwrap(),
            );
            hash.value()
        };
        assert_ne!(response(200, b"x"), response(429, b"x"));
        assert_ne!(response(200, b"x"), response(200, b""));
    }

    #[test]
    fn the_hash_is_the_same_on_every_machine() {
        let mut hash = TraceHash::new(42);
        hash.event(Micros(1), Class::Act, 2, 3);
        hash.bytes(b"the quick brown fox jumps over the lazy dog");
        hash.signed(-1);
        assert_eq!(hash.value(), 0xae79_bcac_6cc7_bdad);
    }
}
