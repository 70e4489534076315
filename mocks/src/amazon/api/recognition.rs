//! Whose a request is, where several sellers are reached under Amazon's one host.

use serde_json::Value;

use super::login::TokenRequest;
use super::query::{Query, decode};
use super::{Api, router};
use crate::core::Request;

impl Api {
    /// Whether a request brings something that is this seller's alone: an access token that was given out here, the client
    /// of a token request, a document, the account of a queue, the seller's id.
    pub(crate) fn recognises(&self, request: &Request, to_queue: bool) -> bool {
        let settings = &self.shop.settings;
        if to_queue {
            return self.recognises_queue(request);
        }
        let path = request.uri().path();
        let route = router::route(request.method(), path);
        if let Some(token) = request.headers().get("x-amz-access-token") {
            return self.tokens.find(token.as_bytes()).is_some();
        }
        if route.operation.row().name == "token" {
            let asked = TokenRequest::read(request.body());
            return asked.is_some_and(|it| it.is_of_client(&settings.credentials.client_id));
        }
        if let Some(application) = asked_to_consent(request) {
            return application == settings.credentials.application_id;
        }
        path.split('/').map(decode).any(|segment| {
            segment == settings.credentials.seller_id.as_str()
                || self.shop.documents.find(&segment).is_some()
        })
    }

    /// Whether the account in a call to the queue is this seller's; where none is named, whether the access key ends in the
    /// seller's id.
    fn recognises_queue(&self, request: &Request) -> bool {
        let settings = &self.shop.settings;
        let asked: Option<Value> = serde_json::from_slice(request.body()).ok();
        let queue = asked.as_ref().and_then(|it| it["QueueUrl"].as_str());
        let account = queue.and_then(|it| it.rsplit('/').nth(1));
        if let Some(account) = account.filter(|it| !it.is_empty()) {
            return account == settings.profile.queue.account;
        }
        let signed = request.headers().get(http::header::AUTHORIZATION);
        let signed = signed.and_then(|it| it.to_str().ok()).unwrap_or("");
        let key = signed.split_once("Credential=");
        let key = key.and_then(|(_, rest)| rest.split('/').next());
        key.is_some_and(|key| key.ends_with(&settings.credentials.seller_id))
    }
}

/// The application that a seller is asked to consent to.
fn asked_to_consent(request: &Request) -> Option<String> {
    let query = Query::parse(request.uri().query()?);
    query.get("application_id").map(str::to_string)
}
