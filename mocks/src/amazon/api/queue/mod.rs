//! The queue's actions over the AWS JSON protocol 1.0, and over the Query protocol before it (docs/platforms/amazon.md 6.4).

mod attributes;
pub(crate) mod manage;
pub(crate) mod messages;
pub(crate) mod query_protocol;
pub(crate) mod receive;
mod request;
mod settings;

use super::operations::OperationIndex;
use super::reply::Reply;
use crate::core::{Micros, Request, RequestId};
pub(crate) use request::QueueRequest;
pub use request::message_digest;

/// A call of the queue.
pub(crate) struct QueueCall<'a> {
    pub(crate) now: Micros,
    pub(crate) id: RequestId,
    pub(crate) operation: OperationIndex,
    pub(crate) request: &'a Request,
}

/// What a call asks for; an empty body asks for nothing in particular.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn parse<'a>(call: &QueueCall<'a>) -> Result<QueueRequest<'a>, Reply> {
    let body = if call.request.body().is_empty() {
        b"{}".as_slice()
    } else {
        call.request.body()
    };
    crate::core::json::read(body).map_err(|_| {
        Reply::queue(
            "com.amazon.coral.service#SerializationException",
            None,
            "The request body could not be read.",
        )
    })
}

/// The refusal of an action that does not exist.
pub(crate) fn unknown_action() -> Reply {
    Reply::queue(
        "com.amazon.coral.service#UnknownOperationException",
        Some("InvalidAction;Sender"),
        "The operation is not known.",
    )
}
