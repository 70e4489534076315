//! Making, finding, describing, changing and deleting queues.

use super::QueueCall;
use super::request::{QueueRequest, invalid, missing, no_queue, queue_of};
use super::settings;
use crate::amazon::api::address::own_address;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::json;
use crate::amazon::shop::Settings;
use crate::amazon::signals::queue::{Queues, is_queue_name};
use crate::core::{Micros, Request};

/// Seconds from the end of a queue to the next of its name, and from one purge to the next (docs/platforms/amazon.md 6.4).
pub(super) const SECONDS_BETWEEN: u64 = 60;

/// The address of a queue: one that the caller can connect to.
fn queue_url(settings: &Settings, request: &Request, account: &str, name: &str) -> String {
    let usual = format!(
        "sqs.{}.amazonaws.com",
        settings.profile.marketplace.aws_region
    );
    let address = own_address(settings, request, &usual);
    format!("{address}/{account}/{name}")
}

fn queue_url_answer(settings: &Settings, request: &Request, account: &str, name: &str) -> Reply {
    let mut out = Vec::with_capacity(96);
    json::raw(&mut out, r#"{"QueueUrl":"#);
    json::string(&mut out, &queue_url(settings, request, account, name));
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
        .filter(|queue| !queue.deleted && queue.account == queues.account)
        .filter(|queue| queue.name.starts_with(prefix))
        .peekable();
    if found.peek().is_none() {
        return Reply::ok(b"{}".to_vec());
    }
    let mut out = Vec::with_capacity(128);
    json::raw(&mut out, r#"{"QueueUrls":["#);
    let mut first = true;
    for queue in found {
        json::comma(&mut out, &mut first);
        let url = queue_url(settings, call.request, &queue.account, &queue.name);
        json::string(&mut out, &url);
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
    queue.delete_queue(call.now);
    for waiter in &mut queue.waiters {
        waiter.until = call.now;
    }
    Ok(Reply::ok(b"{}".to_vec()))
}

pub(crate) fn set_attributes(
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let position = queue_of(queues, asked)?;
    let queue = &mut queues.queues[position];
    settings::apply(queue, settings::check(&asked.attributes)?);
    queue.modified_at = call.now;
    Ok(Reply::ok(b"{}".to_vec()))
}

/// Makes a queue; one that is there already has to be what is wanted.
pub(crate) fn create(
    settings: &Settings,
    queues: &mut Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let name = asked.queue_name.as_deref();
    let name = name.ok_or_else(|| missing("QueueName"))?;
    let name = Some(name)
        .filter(|name| is_queue_name(name))
        .ok_or_else(|| invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"))?;
    let wanted = settings::check(&asked.attributes)?;
    let account = queues.account.clone();
    if let Some(position) = queues.find(&account, name) {
        settings::check_same(settings, &queues.queues[position], &wanted)?;
        return Ok(queue_url_answer(settings, call.request, &account, name));
    }
    if queues
        .deleted_at(&account, name)
        .is_some_and(|at| call.now < at + Micros::from_secs(SECONDS_BETWEEN))
    {
        return Err(Reply::queue(
            "com.amazonaws.sqs#QueueDeletedRecently",
            Some("AWS.SimpleQueueService.QueueDeletedRecently;Sender"),
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        ));
    }
    let position = queues.ensure(&account, name, call.now);
    settings::apply(&mut queues.queues[position], wanted);
    Ok(queue_url_answer(settings, call.request, &account, name))
}

pub(crate) fn get_url(
    settings: &Settings,
    queues: &Queues,
    call: &QueueCall<'_>,
    asked: &QueueRequest<'_>,
) -> Result<Reply, Reply> {
    let name = asked.queue_name.as_deref();
    let name = name.ok_or_else(|| missing("QueueName"))?;
    let account = asked.queue_owner.as_deref().unwrap_or(&queues.account);
    queues.find(account, name).ok_or_else(no_queue)?;
    Ok(queue_url_answer(settings, call.request, account, name))
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
    if let Some(unknown) = asked
        .attribute_names
        .iter()
        .find(|name| *name != "All" && !settings::is_known(name))
    {
        return Err(settings::unknown(unknown));
    }
    let wanted = |name: &str| {
        asked
            .attribute_names
            .iter()
            .any(|asked| asked == "All" || asked == name)
    };
    let mut out = Vec::with_capacity(320);
    json::raw(&mut out, r#"{"Attributes":{"#);
    let mut first = true;
    let values = settings::all(settings, queue);
    for (name, value) in values.iter().filter(|(name, _)| wanted(name)) {
        json::comma(&mut out, &mut first);
        json::string(&mut out, name);
        out.push(b':');
        json::string(&mut out, value);
    }
    json::raw(&mut out, "}}");
    Ok(Reply::ok(out))
}
