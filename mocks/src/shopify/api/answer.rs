//! Answers to calls, before they become responses.

use http::header::{HeaderName, HeaderValue};

use super::calls::CallStream;
use crate::core::{CallKind, CallOutcome};

/// What a call was, for the ledger and for its latency.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Read,
    List,
    InventoryWrite,
    OrderWrite,
    SubscriptionWrite,
    Throttled,
    Token,
    Refused,
}

/// The answer to a call, before it becomes a response.
pub(crate) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub operation: &'static str,
    /// The stream that the call's latency is drawn from.
    pub stream: CallStream,
    pub kind: CallKind,
    pub outcome: CallOutcome,
    pub class: Class,
    /// Rows written, of inventory writes.
    pub rows: u64,
    pub version: Option<String>,
    /// Headers beside the usual ones; a content type here replaces the usual one.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// An answer to something that is not executed.
    pub fn refused(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            body: body.into(),
            operation: "refused",
            stream: CallStream::REFUSED,
            kind: CallKind::Read,
            outcome: CallOutcome::Refused,
            class: Class::Refused,
            rows: 1,
            version: None,
            headers: Vec::new(),
        }
    }
}
