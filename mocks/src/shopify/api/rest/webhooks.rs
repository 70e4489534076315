//! Webhook subscriptions. They are the same as GraphQL's, in REST's words: `topic` as `orders/create`, `address`, and
//! errors by attribute (docs/platforms/shopify.md 5.4).

use crate::shopify::api::mutations::webhooks::subscription_errors;
use std::borrow::Cow;

use http::StatusCode;

use super::call::{Reply, RestCall, write_filtered};
use super::paging::PageRequest;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::schema::ServedSchema;
use crate::shopify::api::mutations::webhooks::target;
use crate::shopify::json::{Json, write_int, write_text, write_texts};
use crate::shopify::model::ids;
use crate::shopify::model::payload::filter::PayloadFilter;
use crate::shopify::model::payload::product::write_time;
use crate::shopify::model::state::State;
use crate::shopify::model::subscriptions::{Subscription, Topic, slug};
use crate::shopify::shop::Store;

fn write_webhook(state: &State, at: u32, out: &mut Vec<u8>) {
    let subscription = &state.subscriptions[at as usize];
    out.extend_from_slice(b"{\"id\":");
    ids::SUBSCRIPTION.write_number(u64::from(at), out);
    out.extend_from_slice(b",\"address\":");
    write_text(&subscription.uri, out);
    out.extend_from_slice(b",\"topic\":");
    write_text(&slug(&subscription.topic_name), out);
    out.extend_from_slice(b",\"created_at\":");
    write_time(state, subscription.created_at, out);
    out.extend_from_slice(b",\"updated_at\":");
    write_time(state, subscription.updated_at, out);
    out.extend_from_slice(b",\"format\":");
    write_text(&subscription.format.to_ascii_lowercase(), out);
    out.extend_from_slice(b",\"fields\":");
    write_texts(&subscription.include_fields, out);
    out.extend_from_slice(b",\"metafield_namespaces\":");
    write_texts(&subscription.metafield_namespaces, out);
    out.extend_from_slice(b",\"api_version\":");
    write_text(&subscription.version, out);
    out.extend_from_slice(b",\"private_metafield_namespaces\":[]}");
}

fn living(state: &State) -> impl Iterator<Item = (u32, &Subscription)> {
    let all = state.subscriptions.iter().enumerate();
    all.filter(|(_, subscription)| subscription.is_alive)
        .map(|(at, subscription)| (at as u32, subscription))
}

fn find(state: &State, call: &RestCall<'_>) -> Option<u32> {
    call.position(ids::SUBSCRIPTION, state.subscriptions.len())
        .filter(|at| state.subscriptions[*at as usize].is_alive)
}

fn show(state: &State, call: &RestCall<'_>, at: u32) -> Reply {
    Reply::one("webhook", |out| {
        write_filtered(&call.filter(), out, |out| {
            write_webhook(state, at, out);
        });
    })
}

/// `GET webhooks.json`, all or those of a topic or an address.
pub(super) fn list(state: &State, call: &RestCall<'_>) -> Reply {
    let page = match PageRequest::of(call) {
        Ok(page) => page,
        Err(reply) => return reply,
    };
    let topic = page.filter("topic");
    let address = page.filter("address");
    let all: Vec<_> = living(state)
        .filter(|(_, subscription)| {
            topic.is_none_or(|topic| slug(&subscription.topic_name) == topic)
                && address.is_none_or(|address| subscription.uri == address)
        })
        .map(|(at, _)| (ids::SUBSCRIPTION.number(u64::from(at)), at))
        .collect();
    let (found, link) = page.cut(call, &all);
    let filter = call.filter();
    let reply = Reply::list("webhooks", found, |at, out| {
        write_filtered(&filter, out, |out| write_webhook(state, at, out));
    });
    Reply { link, ..reply }
}

/// `GET webhooks/count.json`.
pub(super) fn count(state: &State, call: &RestCall<'_>) -> Reply {
    let topic = call.parameter("topic");
    let count = living(state)
        .filter(|(_, s)| topic.is_none_or(|topic| slug(&s.topic_name) == topic))
        .count();
    Reply::one("count", |out| write_int(count, out))
}

