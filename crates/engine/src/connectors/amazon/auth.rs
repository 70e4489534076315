//! Login with Amazon (docs/platforms/amazon.md 2.2).

use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, StatusCode, Uri};
use serde::Deserialize;

use super::AmazonConnector;
use super::requests::push_pair;
use crate::connectors::encoding::Text;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

/// Where tokens are had (docs/platforms/amazon.md 2.1).
pub(super) const SERVED_AT: &str = "api.amazon.com";

#[derive(Deserialize)]
struct Grant<'a> {
    #[serde(borrow)]
    access_token: Text<'a>,
    expires_in: u64,
}

impl AmazonConnector {
    pub(super) fn token_request(&self) -> Request {
        let mut form = b"grant_type=refresh_token".to_vec();
        push_pair(&mut form, "refresh_token", &self.refresh_token);
        self.form_request(form)
    }

    /// The token of the application itself, for the operations on destinations.
    pub(super) fn grantless_token_request(&self) -> Request {
        let mut form = b"grant_type=client_credentials".to_vec();
        push_pair(&mut form, "scope", "sellingpartnerapi::notifications");
        self.form_request(form)
    }

    fn form_request(&self, mut form: Vec<u8>) -> Request {
        push_pair(&mut form, "client_id", &self.client_id);
        push_pair(&mut form, "client_secret", &self.client_secret);
        let mut request = Request::new(form);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/auth/o2/token");
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static(SERVED_AT));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded;charset=UTF-8"),
        );
        request
    }

    pub(super) fn token_read(&mut self, now: Micros, response: &Response, events: &mut Vec<Event>) {
        match grant(response) {
            Ok((token, lifetime)) => {
                self.token = Some(token);
                events.push(Event::Authenticated {
                    valid_until: now + lifetime,
                });
            }
            Err(event) => events.push(event),
        }
    }

    pub(super) fn grantless_token_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        match grant(response) {
            Ok((token, _)) => {
                self.grantless_token = Some(token);
                events.push(Event::Done);
            }
            Err(event) => events.push(event),
        }
    }
}

/// The token and its lifetime. Refusals here have OAuth's shape, and a new token would not help against them.
fn grant(response: &Response) -> Result<(HeaderValue, Micros), Event> {
    match response.status() {
        StatusCode::OK => {}
        StatusCode::TOO_MANY_REQUESTS => {
            return Err(Event::Throttled {
                wait: exchange::retry_after(response),
            });
        }
        status => return Err(exchange::failed(status.is_server_error(), response)),
    }
    match serde_json::from_slice::<Grant<'_>>(response.body()) {
        Ok(grant) => Ok((
            exchange::header_value(&grant.access_token),
            Micros(grant.expires_in.saturating_mul(1_000_000)),
        )),
        Err(error) => Err(exchange::unreadable(&error, response.body())),
    }
}
