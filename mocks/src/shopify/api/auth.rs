//! Access tokens (docs/platforms/shopify.md 1.4).

mod consent;
pub(crate) mod scopes;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::core::{FaultCount, Micros};
use crate::shopify::json::{Json, write_int, write_text};
use crate::shopify::model::ids::write_uuid;
use crate::shopify::profile::TokenRules;
use scopes::Scopes;

/// The app's credentials and the shop they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The app's client id. Default `oversell-client-id`.
    pub client_id: String,
    /// The app's client secret, which also signs webhooks. Default `hush`.
    pub client_secret: String,
    /// The shop's domain. Default `demo.myshopify.com`.
    pub shop_domain: String,
    /// A custom app's token, which never expires. Default `shpat_oversell`.
    pub access_token: String,
    /// A code that can be exchanged for an expiring offline token. Default `oversell-code`.
    pub authorization_code: String,
    /// The scopes that the app may have, separated by commas: an install can ask for fewer. The default has all that the
    /// emulator's operations need, and `read_all_orders`.
    pub scopes: String,
}

impl Default for Credentials {
    fn default() -> Credentials {
        Credentials {
            client_id: "oversell-client-id".into(),
            client_secret: "hush".into(),
            shop_domain: "demo.myshopify.com".into(),
            access_token: "shpat_oversell".into(),
            authorization_code: "oversell-code".into(),
            scopes: scopes::ALL.into(),
        }
    }
}

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const ONLINE_TOKEN: &str = "urn:shopify:params:oauth:token-type:online-access-token";
const OFFLINE_TOKEN: &str = "urn:shopify:params:oauth:token-type:offline-access-token";

/// Tokens given out.
pub(crate) struct Auth {
    credentials: Credentials,
    /// What the app was granted when it was installed last.
    granted: Scopes,
    /// Codes of consents that have not been exchanged.
    codes: Vec<String>,
    issued: Vec<Token>,
    refresh: Vec<Token>,
    /// Old refresh tokens by the new one whose first use ends them.
    superseded: Vec<(String, String)>,
    counter: u64,
    salt: u64,
    /// Whether the merchant has taken the app's access away.
    is_revoked: bool,
    /// Calls with tokens whose lives were cut, and those of them that were refused for it.
    pub(crate) early_expiry: FaultCount,
}

/// Kinds of tokens that wear out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    ClientCredentials,
    Online,
    Offline,
    Refresh,
}

impl Kind {
    fn lifetime(self, rules: &TokenRules) -> Micros {
        match self {
            Kind::ClientCredentials => rules.client_credentials_lifetime,
            Kind::Online => rules.online_lifetime,
            Kind::Offline => rules.offline_lifetime,
            Kind::Refresh => rules.refresh_lifetime,
        }
    }
}

/// A token that wears out.
struct Token {
    text: String,
    kind: Kind,
    issued_at: Micros,
    expires_at: Micros,
}

impl Token {
    /// When its life ends by these rules: never later than it was issued for.
    fn ends_at(&self, rules: &TokenRules) -> Micros {
        self.expires_at
            .min(self.issued_at + self.kind.lifetime(rules))
    }
}

/// Tokens of a kind that are remembered; older ones are unknown then.
const REMEMBERED: usize = 10_000;

/// Makes room for one more.
fn forget_oldest<T>(remembered: &mut Vec<T>) {
    if remembered.len() >= REMEMBERED {
        remembered.remove(0);
    }
}

/// The answer to a token request: status and body.
pub(crate) type TokenAnswer = (u16, Vec<u8>);

/// The body of a call without a valid token.
pub(crate) const UNAUTHORIZED: &[u8] =
    br#"{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}"#;

impl Auth {
    /// Nothing given out yet. `salt` colours the tokens.
    pub(crate) fn new(credentials: Credentials, salt: u64) -> Auth {
        Auth {
            granted: Scopes::of(&credentials.scopes),
            credentials,
            codes: Vec::new(),
            issued: Vec::new(),
            refresh: Vec::new(),
            superseded: Vec::new(),
            counter: 0,
            salt,
            is_revoked: false,
            early_expiry: FaultCount::default(),
        }
    }

    /// The credentials.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What the app may do.
    pub(crate) fn scopes(&self) -> &Scopes {
        &self.granted
    }

