//! Errors and rate headers (docs/platforms/amazon.md 2.3 and 2.4).

use http::StatusCode;
use http::header::HeaderName;
use serde::Deserialize;

use super::requests::bucket;
use crate::connectors::encoding::Text;
use crate::connectors::{Event, Operation, exchange};
use crate::machine::Response;

const RATE_LIMIT: HeaderName = HeaderName::from_static("x-amzn-ratelimit-limit");

#[derive(Deserialize)]
struct Errors<'a> {
    #[serde(borrow)]
    errors: Vec<ApiError<'a>>,
}

#[derive(Deserialize)]
struct ApiError<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    details: Option<Text<'a>>,
}

/// The first error of a refusal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
    details: String,
}

impl Refusal {
    pub(super) fn reason(&self) -> String {
        format!("{}: {} {}", self.code, self.message, self.details)
    }
}

/// Reads the first error, as far as there is one.
pub(super) fn refusal(response: &Response) -> Refusal {
    let own = |text: Option<Text<'_>>| text.map_or_else(String::new, |it| it.0.into_owned());
    let errors = serde_json::from_slice::<Errors<'_>>(response.body()).ok();
    match errors.and_then(|errors| errors.errors.into_iter().next()) {
        Some(error) => Refusal {
            code: own(error.code),
            message: own(error.message),
            details: own(error.details),
        },
        None => Refusal {
            code: format!("HTTP {}", response.status().as_u16()),
            message: exchange::excerpt(response.body()),
            details: String::new(),
        },
    }
}

/// Pushes what a refusal that concerns no single row means. Gives whether the answer is a success instead.
pub(super) fn accepted(response: &Response, events: &mut Vec<Event>) -> bool {
    if response.status().is_success() {
        return true;
    }
    events.push(refused(response));
    false
}

/// What a refusal means.
pub(super) fn refused(response: &Response) -> Event {
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS => Event::Throttled {
            wait: exchange::retry_after(response),
        },
        StatusCode::UNAUTHORIZED => Event::Unauthorized,
        StatusCode::FORBIDDEN => {
            let refusal = refusal(response);
            // Unknown paths, missing roles and an expired client secret are refused with the same status, and no new
            // token helps against them.
            let about_token = refusal.details.contains("access token")
                || refusal.details.contains("Access token");
            if about_token {
                Event::Unauthorized
            } else {
                Event::Failed {
                    retry: false,
                    reason: refusal.reason(),
                }
            }
        }
        status => Event::Failed {
            retry: status.is_server_error(),
            reason: refusal(response).reason(),
        },
    }
}

/// The rate that an answer's header tells for the operation's bucket.
pub(super) fn rate_told(operation: &Operation, response: &Response) -> Option<Event> {
    let bucket = bucket(operation)?;
    let text = exchange::header_text(response.headers(), RATE_LIMIT)?;
    let rate: f64 = text.trim().parse().ok()?;
    (rate.is_finite() && rate > 0.0).then_some(Event::BudgetTold {
        bucket,
        available: None,
        capacity: None,
        rate_per_second: Some(rate),
    })
}
