//! JSON_LISTINGS_FEED: messages that do what the Listings Items API does, and the report of what became of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::amazon::model::given::{integer, optional_integer};
use crate::amazon::model::jobs::{JobStatus, job_id};
use crate::amazon::model::json;
use crate::amazon::model::submission::{
    Effect, Issue, NO_CHANNEL, NoPatch, Patch, PutAttributes, REQUIREMENTS,
};
use crate::core::{Micros, Stream};

use super::State;

/// The code of a feed that cannot be read as a whole. Assumed: no list tells one.
const UNREADABLE: &str = "4000007";
/// The code of a message that the Listings Items API would refuse outright (amzn/selling-partner-api-models 4554).
const REFUSED: &str = "BAD_REQUEST";
/// What Amazon says of a message that is not as the schema of feeds wants it (amzn/selling-partner-api-docs 1098).
const MALFORMED: &str =
    "The provided message did not meet the schema validation requirements for a feed message.";

#[derive(Deserialize)]
struct ListingsFeed<'a> {
    #[serde(borrow)]
    header: Header<'a>,
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    #[serde(borrow)]
    seller_id: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
}

/// Whose message it is, if that can be told.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sender<'a> {
    #[serde(default, deserialize_with = "optional_integer")]
    message_id: Option<u64>,
    #[serde(borrow, default)]
    sku: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(deserialize_with = "integer")]
    message_id: u32,
    #[serde(borrow)]
    sku: Cow<'a, str>,
    #[serde(borrow)]
    operation_type: Cow<'a, str>,
    #[serde(borrow, default)]
    requirements: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    product_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    patches: Option<Vec<Patch<'a>>>,
    #[serde(borrow, default)]
    attributes: Option<PutAttributes<'a>>,
}

impl Message<'_> {
    /// What the message asks for, and what is wrong with it; nothing when it is not as the schema wants it, which says for
    /// each type of operation what a message has and has not.
    fn judge(&self, marketplace: &str) -> Option<(Effect, Vec<Issue>)> {
        let (mut effect, mut issues) = (Effect::default(), Vec::new());
        let is_named =
            self.message_id > 0 && i32::try_from(self.message_id).is_ok() && !self.sku.is_empty();
        let typed = self.product_type.as_deref().map(|kind| !kind.is_empty());
        let requirements = self.requirements.as_deref();
        let requires = requirements.is_none_or(|name| REQUIREMENTS.contains(&name));
        match (
            self.operation_type.as_ref(),
            &self.patches,
            &self.attributes,
        ) {
            _ if !is_named || typed == Some(false) || !requires => return None,
            ("PATCH", Some(patches), None)
                if typed.is_some() && requirements.is_none() && !patches.is_empty() =>
            {
                match effect.patch(patches, marketplace, &mut issues) {
                    Ok(()) => {}
                    Err(NoPatch::Operation(_)) => return None,
                    Err(wrong) => issues.push(Issue::other(REFUSED, &wrong.to_string())),
                }
            }
            ("UPDATE", None, Some(attributes)) if typed.is_some() && !attributes.is_empty() => {
                effect.put(attributes, true, marketplace, &mut issues);
            }
            ("PARTIAL_UPDATE", None, Some(attributes))
                if typed.is_some() && requirements.is_none() && !attributes.is_empty() =>
            {
                effect.put(attributes, false, marketplace, &mut issues);
            }
            ("DELETE", None, None) if typed.is_none() && requirements.is_none() => {
                effect = Effect::withdrawal();
            }
            _ => return None,
        }
        for issue in &mut issues {
            if issue.code == NO_CHANNEL {
                *issue = Issue::other(REFUSED, "Invalid parameters provided.");
            }
        }
        Some((effect, issues))
    }
}

/// The list of issues as it is written, with its count.
#[derive(Default)]
struct Issues {
    text: Vec<u8>,
    count: usize,
}

impl Issues {
    fn add(&mut self, sender: &Sender<'_>, issue: &Issue) {
        let out = &mut self.text;
        if self.count > 0 {
            out.push(b',');
        }
        self.count += 1;
        out.push(b'{');
        // The schema of reports has ids from 1: another one cannot be told.
        if let Some(number) = sender.message_id.filter(|&number| number > 0) {
            json::raw(out, r#""messageId":"#);
            json::number(out, number);
            out.push(b',');
        }
        if let Some(sku) = sender.sku.as_deref().filter(|sku| !sku.is_empty()) {
            json::raw(out, r#""sku":"#);
            json::string(out, sku);
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
    /// as it may be, so that it can overtake a newer one (docs/platforms/amazon.md 5.3), and one that is not in order takes
    /// no other with it. Returns the state it ends in and the processing report.
    pub(super) fn process_listings(
        &mut self,
        at: Micros,
        sent_at: Micros,
        number: u32,
        body: &[u8],
    ) -> (JobStatus, Vec<u8>) {
        let mut issues = Issues::default();
        let feed = json::read::<ListingsFeed<'_>>(body)
            .map_err(|error| {
                Issue::other(UNREADABLE, &format!("The feed could not be read: {error}."))
            })
            .and_then(|feed| self.check_feed(&feed).map(|()| feed));
        let feed = match feed {
            Ok(feed) => feed,
            Err(issue) => {
                issues.add(&Sender::default(), &issue);
                let report = self.processing_report(number, &issues, (0, 0));
                return (JobStatus::Fatal, report);
            }
        };
        let mut accepted = 0;
        let mut seen = BTreeSet::new();
        for raw in &feed.messages {
            let sender = json::read_text::<Sender<'_>>(raw.get()).unwrap_or_default();
            let message = json::read_text::<Message<'_>>(raw.get())
                .ok()
                .filter(|message| seen.insert(message.message_id));
            let Some((message, (effect, mut found))) = message.and_then(|message| {
                let marketplace = &self.settings.profile.marketplace.id;
                message.judge(marketplace).map(|judged| (message, judged))
            }) else {
                issues.add(&sender, &Issue::other("4002008", MALFORMED));
                continue;
            };
            let sku = self.listed_sku(&message.sku, &effect, &mut found);
            if found.is_empty() && sku.is_some() && self.message_fails() {
                found.push(Issue::other(
                    "4000008",
                    "An internal error occurred; submit the message again.",
                ));
            }
            for issue in &found {
                issues.add(&sender, issue);
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

    fn check_feed(&self, feed: &ListingsFeed<'_>) -> Result<(), Issue> {
        let unreadable = |message: &str| Err(Issue::other(UNREADABLE, message));
        if feed.header.seller_id != self.settings.credentials.seller_id {
            return unreadable("The feed is of another seller.");
        }
        if feed.header.version != "2.0" {
            // amzn/selling-partner-api-docs 1133 has the text in French.
            return Err(Issue::other(
                "4002006",
                "The attribute 'version' does not match the required value.",
            ));
        }
        let most = self.settings.profile.feeds.most_messages;
        if feed.messages.is_empty() {
            return unreadable("A feed holds at least one message.");
        }
        if feed.messages.len() as u64 > u64::from(most) {
            return unreadable(&format!("A feed holds at most {most} messages."));
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
