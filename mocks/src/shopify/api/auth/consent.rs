//! The merchant's consent: the code that the browser brings back to the app (docs/platforms/shopify.md 1.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Auth, Scopes, forget_oldest};
use crate::core::{consent, hexadecimal};

impl Auth {
    /// The merchant consents to what a query asks for, `client_id` and `redirect_uri`, `scope` and `state`, and installs the
    /// app if it was not: the address to which the browser goes, at an instant in Unix seconds.
    ///
    /// # Errors
    /// What the query lacks.
    pub(crate) fn consent(&mut self, seconds: i64, asked: &str) -> Result<String, &'static str> {
        let asked: Vec<(String, String)> = form_urlencoded::parse(asked.as_bytes())
            .into_owned()
            .collect();
        let field = |name: &str| {
            let found = asked.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        if field("client_id") != Some(&self.credentials.client_id) {
            return Err("Could not find Shopify API application with api_key");
        }
        let address = field("redirect_uri").unwrap_or_default();
        let (code, seconds) = (self.name(""), seconds.to_string());
        let shop = self.credentials.shop_domain.clone();
        let label = shop.split('.').next().unwrap_or_default();
        let host = STANDARD_NO_PAD.encode(format!("admin.shopify.com/store/{label}"));
        // In the order of their names, in which they are signed.
        let mut told = vec![("code", code.as_str()), ("host", &host), ("shop", &shop)];
        told.extend(field("state").map(|state| ("state", state)));
        told.push(("timestamp", &seconds));
        let signature = self.sign_query(&consent::query(&told));
        told.insert(1, ("hmac", &signature));
        let back = consent::sent_back(address, &told)
            .ok_or("The redirect_uri is not an absolute address")?;
        // Nobody consents to what was refused.
        self.grant_anew();
        let own = Scopes::of(&self.credentials.scopes);
        self.granted = own.within(field("scope"));
        forget_oldest(&mut self.codes);
        self.codes.push(code);
        Ok(back)
    }

    /// The signature of a query whose names are sorted, of which a blank is written `%20` (docs/platforms/shopify.md 1.4).
    fn sign_query(&self, query: &str) -> String {
        let query = query.replace('+', "%20");
        let secret = self.credentials.client_secret.as_bytes();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        mac.update(query.as_bytes());
        let mut digits = vec![0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(mac.finalize().into_bytes()) {
            hexadecimal::write(pair, u64::from(byte));
        }
        digits.into_iter().map(char::from).collect()
    }

    /// Whether a code may be exchanged: the documented one always, that of a consent once.
    pub(super) fn takes_code(&mut self, code: &str) -> bool {
        let known = self.codes.iter().position(|it| it == code);
        if let Some(position) = known {
            self.codes.remove(position);
        }
        known.is_some() || code == self.credentials.authorization_code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Micros;
    use crate::shopify::api::auth::Credentials;
    use crate::shopify::profile::Profile;

    /// The browser comes back with a code that is good once, signed as the app checks it.
    #[test]
    fn a_consent_gives_a_code_that_the_app_can_check_and_exchange_once() {
        let rules = Profile::named("shopify-standard").unwrap().token;
        let mut auth = Auth::new(Credentials::default(), 7);
        auth.revoke();
        let asked = "client_id=oversell-client-id&scope=read_orders&state=n0nce&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb";
        let back = auth.consent(1_790_000_000, asked).unwrap();
        let query = back.strip_prefix("http://127.0.0.1:9/cb?").unwrap();
        let told: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let value = |name: &str| &told.iter().find(|(key, _)| key == name).unwrap().1;
        assert_eq!(value("shop"), "demo.myshopify.com");
        assert_eq!(
            (value("state").as_str(), value("timestamp").as_str()),
            ("n0nce", "1790000000")
        );
        let mut plain: Vec<String> = told
            .iter()
            .filter(|(key, _)| key != "hmac")
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        plain.sort();
        let mut mac = Hmac::<Sha256>::new_from_slice(b"hush").unwrap();
        mac.update(plain.join("&").as_bytes());
        let signature: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(value("hmac"), &signature);
        let exchange = format!(
            r#"{{"client_id":"oversell-client-id","client_secret":"hush","code":"{}"}}"#,
            value("code")
        );
        let mut exchanged = || auth.token(Micros::ZERO, &rules, exchange.as_bytes()).0;
        assert_eq!((exchanged(), exchanged()), (200, 400));
        assert!(
            auth.consent(0, "client_id=other&redirect_uri=http://a/")
                .is_err()
        );
        assert!(
            auth.consent(0, "client_id=oversell-client-id&redirect_uri=%2Fcb")
                .is_err()
        );
    }

    /// The form that the platform's JavaScript library signs: names sorted, values percent-encoded, a blank as `%20`.
    #[test]
    fn a_state_with_a_blank_is_signed_as_it_is_encoded_in_addresses() {
        let mut auth = Auth::new(Credentials::default(), 7);
        let asked = "client_id=oversell-client-id&state=to%20the%2Fcart&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb";
        let back = auth.consent(1_790_000_000, asked).unwrap();
        let (_, query) = back.split_once('?').unwrap();
        let mut parts: Vec<String> = query.split('&').map(|it| it.replace('+', "%20")).collect();
        let hmac = parts.iter().position(|it| it.starts_with("hmac=")).unwrap();
        let hmac = parts.remove(hmac);
        parts.sort();
        assert!(
            parts.contains(&"state=to%20the%2Fcart".to_owned()),
            "{query}"
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(b"hush").unwrap();
        mac.update(parts.join("&").as_bytes());
        let bytes = mac.finalize().into_bytes();
        let signature: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hmac, format!("hmac={signature}"));
    }
}
