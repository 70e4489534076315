//! Answers requests that came through the front door: for the system that their host stands for.

use std::sync::Arc;

use channel_mocks::core::{Request, Response};
use http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use http::{StatusCode, Uri};

use super::hosts::{self, Behind};
use crate::serve::calls::{Line, unavailable};
use crate::serve::clock;
use crate::serve::http::{Answer, Authority};
use crate::serve::service::Shared;
use crate::serve::session::Session;

/// Headers between a client and its proxy, which are none of the platforms' business.
const HOP_BY_HOP: [HeaderName; 2] = [
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authorization"),
];

/// The door as one connection found it.
pub(super) struct FrontAnswer {
    pub shared: Arc<Shared>,
    /// The hosts that were named before any request: the tunnel's, and that of the TLS handshake.
    pub reached: Vec<String>,
}

impl Answer for FrontAnswer {
    async fn answer(&self, mut request: Request) -> Response {
        let Some(session) = self.shared.session() else {
            return unavailable();
        };
        let host = match named(&request) {
            Some(host) => host,
            None => self.reached.first().cloned().unwrap_or_default(),
        };
        if self.reached.iter().any(|reached| *reached != host) {
            let why = format!("this connection is for {}, not for {host}", self.reached[0]);
            return plain(StatusCode::MISDIRECTED_REQUEST, &why);
        }
        let behind = hosts::behind(&session, &host);
        if behind == Behind::Nothing {
            return plain(StatusCode::FORBIDDEN, &unknown(&session, &host));
        }
        let through_proxy = request.uri().scheme_str().map(str::to_string);
        strip(&mut request);
        if through_proxy.as_deref() == Some("https") {
            // Some clients ask a proxy for https addresses without a tunnel: links lead back the same way.
            let https = HeaderValue::from_static("https");
            request.headers_mut().insert("x-forwarded-proto", https);
        }
        if request.uri().path() == clock::PATH {
            let (platform, epoch) = (session.clock.clone(), session.epoch_unix_micros);
            drop(session);
            return clock::answer(&request, platform, epoch).await;
        }
        match behind {
            Behind::Channels(candidates) => {
                let Some((index, request)) = choose(&session, &candidates, request).await else {
                    return unavailable();
                };
                let line = Line::new(&session, index);
                let system = session.channels[index].handle.clone();
                drop(session);
                line.carry(system, request).await
            }
            Behind::Warehouse | Behind::Nothing => {
                let line = Line::new(&session, session.channels.len());
                let system = session.warehouse.clone();
                drop(session);
                line.carry(system, request).await
            }
        }
    }
}

/// The host that a request names.
fn named(request: &Request) -> Option<String> {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let header = request.headers().get(HOST).and_then(|it| it.to_str().ok());
    let named = authority.or(header).filter(|it| !it.is_empty())?;
    Some(Authority::of(named).name())
}

/// Leaves of an address and of headers what the platform itself would get.
fn strip(request: &mut Request) {
    for name in &HOP_BY_HOP {
        request.headers_mut().remove(name);
    }
    if request.uri().authority().is_some() {
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
        if let Ok(path) = path.parse::<Uri>() {
            *request.uri_mut() = path;
        }
    }
}

/// Of channels under one host the one that a request is for: the only one, or the first whose own credentials it brings,
/// or the first, which will refuse it in the platform's words. `None` when the session has ended.
async fn choose(
    session: &Session,
    candidates: &[usize],
    request: Request,
) -> Option<(usize, Request)> {
    let (&first, others) = candidates.split_first()?;
    if others.is_empty() {
        return Some((first, request));
    }
    let mut request = request;
    for &index in candidates {
        let handle = &session.channels[index].handle;
        let asked = handle.act(move |shop, _| (shop.recognises(&request), request));
        let (is_its_own, given_back) = asked.await.ok()?;
        request = given_back;
        if is_its_own {
            return Some((index, request));
        }
    }
    Some((first, request))
}

/// Why nothing is behind a host, and what is behind others.
pub(super) fn unknown(session: &Session, host: &str) -> String {
    let known = hosts::all(session).join(", ");
    let host = if host.is_empty() { "no host" } else { host };
    format!(
        "{host} is not served here, and nothing is passed on to the world outside; served are {known}"
    )
}

/// A sentence for people.
fn plain(status: StatusCode, why: &str) -> Response {
    let mut response = Response::new(format!("{why}\n").into_bytes());
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
