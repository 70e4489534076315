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

#[cfg(test)]
mod tests {
    use form_urlencoded::Serializer;
    use http::header::CONTENT_TYPE;
    use serde_json::json;

    use crate::amazon::tests::{Bench, ideal};
    use crate::core::{Request, Storefront};

    fn post(path: &str, content_type: &str, body: String) -> Request {
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = path.parse().unwrap();
        let kind = content_type.parse().unwrap();
        request.headers_mut().insert(CONTENT_TYPE, kind);
        request
    }

    #[test]
    fn a_queue_call_is_for_the_account_of_its_queue_whatever_its_message_names() {
        let accounts = ["111122223333", "111122223334"];
        let sellers = accounts.map(|account| {
            let mut profile = ideal();
            profile.queue.account = account.to_owned();
            Bench::new(profile).amazon
        });
        let form = "application/x-www-form-urlencoded";
        for (own, other) in [(0, 1), (1, 0)] {
            let address = |seller: usize| format!("http://queue.test/{}/q1", accounts[seller]);
            let text = json!({"QueueUrl": address(other)}).to_string();
            let asked = json!({"MessageBody": text, "QueueUrl": address(own)}).to_string();
            let mut in_json = post("/", "application/x-amz-json-1.0", asked);
            let target = "AmazonSQS.SendMessage".parse().unwrap();
            in_json.headers_mut().insert("x-amz-target", target);

            let mut query = Serializer::new(String::new());
            query.append_pair("Action", "SendMessage");
            query.append_pair("MessageBody", &format!("QueueUrl={}", address(other)));
            let without = query.finish();
            let named = format!("{without}&QueueUrl={}", address(own));
            let path = format!("/{}/q1", accounts[own]);
            let mut got = Request::new(Vec::new());
            *got.uri_mut() = format!("{path}?{without}").parse().unwrap();

            for request in [
                in_json,
                post("/", form, named),
                post(&path, form, without),
                got,
            ] {
                let whose: Vec<bool> = sellers.iter().map(|it| it.recognises(&request)).collect();
                let expected: Vec<bool> = (0..2).map(|seller| seller == own).collect();
                assert_eq!(whose, expected, "{request:?}");
            }
        }
    }
}
