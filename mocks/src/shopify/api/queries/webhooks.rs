//! Webhook subscriptions as GraphQL objects (docs/platforms/shopify.md 5.4).

use super::reader::{Reader, null};
use super::search::{Term, id_holds};
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Kind, PlanField, Selection};
use crate::shopify::api::mutations::webhook_addresses::project_and_topic;
use crate::shopify::json::{Json, write_bool, write_optional_text, write_text, write_texts};
use crate::shopify::model::ids;
use crate::shopify::model::subscriptions::slug;
use crate::shopify::profile::Versions;

impl Reader<'_> {
    /// Appends the count of subscriptions that still exist, or of those that the search finds.
    pub(crate) fn webhook_subscriptions_count(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let search = self.time_search(field, &["created_at", "updated_at"])?;
        let living = self.state.subscriptions.iter().enumerate();
        let found = living
            .filter(|(at, subscription)| {
                subscription.is_alive && search.holds(|term| self.subscription_is(*at, term))
            })
            .count();
        Ok(self.count(field, found as u64, "EXACT", out))
    }

    /// Whether a term of a search holds for a subscription; `None` for a key that is not searched by.
    fn subscription_is(&self, at: usize, term: &Term) -> Option<bool> {
        let subscription = &self.state.subscriptions[at];
        let is_text = |text: &str| text.eq_ignore_ascii_case(&term.value);
        Some(match term.key.as_str() {
            "id" => id_holds(term, ids::SUBSCRIPTION, at as u64),
            "created_at" => self.time_is(subscription.created_at, term),
            "updated_at" => self.time_is(subscription.updated_at, term),
            "topic" => {
                is_text(&subscription.topic_name) || is_text(&slug(&subscription.topic_name))
            }
            "format" => is_text(&subscription.format),
            "uri" | "callback_url" => subscription.uri == term.value,
            _ => return None,
        })
    }

    /// Appends the root connection of subscriptions: those of the app that still exist.
    pub(crate) fn webhook_subscriptions(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let search = self.time_search(field, &["created_at", "updated_at"])?;
        let topics = field.argument("topics", self.variables);
        let uri = field
            .text_argument("uri", self.variables)
            .or_else(|| field.text_argument("callbackUrl", self.variables));
        let format = field.text_argument("format", self.variables);
        let found: Vec<u32> = self
            .state
            .subscriptions
            .iter()
            .enumerate()
            .filter(|(at, subscription)| {
                let listed = topics.as_deref().is_none_or(|topics| match topics {
                    Json::Null => true,
                    topics => topics
                        .list()
                        .iter()
                        .any(|t| t.text() == Some(&subscription.topic_name)),
                });
                subscription.is_alive
                    && listed
                    && search.holds(|term| self.subscription_is(*at, term))
                    && uri.as_ref().is_none_or(|uri| subscription.uri == **uri)
                    && format
                        .as_ref()
                        .is_none_or(|format| subscription.format == **format)
            })
            .map(|(at, _)| at as u32)
            .collect();
        Ok(self.connection_by_id(
            field,
            (ids::SUBSCRIPTION, &found),
            |selection, at, out| self.webhook_subscription(selection, at, out),
            out,
        ))
    }

    /// Appends a subscription's fields.
    pub(crate) fn webhook_subscription(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let subscription = &self.state.subscriptions[position as usize];
        let id = u64::from(position);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::SUBSCRIPTION.write_gid(id, out),
                Field::LegacyResourceId => ids::SUBSCRIPTION.write_quoted(id, out),
                Field::Topic => write_text(&subscription.topic_name, out),
                Field::Uri | Field::CallbackUrl => write_text(&subscription.uri, out),
                Field::Format => write_text(&subscription.format, out),
                Field::IncludeFields => write_texts(&subscription.include_fields, out),
                Field::MetafieldNamespaces => write_texts(&subscription.metafield_namespaces, out),
                Field::Metafields => {
                    return self.list(
                        field,
                        &subscription.metafields,
                        out,
                        |selection, it, out| {
                            self.object(selection, out, |part, out| {
                                match part.field {
                                    Field::Namespace => write_text(&it.0, out),
                                    Field::Key => write_text(&it.1, out),
                                    _ => self.unserved(part, out),
                                }
                                0
                            })
                        },
                    );
                }
                Field::Filter => write_optional_text(subscription.filter.as_deref(), out),
                Field::Name => write_optional_text(subscription.name.as_deref(), out),
                Field::CreatedAt => self.time(subscription.created_at, out),
                Field::UpdatedAt => self.time(subscription.updated_at, out),
                Field::ApiVersion => {
                    let version = &subscription.version;
                    let now = self.state.shop.epoch.seconds_utc(self.now);
                    let is_out = Versions::is_out(version, &now);
                    return self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::DisplayName if !is_out => {
                                write_text(&format!("{version} (Release candidate)"), out);
                            }
                            Field::Handle | Field::DisplayName => write_text(version, out),
                            // What is not out yet is a candidate.
                            Field::Supported => write_bool(is_out, out),
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
        let pubsub = project_and_topic(uri);
        let kind = match pubsub {
            Some(_) => Kind::WebhookPubSubEndpoint,
            None if uri.starts_with("arn:") => Kind::WebhookEventBridgeEndpoint,
            None => Kind::WebhookHttpEndpoint,
        };
        let (project, topic) = pubsub.unwrap_or_default();
        self.object(field.selection_for(kind), out, |part, out| {
            match part.field {
                Field::CallbackUrl | Field::Arn => write_text(uri, out),
                Field::PubSubProject => write_text(project, out),
                Field::PubSubTopic => write_text(topic, out),
                _ => null(out),
            }
            0
        })
    }
}
