//! What answers of all operations share (docs/custom.md 7).

use http::StatusCode;
use serde::Deserialize;

use crate::connectors::encoding::Text;
use crate::connectors::{Event, exchange};
use crate::machine::Response;

#[derive(Deserialize)]
struct ErrorBody<'a> {
    #[serde(borrow)]
    error: ErrorWire<'a>,
}

#[derive(Deserialize)]
struct ErrorWire<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
}

/// A refusal that says no to what was asked; the caller knows what it means for the operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn reason(&self) -> String {
        format!("{}: {}", self.code, self.message)
    }

    /// The event where the operation has no event of its own for it.
    pub(super) fn event(&self) -> Event {
        Event::Failed {
            retry: false,
            reason: self.reason(),
        }
    }
}

/// What an answer comes to.
pub(super) enum Answer<D> {
    /// A success.
    Data(D),
    /// A no.
    Refused(Refusal),
    /// Throttled, signed out, or failed; its event is out.
    Settled,
    /// A success of a shape that was not expected; no event is out.
    Unreadable(serde_json::Error),
}

/// Reads an answer, pushes what all answers share and gives the data.
pub(super) fn answer<'a, D: Deserialize<'a>>(
    response: &'a Response,
    events: &mut Vec<Event>,
) -> Answer<D> {
    let (status, body) = (response.status(), response.body());
    if status.is_success() {
        return match exchange::read_json(body) {
            Ok(data) => Answer::Data(data),
            Err(error) => Answer::Unreadable(error),
        };
    }
    events.push(match status {
        StatusCode::TOO_MANY_REQUESTS => Event::Throttled {
            wait: exchange::retry_after(response),
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Event::Unauthorized,
        _ if status.is_server_error() => exchange::failed(true, response),
        _ => match exchange::read_json::<ErrorBody<'_>>(body) {
            Ok(ErrorBody { error }) => {
                return Answer::Refused(Refusal {
                    status,
                    code: error.code.0.into_owned(),
                    message: error
                        .message
                        .map_or_else(String::new, |it| it.0.into_owned()),
                });
            }
            Err(_) => exchange::failed(false, response),
        },
    });
    Answer::Settled
}

/// The same where a refusal and a shape that was not expected have no meaning of their own.
pub(super) fn data<'a, D: Deserialize<'a>>(
    response: &'a Response,
    events: &mut Vec<Event>,
) -> Option<D> {
    match answer(response, events) {
        Answer::Data(data) => return Some(data),
        Answer::Refused(refusal) => events.push(refusal.event()),
        Answer::Settled => {}
        Answer::Unreadable(error) => events.push(exchange::unreadable(&error, response.body())),
    }
    None
}
