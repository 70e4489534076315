//! Making, finding, describing, changing and deleting queues.

use super::QueueCall;
use super::request::{QueueRequest, QueueSettings, invalid, no_queue, queue_of};
use crate::amazon::api::address::own_address;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::json;
use crate::amazon::shop::Settings;
use crate::amazon::signals::queue::{Queue, Queues, is_queue_name};
use crate::core::{Micros, Request};

/// The address of a queue: one that the caller can connect to.
fn queue_url(settings: &Settings, request: &Request, name: &str) -> String {
    let usual = format!(
        "sqs.{}.amazonaws.com",
        settings.profile.marketplace.aws_region
    );
    let address = own_address(settings, request, &usual);
    format!("{address}/{}/{name}", settings.profile.queue.account)
}

fn queue_url_answer(settings: &Settings, request: &Request, name: &str) -> Reply {
    let mut out = Vec::with_capacity(96);
    json::raw(&mut out, r#"{"QueueUrl":"#);
    json::string(&mut out, &queue_url(settings, request, name));
    out.push(b'}');
    Reply::ok(out)
}

pub(crate) fn list(
    settings: &Settings,
    queues: &Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Reply {
    let prefix = asked.queue_name_prefix.as_deref().unwrap_or("");
    let mut found = queues
        .queues
        .iter()
        .filter(|queue| !queue.deleted && queue.name.starts_with(prefix))
        .peekable();
    if found.peek().is_none() {
        return Reply::ok(b"{}".to_vec());
    }
    let mut out = Vec::with_capacity(128);
    json::raw(&mut out, r#"{"QueueUrls":["#);
    let mut first = true;
    for queue in found {
        json::comma(&mut out, &mut first);
        json::string(&mut out, &queue_url(settings, call.request, &queue.name));
    }
    json::raw(&mut out, "]}");
    Reply::ok(out)
}

/// Deletes a queue. Receivers that wait at it are sent away with nothing.
pub(crate) fn delete(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    let queue = &mut queues.queues[position];
    queue.delete_queue();
    for waiter in &mut queue.waiters {
        waiter.until = call.now;
    }
    Ok(Reply::ok(b"{}".to_vec()))
}

fn apply_attributes(queue: &mut Queue, settings: QueueSettings) {
    if let Some(seconds) = settings.visibility_seconds {
        queue.visibility = Micros::from_secs(seconds);
        queue.own_visibility = true;
    }
    if let Some(seconds) = settings.wait_seconds {
        queue.wait = Micros::from_secs(seconds);
    }
    if let Some(seconds) = settings.retention_seconds {
        queue.own_retention = Some(Micros::from_secs(seconds));
    }
}

pub(crate) fn set_attributes(
    queues: &mut Queues,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    if let Some(attributes) = &asked.attributes {
        let values = attributes.read()?;
        apply_attributes(&mut queues.queues[position], values);
    }
    Ok(Reply::ok(b"{}".to_vec()))
}

pub(crate) fn create(
    settings: &Settings,
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let name = asked
        .queue_name
        .as_deref()
        .filter(|name| is_queue_name(name))
        .ok_or_else(|| invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"))?;
    let values = match &asked.attributes {
        Some(attributes) => attributes.read()?,
        None => QueueSettings::default(),
    };
    let queue = queues.ensure(name);
    apply_attributes(&mut queues.queues[queue], values);
    Ok(queue_url_answer(settings, call.request, name))
}

pub(crate) fn get_url(
    settings: &Settings,
    queues: &Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let name = asked.queue_name.as_deref().unwrap_or("");
    queues.find(name).ok_or_else(no_queue)?;
    Ok(queue_url_answer(settings, call.request, name))
}

pub(crate) fn get_attributes(
    settings: &Settings,
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    let queue = &mut queues.queues[position];
    queue.refresh(call.now);
    let arn = format!(
        "arn:aws:sqs:{}:{}:{}",
        settings.profile.marketplace.aws_region, settings.profile.queue.account, queue.name
    );
    let values = [
        ("QueueArn", arn),
        ("ApproximateNumberOfMessages", queue.counts[0].to_string()),
        (
            "ApproximateNumberOfMessagesNotVisible",
            queue.counts[1].to_string(),
        ),
        ("ApproximateNumberOfMessagesDelayed", "0".to_owned()),
        (
            "VisibilityTimeout",
            queue.visibility.whole_secs().to_string(),
        ),
        (
            "ReceiveMessageWaitTimeSeconds",
            queue.wait.whole_secs().to_string(),
        ),
        ("DelaySeconds", "0".to_owned()),
        ("MaximumMessageSize", "262144".to_owned()),
        (
            "MessageRetentionPeriod",
            queue
                .own_retention
                .unwrap_or(settings.profile.queue.retention)
                .whole_secs()
                .to_string(),
        ),
    ];
    let wanted = |name: &str| {
        asked
            .attribute_names
            .iter()
            .any(|asked| asked == "All" || asked == name)
    };
    let mut out = Vec::with_capacity(320);
    json::raw(&mut out, r#"{"Attributes":{"#);
    let mut first = true;
    for (name, value) in values.iter().filter(|(name, _)| wanted(name)) {
        json::comma(&mut out, &mut first);
        json::string(&mut out, name);
        out.push(b':');
        json::string(&mut out, value);
    }
    json::raw(&mut out, "}}");
    Ok(Reply::ok(out))
}
