//! Signatures of webhooks: HMAC-SHA256 of the body in lowercase hexadecimal, after `sha256=` (docs/custom.md 5).

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use http::header::HeaderName;
use sha2::Sha256;

use crate::core::hexadecimal;

/// The header of a webhook that holds its signature.
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

/// Signs with one shop's secret. The keyed state is made once.
#[derive(Clone)]
pub struct Signer {
    keyed: Hmac<Sha256>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// A signer for one shop.
    pub fn new(webhook_secret: &str) -> Signer {
        Signer {
            keyed: Hmac::new_from_slice(webhook_secret.as_bytes())
                .expect("HMAC takes keys of any length"),
        }
    }

    /// The header of a webhook with this body.
    pub fn header(&self, body: &[u8]) -> HeaderValue {
        let mut mac = self.keyed.clone();
        mac.update(body);
        let mut text = b"sha256=".to_vec();
        hexadecimal::push(&mut text, &mac.finalize().into_bytes());
        HeaderValue::from_bytes(&text).expect("hexadecimal digits make a header")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second test case of RFC 4231.
    #[test]
    fn the_signature_is_that_of_the_standard() {
        let header = Signer::new("Jefe").header(b"what do ya want for nothing?");
        assert_eq!(
            header,
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
