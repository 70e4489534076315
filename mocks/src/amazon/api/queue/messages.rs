//! Sending, deleting and hiding messages.

use super::QueueCall;
use super::attributes::{self, Given};
use super::request::{
    LONGEST_DELAY_SECONDS, LONGEST_HIDING_SECONDS, QueueRequest, bad_receipt, batch_answer,
    check_batch, invalid, queue_of, within, write_md5,
};
use crate::amazon::api::reply::Reply;
use crate::amazon::model::{ids, json};
use crate::amazon::signals::Notification;
use crate::amazon::signals::queue::{Attribute, Queues, Receipt};
use crate::core::Micros;

/// A message that can be sent.
struct Outgoing<'a> {
    text: &'a str,
    attributes: Box<[Attribute]>,
    delay: Micros,
}

/// Checks one message that is to be sent: its text, its attributes and its delay.
///
/// # Errors
/// The refusal of a message without text, of attributes that are none, or of a delay beyond a quarter of an hour.
fn outgoing<'a>(
    text: Option<&'a str>,
    given: &Given<'_>,
    delay: Option<u64>,
) -> Result<Outgoing<'a>, Reply> {
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| {
        Reply::queue(
            "com.amazon.coral.service#MissingParameterException",
            Some("MissingParameter;Sender"),
            "The request must contain the parameter MessageBody.",
        )
    })?;
    let delay = within(delay, 0, LONGEST_DELAY_SECONDS, "DelaySeconds")?;
    Ok(Outgoing {
        text,
        attributes: attributes::read(given)?,
        delay: Micros::from_secs(delay.unwrap_or(0)),
    })
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
    let number = queues.keep_text(text, sent.attributes);
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
    let text = asked.message_body.as_deref();
    let message = outgoing(text, &asked.message_attributes, asked.delay_seconds)?;
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
    let (mut done, mut failed) = (Vec::with_capacity(256), Vec::new());
    for entry in &asked.entries {
        let text = entry.message_body.as_deref();
        match outgoing(text, &entry.message_attributes, entry.delay_seconds) {
            Ok(message) => {
                if !done.is_empty() {
                    done.push(b',');
                }
                json::raw(&mut done, r#"{"Id":"#);
                json::string(&mut done, &entry.id);
                done.push(b',');
                put(queues, position, call.now, message, &mut done);
            }
            Err(_) => failed.push(entry),
        }
    }
    let mut out = Vec::with_capacity(done.len() + 64);
    json::raw(&mut out, r#"{"Successful":["#);
    out.extend_from_slice(&done);
    json::raw(&mut out, r#"],"Failed":["#);
    let mut first = true;
    for entry in failed {
        json::comma(&mut out, &mut first);
        json::raw(&mut out, r#"{"Id":"#);
        json::string(&mut out, &entry.id);
        json::raw(
            &mut out,
            r#","SenderFault":true,"Code":"InvalidParameterValue","Message":"A message has a text, at most 900 seconds of delay, and at most ten attributes with a name, a type and a value."}"#,
        );
    }
    json::raw(&mut out, "]}");
    Ok(Reply::ok(out))
}

fn receipt(queues: &Queues, text: Option<&str>) -> Result<Receipt, Reply> {
    text.and_then(|text| Receipt::read(text, queues.key))
        .ok_or_else(bad_receipt)
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
        let list = match receipt(queues, entry.receipt_handle.as_deref()) {
            Ok(receipt) => {
                queues.delete(queue, call.now, receipt);
                &mut done
            }
            Err(_) => &mut failed,
        };
        list.push(entry);
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
        let seconds = entry.visibility_timeout.unwrap_or(0);
        let changed = receipt(queues, entry.receipt_handle.as_deref()).is_ok_and(|receipt| {
            let visibility = Micros::from_secs(seconds.min(LONGEST_HIDING_SECONDS));
            queues.queues[queue].change_visibility(call.now, receipt, visibility)
        });
        let list = if changed { &mut done } else { &mut failed };
        list.push(entry);
    }
    Ok(batch_answer(&done, &failed))
}

pub(crate) fn change_visibility(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let queue = queue_of(queues, asked)?;
    let receipt = receipt(queues, asked.receipt_handle.as_deref())?;
    let seconds = within(
        asked.visibility_timeout,
        0,
        LONGEST_HIDING_SECONDS,
        "VisibilityTimeout",
    )?
    .ok_or_else(|| invalid("The request must contain the parameter VisibilityTimeout."))?;
    if queues.queues[queue].change_visibility(call.now, receipt, Micros::from_secs(seconds)) {
        Ok(Reply::ok(b"{}".to_vec()))
    } else {
        Err(Reply::queue(
            "com.amazonaws.sqs#MessageNotInflight",
            Some("AWS.SimpleQueueService.MessageNotInflight;Sender"),
            "The message is not in flight.",
        ))
    }
}

/// Deletes every message that has arrived.
pub(crate) fn purge(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    queues.queues[position].purge(call.now);
    Ok(Reply::ok(b"{}".to_vec()))
}
