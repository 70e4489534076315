//! The queue's actions over the AWS JSON protocol 1.0.

use crate::core::{Micros, Request, RequestId};

use super::super::errors::Reply;
use super::super::ids;
use super::super::json;
use super::super::machine::Amazon;
use super::super::nested_json::NestedJson;
use super::super::operations::Operation;
use super::super::signals::Notification;
use super::request::{
    LONGEST_DELAY_SECONDS, LONGEST_HIDING_SECONDS, LONGEST_WAIT_SECONDS, MOST_MESSAGES,
    QueueRequest, bad_receipt, batch_answer, check_batch, invalid, no_queue, within, write_md5,
};
use super::{Receipt, Received, Waiter};

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
        let parsed: QueueRequest<'_> = match crate::core::json::read(body) {
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
            Operation::ListQueues => Ok(self.list_queues(&parsed, request)),
            Operation::DeleteQueue => self.delete_queue(now, &parsed),
            Operation::SetQueueAttributes => self.set_queue_attributes(&parsed),
            Operation::SendMessage => self.send_message(now, &parsed),
            Operation::ChangeMessageVisibilityBatch => {
                self.change_message_visibility_batch(now, &parsed)
            }
            Operation::PurgeQueue => self.queue_of(&parsed).map(|queue| {
                self.queues.queues[queue].purge(now);
                Reply::ok(b"{}".to_vec())
            }),
            _ => Err(Reply::queue(
                "com.amazon.coral.service#UnknownOperationException",
                Some("InvalidAction;Sender"),
                "The operation is not known.",
            )),
        };
        Some(served.unwrap_or_else(|refusal| refusal))
    }

    pub(super) fn queue_of(&self, request: &QueueRequest<'_>) -> Result<usize, Reply> {
        let url = request.queue_url.as_deref().ok_or_else(|| {
            Reply::queue(
                "com.amazon.coral.service#MissingParameterException",
                Some("MissingParameter;Sender"),
                "The request must contain the parameter QueueUrl.",
            )
        })?;
        let name = url.rsplit('/').next().unwrap_or(url);
        self.queues.find(name).ok_or_else(no_queue)
    }

    fn send_message(&mut self, now: Micros, parsed: &QueueRequest<'_>) -> Result<Reply, Reply> {
        let position = self.queue_of(parsed)?;
        let text = parsed
            .message_body
            .as_deref()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| {
                Reply::queue(
                    "com.amazon.coral.service#MissingParameterException",
                    Some("MissingParameter;Sender"),
                    "The request must contain the parameter MessageBody.",
                )
            })?;
        let delay = within(
            parsed.delay_seconds,
            0,
            LONGEST_DELAY_SECONDS,
            "DelaySeconds",
        )?;
        let at = now + Micros::from_secs(delay.unwrap_or(0));
        let number = self.queues.texts.len() as u32;
        self.queues.texts.push(text.into());
        let message = Notification::of_text(number, at);
        let number = self.queues.queues[position].send(at, message);
        let mut out = Vec::with_capacity(128);
        json::raw(&mut out, r#"{"MessageId":""#);
        ids::write_uuid(&mut out, self.queues.key, number);
        json::raw(&mut out, r#"","MD5OfMessageBody":""#);
        write_md5(&mut out, text.as_bytes());
        json::raw(&mut out, r#""}"#);
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
        let wait = wait.map_or(queue.wait, Micros::from_secs);
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
        let mut text = NestedJson::with_capacity(1_536);
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
            out.extend_from_slice(&message.receipt.text(self.queues.key));
            json::raw(&mut out, r#"","MD5OfBody":""#);
            write_md5(&mut out, text.plain());
            json::raw(&mut out, r#"","Body":""#);
            out.extend_from_slice(text.escaped());
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
        check_batch(&parsed.entries)?;
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
        Ok(batch_answer(&done, &failed))
    }

    fn change_message_visibility_batch(
        &mut self,
        now: Micros,
        parsed: &QueueRequest<'_>,
    ) -> Result<Reply, Reply> {
        let queue = self.queue_of(parsed)?;
        check_batch(&parsed.entries)?;
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for entry in &parsed.entries {
            let seconds = entry.visibility_timeout.unwrap_or(0);
            let changed = self
                .receipt(Some(&entry.receipt_handle))
                .is_ok_and(|receipt| {
                    let visibility = Micros::from_secs(seconds.min(LONGEST_HIDING_SECONDS));
                    self.queues.queues[queue].change_visibility(now, receipt, visibility)
                });
            let list = if changed { &mut done } else { &mut failed };
            list.push(entry);
        }
        Ok(batch_answer(&done, &failed))
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
                Some("AWS.SimpleQueueService.MessageNotInflight;Sender"),
                "The message is not in flight.",
            ))
        }
    }
}
