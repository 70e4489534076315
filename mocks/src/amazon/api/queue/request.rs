//! What queue calls say, and the refusals of what they say wrongly.

use std::borrow::Cow;

use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::Value;

use super::attributes::Given;
use super::settings;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::given::optional_integer;
use crate::amazon::model::json;
use crate::amazon::signals::queue::Queues;
use crate::core::hexadecimal;

/// The longest wait of a long poll.
pub(crate) const LONGEST_WAIT_SECONDS: u64 = 20;
/// The longest time a message can be hidden.
pub(crate) const LONGEST_HIDING_SECONDS: u64 = 43_200;
/// The longest time before a sent message arrives.
pub(crate) const LONGEST_DELAY_SECONDS: u64 = 900;
/// Bytes of all messages of a batch together.
const LONGEST_BATCH: usize = 1 << 20;
/// Characters of the name of an entry.
const LONGEST_ID: usize = 80;
/// The most messages of one call.
pub(crate) const MOST_MESSAGES: u64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QueueRequest<'a> {
    #[serde(borrow, default)]
    pub(crate) queue_url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) queue_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "QueueOwnerAWSAccountId")]
    pub(crate) queue_owner: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) receipt_handle: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "optional_integer")]
    pub(crate) max_number_of_messages: Option<i64>,
    #[serde(default, deserialize_with = "optional_integer")]
    pub(crate) wait_time_seconds: Option<i64>,
    #[serde(default, deserialize_with = "optional_integer")]
    pub(crate) visibility_timeout: Option<i64>,
    #[serde(borrow, default)]
    pub(crate) attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_system_attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_attributes: Given<'a>,
    #[serde(default)]
    pub(crate) attributes: settings::Given,
    #[serde(borrow, default)]
    pub(crate) entries: Vec<Entry<'a>>,
    #[serde(borrow, default)]
    pub(crate) queue_name_prefix: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_body: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "optional_integer")]
    pub(crate) delay_seconds: Option<i64>,
    #[serde(borrow, default)]
    pub(crate) message_group_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_deduplication_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    /// Of messages that were received.
    #[serde(borrow, default)]
    pub(crate) receipt_handle: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "optional_integer")]
    pub(crate) visibility_timeout: Option<i64>,
    /// Of messages that are sent.
    #[serde(borrow, default)]
    pub(crate) message_body: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "optional_integer")]
    pub(crate) delay_seconds: Option<i64>,
    #[serde(borrow, default)]
    pub(crate) message_group_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) message_deduplication_id: Option<Cow<'a, str>>,
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

/// The refusal of a call that does not say what it has to.
pub(crate) fn missing(name: &str) -> Reply {
    Reply::queue(
        "com.amazon.coral.service#MissingParameterException",
        Some("MissingParameter;Sender"),
        &format!("The request must contain the parameter {name}."),
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

/// Checks a number of a call against its bounds.
///
/// # Errors
/// InvalidParameterValue for one that is not between them.
pub(crate) fn within(
    value: Option<i64>,
    least: u64,
    most: u64,
    name: &str,
) -> Result<Option<u64>, Reply> {
    let Some(given) = value else {
        return Ok(None);
    };
    let number = u64::try_from(given)
        .ok()
        .filter(|number| (least..=most).contains(number));
    number.map(Some).ok_or_else(|| {
        invalid(&format!(
            "Value {given} for parameter {name} is invalid. Must be between {least} and {most}."
        ))
    })
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
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_id = |id: &str| (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(is_letter);
    if !entries.iter().all(|entry| is_id(&entry.id)) {
        return refuse(
            "com.amazonaws.sqs#InvalidBatchEntryId",
            "AWS.SimpleQueueService.InvalidBatchEntryId;Sender",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
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

/// Checks that what a batch sends is not too much together.
pub(crate) fn check_batch_length(bytes: usize) -> Result<(), Reply> {
    if bytes <= LONGEST_BATCH {
        return Ok(());
    }
    Err(Reply::queue(
        "com.amazonaws.sqs#BatchRequestTooLong",
        Some("AWS.SimpleQueueService.BatchRequestTooLong;Sender"),
        &format!(
            "Batch requests cannot be longer than {LONGEST_BATCH} bytes. You have sent {bytes} bytes."
        ),
    ))
}

/// The answer to a batch of which each entry was done or refused by itself.
pub(crate) fn batch_answer(done: &[&Entry<'_>], failed: &[(&Entry<'_>, Reply)]) -> Reply {
    let mut out = Vec::with_capacity(256);
    json::raw(&mut out, r#"{"Successful":["#);
    let mut first = true;
    for entry in done {
        json::comma(&mut out, &mut first);
        json::raw(&mut out, r#"{"Id":"#);
        json::string(&mut out, &entry.id);
        out.push(b'}');
    }
    write_failed(&mut out, failed);
    Reply::ok(out)
}

/// Ends the answer to a batch with the entries that were refused, in the words in which each would be by itself.
pub(crate) fn write_failed(out: &mut Vec<u8>, failed: &[(&Entry<'_>, Reply)]) {
    json::raw(out, r#"],"Failed":["#);
    let mut first = true;
    for (entry, refusal) in failed {
        let told: Value = serde_json::from_slice(&refusal.body).unwrap_or_default();
        let code = refusal.query_error.and_then(|code| code.split(';').next());
        json::comma(out, &mut first);
        json::raw(out, r#"{"Id":"#);
        json::string(out, &entry.id);
        json::raw(out, r#","SenderFault":true,"Code":"#);
        json::string(out, code.unwrap_or("InvalidParameterValue"));
        json::raw(out, r#","Message":"#);
        json::string(out, told["message"].as_str().unwrap_or(""));
        out.push(b'}');
    }
    json::raw(out, "]}");
}

/// Whose queue an address is of, and its name: the last two parts of its path.
fn owner_and_name<'u>(queues: &Queues, url: &'u str) -> Option<(&'u str, &'u str)> {
    let (rest, name) = url.rsplit_once('/')?;
    let account = rest.rsplit('/').next()?;
    (queues.is_account(account) && !name.is_empty()).then_some((account, name))
}

/// The position of the queue that a request names.
pub(crate) fn queue_of(queues: &Queues, request: &QueueRequest<'_>) -> Result<usize, Reply> {
    let url = request
        .queue_url
        .as_deref()
        .ok_or_else(|| missing("QueueUrl"))?;
    let (account, name) = owner_and_name(queues, url).ok_or_else(|| {
        Reply::queue(
            "com.amazonaws.sqs#InvalidAddress",
            Some("InvalidAddress;Sender"),
            &format!("The address {url} is not valid for this endpoint."),
        )
    })?;
    queues.find(account, name).ok_or_else(no_queue)
}