/// `GET webhooks/{id}.json`.
pub(super) fn one(state: &State, call: &RestCall<'_>) -> Reply {
    match find(state, call) {
        Some(at) => show(state, call, at),
        None => Reply::not_found(),
    }
}

/// GraphQL's whole sentences as messages about an attribute, whose name goes before them.
fn about_address(errors: &[UserError]) -> Reply {
    let errors: Vec<(Cow<'_, str>, Cow<'_, str>)> = errors
        .iter()
        .map(|error| match error.message.strip_prefix("Address ") {
            Some(message) => ("address".into(), message.into()),
            None => ("base".into(), Cow::Borrowed(&*error.message)),
        })
        .collect();
    Reply::invalid(&errors)
}

fn texts(body: &Json<'_>, name: &str) -> Option<Vec<String>> {
    let list = body.get(name)?.list().iter().filter_map(Json::text);
    Some(list.map(str::to_owned).collect())
}

/// The GraphQL name of a REST topic that the schema knows.
fn graphql_topic(served: &ServedSchema, topic: &str) -> Option<String> {
    let name = topic.replace('/', "_").to_ascii_uppercase();
    let topics = served
        .enums
        .iter()
        .find(|listed| &*listed.name == "WebhookSubscriptionTopic")?;
    let is_known = topics.values.iter().any(|known| **known == *name) && slug(&name) == topic;
    is_known.then_some(name)
}

/// `POST webhooks.json`.
pub(super) fn create(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let body = call.resource("webhook");
    let text = |name: &str| body.given(name).and_then(Json::text);
    let asked = text("topic").unwrap_or("");
    let Some(topic) = graphql_topic(ServedSchema::built_in(), asked) else {
        let message = format!("Invalid topic specified: {asked}");
        return Reply::invalid(&[("topic".into(), message.into())]);
    };
    let address = text("address").unwrap_or("");
    let errors = subscription_errors(&store.state, &Json::Null, &topic, Some(address), None);
    if !errors.is_empty() {
        return about_address(&errors);
    }
    let include_fields = texts(body, "fields").unwrap_or_default();
    let at = store.state.subscriptions.len() as u32;
    store.state.subscriptions.push(Subscription {
        topic: Topic::named(&topic),
        topic_name: topic,
        uri: address.to_owned(),
        target: target(address),
        filter_plan: PayloadFilter::new(&include_fields),
        include_fields,
        metafield_namespaces: texts(body, "metafield_namespaces").unwrap_or_default(),
        metafields: Vec::new(),
        filter: None,
        name: None,
        format: text("format").unwrap_or("json").to_ascii_uppercase(),
        version: call.version.to_owned(),
        created_at: call.now,
        updated_at: call.now,
        is_alive: true,
        last_payloads: indexmap::IndexMap::default(),
    });
    show(&store.state, call, at).with(StatusCode::CREATED)
}

/// `PUT webhooks/{id}.json`.
pub(super) fn update(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let Some(at) = find(&store.state, call) else {
        return Reply::not_found();
    };
    let body = call.resource("webhook");
    let address = body.given("address").and_then(Json::text);
    let topic = store.state.subscriptions[at as usize].topic_name.clone();
    let errors = subscription_errors(&store.state, &Json::Null, &topic, address, Some(at));
    if !errors.is_empty() {
        return about_address(&errors);
    }
    let subscription = &mut store.state.subscriptions[at as usize];
    if let Some(address) = address {
        subscription.uri = address.to_owned();
        subscription.target = target(address);
    }
    if let Some(fields) = texts(body, "fields") {
        subscription.filter_plan = PayloadFilter::new(&fields);
        subscription.include_fields = fields;
    }
    if let Some(namespaces) = texts(body, "metafield_namespaces") {
        subscription.metafield_namespaces = namespaces;
    }
    subscription.version = call.version.to_owned();
    subscription.updated_at = call.now;
    show(&store.state, call, at)
}

/// `DELETE webhooks/{id}.json`.
pub(super) fn delete(store: &mut Store, call: &RestCall<'_>) -> Reply {
    let Some(at) = find(&store.state, call) else {
        return Reply::not_found();
    };
    store.state.subscriptions[at as usize].is_alive = false;
    Reply::empty()
}
