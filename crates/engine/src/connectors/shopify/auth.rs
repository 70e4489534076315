//! Client credentials grant (docs/platforms/shopify.md 1.4).

use http::header::HOST;
use http::{Method, StatusCode, Uri};
use oversell_kernel::json;
use serde::Deserialize;

use super::ShopifyConnector;
use crate::connectors::encoding::Text;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

#[derive(Deserialize)]
struct Grant<'a> {
    #[serde(borrow)]
    access_token: Text<'a>,
    /// Seconds; tokens without it do not expire.
    expires_in: Option<u64>,
}

impl ShopifyConnector {
    pub(super) fn token_request(&self) -> Request {
        let mut body = Vec::with_capacity(160);
        body.extend_from_slice(b"{\"client_id\":");
        json::string(&mut body, &self.client_id);
        body.extend_from_slice(b",\"client_secret\":");
        json::string(&mut body, &self.client_secret);
        body.extend_from_slice(b",\"grant_type\":\"client_credentials\"}");
        let uri = Uri::from_static("/admin/oauth/access_token");
        let mut request = exchange::json(Method::POST, uri, body);
        request.headers_mut().insert(HOST, self.shop_domain.clone());
        request
    }

    pub(super) fn token_read(&mut self, now: Micros, response: &Response, events: &mut Vec<Event>) {
        match response.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS => {
                events.push(Event::Throttled {
                    wait: exchange::retry_after(response),
                });
                return;
            }
            status => {
                events.push(exchange::failed(status.is_server_error(), response));
                return;
            }
        }
        match serde_json::from_slice::<Grant<'_>>(response.body()) {
            Ok(grant) => {
                self.token = Some(exchange::header_value(&grant.access_token));
                let valid_until = match grant.expires_in {
                    Some(seconds) => now + Micros(seconds.saturating_mul(1_000_000)),
                    None => Micros::MAX,
                };
                events.push(Event::Authenticated { valid_until });
            }
            Err(error) => events.push(exchange::unreadable(&error, response.body())),
        }
    }
}
