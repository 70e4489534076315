//! The queue's actions over the AWS JSON protocol 1.0.

use std::borrow::Cow;

use md5::{Digest, Md5};
use serde::Deserialize;

use crate::core::{Micros, Request, RequestId};

use super::super::errors::Reply;
use super::super::ids;
use super::super::json;
use super::super::machine::Amazon;
use super::super::router::Operation;
use super::{Receipt, Received, Waiter, is_queue_name};

/// The longest wait of a long poll.
const LONGEST_WAIT_SECONDS: u64 = 20;
/// The longest time a message can be hidden.
const LONGEST_HIDING_SECONDS: u64 = 43_200;
/// The most messages of one call.
const MOST_MESSAGES: u64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueRequest<'a> {
    #[serde(borrow, default)]
    queue_url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    queue_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    receipt_handle: Option<Cow<'a, str>>,
    #[serde(default)]
    max_number_of_messages: Option<u64>,
    #[serde(default)]
    wait_time_seconds: Option<u64>,
    #[serde(default)]
    visibility_timeout: Option<u64>,
    #[serde(borrow, default)]
    attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    message_system_attribute_names: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    attributes: Option<QueueAttributes<'a>>,
    #[serde(borrow, default)]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueAttributes<'a> {
    #[serde(borrow, default)]
    visibility_timeout: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    receipt_handle: Cow<'a, str>,
}

fn invalid(message: &str) -> Reply {
    Reply::queue(
        "com.amazon.coral.service#InvalidParameterValueException",
        None,
        message,
    )
}

fn bad_receipt() -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#ReceiptHandleIsInvalid",
        None,
        "The input receipt handle is invalid.",
    )
}

fn no_queue() -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#QueueDoesNotExist",
        Some("AWS.SimpleQueueService.NonExistentQueue;Sender"),
        "The specified queue does not exist.",
    )
}

fn within(value: Option<u64>, least: u64, most: u64, name: &str) -> Result<Option<u64>, Reply> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(invalid(&format!(
            "Value {value} for parameter {name} is invalid. Must be between {least} and {most}."
        ))),
        value => Ok(value),
    }
}