    /// Whether the token is valid now, by the rules in force. The usual rules are those that the shop was opened with.
    pub(crate) fn allows(
        &mut self,
        now: Micros,
        (rules, usual): (&TokenRules, &TokenRules),
        token: Option<&[u8]>,
    ) -> bool {
        let Some(token) = token.filter(|_| !self.is_revoked) else {
            return false;
        };
        if token == self.credentials.access_token.as_bytes() {
            return true;
        }
        let mut issued = self.issued.iter();
        let Some(issued) = issued.find(|issued| issued.text.as_bytes() == token) else {
            return false;
        };
        let end = issued.ends_at(rules);
        let usual_end = issued.issued_at + issued.kind.lifetime(usual);
        self.early_expiry
            .offer_if(end < usual_end && now < usual_end, now >= end);
        now < end
    }

    /// The merchant takes the app's access away; tokens that were issued are void for good.
    pub(crate) fn revoke(&mut self) {
        self.is_revoked = true;
        self.codes.clear();
        self.issued.clear();
        self.refresh.clear();
        self.superseded.clear();
    }

    /// The merchant installs the app anew.
    pub(crate) fn grant_anew(&mut self) {
        self.is_revoked = false;
    }

    /// Ends every access token that wears out; a custom app's does not.
    pub(crate) fn end_tokens(&mut self, now: Micros) {
        for token in &mut self.issued {
            token.expires_at = token.expires_at.min(now);
        }
    }

    /// Ends for good what has outlived the lives that were in force until now.
    pub(crate) fn end_outlived(&mut self, now: Micros, rules: &TokenRules) {
        for token in self.issued.iter_mut().chain(&mut self.refresh) {
            let end = token.ends_at(rules);
            if end <= now {
                token.expires_at = end;
            }
        }
    }

