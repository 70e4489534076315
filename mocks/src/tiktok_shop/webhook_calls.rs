//! Registration of webhook addresses (sheet 6.1): one address for each event type of a shop.

use std::borrow::Cow;

use http::Uri;
use serde::Deserialize;

use super::body;
use super::errors::ApiError;
use super::json::{comma, number, raw, string};
use super::machine::{Call, TiktokShop};
use super::signals::EVENT_TYPES;

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

impl TiktokShop {
    fn event_type(&self, name: Option<&str>) -> Result<usize, ApiError> {
        let name = name.ok_or_else(|| body::missing("event_type"))?;
        self.signals
            .event_type(name)
            .ok_or_else(|| ApiError::invalid("Invalid parameter: event_type"))
    }

    pub(super) fn webhooks_put(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let request: WebhookBody<'_> = body::read(call.body)?;
        let event_type = self.event_type(request.event_type.as_deref())?;
        let address = request.address.ok_or_else(|| body::missing("address"))?;
        let uri: Uri = address
            .parse()
            .ok()
            .filter(|uri: &Uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && (self.profile.webhooks.relaxed_callback_url || is_public_address(uri))
            })
            .ok_or_else(|| {
                ApiError::invalid(
                    "Invalid parameter: address must be an https URL with a domain name and no port",
                )
            })?;
        self.signals.subscribe(call.now, event_type, &address, uri);
        raw(out, "{}");
        Ok(())
    }

    /// Succeeds even when nothing is registered.
    pub(super) fn webhooks_delete(
        &mut self,
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        let request: WebhookBody<'_> = body::read(call.body)?;
        let event_type = self.event_type(request.event_type.as_deref())?;
        self.signals.subscriptions[event_type] = None;
        raw(out, "{}");
        Ok(())
    }

    pub(super) fn webhooks_get(&self, out: &mut Vec<u8>) -> Result<(), ApiError> {
        let epoch = self.shop.epoch;
        let registered = || {
            EVENT_TYPES
                .iter()
                .zip(&self.signals.subscriptions)
                .filter_map(|(name, subscription)| Some((name, subscription.as_ref()?)))
        };
        raw(out, "{\"total_count\":");
        number(out, registered().count());
        raw(out, ",\"webhooks\":[");
        for (name, subscription) in registered() {
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

    /// `GET /seller/{v}/shops`.
    pub(super) fn active_shops(&self, out: &mut Vec<u8>) -> Result<(), ApiError> {
        raw(out, "{\"shops\":[");
        if !self.profile.gateway.shop_inactive {
            raw(out, "{\"id\":");
            super::json::id(out, self.auth.credentials.shop_id);
            raw(out, ",\"region\":");
            string(out, &self.profile.region);
            out.push(b'}');
        }
        raw(out, "]}");
        Ok(())
    }

    /// `GET /authorization/{v}/shops`.
    pub(super) fn authorized_shops(&self, out: &mut Vec<u8>) -> Result<(), ApiError> {
        raw(out, "{\"shops\":[{\"id\":");
        super::json::id(out, self.auth.credentials.shop_id);
        raw(out, ",\"name\":");
        string(out, &self.shop.name);
        raw(out, ",\"region\":");
        string(out, &self.profile.region);
        raw(out, ",\"seller_type\":\"LOCAL\",\"cipher\":");
        string(out, &self.auth.credentials.shop_cipher);
        raw(out, ",\"code\":");
        string(out, &format!("{}DEMO01", self.profile.region));
        raw(out, "}]}");
        Ok(())
    }
}
