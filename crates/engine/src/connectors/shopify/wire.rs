//! The GraphQL envelope: data, errors, cost (docs/platforms/shopify.md 2.1 and 2.4).

use http::StatusCode;
use serde::Deserialize;

use crate::connectors::encoding::Text;
use crate::connectors::{Event, exchange};
use crate::machine::Response;
use oversell_kernel::Micros;

#[derive(Deserialize)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
struct Envelope<'a, D> {
    data: Option<D>,
    #[serde(borrow)]
    errors: Option<Vec<GraphqlError<'a>>>,
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
struct GraphqlError<'a> {
    #[serde(borrow)]
    message: Option<Text<'a>>,
    extensions: Option<ErrorExtensions<'a>>,
}

#[derive(Deserialize)]
struct ErrorExtensions<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Extensions {
    cost: Option<Cost>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cost {
    requested_query_cost: Option<f64>,
    throttle_status: Option<ThrottleStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThrottleStatus {
    maximum_available: f64,
    currently_available: f64,
    restore_rate: f64,
}

/// A page of nodes, or a list under `nodes`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Connection<T> {
    pub(super) nodes: Vec<T>,
    pub(super) page_info: Option<PageInfo>,
}

impl<T> Connection<T> {
    pub(super) fn next(&mut self) -> Option<String> {
        let page_info = self.page_info.take()?;
        page_info.end_cursor.filter(|_| page_info.has_next_page)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    #[serde(default)]
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

/// The payload of `nodes(ids:)`.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Nodes<T> {
    pub(super) nodes: Vec<T>,
}

/// A user error; `field` is a path whose list indices are strings.
#[derive(Debug, Deserialize)]
pub(super) struct UserError<'a> {
    #[serde(borrow)]
    pub(super) field: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(super) code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Text<'a>>,
}

impl UserError<'_> {
    pub(super) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or("")
    }

    pub(super) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or("")
    }

    /// The row that the error is about: the path's first number.
    pub(super) fn row(&self) -> Option<usize> {
        self.field
            .as_ref()?
            .iter()
            .find_map(|part| part.parse().ok())
    }

    pub(super) fn reason(&self) -> String {
        match self.code() {
            "" => self.message().to_owned(),
            code => format!("{code}: {}", self.message()),
        }
    }
}

/// What an answer comes to.
pub(super) enum Answer<D> {
    /// The payload.
    Data(D),
    /// A refusal; its events are out.
    Settled,
    /// A success of a shape that was not expected; no event is out.
    Unreadable(serde_json::Error),
}

/// Reads an answer's envelope, pushes what all answers share (throttling, tokens, cost) and gives the payload.
pub(super) fn answer<'a, D: Deserialize<'a>>(
    response: &'a Response,
    events: &mut Vec<Event>,
) -> Answer<D> {
    match response.status() {
        StatusCode::OK => {}
        // A shop that has taken its grant back refuses everything so (docs/platforms/shopify.md 1.4).
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            events.push(Event::Unauthorized);
            return Answer::Settled;
        }
        StatusCode::TOO_MANY_REQUESTS => {
            events.push(Event::Throttled {
                wait: exchange::retry_after(response),
            });
            return Answer::Settled;
        }
        status => {
            events.push(exchange::failed(status.is_server_error(), response));
            return Answer::Settled;
        }
    }
    let envelope: Envelope<'a, D> = match exchange::read_json(response.body()) {
        Ok(envelope) => envelope,
        Err(error) => return Answer::Unreadable(error),
    };
    let cost = envelope.extensions.and_then(|extensions| extensions.cost);
    let error = envelope.errors.as_deref().and_then(|errors| errors.first());
    if let Some(error) = error {
        events.push(refusal(error, cost.as_ref()));
    }
    if let Some(status) = cost.and_then(|cost| cost.throttle_status) {
        events.push(Event::BudgetTold {
            bucket: 0,
            available: Some(status.currently_available),
            capacity: Some(status.maximum_available),
            rate_per_second: Some(status.restore_rate),
        });
    }
    match (error, envelope.data) {
        (Some(_), _) => Answer::Settled,
        (None, Some(data)) => Answer::Data(data),
        (None, None) => {
            events.push(exchange::failed(true, response));
            Answer::Settled
        }
    }
}

fn refusal(error: &GraphqlError<'_>, cost: Option<&Cost>) -> Event {
    let code = error
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.code.as_deref());
    match code.unwrap_or("") {
        "THROTTLED" => Event::Throttled {
            wait: cost.and_then(wait_for_points),
        },
        code => Event::Failed {
            retry: matches!(code, "INTERNAL_SERVER_ERROR" | "TIMEOUT"),
            reason: format!("{code}: {}", error.message.as_deref().unwrap_or("")),
        },
    }
}

/// The time until the requested points have flowed in (docs/platforms/shopify.md 2.4).
fn wait_for_points(cost: &Cost) -> Option<Micros> {
    let status = cost.throttle_status.as_ref()?;
    let missing = cost.requested_query_cost? - status.currently_available;
    (status.restore_rate > 0.0).then(|| Micros::from_secs_f64(missing / status.restore_rate))
}
