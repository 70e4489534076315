//! Subscriptions to webhooks (docs/custom.md 5).

use std::borrow::Cow;

use http::StatusCode;
use serde::Deserialize;

use crate::core::Epoch;
use crate::core::addresses::web_address;
use crate::core::integers::digits;
use crate::core::json::{array, quoted_integer, raw, string};
use crate::custom::shop::ShopState;
use crate::custom::shop::events::Topic;
use crate::custom::shop::subscriptions::{MOST, Subscription};

use super::errors::ApiError;
use super::{Call, Reply, body};

#[derive(Deserialize)]
struct NewWebhook<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    topics: Vec<Cow<'a, str>>,
}

pub(super) fn create(shop: &mut ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let NewWebhook { url, topics } = body::read(call.body)?;
    let uri = web_address(&url)
        .ok_or_else(|| ApiError::unprocessable("url must be an absolute http or https address"))?;
    let topics: Option<Vec<Topic>> = topics.iter().map(|name| Topic::named(name)).collect();
    let topics = topics.filter(|topics| !topics.is_empty()).ok_or_else(|| {
        let names = Topic::ALL.map(Topic::name).join(", ");
        ApiError::unprocessable(format!("topics must be one or more of {names}"))
    })?;
    let mut out = Vec::with_capacity(160);
    match shop.subscriptions.subscribe(call.now, &url, uri, &topics) {
        Some(subscription) => write(&mut out, subscription, shop.seed.epoch),
        None => {
            let message = format!("the shop tells {MOST} addresses already; delete one");
            return Err(ApiError::conflict("too_many", message));
        }
    }
    Reply::with(StatusCode::CREATED, out)
}

pub(super) fn list(shop: &ShopState) -> Result<Reply, ApiError> {
    let mut out = Vec::with_capacity(256);
    raw(&mut out, "{\"webhooks\":");
    array(&mut out, shop.subscriptions.all(), |out, subscription| {
        write(out, subscription, shop.seed.epoch);
    });
    out.push(b'}');
    Reply::ok(out)
}

pub(super) fn delete(shop: &mut ShopState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let id = digits(&call.parameter);
    if id.is_some_and(|id| shop.subscriptions.end(id)) {
        Reply::with(StatusCode::NO_CONTENT, Vec::new())
    } else {
        Err(ApiError::not_found("there is no webhook with this id"))
    }
}

fn write(out: &mut Vec<u8>, subscription: &Subscription, epoch: Epoch) {
    raw(out, "{\"id\":");
    quoted_integer(out, subscription.id);
    raw(out, ",\"url\":");
    string(out, &subscription.address);
    raw(out, ",\"topics\":");
    array(out, subscription.topics(), |out, topic| {
        string(out, topic.name());
    });
    raw(out, ",\"created_at\":\"");
    epoch.write_millis_utc(subscription.created_at, out);
    raw(out, "\"}");
}
