//! Webhook subscriptions through the API (docs/platforms/shopify.md 5.4).

use super::webhook_addresses::{self as addresses, ADDRESS};
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::queries::reader::Reader;
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::metafields::namespace_kept;
use crate::shopify::model::payload::filter::PayloadFilter;
use crate::shopify::model::state::State;
use crate::shopify::model::subscriptions::{Subscription, Topic};
use crate::shopify::shop::Store;
use std::borrow::Cow;

/// Whether every term of a filter names its field: `total_price:>100 AND NOT source_name:web`.
fn is_filter(filter: &str) -> bool {
    let mut quote = None;
    let mut terms: Vec<String> = vec![String::new()];
    for letter in filter.chars() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, ' ' | '(' | ')') => {
                terms.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(term) = terms.last_mut() {
            term.push(letter);
        }
    }
    terms
        .iter()
        .filter(|term| !term.is_empty() && !matches!(term.as_str(), "AND" | "OR" | "NOT"))
        .all(|term| {
            term.split_once(':')
                .is_some_and(|(field, _)| !field.trim_start_matches('-').is_empty())
        })
}

/// The namespaces that an input names.
fn namespaces(input: &Json<'_>) -> Option<Vec<String>> {
    let given = texts(input, "metafieldNamespaces")?;
    Some(given.iter().map(|it| namespace_kept(it)).collect())
}

/// The metafields that an input names. One without a namespace is in the app's own.
fn metafields(input: &Json<'_>) -> Option<Vec<(String, String)>> {
    let given = input.given("metafields")?.list();
    let named = given.iter().map(|it| {
        let text = |name: &str| it.given(name).and_then(Json::text).map(str::to_owned);
        let within = text("namespace").unwrap_or_else(|| "$app".to_owned());
        (namespace_kept(&within), text("key").unwrap_or_default())
    });
    Some(named.collect())
}

/// Reads the address that an input names: each kind of mutation has its own way to write it.
type Address = for<'j> fn(&'j Json<'_>) -> Option<Cow<'j, str>>;

fn http_address<'j>(input: &'j Json<'_>) -> Option<Cow<'j, str>> {
    let text = |name: &str| input.given(name).and_then(Json::text);
    text("uri")
        .or_else(|| text("callbackUrl"))
        .map(Cow::Borrowed)
}

fn event_bridge_address<'j>(input: &'j Json<'_>) -> Option<Cow<'j, str>> {
    let arn = input.given("arn").and_then(Json::text);
    arn.map(Cow::Borrowed)
}

fn pub_sub_address<'j>(input: &'j Json<'_>) -> Option<Cow<'j, str>> {
    let text = |name: &str| input.given(name).and_then(Json::text).unwrap_or("");
    let (project, topic) = (text("pubSubProject"), text("pubSubTopic"));
    Some(Cow::Owned(format!("pubsub://{project}:{topic}")))
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
    let (scheme, _) = uri.split_once("://")?;
    let is_http = ["http", "https"]
        .iter()
        .any(|it| scheme.eq_ignore_ascii_case(it));
    is_http.then(|| uri.parse().ok()).flatten()
}

/// What is wrong with a name. By the platform's changelog of 2026-02-11 names have up to 50 letters, digits,
/// underscores and hyphens and are unique in a shop; the wordings are assumed, but for the length.
fn name_refusal(name: &str, is_taken: bool) -> Option<&'static str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if name.is_empty() {
        Some("Name is too short (minimum is 1 character)")
    } else if name.chars().count() > NAME_MAX {
        Some("Name is too long (maximum is 50 characters)")
    } else if !name.chars().all(is_plain) {
        Some("Name can only contain alphanumeric characters, underscores, and hyphens")
    } else if is_taken {
        Some("Name has already been taken")
    } else {
        None
    }
}

/// The most characters of a name.
const NAME_MAX: usize = 50;

