//! Making, finding, describing, changing and deleting queues.

use crate::core::{Micros, Request};

use super::super::errors::Reply;
use super::super::json;
use super::super::machine::Amazon;
use super::is_queue_name;
use super::request::{QueueRequest, invalid, no_queue};

impl Amazon {
    /// The address of a queue: one that the caller can connect to.
    pub(super) fn queue_url(&self, request: &Request, name: &str) -> String {
        let usual = format!("sqs.{}.amazonaws.com", self.profile.marketplace.aws_region);
        let address = self.own_address(request, &usual);
        format!("{address}/{}/{name}", self.profile.queue.account)
    }

    pub(super) fn queue_url_answer(&self, request: &Request, name: &str) -> Reply {
        let mut out = Vec::with_capacity(96);
        json::raw(&mut out, r#"{"QueueUrl":"#);
        json::string(&mut out, &self.queue_url(request, name));
        out.push(b'}');
        Reply::ok(out)
    }

    pub(super) fn list_queues(&self, parsed: &QueueRequest<'_>, request: &Request) -> Reply {
        let prefix = parsed.queue_name_prefix.as_deref().unwrap_or("");
        let mut found = self
            .queues
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
            json::string(&mut out, &self.queue_url(request, &queue.name));
        }
        json::raw(&mut out, "]}");
        Reply::ok(out)
    }

    /// Deletes a queue. Receivers that wait at it are sent away with nothing.
    pub(super) fn delete_queue(
        &mut self,
        now: Micros,
        parsed: &QueueRequest<'_>,
    ) -> Result<Reply, Reply> {
        let position = self.queue_of(parsed)?;
        let queue = &mut self.queues.queues[position];
        queue.delete_queue();
        for waiter in &mut queue.waiters {
            waiter.until = now;
        }
        Ok(Reply::ok(b"{}".to_vec()))
    }

    pub(super) fn apply_attributes(
        &mut self,
        position: usize,
        (visibility, wait): (Option<u64>, Option<u64>),
    ) {
        let queue = &mut self.queues.queues[position];
        if let Some(seconds) = visibility {
            queue.visibility = Micros::from_secs(seconds);
        }
        if let Some(seconds) = wait {
            queue.wait = Micros::from_secs(seconds);
        }
    }

    pub(super) fn set_queue_attributes(
        &mut self,
        parsed: &QueueRequest<'_>,
    ) -> Result<Reply, Reply> {
        let position = self.queue_of(parsed)?;
        if let Some(attributes) = &parsed.attributes {
            let values = attributes.read()?;
            self.apply_attributes(position, values);
        }
        Ok(Reply::ok(b"{}".to_vec()))
    }

    pub(super) fn create_queue(
        &mut self,
        parsed: &QueueRequest<'_>,
        request: &Request,
    ) -> Result<Reply, Reply> {
        let name = parsed
            .queue_name
            .as_deref()
            .filter(|name| is_queue_name(name))
            .ok_or_else(|| invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"))?;
        let values = match &parsed.attributes {
            Some(attributes) => attributes.read()?,
            None => (None, None),
        };
        let queue = self.queues.ensure(name);
        self.apply_attributes(queue, values);
        Ok(self.queue_url_answer(request, name))
    }

    pub(super) fn get_queue_url(
        &self,
        parsed: &QueueRequest<'_>,
        request: &Request,
    ) -> Result<Reply, Reply> {
        let name = parsed.queue_name.as_deref().unwrap_or("");
        self.queues.find(name).ok_or_else(no_queue)?;
        Ok(self.queue_url_answer(request, name))
    }

    pub(super) fn get_queue_attributes(
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
                "ReceiveMessageWaitTimeSeconds",
                queue.wait.whole_secs().to_string(),
            ),
            ("DelaySeconds", "0".to_owned()),
            ("MaximumMessageSize", "262144".to_owned()),
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
}
