//! Token refresh (docs/platforms/tiktok_shop.md 1.2): an unsigned GET with the secret in the query.

use http::HeaderValue;
use http::header::HOST;
use serde::Deserialize;

use super::TiktokShopConnector;
use super::wire::{Answer, answer, refused};
use crate::connectors::encoding::{Text, push_escaped, uri};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// Where tokens are had (docs/platforms/tiktok_shop.md 1).
pub(super) const SERVED_AT: &str = "auth.tiktok-shops.com";

#[derive(Deserialize)]
struct Grant<'a> {
    #[serde(borrow)]
    access_token: Text<'a>,
    /// An instant of Unix time in seconds, in spite of its name.
    access_token_expire_in: i64,
    #[serde(borrow)]
    refresh_token: Option<Text<'a>>,
}

impl TiktokShopConnector {
    /// Whoever has his access taken away and given back has the token of the beginning again, and the one that refreshes had
    /// put in its place is worth nothing. Nobody tells which of the two is good, so that each refusal turns to the other.
    fn tried_refresh_token(&self) -> &str {
        match self.tries_granted {
            true => &self.granted_refresh_token,
            false => &self.refresh_token,
        }
    }

    pub(super) fn token_request(&self) -> Request {
        let mut target = b"/api/v2/token/refresh?grant_type=refresh_token".to_vec();
        for (key, value) in [
            ("&app_key=", self.app_key.as_str()),
            ("&app_secret=", self.app_secret.as_str()),
            ("&refresh_token=", self.tried_refresh_token()),
        ] {
            target.extend_from_slice(key.as_bytes());
            push_escaped(&mut target, value);
        }
        let mut request = exchange::get(uri(target));
        let host = HeaderValue::from_static(SERVED_AT);
        request.headers_mut().insert(HOST, host);
        request
    }

    pub(super) fn token_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        match answer::<Grant<'_>>(response, events) {
            Answer::Data(grant) => {
                self.token = Some(exchange::header_value(&grant.access_token));
                // A refresh may put another refresh token in the place of the one that was used.
                match grant.refresh_token.filter(|it| !it.is_empty()) {
                    Some(refresh_token) => self.refresh_token = refresh_token.0.into_owned(),
                    None => self.refresh_token = self.tried_refresh_token().to_string(),
                }
                self.tries_granted = false;
                let valid_until = self.epoch.at_unix_secs(grant.access_token_expire_in);
                events.push(Event::Authenticated { valid_until });
            }
            Answer::Refused(refusal) => {
                self.tries_granted = !self.tries_granted;
                events.push(refused(&refusal));
            }
            Answer::Settled => {
                let says_no = |event: &Event| {
                    matches!(
                        event,
                        Event::Unauthorized | Event::Failed { retry: false, .. }
                    )
                };
                self.tries_granted ^= events.iter().any(says_no);
            }
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
            }
        }
    }
}