impl Amazon {
    /// Serves a queue call; `None` when the answer is held back until a message arrives.
    pub(in crate::amazon) fn queue_call(
        &mut self,
        now: Micros,
        id: RequestId,
        operation: Operation,
        request: &Request,
    ) -> Option<Reply> {
        let body = if request.body().is_empty() {
            b"{}".as_slice()
        } else {
            request.body()
        };
        let parsed: QueueRequest<'_> = match serde_json::from_slice(body) {
            Ok(parsed) => parsed,
            Err(_) => {
                return Some(Reply::queue(
                    "com.amazon.coral.service#SerializationException",
                    None,
                    "The request body could not be read.",
                ));
            }
        };
        if operation == Operation::ReceiveMessage {
            return self.receive_message(now, id, &parsed).unwrap_or_else(Some);
        }
        let served = match operation {
            Operation::CreateQueue => self.create_queue(&parsed, request),
            Operation::GetQueueUrl => self.get_queue_url(&parsed, request),
            Operation::GetQueueAttributes => self.get_queue_attributes(now, &parsed),
            Operation::DeleteMessage => self.delete_message(now, &parsed),
            Operation::DeleteMessageBatch => self.delete_message_batch(now, &parsed),
            Operation::ChangeMessageVisibility => self.change_message_visibility(now, &parsed),
            Operation::PurgeQueue => self.queue_of(&parsed).map(|queue| {
                self.queues.queues[queue].purge(now);
                Reply::ok(b"{}".to_vec())
            }),
            _ => Err(Reply::queue(
                "com.amazon.coral.service#UnknownOperationException",
                None,
                "The operation is not known.",
            )),
        };
        Some(served.unwrap_or_else(|refusal| refusal))
    }

    fn queue_of(&self, request: &QueueRequest<'_>) -> Result<usize, Reply> {
        let url = request.queue_url.as_deref().ok_or_else(|| {
            Reply::queue(
                "com.amazon.coral.service#MissingParameterException",
                None,
                "The request must contain the parameter QueueUrl.",
            )
        })?;
        let name = url.rsplit('/').next().unwrap_or(url);
        self.queues.find(name).ok_or_else(no_queue)
    }

    /// The address of a queue, on whatever host the caller reached us by.
    fn queue_url(&self, request: &Request, name: &str) -> Reply {
        let host = request
            .headers()
            .get(http::header::HOST)
            .and_then(|host| host.to_str().ok())
            .or_else(|| {
                request
                    .uri()
                    .authority()
                    .map(|authority| authority.as_str())
            });
        let region = &self.profile.marketplace.aws_region;
        let usual = format!("sqs.{region}.amazonaws.com");
        let scheme = request.uri().scheme_str().unwrap_or("http");
        let account = &self.profile.queue.account;
        let url = format!("{scheme}://{}/{account}/{name}", host.unwrap_or(&usual));
        let mut out = Vec::with_capacity(96);
        json::raw(&mut out, r#"{"QueueUrl":"#);
        json::string(&mut out, &url);
        out.push(b'}');
        Reply::ok(out)
    }

    fn create_queue(
        &mut self,
        parsed: &QueueRequest<'_>,
        request: &Request,
    ) -> Result<Reply, Reply> {
        let name = parsed
            .queue_name
            .as_deref()
            .filter(|name| is_queue_name(name))
            .ok_or_else(|| invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"))?;
        let visibility = match &parsed.attributes {
            Some(QueueAttributes {
                visibility_timeout: Some(text),
            }) => {
                let seconds = text
                    .parse()
                    .map_err(|_| invalid("Invalid value for the parameter VisibilityTimeout."))?;
                within(
                    Some(seconds),
                    0,
                    LONGEST_HIDING_SECONDS,
                    "VisibilityTimeout",
                )?
            }
            _ => None,
        };
        let queue = self.queues.ensure(name);
        if let Some(seconds) = visibility {
            self.queues.queues[queue].visibility = Micros::from_secs(seconds);
        }
        Ok(self.queue_url(request, name))
    }

    fn get_queue_url(&self, parsed: &QueueRequest<'_>, request: &Request) -> Result<Reply, Reply> {
        let name = parsed.queue_name.as_deref().unwrap_or("");
        self.queues.find(name).ok_or_else(no_queue)?;
        Ok(self.queue_url(request, name))
    }

    fn get_queue_attributes(
        &mut self,
        now: Micros,
        parsed: &QueueRequest<'_>,
    ) -> Result<Reply, Reply> {
        let position = self.queue_of(parsed)?;
        let queue = &mut self.queues.queues[position];
        queue.refresh(now);
        let arn = format!(
            "arn:aws:sqs:{}:{}:{}",
            self.profile.marketplace.aws_region, self.profile.queue.account, queue.name
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
                "MessageRetentionPeriod",
                self.profile.queue.retention.whole_secs().to_string(),
            ),
        ];
        let wanted = |name: &str| {
            parsed
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

    fn receive_message(
        &mut self,
        now: Micros,
        id: RequestId,
        parsed: &QueueRequest<'_>,
    ) -> Result<Option<Reply>, Reply> {
        let position = self.queue_of(parsed)?;
        let most = within(
            parsed.max_number_of_messages,
            1,
            MOST_MESSAGES,
            "MaxNumberOfMessages",
        )?;
        let wait = within(
            parsed.wait_time_seconds,
            0,
            LONGEST_WAIT_SECONDS,
            "WaitTimeSeconds",
        )?;
        let hide = within(
            parsed.visibility_timeout,
            0,
            LONGEST_HIDING_SECONDS,
            "VisibilityTimeout",
        )?;
        let queue = &mut self.queues.queues[position];
        let most = most.unwrap_or(1) as usize;
        let visibility = hide.map_or(queue.visibility, Micros::from_secs);
        let attributes =
            !parsed.attribute_names.is_empty() || !parsed.message_system_attribute_names.is_empty();
        // Who came first is served first: nobody overtakes a receiver that waits already.
        let received = if queue.waiters.is_empty() {
            queue.receive(now, most, visibility, self.profile.queue.retention)
        } else {
            Vec::new()
        };
        let wait = Micros::from_secs(wait.unwrap_or(0));
        if received.is_empty() && wait > Micros::ZERO {
            queue.waiters.push_back(Waiter {
                id,
                until: now + wait,
                most,
                visibility,
                attributes,
            });
            self.queues.waiting += 1;
            return Ok(None);
        }
        Ok(Some(self.messages(&received, attributes)))
    }

    /// Answers the receivers for whom something has arrived or whose wait is over.
    pub(in crate::amazon) fn answer_waiting_receivers(&mut self, now: Micros) {
        if self.queues.waiting == 0 {
            return;
        }
        for position in 0..self.queues.queues.len() {
            loop {
                let retention = self.profile.queue.retention;
                let queue = &mut self.queues.queues[position];
                let Some(&waiter) = queue.waiters.front() else {
                    break;
                };
                let received = queue.receive(now, waiter.most, waiter.visibility, retention);
                if received.is_empty() {
                    break;
                }
                queue.waiters.pop_front();
                self.queues.waiting -= 1;
                let reply = self.messages(&received, waiter.attributes);
                self.answer_receiver(now, waiter.id, reply);
            }
            let queue = &mut self.queues.queues[position];
            let (over, still): (Vec<Waiter>, Vec<Waiter>) =
                queue.waiters.iter().partition(|waiter| waiter.until <= now);
            if over.is_empty() {
                continue;
            }
            queue.waiters = still.into();
            self.queues.waiting -= over.len();
            for waiter in over {
                let reply = self.messages(&[], waiter.attributes);
                self.answer_receiver(now, waiter.id, reply);
            }
        }
    }

    fn messages(&self, received: &[Received], attributes: bool) -> Reply {
        if received.is_empty() {
            return Reply::ok(b"{}".to_vec());
        }
        let mut out = Vec::with_capacity(2_048 * received.len());
        let mut text = Vec::with_capacity(1_536);
        json::raw(&mut out, r#"{"Messages":["#);
        for (index, message) in received.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            text.clear();
            self.render_notification(&mut text, &message.notification);
            json::raw(&mut out, r#"{"MessageId":""#);
            ids::write_uuid(&mut out, self.queues.key, message.number);
            json::raw(&mut out, r#"","ReceiptHandle":""#);
            json::raw(&mut out, &message.receipt.text(self.queues.key));
            json::raw(&mut out, r#"","MD5OfBody":""#);
            for byte in Md5::digest(&text) {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
            json::raw(&mut out, r#"","Body":""#);
            json::escaped(&mut out, &text);
            out.push(b'"');
            if attributes {
                json::raw(&mut out, r#","Attributes":{"ApproximateReceiveCount":""#);
                json::number(&mut out, message.receives);
                json::raw(&mut out, r#"","SentTimestamp":""#);
                json::number(&mut out, self.epoch.unix_millis(message.arrived_at));
                json::raw(&mut out, r#""}"#);
            }
            out.push(b'}');
        }
        json::raw(&mut out, "]}");
        Reply::ok(out)
    }

    fn receipt(&self, text: Option<&str>) -> Result<Receipt, Reply> {
        text.and_then(|text| Receipt::read(text, self.queues.key))
            .ok_or_else(bad_receipt)
    }

    fn delete_message(&mut self, now: Micros, parsed: &QueueRequest<'_>) -> Result<Reply, Reply> {
        let queue = self.queue_of(parsed)?;
        let receipt = self.receipt(parsed.receipt_handle.as_deref())?;
        self.queues.queues[queue].delete(now, receipt);
        Ok(Reply::ok(b"{}".to_vec()))
    }

    fn delete_message_batch(
        &mut self,
        now: Micros,
        parsed: &QueueRequest<'_>,
    ) -> Result<Reply, Reply> {
        let queue = self.queue_of(parsed)?;
        if parsed.entries.is_empty() || parsed.entries.len() as u64 > MOST_MESSAGES {
            return Err(invalid("A batch holds 1 to 10 entries."));
        }
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for entry in &parsed.entries {
            let list = match self.receipt(Some(&entry.receipt_handle)) {
                Ok(receipt) => {
                    self.queues.queues[queue].delete(now, receipt);
                    &mut done
                }
                Err(_) => &mut failed,
            };
            list.push(entry);
        }
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
        Ok(Reply::ok(out))
    }

    fn change_message_visibility(
        &mut self,
        now: Micros,
        parsed: &QueueRequest<'_>,
    ) -> Result<Reply, Reply> {
        let queue = self.queue_of(parsed)?;
        let receipt = self.receipt(parsed.receipt_handle.as_deref())?;
        let seconds = within(
            parsed.visibility_timeout,
            0,
            LONGEST_HIDING_SECONDS,
            "VisibilityTimeout",
        )?
        .ok_or_else(|| invalid("The request must contain the parameter VisibilityTimeout."))?;
        if self.queues.queues[queue].change_visibility(now, receipt, Micros::from_secs(seconds)) {
            Ok(Reply::ok(b"{}".to_vec()))
        } else {
            Err(Reply::queue(
                "com.amazonaws.sqs#MessageNotInflight",
                None,
                "The message is not in flight.",
            ))
        }
    }
}
