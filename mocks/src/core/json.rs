//! Reading request bodies.

use serde::Deserialize;

/// Reads a JSON body. Its UTF-8 is checked once, and not for every text in it.
///
/// # Errors
/// As `serde_json::from_slice`.
pub fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> serde_json::Result<T> {
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        // It tells where, and lets bytes pass that nobody reads.
        Err(_) => serde_json::from_slice(body),
    }
}
