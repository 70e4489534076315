//! Sending, deleting and hiding messages.

use super::QueueCall;
use super::attributes::{self, Given};
use super::manage::SECONDS_BETWEEN;
use super::request::{
    Entry, LONGEST_DELAY_SECONDS, LONGEST_HIDING_SECONDS, QueueRequest, bad_receipt, batch_answer,
    check_batch, check_batch_length, invalid, missing, queue_of, within, write_failed, write_md5,
};
use crate::amazon::api::reply::Reply;
use crate::amazon::model::{ids, json};
use crate::amazon::signals::Notification;
use crate::amazon::signals::queue::{Attribute, Queue, Queues, Receipt};
use crate::core::Micros;

/// A message that can be sent.
struct Outgoing<'a> {
    text: &'a str,
    attributes: Box<[Attribute]>,
    delay: Micros,
    group: Option<&'a str>,
}

/// Characters of the name of a group.
const LONGEST_GROUP: usize = 128;

/// What a message says that is sent, by itself or in a batch.
struct Said<'s> {
    text: Option<&'s str>,
    attributes: &'s Given<'s>,
    delay: Option<i64>,
    group: Option<&'s str>,
    deduplication: Option<&'s str>,
}

impl<'s> Said<'s> {
    fn by(asked: &'s QueueRequest<'_>) -> Said<'s> {
        Said {
            text: asked.message_body.as_deref(),
            attributes: &asked.message_attributes,
            delay: asked.delay_seconds,
            group: asked.message_group_id.as_deref(),
            deduplication: asked.message_deduplication_id.as_deref(),
        }
    }

    fn in_entry(entry: &'s Entry<'_>) -> Said<'s> {
        Said {
            text: entry.message_body.as_deref(),
            attributes: &entry.message_attributes,
            delay: entry.delay_seconds,
            group: entry.message_group_id.as_deref(),
            deduplication: entry.message_deduplication_id.as_deref(),
        }
    }

    /// Checks what queues that keep order have and standard queues have in part: a group since 2025 (docs/platforms/amazon.md
    /// 6.4), the id that tells a repetition never.
    fn check_order(&self) -> Result<(), Reply> {
        let is_group = |name: &str| {
            (1..=LONGEST_GROUP).contains(&name.len())
                && name.bytes().all(|it| it.is_ascii_graphic())
        };
        let wrong = |value: &str, name: &str, why: &str| {
            invalid(&format!(
                "Value {value} for parameter {name} is invalid. Reason: {why}."
            ))
        };
        if let Some(group) = self.group.filter(|group| !is_group(group)) {
            return Err(wrong(
                group,
                "MessageGroupId",
                "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length",
            ));
        }
        self.deduplication.map_or(Ok(()), |id| {
            Err(wrong(
                id,
                "MessageDeduplicationId",
                "The request include parameter that is not valid for this queue type",
            ))
        })
    }
}

/// Checks one message that is to be sent to a queue: its text, its attributes and its delay.
///
/// # Errors
/// The refusal of a message without text, of one with characters that XML does not have, of one that is longer than the
/// queue takes, of attributes that are none, of a delay beyond a quarter of an hour, or of what only queues that keep order
/// have.
fn outgoing<'a>(queue: &Queue, said: Said<'a>) -> Result<Outgoing<'a>, Reply> {
    said.check_order()?;
    let text = said
        .text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| missing("MessageBody"))?;
    if !text.chars().all(is_allowed) {
        return Err(Reply::queue(
            "com.amazonaws.sqs#InvalidMessageContents",
            Some("InvalidMessageContents;Sender"),
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ));
    }
    let delay = within(said.delay, 0, LONGEST_DELAY_SECONDS, "DelaySeconds")?;
    let attributes = attributes::read(said.attributes)?;
    if length(text, &attributes) > queue.longest_message {
        return Err(invalid(&format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
            queue.longest_message
        )));
    }
    Ok(Outgoing {
        text,
        attributes,
        delay: delay.map_or(queue.delay, Micros::from_secs),
        group: said.group,
    })
}

/// Bytes of a message: its text and its attributes.
fn length(text: &str, attributes: &[Attribute]) -> usize {
    text.len() + attributes.iter().map(Attribute::bytes).sum::<usize>()
}

