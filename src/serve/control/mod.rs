//! The control API: what buyers, the merchant, the staff and the test itself do to the served systems. Everything stands
//! under `/_oversell/` on a port of its own, so that it cannot clash with a platform's paths. `docs/control-openapi.yaml`
//! describes it, and is served.

mod acts;
mod body;
mod faults;
mod guard;
mod live;
mod state;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use channel_mocks::core::{Request, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;

pub use state::MOST_ORDERS;

use body::read;

use super::clock;
use super::http::Answer;
use super::service::{Reset, Shared};
use super::session::{ServePlan, Session};
use crate::realtime::pacing::SystemClosed;

/// The description that is served.
pub const OPENAPI: &str = include_str!("../../../docs/control-openapi.yaml");

/// Every path, with its method.
pub const PATHS: [(&str, &str); 22] = [
    ("GET", "/"),
    ("GET", "/metrics"),
    ("GET", "/_oversell/health"),
    ("GET", "/_oversell/openapi.yaml"),
    ("GET", "/_oversell/snapshot"),
    ("GET", "/_oversell/ledger"),
    ("GET", "/_oversell/calls"),
    ("GET", "/_oversell/figures"),
    ("GET", clock::PATH),
    ("GET", "/_oversell/time"),
    ("POST", "/_oversell/time"),
    ("GET", "/_oversell/faults"),
    ("POST", "/_oversell/faults"),
    ("PUT", "/_oversell/faults"),
    ("DELETE", "/_oversell/faults"),
    ("POST", "/_oversell/checkout"),
    ("POST", "/_oversell/cancel"),
    ("POST", "/_oversell/pay"),
    ("POST", "/_oversell/return"),
    ("POST", "/_oversell/count"),
    ("POST", "/_oversell/stock"),
    ("POST", "/_oversell/reset"),
];

/// Answers the control API.
pub struct Control {
    shared: Arc<Shared>,
    plan: Mutex<ServePlan>,
    resets: mpsc::Sender<Reset>,
    /// Numbers of buyers that were named none; far from those of scenarios.
    buyers: AtomicU64,
}

/// Why a control call was not carried out.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    fn bad(message: impl Into<String>) -> Refusal {
        Refusal {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }
}

impl From<SystemClosed> for Refusal {
    fn from(closed: SystemClosed) -> Refusal {
        Refusal {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: closed.to_string(),
        }
    }
}

type Outcome = Result<Response, Refusal>;

impl Control {
    /// A control API over what is served. A reset without values repeats `plan`.
    pub fn new(shared: Arc<Shared>, plan: ServePlan, resets: mpsc::Sender<Reset>) -> Control {
        Control {
            shared,
            plan: Mutex::new(plan),
            resets,
            buyers: AtomicU64::new(1 << 61),
        }
    }

    fn session(&self) -> Result<Arc<Session>, Refusal> {
        self.shared.session().ok_or_else(|| SystemClosed.into())
    }

    /// The clock as every system's port tells it.
    async fn clock(&self, request: &Request) -> Outcome {
        let session = self.session()?;
        let (platform, epoch) = (session.clock.clone(), session.epoch_unix_micros);
        // A session must be able to end while its clock is waited for.
        drop(session);
        Ok(clock::answer(request, platform, epoch).await)
    }

