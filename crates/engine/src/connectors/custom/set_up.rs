//! Signing in, and the subscription to webhooks (docs/custom.md 1, 5).

use http::Method;
use oversell_kernel::{Micros, json};
use serde::Deserialize;

use super::CustomConnector;
use super::answers::data;
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

/// One subscription with all topics; an engine that only polls leaves it out.
pub(super) const STEPS: u8 = 1;

/// Of what is read of answers whose members do not matter.
#[derive(Deserialize)]
struct Nothing {}

impl CustomConnector {
    pub(super) fn set_up_request(&self, step: u8) -> Request {
        if step >= STEPS {
            return exchange::no_request();
        }
        let mut body = b"{\"url\":".to_vec();
        json::string(&mut body, &self.callback_url);
        body.extend_from_slice(
            b",\"topics\":[\"order.created\",\"order.updated\",\"quantity.changed\"]}",
        );
        self.send(Method::POST, b"/v1/webhooks".to_vec(), body)
    }
}

pub(super) fn set_up_read(step: u8, response: &Response, events: &mut Vec<Event>) {
    if step >= STEPS {
        events.push(exchange::unsupported());
    } else if let Some(Nothing {}) = data(response, events) {
        events.push(Event::Done);
    }
}

/// The token is good if the shop answers with itself; it does not expire.
pub(super) fn shop_read(response: &Response, events: &mut Vec<Event>) {
    // There is nothing to sign in with again: it is a failure, after which the engine waits longer and longer.
    if matches!(response.status().as_u16(), 401 | 403) {
        events.push(exchange::failed(false, response));
        return;
    }
    if let Some(Nothing {}) = data(response, events) {
        events.push(Event::Authenticated {
            valid_until: Micros::MAX,
        });
    }
}