/// The errors of an input for a subscription of `topic`; `own` is the one being changed.
pub(crate) fn subscription_errors(
    state: &State,
    input: &Json<'_>,
    topic: &str,
    uri: Option<&str>,
    own: Option<u32>,
) -> Vec<UserError> {
    let mut errors = Vec::new();
    if let Some(uri) = uri {
        errors = addresses::check(uri, state.profile.webhooks.allow_http_callbacks);
        let is_taken = state.subscriptions.iter().enumerate().any(|(at, other)| {
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
    let filter = input.given("filter").and_then(Json::text);
    if filter.is_some_and(|filter| !is_filter(filter)) {
        errors.push(UserError::plain(
            ["webhookSubscription"],
            "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.",
        ));
    }
    if let Some(name) = input.given("name").and_then(Json::text) {
        let is_taken = state.subscriptions.iter().enumerate().any(|(at, other)| {
            other.is_alive && Some(at as u32) != own && other.name.as_deref() == Some(name)
        });
        errors.extend(
            name_refusal(name, is_taken)
                .map(|message| UserError::plain(["webhookSubscription", "name"], message)),
        );
    }
    errors
}

/// `webhookSubscriptionCreate`.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    Ok(create_subscription(store, call, field, http_address, out))
}

/// `webhookSubscriptionUpdate`.
pub(crate) fn update(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    Ok(update_subscription(store, call, field, http_address, out))
}

/// `eventBridgeWebhookSubscriptionCreate`.
pub(crate) fn create_event_bridge(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    Ok(create_subscription(
        store,
        call,
        field,
        event_bridge_address,
        out,
    ))
}

/// `eventBridgeWebhookSubscriptionUpdate`.
pub(crate) fn update_event_bridge(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    Ok(update_subscription(
        store,
        call,
        field,
        event_bridge_address,
        out,
    ))
}

/// `pubSubWebhookSubscriptionCreate`.
pub(crate) fn create_pub_sub(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    Ok(create_subscription(
        store,
        call,
        field,
        pub_sub_address,
        out,
    ))
}

/// `pubSubWebhookSubscriptionUpdate`.
pub(crate) fn update_pub_sub(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    Ok(update_subscription(
        store,
        call,
        field,
        pub_sub_address,
        out,
    ))
}

/// Makes a subscription and appends the payload.
fn create_subscription(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    address: Address,
    out: &mut Vec<u8>,
) -> u64 {
    let input = field
        .argument("webhookSubscription", call.variables)
        .unwrap_or_default();
    let topic = field
        .text_argument("topic", call.variables)
        .unwrap_or_default();
    let text = |name: &str| input.given(name).and_then(Json::text);
    let uri = address(&input).unwrap_or_default();
    let errors = subscription_errors(&store.state, &input, &topic, Some(&uri), None);
    if !errors.is_empty() {
        return call
            .reader(&store.state)
            .subscription_payload(field, None, &errors, out);
    }
    let include_fields = texts(&input, "includeFields").unwrap_or_default();
    let position = store.state.subscriptions.len() as u32;
    store.state.subscriptions.push(Subscription {
        topic: Topic::named(&topic),
        topic_name: topic.into_owned(),
        target: target(&uri),
        uri: uri.into_owned(),
        filter_plan: PayloadFilter::new(&include_fields),
        include_fields,
        metafield_namespaces: namespaces(&input).unwrap_or_default(),
        metafields: metafields(&input).unwrap_or_default(),
        filter: text("filter").map(str::to_owned),
        name: text("name").map(str::to_owned),
        format: text("format").unwrap_or("JSON").to_owned(),
        version: call.version.to_owned(),
        created_at: call.now,
        updated_at: call.now,
        is_alive: true,
        last_payloads: indexmap::IndexMap::default(),
    });
    call.reader(&store.state)
        .subscription_payload(field, Some(position), &[], out)
}

fn living_subscription(state: &State, call: &Call<'_>, field: &PlanField) -> Option<u32> {
    let gid = field.text_argument("id", call.variables)?;
    ids::SUBSCRIPTION
        .find(&gid, state.subscriptions.len())
        .filter(|at| state.subscriptions[*at as usize].is_alive)
}

/// Changes a subscription and appends the payload.
fn update_subscription(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    address: Address,
    out: &mut Vec<u8>,
) -> u64 {
    let Some(position) = living_subscription(&store.state, call, field) else {
        let error = UserError::plain(["id"], "Webhook subscription does not exist");
        return call
            .reader(&store.state)
            .subscription_payload(field, None, &[error], out);
    };
    let input = field
        .argument("webhookSubscription", call.variables)
        .unwrap_or_default();
    let text = |name: &str| input.given(name).and_then(Json::text);
    let uri = address(&input);
    let topic = store.state.subscriptions[position as usize]
        .topic_name
        .clone();
    let errors = subscription_errors(&store.state, &input, &topic, uri.as_deref(), Some(position));
    if !errors.is_empty() {
        return call
            .reader(&store.state)
            .subscription_payload(field, None, &errors, out);
    }
    let subscription = &mut store.state.subscriptions[position as usize];
    if let Some(uri) = uri {
        subscription.target = target(&uri);
        subscription.uri = uri.into_owned();
    }
    if let Some(fields) = texts(&input, "includeFields") {
        subscription.filter_plan = PayloadFilter::new(&fields);
        subscription.include_fields = fields;
    }
    if let Some(namespaces) = namespaces(&input) {
        subscription.metafield_namespaces = namespaces;
    }
    if let Some(metafields) = metafields(&input) {
        subscription.metafields = metafields;
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
    call.reader(&store.state)
        .subscription_payload(field, Some(position), &[], out)
}

/// Removes a subscription and appends the payload.
pub(crate) fn delete(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let position = living_subscription(&store.state, call, field);
    let errors = match position {
        Some(at) => {
            store.state.subscriptions[at as usize].is_alive = false;
            Vec::new()
        }
        None => vec![UserError::plain(
            ["id"],
            "Webhook subscription does not exist",
        )],
    };
    Ok(call
        .reader(&store.state)
        .subscription_payload(field, position, &errors, out))
}

impl Reader<'_> {
    fn subscription_payload(
        &self,
        field: &PlanField,
        subscription: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        let shown = [
            (Field::WebhookSubscription, subscription),
            (Field::DeletedWebhookSubscriptionId, subscription),
        ];
        self.payload(field.selection(), errors, shown, out, |part, at, out| {
            if part.field == Field::WebhookSubscription {
                return self.webhook_subscription(part.selection(), at, out);
            }
            ids::SUBSCRIPTION.write_gid(u64::from(at), out);
            0
        })
    }
}
