//! Webhook subscriptions through the API (sheet section 5.4).

use std::borrow::Cow;

use crate::shopify::api::errors::UserError;
use crate::shopify::api::execute::Call;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Kind, PlanField, Selection};
use crate::shopify::model::ids;
use crate::shopify::json::{Json, write_bool, write_optional_text, write_text};
use crate::shopify::machine::Shopify;
use crate::shopify::model::payload::filter::PayloadFilter;
use crate::shopify::api::queries::reader::{Reader, null, null_object};
use crate::shopify::model::subscriptions::{Subscription, Topic};

/// The field that every address error names, whichever argument was used.
const ADDRESS: [&str; 2] = ["webhookSubscription", "callbackUrl"];

/// Checks an address; the errors are the platform's own.
fn check_address(uri: &str, allow_http: bool) -> Vec<UserError> {
    let error = |message: String| UserError::plain(ADDRESS, message);
    if uri.trim().is_empty() {
        return vec![error("Address can't be blank".into())];
    }
    if let Some(rest) = uri.strip_prefix("pubsub://") {
        return match rest.split_once(':') {
            Some((project, topic)) if !project.is_empty() && !topic.is_empty() => Vec::new(),
            _ => vec![
                error("Address protocol pubsub:// is not supported".into()),
                error("Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic".into()),
            ],
        };
    }
    if uri.starts_with("arn:aws:events:") {
        return Vec::new();
    }
    let Some((scheme, rest)) = uri.split_once("://") else {
        return vec![error("Address is invalid".into())];
    };
    if scheme != "https" && !(scheme == "http" && allow_http) {
        return vec![error(format!(
            "Address protocol {scheme}:// is not supported"
        ))];
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if host.ends_with(".myshopify.com") || host == "shopify.com" || host.ends_with(".shopify.com") {
        return vec![error(
            "Address cannot be a Shopify or an internal domain".into(),
        )];
    }
    if host.is_empty() || uri.parse::<http::Uri>().is_err() {
        return vec![error("Address is invalid".into())];
    }
    Vec::new()
}

/// The address that an input names: each mutation has its own way to write it.
fn address<'j>(mutation: Field, input: &'j Json<'_>) -> Option<Cow<'j, str>> {
    let text = |name: &str| input.given(name).and_then(Json::text);
    match mutation {
        Field::EventBridgeWebhookSubscriptionCreate
        | Field::EventBridgeWebhookSubscriptionUpdate => text("arn").map(Cow::Borrowed),
        Field::PubSubWebhookSubscriptionCreate | Field::PubSubWebhookSubscriptionUpdate => {
            let project = text("pubSubProject").unwrap_or("");
            let topic = text("pubSubTopic").unwrap_or("");
            Some(Cow::Owned(format!("pubsub://{project}:{topic}")))
        }
        _ => text("uri")
            .or_else(|| text("callbackUrl"))
            .map(Cow::Borrowed),
    }
}

fn texts(input: &Json<'_>, name: &str) -> Option<Vec<String>> {
    let list = input.given(name)?.list();
    Some(
        list.iter()
            .filter_map(Json::text)
            .map(str::to_owned)
            .collect(),
    )
}

/// Where deliveries go: only HTTP addresses are delivered to.
pub(crate) fn target(uri: &str) -> Option<http::Uri> {
    uri.starts_with("http").then(|| uri.parse().ok()).flatten()
}

impl Shopify {
    /// The errors of an input for a subscription of `topic`; `own` is the one being changed.
    pub(crate) fn subscription_errors(
        &self,
        input: &Json<'_>,
        topic: &str,
        uri: Option<&str>,
        own: Option<u32>,
    ) -> Vec<UserError> {
        let mut errors = Vec::new();
        if let Some(uri) = uri {
            errors = check_address(uri, self.state.profile.webhooks.allow_http_callbacks);
            let is_taken = self
                .state
                .subscriptions
                .iter()
                .enumerate()
                .any(|(at, other)| {
                    other.is_alive
                        && Some(at as u32) != own
                        && other.topic_name == topic
                        && other.uri == uri
                        && other.filter.as_deref() == input.given("filter").and_then(Json::text)
                });
            if errors.is_empty() && is_taken {
                errors.push(UserError::plain(
                    ADDRESS,
                    "Address for this topic has already been taken",
                ));
            }
        }
        let name = input.given("name").and_then(Json::text);
        if name.is_some_and(|name| name.chars().count() > 50) {
            errors.push(UserError::plain(
                ["webhookSubscription", "name"],
                "Name is too long (maximum is 50 characters)",
            ));
        }
        errors
    }

    /// Makes a subscription and appends the payload.
    pub(crate) fn create_subscription(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> u64 {
        let input = field
            .argument("webhookSubscription", call.variables)
            .unwrap_or_default();
        let topic = field
            .text_argument("topic", call.variables)
            .unwrap_or_default();
        let text = |name: &str| input.given(name).and_then(Json::text);
        let uri = address(field.field, &input).unwrap_or_default();
        let errors = self.subscription_errors(&input, &topic, Some(&uri), None);
        if !errors.is_empty() {
            return self
                .reader(call)
                .subscription_payload(field, None, &errors, out);
        }
        let include_fields = texts(&input, "includeFields").unwrap_or_default();
        let position = self.state.subscriptions.len() as u32;
        self.state.subscriptions.push(Subscription {
            topic: Topic::named(&topic),
            topic_name: topic.into_owned(),
            target: target(&uri),
            uri: uri.into_owned(),
            filter_plan: PayloadFilter::new(&include_fields),
            include_fields,
            metafield_namespaces: texts(&input, "metafieldNamespaces").unwrap_or_default(),
            filter: text("filter").map(str::to_owned),
            name: text("name").map(str::to_owned),
            format: text("format").unwrap_or("JSON").to_owned(),
            version: call.version.to_owned(),
            created_at: call.now,
            updated_at: call.now,
            is_alive: true,
            last_payloads: indexmap::IndexMap::default(),
        });
        self.reader(call)
            .subscription_payload(field, Some(position), &[], out)
    }

    fn living_subscription(&self, call: &Call<'_>, field: &PlanField) -> Option<u32> {
        let gid = field.text_argument("id", call.variables)?;
        ids::SUBSCRIPTION
            .find(&gid, self.state.subscriptions.len())
            .filter(|at| self.state.subscriptions[*at as usize].is_alive)
    }

    /// Changes a subscription and appends the payload.
    pub(crate) fn update_subscription(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> u64 {
        let Some(position) = self.living_subscription(call, field) else {
            let error = UserError::plain(["id"], "Webhook subscription does not exist");
            return self
                .reader(call)
                .subscription_payload(field, None, &[error], out);
        };
        let input = field
            .argument("webhookSubscription", call.variables)
            .unwrap_or_default();
        let text = |name: &str| input.given(name).and_then(Json::text);
        let uri = address(field.field, &input);
        let topic = self.state.subscriptions[position as usize]
            .topic_name
            .clone();
        let errors = self.subscription_errors(&input, &topic, uri.as_deref(), Some(position));
        if !errors.is_empty() {
            return self
                .reader(call)
                .subscription_payload(field, None, &errors, out);
        }
        let subscription = &mut self.state.subscriptions[position as usize];
        if let Some(uri) = uri {
            subscription.target = target(&uri);
            subscription.uri = uri.into_owned();
        }
        if let Some(fields) = texts(&input, "includeFields") {
            subscription.filter_plan = PayloadFilter::new(&fields);
            subscription.include_fields = fields;
        }
        if let Some(namespaces) = texts(&input, "metafieldNamespaces") {
            subscription.metafield_namespaces = namespaces;
        }
        if let Some(format) = text("format") {
            subscription.format = format.to_owned();
        }
        for (member, kept) in [
            ("filter", &mut subscription.filter),
            ("name", &mut subscription.name),
        ] {
            // An explicit `null` clears, an absent member keeps.
            if let Some(value) = input.get(member) {
                *kept = value.text().map(str::to_owned);
            }
        }
        subscription.version = call.version.to_owned();
        subscription.updated_at = call.now;
        self.reader(call)
            .subscription_payload(field, Some(position), &[], out)
    }

    /// Removes a subscription and appends the payload.
    pub(crate) fn delete_subscription(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> u64 {
        let position = self.living_subscription(call, field);
        let errors = match position {
            Some(at) => {
                self.state.subscriptions[at as usize].is_alive = false;
                Vec::new()
            }
            None => vec![UserError::plain(
                ["id"],
                "Webhook subscription does not exist",
            )],
        };
        self.reader(call)
            .subscription_payload(field, position, &errors, out)
    }
}

impl Reader<'_> {
    fn subscription_payload(
        &self,
        field: &PlanField,
        subscription: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match (part.field, subscription) {
                (Field::UserErrors, _) => self.user_errors(part, errors, out),
                (Field::WebhookSubscription, Some(at)) => {
                    self.webhook_subscription(part.selection(), at, out)
                }
                (Field::DeletedWebhookSubscriptionId, Some(at)) => {
                    ids::SUBSCRIPTION.write_gid(u64::from(at), out);
                    0
                }
                (Field::WebhookSubscription | Field::DeletedWebhookSubscriptionId, None) => {
                    null(out);
                    0
                }
                _ => {
                    self.unserved(part, out);
                    0
                }
            }
        })
    }

    /// Appends the root connection of subscriptions: those of the app that still exist.
    pub fn webhook_subscriptions(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let topics = field.argument("topics", self.variables);
        let uri = field.text_argument("uri", self.variables);
        let format = field.text_argument("format", self.variables);
        let found: Vec<u32> = self
            .state
            .subscriptions
            .iter()
            .enumerate()
            .filter(|(_, subscription)| {
                let listed = topics.as_deref().is_none_or(|topics| match topics {
                    Json::Null => true,
                    topics => topics
                        .list()
                        .iter()
                        .any(|t| t.text() == Some(&subscription.topic_name)),
                });
                subscription.is_alive
                    && listed
                    && uri.as_ref().is_none_or(|uri| subscription.uri == **uri)
                    && format
                        .as_ref()
                        .is_none_or(|format| subscription.format == **format)
            })
            .map(|(at, _)| at as u32)
            .collect();
        self.connection(
            field,
            found.len(),
            |index| found[index],
            |at| Self::id_cursor(ids::SUBSCRIPTION, u64::from(at)),
            |selection, at, out| self.webhook_subscription(selection, at, out),
            out,
        )
    }

    /// Appends a subscription's fields.
    pub fn webhook_subscription(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let subscription = &self.state.subscriptions[position as usize];
        let id = u64::from(position);
        let list = |texts: &[String], out: &mut Vec<u8>| {
            out.push(b'[');
            for (index, text) in texts.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_text(text, out);
            }
            out.push(b']');
        };
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::SUBSCRIPTION.write_gid(id, out),
                Field::LegacyResourceId => ids::SUBSCRIPTION.write_quoted(id, out),
                Field::Topic => write_text(&subscription.topic_name, out),
                Field::Uri | Field::CallbackUrl => write_text(&subscription.uri, out),
                Field::Format => write_text(&subscription.format, out),
                Field::IncludeFields => list(&subscription.include_fields, out),
                Field::MetafieldNamespaces => list(&subscription.metafield_namespaces, out),
                Field::Filter => write_optional_text(subscription.filter.as_deref(), out),
                Field::Name => write_optional_text(subscription.name.as_deref(), out),
                Field::CreatedAt => self.time(subscription.created_at, out),
                Field::UpdatedAt => self.time(subscription.updated_at, out),
                Field::ApiVersion => {
                    return 1 + self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::Handle | Field::DisplayName => {
                                write_text(&subscription.version, out)
                            }
                            Field::Supported => write_bool(true, out),
                            _ => self.unserved(part, out),
                        }
                        0
                    });
                }
                Field::Endpoint => return self.endpoint(field, &subscription.uri, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    fn endpoint(&self, field: &PlanField, uri: &str, out: &mut Vec<u8>) -> u64 {
        let pubsub = uri
            .strip_prefix("pubsub://")
            .and_then(|rest| rest.split_once(':'));
        let kind = match pubsub {
            Some(_) => Kind::WebhookPubSubEndpoint,
            None if uri.starts_with("arn:") => Kind::WebhookEventBridgeEndpoint,
            None => Kind::WebhookHttpEndpoint,
        };
        let (project, topic) = pubsub.unwrap_or_default();
        1 + self.object(field.selection_for(kind), out, |part, out| {
            match part.field {
                Field::CallbackUrl | Field::Arn => write_text(uri, out),
                Field::PubSubProject => write_text(project, out),
                Field::PubSubTopic => write_text(topic, out),
                _ => return null_object(out),
            }
            0
        })
    }
}