    /// Answers `POST /admin/oauth/access_token`, JSON or form-encoded.
    pub(crate) fn token(&mut self, now: Micros, rules: &TokenRules, body: &[u8]) -> TokenAnswer {
        let Some(fields) = fields(body) else {
            return refused("invalid_request", "The request could not be read");
        };
        let field = |name: &str| {
            fields
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, v)| v.as_str())
        };
        if field("client_id") != Some(&self.credentials.client_id)
            || field("client_secret") != Some(&self.credentials.client_secret)
        {
            return refused("invalid_client", "Client authentication failed");
        }
        // What an app that is no longer installed is told is assumed.
        if self.is_revoked {
            return refused("app_not_installed", "The app is not installed in this shop");
        }
        match field("grant_type") {
            Some("client_credentials") => {
                let token = self.issue(now, rules, Kind::ClientCredentials);
                (
                    200,
                    self.granted(&token, rules.client_credentials_lifetime, None),
                )
            }
            Some("refresh_token") => {
                let given = field("refresh_token").unwrap_or_default().to_owned();
                if !self
                    .refresh
                    .iter()
                    .any(|token| token.text == given && now < token.ends_at(rules))
                {
                    return refused("invalid_grant", "The refresh token is invalid or expired");
                }
                // The first use of a newer token ends the older one.
                if let Some(at) = self.superseded.iter().position(|(new, _)| *new == given) {
                    let (_, old) = self.superseded.swap_remove(at);
                    self.refresh.retain(|token| token.text != old);
                }
                self.offline(now, rules, Some(given))
            }
            Some(TOKEN_EXCHANGE) => {
                let is_session = field("subject_token_type") == Some(ID_TOKEN)
                    && field("subject_token").is_some_and(|token| self.is_session_token(token));
                if !is_session {
                    return refused("invalid_subject_token", "The session token is not valid");
                }
                match field("requested_token_type") {
                    Some(ONLINE_TOKEN) => {
                        let token = self.issue(now, rules, Kind::Online);
                        let mut body = self.granted(&token, rules.online_lifetime, None);
                        body.pop();
                        self.write_user(&mut body);
                        (200, body)
                    }
                    None | Some(OFFLINE_TOKEN) if field("expiring") == Some("1") => {
                        self.offline(now, rules, None)
                    }
                    None | Some(OFFLINE_TOKEN) => {
                        let token = self.credentials.access_token.clone();
                        (200, self.granted(&token, Micros::MAX, None))
                    }
                    Some(_) => refused(
                        "invalid_requested_token_type",
                        "The requested token type is not supported",
                    ),
                }
            }
            None | Some("authorization_code")
                if field("code").is_some_and(|code| self.takes_code(code)) =>
            {
                if field("expiring") == Some("1") {
                    self.offline(now, rules, None)
                } else {
                    let token = self.credentials.access_token.clone();
                    (200, self.granted(&token, Micros::MAX, None))
                }
            }
            None | Some("authorization_code") => refused(
                "invalid_request",
                "The authorization code was not found or was already used",
            ),
            Some(_) => refused("unsupported_grant_type", "The grant type is not supported"),
        }
    }

    /// Whether a text is a session token that this app's secret signed, for this app. Its times are not looked at: they
    /// are of the wall clock, which the emulator does not know.
    fn is_session_token(&self, token: &str) -> bool {
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.credentials.client_secret.as_bytes())
        else {
            return false;
        };
        mac.update(header.as_bytes());
        mac.update(b".");
        mac.update(payload.as_bytes());
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        let Ok(payload) = URL_SAFE_NO_PAD.decode(payload) else {
            return false;
        };
        let claims = serde_json::from_slice::<Json>(&payload).unwrap_or_default();
        mac.verify_slice(&signature).is_ok()
            && claims.get("aud").and_then(Json::text) == Some(&self.credentials.client_id)
    }

    /// Appends what an online token says about its user, and closes the object.
    fn write_user(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"associated_user_scope\":");
        write_text(&self.granted.text(), out);
        out.extend_from_slice(b",\"associated_user\":{\"id\":902541635,\"first_name\":\"Shop\",\"last_name\":\"Owner\",\"email\":");
        write_text(&format!("owner@{}", self.credentials.shop_domain), out);
        out.extend_from_slice(b",\"email_verified\":true,\"account_owner\":true,\"locale\":\"en\",\"collaborator\":false}}");
    }

    fn offline(&mut self, now: Micros, rules: &TokenRules, old: Option<String>) -> TokenAnswer {
        let token = self.issue(now, rules, Kind::Offline);
        let refresh = self.name("shprt_");
        self.refresh.retain(|token| now < token.expires_at);
        forget_oldest(&mut self.refresh);
        self.refresh.push(Token {
            text: refresh.clone(),
            kind: Kind::Refresh,
            issued_at: now,
            expires_at: now + rules.refresh_lifetime,
        });
        if let Some(old) = old {
            forget_oldest(&mut self.superseded);
            self.superseded.push((refresh.clone(), old));
        }
        let body = self.granted(
            &token,
            rules.offline_lifetime,
            Some((&refresh, rules.refresh_lifetime)),
        );
        (200, body)
    }

    fn issue(&mut self, now: Micros, rules: &TokenRules, kind: Kind) -> String {
        let token = self.name("shpat_");
        self.issued.retain(|token| now < token.expires_at);
        forget_oldest(&mut self.issued);
        self.issued.push(Token {
            text: token.clone(),
            kind,
            issued_at: now,
            expires_at: now + kind.lifetime(rules),
        });
        token
    }

    fn name(&mut self, prefix: &str) -> String {
        self.counter += 1;
        let mut out = Vec::with_capacity(40);
        write_uuid(self.salt, self.counter, &mut out);
        let uuid: String = out
            .into_iter()
            .filter(|b| *b != b'-')
            .map(char::from)
            .collect();
        format!("{prefix}{uuid}")
    }

    fn granted(&self, token: &str, lifetime: Micros, refresh: Option<(&str, Micros)>) -> Vec<u8> {
        let mut out = b"{\"access_token\":".to_vec();
        write_text(token, &mut out);
        out.extend_from_slice(b",\"scope\":");
        write_text(&self.granted.text(), &mut out);
        if lifetime != Micros::MAX {
            out.extend_from_slice(b",\"expires_in\":");
            write_int(lifetime.whole_secs(), &mut out);
        }
        if let Some((refresh, lifetime)) = refresh {
            out.extend_from_slice(b",\"refresh_token\":");
            write_text(refresh, &mut out);
            out.extend_from_slice(b",\"refresh_token_expires_in\":");
            write_int(lifetime.whole_secs(), &mut out);
        }
        out.push(b'}');
        out
    }
}

fn refused(error: &str, description: &str) -> TokenAnswer {
    let mut out = b"{\"error\":".to_vec();
    write_text(error, &mut out);
    out.extend_from_slice(b",\"error_description\":");
    write_text(description, &mut out);
    out.push(b'}');
    (400, out)
}