/// Whether a message may have a character.
fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Puts a message into a queue, and writes its id and its digests.
fn put(queues: &mut Queues, position: usize, now: Micros, sent: Outgoing<'_>, out: &mut Vec<u8>) {
    let at = now + sent.delay;
    if !sent.attributes.is_empty() {
        json::raw(out, r#""MD5OfMessageAttributes":""#);
        attributes::write_md5(out, sent.attributes.iter());
        json::raw(out, r#"","#);
    }
    let text = sent.text;
    let number = queues.keep_text(text, sent.attributes, sent.group);
    let message = Notification::of_text(number, at);
    let number = queues.queues[position].send(at, message);
    json::raw(out, r#""MessageId":""#);
    ids::write_uuid(out, queues.key, number);
    json::raw(out, r#"","MD5OfMessageBody":""#);
    write_md5(out, text.as_bytes());
    json::raw(out, r#""}"#);
}

pub(crate) fn send(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    let message = outgoing(&queues.queues[position], Said::by(asked))?;
    let mut out = Vec::with_capacity(128);
    out.push(b'{');
    put(queues, position, call.now, message, &mut out);
    Ok(Reply::ok(out))
}

/// Up to ten messages in one call, of which each is taken or refused by itself.
pub(crate) fn send_batch(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    check_batch(&asked.entries)?;
    let bytes_of = |entry: &Entry<'_>| {
        let attributes = attributes::read(&entry.message_attributes).unwrap_or_default();
        length(entry.message_body.as_deref().unwrap_or(""), &attributes)
    };
    check_batch_length(asked.entries.iter().map(bytes_of).sum())?;
    let (mut done, mut failed) = (Vec::with_capacity(256), Vec::new());
    for entry in &asked.entries {
        match outgoing(&queues.queues[position], Said::in_entry(entry)) {
            Ok(message) => {
                if !done.is_empty() {
                    done.push(b',');
                }
                json::raw(&mut done, r#"{"Id":"#);
                json::string(&mut done, &entry.id);
                done.push(b',');
                put(queues, position, call.now, message, &mut done);
            }
            Err(refusal) => failed.push((entry, refusal)),
        }
    }
    let mut out = Vec::with_capacity(done.len() + 64);
    json::raw(&mut out, r#"{"Successful":["#);
    out.extend_from_slice(&done);
    write_failed(&mut out, &failed);
    Ok(Reply::ok(out))
}

fn receipt(queues: &Queues, text: Option<&str>) -> Result<Receipt, Reply> {
    let text = text.ok_or_else(|| missing("ReceiptHandle"))?;
    Receipt::read(text, queues.key).ok_or_else(bad_receipt)
}

pub(crate) fn delete(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let queue = queue_of(queues, asked)?;
    let receipt = receipt(queues, asked.receipt_handle.as_deref())?;
    queues.delete(queue, call.now, receipt);
    Ok(Reply::ok(b"{}".to_vec()))
}

pub(crate) fn delete_batch(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let queue = queue_of(queues, asked)?;
    check_batch(&asked.entries)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for entry in &asked.entries {
        match receipt(queues, entry.receipt_handle.as_deref()) {
            Ok(receipt) => {
                queues.delete(queue, call.now, receipt);
                done.push(entry);
            }
            Err(refusal) => failed.push((entry, refusal)),
        }
    }
    Ok(batch_answer(&done, &failed))
}

pub(crate) fn change_visibility_batch(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let queue = queue_of(queues, asked)?;
    check_batch(&asked.entries)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for entry in &asked.entries {
        let (handle, seconds) = (entry.receipt_handle.as_deref(), entry.visibility_timeout);
        match hide(queues, queue, call.now, handle, seconds) {
            Ok(()) => done.push(entry),
            Err(refusal) => failed.push((entry, refusal)),
        }
    }
    Ok(batch_answer(&done, &failed))
}

pub(crate) fn change_visibility(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let queue = queue_of(queues, asked)?;
    let (handle, seconds) = (asked.receipt_handle.as_deref(), asked.visibility_timeout);
    hide(queues, queue, call.now, handle, seconds)?;
    Ok(Reply::ok(b"{}".to_vec()))
}

/// Hides one message that was received for so many seconds from now.
fn hide(
    queues: &mut Queues,
    queue: usize,
    now: Micros,
    handle: Option<&str>,
    seconds: Option<i64>,
) -> Result<(), Reply> {
    let receipt = receipt(queues, handle)?;
    let seconds = within(seconds, 0, LONGEST_HIDING_SECONDS, "VisibilityTimeout")?
        .ok_or_else(|| missing("VisibilityTimeout"))?;
    if queues.queues[queue].change_visibility(now, receipt, Micros::from_secs(seconds)) {
        return Ok(());
    }
    Err(Reply::queue(
        "com.amazonaws.sqs#MessageNotInflight",
        Some("AWS.SimpleQueueService.MessageNotInflight;Sender"),
        "The message is not in flight.",
    ))
}

/// Deletes every message that has arrived; once a minute.
pub(crate) fn purge(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    let queue = &mut queues.queues[position];
    if queue
        .purged_at
        .is_some_and(|at| call.now < at + Micros::from_secs(SECONDS_BETWEEN))
    {
        return Err(Reply::queue(
            "com.amazonaws.sqs#PurgeQueueInProgress",
            Some("AWS.SimpleQueueService.PurgeQueueInProgress;Sender"),
            &format!(
                "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                queue.name
            ),
        ));
    }
    queue.purge(call.now);
    Ok(Reply::ok(b"{}".to_vec()))
}
