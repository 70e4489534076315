//! JSON_LISTINGS_FEED: messages that do what the Listings Items API does, and the report of what became of them.

use std::borrow::Cow;

use serde::Deserialize;

use crate::amazon::model::jobs::{JobStatus, job_id};
use crate::amazon::model::json;
use crate::amazon::model::submission::{Effect, Issue, Patch, PutAttributes};
use crate::core::{Micros, Stream};

use super::State;

#[derive(Deserialize)]
struct ListingsFeed<'a> {
    #[serde(borrow)]
    header: Header<'a>,
    #[serde(borrow)]
    messages: Vec<Message<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    #[serde(borrow)]
    seller_id: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    message_id: u64,
    #[serde(borrow)]
    sku: Cow<'a, str>,
    #[serde(borrow)]
    operation_type: Cow<'a, str>,
    #[serde(borrow, default)]
    product_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    patches: Option<Vec<Patch<'a>>>,
    #[serde(borrow, default)]
    attributes: Option<PutAttributes<'a>>,
}

impl Message<'_> {
    /// What the message asks for, and what is wrong with it.
    fn judge(&self) -> (Effect, Vec<Issue>) {
        let (mut effect, mut issues) = (Effect::default(), Vec::new());
        let typed = self.operation_type != "DELETE";
        if typed && self.product_type.as_deref().unwrap_or("").is_empty() {
            issues.push(Issue::other("4000002", "'productType' is required."));
        }
        match (
            self.operation_type.as_ref(),
            &self.patches,
            &self.attributes,
        ) {
            ("PATCH", Some(patches), _) if !patches.is_empty() => {
                if let Err(wrong) = effect.patch(patches, &mut issues) {
                    issues.push(Issue::other("4000004", &wrong.to_string()));
                }
            }
            ("UPDATE", _, Some(attributes)) => effect.put(attributes, false, &mut issues),
            ("PARTIAL_UPDATE", _, Some(attributes)) => effect.put(attributes, true, &mut issues),
            ("DELETE", ..) => effect = Effect::withdrawal(),
            ("PATCH", ..) => issues.push(Issue::other("4000005", "'patches' is required.")),
            ("UPDATE" | "PARTIAL_UPDATE", ..) => {
                issues.push(Issue::other("4000005", "'attributes' is required."));
            }
            (other, ..) => issues.push(Issue::other(
                "4000006",
                &format!("Invalid operationType: {other}."),
            )),
        }
        (effect, issues)
    }
}

/// The list of issues as it is written, with its count.
#[derive(Default)]
struct Issues {
    text: Vec<u8>,
    count: usize,
}

impl Issues {
    fn add(&mut self, message: Option<&Message<'_>>, issue: &Issue) {
        let out = &mut self.text;
        if self.count > 0 {
            out.push(b',');
        }
        self.count += 1;
        out.push(b'{');
        if let Some(message) = message {
            json::raw(out, r#""messageId":"#);
            json::number(out, message.message_id);
            json::raw(out, r#","sku":"#);
            json::string(out, &message.sku);
            out.push(b',');
        }
        json::raw(out, r#""code":"#);
        json::string(out, issue.code);
        json::raw(out, r#","severity":"ERROR","message":"#);
        json::string(out, &issue.message);
        if let Some(attribute) = &issue.attribute {
            json::raw(out, r#","attributeName":"#);
            json::string(out, attribute);
        }
        out.push(b'}');
    }
}

impl State {
    /// Processes a feed of listings: every message that is in order takes effect through the same path as a PATCH, late
    /// as it may be, so that it can overtake a newer one (docs/platforms/amazon.md 5.3). Returns the state it ends in and the
    /// processing report.
    pub(super) fn process_listings(
        &mut self,
        at: Micros,
        sent_at: Micros,
        number: u32,
        body: &[u8],
    ) -> (JobStatus, Vec<u8>) {
        let mut issues = Issues::default();
        let feed = serde_json::from_slice::<ListingsFeed<'_>>(body)
            .map_err(|error| format!("The feed could not be read: {error}."))
            .and_then(|feed| self.check_feed(&feed).map(|()| feed));
        let feed = match feed {
            Ok(feed) => feed,
            Err(reason) => {
                issues.add(None, &Issue::other("4000007", &reason));
                let report = self.processing_report(number, &issues, (0, 0));
                return (JobStatus::Fatal, report);
            }
        };
        let mut accepted = 0;
        for message in &feed.messages {
            let (effect, mut found) = message.judge();
            let sku = self.listed_sku(&message.sku, &effect, &mut found);
            if found.is_empty() && sku.is_some() && self.message_fails() {
                found.push(Issue::other(
                    "4000008",
                    "An internal error occurred; submit the message again.",
                ));
            }
            for issue in &found {
                issues.add(Some(message), issue);
            }
            if found.is_empty() {
                accepted += 1;
                if let Some(sku) = sku {
                    self.apply(at, sent_at, sku, &effect);
                }
            }
        }
        let report = self.processing_report(number, &issues, (feed.messages.len(), accepted));
        (JobStatus::Done, report)
    }

    /// Whether the next message fails by itself. Its code is assumed: no list tells one.
    fn message_fails(&mut self) -> bool {
        let share = self.settings.profile.feeds.message_failure_share;
        if share <= 0.0 {
            return false;
        }
        let message = self.faults.partial_failure.eligible;
        let fails = Stream::new(self.settings.draws.feed_messages, message).chance(share);
        self.faults.partial_failure.offer(fails);
        fails
    }

    fn check_feed(&self, feed: &ListingsFeed<'_>) -> Result<(), String> {
        if feed.header.seller_id != self.settings.credentials.seller_id {
            return Err("The feed is of another seller.".to_owned());
        }
        if feed.header.version != "2.0" {
            return Err(format!("Invalid version: {}.", feed.header.version));
        }
        let most = self.settings.profile.feeds.most_messages;
        if feed.messages.len() as u64 > u64::from(most) {
            return Err(format!("A feed holds at most {most} messages."));
        }
        Ok(())
    }

    fn processing_report(
        &self,
        number: u32,
        issues: &Issues,
        (processed, accepted): (usize, usize),
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + issues.text.len());
        json::raw(&mut out, r#"{"header":{"sellerId":"#);
        json::string(&mut out, &self.settings.credentials.seller_id);
        json::raw(&mut out, r#","version":"2.0","feedId":"#);
        json::string(&mut out, &job_id(number));
        json::raw(&mut out, r#"},"issues":["#);
        out.extend_from_slice(&issues.text);
        json::raw(&mut out, r#"],"summary":{"errors":"#);
        json::number(&mut out, issues.count);
        json::raw(&mut out, r#","warnings":0,"messagesProcessed":"#);
        json::number(&mut out, processed);
        json::raw(&mut out, r#","messagesAccepted":"#);
        json::number(&mut out, accepted);
        json::raw(&mut out, r#","messagesInvalid":"#);
        json::number(&mut out, processed - accepted);
        json::raw(&mut out, "}}");
        out
    }
}
