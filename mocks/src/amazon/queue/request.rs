//! What queue calls say, and the refusals of what they say wrongly.

use std::borrow::Cow;

use md5::{Digest, Md5};
use serde::Deserialize;

use super::super::errors::Reply;
use super::super::json;
use crate::core::hexadecimal;

/// The longest wait of a long poll.
pub(super) const LONGEST_WAIT_SECONDS: u64 = 20;
/// The longest time a message can be hidden.
pub(super) const LONGEST_HIDING_SECONDS: u64 = 43_200;
/// The longest time before a sent message arrives.
pub(super) const LONGEST_DELAY_SECONDS: u64 = 900;
/// The most messages of one call.
pub(super) const MOST_MESSAGES: u64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueRequest<'a> {
    #[serde(borrow, default)]
    pub(super) queue_url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) queue_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) receipt_handle: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) max_number_of_messages: Option<u64>,
    #[serde(default)]
    pub(super) wait_time_seconds: Option<u64>,
    #[serde(default)]
    pub(super) visibility_timeout: Option<u64>,
    #[serde(borrow, default)]
    pub(super) attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) message_system_attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) attributes: Option<QueueAttributes<'a>>,
    #[serde(borrow, default)]
    pub(super) entries: Vec<Entry<'a>>,
    #[serde(borrow, default)]
    pub(super) queue_name_prefix: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) message_body: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) delay_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueAttributes<'a> {
    #[serde(borrow, default)]
    pub(super) visibility_timeout: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) receive_message_wait_time_seconds: Option<Cow<'a, str>>,
}

impl QueueAttributes<'_> {
    /// Visibility timeout and wait in seconds, where they are given.
    pub(super) fn read(&self) -> Result<(Option<u64>, Option<u64>), Reply> {
        let number = |text: &Option<Cow<'_, str>>, most, name: &str| {
            let Some(text) = text else {
                return Ok(None);
            };
            let value = text
                .parse()
                .map_err(|_| invalid(&format!("Invalid value for the parameter {name}.")))?;
            within(Some(value), 0, most, name)
        };
        Ok((
            number(
                &self.visibility_timeout,
                LONGEST_HIDING_SECONDS,
                "VisibilityTimeout",
            )?,
            number(
                &self.receive_message_wait_time_seconds,
                LONGEST_WAIT_SECONDS,
                "ReceiveMessageWaitTimeSeconds",
            )?,
        ))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) receipt_handle: Cow<'a, str>,
    #[serde(default)]
    pub(super) visibility_timeout: Option<u64>,
}

pub(super) fn invalid(message: &str) -> Reply {
    Reply::queue(
        "com.amazon.coral.service#InvalidParameterValueException",
        Some("InvalidParameterValue;Sender"),
        message,
    )
}

pub(super) fn bad_receipt() -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#ReceiptHandleIsInvalid",
        Some("ReceiptHandleIsInvalid;Sender"),
        "The input receipt handle is invalid.",
    )
}

pub(super) fn no_queue() -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#QueueDoesNotExist",
        Some("AWS.SimpleQueueService.NonExistentQueue;Sender"),
        "The specified queue does not exist.",
    )
}

/// Appends the MD5 of a text in hexadecimal digits.
pub(super) fn write_md5(out: &mut Vec<u8>, text: &[u8]) {
    hexadecimal::push(out, &Md5::digest(text));
}

pub(super) fn within(
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

pub(super) fn check_batch(entries: &[Entry<'_>]) -> Result<(), Reply> {
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

pub(super) fn batch_answer(done: &[&Entry<'_>], failed: &[&Entry<'_>]) -> Reply {
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
