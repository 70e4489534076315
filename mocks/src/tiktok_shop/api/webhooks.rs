//! Registration of webhook addresses (docs/platforms/tiktok_shop.md 6.1): one address for each event type of a shop.

use std::borrow::Cow;

use http::Uri;
use serde::Deserialize;

use crate::core::Epoch;
use crate::core::addresses::web_address;
use crate::tiktok_shop::model::json::{comma, number, raw, string};
use crate::tiktok_shop::shop::subscriptions::Subscriptions;

use super::Call;
use super::body;
use super::errors::ApiError;

#[derive(Deserialize)]
struct WebhookBody<'a> {
    #[serde(borrow)]
    address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event_type: Option<Cow<'a, str>>,
}

/// Whether a real shop would take this address: https, a domain name, the standard port.
fn is_public_address(uri: &Uri) -> bool {
    let Some(host) = uri.host() else { return false };
    uri.scheme_str() == Some("https")
        && uri.port().is_none()
        && host.contains('.')
        && !host.starts_with('[')
        && host.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn event_type(subscriptions: &Subscriptions, name: Option<&str>) -> Result<usize, ApiError> {
    let name = name.ok_or_else(|| body::missing("event_type"))?;
    subscriptions
        .event_type(name)
        .ok_or_else(|| body::not_allowed("event_type", subscriptions.event_types()))
}

pub(super) fn put(
    subscriptions: &mut Subscriptions,
    takes_any_address: bool,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: WebhookBody<'_> = body::read(call.body)?;
    let event_type = event_type(subscriptions, request.event_type.as_deref())?;
    let address = request.address.ok_or_else(|| body::missing("address"))?;
    let uri = web_address(&address)
        .filter(|uri| takes_any_address || is_public_address(uri))
        .ok_or_else(|| {
            ApiError::invalid(
                "Invalid parameter: address must be an https URL with a domain name and no port",
            )
        })?;
    subscriptions.register(call.now, event_type, &address, uri);
    raw(out, "{}");
    Ok(())
}

/// Succeeds even when nothing is registered.
pub(super) fn delete(
    subscriptions: &mut Subscriptions,
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    let request: WebhookBody<'_> = body::read(call.body)?;
    let event_type = event_type(subscriptions, request.event_type.as_deref())?;
    subscriptions.remove(event_type);
    raw(out, "{}");
    Ok(())
}

pub(super) fn get(
    subscriptions: &Subscriptions,
    epoch: Epoch,
    out: &mut Vec<u8>,
) -> Result<(), ApiError> {
    raw(out, "{\"total_count\":");
    number(out, subscriptions.registered().count());
    raw(out, ",\"webhooks\":[");
    for (name, subscription) in subscriptions.registered() {
        comma(out);
        raw(out, "{\"address\":");
        string(out, &subscription.address);
        raw(out, ",\"event_type\":");
        string(out, name);
        raw(out, ",\"create_time\":");
        number(out, epoch.unix_secs(subscription.created_at));
        raw(out, ",\"update_time\":");
        number(out, epoch.unix_secs(subscription.updated_at));
        out.push(b'}');
    }
    raw(out, "]}");
    Ok(())
}
