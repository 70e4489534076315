//! Receiving messages, with long polling.

use super::request::{
    LONGEST_HIDING_SECONDS, LONGEST_WAIT_SECONDS, MOST_MESSAGES, QueueRequest, queue_of, within,
    write_md5,
};
use super::{QueueCall, attributes, settings};
use crate::amazon::api::reply::Reply;
use crate::amazon::model::{ids, json};
use crate::amazon::shop::State;
use crate::amazon::signals::Signals;
use crate::amazon::signals::nested_json::NestedJson;
use crate::amazon::signals::queue::{Received, Waiter};
use crate::core::{Micros, RequestId};

/// What the system knows of a message, in the order in which it is told; a message has a set of them by number.
const SYSTEM_ATTRIBUTES: [&str; 5] = [
    "ApproximateReceiveCount",
    "SentTimestamp",
    "SenderId",
    "ApproximateFirstReceiveTimestamp",
    "MessageGroupId",
];
/// The place of the group among them: only a message that was sent in one has it.
const GROUP: usize = 4;
/// What only messages of other queues have.
const OTHERS: [&str; 4] = [
    "SequenceNumber",
    "MessageDeduplicationId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];
/// The account by which Amazon sends its notifications (docs/platforms/amazon.md 6.3).
const AMAZONS_ACCOUNT: &str = "437568002678";

/// Which of the system's attributes a call names.
///
/// # Errors
/// InvalidAttributeName for one that there is not. Names of a queue's attributes are passed over, which clients may send.
fn system_attributes(asked: &QueueRequest<'_>) -> Result<u8, Reply> {
    let mut set = 0;
    let names = asked.attribute_names.iter();
    for name in names.chain(&asked.message_system_attribute_names) {
        match SYSTEM_ATTRIBUTES.iter().position(|known| known == name) {
            Some(number) => set |= 1 << number,
            None if name == "All" => set = u8::MAX,
            None if OTHERS.contains(&name.as_ref()) || settings::is_known(name) => {}
            None => return Err(settings::unknown(name)),
        }
    }
    Ok(set)
}

fn write_system_attributes(
    out: &mut Vec<u8>,
    shop: &State,
    message: &Received,
    group: Option<&str>,
    set: u8,
) {
    let set = match group {
        Some(_) => set,
        None => set & !(1 << GROUP),
    };
    if set & ((1 << SYSTEM_ATTRIBUTES.len()) - 1) == 0 {
        return;
    }
    let sender = match message.notification.text() {
        Some(_) => shop.settings.profile.queue.account.as_str(),
        None => AMAZONS_ACCOUNT,
    };
    let epoch = shop.settings.epoch;
    json::raw(out, r#","Attributes":{"#);
    let mut first = true;
    for (number, name) in SYSTEM_ATTRIBUTES.iter().enumerate() {
        if set >> number & 1 == 0 {
            continue;
        }
        json::comma(out, &mut first);
        json::string(out, name);
        if number == GROUP {
            out.push(b':');
            json::string(out, group.unwrap_or(""));
            continue;
        }
        json::raw(out, r#":""#);
        match number {
            0 => json::number(out, message.receives),
            1 => json::number(out, epoch.unix_millis(message.arrived_at)),
            2 => json::raw(out, sender),
            _ => json::number(out, epoch.unix_millis(message.first_received_at)),
        }
        out.push(b'"');
    }
    out.push(b'}');
}

/// Hands out messages; holds the answer back where there are none and the caller waits.
pub(crate) fn receive(
    signals: &mut Signals,
    shop: &State,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Option<Reply>, Reply> {
    let position = queue_of(&signals.queues, asked)?;
    let most = within(
        asked.max_number_of_messages,
        1,
        MOST_MESSAGES,
        "MaxNumberOfMessages",
    )?;
    let wait = within(
        asked.wait_time_seconds,
        0,
        LONGEST_WAIT_SECONDS,
        "WaitTimeSeconds",
    )?;
    let hide = within(
        asked.visibility_timeout,
        0,
        LONGEST_HIDING_SECONDS,
        "VisibilityTimeout",
    )?;
    let queue = &mut signals.queues.queues[position];
    let most = most.unwrap_or(1) as usize;
    let visibility = hide.map_or(queue.visibility, Micros::from_secs);
    let system_attributes = system_attributes(asked)?;
    let names: Box<[Box<str>]> = asked
        .message_attribute_names
        .iter()
        .map(|name| name.as_ref().into())
        .collect();
    // Who came first is served first: nobody overtakes a receiver that waits already.
    let received = if queue.waiters.is_empty() {
        queue.receive(
            call.now,
            most,
            visibility,
            shop.settings.profile.queue.retention,
        )
    } else {
        Vec::new()
    };
    let wait = wait.map_or(queue.wait, Micros::from_secs);
    if received.is_empty() && wait > Micros::ZERO {
        queue.waiters.push_back(Waiter {
            id: call.id,
            until: call.now + wait,
            most,
            visibility,
            attributes: system_attributes,
            asked: names,
        });
        signals.queues.waiting += 1;
        return Ok(None);
    }
    Ok(Some(messages(
        signals,
        shop,
        &received,
        system_attributes,
        &names,
    )))
}

/// Answers the receivers for whom something has arrived or whose wait is over.
pub(crate) fn answer_waiting(
    signals: &mut Signals,
    shop: &State,
    now: Micros,
) -> Vec<(RequestId, Reply)> {
    let mut answers = Vec::new();
    if signals.queues.waiting == 0 {
        return answers;
    }
    for position in 0..signals.queues.queues.len() {
        loop {
            let retention = shop.settings.profile.queue.retention;
            let queue = &mut signals.queues.queues[position];
            let Some(waiter) = queue.waiters.front() else {
                break;
            };
            let (most, visibility) = (waiter.most, waiter.visibility);
            let received = queue.receive(now, most, visibility, retention);
            if received.is_empty() {
                break;
            }
            let Some(waiter) = queue.waiters.pop_front() else {
                break;
            };
            signals.queues.waiting -= 1;
            let reply = messages(signals, shop, &received, waiter.attributes, &waiter.asked);
            answers.push((waiter.id, reply));
        }
        let queue = &mut signals.queues.queues[position];
        let is_over = |waiter: &Waiter| waiter.until <= now;
        if !queue.waiters.iter().any(is_over) {
            continue;
        }
        let (over, still): (Vec<Waiter>, Vec<Waiter>) = queue.waiters.drain(..).partition(is_over);
        queue.waiters = still.into();
        signals.queues.waiting -= over.len();
        for waiter in over {
            let reply = messages(signals, shop, &[], waiter.attributes, &waiter.asked);
            answers.push((waiter.id, reply));
        }
    }
    answers
}

fn messages(
    signals: &Signals,
    shop: &State,
    received: &[Received],
    system_attributes: u8,
    names: &[Box<str>],
) -> Reply {
    if received.is_empty() {
        return Reply::ok(b"{}".to_vec());
    }
    let mut out = Vec::with_capacity(2_048 * received.len());
    let mut text = NestedJson::with_capacity(1_536);
    json::raw(&mut out, r#"{"Messages":["#);
    for (index, message) in received.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        text.clear();
        signals.render(shop, &mut text, &message.notification);
        json::raw(&mut out, r#"{"MessageId":""#);
        ids::write_uuid(&mut out, signals.queues.key, message.number);
        json::raw(&mut out, r#"","ReceiptHandle":""#);
        out.extend_from_slice(&message.receipt.text(signals.queues.key));
        json::raw(&mut out, r#"","MD5OfBody":""#);
        write_md5(&mut out, text.plain());
        json::raw(&mut out, r#"","Body":""#);
        out.extend_from_slice(text.escaped());
        out.push(b'"');
        if let Some(text) = message.notification.text()
            && !names.is_empty()
        {
            attributes::write(&mut out, signals.queues.attributes(text), names);
        }
        if system_attributes != 0 {
            let text = message.notification.text();
            let group = text.and_then(|text| signals.queues.group(text));
            write_system_attributes(&mut out, shop, message, group, system_attributes);
        }
        out.push(b'}');
    }
    json::raw(&mut out, "]}");
    Reply {
        tells: Some(Box::new(shop.orders.telling.take())),
        ..Reply::ok(out)
    }
}