    async fn carry_out(&self, request: &Request) -> Outcome {
        guard::check(request)?;
        let path = request.uri().path().trim_end_matches('/');
        let body = request.body().as_slice();
        match (request.method(), path) {
            (&Method::GET, "/_oversell/health") => {
                json(&serde_json::json!({"ready": self.shared.session().is_some()}))
            }
            (&Method::GET, "/_oversell/openapi.yaml") => {
                text("application/yaml", OPENAPI.as_bytes().to_vec())
            }
            (&Method::GET, "/_oversell/snapshot") => self.snapshot().await,
            (&Method::GET, "/_oversell/ledger") => self.ledger().await,
            (&Method::GET, "/_oversell/calls") => self.calls(request),
            (&Method::GET, "/_oversell/figures") => self.figures(),
            (&Method::GET, "/metrics") => self.metrics(),
            // The page's own path is all slash.
            (&Method::GET, "") => Ok(live::page()),
            (&Method::GET, clock::PATH) => self.clock(request).await,
            (&Method::GET, "/_oversell/time") => self.time(),
            (&Method::POST, "/_oversell/time") => self.set_time(read(body)?),
            (&Method::GET, "/_oversell/faults") => self.faults().await,
            (&Method::POST, "/_oversell/faults") => {
                self.set_faults(&body::json(body)?, false).await
            }
            (&Method::PUT, "/_oversell/faults") => self.set_faults(&body::json(body)?, true).await,
            (&Method::DELETE, "/_oversell/faults") => self.clear_faults().await,
            (&Method::POST, "/_oversell/checkout") => self.checkout(read(body)?).await,
            (&Method::POST, "/_oversell/cancel") => self.cancel(read(body)?).await,
            (&Method::POST, "/_oversell/pay") => self.pay(read(body)?).await,
            (&Method::POST, "/_oversell/return") => self.return_order(read(body)?).await,
            (&Method::POST, "/_oversell/count") => self.count(read(body)?).await,
            (&Method::POST, "/_oversell/stock") => self.stock(read(body)?).await,
            (&Method::POST, "/_oversell/reset") => self.reset(read(body)?).await,
            (method, path) => Err(unknown(method, path)),
        }
    }
}

impl Answer for Control {
    async fn answer(&self, request: Request) -> Response {
        self.carry_out(&request).await.unwrap_or_else(|refusal| {
            let body = serde_json::json!({"error": refusal.message}).to_string();
            respond(refusal.status, "application/json", body.into_bytes())
        })
    }
}

fn unknown(method: &Method, path: &str) -> Refusal {
    let others: Vec<&str> = PATHS
        .iter()
        .filter(|(_, known)| known.trim_end_matches('/') == path)
        .map(|(method, _)| *method)
        .collect();
    if others.is_empty() {
        let known: Vec<String> = PATHS
            .iter()
            .map(|(method, path)| format!("{method} {path}"))
            .collect();
        return Refusal {
            status: StatusCode::NOT_FOUND,
            message: format!("there is no {path}; there are: {}", known.join(", ")),
        };
    }
    Refusal {
        status: StatusCode::METHOD_NOT_ALLOWED,
        message: format!("{path} takes {}, not {method}", others.join(" and ")),
    }
}

fn json(value: &impl Serialize) -> Outcome {
    let body = serde_json::to_vec(value).map_err(|error| Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        message: error.to_string(),
    })?;
    text("application/json", body)
}

fn text(content_type: &'static str, body: Vec<u8>) -> Outcome {
    Ok(respond(StatusCode::OK, content_type, body))
}

fn respond(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_described_and_every_description_is_a_path() {
        let described: Vec<(String, String)> = described();
        for (method, path) in PATHS {
            let entry = (method.to_string(), path.to_string());
            assert!(described.contains(&entry), "{entry:?} is not described");
        }
        assert_eq!(described.len(), PATHS.len(), "{described:?}");
    }

    /// Methods and paths of the description: paths stand two spaces deep, methods four.
    fn described() -> Vec<(String, String)> {
        let mut path = String::new();
        let mut found = Vec::new();
        for line in OPENAPI.lines() {
            if let Some(name) = line.strip_prefix("  /") {
                path = format!("/{}", name.trim_end_matches(':'));
            } else if let Some(method @ ("get:" | "post:" | "put:" | "delete:")) =
                line.strip_prefix("    ")
            {
                let method = method.trim_end_matches(':').to_uppercase();
                found.push((method, path.clone()));
            }
        }
        found
    }
}
