//! HMAC-SHA256 with the keyed state prepared once.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key, ready to be used many times.
#[derive(Clone)]
pub(crate) struct Signer {
    keyed: Hmac<Sha256>,
}

impl Signer {
    pub(crate) fn new(secret: &str) -> Signer {
        let keyed = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        Signer { keyed }
    }

    /// The signature of the pieces, one after the other.
    pub(crate) fn sign(&self, pieces: &[&[u8]]) -> [u8; 32] {
        self.over(pieces).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, pieces: &[&[u8]], signature: &[u8]) -> bool {
        self.over(pieces).verify_slice(signature).is_ok()
    }

    fn over(&self, pieces: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac
    }
}
