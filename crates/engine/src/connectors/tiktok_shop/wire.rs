//! The envelope and its codes (docs/platforms/tiktok_shop.md 2).

use http::StatusCode;
use serde::Deserialize;

use crate::connectors::encoding::Text;
use crate::connectors::{Event, exchange};
use crate::machine::Response;

#[derive(Deserialize)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
struct Envelope<'a, D> {
    code: i64,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    data: Option<D>,
}

/// The envelope alone, for answers whose data has another shape than that of a success.
#[derive(Deserialize)]
struct Outcome<'a> {
    code: i64,
    #[serde(borrow)]
    message: Option<Text<'a>>,
}

/// A refusal by the code of the body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: i64,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn reason(&self) -> String {
        format!("{}: {}", self.code, self.message)
    }
}

/// What an answer comes to.
pub(super) enum Answer<D> {
    /// Code 0 and the data.
    Data(D),
    /// A business code that says no to what was asked; the caller knows what it means for the operation.
    Refused(Refusal),
    /// Throttled, signed out, or failed; its events are out.
    Settled,
    /// A success of a shape that was not expected; no event is out.
    Unreadable(serde_json::Error),
}

/// Reads an answer, pushes what all answers share and gives the data.
pub(super) fn answer<'a, D: Deserialize<'a>>(
    response: &'a Response,
    events: &mut Vec<Event>,
) -> Answer<D> {
    let body = response.body();
    let (code, message, data) = match exchange::read_json::<Envelope<'_, D>>(body) {
        Ok(envelope) => (envelope.code, envelope.message, Ok(envelope.data)),
        Err(error) => match serde_json::from_slice::<Outcome<'_>>(body) {
            Ok(outcome) => (outcome.code, outcome.message, Err(error)),
            // An overloaded gateway may answer in plain text (docs/platforms/tiktok_shop.md 3).
            Err(_) if !response.status().is_success() => {
                events.push(match response.status() {
                    StatusCode::TOO_MANY_REQUESTS => throttled(response),
                    status => exchange::failed(status.is_server_error(), response),
                });
                return Answer::Settled;
            }
            Err(_) => return Answer::Unreadable(error),
        },
    };
    if code == 0 && response.status().is_success() {
        // Some successes have no data at all.
        let data = data.and_then(|data| data.map_or_else(|| serde_json::from_str("{}"), Ok));
        return data.map_or_else(Answer::Unreadable, Answer::Data);
    }
    let message = message.map_or_else(String::new, |it| it.0.into_owned());
    let refusal = Refusal { code, message };
    match shared(&refusal, response) {
        Some(event) => {
            events.push(event);
            Answer::Settled
        }
        None => Answer::Refused(refusal),
    }
}

/// The codes that mean the same on every endpoint (docs/platforms/tiktok_shop.md 2.1), and the statuses that stand beside them.
fn shared(refusal: &Refusal, response: &Response) -> Option<Event> {
    let failed = |retry| {
        Some(Event::Failed {
            retry,
            reason: refusal.reason(),
        })
    };
    match refusal.code {
        36_009_002 | 36_009_037 | 12_052_109 => Some(throttled(response)),
        105_002 | 101_000 => Some(Event::Unauthorized),
        36_009_004 if refusal.message.contains("x-tts-access-token") => Some(Event::Unauthorized),
        36_009_003
        | 36_009_007
        | 10_002_014
        | 10_002_015
        | 10_037_002..=10_037_004
        | 10_006_402
        | 12_001_000 => failed(true),
        106_001 | 106_013 | 105_005 | 36_000_000..=36_999_999 => failed(false),
        _ => match response.status() {
            StatusCode::TOO_MANY_REQUESTS => Some(throttled(response)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(Event::Unauthorized),
            status if status.is_server_error() => failed(true),
            status if !status.is_success() => failed(false),
            _ => None,
        },
    }
}

fn throttled(response: &Response) -> Event {
    Event::Throttled {
        wait: exchange::retry_after(response),
    }
}

/// The event for what went wrong where the operation has no event of its own for a refusal.
pub(super) fn refused(refusal: &Refusal) -> Event {
    Event::Failed {
        retry: false,
        reason: refusal.reason(),
    }
}