/// The fields of a JSON or form-encoded body.
fn fields(body: &[u8]) -> Option<Vec<(String, String)>> {
    if body.trim_ascii_start().first() == Some(&b'{') {
        let Json::Object(members) = serde_json::from_slice(body).ok()? else {
            return None;
        };
        return Some(
            members
                .into_iter()
                .filter_map(|(key, value)| match value {
                    Json::Text(text) => Some((key.into_owned(), text.into_owned())),
                    Json::Int(value) => Some((key.into_owned(), value.to_string())),
                    Json::Bool(value) => Some((key.into_owned(), u8::from(value).to_string())),
                    _ => None,
                })
                .collect(),
        );
    }
    std::str::from_utf8(body).ok()?;
    Some(form_urlencoded::parse(body).into_owned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::profile::Profile;

    #[test]
    fn tokens_are_granted_refreshed_and_expire() {
        let rules = Profile::named("shopify-standard").unwrap().token;
        let mut auth = Auth::new(Credentials::default(), 7);
        let now = Micros::from_secs(10);
        let read = |body: &[u8], name: &str| -> String {
            let json: Json = serde_json::from_slice(body).unwrap();
            json.get(name)
                .and_then(Json::text)
                .unwrap_or_default()
                .to_owned()
        };
        let (status, body) = auth.token(
            now,
            &rules,
            b"client_id=oversell-client-id&client_secret=hush&grant_type=client_credentials",
        );
        assert_eq!(status, 200);
        let token = read(&body, "access_token");
        let both = (&rules, &rules);
        assert!(auth.allows(now, both, Some(token.as_bytes())));
        let end = now + Micros::from_secs(86_399);
        assert!(!auth.allows(end, both, Some(token.as_bytes())));
        assert!(!auth.allows(now, both, None));

        let exchange = br#"{"client_id":"oversell-client-id","client_secret":"hush","code":"oversell-code","expiring":"1"}"#;
        let (_, body) = auth.token(now, &rules, exchange);
        let first = read(&body, "refresh_token");
        let renew = |refresh: &str| {
            format!(
                r#"{{"client_id":"oversell-client-id","client_secret":"hush","grant_type":"refresh_token","refresh_token":"{refresh}"}}"#
            )
        };
        let (status, body) = auth.token(now, &rules, renew(&first).as_bytes());
        assert_eq!(status, 200);
        let second = read(&body, "refresh_token");
        assert_eq!(
            auth.token(now, &rules, renew(&first).as_bytes()).0,
            200,
            "old until new is used"
        );
        assert_eq!(auth.token(now, &rules, renew(&second).as_bytes()).0, 200);
        assert_eq!(auth.token(now, &rules, renew(&first).as_bytes()).0, 400);
        assert_eq!(
            auth.token(now, &rules, b"grant_type=client_credentials").0,
            400
        );
        assert_eq!(auth.token(now, &rules, b"\xff{").0, 400);
    }

    #[test]
    fn session_tokens_are_exchanged_when_the_apps_own_secret_signed_them() {
        let rules = Profile::named("shopify-standard").unwrap().token;
        let mut auth = Auth::new(Credentials::default(), 7);
        let signed = |secret: &str, audience: &str| {
            let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let claims = format!(r#"{{"aud":"{audience}","dest":"https://demo.myshopify.com"}}"#);
            let front = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(&claims));
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(front.as_bytes());
            let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            format!("{front}.{signature}")
        };
        let mut exchange = |token: String, kind: &str, expiring: &str| {
            let body = format!(
                r#"{{"client_id":"oversell-client-id","client_secret":"hush","grant_type":"{TOKEN_EXCHANGE}","subject_token":"{token}","subject_token_type":"{ID_TOKEN}","requested_token_type":"{kind}","expiring":"{expiring}"}}"#
            );
            let (status, body) = auth.token(Micros::ZERO, &rules, body.as_bytes());
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            (status, json)
        };
        let good = signed("hush", "oversell-client-id");
        let (status, offline) = exchange(good.clone(), OFFLINE_TOKEN, "0");
        assert_eq!(
            (status, &offline["access_token"]),
            (200, &"shpat_oversell".into())
        );
        assert!(offline.get("expires_in").is_none() && offline["scope"].is_string());
        let (_, expiring) = exchange(good.clone(), OFFLINE_TOKEN, "1");
        assert_eq!(expiring["expires_in"], 3_600);
        assert!(expiring["refresh_token"].is_string() && expiring["scope"].is_string());
        let (_, online) = exchange(good, ONLINE_TOKEN, "0");
        assert_eq!(online["expires_in"], 86_399);
        assert_eq!(online["associated_user"]["account_owner"], true);
        for forged in [
            signed("other", "oversell-client-id"),
            signed("hush", "another-app"),
            "a.b".into(),
        ] {
            let (status, refused) = exchange(forged, OFFLINE_TOKEN, "0");
            assert_eq!(
                (status, &refused["error"]),
                (400, &"invalid_subject_token".into())
            );
        }
    }
}
