//! Answers to calls, before they become responses.

use http::header::{HeaderName, HeaderValue};

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
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) operation: &'static str,
    pub(crate) kind: CallKind,
    pub(crate) outcome: CallOutcome,
    pub(crate) class: Class,
    /// Rows written, of inventory writes.
    pub(crate) rows: u64,
    pub(crate) version: Option<String>,
    /// Headers beside the usual ones; a content type here replaces the usual one.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// An answer to something that is not executed.
    pub(crate) fn refused(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            body: body.into(),
            operation: "refused",
            kind: CallKind::Read,
            outcome: CallOutcome::Refused,
            class: Class::Refused,
            rows: 1,
            version: None,
            headers: Vec::new(),
        }
    }
}
