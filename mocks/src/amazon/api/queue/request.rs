//! What queue calls say, and the refusals of what they say wrongly.

use std::borrow::Cow;

use md5::{Digest, Md5};
use serde::Deserialize;

use super::attributes::Given;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::json;
use crate::amazon::signals::queue::Queues;
use crate::core::hexadecimal;

/// The longest wait of a long poll.
pub(crate) const LONGEST_WAIT_SECONDS: u64 = 20;
/// The longest time a message can be hidden.
pub(crate) const LONGEST_HIDING_SECONDS: u64 = 43_200;
/// The longest time before a sent message arrives.
pub(crate) const LONGEST_DELAY_SECONDS: u64 = 900;
/// The shortest and the longest time that messages are kept.
const SHORTEST_RETENTION_SECONDS: u64 = 60;
const LONGEST_RETENTION_SECONDS: u64 = 1_209_600;
/// The most messages of one call.
pub(crate) const MOST_MESSAGES: u64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QueueRequest<'a> {
    #[serde(borrow, default)]
    pub(crate) queue_url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) queue_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) receipt_handle: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) max_number_of_messages: Option<u64>,
    #[serde(default)]
    pub(crate) wait_time_seconds: Option<u64>,
    #[serde(default)]
    pub(crate) visibility_timeout: Option<u64>,
    #[serde(borrow, default)]
    pub(crate) attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_system_attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_attributes: Given<'a>,
    #[serde(borrow, default)]
    pub(crate) attributes: Option<QueueAttributes<'a>>,
    #[serde(borrow, default)]
    pub(crate) entries: Vec<Entry<'a>>,
    #[serde(borrow, default)]
    pub(crate) queue_name_prefix: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_body: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) delay_seconds: Option<u64>,
}

/// Attributes of a queue that a call sets.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct QueueSettings {
    pub(crate) visibility_seconds: Option<u64>,
    pub(crate) wait_seconds: Option<u64>,
    pub(crate) retention_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QueueAttributes<'a> {
    #[serde(borrow, default)]
    pub(crate) visibility_timeout: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) receive_message_wait_time_seconds: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_retention_period: Option<Cow<'a, str>>,
}

impl QueueAttributes<'_> {
    /// What is set, as far as it is given.
    pub(crate) fn read(&self) -> Result<QueueSettings, Reply> {
        let number = |text: &Option<Cow<'_, str>>, least, most, name: &str| {
            let Some(text) = text else {
                return Ok(None);
            };
            let value = text
                .parse()
                .map_err(|_| invalid(&format!("Invalid value for the parameter {name}.")))?;
            within(Some(value), least, most, name)
        };
        Ok(QueueSettings {
            visibility_seconds: number(
                &self.visibility_timeout,
                0,
                LONGEST_HIDING_SECONDS,
                "VisibilityTimeout",
            )?,
            wait_seconds: number(
                &self.receive_message_wait_time_seconds,
                0,
                LONGEST_WAIT_SECONDS,
                "ReceiveMessageWaitTimeSeconds",
            )?,
            retention_seconds: number(
                &self.message_retention_period,
                SHORTEST_RETENTION_SECONDS,
                LONGEST_RETENTION_SECONDS,
                "MessageRetentionPeriod",
            )?,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    /// Of messages that were received.
    #[serde(borrow, default)]
    pub(crate) receipt_handle: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) visibility_timeout: Option<u64>,
    /// Of messages that are sent.
    #[serde(borrow, default)]
    pub(crate) message_body: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) delay_seconds: Option<u64>,
    #[serde(borrow, default)]
    pub(crate) message_attributes: Given<'a>,
}

pub(crate) fn invalid(message: &str) -> Reply {
    Reply::queue(
        "com.amazon.coral.service#InvalidParameterValueException",
        Some("InvalidParameterValue;Sender"),
        message,
    )
}

pub(crate) fn bad_receipt() -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#ReceiptHandleIsInvalid",
        Some("ReceiptHandleIsInvalid;Sender"),
        "The input receipt handle is invalid.",
    )
}

pub(crate) fn no_queue() -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#QueueDoesNotExist",
        Some("AWS.SimpleQueueService.NonExistentQueue;Sender"),
        "The specified queue does not exist.",
    )
}

/// The digest that stands beside the body of a queue message: its MD5 in hexadecimal digits.
pub fn message_digest(body: &str) -> String {
    let mut out = Vec::with_capacity(32);
    write_md5(&mut out, body.as_bytes());
    out.into_iter().map(char::from).collect()
}

/// Appends the MD5 of a text in hexadecimal digits.
pub(crate) fn write_md5(out: &mut Vec<u8>, text: &[u8]) {
    hexadecimal::push(out, &Md5::digest(text));
}

pub(crate) fn within(
    value: Option<u64>,
    least: u64,
    most: u64,
    name: &str,
) -> Result<Option<u64>, Reply> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(invalid(&format!(
            "Value {value} for parameter {name} is invalid. Must be between {least} and {most}."
        ))),
        value => Ok(value),
    }
}

pub(crate) fn check_batch(entries: &[Entry<'_>]) -> Result<(), Reply> {
    let refuse = |kind: &str, query_error, message: &str| {
        Err(Reply::queue(kind, Some(query_error), message))
    };
    if entries.is_empty() {
        return refuse(
            "com.amazonaws.sqs#EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest;Sender",
            "There should be at least one entry in the request.",
        );
    }
    if entries.len() as u64 > MOST_MESSAGES {
        return refuse(
            "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest;Sender",
            "A batch holds at most 10 entries.",
        );
    }
    let repeated = (1..entries.len()).any(|place| {
        entries[..place]
            .iter()
            .any(|entry| entry.id == entries[place].id)
    });
    if repeated {
        return refuse(
            "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender",
            "Two entries have the same Id.",
        );
    }
    Ok(())
}

pub(crate) fn batch_answer(done: &[&Entry<'_>], failed: &[&Entry<'_>]) -> Reply {
    let mut out = Vec::with_capacity(256);
    json::raw(&mut out, r#"{"Successful":["#);
    let mut first = true;
    for entry in done {
        json::comma(&mut out, &mut first);
        json::raw(&mut out, r#"{"Id":"#);
        json::string(&mut out, &entry.id);
        out.push(b'}');
    }
    json::raw(&mut out, r#"],"Failed":["#);
    let mut first = true;
    for entry in failed {
        json::comma(&mut out, &mut first);
        json::raw(&mut out, r#"{"Id":"#);
        json::string(&mut out, &entry.id);
        json::raw(
            &mut out,
            r#","SenderFault":true,"Code":"ReceiptHandleIsInvalid","Message":"The input receipt handle is invalid."}"#,
        );
    }
    json::raw(&mut out, "]}");
    Reply::ok(out)
}

/// The position of the queue that a request names.
pub(crate) fn queue_of(queues: &Queues, request: &QueueRequest<'_>) -> Result<usize, Reply> {
    let url = request.queue_url.as_deref().ok_or_else(|| {
        Reply::queue(
            "com.amazon.coral.service#MissingParameterException",
            Some("MissingParameter;Sender"),
            "The request must contain the parameter QueueUrl.",
        )
    })?;
    let name = url.rsplit('/').next().unwrap_or(url);
    queues.find(name).ok_or_else(no_queue)
}
